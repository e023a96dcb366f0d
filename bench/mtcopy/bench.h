/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MTCOPY_BENCH_H
#define MTCOPY_BENCH_H

#include <stdio.h>
#include "pool.h"
#include "spread.h"

#define FOLIO_PAGES	512UL		/* of a folio of 2 MiB */
#define MAX_ROUNDS	4001
#define MAX_POINTS	32

/* memory.c */
struct arena {
	struct page *src, *dst;
	unsigned long pages;
};

bool arena_make(struct arena *arena, size_t bytes);

/* measure.c */
struct latency {
	struct quantile p50, p99;	/* ns of a batch, as its caller sees it */
};

struct ratio {
	struct spread median;		/* of the ratios within a round */
	struct quantile p99;		/* of the 99th percentiles, resampled by blocks of rounds */
};

struct point {
	bool busy;			/* with a burner on every CPU */
	unsigned int folios;		/* of a batch */
	unsigned int rounds;
	struct latency plain, mtcopy;
	struct ratio speedup;		/* plain by mtcopy */
	struct ratio control;		/* plain by plain once more: what chance does */
	unsigned int alone;		/* rounds in which nobody would help */
	struct counts counts;
};

struct limit {
	unsigned int threads;
	struct spread gbps;		/* of bytes copied, all together */
	struct spread ratio;		/* to one thread, within a round */
};

struct results {
	double load;			/* average, when the run began */
	struct latency wake;		/* ns from waking a helper, CPUs idle, to its first chunk */
	struct point point[MAX_POINTS];
	unsigned int points;
	struct limit limit[MAX_POINTS];
	unsigned int limits;
};

void measure(struct results *results, struct arena *arena, double seconds);

/* smoke.c, report.c */
int smoke(void);
void report_table(const struct results *results, FILE *to);
int report_json(const char *path, const struct results *results);

#endif
