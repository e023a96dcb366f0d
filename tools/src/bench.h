/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_BENCH_H
#define MO_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Anonymous memory of folios of one size that wanders between two nodes. */
struct region {
	unsigned char *base;
	size_t bytes, folio;
	void *mapping;		/* with the slack for the alignment */
	size_t mapped;
	void **page;		/* arguments of move_pages(2) */
	int *node, *status;
};

/* 0 or -errno. Contents are pattern 0, every folio on node. */
int region_map(struct region *r, size_t bytes, size_t folio, int node);
void region_unmap(struct region *r);
/* Bytes of the region that huge pages map now, from smaps; or -errno. */
int64_t region_huge_bytes(const struct region *r);
/* All of it is in folios of the size asked for. */
bool region_intact(const struct region *r);
/*
 * Moves all of it. *seconds is the time in move_pages(2), *unmoved how many
 * bytes are not on the node afterwards. 0 or -errno.
 */
int region_move(struct region *r, int node, double *seconds, size_t *unmoved);

/* Contents that depend on seed and position, and their check. */
void pattern_fill(void *base, size_t bytes, uint64_t seed);
/* Bytes in 8-byte words that differ from what pattern_fill() wrote. */
size_t pattern_wrong(const void *base, size_t bytes, uint64_t seed);

struct summary {
	double min, median, max;
};

void summarize(struct summary *s, double *values, size_t n);

#endif
