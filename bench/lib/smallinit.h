/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the only program of a small kernel ends, which smallkernel.py reads on the
 * console: DONE, or FAILED with what failed and why. The kernel ends with it.
 */
#ifndef SMALLINIT_H
#define SMALLINIT_H

#include <stdio.h>
#include <sys/reboot.h>
#include <unistd.h>

static _Noreturn void leave(void)
{
	fflush(stdout);
	reboot(RB_AUTOBOOT);
	_exit(1);
}

/* errno says why. */
static _Noreturn void fail(const char *what)
{
	printf("FAILED %s: %m\n", what);
	leave();
}

static _Noreturn void done(void)
{
	printf("DONE\n");
	leave();
}

#endif
