/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_STATUS_H
#define MO_STATUS_H

#include "diagnosis.h"
#include "kernel.h"
#include "migrator-stats.h"
#include "nodes.h"
#include "pmem-check.h"

/* Everything that status shows. */
struct status {
	char *release;
	bool supported, switched_off;
	struct strv registered;
	char *value[NR_FILE_KNOBS];	/* the migrator among them */
	struct node_list nodes;
	struct channel_list channels;
	struct state state;
	struct config config;
	struct kernel_stats stats;
	struct migrator_stats_list migrators;
	struct pmem_checks pmem;
	struct diagnosis diagnosis;
};

void status_text(const struct status *s);
void status_json(const struct status *s);

#endif
