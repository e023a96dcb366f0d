/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_PMEM_CHANGE_H
#define MO_PMEM_CHANGE_H

#include "pmem-decide.h"

/* Decides with the circumstances as they are below root. */
void pmem_judge_up(const char *root, const struct pmem_device *device,
		   const struct pmem_wish *wish, struct pmem_decision *decision);

struct pmem_change {
	const char *root;	/* where the configuration is; the devices are this machine's */
	const char *name;	/* of the device, or its UUID */
	bool down;		/* back to devdax */
	bool event;		/* udev's: what is not listed is none of its business */
};

/* Does it and checks that it is so; returns an exit code, says why. */
int pmem_change(const struct pmem_change *change);

#endif
