/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A queue of descriptors as the engine sees it, whatever its registers look like.
 * One descriptor of a queue is executed at a time; queues know nothing of each other.
 */
#ifndef EMU_QUEUE_H
#define EMU_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#define DESC_SIZE 32u
#define QUEUE_MAX_ENTRIES 1024u

/* what a descriptor says */
struct transfer {
	uint64_t source;
	uint64_t destination;
	uint32_t length;
	bool interrupt;	/* tell when it is complete */
	bool stop;	/* halt the queue after it */
};

struct queue {
	const struct queue_ops *ops;
	unsigned int index;	/* in the device */
	bool busy;		/* a descriptor is being executed ... */
	bool hung;		/* ... and will not end, except by a stop ... */
	bool deaf;		/* ... or it will end late and heeds no stop */
	uint64_t token;		/* names the execution; changes when it is revoked */
	void (*message)(struct queue *q); /* sends the interrupt message */
	void *arg;
};

/* The execution is the one that begin() has begun, and has not been revoked. */
struct queue_ops {
	/*
	 * Begins the next descriptor, if there is one and the queue runs. Gives its guest
	 * address and the time since when it could have been executed.
	 */
	bool (*begin)(struct queue *q, uint64_t *address, uint64_t *since);
	/* 0, or the error code of a descriptor that the engine cannot execute. */
	unsigned int (*decode)(const uint8_t raw[DESC_SIZE], struct transfer *t);
	/* It hangs; it is complete (true: before one that is older); it ends with an error. */
	void (*hang)(struct queue *q, bool deaf);
	bool (*complete)(struct queue *q, const struct transfer *t);
	void (*fail)(struct queue *q, unsigned int code);
	/* How it ended, for the descriptor in memory. NULL: that stays as it is. */
	void (*status)(uint8_t status[2], unsigned int code);
	unsigned int status_at;
	/* Error codes: descriptor, source or destination not there. */
	unsigned int bad_address, bad_read, bad_write;
	unsigned int max_code;
};

static inline bool queue_begin(struct queue *q, uint64_t *address, uint64_t *since)
{
	return q->ops->begin(q, address, since);
}

static inline void queue_hang(struct queue *q, bool deaf)
{
	q->ops->hang(q, deaf);
}

static inline bool queue_complete(struct queue *q, const struct transfer *t)
{
	return q->ops->complete(q, t);
}

static inline void queue_fail(struct queue *q, unsigned int code)
{
	q->ops->fail(q, code);
}

/* True while the execution that began with this token has not been revoked. */
static inline bool queue_current(const struct queue *q, uint64_t token)
{
	return q->busy && q->token == token;
}

#endif
