/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The PTDMA registers and the state of its one queue. No threads, no time of its
 * own, no guest memory: the callers lock, tell the time and do the copying.
 */
#ifndef EMU_PTDMA_H
#define EMU_PTDMA_H

#include <stdbool.h>
#include <stdint.h>

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

#define PTDMA_DESC_SIZE 32u
#define PTDMA_MAX_ENTRIES 1024u

/* what a descriptor says */
struct ptdma_desc {
	uint64_t source;
	uint64_t destination;
	uint32_t length;
	bool interrupt;	/* tell when it is complete */
	bool stop;	/* halt the queue after it */
};

struct ptdma {
	uint32_t priority, reqid, timeout, config, clock_gate;
	uint32_t control, tail, head, enable, status, code;
	uint32_t raised;	/* the status bits that have had their message */
	bool failed;		/* halted by an error, until the head moves */
	bool busy;		/* a descriptor is being executed ... */
	bool hung;		/* ... and will not end, except by a stop ... */
	bool deaf;		/* ... or it will end late and heeds no stop */
	uint64_t token;		/* names the execution; changes when it is revoked */
	uint32_t executing;	/* head when it began */
	uint64_t run_since;
	uint64_t posted[PTDMA_MAX_ENTRIES]; /* when each slot got its descriptor */
	void (*message)(void *arg); /* sends the interrupt message */
	void *arg;
};

/* Back to the state after power on; revokes the execution. */
void ptdma_reset(struct ptdma *p);

uint32_t ptdma_read(const struct ptdma *p, uint32_t offset);
void ptdma_write(struct ptdma *p, uint32_t offset, uint32_t value, uint64_t now);

/*
 * Begins the next descriptor, if there is one and the queue runs. Gives its guest
 * address and the time since when it could have been executed.
 */
bool ptdma_begin(struct ptdma *p, uint64_t *address, uint64_t *since);

/* 0, or the error code of a descriptor that the engine cannot execute. */
unsigned int ptdma_decode(const uint8_t raw[PTDMA_DESC_SIZE], struct ptdma_desc *desc);

/* True while the execution that began with this token has not been revoked. */
static inline bool ptdma_current(const struct ptdma *p, uint64_t token)
{
	return p->busy && p->token == token;
}

/* The executing descriptor: it hangs; it is complete; it ends with an error. */
void ptdma_hang(struct ptdma *p, bool deaf);
void ptdma_complete(struct ptdma *p, const struct ptdma_desc *desc);
void ptdma_fail(struct ptdma *p, unsigned int code);

#endif
