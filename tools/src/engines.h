/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_ENGINES_H
#define MO_ENGINES_H

#include <stdbool.h>

/* What a migrator copies with, as far as the tool has to know. */
struct engine {
	const char *migrator;
	bool channels;		/* DMA channels, which come and go */
	const char *missing;	/* why it could not be selected, and what to do */
};

/* One that is not known is taken for one with channels. */
const struct engine *engine_of(const char *migrator);

#endif
