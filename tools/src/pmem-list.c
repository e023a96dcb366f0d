// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <daxctl/libdaxctl.h>
#include <ndctl/libndctl.h>

#include "pmem-live.h"
#include "sysfs.h"

static char *uuid_text(const uuid_t uuid)
{
	char text[37], *at = text;
	bool any = false;

	for (size_t i = 0; i < sizeof(uuid_t); i++) {
		at += sprintf(at, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
			      uuid[i]);
		any |= uuid[i];
	}
	return any ? xstrdup(text) : NULL;
}

static enum pmem_map map_of(enum ndctl_pfn_loc location)
{
	switch (location) {
	case NDCTL_PFN_LOC_RAM:
		return PMEM_MAP_MEM;
	case NDCTL_PFN_LOC_PMEM:
		return PMEM_MAP_DEV;
	default:
		return PMEM_MAP_NONE;
	}
}

static uint64_t known(unsigned long long value)
{
	return value == ULLONG_MAX ? 0 : value;
}

static bool memmap_on_memory(const char *name)
{
	autofree char *path = xasprintf("/sys/bus/dax/devices/%s/memmap_on_memory", name);
	autofree char *text = NULL;

	return !sysfs_read("", path, &text) && !strcmp(text, "1");
}

static void read_memory(struct pmem_device *device, struct daxctl_memory *memory)
{
	int blocks = daxctl_memory_num_sections(memory);
	int online = daxctl_memory_is_online(memory);

	device->mode = PMEM_RAM;
	device->map = memmap_on_memory(device->device) ? PMEM_MAP_DEV : PMEM_MAP_MEM;
	device->blocks = blocks > 0 ? (unsigned int)blocks : 0;
	device->blocks_online = online > 0 ? (unsigned int)online : 0;
	if (device->blocks_online)
		device->zone = daxctl_memory_is_movable(memory) == 1 ? PMEM_ZONE_MOVABLE :
								       PMEM_ZONE_OTHER;
}

static void read_dax(struct pmem_device *device, struct daxctl_dev *dev)
{
	struct daxctl_memory *memory = daxctl_dev_get_memory(dev);

	device->device = xstrdup(daxctl_dev_get_devname(dev));
	device->mode = PMEM_DEVDAX;
	device->enabled = daxctl_dev_is_enabled(dev);
	device->start = known(daxctl_dev_get_resource(dev));
	device->bytes = daxctl_dev_get_size(dev);
	if (!device->align)
		device->align = daxctl_dev_get_align(dev);
	device->target_node = daxctl_dev_get_target_node(dev);
	if (memory)
		read_memory(device, memory);
}

/* fsdax. */
static void read_pfn(struct pmem_device *device, struct ndctl_pfn *pfn)
{
	const char *block = ndctl_pfn_get_block_device(pfn);
	uuid_t uuid;

	ndctl_pfn_get_uuid(pfn, uuid);
	device->uuid = uuid_text(uuid);
	device->start = known(ndctl_pfn_get_resource(pfn));
	device->bytes = ndctl_pfn_get_size(pfn);
	device->align = ndctl_pfn_get_align(pfn);
	device->map = map_of(ndctl_pfn_get_location(pfn));
	device->device = block && *block ? xstrdup(block) : NULL;
}

static void read_devdax(struct pmem_device *device, struct ndctl_dax *dax)
{
	struct daxctl_region *region = ndctl_dax_get_daxctl_region(dax);
	struct daxctl_dev *dev = region ? daxctl_dev_get_first(region) : NULL;
	uuid_t uuid;

	ndctl_dax_get_uuid(dax, uuid);
	device->uuid = uuid_text(uuid);
	device->bytes = ndctl_dax_get_size(dax);
	device->align = ndctl_dax_get_align(dax);
	device->map = map_of(ndctl_dax_get_location(dax));
	if (dev)
		read_dax(device, dev);
}

