// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plan.h"

static void add(struct plan *plan, enum knob_id knob, const char *from, const char *to)
{
	plan->step[plan->n++] = (struct step){ knob, xstrdup(from), xstrdup(to) };
}

static bool differs(char *const wanted[NR_KNOBS], char *const current[NR_KNOBS], enum knob_id id)
{
	return wanted[id] && current[id] && strcmp(wanted[id], current[id]);
}

/* A module's knobs are read when its migrator is selected, not later. */
static bool must_reselect(char *const wanted[NR_KNOBS], char *const current[NR_KNOBS])
{
	for (enum knob_id id = 0; id < NR_KNOBS; id++)
		if (knobs[id].module && differs(wanted, current, id) && current[KNOB_MIGRATOR] &&
		    !strcmp(current[KNOB_MIGRATOR], knobs[id].module))
			return true;
	return false;
}

void plan_make(struct plan *plan, char *const wanted[NR_KNOBS], char *const current[NR_KNOBS])
{
	const char *now = current[KNOB_MIGRATOR];
	const char *then = wanted[KNOB_MIGRATOR] ? wanted[KNOB_MIGRATOR] : now;

	*plan = (struct plan){ 0 };
	/* Off comes first, on comes last. */
	if (now && strcmp(now, MO_NO_MIGRATOR) &&
	    (!strcmp(then, MO_NO_MIGRATOR) || must_reselect(wanted, current))) {
		add(plan, KNOB_MIGRATOR, now, MO_NO_MIGRATOR);
		now = MO_NO_MIGRATOR;
	}
	for (enum knob_id id = 0; id < NR_KNOBS; id++)
		if (id != KNOB_MIGRATOR && differs(wanted, current, id))
			add(plan, id, current[id], wanted[id]);
	if (now && strcmp(now, then))
		add(plan, KNOB_MIGRATOR, now, then);
}

void plan_free(struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		free(plan->step[i].from);
		free(plan->step[i].to);
	}
	plan->n = 0;
}

const char *knob_remedy(enum knob_id id, int err)
{
	switch (-err) {
	case EACCES:
		return "run it as root";
	case EPERM:
		return id == KNOB_MIGRATOR ?
		       "run it as root, without migrate_offload=off on the kernel command line" :
		       "run it as root";
	case ENODEV:
		return "no usable DMA channel; see 'migrate-offload status' and the kernel log";
	case ENOENT:
		return knobs[id].module ? "load the module (package kmod-dcbm)" :
		       "boot the kernel of package kernel-migrate-offload";
	case EINVAL:
		return id == KNOB_MIGRATOR ? "the migrator is not registered; load its module" :
		       "the kernel does not know this value; update the kernel or the tool";
	case EBUSY:
		return "try again";
	}
	return "see the kernel log";
}

static void undo(const struct plan *plan, const char *root, size_t done)
{
	size_t undone = 0;

	for (size_t i = done; i--;) {
		const struct step *step = &plan->step[i];
		int err = knob_write(root, step->knob, step->from);

		if (err)
			mo_err("%s: cannot put back '%s': %s; %s", knobs[step->knob].path,
			       step->from, strerror(-err), knob_remedy(step->knob, err));
		else
			undone++;
	}
	if (done)
		mo_err("put back %zu of the %zu changes made before", undone, done);
}

int plan_execute(const struct plan *plan, const char *root)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct step *step = &plan->step[i];
		int err = knob_write(root, step->knob, step->to);

		if (!err)
			continue;
		mo_err("%s: cannot write '%s': %s; %s", knobs[step->knob].path, step->to,
		       strerror(-err), knob_remedy(step->knob, err));
		undo(plan, root, i);
		return err;
	}
	return 0;
}
