// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>
#include <stdlib.h>
#include "spread.h"

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The ranks within which the quantile lies have a binomial distribution. */
struct quantile quantile_of(double *values, unsigned int n, double q)
{
	double at = q * (n - 1), half = ceil(1.96 * sqrt(n * q * (1 - q)));

	qsort(values, n, sizeof(*values), compare);
	return (struct quantile){
		.value = values[lround(at)],
		.from = values[lround(fmax(at - half, 0))],
		.to = values[lround(fmin(at + half, n - 1))],
	};
}

struct spread spread_of(double *values, unsigned int n)
{
	struct quantile median = quantile_of(values, n, 0.5);

	return (struct spread){
		.low = values[n / 4],
		.median = median.value,
		.high = values[n - 1 - n / 4],
		.from = median.from,
		.to = median.to,
	};
}
