/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_DIAGNOSIS_H
#define MO_DIAGNOSIS_H

#include "channels.h"
#include "config.h"
#include "state.h"

/* One reason why nothing is offloaded, and what to do about it. */
struct reason {
	const char *code;	/* stable, for JSON */
	char *text;
	char *remedy;
};

#define REASONS_MAX 4

struct diagnosis {
	struct reason reason[REASONS_MAX];
	size_t n;		/* 0: it is on */
};

/* selected: the current migrator, NULL when the kernel has none to select. */
void diagnose(struct diagnosis *d, const char *root, const char *selected,
	      const struct strv *registered, const struct channel_list *channels,
	      const struct state *state, const struct config *config);
void diagnosis_free(struct diagnosis *d);

#endif
