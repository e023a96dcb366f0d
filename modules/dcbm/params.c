// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/module/dcbm/parameters/. The names of the published driver are kept, so
 * that scripts written for it work.
 */

#include <linux/ctype.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "dcbm.h"

/*
 * Numbers with a range: not a number is -EINVAL, out of range is -ERANGE.
 */

struct ranged {
	unsigned int *value;
	unsigned int min;
	unsigned int max;
	unsigned int multiple_of;
	void (*changed)(void);
};

static int ranged_set(const char *val, const struct kernel_param *kp)
{
	const struct ranged *r = kp->arg;
	unsigned int value;
	int ret;

	ret = kstrtouint(val, 0, &value);
	if (ret)
		return ret;
	if (value < r->min || value > r->max)
		return -ERANGE;
	if (value % r->multiple_of)
		return -EINVAL;
	WRITE_ONCE(*r->value, value);
	if (r->changed)
		r->changed();
	return 0;
}

static int ranged_get(char *buf, const struct kernel_param *kp)
{
	const struct ranged *r = kp->arg;

	return sysfs_emit(buf, "%u\n", READ_ONCE(*r->value));
}

static const struct kernel_param_ops ranged_ops = {
	.set = ranged_set,
	.get = ranged_get,
};

#define RANGED_PARAM(_name, _var, _min, _max, _multiple_of, _changed, _desc) \
static const struct ranged _name##_range = {				\
	.value = &(_var),						\
	.min = _min,							\
	.max = _max,							\
	.multiple_of = _multiple_of,					\
	.changed = _changed,						\
};									\
module_param_cb(_name, &ranged_ops, (void *)&_name##_range, 0644);	\
MODULE_PARM_DESC(_name, _desc)

static void nr_chan_changed(void)
{
	if (dcbm_registered())
		dcbm_nr_chan_changed();
}

unsigned int dcbm_nr_chan = 16;
RANGED_PARAM(nr_dma_chan, dcbm_nr_chan, 1, DCBM_MAX_CHANS, 1, nr_chan_changed,
	     "Channels to use at most (1-64, default 16)");

unsigned int dcbm_chunk_bytes = SZ_256K;
RANGED_PARAM(chunk_bytes, dcbm_chunk_bytes, PAGE_SIZE, SZ_2M, PAGE_SIZE, NULL,
	     "Largest chunk in bytes (page size to 2097152, default 262144)");

unsigned int dcbm_timeout_ms_per_mib = 1000;
RANGED_PARAM(timeout_ms_per_mib, dcbm_timeout_ms_per_mib, 1, 60000, 1, NULL,
	     "Time in ms that 1 MiB on a channel may take (1-60000, default 1000)");

unsigned int dcbm_timeout_min_ms = 500;
RANGED_PARAM(timeout_min_ms, dcbm_timeout_min_ms, 10, 60000, 1, NULL,
	     "Time in ms that is added to it (10-60000, default 500)");

/*
 * Whose channels are taken.
 */

#define FILTER_LEN	32

static char channel_filter[FILTER_LEN] = "ptdma";
static DEFINE_SPINLOCK(filter_lock);

bool dcbm_provider_allowed(const char *name)
{
	guard(spinlock)(&filter_lock);
	return !strcmp(channel_filter, "any") || !strcmp(channel_filter, name);
}

static int filter_set(const char *val, const struct kernel_param *kp)
{
	size_t len = strcspn(val, "\n"), i;

	if (!len || len >= FILTER_LEN)
		return -EINVAL;
	for (i = 0; i < len; i++)
		if (!isalnum(val[i]) && !strchr("_-", val[i]))
			return -EINVAL;

	guard(spinlock)(&filter_lock);
	memcpy(channel_filter, val, len);
	channel_filter[len] = '\0';
	return 0;
}

static int filter_get(char *buf, const struct kernel_param *kp)
{
	guard(spinlock)(&filter_lock);
	return sysfs_emit(buf, "%s\n", channel_filter);
}

static const struct kernel_param_ops filter_ops = {
	.set = filter_set,
	.get = filter_get,
};
module_param_cb(channel_filter, &filter_ops, NULL, 0644);
MODULE_PARM_DESC(channel_filter,
		 "Driver whose channels are acquired, or any (default ptdma)");

/*
 * Selection and policy, which are the core's.
 */

bool dcbm_want_offloading;

static int offloading_set(const char *val, const struct kernel_param *kp)
{
	bool on;
	int ret;

	ret = kstrtobool(val, &on);
	if (ret)
		return ret;
	if (!dcbm_registered()) {
		/* Given when the module is loaded; done when it is ready */
		dcbm_want_offloading = on;
		return 0;
	}
	if (on)
		return migrate_offload_select(dcbm_migrator.name);
	if (migrate_offload_selected(&dcbm_migrator))
		return migrate_offload_select("none");
	return 0;
}

static int offloading_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%d\n", migrate_offload_selected(&dcbm_migrator));
}

static const struct kernel_param_ops offloading_ops = {
	.set = offloading_set,
	.get = offloading_get,
};
module_param_cb(offloading, &offloading_ops, NULL, 0644);
MODULE_PARM_DESC(offloading, "Is dcbm the selected migrator? (0 or 1)");

static int reason_mask_set(const char *val, const struct kernel_param *kp)
{
	return migrate_offload_reasons_store(val);
}

static int reason_mask_get(char *buf, const struct kernel_param *kp)
{
	return migrate_offload_reasons_show(buf);
}

static const struct kernel_param_ops reason_mask_ops = {
	.set = reason_mask_set,
	.get = reason_mask_get,
};
module_param_cb(reason_mask, &reason_mask_ops, NULL, 0644);
MODULE_PARM_DESC(reason_mask,
		 "The same as /sys/kernel/mm/migrate_offload/reasons");

/*
 * Counters; writing 0 resets.
 */

atomic_long_t dcbm_folios_migrated;
atomic_long_t dcbm_folios_failures;

static int counter_set(const char *val, const struct kernel_param *kp)
{
	unsigned int value;
	int ret;

	ret = kstrtouint(val, 0, &value);
	if (ret)
		return ret;
	if (value)
		return -EINVAL;
	atomic_long_set((atomic_long_t *)kp->arg, 0);
	return 0;
}

static int counter_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%ld\n", atomic_long_read(kp->arg));
}

static const struct kernel_param_ops counter_ops = {
	.set = counter_set,
	.get = counter_get,
};
module_param_cb(folios_migrated, &counter_ops, &dcbm_folios_migrated, 0644);
MODULE_PARM_DESC(folios_migrated, "Folios copied by DMA; write 0 to reset");
module_param_cb(folios_failures, &counter_ops, &dcbm_folios_failures, 0644);
MODULE_PARM_DESC(folios_failures,
		 "Folios that were tried and left to the CPU; write 0 to reset");
