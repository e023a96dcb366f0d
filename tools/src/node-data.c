// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "node-data.h"
#include "util.h"

/* Enough for some batches, too little for anybody to notice. */
#define BYTES (UINT64_C(4) << 20)
#define FOLIO 4096

static char *move(struct region *r, int node, uint64_t seed, bool *bad)
{
	size_t unmoved, wrong;
	double seconds;
	int err;

	pattern_fill(r->base, r->bytes, seed);
	err = region_move(r, node, &seconds, &unmoved);
	if (err)
		return xasprintf("move_pages to node %d failed: %s; see the kernel log", node,
				 strerror(-err));
	wrong = pattern_wrong(r->base, r->bytes, seed);
	*bad |= wrong > 0;
	if (wrong)
		return xasprintf("%zu of %zu bytes are wrong after a move to node %d; do not use "
				 "it, and see 'migrate-offload bench' for which migrator does that",
				 wrong, r->bytes, node);
	if (unmoved)
		return xasprintf("%zu of %zu bytes did not go to node %d; free memory there",
				 unmoved, r->bytes, node);
	return NULL;
}

char *node_data_problem(int home, int node, bool *bad)
{
	struct region region;
	char *problem;
	int err = region_map(&region, BYTES, FOLIO, home);

	if (err)
		return xasprintf("no memory for a pattern on node %d: %s; free some", home,
				 strerror(-err));
	problem = move(&region, node, 1, bad);
	if (!problem)
		problem = move(&region, home, 2, bad);
	region_unmap(&region);
	return problem;
}
