/* SPDX-License-Identifier: GPL-2.0-only */
/* The vfio-user server: serves one connection after the other. */
#ifndef EMU_SERVER_H
#define EMU_SERVER_H

#include "device.h"

/*
 * Serves the connection fd (and closes it) until the client goes, breaks the
 * protocol (one message on stderr) or stop_fd becomes readable. The device is as
 * after power on afterwards.
 */
void server_run(struct device *dev, int fd, int stop_fd);

#endif
