/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BENCH_MEMORY_H
#define BENCH_MEMORY_H

#include <stddef.h>

#define HUGE	(2UL << 20)

/*
 * Memory in huge pages, as the kernel's direct map is: without them the TLB is
 * what is measured. Nothing of it is there before it is written. NULL and errno.
 */
void *huge_map(size_t bytes);

/* How much of what this process has really is in huge pages. */
size_t huge_bytes(void);

#endif
