/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The engine: a thread that executes the descriptors of the queue, copies for
 * real, and takes as long as the timing model says.
 */
#ifndef EMU_ENGINE_H
#define EMU_ENGINE_H

#include "device.h"

/* 0 or an errno. */
int engine_start(struct device *dev, pthread_t *thread);
void engine_stop(struct device *dev, pthread_t thread);

#endif
