// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "sysfs.h"

bool sysfs_writable(const char *root)
{
	return !*root;
}

int sysfs_write(const char *root, const char *path, const char *text)
{
	autofree char *full = xasprintf("%s%s", root, path);
	ssize_t n;
	int fd, err = 0;

	fd = open(full, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* A store handler sees one write(2) as one value, so never split it. */
	do {
		n = write(fd, text, strlen(text));
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		err = -errno;
	else if ((size_t)n != strlen(text))
		err = -EIO;
	close(fd);
	return err;
}
