/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_PLAN_H
#define MO_PLAN_H

#include "knobs.h"

/*
 * The writes that bring the kernel from where it is to where it shall be, in
 * an order that never runs an engine with half of its settings.
 */
struct step {
	enum knob_id knob;	/* NR_FILE_KNOBS: the node's min_bytes */
	int node;
	char *from, *to;
};

struct plan {
	struct step *step;
	size_t n;
};

/* A node's min_bytes, either NULL as below. */
struct node_change {
	int node;
	const char *wanted, *current;
};

/*
 * wanted: canonical value per knob, NULL leaves it alone; current: the same as
 * read from the kernel.
 */
void plan_make(struct plan *plan, char *const wanted[NR_FILE_KNOBS],
	       char *const current[NR_FILE_KNOBS], const struct node_change *nodes, size_t n);
void plan_free(struct plan *plan);

/*
 * Carries it out. When a write fails, everything done before is undone and
 * -errno returned; both with a message. With may_wait, what was done stays if only
 * the migrator finds no engine (-ENODEV). Afterwards the plan has the steps that stay.
 */
int plan_execute(struct plan *plan, const char *root, bool may_wait);

/*
 * One of them alone. A failure is said, with what was to be done and what to do
 * next; that the node is gone is none.
 */
int plan_step(const struct step *step, const char *root, const char *what, const char *then);

/* "reasons", or "node2/min_bytes". */
char *step_name(const struct step *step);
char *step_path(const struct step *step);

/* What to do about a failed write or read, for messages; also for NR_FILE_KNOBS. */
const char *knob_remedy(enum knob_id id, int err);

#endif
