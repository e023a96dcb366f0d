/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_KNOBS_H
#define MO_KNOBS_H

#include <stdbool.h>

#include "kernel.h"
#include "nodes.h"
#include "util.h"

/*
 * The settings. Everything that reads, writes, checks, shows or parses one
 * goes through this table. The first ones are a file in the kernel each; a
 * threshold is for the nodes of its kind, see thresholds.h.
 */
enum knob_id {
	KNOB_MIGRATOR,
	KNOB_REASONS,
	KNOB_MAX_BATCH_PAGES,
	KNOB_NR_DMA_CHAN,
	NR_FILE_KNOBS,
	KNOB_DRAM_MIN_BYTES = NR_FILE_KNOBS,
	KNOB_CXL_MIN_BYTES,
	KNOB_PMEM_MIN_BYTES,
	NR_KNOBS
};

enum knob_type {
	KNOB_MIGRATOR_NAME,	/* one of the registered migrators */
	KNOB_REASON_SET,	/* comma-separated migrate reasons, all, none */
	KNOB_NUMBER,		/* decimal, min..max */
	KNOB_BYTES,		/* decimal or with k, m, g; a threshold */
};

struct knob {
	const char *name;	/* as in configuration files */
	const char *path;	/* NULL for a threshold */
	enum knob_type type;
	unsigned long min, max;	/* of a KNOB_NUMBER */
	/*
	 * Who defines the knob and its default: a module of the name of its
	 * migrator, or the kernel's core when NULL.
	 */
	const char *module;
	enum node_kind kind;	/* of a threshold */
};

#define MO_DEFAULT_MIGRATOR "dcbm"
#define MO_NO_MIGRATOR "none"

extern const struct knob knobs[NR_KNOBS];

/* The knob of that name, or NR_KNOBS. */
enum knob_id knob_find(const char *name);
/* All names, for messages. */
char *knob_names(void);
/* What a valid value looks like, for messages. */
char *knob_range(enum knob_id id);
/*
 * The value in the one form the kernel prints it, malloc'ed, or NULL when it
 * is not valid.
 */
char *knob_canonical(enum knob_id id, const char *text);

/* For those that are a file. */
/* Current value in canonical form; 0 or -errno (-ENOENT: no such knob). */
int knob_read(const char *root, enum knob_id id, char **value);
int knob_write(const char *root, enum knob_id id, const char *value);

/* The registered migrators and the selected one from the migrator file. */
int migrators_read(const char *root, struct strv *registered, char **selected);

#endif
