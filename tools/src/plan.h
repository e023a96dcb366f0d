/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_PLAN_H
#define MO_PLAN_H

#include "knobs.h"

/*
 * The writes that bring the kernel from where it is to where it shall be, in
 * an order that never runs an engine with half of its settings.
 */
struct step {
	enum knob_id knob;
	char *from, *to;
};

struct plan {
	struct step step[NR_KNOBS + 1];
	size_t n;
};

/*
 * wanted: canonical value per knob, NULL leaves it alone; current: the same as
 * read from the kernel.
 */
void plan_make(struct plan *plan, char *const wanted[NR_KNOBS], char *const current[NR_KNOBS]);
void plan_free(struct plan *plan);

/*
 * Carries it out. When a write fails, everything done before is undone and
 * -errno returned; both with a message.
 */
int plan_execute(const struct plan *plan, const char *root);

/* What to do about a failed write or read, for messages. */
const char *knob_remedy(enum knob_id id, int err);

#endif
