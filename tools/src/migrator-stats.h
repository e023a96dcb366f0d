/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_MIGRATOR_STATS_H
#define MO_MIGRATOR_STATS_H

#include <stddef.h>

#include "kernel.h"

/* What one migrator did for one node as the slower end. */
struct migrator_node {
	int node;
	uint64_t value[NR_STATS];
};

struct migrator_stats {
	char *name;
	struct kernel_stats total;
	struct migrator_node *node;	/* those with a count, by number */
	size_t nodes;
};

struct migrator_stats_list {
	struct migrator_stats *v;
	size_t n;
};

/* All that were ever registered since boot; none on a kernel that has no such counters. */
void migrator_stats_read(const char *root, struct migrator_stats_list *list);
void migrator_stats_free(struct migrator_stats_list *list);

#endif
