// SPDX-License-Identifier: GPL-2.0-only
/* Memory for memmaps, and what the glue and the kernel's code ask for. */
#define _GNU_SOURCE
#include <cpuid.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <x86intrin.h>
#include "bench.h"
#include "memory.h"

char last_message[256];

void *memmap_get(size_t bytes, enum memory memory)
{
	void *at = huge_map(bytes);

	if (at && (memory != NEW_SMALL || !madvise(at, bytes, MADV_NOHUGEPAGE)))
		return at;
	fprintf(stderr, "memmap-bench: %zu MiB of memory: %s; use --max\n", bytes >> 20, strerror(errno));
	exit(1);
}

void memmap_put(void *at, size_t bytes)
{
	munmap(at, (bytes + HUGE - 1) & -HUGE);
}

__attribute__((target("clflushopt")))
static void evict(char *at, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += 64)
		_mm_clflushopt(at + i);
}

void memmap_evict(void *at, size_t bytes)
{
	unsigned int a, b = 0, c, d;

	if (__get_cpuid_count(7, 0, &a, &b, &c, &d) && b & bit_CLFLUSHOPT)
		evict(at, bytes);
	else
		for (size_t i = 0; i < bytes; i += 64)
			_mm_clflush((char *)at + i);
	_mm_mfence();
}

void *memory_get(unsigned long bytes)
{
	return calloc(1, bytes);
}

void memory_put(const void *at)
{
	free((void *)at);
}

unsigned long long clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

/* What the kernel's code prints; a mark of two bytes with its level comes first. */
FROM_KERNEL int _printk(const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(last_message, sizeof(last_message), format + 2, args);
	va_end(args);
	last_message[strcspn(last_message, "\n")] = '\0';
	return len;
}
