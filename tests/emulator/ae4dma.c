// SPDX-License-Identifier: GPL-2.0-only
#include "ae4dma.h"

#include "util.h"

#include <string.h>

/* descriptor word 0 */
#define DESC_STOP 0x01u
#define DESC_INTERRUPT 0x02u
#define DESC_MEMORY 0xf0u	/* types of source and destination, 0: memory */

#define ALIGNMENT 4u

static struct ae4_queue *to_ae4(struct queue *q)
{
	return (struct ae4_queue *)q;
}

static bool in_use(const struct ae4_queue *a)
{
	return a->q.index < a->ae4->queues_used;
}

static uint32_t next(const struct ae4_queue *a, uint32_t index)
{
	return index + 1 < a->max ? index + 1 : 0;
}

static uint32_t previous(const struct ae4_queue *a, uint32_t index)
{
	return index ? index - 1 : a->max - 1;
}

/* A message when it rises: one that was not acknowledged stands for all that follow. */
static void interrupt(struct ae4_queue *a)
{
	bool rises = !a->interrupt;

	a->interrupt = true;
	if (rises)
		a->q.message(&a->q);
}

/* Nothing is being executed (any more). */
static void settle(struct ae4_queue *a)
{
	a->q.busy = a->q.hung = a->q.deaf = false;
}

static void reset_queue(struct ae4_queue *a)
{
	struct ae4_queue fresh = {
		.q = a->q,
		.ae4 = a->ae4,
		/* The kernel's driver never sets it. */
		.control = AE4DMA_ENABLE,
	};

	*a = fresh;
	settle(a);
	a->q.token++;
}

void ae4dma_reset(struct ae4dma *ae4)
{
	ae4->queues_used = 0;
	for (unsigned int i = 0; i < AE4DMA_QUEUES; i++)
		reset_queue(&ae4->queue[i]);
}

static uint32_t state(const struct ae4_queue *a)
{
	if (!(a->control & AE4DMA_ENABLE) && !a->q.busy)
		return AE4DMA_STOPPED;
	if (a->failed)
		return AE4DMA_FAILED;
	if (a->read == a->write)
		return AE4DMA_EMPTY;
	return next(a, a->write) == a->read ? AE4DMA_FULL : AE4DMA_WORKING;
}

static uint32_t read_queue(const struct ae4_queue *a, uint32_t offset)
{
	switch (offset) {
	case AE4DMA_CONTROL:
		return a->control;
	case AE4DMA_STATUS:
		return state(a);
	case AE4DMA_MAX_IDX:
		return a->max;
	case AE4DMA_READ_IDX:
		return a->read;
	case AE4DMA_WRITE_IDX:
		return a->write;
	case AE4DMA_INT_STATUS:
		return a->interrupt;
	case AE4DMA_BASE_LO:
		return a->base_lo;
	default:
		return a->base_hi;
	}
}

/* The block that a register lies in; NULL: none has it. */
static const struct ae4_queue *block(const struct ae4dma *ae4, uint32_t offset)
{
	uint32_t n = offset / AE4DMA_QUEUE(0);

	return n && n <= AE4DMA_QUEUES ? &ae4->queue[n - 1] : NULL;
}

uint32_t ae4dma_read(const struct ae4dma *ae4, uint32_t offset)
{
	const struct ae4_queue *a = block(ae4, offset);

	if (a)
		return read_queue(a, offset % AE4DMA_QUEUE(0));
	return offset == AE4DMA_COMMON ? ae4->queues_used : 0;
}

static void write_control(struct ae4_queue *a, uint32_t value, uint64_t now)
{
	if (value & AE4DMA_ENABLE && !(a->control & AE4DMA_ENABLE)) {
		a->enabled_since = now;
		a->failed = false;
	}
	a->control = value & AE4DMA_ENABLE;
	if (value & AE4DMA_ENABLE)
		return;
	if (a->q.busy && (!a->q.hung || a->q.deaf))
		return; /* stops when that descriptor is done */
	a->q.token++;
	settle(a);
}

static void post(struct ae4_queue *a, uint32_t from, uint32_t to, uint64_t now)
{
	for (uint32_t i = from; i != to; i = next(a, i)) {
		a->posted[i] = now;
		a->done[i] = false;
	}
}

static void write_index(struct ae4_queue *a, uint32_t value, uint64_t now)
{
	if (value >= a->max) {
		emu_log("queue %u: write index %u in a ring of %u ignored", a->q.index, value, a->max);
		return;
	}
	/* In a stopped queue it says anew what is to be done. */
	post(a, state(a) == AE4DMA_STOPPED ? a->read : a->write, value, now);
	a->write = value;
}

static void write_max(struct ae4_queue *a, uint32_t value)
{
	if (value < 2 || value > QUEUE_MAX_ENTRIES) {
		emu_log("queue %u: a ring of %u entries ignored", a->q.index, value);
		return;
	}
	a->max = value;
	a->read = a->write = 0;
}

