// SPDX-License-Identifier: GPL-2.0-only
/*
 * Plain copy and mtcopy of the same batch, one after the other in an order that
 * changes; ratios are formed within a round, so that a machine whose speed
 * drifts favours neither.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include "bench.h"

#define MIN_ROUNDS	21

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double quantile(const double *sorted, unsigned int n, double q)
{
	return sorted[(unsigned int)(q * (n - 1) + 0.5)];
}

/*
 * Burners: one for each CPU, at the priority of the caller.
 */

static pthread_t burners[MAX_POINTS * 64];
static bool burning;

static void *burn(void *arg)
{
	pool_pin((unsigned int)(uintptr_t)arg);
	while (__atomic_load_n(&burning, __ATOMIC_RELAXED))
		;
	return NULL;
}

static void set_burning(bool on)
{
	__atomic_store_n(&burning, on, __ATOMIC_RELAXED);
	for (unsigned int i = 0; i < pool_cpus(); i++) {
		unsigned int cpu = pool_cpu(i);

		pool_set_busy(cpu, on);
		if (!on)
			pthread_join(burners[i], NULL);
		else if (pthread_create(&burners[i], NULL, burn, (void *)(uintptr_t)cpu))
			abort();
	}
}

/*
 * Points
 */

/* Batches lie apart, in an order that no prefetcher guesses, and come again late. */
static void choose_batch(struct folio *folios, unsigned int n, const struct arena *arena,
			 unsigned long *at)
{
	unsigned long slots = arena->pages / FOLIO_PAGES;

	for (unsigned int i = 0; i < n; i++) {
		*at = (*at + 97) % slots;
		folios[i].src = arena->src + *at * FOLIO_PAGES;
		folios[i].dst = arena->dst + (slots - 1 - *at) * FOLIO_PAGES;
		folios[i].pages = FOLIO_PAGES;
	}
}

static double time_one(bool helped, struct folio *folios, unsigned int n, unsigned int *alone)
{
	double start = now();

	if (!helped) {
		plain_copy(folios, n);
	} else if (!pool_copy(folios, n)) {
		/* As in the kernel: declined, and copied by the CPU */
		++*alone;
		plain_copy(folios, n);
	}
	return now() - start;
}

static void measure_point(struct point *p, const struct arena *arena, double seconds)
{
	static double plain[MAX_ROUNDS], mtcopy[MAX_ROUNDS], ratio[MAX_ROUNDS];
	struct folio *folios = calloc(p->folios, sizeof(*folios));
	unsigned long at = 0;
	double start = now();
	unsigned int r;

	if (!folios)
		abort();
	pool_counts(&p->counts);
	for (r = 0; r < MAX_ROUNDS && (r < MIN_ROUNDS || now() - start < seconds * 1e9); r++) {
		for (int i = 0; i < 2; i++) {
			bool helped = (r + i) % 2;

			choose_batch(folios, p->folios, arena, &at);
			*(helped ? &mtcopy[r] : &plain[r]) = time_one(helped, folios, p->folios, &p->alone);
		}
		ratio[r] = plain[r] / mtcopy[r];
	}
	pool_counts(&p->counts);
	p->rounds = r;
	qsort(plain, r, sizeof(*plain), compare);
	qsort(mtcopy, r, sizeof(*mtcopy), compare);
	qsort(ratio, r, sizeof(*ratio), compare);
	p->plain = (struct latency) { quantile(plain, r, 0.5), quantile(plain, r, 0.99) };
	p->mtcopy = (struct latency) { quantile(mtcopy, r, 0.5), quantile(mtcopy, r, 0.99) };
	p->speedup = quantile(ratio, r, 0.5);
	p->low = quantile(ratio, r, 0.25);
	p->high = quantile(ratio, r, 0.75);
	free(folios);
}

/*
 * The limit: threads that have nothing to do with each other
 */

struct stream {
	pthread_t thread;
	unsigned int cpu, nr, of;
	const struct arena *arena;
	unsigned long pages;
};

static bool streaming;

static void *stream(void *arg)
{
	struct stream *s = arg;
	unsigned long slots = s->arena->pages / FOLIO_PAGES;

	pool_pin(s->cpu);
	for (unsigned long at = s->nr; __atomic_load_n(&streaming, __ATOMIC_RELAXED); at += s->of) {
		copy_pages(s->arena->dst + at % slots * FOLIO_PAGES, s->arena->src + at % slots * FOLIO_PAGES,
			   FOLIO_PAGES);
		s->pages += FOLIO_PAGES;
	}
	return NULL;
}

static void measure_limit(struct limit *limit, const struct arena *arena, double seconds)
{
	struct stream *streams = calloc(limit->threads, sizeof(*streams));
	unsigned long pages = 0;
	double start;

	if (!streams)
		abort();
	__atomic_store_n(&streaming, true, __ATOMIC_RELAXED);
	start = now();
	for (unsigned int i = 0; i < limit->threads; i++) {
		streams[i] = (struct stream) {
			.cpu = pool_cpu(i), .nr = i, .of = limit->threads, .arena = arena,
		};
		if (pthread_create(&streams[i].thread, NULL, stream, &streams[i]))
			abort();
	}
	usleep(seconds * 1e6);
	__atomic_store_n(&streaming, false, __ATOMIC_RELAXED);
	for (unsigned int i = 0; i < limit->threads; i++) {
		pthread_join(streams[i].thread, NULL);
		pages += streams[i].pages;
	}
	limit->gbps = pages * PAGE_SIZE / (now() - start);
	free(streams);
}

void measure(struct results *results, struct arena *arena, double seconds)
{
	static const unsigned int batches[] = { 1, 2, 4, 16, 64 };
	unsigned int cpus = pool_cpus();

	for (unsigned int n = 1; n <= cpus && results->nr_limits < MAX_POINTS; n = n < cpus && 2 * n > cpus ? cpus : 2 * n) {
		struct limit *limit = &results->limits[results->nr_limits++];

		limit->threads = n;
		measure_limit(limit, arena, seconds / 2);
	}
	pool_pin(pool_cpu(0));
	for (int busy = 0; busy <= 1; busy++) {
		if (busy)
			set_burning(true);
		for (unsigned int i = 0; i < sizeof(batches) / sizeof(batches[0]); i++) {
			struct point *p = &results->points[results->nr_points++];

			p->busy = busy;
			p->folios = batches[i];
			measure_point(p, arena, seconds);
		}
		if (busy)
			set_burning(false);
	}
}
