// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/module/mtcopy/parameters/: knobs and counters.
 */

#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/sizes.h>

#include "mtcopy.h"

/*
 * Numbers with a range: not a number is -EINVAL, out of range is -ERANGE.
 */

struct ranged {
	unsigned int *value;
	unsigned int min;
	unsigned int max;
	unsigned int multiple_of;
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

#define RANGED_PARAM(_name, _var, _min, _max, _multiple_of, _desc)	\
static const struct ranged _name##_range = {				\
	.value = &(_var),						\
	.min = _min,							\
	.max = _max,							\
	.multiple_of = _multiple_of,					\
};									\
module_param_cb(_name, &ranged_ops, (void *)&_name##_range, 0644);	\
MODULE_PARM_DESC(_name, _desc)

unsigned int mtcopy_nr_threads;
RANGED_PARAM(nr_threads, mtcopy_nr_threads, 0, MTCOPY_MAX_THREADS, 1,
	     "Threads that copy a batch, the caller among them (1-64; 0, the default: by itself)");

/* Chunks are copied with preemption off. */
unsigned int mtcopy_chunk_bytes = SZ_64K;
RANGED_PARAM(chunk_bytes, mtcopy_chunk_bytes, PAGE_SIZE, SZ_1M, PAGE_SIZE,
	     "Largest chunk in bytes (page size to 1048576, default 65536)");

unsigned int mtcopy_min_bytes = SZ_1M;
RANGED_PARAM(min_bytes, mtcopy_min_bytes, 0, SZ_1G, 1,
	     "Batches with fewer bytes are declined (0-1073741824, default 1048576)");

bool mtcopy_within_affinity = true;
module_param_named(within_affinity, mtcopy_within_affinity, bool, 0644);
MODULE_PARM_DESC(within_affinity,
		 "Only CPUs that the migrating task may use help it (default Y)");

/*
 * Selection, which is the core's.
 */

bool mtcopy_want_offloading;

static int offloading_set(const char *val, const struct kernel_param *kp)
{
	bool on;
	int ret;

	ret = kstrtobool(val, &on);
	if (ret)
		return ret;
	if (!mtcopy_registered()) {
		/* Given when the module is loaded; done when it is ready */
		mtcopy_want_offloading = on;
		return 0;
	}
	if (on)
		return migrate_offload_select(mtcopy_migrator.name);
	if (migrate_offload_selected(&mtcopy_migrator))
		return migrate_offload_select("none");
	return 0;
}

static int offloading_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%d\n", migrate_offload_selected(&mtcopy_migrator));
}

static const struct kernel_param_ops offloading_ops = {
	.set = offloading_set,
	.get = offloading_get,
};
module_param_cb(offloading, &offloading_ops, NULL, 0644);
MODULE_PARM_DESC(offloading, "Is mtcopy the selected migrator? (0 or 1)");

/*
 * Counters; writing 0 resets.
 */

struct mtcopy_counters mtcopy_counters;

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

#define COUNTER_PARAM(_name, _desc)					\
module_param_cb(_name, &counter_ops, &mtcopy_counters._name, 0644);	\
MODULE_PARM_DESC(_name, _desc "; write 0 to reset")

COUNTER_PARAM(folios, "Folios copied");
COUNTER_PARAM(folios_failures, "Folios that were tried and left to the CPU");
COUNTER_PARAM(bytes_caller, "Bytes copied by the migrating tasks themselves");
COUNTER_PARAM(bytes_helpers, "Bytes copied by helpers");
COUNTER_PARAM(helper_ns, "Time in ns that helpers took for it");
COUNTER_PARAM(helpers_started, "Helpers that took part in a batch");
COUNTER_PARAM(helpers_late, "Helpers that were woken in vain");
COUNTER_PARAM(helpers_slow, "Times that a caller had to wait long for helpers");
