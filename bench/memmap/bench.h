/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MEMMAP_BENCH_H
#define MEMMAP_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "glue.h"

#define MAX_THREADS	64

void pool_make(unsigned int cpus);

/* glue-memory.c: the memmap's memory */
/* What the memory for a memmap is like. */
enum memory {
	TOUCHED,	/* in huge pages, and not in any cache */
	NEW,		/* the first access to each huge page is a fault */
	NEW_SMALL,	/* to each small page */
};
extern const char *const memory_names[];

void *memmap_get(size_t bytes, enum memory memory);	/* never touched */
void memmap_put(void *at, size_t bytes);
void memmap_evict(void *at, size_t bytes);
extern char last_message[];		/* what the kernel's code printed */
FROM_KERNEL int _printk(const char *format, ...);

int smoke(unsigned int cpus);
int measure(unsigned int cpus, const struct pmem *pmem, enum memory memory, unsigned int rounds);
int once(enum who who, const char *option, const struct pmem *pmem);

#endif
