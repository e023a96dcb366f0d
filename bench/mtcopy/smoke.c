// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is everything copied, once and completely, whoever helps, comes late or never
 * comes? Nothing is timed. Prints TAP.
 */
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bench.h"
#include "engine.h"

#define CALLERS		12	/* more than there are slots */
#define TURNS		60

/* Pages that have been claimed since claimed() was last asked. */
static unsigned long claimed_pages;

static int mtcopy_copy_item(const struct mtcopy_item *item)
{
	claimed_pages += item->pages;
	return 0;
}

/* Not used here; engine.h wants it. */
static void mtcopy_folio_copied(const struct mtcopy_item *last)
{
	(void)last;
}

static unsigned int tests, failures;

__attribute__((format(printf, 2, 3)))
static void result(bool good, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("%sok %u - mtcopy, ", good ? "" : "not ", ++tests);
	vprintf(format, args);
	printf("\n");
	va_end(args);
	failures += !good;
}

/*
 * Folios
 */

/* Every word of the source is another one. */
static void fill(const struct folio *f, uint64_t seed)
{
	uint64_t *src = (uint64_t *)f->src, *dst = (uint64_t *)f->dst;

	for (size_t i = 0; i < f->pages * PAGE_SIZE / sizeof(*src); i++) {
		src[i] = (seed + i) * 6364136223846793005UL;
		dst[i] = ~src[i];
	}
}

static bool same(const struct folio *f)
{
	return !memcmp(f->src, f->dst, f->pages * PAGE_SIZE);
}

/* Folios one after the other, of each arena, with a page between them. */
static struct folio *make_folios(unsigned int n, const unsigned long *sizes, unsigned int nr_sizes,
				 struct arena *arena)
{
	struct folio *folios = calloc(n, sizeof(*folios));
	unsigned long pages = 1, at = 1;

	for (unsigned int i = 0; i < n; i++)
		pages += sizes[i % nr_sizes] + 1;
	if (!folios || !arena_make(arena, (pages * PAGE_SIZE + (2 << 20) - 1) & -(2UL << 20)))
		abort();
	for (unsigned int i = 0; i < n; i++) {
		folios[i].src = arena->src + at;
		folios[i].dst = arena->dst + at;
		folios[i].pages = sizes[i % nr_sizes];
		at += folios[i].pages + 1;
	}
	return folios;
}

/* The pages between the folios of the destination are as arena_make() left them. */
static bool between_untouched(const struct folio *folios, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		for (unsigned int b = 0; b < PAGE_SIZE; b++)
			if (folios[i].dst[-1].bytes[b] != 0x5a ||
			    folios[i].dst[folios[i].pages].bytes[b] != 0x5a)
				return false;
	return true;
}

static void batch(const char *what, unsigned int n, const unsigned long *sizes, unsigned int nr_sizes,
		  size_t chunk)
{
	struct arena arena;
	struct folio *folios = make_folios(n, sizes, nr_sizes, &arena);
	const size_t chunk_before = knobs.chunk_bytes;
	struct counts counts;
	unsigned long pages = 0;
	bool good = true, helped;

	knobs.chunk_bytes = chunk;
	for (unsigned int i = 0; i < n; i++) {
		fill(&folios[i], i);
		pages += folios[i].pages;
	}
	pool_settle();
	pool_counts(&counts);
	helped = pool_copy(folios, n);
	pool_counts(&counts);
	for (unsigned int i = 0; i < n; i++)
		good &= same(&folios[i]) && folios[i].copied;
	result(helped && good && between_untouched(folios, n) &&
	       counts.pages_caller + counts.pages_helpers == (long)pages,
	       "%s: all copied, nothing else, and by whom adds up", what);
	knobs.chunk_bytes = chunk_before;
	free(folios);
}

static void batches(void)
{
	static const unsigned long huge[] = { 512 }, small[] = { 1 }, odd[] = { 1, 512, 16, 3, 128, 511 };
	static const unsigned long large[] = { 2500 };

	batch("a folio of 2 MiB", 1, huge, 1, 64 << 10);
	batch("16 folios of 2 MiB", 16, huge, 1, 64 << 10);
	batch("600 folios of 4 KiB", 600, small, 1, 64 << 10);
	batch("folios of all sizes", 30, odd, 6, 64 << 10);
	batch("chunks of a page, several jobs", 30, odd, 6, 4 << 10);
	batch("folios that go over several jobs", 3, large, 1, 4 << 10);
}

