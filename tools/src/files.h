/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_FILES_H
#define MO_FILES_H

/* Ordinary files, as opposed to sysfs. Full paths; 0 or -errno. */

/* The whole text of a file of at most 64 KiB without NUL bytes. */
int file_read(const char *path, char **text);
/* Makes or replaces a file and the directories above it, all or nothing. */
int file_replace(const char *path, const char *text);
/* Takes the lock file, waiting for it; a descriptor to close or -errno. */
int file_lock(const char *path);

#endif
