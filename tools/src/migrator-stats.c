// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "migrator-stats.h"
#include "sysfs.h"

#define MIGRATORS MO_SYSFS "/migrators"

static struct migrator_node *node_of(struct migrator_stats *stats, int id)
{
	struct migrator_node *node;
	size_t at = 0;

	while (at < stats->nodes && stats->node[at].node < id)
		at++;
	if (at < stats->nodes && stats->node[at].node == id)
		return &stats->node[at];
	node = stats->node = xrealloc(stats->node, (stats->nodes + 1) * sizeof(*node));
	memmove(&node[at + 1], &node[at], (stats->nodes - at) * sizeof(*node));
	node[at] = (struct migrator_node){ .node = id };
	stats->nodes++;
	return &node[at];
}

/* "123 N0=100 N1=23" */
static void parse(struct migrator_stats *stats, enum stat_id id, char *text)
{
	char *word = strsep(&text, " ");
	unsigned long long count;
	int node;

	stats->total.present[id] = true;
	stats->total.value[id] = strtoull(word, NULL, 10);
	while ((word = strsep(&text, " ")))
		if (sscanf(word, "N%d=%llu", &node, &count) == 2)
			node_of(stats, node)->value[id] = count;
}

void migrator_stats_read(const char *root, struct migrator_stats_list *list)
{
	autostrv struct strv names = { 0 };

	*list = (struct migrator_stats_list){ 0 };
	sysfs_list(root, MIGRATORS, &names);
	list->v = xrealloc(NULL, (names.n + 1) * sizeof(*list->v));
	for (; list->n < names.n; list->n++) {
		struct migrator_stats *stats = &list->v[list->n];

		*stats = (struct migrator_stats){ .name = xstrdup(names.v[list->n]) };
		for (enum stat_id id = 0; id < NR_STATS; id++) {
			autofree char *path = xasprintf(MIGRATORS "/%s/%s", stats->name,
							stat_names[id]);
			autofree char *text = NULL;

			if (!sysfs_read(root, path, &text))
				parse(stats, id, text);
		}
	}
}

void migrator_stats_free(struct migrator_stats_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->v[i].name);
		free(list->v[i].node);
	}
	free(list->v);
	*list = (struct migrator_stats_list){ 0 };
}
