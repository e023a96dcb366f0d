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
#include "copybench.h"
#include "memory.h"

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
	void *at = huge_map(bytes);

	if (!at) {
		fprintf(stderr, "copy-bench: mmap of %zu MiB: %s; give a smaller --max\n",
			bytes >> 20, strerror(errno));
		exit(1);
	}
	return at;
}

/* A page more on each end of each range: room for canaries. */
void memory_make(size_t bytes)
{
	char *at;

	range = (bytes + 2 * HUGE) >> PAGE_SHIFT;
	at = map(2 * range * PAGE_SIZE);
	memset(at, 0x5a, 2 * range * PAGE_SIZE);
	page_offset_base = (unsigned long)at;
	vmemmap_base = (unsigned long)map(2 * range * sizeof(struct page));
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
