// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who uses a device. The kernel lets go of a dax device that is open or mapped,
 * and its users get SIGBUS, so they are looked for before.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "pmem-use.h"
#include "sysfs.h"

/* The block device and its partitions. */
static void find_blocks(const char *root, const char *name, struct strv *blocks)
{
	autofree char *dir = xasprintf("/sys/class/block/%s", name);
	autostrv struct strv entries = { 0 };

	strv_add(blocks, "%s", name);
	sysfs_list(root, dir, &entries);
	for (size_t i = 0; i < entries.n; i++)
		if (!strncmp(entries.v[i], name, strlen(name)))
			strv_add(blocks, "%s", entries.v[i]);
}

/* "36 25 259:0 / /mnt rw ..." */
static char *mounted(const char *root, const char *number)
{
	autofree char *path = xasprintf("%s/proc/self/mountinfo", root);
	FILE *f = fopen(path, "re");
	char *line = NULL, *found = NULL;
	size_t size = 0;

	while (f && !found && getline(&line, &size, f) > 0) {
		char *rest = line, *field[5] = { 0 };

		for (size_t i = 0; i < ARRAY_SIZE(field); i++)
			field[i] = strsep(&rest, " ");
		if (field[4] && !strcmp(field[2], number))
			found = xasprintf("mounted at %s", field[4]);
	}
	free(line);
	if (f)
		fclose(f);
	return found;
}

static char *swapped_to(const char *root, const char *block)
{
	autofree char *start = xasprintf("/dev/%s ", block);
	autofree char *text = NULL;

	if (sysfs_read(root, "/proc/swaps", &text) || !strstr(text, start))
		return NULL;
	return xstrdup("a swap area");
}

static char *block_used_by(const char *root, const char *name)
{
	autostrv struct strv blocks = { 0 };
	char *found = NULL;

	find_blocks(root, name, &blocks);
	for (size_t i = 0; i < blocks.n && !found; i++) {
		autofree char *dev = xasprintf("/sys/class/block/%s/dev", blocks.v[i]);
		autofree char *above = xasprintf("/sys/class/block/%s/holders", blocks.v[i]);
		autostrv struct strv holders = { 0 };
		autofree char *number = NULL;

		if (!sysfs_read(root, dev, &number))
			found = mounted(root, number);
		if (!found)
			found = swapped_to(root, blocks.v[i]);
		sysfs_list(root, above, &holders);
		if (!found && holders.n)
			found = xasprintf("part of %s", holders.v[0]);
	}
	return found;
}

/*
 * Is that file the device, by whatever name it was opened? 1: yes; 0: no; -EACCES:
 * this user may not look into the process. No server of a file system is asked, and
 * nothing that FUSE would refuse to root; what is asked for is there nevertheless.
 */
static int is_device(const char *file, dev_t number)
{
	struct statx st;

	if (statx(AT_FDCWD, file, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, 0, &st))
		return errno == EACCES || errno == EPERM ? -EACCES : 0;
	return S_ISCHR(st.stx_mode) && makedev(st.stx_rdev_major, st.stx_rdev_minor) == number;
}

static int has_open(const char *root, const char *process, dev_t number)
{
	autofree char *dir = xasprintf("/proc/%s/fd", process);
	autostrv struct strv fds = { 0 };
	int found = 0;

	if (sysfs_list(root, dir, &fds) == -EACCES)
		return -EACCES;
	for (size_t i = 0; i < fds.n && !found; i++) {
		autofree char *path = xasprintf("%s%s/%s", root, dir, fds.v[i]);

		found = is_device(path, number);
	}
	return found;
}

/* A mapping stays when the descriptor is closed. Those of dax devices are shared. */
static int has_mapped(const char *root, const char *process, dev_t number)
{
	autofree char *path = xasprintf("%s/proc/%s/maps", root, process);
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	int found = 0;

	while (f && !found && getline(&line, &size, f) > 0) {
		unsigned long start, end;
		char rights[5];

		if (sscanf(line, "%lx-%lx %4s", &start, &end, rights) == 3 && rights[3] == 's') {
			autofree char *file = xasprintf("%s/proc/%s/map_files/%lx-%lx", root,
							process, start, end);

			found = is_device(file, number);
		}
	}
	free(line);
	if (f)
		fclose(f);
	return found;
}

/* Processes choose their names, and ours go to root's terminal. */
static char *command(const char *root, const char *process)
{
	autofree char *path = xasprintf("/proc/%s/comm", process);
	char *comm;

	if (sysfs_read(root, path, &comm))
		return xstrdup("?");
	for (char *c = comm; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return comm;
}

static char *opened_by(const char *root, const char *name)
{
	autofree char *path = xasprintf("/sys/bus/dax/devices/%s/dev", name);
	autostrv struct strv processes = { 0 };
	autofree char *text = NULL;
	unsigned int major, minor;
	dev_t number;

	if (sysfs_read(root, path, &text) || sscanf(text, "%u:%u", &major, &minor) != 2)
		return xasprintf("maybe open: %s cannot be read", path);
	number = makedev(major, minor);
	sysfs_list(root, "/proc", &processes);
	for (size_t i = 0; i < processes.n; i++) {
		const char *process = processes.v[i];
		autofree char *comm = NULL;
		int open;

		if (strspn(process, "0123456789") != strlen(process))
			continue;
		open = has_open(root, process, number);
		if (!open)
			open = has_mapped(root, process, number);
		if (!open)
			continue;
		comm = command(root, process);
		return xasprintf("%s in process %s (%s)%s", open > 0 ? "open" : "maybe open",
				 process, comm, open > 0 ? "" : ", which this user may not look into");
	}
	return NULL;
}

char *pmem_used_by(const char *root, const struct pmem_device *device)
{
	if (!device->device || !device->enabled)
		return NULL;
	switch (device->mode) {
	case PMEM_DEVDAX:
		return opened_by(root, device->device);
	case PMEM_RAM:
		return NULL;
	default:
		return block_used_by(root, device->device);
	}
}
