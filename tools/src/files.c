// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "util.h"

#define FILE_MAX (64 * 1024)

int file_read(const char *path, char **text)
{
	size_t len;
	FILE *f;
	int err;

	*text = NULL;
	f = fopen(path, "re");
	if (!f)
		return -errno;
	*text = calloc(1, FILE_MAX + 1);
	if (!*text) {
		fclose(f);
		return -ENOMEM;
	}
	len = fread(*text, 1, FILE_MAX + 1, f);
	err = ferror(f) ? -EIO : 0;
	fclose(f);
	if (!err && len > FILE_MAX)
		err = -EFBIG;
	if (!err && memchr(*text, '\0', len))
		err = -EILSEQ;
	if (err) {
		free(*text);
		*text = NULL;
	}
	return err;
}

static int make_parents(const char *path)
{
	autofree char *dir = xstrdup(path);
	char *slash = dir;

	while ((slash = strchr(slash + 1, '/'))) {
		*slash = '\0';
		if (mkdir(dir, 0755) && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return 0;
}

static int write_all(int fd, const char *text)
{
	size_t len = strlen(text);

	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		len -= (size_t)n;
	}
	return fsync(fd) ? -errno : 0;
}

int file_replace(const char *path, const char *text)
{
	autofree char *tmp = xasprintf("%s.XXXXXX", path);
	int fd, err;

	err = make_parents(path);
	if (err)
		return err;
	fd = mkostemp(tmp, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = write_all(fd, text);
	if (!err && fchmod(fd, 0644))
		err = -errno;
	if (close(fd) && !err)
		err = -errno;
	if (!err && rename(tmp, path))
		err = -errno;
	if (err)
		unlink(tmp);
	return err;
}

int file_lock(const char *path)
{
	int fd, err;

	err = make_parents(path);
	if (err)
		return err;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	while (flock(fd, LOCK_EX)) {
		if (errno == EINTR)
			continue;
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}
