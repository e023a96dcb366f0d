// SPDX-License-Identifier: GPL-2.0-only
#include "listener.h"

#include "util.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static bool in_use(const struct sockaddr_un *addr)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool yes = fd >= 0 && !connect(fd, (const struct sockaddr *)addr, sizeof(*addr));

	if (fd >= 0)
		close(fd);
	return yes;
}

int listener_open(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX }, tmp = addr;
	int fd;

	if (snprintf(tmp.sun_path, sizeof(tmp.sun_path), "%s.new", path) >=
	    (int)sizeof(tmp.sun_path)) {
		emu_log("%s: too long for a socket; choose a shorter path", path);
		return -1;
	}
	strcpy(addr.sun_path, path);
	if (in_use(&addr)) {
		emu_log("%s: another process serves this socket; choose another path", path);
		return -1;
	}
	unlink(tmp.sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&tmp, sizeof(tmp)) || listen(fd, 8) ||
	    rename(tmp.sun_path, addr.sun_path)) {
		emu_log("%s: cannot listen: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

void listener_close(int fd, const char *path)
{
	if (fd < 0)
		return;
	unlink(path);
	close(fd);
}
