/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_KERNEL_H
#define MO_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#define MO_SYSFS "/sys/kernel/mm/migrate_offload"

/* Counters of /sys/kernel/mm/migrate_offload/stats, since boot. */
enum stat_id {
	STAT_FOLIOS_OFFERED, STAT_BYTES_OFFERED,
	STAT_FOLIOS_OFFLOADED, STAT_BYTES_OFFLOADED,
	STAT_FOLIOS_DECLINED, STAT_BYTES_DECLINED,
	/* of these, because of their reason, too small, the migrator's choice */
	STAT_FOLIOS_DECLINED_REASON, STAT_BYTES_DECLINED_REASON,
	STAT_FOLIOS_DECLINED_SIZE, STAT_BYTES_DECLINED_SIZE,
	STAT_FOLIOS_DECLINED_MIGRATOR, STAT_BYTES_DECLINED_MIGRATOR,
	STAT_FOLIOS_FAILED, STAT_BYTES_FAILED,
	/* of these, copied by the CPU, kept back */
	STAT_FOLIOS_RECOVERED, STAT_BYTES_RECOVERED,
	STAT_FOLIOS_QUARANTINED, STAT_BYTES_QUARANTINED,
	STAT_BATCHES_OFFERED, STAT_OFFLOAD_NS,
	NR_STATS
};

extern const char *const stat_names[NR_STATS];

struct kernel_stats {
	uint64_t value[NR_STATS];
	bool present[NR_STATS];
};

/* The kernel carries the patches. */
bool kernel_supported(const char *root);
/* migrate_offload=off on the kernel command line. */
bool kernel_switched_off(const char *root);
/* Release of the running (or captured) kernel, "unknown" if not to be had. */
char *kernel_release(const char *root);
void kernel_stats_read(const char *root, struct kernel_stats *stats);

#endif
