// SPDX-License-Identifier: GPL-2.0-only
/*
 * Times every variant at every length. A round times each variant once, in an
 * order that changes from round to round, on the same memory in the same state;
 * ratios are formed within a round, so that a machine whose speed drifts does
 * not favour anyone.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <x86intrin.h>
#include "copybench.h"

#define SAMPLE		(256UL << 10)	/* short runs are timed in batches of about so much */
#define MAX_BATCH	(SAMPLE / PAGE_SIZE)
#define SECONDS		3.0		/* what one point may cost, beyond MIN_ROUNDS */
#define MIN_ROUNDS	7

struct batch {			/* the runs of one sample */
	unsigned int n;
	struct folio *src[MAX_BATCH], *dst[MAX_BATCH];
};

/*
 * The runs lie in a random order, or the hardware prefetcher would run ahead
 * from one into the next, as it cannot from one folio into another.
 */
static void choose_batch(struct batch *batch, size_t len, size_t max)
{
	size_t pages = len >> PAGE_SHIFT, slots = max / len, slot[MAX_BATCH];

	batch->n = len >= SAMPLE ? 1 : SAMPLE / len;
	if (batch->n > slots)
		batch->n = slots;
	for (unsigned int i = 0; i < batch->n; i++) {
		bool taken;

		do {
			taken = false;
			slot[i] = random() % slots;
			for (unsigned int j = 0; j < i; j++)
				taken |= slot[j] == slot[i];
		} while (taken);
		batch->src[i] = memory_source(slot[i] * pages, pages);
		batch->dst[i] = memory_destination(slot[i] * pages, pages);
	}
}

static long preemptions(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_THREAD, &usage) ? 0 : usage.ru_nivcsw;
}

static double sample_once(const struct machine *machine, const struct variant *variant,
		     const struct batch *batch, size_t len, bool cold)
{
	uint64_t start;

	for (unsigned int i = 0; i < batch->n; i++) {
		if (cold) {
			memory_evict(machine, folio_bytes(batch->src[i]), len);
			memory_evict(machine, folio_bytes(batch->dst[i]), len);
		} else {
			variant->copy(batch->dst[i], batch->src[i]);
		}
	}
	_mm_mfence();
	_mm_lfence();
	start = __rdtsc();
	for (unsigned int i = 0; i < batch->n; i++)
		variant->copy(batch->dst[i], batch->src[i]);
	_mm_mfence();		/* stores past the caches have to arrive, too */
	_mm_lfence();
	return (__rdtsc() - start) / machine->ticks_per_ns / batch->n;
}

/* Again if somebody else had the CPU meanwhile; but not for ever. */
static double sample(const struct machine *machine, const struct variant *variant,
		     const struct batch *batch, size_t len, bool cold)
{
	unsigned int tries = 5;
	double ns;
	long before;

	do {
		before = preemptions();
		ns = sample_once(machine, variant, batch, len, cold);
	} while (preemptions() != before && --tries);
	return ns;
}

static void measure(const struct machine *machine, struct point *point, size_t max)
{
	const char *why;
	struct batch batch;
	double spent = 0;
	unsigned int round;

	for (round = 0; round < MAX_ROUNDS; round++) {
		uint64_t start = __rdtsc();

		if (round >= MIN_ROUNDS && spent > SECONDS)
			break;
		choose_batch(&batch, point->len, max);
		for (unsigned int i = 0; i < nr_variants; i++) {
			/* from another one each time, forward and backward in turn */
			unsigned int v = (i + round / 2) % nr_variants;

			if (round & 1)
				v = nr_variants - 1 - v;
			if (variant_runs(&variants[v], machine, &why))
				point->ns[v][round] = sample(machine, &variants[v], &batch,
							     point->len, point->cold);
		}
		spent += (__rdtsc() - start) / machine->ticks_per_ns * 1e-9;
	}
	point->rounds = round;
}

struct spread point_rate(const struct point *point, unsigned int variant)
{
	double sorted[MAX_ROUNDS];
	struct spread ns;

	memcpy(sorted, point->ns[variant], point->rounds * sizeof(*sorted));
	ns = spread_of(sorted, point->rounds);
	return (struct spread){
		.low = point->len / ns.high,
		.median = point->len / ns.median,
		.high = point->len / ns.low,
		.from = point->len / ns.to,
		.to = point->len / ns.from,
	};
}

struct spread point_ratio(const struct point *point, unsigned int than, unsigned int variant)
{
	double ratio[MAX_ROUNDS];

	for (unsigned int r = 0; r < point->rounds; r++)
		ratio[r] = point->ns[than][r] / point->ns[variant][r];
	return spread_of(ratio, point->rounds);
}

/* Hot means in a cache: not measured where source and destination would take more than half of it. */
unsigned int measure_all(const struct machine *machine, size_t max, struct point **points)
{
	unsigned int n = 0;

	memory_make(max);
	*points = calloc(2 * 64, sizeof(**points));
	if (!*points) {
		fprintf(stderr, "copy-bench: out of memory; give a smaller --max\n");
		exit(1);
	}
	for (size_t len = PAGE_SIZE; len <= max; len *= 2) {
		for (int cold = 0; cold < 2; cold++) {
			struct point *point = &(*points)[n];

			if (!cold && 4 * len > machine->llc)
				continue;
			point->len = len;
			point->cold = cold;
			fprintf(stderr, "%s %zu KiB\n", cold ? "cold" : "hot ", len >> 10);
			measure(machine, point, max);
			n++;
		}
	}
	return n;
}
