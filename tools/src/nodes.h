/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_NODES_H
#define MO_NODES_H

#include <stdint.h>

#include "ids.h"

/* What memory a node has, slower ones last. */
enum node_kind { NODE_DRAM, NODE_CXL, NODE_PMEM, NODE_UNKNOWN };

struct node {
	int id;
	enum node_kind kind;
	char *found_by;		/* how the kind was found, in words */
	int tier;		/* id of its memory tier, lower is faster; -1: none known */
	uint64_t bytes;
	char *cpus;		/* "0-3,8", empty when it has none */
	struct ids distance;	/* to each node that is online, in their order */
	char *min_bytes;	/* in force; NULL: the kernel has no such file */
};

/* The nodes with memory, in the order of their numbers. */
struct node_list {
	struct node *node;
	size_t n;
	struct ids online;	/* these and those without memory */
};

/*
 * 0 or -errno; -ENOENT on a kernel without NUMA, which shows no nodes. A file
 * of the kernel that is missing leaves only what it would have said unknown.
 */
int nodes_read(const char *root, struct node_list *list);
void nodes_free(struct node_list *list);
/* NULL when there is no such node, or it has no memory. */
const struct node *nodes_find(const struct node_list *list, int id);

const char *node_kind_name(enum node_kind kind);
/* Finds kind and found_by of all nodes from what else is known of them. */
void node_kinds_find(const char *root, struct node_list *list);

/* The file with the node's threshold. */
char *node_min_bytes_path(int id);

#endif
