// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "change.h"

static bool has_kind(const struct node_list *nodes, enum node_kind kind)
{
	for (size_t i = 0; i < nodes->n; i++)
		if (nodes->node[i].kind == kind)
			return true;
	return false;
}

/* Smaller batches for the sake of latency must not switch it off unnoticed. */
static void note_unreachable(const struct change *change)
{
	const char *pages = change_configured(change, KNOB_MAX_BATCH_PAGES);
	unsigned long long limit;

	if (!pages)
		pages = change->state.original[KNOB_MAX_BATCH_PAGES];
	if (!pages)
		pages = change->current[KNOB_MAX_BATCH_PAGES];
	if (!pages)
		return;
	limit = strtoull(pages, NULL, 10) * (unsigned long long)sysconf(_SC_PAGESIZE);
	for (enum knob_id id = NR_FILE_KNOBS; id < NR_KNOBS; id++) {
		const struct setting *set = &change->config.set[id];

		if (set->value && has_kind(&change->nodes, knobs[id].kind) &&
		    strtoull(set->value, NULL, 10) > limit)
			mo_note("%s is %s, but a batch has no more than %llu bytes "
				"(max_batch_pages = %s) unless it has larger folios: nothing else "
				"will be offloaded", knobs[id].name, set->value, limit, pages);
	}
}

int change_check_nodes(const struct change *change)
{
	enum knob_id any = threshold_wanted(&change->config);
	int status = MO_OK;

	/* No node at all: nothing below would notice. */
	if (any < NR_KNOBS && !change->nodes.n) {
		mo_err("/sys/devices/system/node/has_memory: names no node, but %s sets %s; "
		       "%s", change->config.set[any].where, knobs[any].name,
		       knob_remedy(NR_FILE_KNOBS, -ENOENT));
		return MO_UNSUPPORTED;
	}
	for (size_t i = 0; i < change->nodes.n; i++) {
		const struct node *node = &change->nodes.node[i];
		const struct setting *set = threshold_of(&change->config, node);
		autofree char *path = node_min_bytes_path(node->id);
		const char *remedy;

		if (any < NR_KNOBS && node->kind == NODE_UNKNOWN)
			mo_note("node %d: kind of memory unknown (%s), so it gets no threshold; "
				"set %s by hand", node->id, node->found_by, path);
		remedy = set && !node->min_bytes ? threshold_missing(&change->nodes, set) : NULL;
		if (!remedy)
			continue;
		mo_err("%s: does not exist, but %s sets %s; %s", path, set->where,
		       knobs[threshold_knob(node->kind)].name, remedy);
		status = MO_UNSUPPORTED;
		/* The others are no different. */
		if (!thresholds_supported(&change->nodes))
			break;
	}
	note_unreachable(change);
	return status;
}

void change_forget_nodes(const struct change *change, struct state *next)
{
	for (size_t i = next->min_bytes.n; i--;) {
		int id = next->min_bytes.v[i].node;
		const struct node *node = nodes_find(&change->nodes, id);

		if (node && node->min_bytes)
			continue;
		mo_note("node %d is gone; what its threshold was before (%s) went with it", id,
			next->min_bytes.v[i].value);
		node_values_drop(&next->min_bytes, id);
	}
}
