// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which folios are worth an engine: the thresholds of the core know bytes, but
 * a small folio costs a descriptor, too, and only many channels make up for it.
 */

#include <linux/kstrtox.h>
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "dcbm.h"

#define AUTO	UINT_MAX

static unsigned int min_folio_bytes = AUTO;

/*
 * What PTDMA channels copy at least as fast as the CPU does, by the figures
 * published for it; see "Few channels" in docs/dcbm.md.
 */
static unsigned int auto_min_folio(unsigned int nr_chans)
{
	if (nr_chans >= 12)
		return 0;
	if (nr_chans >= 8)
		return SZ_64K;
	if (nr_chans >= 4)
		return SZ_256K;
	if (nr_chans >= 2)
		return SZ_1M;
	return SZ_2M;
}

/**
 * dcbm_min_folio() - the least folio, in bytes, to copy with so many channels
 * @nr_chans: that can be used
 *
 * Return: 0 if folios of any size are copied.
 */
unsigned int dcbm_min_folio(unsigned int nr_chans)
{
	unsigned int min = READ_ONCE(min_folio_bytes);

	return min == AUTO ? auto_min_folio(nr_chans) : min;
}

static int min_folio_set(const char *val, const struct kernel_param *kp)
{
	unsigned int value = AUTO;
	int ret;

	if (!sysfs_streq(val, "auto")) {
		ret = kstrtouint(val, 0, &value);
		if (ret)
			return ret;
		if (value > DCBM_MAX_CHUNK)
			return -ERANGE;
	}
	WRITE_ONCE(min_folio_bytes, value);
	return 0;
}

static int min_folio_get(char *buf, const struct kernel_param *kp)
{
	unsigned int value = READ_ONCE(min_folio_bytes);

	if (value == AUTO)
		return sysfs_emit(buf, "auto\n");
	return sysfs_emit(buf, "%u\n", value);
}

static const struct kernel_param_ops min_folio_ops = {
	.set = min_folio_set,
	.get = min_folio_get,
};
module_param_cb(min_folio_bytes, &min_folio_ops, NULL, 0644);
MODULE_PARM_DESC(min_folio_bytes,
		 "Leave smaller folios to the CPU (bytes, 0-2097152; default auto: by the number of channels)");

/* The parser of parameters at load time calls this whatever the mode is. */
static int in_force_set(const char *val, const struct kernel_param *kp)
{
	return -EPERM;
}

static int in_force_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%u\n", dcbm_min_folio(dcbm_nr_active()));
}

static const struct kernel_param_ops in_force_ops = {
	.set = in_force_set,
	.get = in_force_get,
};
module_param_cb(min_folio_bytes_in_force, &in_force_ops, NULL, 0444);
MODULE_PARM_DESC(min_folio_bytes_in_force,
		 "What min_folio_bytes is for the channels that can be used now");
