/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_CONFIG_H
#define MO_CONFIG_H

#include "knobs.h"
#include "util.h"

/* Where a holder's own settings go: a file here masks its namesakes below. */
#define MO_RUN_CONFIG MO_RUN "/migrate-offload.conf.d"

struct setting {
	char *value;	/* canonical, NULL: not configured */
	char *where;	/* "file:line" */
};

struct config {
	struct setting set[NR_KNOBS];
	struct strv errors;	/* one line each; empty: the configuration is valid */
};

/*
 * Settings that are to become the file NAME in MO_RUN_CONFIG, checked and used
 * in place of it before anything is written.
 */
struct fragment {
	const char *file;
	const char *origin;		/* who says so, for messages */
	char *value[NR_KNOBS];		/* NULL: not set */
};

/* Reads all layers. fragment may be NULL. Problems end up in config->errors. */
void config_load(struct config *config, const char *root, const struct fragment *fragment);
void config_free(struct config *config);
/* Prints the errors; true when there are none. */
bool config_valid(const struct config *config);

/* Makes the file (or removes it when nothing is set); 0 or -errno. */
int fragment_write(const char *root, const struct fragment *fragment);
int fragment_remove(const char *root, const char *file);
void fragment_free(struct fragment *fragment);

/* One file's text into config; exposed for the unit tests. */
void config_parse(struct config *config, const char *file, char *text);

#endif
