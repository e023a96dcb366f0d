/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What modules/mtcopy is around engine.h and planner.c, in user space: a helper
 * thread for each CPU, job slots, and a caller that copies along.
 */
#ifndef MTCOPY_BENCH_POOL_H
#define MTCOPY_BENCH_POOL_H

#include <stdbool.h>
#include <stddef.h>

#define PAGE_SIZE	4096UL

struct page {
	_Alignas(PAGE_SIZE) char bytes[PAGE_SIZE];
};

struct folio {
	struct page *src, *dst;
	unsigned long pages;
	bool copied;
};

struct knobs {
	unsigned int nr_threads;
	size_t chunk_bytes;
};

/* Like the module's counters; reset by whoever reads them. */
struct counts {
	long pages_caller, pages_helpers, helper_ns, started, late;
};

extern struct knobs knobs;

unsigned int pool_cpus(void);			/* how many this process may use */
unsigned int pool_cpu(unsigned int i);
void pool_pin(unsigned int cpu);		/* the calling thread */
bool pool_start(bool eager, char *why, size_t size);	/* eager: not SCHED_IDLE */
void pool_stop(void);
void pool_counts(struct counts *counts);

/* How many ns helpers took to begin, the last times. Returns how many are known. */
#define POOL_WAKES	4096
unsigned int pool_wakes(double *ns);

/* What the kernel knows and user space does not: is the CPU idle? */
void pool_set_busy(unsigned int cpu, bool busy);

/* For tests: helpers that are woken do not begin before they are let go. */
void pool_hold_helpers(bool hold);

/* For tests: the caller does not begin before a helper has. */
void pool_await_helper(bool await);

/* For tests: waits until every helper can be woken again. On a busy machine it takes. */
void pool_settle(void);

/* For tests: this page cannot be read. */
extern const struct page *pool_poisoned;

/* Returns false if nobody would help, or no slot was free; then nothing was done. */
bool pool_copy(struct folio *folios, unsigned int n);
void plain_copy(struct folio *folios, unsigned int n);
void copy_pages(struct page *dst, const struct page *src, unsigned long pages);

#endif
