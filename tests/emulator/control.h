/* SPDX-License-Identifier: GPL-2.0-only */
/* The control socket: line based commands of the tests. Also keeps the stats file. */
#ifndef EMU_CONTROL_H
#define EMU_CONTROL_H

#include "device.h"

#include <stdio.h>

#define CONTROL_LINE_MAX 256

/* A day: anything above is a mistake, and times stay far from overflow. */
#define CONTROL_MAX_US 86400000000ull
#define CONTROL_MAX_MS 86400000ull

struct control {
	struct device *dev;
	int listener;		/* -1: none */
	int stop_fd;		/* readable: end */
	struct stats_file stats;
};

/* Executes one line; the answer is one line without newline, to be freed. */
char *control_command(struct device *dev, char *line);

/* Lists the commands for --help. */
void control_help(FILE *out);

/* Brings the stats file up to date. */
void control_keep_stats(struct control *ctl);

/* Thread function; arg is a struct control. */
void *control_main(void *arg);

#endif
