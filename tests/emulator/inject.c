// SPDX-License-Identifier: GPL-2.0-only
#include "inject.h"

#include <string.h>

void inject_init(struct inject *in)
{
	memset(in, 0, sizeof(*in));
	in->code = INJECT_DEFAULT_CODE;
	in->queue = INJECT_ANY_QUEUE;
}

void fault_set_every(struct fault *f, uint64_t every)
{
	*f = (struct fault){ .every = every };
}

static bool due(struct fault *f)
{
	bool now = f->next;

	f->next = false;
	if (f->every && ++f->seen == f->every) {
		f->seen = 0;
		now = true;
	}
	return now;
}

static bool concerned(const struct inject *in, unsigned int queue)
{
	return in->queue == INJECT_ANY_QUEUE || in->queue == (int)queue;
}

enum outcome inject_outcome(struct inject *in, unsigned int queue)
{
	if (!concerned(in, queue))
		return OUTCOME_GOOD;

	/* All of them count every descriptor, whichever strikes. */
	bool hang = due(&in->hang);
	bool error = due(&in->error);
	bool flip = due(&in->flip);

	if (hang)
		return OUTCOME_HANG;
	if (error)
		return OUTCOME_ERROR;
	return flip ? OUTCOME_FLIP : OUTCOME_GOOD;
}

bool inject_lose_irq(struct inject *in, unsigned int queue)
{
	return concerned(in, queue) && due(&in->lost_irq);
}
