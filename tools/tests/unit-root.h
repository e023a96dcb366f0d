/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A folder of a test's own in place of /, with make_root() and remove_root() as
 * the fixture of its group.
 */
#ifndef MO_UNIT_ROOT_H
#define MO_UNIT_ROOT_H

#include "unit.h"

#include "files.h"

static char root[] = "/tmp/migrate-offload-unit.XXXXXX";

/* Makes a file, and the folders that it is in. */
static inline void put(const char *path, const char *text)
{
	autofree char *full = xasprintf("%s%s", root, path);

	assert_int_equal(file_replace(full, text), 0);
}

static inline int make_root(void **unused)
{
	(void)unused;
	return mkdtemp(root) ? 0 : -1;
}

static inline int remove_root(void **unused)
{
	autofree char *command = xasprintf("rm -r '%s'", root);

	(void)unused;
	return system(command);
}

#endif
