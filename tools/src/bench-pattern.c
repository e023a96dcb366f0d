// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "bench.h"

/* Odd, so that word * STEP never repeats: a page moved to the wrong place shows. */
#define STEP 0x9e3779b97f4a7c15ULL

static uint64_t start_of(uint64_t seed)
{
	return (seed + 1) * 0xd1342543de82ef95ULL;
}

void pattern_fill(void *base, size_t bytes, uint64_t seed)
{
	uint64_t *word = base, value = start_of(seed);

	for (size_t i = 0; i < bytes / sizeof(*word); i++, value += STEP)
		word[i] = value;
}

size_t pattern_wrong(const void *base, size_t bytes, uint64_t seed)
{
	uint64_t value = start_of(seed);
	const uint64_t *word = base;
	size_t wrong = 0;

	for (size_t i = 0; i < bytes / sizeof(*word); i++, value += STEP)
		wrong += word[i] != value;
	return wrong * sizeof(*word);
}

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void summarize(struct summary *s, double *values, size_t n)
{
	qsort(values, n, sizeof(*values), compare);
	s->min = values[0];
	s->max = values[n - 1];
	s->median = n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}
