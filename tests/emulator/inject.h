/* SPDX-License-Identifier: GPL-2.0-only */
/* Which descriptors and interrupts go wrong, and how. */
#ifndef EMU_INJECT_H
#define EMU_INJECT_H

#include <stdbool.h>
#include <stdint.h>

#define INJECT_DEFAULT_CODE 20u
#define INJECT_ANY_QUEUE (-1)

/* "every N": each Nth event; "next": just the next one. */
struct fault {
	uint64_t every; /* 0: never */
	uint64_t seen;
	bool next;
};

struct inject {
	struct fault hang;
	struct fault error;
	struct fault flip;
	struct fault lost_irq;
	unsigned int code;	/* of injected errors */
	uint64_t late_ms;	/* 0: a hung descriptor stays hung */
	int queue;		/* only this one fails; INJECT_ANY_QUEUE */
};

enum outcome {
	OUTCOME_GOOD,
	OUTCOME_HANG,
	OUTCOME_ERROR,
	OUTCOME_FLIP,
};

void inject_init(struct inject *in);
void fault_set_every(struct fault *f, uint64_t every); /* 0: off, "next" too */

/* What is to happen to the descriptor that begins now; one fault at most. */
enum outcome inject_outcome(struct inject *in, unsigned int queue);

/* Is the interrupt message that is due now to be lost? */
bool inject_lose_irq(struct inject *in, unsigned int queue);

#endif
