// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>

#include "tiers.h"

const char *threshold_text(const char *value, char *buf, size_t len)
{
	char *end;
	uint64_t bytes;

	if (!value)
		return "-";
	bytes = strtoull(value, &end, 10);
	return *end || end == value ? value : format_exact_size(bytes, buf, len);
}

static void print_node(const struct node *node, const struct config *config)
{
	char size[32], min[32], wanted[32], tier[16] = "-";
	const struct setting *set = threshold_of(config, node);
	autofree char *threshold = NULL;

	if (node->tier >= 0)
		snprintf(tier, sizeof(tier), "%d", node->tier);
	if (set)
		threshold = xasprintf("%s = %s", knobs[threshold_knob(node->kind)].name,
				      threshold_text(set->value, wanted, sizeof(wanted)));
	printf("%4d  %-7s  %4s  %10s  %10s  %-24s  %-10s  %s\n", node->id,
	       node_kind_name(node->kind), tier, format_size(node->bytes, size, sizeof(size)),
	       threshold_text(node->min_bytes, min, sizeof(min)), threshold ? threshold : "-",
	       *node->cpus ? node->cpus : "-", node->found_by);
}

void tiers_text(const struct node_list *nodes, const struct config *config)
{
	puts("node  kind     tier        size   min_bytes  configured                CPUs        "
	     "kind found by");
	for (size_t i = 0; i < nodes->n; i++)
		print_node(&nodes->node[i], config);
	printf("\ndistance");
	for (size_t i = 0; i < nodes->online.n; i++)
		printf(" %4d", nodes->online.v[i]);
	putchar('\n');
	for (size_t i = 0; i < nodes->n; i++) {
		const struct node *node = &nodes->node[i];

		printf("%8d", node->id);
		for (size_t k = 0; k < node->distance.n; k++)
			printf(" %4d", node->distance.v[k]);
		putchar('\n');
	}
}

static struct json_object *json_distances(const struct node *node, const struct ids *online)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < node->distance.n && i < online->n; i++) {
		struct json_object *item = json_object_new_object();

		json_object_object_add(item, "node", json_object_new_int(online->v[i]));
		json_object_object_add(item, "distance",
				       json_object_new_int(node->distance.v[i]));
		json_object_array_add(array, item);
	}
	return array;
}

struct json_object *tiers_json(const struct node_list *nodes, const struct config *config)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < nodes->n; i++) {
		const struct node *node = &nodes->node[i];
		const struct setting *set = threshold_of(config, node);
		enum knob_id id = threshold_knob(node->kind);
		struct json_object *item = json_object_new_object();

		json_object_object_add(item, "node", json_object_new_int(node->id));
		out_string(item, "kind", node_kind_name(node->kind));
		out_string(item, "found_by", node->found_by);
		json_object_object_add(item, "memory_tier", node->tier < 0 ? NULL :
				       json_object_new_int(node->tier));
		out_number(item, "bytes", node->bytes);
		out_string(item, "cpus", node->cpus);
		json_object_object_add(item, "distances", json_distances(node, &nodes->online));
		out_bytes(item, "min_bytes", node->min_bytes);
		out_string(item, "key", id < NR_KNOBS ? knobs[id].name : NULL);
		out_bytes(item, "configured", set ? set->value : NULL);
		out_string(item, "source", set ? set->where : NULL);
		json_object_array_add(array, item);
	}
	return array;
}
