/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COPY_BENCH_H
#define COPY_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "folio.h"
#include "spread.h"

#define PAGE_SHIFT	12
#define PAGE_SIZE	(1UL << PAGE_SHIFT)

/* machine.c: the CPU, and what the kernel would choose on it */
struct machine {
	char cpu[128];
	char kernel[128];
	bool rep_good, erms, fsrm, clflushopt, avx2, hypervisor;
	int pinned;		/* the CPU this runs on */
	size_t llc;		/* bytes of the last level cache */
	size_t available;	/* bytes of memory */
	double load;		/* load average when the run began */
	double ticks_per_ns;
};

void machine_read(struct machine *machine);
void machine_print(const struct machine *machine, FILE *to);

/* memory.c: folios, and the state of the caches */
void memory_make(size_t bytes);
struct folio *memory_source(size_t first_page, size_t pages);
struct folio *memory_destination(size_t first_page, size_t pages);
void *folio_bytes(const struct folio *folio);
void memory_evict(const struct machine *machine, const void *from, size_t len);

/* variants.c: what is compared */
enum kind { LOOP, NAIVE, OURS, STREAM };	/* base's loop, one plain copy, the patches, the limit */

struct variant {
	const char *name;
	const char *what;
	enum kind kind;
	void (*copy)(struct folio *dst, struct folio *src);
};

/* What a CPU with such features runs, before and after. */
struct choice {
	const char *operation;
	const char *features;
	const char *loop, *naive, *ours;	/* names of variants */
};

extern const struct variant variants[];
extern const unsigned int nr_variants;
extern const struct choice choices[];
extern const unsigned int nr_choices;

unsigned int variant_index(const char *name);
bool variant_runs(const struct variant *variant, const struct machine *machine, const char **why);
bool choice_is_here(const struct choice *choice, const struct machine *machine);

/* measure.c */
#define MAX_VARIANTS	24
#define MAX_ROUNDS	1501

struct point {			/* one length, hot or cold */
	size_t len;
	bool cold;
	unsigned int rounds;
	double ns[MAX_VARIANTS][MAX_ROUNDS];	/* of one run of that length */
};

struct spread point_rate(const struct point *point, unsigned int variant);	/* GB/s */
struct spread point_ratio(const struct point *point, unsigned int than, unsigned int variant);
unsigned int measure_all(const struct machine *machine, size_t max, struct point **points);

/* count.c, smoke.c, report.c */
int count_instructions(const struct machine *machine);
int smoke(const struct machine *machine);
void report_table(const struct machine *machine, const struct point *points, unsigned int n);
int report_json(const char *path, const struct machine *machine, const struct point *points, unsigned int n);

#endif
