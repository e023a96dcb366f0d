/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_SYSFS_H
#define MO_SYSFS_H

#include <stdbool.h>

#include "util.h"

/*
 * Paths are absolute, "root" goes in front of them: "" is the running system,
 * anything else a captured tree.
 */

/* The file without its final newline in *text (malloc'ed); 0 or -errno. */
int sysfs_read(const char *root, const char *path, char **text);
bool sysfs_exists(const char *root, const char *path);
/* Names in a directory, sorted, without those that start with a dot. */
int sysfs_list(const char *root, const char *path, struct strv *names);
/*
 * What a symbolic link says it points to, or NULL. Not resolved further, which
 * keeps it inside a captured tree; sysfs has its devices' whole paths in them.
 */
char *sysfs_link(const char *root, const char *path);
/* The last component of that, or NULL. */
char *sysfs_link_name(const char *root, const char *path);

/*
 * The two functions that change the kernel. They and module.h are what the
 * tests replace by a kernel made of files.
 */
bool sysfs_writable(const char *root);
int sysfs_write(const char *root, const char *path, const char *text);

#endif