/* Somebody does help, and leaves some of the work to the caller. */
static void shared(void)
{
	static const unsigned long sizes[] = { 512 };
	struct arena arena;
	struct folio *folios = make_folios(32, sizes, 1, &arena);
	struct counts counts;
	bool good;

	for (unsigned int i = 0; i < 32; i++)
		fill(&folios[i], i);
	pool_settle();
	pool_await_helper(true);
	pool_counts(&counts);
	good = pool_copy(folios, 32);
	pool_counts(&counts);
	pool_await_helper(false);
	for (unsigned int i = 0; i < 32; i++)
		good &= same(&folios[i]) && folios[i].copied;
	result(good && counts.pages_helpers && counts.started && counts.helper_ns,
	       "a helper that has begun copies its part, and is counted");
	free(folios);
}

static void poison(void)
{
	static const unsigned long sizes[] = { 2, 700, 512 };
	struct arena arena;
	struct folio *folios = make_folios(9, sizes, 3, &arena);
	bool good = true, helped;

	knobs.chunk_bytes = 4 << 10;	/* folio 4 is in two jobs */
	for (unsigned int i = 0; i < 9; i++)
		fill(&folios[i], i);
	for (unsigned int page = 0; page < 700; page += 137) {
		pool_poisoned = folios[4].src + page;
		pool_settle();
		helped = pool_copy(folios, 9);
		for (unsigned int i = 0; i < 9; i++)
			good &= folios[i].copied == (i != 4) && (i == 4 || same(&folios[i]));
		good &= helped;
	}
	pool_poisoned = NULL;
	result(good, "a page that cannot be read: its folio is left, and no other");
	knobs.chunk_bytes = 64 << 10;
	free(folios);
}

static void declined(void)
{
	static const unsigned long sizes[] = { 512 };
	struct arena arena;
	struct folio *folios = make_folios(4, sizes, 1, &arena);
	bool helped;

	fill(&folios[0], 1);
	for (unsigned int i = 0; i < pool_cpus(); i++)
		pool_set_busy(pool_cpu(i), true);
	helped = pool_copy(folios, 4);
	result(!helped && !same(&folios[0]), "every CPU busy: declined, nothing tried");
	for (unsigned int i = 0; i < pool_cpus(); i++)
		pool_set_busy(pool_cpu(i), false);

	pool_settle();
	helped = pool_copy(folios, 1) && same(&folios[0]);
	pool_settle();
	knobs.chunk_bytes = 512 << 10;	/* two threads want eight of them */
	fill(&folios[0], 2);
	result(helped && !pool_copy(folios, 1) && !same(&folios[0]), "too little for two threads: declined");
	knobs.chunk_bytes = 64 << 10;
	free(folios);
}

/* This would never end if the caller waited for a helper that has not begun. */
static void late(void)
{
	static const unsigned long sizes[] = { 512 };
	struct arena arena;
	struct folio *folios = make_folios(4, sizes, 1, &arena);
	struct counts counts;
	bool good = true;

	pool_settle();
	pool_counts(&counts);
	for (unsigned int turn = 0; turn < 4; turn++) {
		struct folio *f = &folios[turn];

		pool_hold_helpers(true);
		fill(f, turn);
		good &= pool_copy(f, 1) && same(f) && f->copied;
		/* What helpers do now would be seen */
		memset(f->dst, 0, f->pages * PAGE_SIZE);
		pool_hold_helpers(false);
		pool_settle();
		for (unsigned int i = 0; i < f->pages; i++)
			good &= !f->dst[i].bytes[0];
	}
	pool_counts(&counts);
	result(good && counts.late >= 4 && !counts.pages_helpers,
	       "helpers that come too late: not waited for, and they touch nothing");
	free(folios);
}

static void gate(void)
{
	static struct mtcopy_job job;
	long first, second;
	bool good;

	first = mtcopy_job_open(&job);
	good = first && mtcopy_job_enter(&job, first);
	mtcopy_job_close(&job);
	good &= !mtcopy_job_left(&job) && !mtcopy_job_enter(&job, first);
	good &= mtcopy_job_leave(&job) && mtcopy_job_left(&job);
	result(good, "gate: closed, nobody gets in, and the last one out says so");

	second = mtcopy_job_open(&job);
	good = second != first && !mtcopy_job_enter(&job, first) && mtcopy_job_left(&job);
	good &= mtcopy_job_enter(&job, second) && mtcopy_job_enter(&job, second);
	good &= !mtcopy_job_leave(&job) && !mtcopy_job_leave(&job);
	mtcopy_job_close(&job);
	good &= mtcopy_job_left(&job);
	result(good, "gate: an old ticket is no good, a new one any number of times");

	/* The generation runs into the sign and over the end */
	good = true;
	for (int i = 0; i < 4; i++) {
		atomic_long_set(&job.gate, (long)((0x7ffffffeUL + (i > 1 ? 0x80000000UL : 0) + i % 2)
						  << MTCOPY_GATE_GEN_SHIFT));
		first = mtcopy_job_open(&job);
		good &= first && mtcopy_job_enter(&job, first) && !mtcopy_job_leave(&job);
		mtcopy_job_close(&job);
		good &= mtcopy_job_left(&job) && !mtcopy_job_enter(&job, first);
	}
	result(good, "gate: generations up to the last");
}

