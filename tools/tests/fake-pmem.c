// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices of a machine that is made of files: takes the place of pmem-list.c and
 * pmem-do.c. Below the tree, /fake/pmem has one a line: namespace, device or "-",
 * UUID, mode, "enabled" or "disabled", the node that its memory is or would be of,
 * and, as memory, "ONLINE/BLOCKS movable" or "ONLINE/BLOCKS kernel". A first line
 * "EIO" has them not to be listed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pmem-live.h"
#include "sysfs.h"

static enum pmem_mode mode_named(const char *name)
{
	for (enum pmem_mode mode = PMEM_RAW; mode < PMEM_UNKNOWN; mode++)
		if (!strcmp(name, pmem_mode_name(mode)))
			return mode;
	return PMEM_UNKNOWN;
}

static void add(struct pmem_list *list, const char *line)
{
	char name[32], dax[32], uuid[40], mode[16], enabled[16], zone[16] = "";
	struct pmem_device *device = pmem_add(list);

	if (sscanf(line, "%31s %31s %39s %15s %15s %d %u/%u %15s", name, dax, uuid, mode, enabled,
		   &device->target_node, &device->blocks_online, &device->blocks, zone) < 6) {
		fprintf(stderr, "fake machine: what is '%s'?\n", line);
		abort();
	}
	device->namespace = xstrdup(name);
	device->device = strcmp(dax, "-") ? xstrdup(dax) : NULL;
	device->uuid = xstrdup(uuid);
	device->mode = mode_named(mode);
	device->enabled = !strcmp(enabled, "enabled");
	if (device->blocks_online)
		device->zone = strcmp(zone, "movable") ? PMEM_ZONE_OTHER : PMEM_ZONE_MOVABLE;
}

int pmem_list_read(const char *root, struct pmem_list *list, bool settle)
{
	autofree char *text = NULL;
	char *rest, *line;

	(void)settle;
	*list = (struct pmem_list){ 0 };
	if (sysfs_read(root, "/fake/pmem", &text))
		return -ENODEV;
	if (!strcmp(text, "EIO"))
		return -EIO;
	rest = text;
	while ((line = strsep(&rest, "\n")))
		add(list, line);
	return 0;
}

int pmem_do(const struct pmem_device *device, enum pmem_action action, bool movable,
	    const char **step)
{
	(void)device;
	(void)action;
	(void)movable;
	(void)step;
	abort();
}
