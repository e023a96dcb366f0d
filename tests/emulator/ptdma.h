/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The PTDMA registers and the state of its one queue. No threads, no time of its
 * own, no guest memory: the callers lock, tell the time and do the copying.
 */
#ifndef EMU_PTDMA_H
#define EMU_PTDMA_H

#include "queue.h"

/* register offsets */
#define PTDMA_PRIORITY 0x0000u
#define PTDMA_REQID 0x0004u
#define PTDMA_TIMEOUT 0x0008u
#define PTDMA_ID 0x0010u
#define PTDMA_CONTROL 0x1000u
#define PTDMA_TAIL 0x1004u
#define PTDMA_HEAD 0x1008u
#define PTDMA_INT_ENABLE 0x100cu
#define PTDMA_INT_STATUS 0x1010u
#define PTDMA_STATUS 0x1100u
#define PTDMA_INT_STATUS2 0x1104u
#define PTDMA_CONFIG 0x1120u
#define PTDMA_CLOCK_GATE 0x6004u

#define PTDMA_RUN 0x1u
#define PTDMA_HALT 0x2u

#define PTDMA_INT_COMPLETION 0x1u
#define PTDMA_INT_ERROR 0x2u
#define PTDMA_INT_STOPPED 0x4u
#define PTDMA_INT_EMPTY 0x8u

/* error codes, as the kernel's driver names them */
#define PTDMA_ERR_ENGINE 1u
#define PTDMA_ERR_FUNCTION 3u
#define PTDMA_ERR_SIZE 6u
#define PTDMA_ERR_LENGTH 9u
#define PTDMA_ERR_ADDRESS 11u
#define PTDMA_ERR_MEMORY 12u
#define PTDMA_ERR_READ 20u	/* IDMA0_AXI_DECERR */
#define PTDMA_ERR_WRITE 39u	/* ODMA0_AXI_DECERR */
#define PTDMA_ERR_MAX 63u

struct ptdma {
	struct queue q;		/* first: one is the other */
	uint32_t priority, reqid, timeout, config, clock_gate;
	uint32_t control, tail, head, enable, status, code;
	uint32_t raised;	/* the status bits that have had their message */
	bool failed;		/* halted by an error, until the head moves */
	uint32_t executing;	/* head when it began */
	uint64_t run_since;
	uint64_t posted[QUEUE_MAX_ENTRIES]; /* when each slot got its descriptor */
};

/* Once; the caller sets what the message needs. */
void ptdma_init(struct ptdma *p);

/* Back to the state after power on; revokes the execution. */
void ptdma_reset(struct ptdma *p);

uint32_t ptdma_read(const struct ptdma *p, uint32_t offset);
void ptdma_write(struct ptdma *p, uint32_t offset, uint32_t value, uint64_t now);

#endif
