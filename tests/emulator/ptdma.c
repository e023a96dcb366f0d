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

/* The size field may ask for more than there is; ptdma_begin() refuses that. */
static uint64_t ring_entries(const struct ptdma *p)
{
	return 2ull << (p->control >> 3 & 0x1f);
}

static uint32_t ring_mask(const struct ptdma *p)
{
	return ring_entries(p) * PTDMA_DESC_SIZE - 1;
}

static uint32_t slot(const struct ptdma *p, uint32_t address)
{
	return (address & ring_mask(p)) / PTDMA_DESC_SIZE % PTDMA_MAX_ENTRIES;
}

/* A message for each bit of (status & enable) that rises. */
static void update_message(struct ptdma *p)
{
	uint32_t now = p->status & p->enable;
	bool rises = now & ~p->raised;

	p->raised = now;
	if (rises)
		p->message(p->arg);
}

/* The polled path takes any status bit for a completion: these two only on demand. */
static void latch_if_enabled(struct ptdma *p, uint32_t bit)
{
	p->status |= p->enable & bit;
}

/* Nothing is being executed (any more). */
static void settle(struct ptdma *p)
{
	p->busy = p->hung = p->deaf = false;
	if (!(p->control & PTDMA_RUN))
		latch_if_enabled(p, PTDMA_INT_STOPPED);
	update_message(p);
}

void ptdma_reset(struct ptdma *p)
{
	struct ptdma fresh = {
		.token = p->token + 1, .message = p->message, .arg = p->arg,
	};

	*p = fresh;
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
		if (p->busy || (p->control & PTDMA_RUN && !p->failed))
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
	if (p->busy && (!p->hung || p->deaf))
		return; /* stops when that descriptor is done */
	p->token++;
	settle(p);
}

static void write_tail(struct ptdma *p, uint32_t value, uint64_t now)
{
	uint32_t entries = min_u64(ring_entries(p), PTDMA_MAX_ENTRIES);
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

bool ptdma_begin(struct ptdma *p, uint64_t *address, uint64_t *since)
{
	unsigned int code = 0;

	if (p->busy || p->failed || !(p->control & PTDMA_RUN) || p->head == p->tail)
		return false;
	if (ring_entries(p) > PTDMA_MAX_ENTRIES)
		code = PTDMA_ERR_SIZE;
	else if ((p->head ^ p->tail) & ~ring_mask(p) || (p->head | p->tail) % PTDMA_DESC_SIZE)
		code = PTDMA_ERR_ADDRESS; /* the head would never come to this tail */
	p->busy = true;
	p->token++;
	p->executing = p->head;
	if (code) {
		ptdma_fail(p, code);
		return false;
	}
	*address = (uint64_t)(p->control >> 16) << 32 | p->head;
	*since = max_u64(p->run_since, p->posted[slot(p, p->head)]);
	return true;
}

unsigned int ptdma_decode(const uint8_t raw[PTDMA_DESC_SIZE], struct ptdma_desc *desc)
{
	uint32_t w[PTDMA_DESC_SIZE / sizeof(uint32_t)];

	memcpy(w, raw, sizeof(w));
	*desc = (struct ptdma_desc){
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
	if (!desc->length)
		return PTDMA_ERR_LENGTH;
	if (DESC_MEMORY(w[3]) || DESC_MEMORY(w[5]))
		return PTDMA_ERR_MEMORY;
	return 0;
}

void ptdma_hang(struct ptdma *p, bool deaf)
{
	p->hung = true;
	p->deaf = deaf;
	if (!(p->control & PTDMA_RUN) && !deaf) {
		p->token++; /* was told to stop before it hung */
		settle(p);
	}
}

void ptdma_complete(struct ptdma *p, const struct ptdma_desc *desc)
{
	if (p->head == p->executing) {
		uint32_t mask = ring_mask(p);

		p->head = (p->head & ~mask) | ((p->head + PTDMA_DESC_SIZE) & mask);
	}
	if (desc->interrupt)
		p->status |= PTDMA_INT_COMPLETION;
	if (p->head == p->tail)
		latch_if_enabled(p, PTDMA_INT_EMPTY);
	if (desc->stop)
		p->control &= ~PTDMA_RUN;
	settle(p);
}

void ptdma_fail(struct ptdma *p, unsigned int code)
{
	if (p->head == p->executing) {
		p->failed = true;
		p->code = code;
	}
	p->status |= PTDMA_INT_ERROR;
	settle(p);
}
