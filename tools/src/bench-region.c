// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <numa.h>
#include <numaif.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "bench.h"
#include "util.h"

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
	r->base = (unsigned char *)(((uintptr_t)r->mapping + r->folio) & ~(uintptr_t)(r->folio - 1));
	if (mprotect(r->base, r->bytes, PROT_READ | PROT_WRITE) ||
	    madvise(r->base, r->bytes, r->folio > 4096 ? MADV_HUGEPAGE : MADV_NOHUGEPAGE))
		return -errno;
	return place(r, node);
}

int region_map(struct region *r, size_t bytes, size_t folio, int node)
{
	int err;

	*r = (struct region){ .folio = folio, .n = bytes / folio, .bytes = bytes / folio * folio };
	err = map(r, node);
	r->page = calloc(r->n, sizeof(*r->page));
	r->node = calloc(r->n, sizeof(*r->node));
	r->status = calloc(r->n, sizeof(*r->status));
	if (!err && (!r->page || !r->node || !r->status))
		err = -ENOMEM;
	if (err) {
		mo_err("bench: %zu bytes for node %d: %s%s", r->bytes, node, strerror(-err),
		       err == -ENOMEM ? "; use a smaller --total" : "");
		region_unmap(r);
		return err;
	}
	for (size_t i = 0; i < r->n; i++)
		r->page[i] = r->base + i * folio;
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
	uint64_t start = 0, end = 0, kib;
	int64_t huge = -ENOENT;
	char line[512];
	FILE *f = fopen("/proc/self/smaps", "re");

	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " ", &start, &end) == 2)
			continue;
		if (start <= (uintptr_t)r->base && end > (uintptr_t)r->base &&
		    sscanf(line, "AnonHugePages: %" SCNu64 " kB", &kib) == 1)
			huge = (int64_t)(kib * 1024);
	}
	fclose(f);
	return huge;
}

static size_t count_elsewhere(struct region *r, int node)
{
	size_t elsewhere = 0;

	/* Where they really are: the statuses of a move only tell of failures. */
	if (move_pages(0, r->n, r->page, NULL, r->status, 0))
		return r->n;
	for (size_t i = 0; i < r->n; i++)
		elsewhere += r->status[i] != node;
	return elsewhere;
}

int region_move(struct region *r, int node, double *seconds, size_t *unmoved)
{
	struct timespec before, after;
	long ret;
	int err;

	for (size_t i = 0; i < r->n; i++)
		r->node[i] = node;
	clock_gettime(CLOCK_MONOTONIC, &before);
	ret = move_pages(0, r->n, r->page, r->node, r->status, MPOL_MF_MOVE);
	err = ret < 0 ? -errno : 0;
	clock_gettime(CLOCK_MONOTONIC, &after);
	if (err) {
		mo_err("bench: move_pages to node %d: %s", node, strerror(-err));
		return err;
	}
	*seconds = (double)(after.tv_sec - before.tv_sec) +
		   (double)(after.tv_nsec - before.tv_nsec) / 1e9;
	*unmoved = count_elsewhere(r, node);
	return 0;
}