static void write_queue(struct ae4_queue *a, uint32_t offset, uint32_t value, uint64_t now)
{
	switch (offset) {
	case AE4DMA_CONTROL:
		write_control(a, value, now);
		break;
	case AE4DMA_MAX_IDX:
		write_max(a, value);
		break;
	case AE4DMA_WRITE_IDX:
		write_index(a, value, now);
		break;
	case AE4DMA_INT_STATUS:
		/* Some drivers write what they read, this kernel's all but the bit. */
		a->interrupt = false;
		break;
	case AE4DMA_BASE_LO:
		a->base_lo = value;
		break;
	case AE4DMA_BASE_HI:
		a->base_hi = value;
		break;
	default:
		break; /* read only */
	}
}

void ae4dma_write(struct ae4dma *ae4, uint32_t offset, uint32_t value, uint64_t now)
{
	struct ae4_queue *a = (struct ae4_queue *)block(ae4, offset);

	if (a)
		write_queue(a, offset % AE4DMA_QUEUE(0), value, now);
	else if (offset == AE4DMA_COMMON)
		ae4->queues_used = min_u64(value, AE4DMA_QUEUES);
}

/* The oldest one that is not done; or, out of order, the newest. */
static uint32_t choose(const struct ae4_queue *a)
{
	uint32_t i = a->read;

	if (a->ae4->reorder)
		for (i = previous(a, a->write); a->done[i]; i = previous(a, i))
			;
	return i;
}

static bool begin(struct queue *q, uint64_t *address, uint64_t *since)
{
	struct ae4_queue *a = to_ae4(q);

	if (q->busy || a->failed || !in_use(a) || !(a->control & AE4DMA_ENABLE) ||
	    a->read == a->write)
		return false;
	q->busy = true;
	q->token++;
	a->executing = choose(a);
	*address = ((uint64_t)a->base_hi << 32 | a->base_lo) + a->executing * DESC_SIZE;
	*since = max_u64(a->enabled_since, a->posted[a->executing]);
	return true;
}

static unsigned int decode(const uint8_t raw[DESC_SIZE], struct transfer *t)
{
	uint32_t w[DESC_SIZE / sizeof(uint32_t)];

	memcpy(w, raw, sizeof(w));
	*t = (struct transfer){
		.length = w[2],
		.source = (uint64_t)w[5] << 32 | w[4],
		.destination = (uint64_t)w[7] << 32 | w[6],
		.interrupt = w[0] & DESC_INTERRUPT,
		.stop = w[0] & DESC_STOP,
	};
	if (w[0] & DESC_MEMORY)
		return AE4DMA_ERR_HEADER;
	if (raw[AE4DMA_STATUS_AT])
		return AE4DMA_ERR_STATUS;
	if (!t->length || t->length % ALIGNMENT)
		return AE4DMA_ERR_LENGTH;
	if (t->source % ALIGNMENT)
		return AE4DMA_ERR_SOURCE;
	if (t->destination % ALIGNMENT)
		return AE4DMA_ERR_DESTINATION;
	return 0;
}

static void hang(struct queue *q, bool deaf)
{
	struct ae4_queue *a = to_ae4(q);

	q->hung = true;
	q->deaf = deaf;
	if (!(a->control & AE4DMA_ENABLE) && !deaf) {
		q->token++; /* was told to stop before it hung */
		settle(a);
	}
}

/* The index only moves over what is done: true when that one has to wait for others. */
static bool ended(struct ae4_queue *a)
{
	bool early = a->executing != a->read;

	a->done[a->executing] = true;
	while (a->read != a->write && a->done[a->read]) {
		a->done[a->read] = false;
		a->read = next(a, a->read);
	}
	settle(a);
	return early;
}

static bool complete(struct queue *q, const struct transfer *t)
{
	struct ae4_queue *a = to_ae4(q);
	bool early = ended(a);

	if (t->stop)
		a->control &= ~AE4DMA_ENABLE;
	if (t->interrupt)
		interrupt(a);
	return early;
}

static void fail(struct queue *q, unsigned int code)
{
	struct ae4_queue *a = to_ae4(q);

	if (code == AE4DMA_ERR_FATAL) {
		a->failed = true; /* its descriptor cannot tell */
		settle(a);
	} else {
		ended(a);
	}
	interrupt(a);
}

static void status(uint8_t bytes[2], unsigned int code)
{
	bytes[0] = code ? AE4DMA_ERROR : AE4DMA_COMPLETED;
	bytes[1] = code;
}

static const struct queue_ops ops = {
	.begin = begin,
	.decode = decode,
	.hang = hang,
	.complete = complete,
	.fail = fail,
	.status = status,
	.status_at = AE4DMA_STATUS_AT,
	.bad_address = AE4DMA_ERR_FATAL,
	.bad_read = AE4DMA_ERR_READ,
	.bad_write = AE4DMA_ERR_WRITE,
	.max_code = AE4DMA_ERR_MAX,
};

void ae4dma_init(struct ae4dma *ae4)
{
	memset(ae4, 0, sizeof(*ae4));
	for (unsigned int i = 0; i < AE4DMA_QUEUES; i++) {
		ae4->queue[i].q.ops = &ops;
		ae4->queue[i].q.index = i;
		ae4->queue[i].ae4 = ae4;
	}
	ae4dma_reset(ae4);
}
