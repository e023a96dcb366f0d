/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The engine: a thread for each queue, which executes its descriptors, copies for
 * real, and takes as long as the timing model says.
 */
#ifndef EMU_ENGINE_H
#define EMU_ENGINE_H

#include "device.h"

struct engines {
	struct engine *engine[DEVICE_MAX_QUEUES];
	unsigned int count;
};

/* 0 or an errno; then none is left. */
int engines_start(struct device *dev, struct engines *engines);
void engines_stop(struct device *dev, struct engines *engines);

#endif