/*
 * Claims
 */

struct claims {
	unsigned long pages, most;	/* of all, of one */
	unsigned int n;
};

/* Asked after each claim. */
static bool claimed(void *ctx)
{
	struct claims *c = ctx;

	c->n++;
	c->pages += claimed_pages;
	c->most = max_t(unsigned long, c->most, claimed_pages);
	claimed_pages = 0;
	return true;
}

/* As much as a chunk at once, where folios are small; never more, whatever the others are. */
static void claims(const char *what, unsigned int n, const unsigned long *sizes)
{
	static const unsigned int chunks[] = { 1, 3, 16, 256 };
	static struct page pages[FOLIO_PAGES];
	static struct mtcopy_job job;
	bool good = true;

	for (unsigned int i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++) {
		struct claims c = { 0 };
		unsigned long added = 0;

		job.nr_items = 0;
		for (unsigned int at = 0; at < n; at++)
			added += mtcopy_job_add(&job, pages, pages, sizes[at], 0, chunks[i]);
		mtcopy_job_ready(&job, chunks[i]);
		mtcopy_job_open(&job);
		mtcopy_job_work(&job, claimed, &c);
		mtcopy_job_close(&job);
		/* Two claims that follow each other would not have fit into one */
		if (c.pages == added && c.most <= chunks[i] && c.n <= 2 * added / chunks[i] + 1)
			continue;
		printf("# chunks of %u pages: %lu of %lu pages in %u claims, %lu in one\n", chunks[i], c.pages,
		       added, c.n, c.most);
		good = false;
	}
	result(good, "claims, %s: everything once, and at most a chunk at a time", what);
}

static void all_claims(void)
{
	unsigned long sizes[FOLIO_PAGES];

	for (unsigned int i = 0; i < FOLIO_PAGES; i++)
		sizes[i] = 1;
	claims("512 folios of 4 KiB", FOLIO_PAGES, sizes);
	sizes[FOLIO_PAGES - 1] = FOLIO_PAGES;
	claims("511 folios of 4 KiB and one of 2 MiB", FOLIO_PAGES, sizes);
	sizes[0] = FOLIO_PAGES;
	sizes[FOLIO_PAGES - 1] = 1;
	claims("one of 2 MiB and 511 of 4 KiB", FOLIO_PAGES, sizes);
	for (unsigned int i = 0; i < FOLIO_PAGES; i++)
		sizes[i] = i % 8 ? 1UL << i % 4 : 1 + i;
	claims("folios of all sizes", FOLIO_PAGES, sizes);
}

/*
 * Many callers at once
 */

static bool all_good = true;
static unsigned int copied_batches;

static void *caller(void *arg)
{
	static const unsigned long sizes[] = { 512, 7, 1, 64 };
	unsigned int seed = (unsigned int)(uintptr_t)arg;
	struct arena arena;
	struct folio *folios = make_folios(8, sizes, 4, &arena);

	for (unsigned int turn = 0; turn < TURNS; turn++) {
		for (unsigned int i = 0; i < 8; i++)
			fill(&folios[i], seed + turn * 8 + i);
		if (!pool_copy(folios, 8)) {
			sched_yield();
			continue;
		}
		__atomic_fetch_add(&copied_batches, 1, __ATOMIC_RELAXED);
		for (unsigned int i = 0; i < 8; i++)
			if (!same(&folios[i]) || !folios[i].copied)
				__atomic_store_n(&all_good, false, __ATOMIC_RELAXED);
	}
	free(folios);
	return NULL;
}

static void many_callers(void)
{
	pthread_t threads[CALLERS];

	for (unsigned int i = 0; i < CALLERS; i++)
		if (pthread_create(&threads[i], NULL, caller, (void *)(uintptr_t)(i * 1000)))
			abort();
	for (unsigned int i = 0; i < CALLERS; i++)
		pthread_join(threads[i], NULL);
	result(all_good && copied_batches, "%u callers at once, jobs used again and again (%u batches)", CALLERS,
	       copied_batches);
}

int smoke(void)
{
	char why[128];

	gate();
	all_claims();
	if (pool_cpus() < 2) {
		printf("ok %u - mtcopy, copying # SKIP needs two CPUs, this has one\n1..%u\n", tests + 1, tests + 1);
		return failures > 0;
	}
	if (!pool_start(true, why, sizeof(why))) {
		printf("Bail out! %s\n", why);
		return 1;
	}
	/* Where the caller is, helpers are not: it should not wander */
	pool_pin(pool_cpu(0));
	batches();
	shared();
	poison();
	declined();
	late();
	many_callers();
	pool_stop();
	printf("1..%u\n", tests);
	return failures > 0;
}
