// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two ranges of memory, source and destination, and an array of struct page for
 * them, laid out like the kernel's direct map and vmemmap, so that the kernel's
 * page_address() finds its way.
 */
#include <errno.h>
#include <immintrin.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "copybench.h"

#define HUGE	(2UL << 20)

/* Used by the kernel's code. */
unsigned long vmemmap_base, page_offset_base;
bool preempt_model_preemptible(void);
void memory_failure_queue(unsigned long pfn, int flags);

static size_t range;	/* pages of each */

bool preempt_model_preemptible(void)
{
	return true;
}

void memory_failure_queue(unsigned long pfn, int flags)
{
	fprintf(stderr, "copy-bench: page %lu reported as poisoned (%d), but nothing here is; a bug\n",
		pfn, flags);
	abort();
}

static void *map(size_t bytes)
{
	char *at = mmap(NULL, bytes + HUGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED) {
		fprintf(stderr, "copy-bench: mmap of %zu MiB: %s; give a smaller --max\n",
			bytes >> 20, strerror(errno));
		exit(1);
	}
	return (void *)(((uintptr_t)at + HUGE - 1) & ~(HUGE - 1));
}

/* A page more on each end of each range: room for canaries. */
void memory_make(size_t bytes)
{
	char *at;

	range = (bytes + 2 * HUGE) >> PAGE_SHIFT;
	at = map(2 * range * PAGE_SIZE);
	/* The kernel's direct map has huge pages; without them the TLB is what is measured. */
	madvise(at, 2 * range * PAGE_SIZE, MADV_HUGEPAGE);
	memset(at, 0x5a, 2 * range * PAGE_SIZE);
	page_offset_base = (unsigned long)at;
	vmemmap_base = (unsigned long)map(2 * range * sizeof(struct page));
}

size_t memory_huge(void)
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

static struct folio *folio_at(size_t pfn, size_t pages)
{
	struct folio *folio = (struct folio *)((struct page *)vmemmap_base + pfn);

	folio->page.flags = pages > 1 ? PG_HEAD : 0;
	if (pages > 1)
		folio->nr_pages = pages;
	return folio;
}

struct folio *memory_source(size_t first_page, size_t pages)
{
	return folio_at(HUGE / PAGE_SIZE + first_page, pages);
}

struct folio *memory_destination(size_t first_page, size_t pages)
{
	return folio_at(range + HUGE / PAGE_SIZE + first_page, pages);
}

void *folio_bytes(const struct folio *folio)
{
	return (void *)(page_offset_base +
			((&folio->page - (struct page *)vmemmap_base) << PAGE_SHIFT));
}

__attribute__((target("clflushopt")))
static void evict_clflushopt(const char *at, size_t len)
{
	for (size_t i = 0; i < len; i += 64)
		_mm_clflushopt((void *)(at + i));
}

void memory_evict(const struct machine *machine, const void *from, size_t len)
{
	const char *at = from;

	if (machine->clflushopt)
		evict_clflushopt(at, len);
	else
		for (size_t i = 0; i < len; i += 64)
			_mm_clflush(at + i);
	_mm_mfence();
}
