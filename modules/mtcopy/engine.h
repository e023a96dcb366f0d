/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A job: chunks that any number of threads copy, and the gate that says who may.
 *
 * One owner, the caller, fills the items, opens the gate, copies along, closes
 * the gate, and waits until nobody is inside. Helpers enter by the ticket that
 * they got for this opening of the gate, and copy until there is nothing left to
 * claim. Whoever comes after the closing stays outside, so the owner waits only
 * for chunks that somebody has begun, never for somebody to begin.
 *
 * A job is never freed while there are helpers, only used again. That is what
 * the generation in gate and ticket is for: with an old ticket nobody gets into
 * a new job. (Should somebody, after exactly 2^32 jobs, he would just help.)
 *
 * Ordering: what the owner wrote before opening is seen by who has entered; what
 * helpers wrote before leaving is seen by the owner who finds nobody inside.
 *
 * bench/mtcopy compiles this for user space, with the kernel's atomics made of
 * the compiler's, and with a struct page of its own.
 */
#ifndef _MTCOPY_ENGINE_H
#define _MTCOPY_ENGINE_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/types.h>

#include "planner.h"

/* A batch with more chunks is copied as several jobs. */
#define MTCOPY_ITEMS	1024

struct page;

/**
 * struct mtcopy_item - a chunk: pages of one folio
 * @dst: the first page
 * @src: likewise
 * @pages: how many
 * @last: it is the last one of its folio
 * @failed: it could not be copied; written by whoever has claimed it
 */
struct mtcopy_item {
	struct page *dst;
	struct page *src;
	unsigned int pages;
	bool last;
	bool failed;
};

/* gate: generation << 32 | open | number of helpers inside */
#define MTCOPY_GATE_INSIDE	0xffffL
#define MTCOPY_GATE_OPEN	0x10000L
#define MTCOPY_GATE_GEN_SHIFT	32

/**
 * struct mtcopy_job - what is shared by the threads that copy
 * @nr_items: how many items there are
 * @nr_claims: how many claims they make
 * @nr_cpus: how many helpers are to be woken
 * @cpus: which
 * @gate: who may take part, and how many helpers do
 * @cursor: the next claim that nobody has made
 * @waker: the next of @cpus that nobody has woken
 * @helped_pages: what helpers have copied
 * @helped_ns: how long it took them
 * @helpers: how many there were
 * @items: the chunks
 * @claims: the first item of each claim, and where the last one ends
 *
 * All but the atomics is the owner's, and does not change while the gate is open.
 */
struct mtcopy_job {
	unsigned int nr_items;
	unsigned int nr_claims;
	unsigned int nr_cpus;
	unsigned int cpus[MTCOPY_MAX_THREADS - 1];

	atomic_long_t gate ____cacheline_aligned_in_smp;
	atomic_long_t helped_pages;
	atomic_long_t helped_ns;
	atomic_t helpers;
	atomic_t waker;

	/* Written by everybody for every claim: a line of its own */
	atomic_t cursor ____cacheline_aligned_in_smp;

	struct mtcopy_item items[MTCOPY_ITEMS] ____cacheline_aligned_in_smp;
	unsigned short claims[MTCOPY_ITEMS + 1];
};

/*
 * Given by whoever includes this: copies a chunk, and returns 0, or another
 * value if it could not be read.
 */
static int mtcopy_copy_item(const struct mtcopy_item *item);

/* Likewise: the folio of which this is the last chunk is complete. */
static void mtcopy_folio_copied(const struct mtcopy_item *last);

/**
 * mtcopy_job_add() - cut a folio into chunks
 * @job: the owner's, closed
 * @dst: its first page
 * @src: likewise
 * @pages: how many it has
 * @done: how many of them have been added to jobs before
 * @chunk: the most pages of a chunk
 *
 * Return: how many of them have been added now, to this job or others; all,
 * unless the job is full.
 */
static inline unsigned long mtcopy_job_add(struct mtcopy_job *job,
					   struct page *dst, struct page *src,
					   unsigned long pages,
					   unsigned long done,
					   unsigned int chunk)
{
	while (done < pages && job->nr_items < MTCOPY_ITEMS) {
		struct mtcopy_item *item = &job->items[job->nr_items++];

		item->dst = dst + done;
		item->src = src + done;
		item->pages = min_t(unsigned long, pages - done, chunk);
		done += item->pages;
		item->last = done == pages;
		item->failed = false;
	}
	return done;
}

/**
 * mtcopy_job_ready() - divide the items into claims
 * @job: the owner's, closed
 * @chunk: the most pages of a claim, as it was for mtcopy_job_add()
 *
 * Small folios are claimed by the chunk, not one by one. Whatever the sizes of
 * the folios, no claim is more than a chunk: for that long a helper keeps its
 * CPU from others, and the owner waiting.
 */
