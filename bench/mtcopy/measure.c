// SPDX-License-Identifier: GPL-2.0-only
/*
 * Plain copy, mtcopy, and once more the plain copy of a batch, in an order that
 * changes; ratios are formed within a round, so that a machine whose speed
 * drifts favours nobody. What the plain copy seems to gain over itself is chance.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "bench.h"

#define MIN_ROUNDS	21
#define BUSY_TIMES	2.5	/* longer, where burners make it scatter */
#define LIMIT_ROUNDS	15
#define DRAWS		400
#define BLOCK		20

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
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

enum side { PLAIN, MTCOPY, AGAIN, SIDES };

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

/*
 * How sure is the ratio of two 99th percentiles? Rounds that follow each other have
 * the same disturbance, so whole blocks of them are drawn, again and again.
 */
static struct quantile ratio_of_p99(const double *plain, const double *other, unsigned int n)
{
	static double drawn[2][MAX_ROUNDS], ratios[DRAWS];
	unsigned int block = n > 10 * BLOCK ? BLOCK : 1, draw, r, at = 0;
	struct quantile all;

	for (draw = 0; draw < DRAWS; draw++) {
		for (r = 0; r < n; r++) {
			at = r % block ? at + 1 : random() % (n - block + 1);
			drawn[0][r] = plain[at];
			drawn[1][r] = other[at];
		}
		ratios[draw] = quantile_of(drawn[0], n, 0.99).value / quantile_of(drawn[1], n, 0.99).value;
	}
	memcpy(drawn[0], plain, n * sizeof(*plain));
	memcpy(drawn[1], other, n * sizeof(*other));
	all.value = quantile_of(drawn[0], n, 0.99).value / quantile_of(drawn[1], n, 0.99).value;
	all.from = quantile_of(ratios, DRAWS, 0.025).value;
	all.to = quantile_of(ratios, DRAWS, 0.975).value;
	return all;
}

static struct ratio ratio_of(const double *plain, const double *other, unsigned int n)
{
	static double within[MAX_ROUNDS];

	for (unsigned int r = 0; r < n; r++)
		within[r] = plain[r] / other[r];
	return (struct ratio){ spread_of(within, n), ratio_of_p99(plain, other, n) };
}

static struct latency latency_of(double *values, unsigned int n)
{
	return (struct latency){ quantile_of(values, n, 0.5), quantile_of(values, n, 0.99) };
}

static void measure_point(struct point *p, const struct arena *arena, double seconds)
{
	static double ns[SIDES][MAX_ROUNDS];
	struct folio *folios = calloc(p->folios, sizeof(*folios));
	unsigned long at = 0;
	double start = now();
	unsigned int r;

	if (!folios)
		abort();
	pool_counts(&p->counts);
	for (r = 0; r < MAX_ROUNDS && (r < MIN_ROUNDS || now() - start < seconds * 1e9); r++) {
		for (unsigned int i = 0; i < SIDES; i++) {
			enum side side = r / SIDES % 2 ? (r + SIDES - i) % SIDES : (r + i) % SIDES;

			choose_batch(folios, p->folios, arena, &at);
			ns[side][r] = time_one(side == MTCOPY, folios, p->folios, &p->alone);
		}
	}
	pool_counts(&p->counts);
	p->rounds = r;
	p->speedup = ratio_of(ns[PLAIN], ns[MTCOPY], r);
	p->control = ratio_of(ns[PLAIN], ns[AGAIN], r);
	p->plain = latency_of(ns[PLAIN], r);
	p->mtcopy = latency_of(ns[MTCOPY], r);
	free(folios);
}

/* Of the idle points so far. */
static void measure_wake(struct results *results)
{
	static double ns[POOL_WAKES];
	unsigned int n = pool_wakes(ns);

	if (n)
		results->wake = latency_of(ns, n);
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

static double stream_rate(unsigned int threads, const struct arena *arena, double seconds)
{
	struct stream *streams = calloc(threads, sizeof(*streams));
	unsigned long pages = 0;
	double start, spent;

	if (!streams)
		abort();
	__atomic_store_n(&streaming, true, __ATOMIC_RELAXED);
	start = now();
	for (unsigned int i = 0; i < threads; i++) {
		streams[i] = (struct stream) {
			.cpu = pool_cpu(i), .nr = i, .of = threads, .arena = arena,
		};
		if (pthread_create(&streams[i].thread, NULL, stream, &streams[i]))
			abort();
	}
	usleep(seconds * 1e6);
	__atomic_store_n(&streaming, false, __ATOMIC_RELAXED);
	for (unsigned int i = 0; i < threads; i++) {
		pthread_join(streams[i].thread, NULL);
		pages += streams[i].pages;
	}
	spent = now() - start;
	free(streams);
	return pages * PAGE_SIZE / spent;
}

/* Numbers of threads in turn, so that what drifts does not favour one of them. */
static void measure_limits(struct results *results, const struct arena *arena, double seconds)
{
	static double gbps[MAX_POINTS][LIMIT_ROUNDS], ratio[MAX_POINTS][LIMIT_ROUNDS];
	unsigned int cpus = pool_cpus(), n, i, r;

	for (n = 1; n <= cpus && results->limits < MAX_POINTS; n = n < cpus && 2 * n > cpus ? cpus : 2 * n)
		results->limit[results->limits++].threads = n;
	for (r = 0; r < LIMIT_ROUNDS; r++)
		for (i = 0; i < results->limits; i++) {
			gbps[i][r] = stream_rate(results->limit[i].threads, arena, seconds / LIMIT_ROUNDS);
			ratio[i][r] = gbps[i][r] / gbps[0][r];
		}
	for (i = 0; i < results->limits; i++) {
		results->limit[i].gbps = spread_of(gbps[i], LIMIT_ROUNDS);
		results->limit[i].ratio = spread_of(ratio[i], LIMIT_ROUNDS);
	}
}

void measure(struct results *results, struct arena *arena, double seconds)
{
	static const unsigned int batches[] = { 1, 2, 4, 16 };

	if (getloadavg(&results->load, 1) != 1)
		results->load = -1;
	measure_limits(results, arena, seconds);
	pool_pin(pool_cpu(0));
	for (int busy = 0; busy <= 1; busy++) {
		if (busy)
			set_burning(true);
		for (unsigned int i = 0; i < sizeof(batches) / sizeof(batches[0]); i++) {
			struct point *p = &results->point[results->points++];

			p->busy = busy;
			p->folios = batches[i];
			measure_point(p, arena, busy ? BUSY_TIMES * seconds : seconds);
		}
		if (!busy)
			measure_wake(results);
		if (busy)
			set_burning(false);
	}
}
