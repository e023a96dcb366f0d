// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/module/dcbm/parameters/. The names of the published driver are kept, so
 * that scripts written for it work.
 */

#include <linux/ctype.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "dcbm.h"
#include "migrator_params.h"

static void nr_chan_changed(void)
{
	if (dcbm_registered())
		dcbm_nr_chan_changed();
}

unsigned int dcbm_nr_chan = 16;
RANGED_PARAM(nr_dma_chan, dcbm_nr_chan, 1, DCBM_MAX_CHANS, 1, nr_chan_changed,
	     "Channels to use at most (1-64, default 16)");

unsigned int dcbm_chunk_bytes = SZ_256K;
RANGED_PARAM(chunk_bytes, dcbm_chunk_bytes, PAGE_SIZE, DCBM_MAX_CHUNK, PAGE_SIZE,
	     NULL, "Largest chunk in bytes (page size to 2097152: whole folios, default 262144)");

unsigned int dcbm_timeout_ms_per_mib = 1000;
RANGED_PARAM(timeout_ms_per_mib, dcbm_timeout_ms_per_mib, 1, 60000, 1, NULL,
	     "Time in ms that 1 MiB on a channel may take (1-60000, default 1000)");

unsigned int dcbm_timeout_min_ms = 500;
RANGED_PARAM(timeout_min_ms, dcbm_timeout_min_ms, 10, 60000, 1, NULL,
	     "Time in ms that is added to it (10-60000, default 500)");

unsigned int dcbm_verify;
RANGED_PARAM(verify, dcbm_verify, 0, 1, 1, NULL,
	     "Compare source and destination after each chunk? (0 or 1, default 0)");

/*
 * Whose channels are taken.
 */

#define FILTER_LEN	64

static char channel_filter[FILTER_LEN] = "ptdma,ae4dma";
static DEFINE_SPINLOCK(filter_lock);

/* Is the name one of those between the commas? */
static bool listed(const char *list, const char *name)
{
	size_t len;

	for (; *list; list += len + (list[len] == ',')) {
		len = strcspn(list, ",");
		if (len == strlen(name) && !strncmp(list, name, len))
			return true;
	}
	return false;
}

bool dcbm_provider_allowed(const char *name)
{
	guard(spinlock)(&filter_lock);
	return listed(channel_filter, "any") || listed(channel_filter, name);
}

static int filter_set(const char *val, const struct kernel_param *kp)
{
	size_t len = strcspn(val, "\n"), i;

	if (!len || len >= FILTER_LEN)
		return -EINVAL;
	for (i = 0; i < len; i++)
		if (!isalnum(val[i]) && !strchr("_-,", val[i]))
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
		 "Drivers whose channels are acquired, separated by commas, or any (default ptdma,ae4dma)");

/*
 * Selection and policy, which are the core's.
 */

bool dcbm_want_offloading;

OFFLOADING_PARAM(dcbm_migrator, dcbm_registered, dcbm_want_offloading);

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
 * Counters.
 */

atomic_long_t dcbm_folios_migrated;
atomic_long_t dcbm_folios_failures;

COUNTER_PARAM(folios_migrated, dcbm_folios_migrated, "Folios copied by DMA");
COUNTER_PARAM(folios_failures, dcbm_folios_failures,
	      "Folios of batches not declined that were left to the CPU");
