// SPDX-License-Identifier: GPL-2.0-only
#include "ptdma.h"

#include "util.h"

#include <string.h>

#define ALL_INTS (PTDMA_INT_COMPLETION | PTDMA_INT_ERROR | PTDMA_INT_STOPPED | PTDMA_INT_EMPTY)

/* version 5, one queue */
#define ID_VALUE (5u | 1u << 15)

/* descriptor word 0 */
#define DESC_STOP 0x1u
#define DESC_INTERRUPT 0x2u
#define DESC_FUNCTION(w) ((w) >> 5 & 0x7fffu)
#define DESC_ENGINE(w) ((w) >> 20 & 0xfu)
#define ENGINE_PASSTHROUGH 5u

/* words 3 and 5 */
#define DESC_HIGH(w) ((w) & 0xffffu)
#define DESC_MEMORY(w) ((w) >> 16 & 0x3u)

/* The size field may ask for more than there is; begin() refuses that. */
static uint64_t ring_entries(const struct ptdma *p)
{
	return 2ull << (p->control >> 3 & 0x1f);
}

static uint32_t ring_mask(const struct ptdma *p)
{
	return ring_entries(p) * DESC_SIZE - 1;
}

static uint32_t slot(const struct ptdma *p, uint32_t address)
{
	return (address & ring_mask(p)) / DESC_SIZE % QUEUE_MAX_ENTRIES;
}

/* A message for each bit of (status & enable) that rises. */
static void update_message(struct ptdma *p)
{
	uint32_t now = p->status & p->enable;
	bool rises = now & ~p->raised;

	p->raised = now;
	if (rises)
		p->q.message(&p->q);
}

/* The polled path takes any status bit for a completion: these two only on demand. */
static void latch_if_enabled(struct ptdma *p, uint32_t bit)
{
	p->status |= p->enable & bit;
}

/* Nothing is being executed (any more). */
static void settle(struct ptdma *p)
{
	p->q.busy = p->q.hung = p->q.deaf = false;
	if (!(p->control & PTDMA_RUN))
		latch_if_enabled(p, PTDMA_INT_STOPPED);
	update_message(p);
}

void ptdma_reset(struct ptdma *p)
{
	struct ptdma fresh = { .q = p->q };

	*p = fresh;
	p->q.busy = p->q.hung = p->q.deaf = false;
	p->q.token++;
}

uint32_t ptdma_read(const struct ptdma *p, uint32_t offset)
{
	switch (offset) {
	case PTDMA_PRIORITY:
		return p->priority;
	case PTDMA_REQID:
		return p->reqid;
	case PTDMA_TIMEOUT:
		return p->timeout;
	case PTDMA_ID:
		return ID_VALUE;
	case PTDMA_CONTROL:
		if (p->q.busy || (p->control & PTDMA_RUN && !p->failed))
			return p->control;
		return p->control | PTDMA_HALT;
	case PTDMA_TAIL:
		return p->tail;
	case PTDMA_HEAD:
		return p->head;
	case PTDMA_INT_ENABLE:
		return p->enable;
	case PTDMA_INT_STATUS:
	case PTDMA_INT_STATUS2:
		return p->status;
	case PTDMA_STATUS:
		return p->code;
	case PTDMA_CONFIG:
		return p->config;
	case PTDMA_CLOCK_GATE:
		return p->clock_gate;
	default:
		return 0;
	}
}

static void write_control(struct ptdma *p, uint32_t value, uint64_t now)
{
	if (value & PTDMA_RUN && !(p->control & PTDMA_RUN))
		p->run_since = now;
	p->control = value & ~PTDMA_HALT;
	if (value & PTDMA_RUN)
		return;
	if (p->q.busy && (!p->q.hung || p->q.deaf))
		return; /* stops when that descriptor is done */
	p->q.token++;
	settle(p);
}

static void write_tail(struct ptdma *p, uint32_t value, uint64_t now)
{
	uint32_t entries = min_u64(ring_entries(p), QUEUE_MAX_ENTRIES);
	uint32_t i = slot(p, p->tail);

	for (uint32_t n = 0; n < entries && i != slot(p, value); n++) {
		p->posted[i] = now;
		i = (i + 1) % entries;
	}
	p->tail = value;
}

