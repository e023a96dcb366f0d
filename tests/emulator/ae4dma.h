/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The AE4DMA registers and the state of its queues. No threads, no time of its
 * own, no guest memory: the callers lock, tell the time and do the copying.
 */
#ifndef EMU_AE4DMA_H
#define EMU_AE4DMA_H

#include "queue.h"

#define AE4DMA_QUEUES 16u

/* register offsets: of the device, and in the block of each queue */
#define AE4DMA_COMMON 0x00u		/* how many queues are in use */
#define AE4DMA_QUEUE(n) (((n) + 1) * 0x20u)
#define AE4DMA_CONTROL 0x00u
#define AE4DMA_STATUS 0x04u
#define AE4DMA_MAX_IDX 0x08u
#define AE4DMA_READ_IDX 0x0cu
#define AE4DMA_WRITE_IDX 0x10u
#define AE4DMA_INT_STATUS 0x14u
#define AE4DMA_BASE_LO 0x18u
#define AE4DMA_BASE_HI 0x1cu

#define AE4DMA_ENABLE 0x1u

/* the state in bits 3:1 of the status register */
#define AE4DMA_EMPTY (0u << 1)
#define AE4DMA_FULL (1u << 1)
#define AE4DMA_STOPPED (2u << 1)
#define AE4DMA_FAILED (3u << 1)
#define AE4DMA_WORKING (4u << 1)

/* what the engine writes into bytes 4 and 5 of a descriptor: how it ended, and the code */
#define AE4DMA_STATUS_AT 4u
#define AE4DMA_COMPLETED 3u
#define AE4DMA_ERROR 4u

/* error codes, as the kernel's driver names them */
#define AE4DMA_ERR_HEADER 1u
#define AE4DMA_ERR_STATUS 2u
#define AE4DMA_ERR_LENGTH 3u
#define AE4DMA_ERR_SOURCE 4u
#define AE4DMA_ERR_DESTINATION 5u
#define AE4DMA_ERR_FATAL 32u	/* the ring is not there */
#define AE4DMA_ERR_READ 64u	/* from here on: translations */
#define AE4DMA_ERR_WRITE 65u
#define AE4DMA_ERR_MAX 255u

struct ae4_queue {
	struct queue q;			/* first: one is the other */
	const struct ae4dma *ae4;
	uint32_t control, max, read, write, base_lo, base_hi;
	bool interrupt;			/* not acknowledged yet */
	bool failed;			/* the ring is not there; until it is enabled again */
	uint32_t executing;		/* the index that it began with */
	uint64_t enabled_since;
	bool done[QUEUE_MAX_ENTRIES];	/* before an older one */
	uint64_t posted[QUEUE_MAX_ENTRIES]; /* when each index got its descriptor */
};

struct ae4dma {
	uint32_t queues_used;
	bool reorder;			/* not a register: the newest descriptor goes first */
	struct ae4_queue queue[AE4DMA_QUEUES];
};

/* Once; the caller sets what the messages need. */
void ae4dma_init(struct ae4dma *ae4);

/* Back to the state after power on; revokes the executions. */
void ae4dma_reset(struct ae4dma *ae4);

uint32_t ae4dma_read(const struct ae4dma *ae4, uint32_t offset);
void ae4dma_write(struct ae4dma *ae4, uint32_t offset, uint32_t value, uint64_t now);

#endif
