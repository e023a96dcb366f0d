// SPDX-License-Identifier: GPL-2.0-only
#include "device.h"

#include "util.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const struct pci_identity identities[] = {
	[MODEL_PTDMA] = { .device = 0x1498, .bar = 2, .bar_size = 1u << 20, .vectors = 1 },
	[MODEL_AE4DMA] = { .device = 0x149b, .bar = 0, .bar_size = 4096, .vectors = AE4DMA_QUEUES },
};

/* Called by the register model, with the lock held. */
static void send_message(struct queue *q)
{
	struct device *dev = q->arg;
	int fd = dev->irq_fd[IRQ_MSIX][q->index];
	uint64_t one = 1;

	if (fd < 0)
		fd = dev->irq_fd[IRQ_MSI][0];
	if (fd < 0)
		return; /* the guest has not enabled any */
	if (inject_lose_irq(&dev->inject, q->index)) {
		dev->stats.lost_interrupts++;
		return;
	}
	if (write(fd, &one, sizeof(one)) == sizeof(one))
		dev->stats.interrupts++;
	else
		emu_log("interrupt lost: writing the client's eventfd: %s", strerror(errno));
}

static void add_queue(struct device *dev, struct queue *q)
{
	q->message = send_message;
	q->arg = dev;
	dev->queues[dev->nr_queues++] = q;
}

static void init_queues(struct device *dev)
{
	if (dev->model == MODEL_PTDMA) {
		ptdma_init(&dev->ptdma);
		add_queue(dev, &dev->ptdma.q);
		return;
	}
	ae4dma_init(&dev->ae4dma);
	for (unsigned int i = 0; i < AE4DMA_QUEUES; i++)
		add_queue(dev, &dev->ae4dma.queue[i].q);
}

void device_init(struct device *dev, const char *name, enum model model)
{
	pthread_condattr_t attr;

	memset(dev, 0, sizeof(*dev));
	dev->name = name;
	dev->model = model;
	dev->identity = identities[model];
	dmamap_init(&dev->memory);
	link_init(&dev->link);
	pthread_mutex_init(&dev->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&dev->work, &attr);
	pthread_condattr_destroy(&attr);
	pthread_cond_init(&dev->idle, NULL);
	init_queues(dev);
	pci_init(&dev->pci, &dev->identity);
	inject_init(&dev->inject);
	memset(dev->irq_fd, -1, sizeof(dev->irq_fd));
}

void device_set_msi_only(struct device *dev)
{
	dev->identity.vectors = 0;
	pci_init(&dev->pci, &dev->identity);
}

void device_destroy(struct device *dev)
{
	device_disconnect(dev);
	pthread_cond_destroy(&dev->idle);
	pthread_cond_destroy(&dev->work);
	pthread_mutex_destroy(&dev->lock);
	link_destroy(&dev->link);
	dmamap_destroy(&dev->memory);
}

/* Revokes what the engine executes; with "wait" it is out of its last stores, too. */
static void halt_engine(struct device *dev, bool wait)
{
	if (dev->model == MODEL_PTDMA)
		ptdma_reset(&dev->ptdma);
	else
		ae4dma_reset(&dev->ae4dma);
	pthread_cond_broadcast(&dev->work);
	while (wait && dev->writers)
		pthread_cond_wait(&dev->idle, &dev->lock);
}

/*
 * A store that the client does for us must not be waited for here: its answer is
 * read by the thread that may be asking. The client has it before our next answer.
 */
static bool may_wait(const struct device *dev)
{
	return !dev->through_client;
}

void device_reset(struct device *dev)
{
	pthread_mutex_lock(&dev->lock);
	halt_engine(dev, may_wait(dev));
	pci_init(&dev->pci, &dev->identity);
	pthread_mutex_unlock(&dev->lock);
}

void device_disconnect(struct device *dev)
{
	pthread_mutex_lock(&dev->lock);
	halt_engine(dev, true); /* the closed link ends a wait for the client */
	pci_init(&dev->pci, &dev->identity);
	pthread_mutex_unlock(&dev->lock);
	for (unsigned int i = 0; i < IRQ_COUNT; i++)
		for (unsigned int vector = 0; vector < DEVICE_MAX_QUEUES; vector++)
			device_set_irq(dev, i, vector, -1);
	dmamap_remove_all(&dev->memory);
}

