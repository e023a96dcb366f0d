// SPDX-License-Identifier: GPL-2.0-only
/*
 * Multi-threaded copy: a migrator that has idle CPUs help the migrating one.
 */

#define pr_fmt(fmt) "mtcopy: " fmt

#include <linux/cpu.h>
#include <linux/module.h>

#include "mtcopy.h"

/* Called by the core before the first batch. */
static int mtcopy_enable(struct migrator *m)
{
	int ret;

	ret = mtcopy_batches_init();
	if (ret)
		return ret;
	ret = mtcopy_helpers_start();
	if (ret)
		goto err_batches;
	cpus_read_lock();
	ret = mtcopy_topology_update();
	cpus_read_unlock();
	if (ret)
		goto err_helpers;
	return 0;

err_helpers:
	mtcopy_helpers_stop();
err_batches:
	mtcopy_batches_exit();
	return ret;
}

/*
 * Called by the core after the last batch. A helper may still find out that it
 * came too late, so what it looks at goes after the helpers.
 */
static void mtcopy_disable(struct migrator *m)
{
	mtcopy_helpers_stop();
	mtcopy_topology_free();
	mtcopy_batches_exit();
}

struct migrator mtcopy_migrator = {
	.name = "mtcopy",
	.owner = THIS_MODULE,
	.enable = mtcopy_enable,
	.disable = mtcopy_disable,
	.offload_copy = mtcopy_offload_copy,
};

static bool registered;

/* Parameters are set before the module is ready, too. */
bool mtcopy_registered(void)
{
	/* Pairs with the release in mtcopy_init() */
	return smp_load_acquire(&registered);
}

static int __init mtcopy_init(void)
{
	int ret;

	ret = migrate_offload_register(&mtcopy_migrator);
	if (ret)
		return ret;
	/* All is ready; pairs with mtcopy_registered() */
	smp_store_release(&registered, true);

	if (mtcopy_want_offloading) {
		ret = migrate_offload_select(mtcopy_migrator.name);
		if (ret)
			pr_warn("loaded, but offloading=1 refused (%pe)\n",
				ERR_PTR(ret));
	}
	return 0;
}
module_init(mtcopy_init);

static void __exit mtcopy_exit(void)
{
	migrate_offload_unregister(&mtcopy_migrator);
}
module_exit(mtcopy_exit);

MODULE_DESCRIPTION("Multi-threaded copy: has idle CPUs help to copy migrated folios");
MODULE_AUTHOR("migrate-offload developers");
MODULE_LICENSE("GPL");
