// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "pmem.h"
#include "util.h"

const char *pmem_mode_name(enum pmem_mode mode)
{
	static const char *const names[] = {
		[PMEM_RAW] = "raw", [PMEM_SECTOR] = "sector", [PMEM_FSDAX] = "fsdax",
		[PMEM_DEVDAX] = "devdax", [PMEM_RAM] = "system-ram", [PMEM_UNKNOWN] = "unknown",
	};

	return names[mode];
}

const char *pmem_map_name(enum pmem_map map)
{
	static const char *const names[] = {
		[PMEM_MAP_NONE] = "none", [PMEM_MAP_MEM] = "mem", [PMEM_MAP_DEV] = "dev",
	};

	return names[map];
}

const char *pmem_name(const struct pmem_device *device)
{
	return device->namespace ? device->namespace : device->device;
}

struct pmem_device *pmem_add(struct pmem_list *list)
{
	list->device = xrealloc(list->device, (list->n + 1) * sizeof(*list->device));
	list->device[list->n] = (struct pmem_device){
		.mode = PMEM_UNKNOWN, .node = -1, .target_node = -1,
	};
	return &list->device[list->n++];
}

static bool same(const char *a, const char *b)
{
	return a && !strcmp(a, b);
}

const struct pmem_device *pmem_find(const struct pmem_list *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct pmem_device *device = &list->device[i];

		if (same(device->uuid, name) || same(device->label_uuid, name) ||
		    same(device->namespace, name) || same(device->device, name))
			return device;
	}
	return NULL;
}

void pmem_free(struct pmem_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->device[i].namespace);
		free(list->device[i].device);
		free(list->device[i].uuid);
		free(list->device[i].label_uuid);
	}
	free(list->device);
	*list = (struct pmem_list){ 0 };
}