void device_set_dead(struct device *dev, bool dead)
{
	pthread_mutex_lock(&dev->lock);
	dev->dead = dead;
	halt_engine(dev, may_wait(dev));
	pthread_mutex_unlock(&dev->lock);
}

uint64_t device_region_size(const struct device *dev, unsigned int region)
{
	if (region == dev->identity.bar)
		return dev->identity.bar_size;
	switch (region) {
	case REGION_BAR5:
		return dev->identity.vectors ? PCI_BAR5_SIZE : 0;
	case REGION_CONFIG:
		return PCI_CONFIG_SIZE;
	default:
		return 0;
	}
}

unsigned int device_irq_count(const struct device *dev, unsigned int irq)
{
	return irq == IRQ_MSIX ? dev->identity.vectors : irq == IRQ_MSI;
}

static bool inside(const struct device *dev, unsigned int region, uint64_t offset, uint32_t len)
{
	uint64_t size = device_region_size(dev, region);

	return len && offset < size && len <= size - offset;
}

static uint32_t read_register(const struct device *dev, uint32_t offset)
{
	return dev->model == MODEL_PTDMA ? ptdma_read(&dev->ptdma, offset) :
					   ae4dma_read(&dev->ae4dma, offset);
}

static void read_registers(const struct device *dev, uint64_t offset, uint32_t len, uint8_t *data)
{
	/* Reading changes nothing, so odd sizes can be cut from whole registers. */
	for (uint32_t i = 0; i < len; i++, offset++)
		data[i] = read_register(dev, offset & ~3ull) >> (offset & 3) * 8;
}

int device_read(struct device *dev, unsigned int region, uint64_t offset, uint32_t len,
		uint8_t *data)
{
	if (!inside(dev, region, offset, len))
		return EINVAL;
	pthread_mutex_lock(&dev->lock);
	if (dev->dead)
		memset(data, 0xff, len);
	else if (region == dev->identity.bar)
		read_registers(dev, offset, len, data);
	else if (region == REGION_CONFIG)
		memcpy(data, dev->pci.config + offset, len);
	else
		memset(data, 0, len); /* the client keeps the MSI-X table, nothing pends here */
	pthread_mutex_unlock(&dev->lock);
	return 0;
}

static void write_registers(struct device *dev, uint64_t offset, uint32_t len, const uint8_t *data)
{
	uint64_t now = clock_ns();
	uint32_t value;

	if ((offset | len) & 3) {
		emu_log("write of %u bytes to register 0x%llx ignored: only aligned words are taken",
			len, (unsigned long long)offset);
		return;
	}
	for (uint32_t i = 0; i < len; i += sizeof(value)) {
		memcpy(&value, data + i, sizeof(value));
		if (dev->model == MODEL_PTDMA)
			ptdma_write(&dev->ptdma, offset + i, value, now);
		else
			ae4dma_write(&dev->ae4dma, offset + i, value, now);
	}
}

int device_write(struct device *dev, unsigned int region, uint64_t offset, uint32_t len,
		 const uint8_t *data)
{
	if (!inside(dev, region, offset, len))
		return EINVAL;
	pthread_mutex_lock(&dev->lock);
	if (!dev->dead && region == dev->identity.bar)
		write_registers(dev, offset, len, data);
	else if (!dev->dead && region == REGION_CONFIG)
		pci_write(&dev->pci, offset, data, len);
	pthread_cond_broadcast(&dev->work);
	pthread_mutex_unlock(&dev->lock);
	return 0;
}

void device_set_irq(struct device *dev, unsigned int irq, unsigned int vector, int fd)
{
	int old;

	pthread_mutex_lock(&dev->lock);
	old = dev->irq_fd[irq][vector];
	dev->irq_fd[irq][vector] = fd;
	pthread_mutex_unlock(&dev->lock);
	if (old >= 0)
		close(old);
}

struct stats device_stats(struct device *dev)
{
	struct stats stats;

	pthread_mutex_lock(&dev->lock);
	stats = dev->stats;
	pthread_mutex_unlock(&dev->lock);
	return stats;
}
