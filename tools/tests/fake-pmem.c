// SPDX-License-Identifier: GPL-2.0-only
/* A machine without devices: takes the place of pmem-list.c and pmem-do.c. */
#include <errno.h>
#include <stdlib.h>

#include "pmem-live.h"

int pmem_list_read(struct pmem_list *list, bool settle)
{
	(void)settle;
	*list = (struct pmem_list){ 0 };
	return -ENODEV;
}

int pmem_do(const struct pmem_device *device, enum pmem_action action, bool movable,
	    const char **step)
{
	(void)device;
	(void)action;
	(void)movable;
	(void)step;
	abort();
}
