/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_STATE_H
#define MO_STATE_H

#include <stdbool.h>

#include "knobs.h"
#include "node-values.h"

#define MO_STATE MO_RUN "/state.json"
#define MO_LOCK MO_RUN "/lock"

/* Who can ask for the offload. It is on while at least one of them does. */
enum holder_id { HOLDER_ADMIN, HOLDER_SERVICE, HOLDER_TUNED, NR_HOLDERS };

struct holder {
	const char *name;
	const char *fragment;	/* its own settings in MO_RUN_CONFIG, if it has any */
	const char *release;	/* how a user makes it let go */
};

extern const struct holder holders[NR_HOLDERS];

enum holder_id holder_find(const char *name);
char *holder_names(void);

/* What must survive from one run to the next, to put back what was before. */
struct state {
	bool held[NR_HOLDERS];
	/* Before the first change; NULL or not there: untouched. */
	char *original[NR_FILE_KNOBS];
	struct node_values min_bytes;
	char *loaded;			/* module that was loaded for it, or NULL */
};

/* No file is an empty state; 0 or -errno (-EPROTO: not what was written). */
int state_load(struct state *state, const char *root);
/* An empty state removes the file. */
int state_save(const struct state *state, const char *root);
void state_copy(struct state *to, const struct state *from);
void state_free(struct state *state);

bool state_held(const struct state *state);
/* "admin, tuned" or "nobody" */
char *state_holders(const struct state *state);

#endif
