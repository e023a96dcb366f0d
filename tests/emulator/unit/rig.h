/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An emulator inside the test program: device, engine and server threads, one
 * client on a socketpair, and what goes to stderr meanwhile.
 */
#ifndef UNIT_RIG_H
#define UNIT_RIG_H

#include "client.h"

#include "../engine.h"

struct rig {
	struct device dev;
	struct client client;
	struct engines engines;
	pthread_t server;
	int server_fd;
	int stop_fd;
	int log_fd;	/* memfd in the place of stderr */
	int stderr_fd;	/* the real one */
	int open_fds;	/* before */
};

void rig_start(struct rig *rig, enum model model);

/* Ends a running connection and starts another with a new client. */
void rig_reconnect(struct rig *rig);

/* Also checks that no file descriptor is left over. */
void rig_stop(struct rig *rig);

/* How many lines went to stderr, which text there was. */
unsigned int rig_log_lines(struct rig *rig);
bool rig_logged(struct rig *rig, const char *text);

/* How many maps of guest memory there are. */
size_t rig_maps(struct rig *rig);

/* Does the first vector of that interrupt have an eventfd? */
bool rig_has_irq(struct rig *rig, unsigned int irq);

/*
 * Waits until that many descriptors have been begun since the start. A doorbell only
 * wakes the engine's thread: what is to meet a running descriptor waits for it here.
 */
void rig_wait_begun(struct rig *rig, uint64_t descriptors);

/* A control command; fails the test if the answer is not "ok". */
void rig_command(struct rig *rig, const char *line);

#endif
