// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sysfs.h"

int sysfs_read(const char *root, const char *path, char **text)
{
	autofree char *full = xasprintf("%s%s", root, path);
	char buf[8192];
	size_t len = 0;
	ssize_t n;
	int fd, err = 0;

	*text = NULL;
	fd = open(full, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while (len < sizeof(buf) - 1) {
		n = read(fd, buf + len, sizeof(buf) - 1 - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			err = -errno;
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	close(fd);
	if (err)
		return err;
	while (len && buf[len - 1] == '\n')
		len--;
	buf[len] = '\0';
	*text = xstrdup(buf);
	return 0;
}

bool sysfs_exists(const char *root, const char *path)
{
	autofree char *full = xasprintf("%s%s", root, path);

	return !access(full, F_OK);
}

int sysfs_list(const char *root, const char *path, struct strv *names)
{
	autofree char *full = xasprintf("%s%s", root, path);
	struct dirent *entry;
	DIR *dir;
	int err;

	dir = opendir(full);
	if (!dir)
		return -errno;
	while ((void)(errno = 0), (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			strv_add(names, "%s", entry->d_name);
	err = -errno;
	closedir(dir);
	strv_sort(names);
	return err;
}

char *sysfs_link(const char *root, const char *path)
{
	autofree char *full = xasprintf("%s%s", root, path);
	char target[4096];
	ssize_t n;

	n = readlink(full, target, sizeof(target) - 1);
	if (n < 0)
		return NULL;
	target[n] = '\0';
	return xstrdup(target);
}

char *sysfs_link_name(const char *root, const char *path)
{
	autofree char *target = sysfs_link(root, path);
	char *slash = target ? strrchr(target, '/') : NULL;

	if (!target)
		return NULL;
	return xstrdup(slash ? slash + 1 : target);
}
