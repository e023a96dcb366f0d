// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <daxctl/libdaxctl.h>
#include <ndctl/libndctl.h>

#include "pmem-live.h"

/* What the calls of libndctl are for is found by name in a context of their own. */
static struct ndctl_namespace *find_namespace(struct ndctl_ctx *ctx, const char *name)
{
	struct ndctl_namespace *ns;
	struct ndctl_region *region;
	struct ndctl_bus *bus;

	ndctl_bus_foreach(ctx, bus)
		ndctl_region_foreach(bus, region)
			ndctl_namespace_foreach(region, ns)
				if (!strcmp(ndctl_namespace_get_devname(ns), name))
					return ns;
	return NULL;
}

static int enable_namespace(const char *name)
{
	struct ndctl_namespace *ns;
	struct ndctl_ctx *ctx;
	int err = ndctl_new(&ctx);

	if (err)
		return err;
	ns = find_namespace(ctx, name);
	err = ns ? ndctl_namespace_enable(ns) : -ENODEV;
	ndctl_unref(ctx);
	return err < 0 ? err : 0;
}

static int online(struct daxctl_memory *memory, bool movable)
{
	int blocks = movable ? daxctl_memory_online(memory) :
			       daxctl_memory_online_no_movable(memory);

	return blocks < 0 ? blocks : 0;
}

static int to_ram(struct daxctl_dev *dev, bool movable, const char **step)
{
	struct daxctl_memory *memory;
	int err = 0;

	*step = "taking it from device_dax";
	if (daxctl_dev_is_enabled(dev))
		err = daxctl_dev_disable(dev);
	if (err)
		return err;
	*step = "making it memory with the driver kmem";
	err = daxctl_dev_enable_ram(dev);
	if (err) {
		/* As it was. */
		daxctl_dev_enable_devdax(dev);
		return err;
	}
	*step = "bringing its memory online";
	memory = daxctl_dev_get_memory(dev);
	return memory ? online(memory, movable) : -ENODEV;
}

static int to_devdax(struct daxctl_dev *dev, bool movable, const char **step)
{
	struct daxctl_memory *memory = daxctl_dev_get_memory(dev);
	int err;

	*step = "taking its memory offline";
	err = memory ? daxctl_memory_offline(memory) : -ENODEV;
	if (err < 0) {
		/* What went offline before the block that could not. */
		if (memory)
			online(memory, movable);
		return err;
	}
	*step = "taking it from the driver kmem";
	err = daxctl_dev_disable(dev);
	if (err)
		return err;
	*step = "binding it to device_dax";
	return daxctl_dev_enable_devdax(dev);
}

static int do_dax(struct daxctl_dev *dev, enum pmem_action action, bool movable,
		  const char **step)
{
	switch (action) {
	case PMEM_BIND:
		*step = "binding it to device_dax";
		return daxctl_dev_enable_devdax(dev);
	case PMEM_TO_RAM:
		return to_ram(dev, movable, step);
	case PMEM_ONLINE:
		*step = "bringing its memory online";
		return daxctl_dev_get_memory(dev) ?
		       online(daxctl_dev_get_memory(dev), movable) : -ENODEV;
	case PMEM_TO_DEVDAX:
		return to_devdax(dev, movable, step);
	default:
		return -EINVAL;
	}
}

int pmem_do(const struct pmem_device *device, enum pmem_action action, bool movable,
	    const char **step)
{
	struct daxctl_region *region;
	struct daxctl_dev *dev;
	struct daxctl_ctx *ctx;
	int err;

	*step = "enabling the namespace";
	if (action == PMEM_ENABLE)
		return enable_namespace(device->namespace);
	err = daxctl_new(&ctx);
	if (err)
		return err;
	err = -ENODEV;
	daxctl_region_foreach(ctx, region)
		daxctl_dev_foreach(region, dev)
			if (!strcmp(daxctl_dev_get_devname(dev), device->device))
				err = do_dax(dev, action, movable, step);
	daxctl_unref(ctx);
	return err;
}
