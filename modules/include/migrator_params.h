/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Module parameters that all migrators have in common: numbers with a range,
 * counters, and "offloading". For the one file of a module that defines its
 * parameters.
 */
#ifndef _MIGRATOR_PARAMS_H
#define _MIGRATOR_PARAMS_H

#include <linux/atomic.h>
#include <linux/kstrtox.h>
#include <linux/migrate_copy_offload.h>
#include <linux/moduleparam.h>
#include <linux/sysfs.h>

/**
 * struct ranged - a number with a range
 * @value: where it is
 * @min: the least that is accepted
 * @max: the most
 * @multiple_of: it must be a multiple of this
 * @changed: told of a change, or NULL
 *
 * Not a number, or no multiple, is -EINVAL, out of range is -ERANGE.
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

/* A counter. Writing 0 resets it, anything else is -EINVAL. */
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

#define COUNTER_PARAM(_name, _var, _desc)				\
module_param_cb(_name, &counter_ops, &(_var), 0644);			\
MODULE_PARM_DESC(_name, _desc "; write 0 to reset")

/**
 * struct offloading - the selection, which is the core's, as a parameter
 * @migrator: which one
 * @registered: is it? Parameters are set before the module is ready, too.
 * @wanted: set if it was asked for before; to be done when the module is ready
 */
struct offloading {
	struct migrator *migrator;
	bool (*registered)(void);
	bool *wanted;
};

static int offloading_set(const char *val, const struct kernel_param *kp)
{
	const struct offloading *o = kp->arg;
	bool on;
	int ret;

	ret = kstrtobool(val, &on);
	if (ret)
		return ret;
	if (!o->registered()) {
		*o->wanted = on;
		return 0;
	}
	if (on)
		return migrate_offload_select(o->migrator->name);
	if (migrate_offload_selected(o->migrator))
		return migrate_offload_select("none");
	return 0;
}

static int offloading_get(char *buf, const struct kernel_param *kp)
{
	const struct offloading *o = kp->arg;

	return sysfs_emit(buf, "%d\n", migrate_offload_selected(o->migrator));
}

static const struct kernel_param_ops offloading_ops = {
	.set = offloading_set,
	.get = offloading_get,
};

#define OFFLOADING_PARAM(_migrator, _registered, _wanted)		\
static const struct offloading offloading_state = {			\
	.migrator = &(_migrator),					\
	.registered = _registered,					\
	.wanted = &(_wanted),						\
};									\
module_param_cb(offloading, &offloading_ops, (void *)&offloading_state,	\
		0644);							\
MODULE_PARM_DESC(offloading,						\
		 "Is " KBUILD_MODNAME " the selected migrator? (0 or 1)")

#endif /* _MIGRATOR_PARAMS_H */
