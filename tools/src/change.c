// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "change.h"
#include "engines.h"
#include "files.h"
#include "out.h"
#include "sysfs.h"

int change_begin(struct change *change)
{
	int err;

	change->lock = -1;
	if (!change->dry_run && !sysfs_writable(change->root)) {
		mo_err("--root %s: a captured tree is not changed; add --dry-run", change->root);
		return MO_USAGE;
	}
	if (!change->dry_run) {
		autofree char *path = xasprintf("%s%s", change->root, MO_LOCK);

		change->lock = file_lock(path);
		if (change->lock < 0) {
			mo_err("%s: cannot be locked: %s%s", MO_LOCK,
			       strerror(-change->lock),
			       change->lock == -EACCES ? "; run it as root" : "");
			return MO_FAILED;
		}
	}
	err = state_load(&change->state, change->root);
	if (err) {
		mo_err("%s: %s; remove it (what was set before the offload is then unknown)",
		       MO_STATE, err == -EPROTO ? "is damaged" : strerror(-err));
		return MO_FAILED;
	}
	return MO_OK;
}

void change_end(struct change *change)
{
	for (enum knob_id id = 0; id < NR_FILE_KNOBS; id++)
		free(change->current[id]);
	nodes_free(&change->nodes);
	free(change->fragment_before);
	plan_free(&change->plan);
	config_free(&change->config);
	state_free(&change->state);
	if (change->lock >= 0)
		close(change->lock);
}

int change_read(struct change *change)
{
	int nodes_err;

	for (enum knob_id id = 0; id < NR_FILE_KNOBS; id++) {
		int err;

		free(change->current[id]);
		err = knob_read(change->root, id, &change->current[id]);
		if (!err || err == -ENOENT)
			continue;
		mo_err("%s: cannot be read: %s; %s", knobs[id].path, strerror(-err),
		       knob_remedy(id, err));
		return err;
	}
	nodes_free(&change->nodes);
	nodes_err = nodes_read(change->root, &change->nodes);
	if (nodes_err && nodes_err != -ENOENT) {
		mo_err("/sys/devices/system/node/has_memory: cannot be read: %s; see the kernel "
		       "log", strerror(-nodes_err));
		return nodes_err;
	}
	return 0;
}

const char *change_target(const struct change *change)
{
	if (change->config.set[KNOB_MIGRATOR].value)
		return change->config.set[KNOB_MIGRATOR].value;
	if (change->state.original[KNOB_MIGRATOR])
		return change->state.original[KNOB_MIGRATOR];
	return change->current[KNOB_MIGRATOR];
}

bool change_may_wait(const struct change *change)
{
	const char *target = change_target(change);

	return target && engine_of(target)->channels;
}

void change_say_waiting(void)
{
	mo_note("the request stands; it is served when a channel appears");
}

const char *change_configured(const struct change *change, enum knob_id id)
{
	const char *target = change_target(change);

	if (knobs[id].module && (!target || strcmp(target, knobs[id].module)))
		return NULL;
	return change->config.set[id].value;
}

void change_remember(const struct change *change, struct state *next)
{
	for (enum knob_id id = 0; id < NR_FILE_KNOBS; id++)
		if (change_configured(change, id) && change->current[id] && !next->original[id])
			next->original[id] = xstrdup(change->current[id]);
	for (size_t i = 0; i < change->nodes.n; i++) {
		const struct node *node = &change->nodes.node[i];

		if (threshold_of(&change->config, node) && node->min_bytes &&
		    !node_values_get(&next->min_bytes, node->id))
			node_values_set(&next->min_bytes, node->id, node->min_bytes);
	}
}

void change_forget_settled(const struct change *change, struct state *next)
{
	for (enum knob_id id = 0; id < NR_FILE_KNOBS; id++) {
		if (change_configured(change, id))
			continue;
		free(next->original[id]);
		next->original[id] = NULL;
	}
	for (size_t i = 0; i < change->nodes.n; i++)
		if (!threshold_of(&change->config, &change->nodes.node[i]))
			node_values_drop(&next->min_bytes, change->nodes.node[i].id);
}

static void make_plan(struct change *change, bool back)
{
	struct node_change *nodes = xrealloc(NULL, (change->nodes.n + 1) * sizeof(*nodes));
	char *wanted[NR_FILE_KNOBS];

	/* What is no longer configured goes back to what it was. */
	for (enum knob_id id = 0; id < NR_FILE_KNOBS; id++) {
		const char *value = back ? NULL : change_configured(change, id);

		wanted[id] = (char *)(value ? value : change->state.original[id]);
	}
	for (size_t i = 0; i < change->nodes.n; i++) {
		const struct node *node = &change->nodes.node[i];
		const struct setting *set = back ? NULL : threshold_of(&change->config, node);

		nodes[i] = (struct node_change){ node->id, set ? set->value :
			node_values_get(&change->state.min_bytes, node->id), node->min_bytes };
	}
	plan_make(&change->plan, wanted, change->current, nodes, change->nodes.n);
	free(nodes);
}

void change_plan(struct change *change)
{
	make_plan(change, false);
}

void change_plan_back(struct change *change)
{
	make_plan(change, true);
}

int change_save(const struct change *change, const struct state *state)
{
	int err = state_save(state, change->root);

	if (err)
		mo_err("%s: cannot be written: %s; nothing was changed", MO_STATE, strerror(-err));
	return err;
}

/* The migrator after all that was done, NULL when the kernel has none. */
static const char *selected(const struct change *change)
{
	const char *name = change->current[KNOB_MIGRATOR];

	for (size_t i = 0; i < change->plan.n; i++)
		if (change->plan.step[i].knob == KNOB_MIGRATOR)
			name = change->plan.step[i].to;
	return name;
}

static void print_json(const struct change *change, const struct state *state,
		       const char *result)
{
	struct json_object *json = out_object(), *changes = json_object_new_array();
	autostrv struct strv held = { 0 };

	for (enum holder_id id = 0; id < NR_HOLDERS; id++)
		if (state->held[id])
			strv_add(&held, "%s", holders[id].name);
	for (size_t i = 0; i < change->plan.n; i++) {
		struct json_object *item = json_object_new_object();
		autofree char *name = step_name(&change->plan.step[i]);

		out_string(item, "knob", name);
		out_string(item, "from", change->plan.step[i].from);
		out_string(item, "to", change->plan.step[i].to);
		json_object_array_add(changes, item);
	}
	out_string(json, "result", result);
	out_bool(json, "dry_run", change->dry_run);
	json_object_object_add(json, "changes", changes);
	out_string(json, "migrator", selected(change));
	out_strings(json, "held_by", &held);
	out_print(json);
}

int change_report(const struct change *change, const struct state *state, const char *result,
		  int status)
{
	autofree char *held = state_holders(state);
	const char *migrator = selected(change);
	bool on = migrator && strcmp(migrator, MO_NO_MIGRATOR);

	if (change->json) {
		print_json(change, state, result);
		return status;
	}
	for (size_t i = 0; i < change->plan.n; i++) {
		autofree char *name = step_name(&change->plan.step[i]);

		printf("%s: %s -> %s\n", name, change->plan.step[i].from,
		       change->plan.step[i].to);
	}
	/* In the journal this line must speak for itself. */
	printf("%s%s: page migration offload is %s%s%s, held by %s\n",
	       change->dry_run ? "dry run, would be " : "", result, on ? "on (" : "off",
	       on ? migrator : "", on ? ")" : "", held);
	return status;
}
