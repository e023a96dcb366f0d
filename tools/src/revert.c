// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "change.h"
#include "module.h"

/* Others still ask: what is left of the configuration holds. */
static int hand_over(struct change *change, struct state *next)
{
	struct fragment none = { .file = holders[change->holder].fragment };
	bool may_wait;
	int err;

	config_load(&change->config, change->root, none.file ? &none : NULL);
	if (!config_valid(&change->config)) {
		mo_err("configuration refused, the kernel stays as it is");
		return MO_BAD_CONFIG;
	}
	if (change_read(change))
		return MO_FAILED;
	change_forget_nodes(change, next);
	change_remember(change, next);
	change_plan(change);
	if (!change->dry_run) {
		if (change_save(change, next))
			return MO_FAILED;
		may_wait = change_may_wait(change);
		err = plan_execute(&change->plan, change->root, may_wait);
		if (err && (err != -ENODEV || !may_wait))
			return MO_FAILED;
		if (err)
			change_say_waiting();
	}
	change_forget_settled(change, next);
	return MO_OK;
}

/*
 * The last one has left: put back as much as possible. What fails stays in the
 * state file, so that another revert can try again.
 */
static int put_back(struct change *change, struct state *next)
{
	bool failed[NR_FILE_KNOBS] = { 0 };
	struct node_values kept = { 0 };
	int status = MO_OK;

	if (change_read(change))
		return MO_FAILED;
	change_forget_nodes(change, next);
	change_plan_back(change);
	for (size_t i = 0; i < change->plan.n && !change->dry_run; i++) {
		const struct step *step = &change->plan.step[i];

		if (!plan_step(step, change->root, "put back", ", then 'migrate-offload revert'"))
			continue;
		status = MO_FAILED;
		if (step->knob < NR_FILE_KNOBS)
			failed[step->knob] = true;
		else
			node_values_set(&kept, step->node, step->to);
	}
	for (enum knob_id id = 0; id < NR_FILE_KNOBS; id++) {
		if (failed[id])
			continue;
		free(next->original[id]);
		next->original[id] = NULL;
	}
	node_values_free(&next->min_bytes);
	next->min_bytes = kept;
	if (!status && next->loaded) {
		int err = change->dry_run ? 0 : module_unload(change->root, next->loaded);

		if (err)
			mo_note("module %s stays loaded: %s", next->loaded, strerror(-err));
		free(next->loaded);
		next->loaded = NULL;
	}
	return status;
}

static bool restorable(const struct state *state)
{
	for (enum knob_id id = 0; id < NR_FILE_KNOBS; id++)
		if (state->original[id])
			return true;
	return state->loaded || state->min_bytes.n;
}

static int revert(struct change *change, int still_held)
{
	const char *fragment = holders[change->holder].fragment;
	const char *result = "unchanged";
	struct state next;
	int status = MO_OK;

	state_copy(&next, &change->state);
	next.held[change->holder] = false;
	if (state_held(&next)) {
		status = hand_over(change, &next);
		result = "handed-over";
	} else if (restorable(&next) || change->state.held[change->holder]) {
		status = put_back(change, &next);
		result = "reverted";
	} else if (change_read(change)) {
		status = MO_FAILED;
	}
	if (!change->dry_run) {
		if (fragment)
			fragment_remove(change->root, fragment);
		if (state_save(&next, change->root)) {
			mo_err("%s: cannot be written; run it as root", MO_STATE);
			status = MO_FAILED;
		}
	}
	if (!status)
		change_report(change, &next, result, status);
	if (!status && still_held && state_held(&next)) {
		for (enum holder_id id = 0; id < NR_HOLDERS; id++)
			if (next.held[id])
				mo_note("%s still asks for it; '%s' ends that", holders[id].name,
					holders[id].release);
		status = still_held;
	}
	state_free(&next);
	return status;
}

int change_revert(struct change *change, int still_held)
{
	int status = change_begin(change);

	if (!status)
		status = revert(change, still_held);
	change_end(change);
	return status;
}
