/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_CHANGE_H
#define MO_CHANGE_H

#include "config.h"
#include "plan.h"
#include "state.h"
#include "thresholds.h"

/* A run that changes the kernel's state on behalf of a holder. */
struct change {
	/* set by the verb */
	const char *root;
	bool json;
	bool dry_run;
	enum holder_id holder;		/* NR_HOLDERS: nobody new (apply --event) */
	struct fragment *fragment;	/* the holder's settings, NULL: leave its file alone */

	/* worked out on the way */
	struct state state;
	struct config config;
	struct plan plan;
	char *current[NR_FILE_KNOBS];
	struct node_list nodes;		/* with their thresholds */
	char *fragment_before;		/* text of its file, NULL: there was none */
	bool fragment_written;
	bool waiting;			/* the request stands although it was not served */
	int lock;
};

/* Verbs. Both return an exit code, having printed everything. */
int change_apply(struct change *change);
/* still_held: exit code when others still ask for the offload. */
int change_revert(struct change *change, int still_held);

/* For the two above: lock and state; MO_OK or an exit code, said why. */
int change_begin(struct change *change);
void change_end(struct change *change);
/* Reads all knobs and nodes; what is not there stays NULL. 0 or -errno. */
int change_read(struct change *change);
/* The migrator that shall be selected, NULL when nobody says. */
const char *change_target(const struct change *change);
/* Does that one need a channel, which may come later? What is said then. */
bool change_may_wait(const struct change *change);
void change_say_waiting(void);
/* Configured value of a knob that matters for that migrator, or NULL. */
const char *change_configured(const struct change *change, enum knob_id id);
/* Original values of what is configured, before its first change. */
void change_remember(const struct change *change, struct state *next);
/* Those that are back and that nobody configures any more. */
void change_forget_settled(const struct change *change, struct state *next);
/* Plan from config, originals and current values. */
void change_plan(struct change *change);
/* Plan from the originals alone. */
void change_plan_back(struct change *change);
/* Thresholds: says which nodes have none that could be set. MO_OK or exit code. */
int change_check_nodes(const struct change *change);
/* Forgets what was before in nodes whose memory is gone, saying so. */
void change_forget_nodes(const struct change *change, struct state *next);
int change_save(const struct change *change, const struct state *state);
/* Prints what was done and returns the exit code. */
int change_report(const struct change *change, const struct state *state, const char *result,
		  int status);

#endif
