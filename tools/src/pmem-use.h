/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_PMEM_USE_H
#define MO_PMEM_USE_H

#include "pmem.h"

/*
 * Who would notice if the device went, in words that follow "it is": a mount, a
 * swap area, a device on top, a process that has it open or that this user may
 * not look into. NULL: nobody.
 */
char *pmem_used_by(const char *root, const struct pmem_device *device);

#endif
