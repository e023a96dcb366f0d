// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engines.h"
#include "plan.h"
#include "sysfs.h"

static void add(struct plan *plan, enum knob_id knob, int node, const char *from, const char *to)
{
	plan->step = xrealloc(plan->step, (plan->n + 1) * sizeof(*plan->step));
	plan->step[plan->n++] = (struct step){ knob, node, xstrdup(from), xstrdup(to) };
}

char *step_name(const struct step *step)
{
	return step->knob < NR_FILE_KNOBS ? xstrdup(knobs[step->knob].name) :
	       xasprintf("node%d/min_bytes", step->node);
}

char *step_path(const struct step *step)
{
	return step->knob < NR_FILE_KNOBS ? xstrdup(knobs[step->knob].path) :
	       node_min_bytes_path(step->node);
}

static bool differs(char *const wanted[NR_FILE_KNOBS], char *const current[NR_FILE_KNOBS],
		    enum knob_id id)
{
	return wanted[id] && current[id] && strcmp(wanted[id], current[id]);
}

/* A module's knobs are read when its migrator is selected, not later. */
static bool must_reselect(char *const wanted[NR_FILE_KNOBS], char *const current[NR_FILE_KNOBS])
{
	for (enum knob_id id = 0; id < NR_FILE_KNOBS; id++)
		if (knobs[id].module && differs(wanted, current, id) && current[KNOB_MIGRATOR] &&
		    !strcmp(current[KNOB_MIGRATOR], knobs[id].module))
			return true;
	return false;
}

void plan_make(struct plan *plan, char *const wanted[NR_FILE_KNOBS],
	       char *const current[NR_FILE_KNOBS], const struct node_change *nodes, size_t n)
{
	const char *now = current[KNOB_MIGRATOR];
	const char *then = wanted[KNOB_MIGRATOR] ? wanted[KNOB_MIGRATOR] : now;

	*plan = (struct plan){ 0 };
	/*
	 * Off comes first, on comes last. Another migrator is two steps, too: if it
	 * cannot be selected the kernel is left with none, which undo() has to know.
	 */
	if (now && strcmp(now, MO_NO_MIGRATOR) &&
	    (strcmp(then, now) || must_reselect(wanted, current))) {
		add(plan, KNOB_MIGRATOR, -1, now, MO_NO_MIGRATOR);
		now = MO_NO_MIGRATOR;
	}
	for (enum knob_id id = 0; id < NR_FILE_KNOBS; id++)
		if (id != KNOB_MIGRATOR && differs(wanted, current, id))
			add(plan, id, -1, current[id], wanted[id]);
	for (size_t i = 0; i < n; i++)
		if (nodes[i].wanted && nodes[i].current &&
		    strcmp(nodes[i].wanted, nodes[i].current))
			add(plan, NR_FILE_KNOBS, nodes[i].node, nodes[i].current, nodes[i].wanted);
	if (now && strcmp(now, then))
		add(plan, KNOB_MIGRATOR, -1, now, then);
}

static void forget_from(struct plan *plan, size_t i)
{
	while (plan->n > i) {
		plan->n--;
		free(plan->step[plan->n].from);
		free(plan->step[plan->n].to);
	}
}

void plan_free(struct plan *plan)
{
	forget_from(plan, 0);
	free(plan->step);
	*plan = (struct plan){ 0 };
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
	case ENOENT:
		return id < NR_FILE_KNOBS && knobs[id].module ? "load the module (package kmod-dcbm)" :
		       "boot the kernel of package kernel-migrate-offload";
	case EINVAL:
		return id == KNOB_MIGRATOR ? "the migrator is not registered; load its module" :
		       "the kernel does not know this value; update the kernel or the tool";
	case EBUSY:
		return "try again";
	}
	return "see the kernel log";
}

/* The value is that which was refused. */
static const char *step_remedy(const struct step *step, const char *value, int err)
{
	return step->knob == KNOB_MIGRATOR && err == -ENODEV ? engine_of(value)->missing :
	       knob_remedy(step->knob, err);
}

static int write_step(const struct step *step, const char *root, const char *value)
{
	autofree char *path = step_path(step);

	return sysfs_write(root, path, value);
}

/* The node's memory was taken away in the middle of this, and its file with it. */
static bool node_went(const struct step *step, const char *root, int err)
{
	autofree char *path = step_path(step);

	return step->knob == NR_FILE_KNOBS && (err == -ENOENT || err == -ENODEV) &&
	       !sysfs_exists(root, path);
}

static void undo(const struct plan *plan, const char *root, size_t done)
{
	size_t undone = 0;

	for (size_t i = done; i--;) {
		const struct step *step = &plan->step[i];
		int err = write_step(step, root, step->from);
		autofree char *path = step_path(step);

		if (err && !node_went(step, root, err))
			mo_err("%s: cannot put back '%s': %s; %s", path, step->from,
			       strerror(-err), step_remedy(step, step->from, err));
		else
			undone++;
	}
	if (done)
		mo_err("put back %zu of the %zu changes made before", undone, done);
}

int plan_step(const struct step *step, const char *root, const char *what, const char *then)
{
	int err = write_step(step, root, step->to);
	autofree char *path = step_path(step);

	if (err && node_went(step, root, err)) {
		mo_note("node %d lost its memory meanwhile; its threshold went with it",
			step->node);
		return 0;
	}
	if (err)
		mo_err("%s: cannot %s '%s': %s; %s%s", path, what, step->to, strerror(-err),
		       step_remedy(step, step->to, err), then);
	return err;
}

int plan_execute(struct plan *plan, const char *root, bool may_wait)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct step *step = &plan->step[i];
		int err = plan_step(step, root, "write", "");

		if (!err)
			continue;
		if (!may_wait || step->knob != KNOB_MIGRATOR || err != -ENODEV) {
			undo(plan, root, i);
			i = 0;
		}
		forget_from(plan, i);
		return err;
	}
	return 0;
}
