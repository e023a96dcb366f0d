// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench-run.h"
#include "knobs.h"

static volatile sig_atomic_t stopped;
static char put_back[16];

static void on_stop(int sig)
{
	stopped = sig;
}

/* Only what is allowed in a signal handler. */
static void on_crash(int sig)
{
	int fd = open(MO_SYSFS "/migrator", O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, put_back, strlen(put_back)) < 0)
		_exit(128 + sig);
	raise(sig);
}

void bench_guard(const char *before)
{
	static const int stop[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };
	static const int crash[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE };
	struct sigaction action = { .sa_handler = on_stop };

	if (before)
		snprintf(put_back, sizeof(put_back), "%s", before);
	for (size_t i = 0; i < ARRAY_SIZE(stop); i++)
		sigaction(stop[i], &action, NULL);
	action = (struct sigaction){ .sa_handler = on_crash, .sa_flags = (int)SA_RESETHAND };
	for (size_t i = 0; i < ARRAY_SIZE(crash); i++)
		sigaction(crash[i], &action, NULL);
}

int bench_stopped(void)
{
	return stopped;
}

int bench_select(const char *name)
{
	autofree char *now = NULL;
	int err = knob_read("", KNOB_MIGRATOR, &now);

	/* Without the interface "none" is what the kernel does anyway. */
	if (err == -ENOENT && !strcmp(name, MO_NO_MIGRATOR))
		return 0;
	if (!err && !strcmp(now, name))
		return 0;
	if (!err)
		err = knob_write("", KNOB_MIGRATOR, name);
	if (err)
		mo_err("%s: cannot select '%s': %s; run it as root, 'migrate-offload status' may "
		       "tell more", knobs[KNOB_MIGRATOR].path, name, strerror(-err));
	return err;
}
