/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_NODE_VALUES_H
#define MO_NODE_VALUES_H

#include <stddef.h>

/* min_bytes of nodes, to be remembered. */
struct node_value {
	int node;
	char *value;	/* decimal */
};

struct node_values {
	struct node_value *v;
	size_t n;
};

const char *node_values_get(const struct node_values *list, int node);
void node_values_set(struct node_values *list, int node, const char *value);
void node_values_drop(struct node_values *list, int node);
void node_values_copy(struct node_values *to, const struct node_values *from);
void node_values_free(struct node_values *list);

#endif
