// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <numa.h>
#include <numaif.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "bench.h"

/* The base page; the tool knows no other. */
#define PAGE 4096

static int place(struct region *r, int node)
{
	struct bitmask *mask = numa_allocate_nodemask();
	long err;

	if (!mask)
		return -ENOMEM;
	numa_bitmask_setbit(mask, (unsigned int)node);
	/* Preferred: a full node must not bring the OOM killer. */
	err = mbind(r->base, r->bytes, MPOL_PREFERRED, mask->maskp, mask->size + 1, 0);
	numa_bitmask_free(mask);
	return err ? -errno : 0;
}

static int map(struct region *r, int node)
{
	/* Aligned to the folio, with an inaccessible border on both sides. */
	r->mapped = r->bytes + 2 * r->folio;
	r->mapping = mmap(NULL, r->mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (r->mapping == MAP_FAILED) {
		r->mapping = NULL;
		return -errno;
	}
	r->base = (unsigned char *)(((uintptr_t)r->mapping + r->folio) & -(uintptr_t)r->folio);
	if (mprotect(r->base, r->bytes, PROT_READ | PROT_WRITE) ||
	    madvise(r->base, r->bytes, r->folio > PAGE ? MADV_HUGEPAGE : MADV_NOHUGEPAGE))
		return -errno;
	return place(r, node);
}

int region_map(struct region *r, size_t bytes, size_t folio, int node)
{
	int err;

	*r = (struct region){ .folio = folio, .bytes = bytes / folio * folio };
	err = map(r, node);
	r->page = calloc(r->bytes / PAGE, sizeof(*r->page));
	r->node = calloc(r->bytes / PAGE, sizeof(*r->node));
	r->status = calloc(r->bytes / PAGE, sizeof(*r->status));
	if (!err && (!r->page || !r->node || !r->status))
		err = -ENOMEM;
	if (err) {
		region_unmap(r);
		return err;
	}
	pattern_fill(r->base, r->bytes, 0);
	return 0;
}

void region_unmap(struct region *r)
{
	if (r->mapping)
		munmap(r->mapping, r->mapped);
	free(r->page);
	free(r->node);
	free(r->status);
	*r = (struct region){ 0 };
}

int64_t region_huge_bytes(const struct region *r)
{
	uint64_t first, last, start = 0, end = 0, kib;
	int64_t huge = -ENOENT;
	char line[512];
	FILE *f = fopen("/proc/self/smaps", "re");

	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " ", &first, &last) == 2) {
			start = first;
			end = last;
		}
		if (start <= (uintptr_t)r->base && end > (uintptr_t)r->base &&
		    sscanf(line, "AnonHugePages: %" SCNu64 " kB", &kib) == 1)
			huge = (int64_t)(kib * 1024);
	}
	fclose(f);
	return huge;
}

bool region_intact(const struct region *r)
{
	return region_huge_bytes(r) == (r->folio > PAGE ? (int64_t)r->bytes : 0);
}

/*
 * One address moves a whole folio. When folios were split, or were never huge,
 * every page has to be named, or the others would stay and look fast.
 */
static size_t list_folios(struct region *r)
{
	const size_t step = region_intact(r) ? r->folio : PAGE, n = r->bytes / step;

	for (size_t i = 0; i < n; i++)
		r->page[i] = r->base + i * step;
	return n;
}

static size_t count_elsewhere(struct region *r, size_t n, int node)
{
	size_t elsewhere = 0;

	/* Where they really are: the statuses of a move only tell of failures. */
	if (move_pages(0, n, r->page, NULL, r->status, 0))
		return n;
	for (size_t i = 0; i < n; i++)
		elsewhere += r->status[i] != node;
	return elsewhere;
}

int region_move(struct region *r, int node, double *seconds, size_t *unmoved)
{
	size_t n = list_folios(r);
	struct timespec before, after;
	long ret;
	int err;

	for (size_t i = 0; i < n; i++)
		r->node[i] = node;
	clock_gettime(CLOCK_MONOTONIC, &before);
	ret = move_pages(0, n, r->page, r->node, r->status, MPOL_MF_MOVE);
	err = ret < 0 ? -errno : 0;
	clock_gettime(CLOCK_MONOTONIC, &after);
	if (err)
		return err;
	*seconds = (double)(after.tv_sec - before.tv_sec) +
		   (double)(after.tv_nsec - before.tv_nsec) / 1e9;
	/* A folio may have been split on the way. */
	n = list_folios(r);
	*unmoved = count_elsewhere(r, n, node) * (r->bytes / n);
	return 0;
}