static inline void mtcopy_job_ready(struct mtcopy_job *job, unsigned int chunk)
{
	unsigned int i, pages = chunk;

	job->nr_claims = 0;
	for (i = 0; i < job->nr_items; i++) {
		if (pages + job->items[i].pages > chunk) {
			job->claims[job->nr_claims++] = i;
			pages = 0;
		}
		pages += job->items[i].pages;
	}
	job->claims[job->nr_claims] = job->nr_items;
}

/**
 * mtcopy_job_finish() - report the folios that are complete
 * @job: the owner's, closed and left by everybody
 * @failed: whether a chunk of the folio that the next job goes on with has
 *	failed; false before the first job
 *
 * Return: how many there are.
 */
static inline unsigned int mtcopy_job_finish(struct mtcopy_job *job,
					     bool *failed)
{
	unsigned int i, copied = 0;

	for (i = 0; i < job->nr_items; i++) {
		const struct mtcopy_item *item = &job->items[i];

		*failed |= item->failed;
		if (!item->last)
			continue;
		if (!*failed) {
			mtcopy_folio_copied(item);
			copied++;
		}
		*failed = false;
	}
	return copied;
}

/* Owner: the items are there. Returns the ticket for this opening, not 0. */
static inline long mtcopy_job_open(struct mtcopy_job *job)
{
	unsigned long gen;

	gen = (unsigned long)atomic_long_read(&job->gate) >> MTCOPY_GATE_GEN_SHIFT;
	gen = (gen + 1) << MTCOPY_GATE_GEN_SHIFT;

	atomic_long_set(&job->helped_pages, 0);
	atomic_long_set(&job->helped_ns, 0);
	atomic_set(&job->helpers, 0);
	atomic_set(&job->waker, 0);
	atomic_set(&job->cursor, 0);
	/* Pairs with the acquire in mtcopy_job_enter() */
	atomic_long_set_release(&job->gate, gen | MTCOPY_GATE_OPEN);
	return gen | MTCOPY_GATE_OPEN;
}

/* Owner: nobody may enter any more. */
static inline void mtcopy_job_close(struct mtcopy_job *job)
{
	atomic_long_andnot(MTCOPY_GATE_OPEN, &job->gate);
}

/*
 * Owner, after closing: is nobody inside? Then all that was claimed is copied.
 * Pairs with the full barrier in mtcopy_job_leave().
 */
static inline bool mtcopy_job_left(struct mtcopy_job *job)
{
	return !(atomic_long_read_acquire(&job->gate) & MTCOPY_GATE_INSIDE);
}

/* Helper: true if it may take part. It must leave soon, come what may. */
static inline bool mtcopy_job_enter(struct mtcopy_job *job, long ticket)
{
	long gate = atomic_long_read(&job->gate);

	do {
		if ((gate & ~MTCOPY_GATE_INSIDE) != ticket)
			return false;
	} while (!atomic_long_try_cmpxchg_acquire(&job->gate, &gate, gate + 1));
	return true;
}

/*
 * Helper: out. The job may be another one as soon as this is done. Returns true
 * if the owner may be waiting for it.
 */
static inline bool mtcopy_job_leave(struct mtcopy_job *job)
{
	long gate = atomic_long_dec_return(&job->gate);

	return !(gate & (MTCOPY_GATE_OPEN | MTCOPY_GATE_INSIDE));
}

/* The next helper to wake, or -1. Owner, or a helper that is inside. */
static inline int mtcopy_job_next_cpu(struct mtcopy_job *job)
{
	unsigned int i;

	/* Not beyond the end again and again */
	if (atomic_read(&job->waker) >= (int)job->nr_cpus ||
	    atomic_read(&job->cursor) >= (int)job->nr_claims)
		return -1;
	i = atomic_fetch_inc(&job->waker);
	return i < job->nr_cpus ? (int)job->cpus[i] : -1;
}

/**
 * mtcopy_job_work() - copy chunks until there are no more
 * @job: a job; the owner's, or entered
 * @go_on: asked after each claim; the rest is left to others when it says no
 * @ctx: handed to it
 *
 * Return: the number of pages copied.
 */
static inline unsigned long mtcopy_job_work(struct mtcopy_job *job,
					    bool (*go_on)(void *ctx), void *ctx)
{
	unsigned int claim, i, end;
	unsigned long pages = 0;

	do {
		claim = atomic_fetch_inc(&job->cursor);
		if (claim >= job->nr_claims)
			break;
		end = job->claims[claim + 1];
		for (i = job->claims[claim]; i < end; i++) {
			struct mtcopy_item *item = &job->items[i];

			if (mtcopy_copy_item(item))
				item->failed = true;
			else
				pages += item->pages;
		}
	} while (go_on(ctx));
	return pages;
}

#endif /* _MTCOPY_ENGINE_H */
