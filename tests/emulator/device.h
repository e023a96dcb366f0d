/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device as a whole: what the protocol thread (server.c), the engine threads
 * (engine.c) and the control thread (control.c) share, and what may be done to it.
 *
 * Lock order: device, then guest memory or link. The device lock is never held
 * while guest memory is copied or an answer of the client is awaited.
 */
#ifndef EMU_DEVICE_H
#define EMU_DEVICE_H

#include "ae4dma.h"
#include "dmamap.h"
#include "inject.h"
#include "link.h"
#include "pci.h"
#include "ptdma.h"
#include "stats.h"

#include <pthread.h>

/* VFIO's numbers for a PCI device */
enum {
	REGION_BAR0 = 0,
	REGION_BAR2 = 2,
	REGION_BAR5 = 5,
	REGION_CONFIG = 7,
	REGION_COUNT = 9,
};

enum {
	IRQ_MSI = 1,
	IRQ_MSIX = 2,
	IRQ_COUNT = 3,
};

enum model {
	MODEL_PTDMA,
	MODEL_AE4DMA,
};

#define DEVICE_MAX_QUEUES AE4DMA_QUEUES

struct device {
	/* fixed */
	const char *name;
	enum model model;
	struct pci_identity identity;
	struct queue *queues[DEVICE_MAX_QUEUES];
	unsigned int nr_queues;
	bool through_client;	/* writes by DMA_WRITE messages, not by shared memory */
	struct dmamap memory;	/* has its own lock */
	struct link link;	/* has its own locks */

	pthread_mutex_t lock;	/* everything below */
	pthread_cond_t work;	/* for the engine: something changed */
	pthread_cond_t idle;	/* a queue of the engine left guest memory */
	struct ptdma ptdma;
	struct ae4dma ae4dma;
	struct pci pci;
	struct inject inject;
	struct stats stats;
	uint64_t bandwidth;	/* bytes per second and queue, 0: as fast as it goes */
	uint64_t latency_us;	/* of each descriptor */
	int irq_fd[IRQ_COUNT][DEVICE_MAX_QUEUES]; /* eventfds by vector, or -1 */
	bool dead;
	unsigned int writers;	/* queues that are storing to guest memory */
	bool quit;		/* for the engine */
};

void device_init(struct device *dev, const char *name, enum model model);
void device_set_msi_only(struct device *dev);
void device_destroy(struct device *dev);

/* Registers and config space to power-on state; no store to shared memory comes after it. */
void device_reset(struct device *dev);

/* The link is closed: reset, and nothing the client gave is kept. */
void device_disconnect(struct device *dev);

/* A dead device reads as all ones, ignores writes and does nothing at all. */
void device_set_dead(struct device *dev, bool dead);

uint64_t device_region_size(const struct device *dev, unsigned int region);
unsigned int device_irq_count(const struct device *dev, unsigned int irq);

/* 0, or EINVAL when the range is not inside the region. */
int device_read(struct device *dev, unsigned int region, uint64_t offset, uint32_t len,
		uint8_t *data);
int device_write(struct device *dev, unsigned int region, uint64_t offset, uint32_t len,
		 const uint8_t *data);

/* Takes over the eventfd; -1 for none. irq must have that vector. */
void device_set_irq(struct device *dev, unsigned int irq, unsigned int vector, int fd);

struct stats device_stats(struct device *dev);

#endif