void ptdma_write(struct ptdma *p, uint32_t offset, uint32_t value, uint64_t now)
{
	switch (offset) {
	case PTDMA_PRIORITY:
		p->priority = value;
		break;
	case PTDMA_REQID:
		p->reqid = value;
		break;
	case PTDMA_TIMEOUT:
		p->timeout = value;
		break;
	case PTDMA_CONTROL:
		write_control(p, value, now);
		break;
	case PTDMA_TAIL:
		write_tail(p, value, now);
		break;
	case PTDMA_HEAD:
		p->head = value;
		p->failed = false;
		p->code = 0;
		break;
	case PTDMA_INT_ENABLE:
		p->enable = value & ALL_INTS;
		update_message(p);
		break;
	case PTDMA_INT_STATUS:
		p->status &= ~value;
		update_message(p);
		break;
	case PTDMA_CONFIG:
		p->config = value;
		break;
	case PTDMA_CLOCK_GATE:
		p->clock_gate = value;
		break;
	default:
		break; /* reserved, or read only */
	}
}

static void fail(struct queue *q, unsigned int code)
{
	struct ptdma *p = (struct ptdma *)q;

	if (p->head == p->executing) {
		p->failed = true;
		p->code = code;
	}
	p->status |= PTDMA_INT_ERROR;
	settle(p);
}

static bool begin(struct queue *q, uint64_t *address, uint64_t *since)
{
	struct ptdma *p = (struct ptdma *)q;
	unsigned int code = 0;

	if (p->q.busy || p->failed || !(p->control & PTDMA_RUN) || p->head == p->tail)
		return false;
	if (ring_entries(p) > QUEUE_MAX_ENTRIES)
		code = PTDMA_ERR_SIZE;
	else if ((p->head ^ p->tail) & ~ring_mask(p) || (p->head | p->tail) % DESC_SIZE)
		code = PTDMA_ERR_ADDRESS; /* the head would never come to this tail */
	p->q.busy = true;
	p->q.token++;
	p->executing = p->head;
	if (code) {
		fail(q, code);
		return false;
	}
	*address = (uint64_t)(p->control >> 16) << 32 | p->head;
	*since = max_u64(p->run_since, p->posted[slot(p, p->head)]);
	return true;
}

static unsigned int decode(const uint8_t raw[DESC_SIZE], struct transfer *t)
{
	uint32_t w[DESC_SIZE / sizeof(uint32_t)];

	memcpy(w, raw, sizeof(w));
	*t = (struct transfer){
		.length = w[1],
		.source = (uint64_t)DESC_HIGH(w[3]) << 32 | w[2],
		.destination = (uint64_t)DESC_HIGH(w[5]) << 32 | w[4],
		.interrupt = w[0] & DESC_INTERRUPT,
		.stop = w[0] & DESC_STOP,
	};
	if (DESC_ENGINE(w[0]) != ENGINE_PASSTHROUGH)
		return PTDMA_ERR_ENGINE;
	if (DESC_FUNCTION(w[0]))
		return PTDMA_ERR_FUNCTION;
	if (!t->length)
		return PTDMA_ERR_LENGTH;
	if (DESC_MEMORY(w[3]) || DESC_MEMORY(w[5]))
		return PTDMA_ERR_MEMORY;
	return 0;
}

static void hang(struct queue *q, bool deaf)
{
	struct ptdma *p = (struct ptdma *)q;

	p->q.hung = true;
	p->q.deaf = deaf;
	if (!(p->control & PTDMA_RUN) && !deaf) {
		p->q.token++; /* was told to stop before it hung */
		settle(p);
	}
}

static bool complete(struct queue *q, const struct transfer *t)
{
	struct ptdma *p = (struct ptdma *)q;

	if (p->head == p->executing) {
		uint32_t mask = ring_mask(p);

		p->head = (p->head & ~mask) | ((p->head + DESC_SIZE) & mask);
	}
	if (t->interrupt)
		p->status |= PTDMA_INT_COMPLETION;
	if (p->head == p->tail)
		latch_if_enabled(p, PTDMA_INT_EMPTY);
	if (t->stop)
		p->control &= ~PTDMA_RUN;
	settle(p);
	return false;
}

static const struct queue_ops ops = {
	.begin = begin,
	.decode = decode,
	.hang = hang,
	.complete = complete,
	.fail = fail,
	.bad_address = PTDMA_ERR_ADDRESS,
	.bad_read = PTDMA_ERR_READ,
	.bad_write = PTDMA_ERR_WRITE,
	.max_code = PTDMA_ERR_MAX,
};

void ptdma_init(struct ptdma *p)
{
	memset(p, 0, sizeof(*p));
	p->q.ops = &ops;
	ptdma_reset(p);
}
