/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What planner.c needs of its surroundings, in the kernel and outside of it,
 * where the tests and the benchmark compile it, too.
 */
#ifndef _MTCOPY_PLANNER_ENV_H
#define _MTCOPY_PLANNER_ENV_H

#ifdef __KERNEL__

#include <linux/array_size.h>
#include <linux/minmax.h>
#include <linux/sort.h>
#include <linux/types.h>

#else /* !__KERNEL__ */

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#define min_t(type, a, b)						\
	({ type __a = (a); type __b = (b); __a < __b ? __a : __b; })
#define max_t(type, a, b)						\
	({ type __a = (a); type __b = (b); __a > __b ? __a : __b; })
#define clamp_t(type, v, lo, hi)	min_t(type, max_t(type, v, lo), hi)
#define ARRAY_SIZE(array)		(sizeof(array) / sizeof((array)[0]))

static inline void sort(void *base, size_t num, size_t size,
			int (*cmp)(const void *a, const void *b), void *swap)
{
	(void)swap;
	qsort(base, num, size, cmp);
}

#endif /* !__KERNEL__ */

#endif /* _MTCOPY_PLANNER_ENV_H */
