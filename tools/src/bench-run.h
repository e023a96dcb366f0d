/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_BENCH_RUN_H
#define MO_BENCH_RUN_H

#include "bench.h"
#include "util.h"

#define SIZES_MAX 2

/* One folio size with one migrator. */
struct result {
	const char *migrator;
	uint64_t folio;
	double *gbps;			/* a round each */
	size_t rounds;
	struct summary summary;
	uint64_t moved, offloaded, failed, unmoved, wrong;
	bool split;			/* folios were not of the size asked for */
};

struct bench {
	int from, to;
	uint64_t total;
	unsigned long rounds;
	uint64_t folio[SIZES_MAX];
	size_t folios;
	const char *migrator[2];	/* in the order of a round */
	size_t migrators;
	struct result result[2 * SIZES_MAX];
	size_t results;
	bool tty;
};

/* What is measured, from the options; MO_OK or an exit code, said why. */
int bench_choose_nodes(struct bench *b, const char *from, const char *to);
int bench_choose_sizes(struct bench *b, const char *sizes, const char *total, const char *rounds);
int bench_check_free(const struct bench *b);
/* *migrator is the one to be measured, malloc'ed. */
void bench_choose_migrators(struct bench *b, const char *asked, const char *selected,
			    bool with_baseline, char **migrator);
int bench_check_kernel(const char *migrator, const struct strv *registered);

/*
 * Fills in the results. before: the migrator to put back, whatever happens, NULL
 * when the kernel has none. MO_OK or an exit code, said why.
 */
int bench_measure(struct bench *b, const char *before);

void bench_print_text(const struct bench *b);
void bench_print_json(const struct bench *b);

/* Selects a migrator; 0 or -errno with a message. */
int bench_select(const char *name);
/* From now on a signal that ends the process puts this one back first. */
void bench_guard(const char *before);
/* The signal that asked to stop, or 0. */
int bench_stopped(void);

#endif
