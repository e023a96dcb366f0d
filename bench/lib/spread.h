/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BENCH_SPREAD_H
#define BENCH_SPREAD_H

/* By order statistics, which ask nothing of the distribution. */
struct spread {
	double low, median, high;	/* quartiles */
	double from, to;		/* 95 % confidence interval of the median */
};

/* A quantile and its 95 % confidence interval. */
struct quantile {
	double value, from, to;
};

/* Both sort @values. */
struct spread spread_of(double *values, unsigned int n);
struct quantile quantile_of(double *values, unsigned int n, double q);

#endif
