// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"
#include "nodes.h"
#include "sysfs.h"

#define NODES "/sys/devices/system/node"
#define TIERS "/sys/devices/virtual/memory_tiering"

const char *node_kind_name(enum node_kind kind)
{
	static const char *const names[] = {
		[NODE_DRAM] = "dram", [NODE_CXL] = "cxl", [NODE_PMEM] = "pmem",
		[NODE_UNKNOWN] = "unknown",
	};

	return names[kind];
}

char *node_min_bytes_path(int id)
{
	return xasprintf(MO_SYSFS "/node%d/min_bytes", id);
}

static int read_ids(const char *root, const char *path, struct ids *ids)
{
	autofree char *text = NULL;
	int err = sysfs_read(root, path, &text);

	*ids = (struct ids){ 0 };
	if (err)
		return err;
	return ids_parse(text, ids) ? 0 : -EPROTO;
}

/* "10 21": one number for each node that is online. */
static void read_distance(const char *root, struct node *node)
{
	autofree char *path = xasprintf(NODES "/node%d/distance", node->id);
	autofree char *text = NULL;
	char *c;

	if (sysfs_read(root, path, &text))
		return;
	for (c = text; *c; c++)
		if (*c == ' ')
			*c = ',';
	ids_parse(text, &node->distance);
}

static uint64_t read_size(const char *root, int id)
{
	autofree char *path = xasprintf(NODES "/node%d/meminfo", id);
	autofree char *text = NULL;
	const char *total;

	if (sysfs_read(root, path, &text))
		return 0;
	total = strstr(text, "MemTotal:");
	return total ? strtoull(total + strlen("MemTotal:"), NULL, 10) * 1024 : 0;
}

static void read_node(const char *root, struct node *node)
{
	autofree char *cpus_path = xasprintf(NODES "/node%d/cpulist", node->id);
	autofree char *min_path = node_min_bytes_path(node->id);

	node->kind = NODE_UNKNOWN;
	node->tier = -1;
	node->bytes = read_size(root, node->id);
	if (sysfs_read(root, cpus_path, &node->cpus))
		node->cpus = xstrdup("");
	read_distance(root, node);
	sysfs_read(root, min_path, &node->min_bytes);
}

static void read_tiers(const char *root, struct node_list *list)
{
	autostrv struct strv names = { 0 };

	sysfs_list(root, TIERS, &names);
	for (size_t i = 0; i < names.n; i++) {
		autofree char *path = xasprintf(TIERS "/%s/nodelist", names.v[i]);
		autoids struct ids ids = { 0 };
		int tier;

		if (sscanf(names.v[i], "memory_tier%d", &tier) != 1 || read_ids(root, path, &ids))
			continue;
		for (size_t k = 0; k < list->n; k++)
			if (ids_has(&ids, list->node[k].id))
				list->node[k].tier = tier;
	}
}

int nodes_read(const char *root, struct node_list *list)
{
	autoids struct ids ids = { 0 };
	int err;

	*list = (struct node_list){ 0 };
	err = read_ids(root, NODES "/has_memory", &ids);
	if (err)
		return err;
	read_ids(root, NODES "/online", &list->online);
	list->node = xrealloc(NULL, (ids.n + 1) * sizeof(*list->node));
	for (; list->n < ids.n; list->n++) {
		list->node[list->n] = (struct node){ .id = ids.v[list->n] };
		read_node(root, &list->node[list->n]);
	}
	read_tiers(root, list);
	node_kinds_find(root, list);
	return 0;
}

const struct node *nodes_find(const struct node_list *list, int id)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->node[i].id == id)
			return &list->node[i];
	return NULL;
}

void nodes_free(struct node_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		struct node *node = &list->node[i];

		free(node->found_by);
		free(node->cpus);
		free(node->min_bytes);
		ids_free(&node->distance);
	}
	free(list->node);
	ids_free(&list->online);
	*list = (struct node_list){ 0 };
}
