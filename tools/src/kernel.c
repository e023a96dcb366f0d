// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "kernel.h"
#include "sysfs.h"

const char *const stat_names[NR_STATS] = {
	"folios_offered", "bytes_offered",
	"folios_offloaded", "bytes_offloaded",
	"folios_declined", "bytes_declined",
	"folios_declined_reason", "bytes_declined_reason",
	"folios_declined_size", "bytes_declined_size",
	"folios_declined_migrator", "bytes_declined_migrator",
	"folios_failed", "bytes_failed",
	"folios_recovered", "bytes_recovered",
	"folios_quarantined", "bytes_quarantined",
	"batches_offered", "offload_ns",
};

bool kernel_supported(const char *root)
{
	return sysfs_exists(root, MO_SYSFS);
}

bool kernel_switched_off(const char *root)
{
	static const char option[] = "migrate_offload=";
	autofree char *cmdline = NULL;
	char *rest, *word;
	bool off = false;

	if (sysfs_read(root, "/proc/cmdline", &cmdline))
		return false;
	rest = cmdline;
	/* Like the kernel: nothing takes an "off" back, and nothing after "--" counts. */
	while ((word = strsep(&rest, " \n")) && strcmp(word, "--"))
		if (!strncmp(word, option, strlen(option)))
			off |= !strcmp(word + strlen(option), "off");
	return off;
}

char *kernel_release(const char *root)
{
	char *release;

	if (sysfs_read(root, "/proc/sys/kernel/osrelease", &release))
		return xstrdup("unknown");
	return release;
}

void kernel_stats_read(const char *root, struct kernel_stats *stats)
{
	for (enum stat_id id = 0; id < NR_STATS; id++) {
		autofree char *path = xasprintf(MO_SYSFS "/stats/%s", stat_names[id]);
		autofree char *text = NULL;

		stats->present[id] = !sysfs_read(root, path, &text);
		stats->value[id] = stats->present[id] ? strtoull(text, NULL, 10) : 0;
	}
}
