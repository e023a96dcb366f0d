// SPDX-License-Identifier: GPL-2.0-only
/* Memory to copy from and to. */
#include <string.h>
#include "bench.h"
#include "memory.h"

static void *map(size_t bytes)
{
	void *at = huge_map(bytes);

	return at ? memset(at, 0x5a, bytes) : NULL;
}

bool arena_make(struct arena *arena, size_t bytes)
{
	arena->src = map(bytes);
	arena->dst = map(bytes);
	arena->pages = bytes / PAGE_SIZE;
	return arena->src && arena->dst;
}
