// SPDX-License-Identifier: GPL-2.0-only
#include "device.h"

#include "util.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Called by the register model, with the lock held. */
static void send_message(void *arg)
{
	struct device *dev = arg;
	int fd = dev->irq_fd[IRQ_MSIX] >= 0 ? dev->irq_fd[IRQ_MSIX] : dev->irq_fd[IRQ_MSI];
	uint64_t one = 1;

	if (fd < 0)
		return; /* the guest has not enabled any */
	if (inject_lose_irq(&dev->inject)) {
		dev->stats.lost_interrupts++;
		return;
	}
	if (write(fd, &one, sizeof(one)) == sizeof(one))
		dev->stats.interrupts++;
	else
		emu_log("interrupt lost: writing the client's eventfd: %s", strerror(errno));
}

void device_init(struct device *dev, const char *name)
{
	pthread_condattr_t attr;

	memset(dev, 0, sizeof(*dev));
	dev->name = name;
	dmamap_init(&dev->memory);
	link_init(&dev->link);
	pthread_mutex_init(&dev->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&dev->work, &attr);
	pthread_condattr_destroy(&attr);
	pthread_cond_init(&dev->idle, NULL);
	dev->queue.message = send_message;
	dev->queue.arg = dev;
	ptdma_reset(&dev->queue);
	pci_init(&dev->pci, false);
	inject_init(&dev->inject);
	for (int i = 0; i < IRQ_COUNT; i++)
		dev->irq_fd[i] = -1;
}

void device_set_msi_only(struct device *dev)
{
	dev->msi_only = true;
	pci_init(&dev->pci, true);
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

/* Revokes what the engine executes; with "wait" it is out of its last store, too. */
static void halt_engine(struct device *dev, bool wait)
{
	ptdma_reset(&dev->queue);
	pthread_cond_broadcast(&dev->work);
	while (wait && dev->writing)
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
	pci_init(&dev->pci, dev->msi_only);
	pthread_mutex_unlock(&dev->lock);
}

void device_disconnect(struct device *dev)
{
	pthread_mutex_lock(&dev->lock);
	halt_engine(dev, true); /* the closed link ends a wait for the client */
	pci_init(&dev->pci, dev->msi_only);
	pthread_mutex_unlock(&dev->lock);
	for (unsigned int i = 0; i < IRQ_COUNT; i++)
		device_set_irq(dev, i, -1);
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
	switch (region) {
	case REGION_BAR2:
		return PCI_BAR2_SIZE;
	case REGION_BAR5:
		return dev->msi_only ? 0 : PCI_BAR5_SIZE;
	case REGION_CONFIG:
		return PCI_CONFIG_SIZE;
	default:
		return 0;
	}
}

unsigned int device_irq_count(const struct device *dev, unsigned int irq)
{
	return irq == IRQ_MSI || (irq == IRQ_MSIX && !dev->msi_only);
}

static bool inside(const struct device *dev, unsigned int region, uint64_t offset, uint32_t len)
{
	uint64_t size = device_region_size(dev, region);

	return len && offset < size && len <= size - offset;
}

static void read_registers(const struct device *dev, uint64_t offset, uint32_t len, uint8_t *data)
{
	/* Reading changes nothing, so odd sizes can be cut from whole registers. */
	for (uint32_t i = 0; i < len; i++, offset++)
		data[i] = ptdma_read(&dev->queue, offset & ~3ull) >> (offset & 3) * 8;
}

int device_read(struct device *dev, unsigned int region, uint64_t offset, uint32_t len,
		uint8_t *data)
{
	if (!inside(dev, region, offset, len))
		return EINVAL;
	pthread_mutex_lock(&dev->lock);
	if (dev->dead)
		memset(data, 0xff, len);
	else if (region == REGION_BAR2)
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
		ptdma_write(&dev->queue, offset + i, value, now);
	}
}

int device_write(struct device *dev, unsigned int region, uint64_t offset, uint32_t len,
		 const uint8_t *data)
{
	if (!inside(dev, region, offset, len))
		return EINVAL;
	pthread_mutex_lock(&dev->lock);
	if (!dev->dead && region == REGION_BAR2)
		write_registers(dev, offset, len, data);
	else if (!dev->dead && region == REGION_CONFIG)
		pci_write(&dev->pci, offset, data, len);
	pthread_cond_broadcast(&dev->work);
	pthread_mutex_unlock(&dev->lock);
	return 0;
}

void device_set_irq(struct device *dev, unsigned int irq, int fd)
{
	int old;

	pthread_mutex_lock(&dev->lock);
	old = dev->irq_fd[irq];
	dev->irq_fd[irq] = fd;
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
