// SPDX-License-Identifier: GPL-2.0-only
/*
 * Times every variant in turn, in another order each round, and prints all times
 * as JSON. Mode auto measures in the first call of a process; its time is kept
 * by itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <x86intrin.h>
#include "bench.h"

#define MAX_ROUNDS	200
#define MAX_VARIANTS	64
#define MAX_TRIES	8

struct variant {
	char name[32];
	char option[32];	/* of the patched code; empty for the base */
	unsigned int limit;	/* threads that only store */
	double ns[MAX_ROUNDS];
};

const char *const memory_names[] = { "touched", "new", "new-small" };

static struct variant variants[MAX_VARIANTS];
static unsigned int nr_variants;

static struct variant *add(void)
{
	return &variants[nr_variants++];
}

static void make_variants(unsigned int cpus)
{
	static const char *const modes[] = { "slow", "cached", "streaming", "auto" };

	snprintf(add()->name, sizeof(variants->name), "base");
	/* One thread, all, and powers of two in between. */
	for (unsigned int threads = 1; threads <= cpus; threads = threads * 2 > cpus && threads < cpus ? cpus : threads * 2) {
		struct variant *v;

		for (unsigned int i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
			v = add();
			snprintf(v->name, sizeof(v->name), "%s-%u", modes[i], threads);
			snprintf(v->option, sizeof(v->option), "%s,%u", modes[i], threads);
		}
		v = add();
		snprintf(v->name, sizeof(v->name), "limit-%u", threads);
		v->limit = threads;
	}
}

/* The limit: the same bytes, by stores past the caches and nothing else. */
struct stripe {
	char *at;
	size_t bytes;
};

static void store(void *arg)
{
	const struct stripe *stripe = arg;

	for (size_t i = 0; i < stripe->bytes; i += 64)
		for (size_t word = 0; word < 64; word += 8)
			_mm_stream_si64((long long *)(stripe->at + i + word), i);
	_mm_sfence();
}

static void store_all(char *at, size_t bytes, unsigned int threads)
{
	struct stripe stripes[MAX_THREADS];
	size_t each = bytes / threads & -64UL;

	for (unsigned int i = 0; i < threads; i++)
		stripes[i] = (struct stripe){ at + i * each, each };
	for (unsigned int i = 1; i < threads; i++)
		pool_start(&stripes[i], store);
	store(&stripes[0]);
	for (unsigned int i = 1; i < threads; i++)
		if (pool_end(&stripes[i]))
			store(&stripes[i]);
}

static double run(const struct variant *v, const struct pmem *pmem, void *at)
{
	unsigned long long start;

	if (v->option[0])
		glue_option(v->option);
	start = clock_ns();
	if (v->limit)
		store_all(at, glue_written(pmem) * glue_page_bytes, v->limit);
	else
		glue_init(v->option[0] ? OURS : BASE, pmem, at);
	return clock_ns() - start;
}

static long interruptions(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_SELF, &usage) ? 0 : usage.ru_nivcsw;
}

static double run_once(const struct variant *v, const struct pmem *pmem, void **at, size_t bytes,
		       enum memory memory)
{
	if (memory == TOUCHED) {
		memmap_evict(*at, bytes);
	} else {
		memmap_put(*at, bytes);
		*at = memmap_get(bytes, memory);
	}
	return run(v, pmem, *at);
}

static void shuffle(unsigned int *order)
{
	for (unsigned int i = nr_variants - 1; i > 0; i--) {
		unsigned int j = rand() % (i + 1), other = order[i];

		order[i] = order[j];
		order[j] = other;
	}
}

int measure(unsigned int cpus, const struct pmem *pmem, enum memory memory, unsigned int rounds)
{
	size_t bytes = pmem->pages * glue_page_bytes;
	struct variant first = { .option = "auto" };
	unsigned int order[MAX_VARIANTS];
	void *at = memmap_get(bytes, memory);
	unsigned int interrupted = 0;
	double first_ns;

	make_variants(cpus);
	pool_make(cpus);
	if (rounds > MAX_ROUNDS)
		rounds = MAX_ROUNDS;
	srand(bytes + clock_ns());
	for (unsigned int i = 0; i < nr_variants; i++)
		order[i] = i;

	if (memory == TOUCHED)
		run(&variants[0], pmem, at);
	snprintf(first.option, sizeof(first.option), "auto,%u", cpus);
	first_ns = run_once(&first, pmem, &at, bytes, memory);
	for (unsigned int round = 0; round < rounds; round++) {
		shuffle(order);
		for (unsigned int i = 0; i < nr_variants; i++) {
			struct variant *v = &variants[order[i]];

			/* Again if another program took a CPU meanwhile. */
			for (unsigned int tries = 0; tries < MAX_TRIES; tries++) {
				long before = interruptions();

				v->ns[round] = run_once(v, pmem, &at, bytes, memory);
				if (interruptions() == before)
					break;
				interrupted += tries == MAX_TRIES - 1;
			}
		}
	}

	printf("{\"pages\": %lu, \"written\": %lu, \"page_bytes\": %lu, \"shift\": %u, \"altmap\": %s, \"type\": \"%s\",\n"
	       " \"memory\": \"%s\", \"cpus\": %u, \"first_auto_ns\": %.0f, \"measured\": \"%s\",\n"
	       " \"interrupted\": %u, \"ns\": {",
	       pmem->pages, glue_written(pmem), glue_page_bytes, pmem->shift, pmem->altmap ? "true" : "false",
	       glue_type_name(pmem->type), memory_names[memory], cpus, first_ns, last_message, interrupted);
	for (unsigned int i = 0; i < nr_variants; i++) {
		printf("%s\n  \"%s\": [", i ? "," : "", variants[i].name);
		for (unsigned int round = 0; round < rounds; round++)
			printf("%s%.0f", round ? ", " : "", variants[i].ns[round]);
		printf("]");
	}
	printf("}}\n");
	return 0;
}

int once(enum who who, const char *option, const struct pmem *pmem)
{
	void *at = memmap_get(pmem->pages * glue_page_bytes, TOUCHED);

	pool_make(1);
	if (who == OURS)
		glue_option(option);
	glue_init(who, pmem, at);
	printf("%lu\n", glue_written(pmem));
	return 0;
}
