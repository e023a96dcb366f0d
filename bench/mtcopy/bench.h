/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MTCOPY_BENCH_H
#define MTCOPY_BENCH_H

#include <stdio.h>
#include "pool.h"

#define FOLIO_PAGES	512UL		/* of a folio of 2 MiB */
#define MAX_ROUNDS	2001
#define MAX_POINTS	32

/* memory.c: an arena that is larger than the caches, as it is in the kernel: huge pages */
struct arena {
	struct page *src, *dst;
	unsigned long pages;
};

bool arena_make(struct arena *arena, size_t bytes);
size_t arena_huge(void);
size_t cache_bytes(void);

/* measure.c */
struct latency {
	double p50, p99;	/* ns of a batch */
};

struct point {
	bool busy;			/* with a burner on every CPU */
	unsigned int folios;		/* of a batch */
	unsigned int rounds;
	struct latency plain, mtcopy;
	double speedup;			/* median of the ratios within a round */
	double low, high;		/* its quartiles */
	unsigned int alone;		/* rounds in which nobody would help */
	struct counts counts;
};

struct limit {
	unsigned int threads;
	double gbps;		/* of bytes copied, all together */
};

struct results {
	struct point points[MAX_POINTS];
	unsigned int nr_points;
	struct limit limits[MAX_POINTS];
	unsigned int nr_limits;
};

void measure(struct results *results, struct arena *arena, double seconds);

/* smoke.c, report.c */
int smoke(void);
void report_table(const struct results *results, FILE *to);
int report_json(const char *path, const struct results *results);

#endif
