// SPDX-License-Identifier: GPL-2.0-only
/* Memory to copy from and to. */
#define _GNU_SOURCE
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include "bench.h"

#define HUGE	(2UL << 20)

static void *map(size_t bytes)
{
	char *at = mmap(NULL, bytes + HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return NULL;
	at = (char *)(((uintptr_t)at + HUGE - 1) & ~(HUGE - 1));
	/* The kernel's direct map has huge pages */
	madvise(at, bytes, MADV_HUGEPAGE);
	memset(at, 0x5a, bytes);
	return at;
}

bool arena_make(struct arena *arena, size_t bytes)
{
	arena->src = map(bytes);
	arena->dst = map(bytes);
	arena->pages = bytes / PAGE_SIZE;
	return arena->src && arena->dst;
}

size_t arena_huge(void)
{
	FILE *rollup = fopen("/proc/self/smaps_rollup", "r");
	char line[256];
	size_t kib = 0;

	while (rollup && fgets(line, sizeof(line), rollup))
		sscanf(line, "AnonHugePages: %zu", &kib);
	if (rollup)
		fclose(rollup);
	return kib << 10;
}

size_t cache_bytes(void)
{
	FILE *file = fopen("/sys/devices/system/cpu/cpu0/cache/index3/size", "r");
	size_t kib = 0;

	if (file) {
		if (fscanf(file, "%zuK", &kib) != 1)
			kib = 0;
		fclose(file);
	}
	return kib ? kib << 10 : 32UL << 20;
}
