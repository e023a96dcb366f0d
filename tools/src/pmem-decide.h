/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_PMEM_DECIDE_H
#define MO_PMEM_DECIDE_H

#include "pmem-config.h"

enum pmem_action {
	PMEM_NOTHING,		/* it is as it is wanted */
	PMEM_ENABLE,		/* bind the namespace; then decide again */
	PMEM_BIND,		/* bind the dax device to device_dax */
	PMEM_TO_RAM,		/* from devdax to memory, and online */
	PMEM_ONLINE,		/* it is memory, but not all of it is online */
	PMEM_TO_DEVDAX,		/* offline, and back to devdax */
	PMEM_REFUSE,
};

struct pmem_decision {
	enum pmem_action action;
	char *reason, *remedy;	/* of PMEM_REFUSE */
};

/* What else a decision depends on, besides the device. */
struct pmem_circumstances {
	const char *used_by;	/* who would notice, in words; NULL: nobody */
	const char *policy;	/* text of auto_online_blocks; NULL: the kernel has none */
};

/*
 * What is to be done so that a device is as the configuration says, and back.
 * wish NULL: it is not listed. Nothing but what is passed counts.
 */
void pmem_decide_up(const struct pmem_device *device, const struct pmem_wish *wish,
		    const struct pmem_circumstances *now, struct pmem_decision *decision);
void pmem_decide_down(const struct pmem_device *device, const struct pmem_wish *wish,
		      struct pmem_decision *decision);
void pmem_decision_free(struct pmem_decision *decision);

#endif
