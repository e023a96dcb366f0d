// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "thresholds.h"

enum knob_id threshold_knob(enum node_kind kind)
{
	enum knob_id id = NR_FILE_KNOBS;

	while (id < NR_KNOBS && knobs[id].kind != kind)
		id++;
	return id;
}

const struct setting *threshold_of(const struct config *config, const struct node *node)
{
	enum knob_id id = threshold_knob(node->kind);

	return id < NR_KNOBS && config->set[id].value ? &config->set[id] : NULL;
}

enum knob_id threshold_wanted(const struct config *config)
{
	enum knob_id id = NR_FILE_KNOBS;

	while (id < NR_KNOBS && (!config->set[id].value || !strcmp(config->set[id].value, "0")))
		id++;
	return id;
}

bool thresholds_supported(const struct node_list *nodes)
{
	for (size_t i = 0; i < nodes->n; i++)
		if (nodes->node[i].min_bytes)
			return true;
	return false;
}

const char *threshold_missing(const struct node_list *nodes, const struct setting *set)
{
	if (thresholds_supported(nodes))
		return "see the kernel log for why it has none";
	/* Without thresholds every batch is offered. */
	return strcmp(set->value, "0") ? "this kernel has no thresholds: boot the newest kernel of "
	       "package kernel-migrate-offload, or set it to 0" : NULL;
}
