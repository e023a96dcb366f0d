/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_PMEM_LIVE_H
#define MO_PMEM_LIVE_H

#include "pmem-decide.h"

/*
 * The devices of this machine, by libndctl and libdaxctl. They know no other
 * root than /sys, so the tests replace these functions.
 */

/*
 * 0 or -errno; -ENODEV: the kernel has neither libnvdimm nor dax devices,
 * -EOPNOTSUPP: root is another than this machine's. settle: wait until what the
 * kernel has begun to bind is bound.
 */
int pmem_list_read(const char *root, struct pmem_list *list, bool settle);

/*
 * Does what was decided for a device of the list; 0 or -errno, with *step then
 * the words for what failed. movable: the zone that its memory is for; that in which
 * it is, if it is to be taken back, and where it stays if that fails.
 */
int pmem_do(const struct pmem_device *device, enum pmem_action action, bool movable,
	    const char **step);

#endif
