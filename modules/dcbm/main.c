// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA core batch migrator: registration, and what the whole system does.
 */

#define pr_fmt(fmt) "dcbm: " fmt

#include <linux/module.h>
#include <linux/suspend.h>

#include "dcbm.h"

struct migrator dcbm_migrator = {
	.name = "dcbm",
	.owner = THIS_MODULE,
	.enable = dcbm_enable,
	.disable = dcbm_disable,
	.offload_copy = dcbm_offload_copy,
};

static bool registered;

/* Parameters are set before the module is ready, too. */
bool dcbm_registered(void)
{
	/* Pairs with the release in dcbm_init() */
	return smp_load_acquire(&registered);
}

/*
 * Suspended engines copy nothing, and reclaim to make room for a hibernation
 * image migrates: decline from the start of it to the end.
 */
static int pm_event(struct notifier_block *nb, unsigned long event, void *data)
{
	switch (event) {
	case PM_SUSPEND_PREPARE:
	case PM_HIBERNATION_PREPARE:
	case PM_RESTORE_PREPARE:
		dcbm_batches_pause();
		break;
	case PM_POST_SUSPEND:
	case PM_POST_HIBERNATION:
	case PM_POST_RESTORE:
		dcbm_batches_resume();
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block pm_nb = {
	.notifier_call = pm_event,
};

static int __init dcbm_init(void)
{
	int ret;

	dcbm_batches_init();
	ret = dcbm_sysfs_init();
	if (ret)
		return ret;
	ret = dcbm_channels_init();
	if (ret)
		goto err_sysfs;
	ret = register_pm_notifier(&pm_nb);
	if (ret)
		goto err_channels;
	ret = migrate_offload_register(&dcbm_migrator);
	if (ret)
		goto err_pm;
	/* All of the above is ready; pairs with dcbm_registered() */
	smp_store_release(&registered, true);

	if (dcbm_want_offloading) {
		ret = migrate_offload_select(dcbm_migrator.name);
		if (ret)
			pr_warn("loaded, but offloading=1 refused (%pe)\n",
				ERR_PTR(ret));
	}
	return 0;

err_pm:
	unregister_pm_notifier(&pm_nb);
err_channels:
	dcbm_channels_exit();
err_sysfs:
	dcbm_sysfs_exit();
	return ret;
}
module_init(dcbm_init);

static void __exit dcbm_exit(void)
{
	migrate_offload_unregister(&dcbm_migrator);
	unregister_pm_notifier(&pm_nb);
	dcbm_channels_exit();
	dcbm_sysfs_exit();
}
module_exit(dcbm_exit);

MODULE_DESCRIPTION("DMA core batch migrator: copies migrated folios by dmaengine");
MODULE_AUTHOR("migrate-offload developers");
MODULE_LICENSE("GPL");
