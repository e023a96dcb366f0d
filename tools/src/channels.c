// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "channels.h"
#include "sysfs.h"

static struct channel_group *group_of(struct channel_list *list, int node, const char *driver)
{
	struct channel_group *g;
	size_t at = 0;

	for (; at < list->n; at++) {
		g = &list->group[at];
		if (g->node == node && !strcmp(g->driver, driver))
			return g;
		if (g->node > node || (g->node == node && strcmp(g->driver, driver) > 0))
			break;
	}
	g = list->group = xrealloc(list->group, (list->n + 1) * sizeof(*g));
	memmove(&g[at + 1], &g[at], (list->n - at) * sizeof(*g));
	g[at] = (struct channel_group){ .node = node, .driver = xstrdup(driver) };
	list->n++;
	return &g[at];
}

static bool count_held(const char *root, const char *channel, struct channel_group *g)
{
	autofree char *path = xasprintf("/sys/module/dcbm/channels/%s/state", channel);
	autofree char *state = NULL;

	if (sysfs_read(root, path, &state))
		return false;
	g->held++;
	if (!strcmp(state, "idle"))
		g->idle++;
	else if (!strcmp(state, "busy"))
		g->busy++;
	else
		g->quarantined++;
	return true;
}

void channels_read(const char *root, struct channel_list *list)
{
	autostrv struct strv names = { 0 };

	*list = (struct channel_list){ 0 };
	sysfs_read(root, "/sys/module/dcbm/parameters/min_folio_bytes_in_force", &list->min_folio);
	sysfs_list(root, "/sys/class/dma", &names);
	for (size_t i = 0; i < names.n; i++) {
		autofree char *device = xasprintf("/sys/class/dma/%s/device", names.v[i]);
		autofree char *driver_path = xasprintf("%s/driver", device);
		autofree char *node_path = xasprintf("%s/numa_node", device);
		autofree char *driver = sysfs_link_name(root, driver_path);
		autofree char *node = NULL;
		struct channel_group *g;

		sysfs_read(root, node_path, &node);
		g = group_of(list, node ? atoi(node) : -1, driver ? driver : "unknown");
		g->channels++;
		list->channels++;
		list->held += count_held(root, names.v[i], g);
	}
}

void channels_free(struct channel_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->group[i].driver);
	free(list->group);
	free(list->min_folio);
	*list = (struct channel_list){ 0 };
}
