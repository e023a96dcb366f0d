// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "node-values.h"
#include "util.h"

const char *node_values_get(const struct node_values *list, int node)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].node == node)
			return list->v[i].value;
	return NULL;
}

void node_values_set(struct node_values *list, int node, const char *value)
{
	node_values_drop(list, node);
	list->v = xrealloc(list->v, (list->n + 1) * sizeof(*list->v));
	list->v[list->n++] = (struct node_value){ node, xstrdup(value) };
}

void node_values_drop(struct node_values *list, int node)
{
	for (size_t i = 0; i < list->n; i++) {
		if (list->v[i].node != node)
			continue;
		free(list->v[i].value);
		memmove(&list->v[i], &list->v[i + 1], (--list->n - i) * sizeof(*list->v));
		return;
	}
}

void node_values_copy(struct node_values *to, const struct node_values *from)
{
	*to = (struct node_values){ 0 };
	for (size_t i = 0; i < from->n; i++)
		node_values_set(to, from->v[i].node, from->v[i].value);
}

void node_values_free(struct node_values *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->v[i].value);
	free(list->v);
	*list = (struct node_values){ 0 };
}