static enum pmem_mode mode_of(struct ndctl_namespace *ns)
{
	switch (ndctl_namespace_get_mode(ns)) {
	case NDCTL_NS_MODE_FSDAX:
		return PMEM_FSDAX;
	case NDCTL_NS_MODE_SECTOR:
		return PMEM_SECTOR;
	case NDCTL_NS_MODE_RAW:
		return PMEM_RAW;
	case NDCTL_NS_MODE_DEVDAX:
		return PMEM_DEVDAX;
	default:
		return PMEM_UNKNOWN;
	}
}

static void read_namespace(struct pmem_list *list, struct ndctl_namespace *ns)
{
	struct ndctl_pfn *pfn = ndctl_namespace_get_pfn(ns);
	struct ndctl_dax *dax = ndctl_namespace_get_dax(ns);
	struct ndctl_btt *btt = ndctl_namespace_get_btt(ns);
	struct pmem_device *device;
	const char *block;
	uuid_t uuid;

	/* Each region has an empty one, from which the next will be made. */
	if (!ndctl_namespace_is_configured(ns) || !ndctl_namespace_get_size(ns))
		return;
	device = pmem_add(list);
	device->namespace = xstrdup(ndctl_namespace_get_devname(ns));
	ndctl_namespace_get_uuid(ns, uuid);
	device->label_uuid = uuid_text(uuid);
	device->mode = mode_of(ns);
	device->enabled = ndctl_namespace_is_active(ns);
	device->start = known(ndctl_namespace_get_resource(ns));
	device->bytes = ndctl_namespace_get_size(ns);
	device->node = ndctl_namespace_get_numa_node(ns);
	device->target_node = ndctl_namespace_get_target_node(ns);
	if (pfn) {
		read_pfn(device, pfn);
	} else if (dax) {
		read_devdax(device, dax);
	} else {
		block = btt ? ndctl_btt_get_block_device(btt) :
			ndctl_namespace_get_block_device(ns);
		device->device = device->enabled && block && *block ? xstrdup(block) : NULL;
	}
	if (!device->uuid && device->label_uuid)
		device->uuid = xstrdup(device->label_uuid);
}

static int read_namespaces(struct pmem_list *list, bool settle)
{
	struct ndctl_namespace *ns;
	struct ndctl_region *region;
	struct ndctl_bus *bus;
	struct ndctl_ctx *ctx;
	int err = ndctl_new(&ctx);

	if (err)
		return err;
	ndctl_bus_foreach(ctx, bus) {
		if (settle)
			ndctl_bus_wait_probe(bus);
		ndctl_region_foreach(bus, region)
			ndctl_namespace_foreach(region, ns)
				read_namespace(list, ns);
	}
	ndctl_unref(ctx);
	return 0;
}

/* Dax devices that come from elsewhere: CXL, or what the firmware set apart. */
static int read_others(struct pmem_list *list)
{
	struct daxctl_region *region;
	struct daxctl_dev *dev;
	struct daxctl_ctx *ctx;
	int err = daxctl_new(&ctx);

	if (err)
		return err;
	daxctl_region_foreach(ctx, region) {
		daxctl_dev_foreach(region, dev) {
			struct pmem_device *device;

			if (!daxctl_dev_get_size(dev) ||
			    pmem_find(list, daxctl_dev_get_devname(dev)))
				continue;
			device = pmem_add(list);
			device->map = PMEM_MAP_MEM;
			read_dax(device, dev);
		}
	}
	daxctl_unref(ctx);
	return 0;
}

int pmem_list_read(const char *root, struct pmem_list *list, bool settle)
{
	bool nvdimm = sysfs_exists("", "/sys/bus/nd");
	int err = 0;

	*list = (struct pmem_list){ 0 };
	if (*root)
		return -EOPNOTSUPP;
	if (!nvdimm && !sysfs_exists("", "/sys/bus/dax"))
		return -ENODEV;
	if (nvdimm)
		err = read_namespaces(list, settle);
	if (!err)
		err = read_others(list);
	return err;
}
