// SPDX-License-Identifier: GPL-2.0-only
#include "rig.h"

#include "../control.h"
#include "../server.h"
#include "../util.h"

#include <dirent.h>
#include <errno.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>

static int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void *server_main(void *arg)
{
	struct rig *rig = arg;

	server_run(&rig->dev, rig->server_fd, rig->stop_fd);
	return NULL;
}

static void connect_client(struct rig *rig)
{
	int pair[2];

	assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), errno);
	client_init(&rig->client, pair[0]);
	rig->server_fd = pair[1];
	assert_int_equal(pthread_create(&rig->server, NULL, server_main, rig), 0);
}

static void disconnect_client(struct rig *rig)
{
	client_destroy(&rig->client);
	pthread_join(rig->server, NULL);
}

void rig_start(struct rig *rig, enum model model)
{
	memset(rig, 0, sizeof(*rig));
	rig->open_fds = count_fds();
	rig->log_fd = memfd_create("log", MFD_CLOEXEC);
	assert_return_code(rig->log_fd, errno);
	rig->stderr_fd = dup(STDERR_FILENO);
	assert_return_code(dup2(rig->log_fd, STDERR_FILENO), errno);
	rig->stop_fd = eventfd(0, EFD_CLOEXEC);
	device_init(&rig->dev, "unit", model);
	assert_int_equal(engines_start(&rig->dev, &rig->engines), 0);
	connect_client(rig);
}

void rig_reconnect(struct rig *rig)
{
	disconnect_client(rig);
	connect_client(rig);
}

void rig_stop(struct rig *rig)
{
	disconnect_client(rig);
	engines_stop(&rig->dev, &rig->engines);
	device_destroy(&rig->dev);
	close(rig->stop_fd);
	dup2(rig->stderr_fd, STDERR_FILENO);
	close(rig->stderr_fd);
	close(rig->log_fd);
	assert_int_equal(count_fds(), rig->open_fds);
}

static size_t read_log(struct rig *rig, char *buf, size_t room)
{
	ssize_t n = pread(rig->log_fd, buf, room - 1, 0);

	assert_return_code(n, errno);
	buf[n] = 0;
	return n;
}

unsigned int rig_log_lines(struct rig *rig)
{
	char buf[8192];
	unsigned int lines = 0;

	read_log(rig, buf, sizeof(buf));
	for (const char *p = buf; *p; p++)
		lines += *p == '\n';
	return lines;
}

bool rig_logged(struct rig *rig, const char *text)
{
	char buf[8192];

	read_log(rig, buf, sizeof(buf));
	return strstr(buf, text);
}

size_t rig_maps(struct rig *rig)
{
	size_t count;

	pthread_mutex_lock(&rig->dev.memory.lock);
	count = rig->dev.memory.count;
	pthread_mutex_unlock(&rig->dev.memory.lock);
	return count;
}

bool rig_has_irq(struct rig *rig, unsigned int irq)
{
	bool has;

	pthread_mutex_lock(&rig->dev.lock);
	has = rig->dev.irq_fd[irq][0] >= 0;
	pthread_mutex_unlock(&rig->dev.lock);
	return has;
}

void rig_wait_begun(struct rig *rig, uint64_t descriptors)
{
	uint64_t end = clock_ns() + 10 * NSEC_PER_SEC;

	while (device_stats(&rig->dev).descriptors < descriptors) {
		assert_true(clock_ns() < end);
		usleep(100);
	}
}

void rig_command(struct rig *rig, const char *line)
{
	char copy[CONTROL_LINE_MAX];
	char *text;

	snprintf(copy, sizeof(copy), "%s", line);
	text = control_command(&rig->dev, copy);
	assert_string_equal(text, "ok");
	free(text);
}
