// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench-run.h"
#include "kernel.h"

static void progress(const struct bench *b, const char *migrator, uint64_t folio,
		     unsigned long round)
{
	char size[32];

	format_size(folio, size, sizeof(size));
	if (b->tty)
		fprintf(stderr, "\rbench: %s, %-15s round %lu/%lu   ", size, migrator, round + 1,
			b->rounds);
	else
		fprintf(stderr, "bench: %s, %s, round %lu/%lu\n", size, migrator, round + 1,
			b->rounds);
}

static uint64_t delta(const struct kernel_stats *old, const struct kernel_stats *new,
		      enum stat_id id)
{
	return new->value[id] - old->value[id];
}

/* Every move gets contents of its own, and all of them are looked at after it. */
static int move_and_check(struct region *r, int node, struct result *res, uint64_t *seed,
			  double *seconds, size_t *unmoved)
{
	size_t wrong;
	int err;

	pattern_fill(r->base, r->bytes, ++*seed);
	err = region_move(r, node, seconds, unmoved);
	if (err) {
		mo_err("bench: move_pages to node %d: %s", node, strerror(-err));
		return err;
	}
	wrong = pattern_wrong(r->base, r->bytes, *seed);
	if (wrong)
		mo_err("bench: %zu bytes are wrong after a move to node %d with migrator %s", wrong,
		       node, res->migrator);
	res->wrong += wrong;
	return 0;
}

/* There is measured; back only makes the next round possible. */
static int run_round(const struct bench *b, struct region *r, struct result *res, uint64_t *seed)
{
	struct kernel_stats old, new;
	double seconds, ignored;
	size_t unmoved, stuck;
	uint64_t moved;
	int err;

	kernel_stats_read("", &old);
	err = move_and_check(r, b->to, res, seed, &seconds, &unmoved);
	kernel_stats_read("", &new);
	if (err)
		return err;
	moved = r->bytes - unmoved;
	res->split |= !region_intact(r);
	res->gbps[res->rounds++] = (double)moved / seconds / 1e9;
	res->moved += moved;
	res->unmoved += unmoved;
	res->offloaded += delta(&old, &new, STAT_BYTES_OFFLOADED);
	res->failed += delta(&old, &new, STAT_FOLIOS_FAILED);
	err = move_and_check(r, b->from, res, seed, &ignored, &stuck);
	if (!err && stuck)
		mo_note("bench: %zu bytes stay away from node %d", stuck, b->from);
	return err;
}

static int run_size(struct bench *b, uint64_t folio, uint64_t *seed)
{
	struct result *first = &b->result[b->results];
	struct region region;
	char size[32];
	int err;

	err = region_map(&region, b->total, folio, b->from);
	if (err) {
		mo_err("bench: %" PRIu64 " bytes for node %d: %s%s", b->total, b->from,
		       strerror(-err), err == -ENOMEM ? "; use a smaller --total" : "");
		return err;
	}
	if (!region_intact(&region))
		mo_note("bench: only %" PRId64 " of %zu bytes are in %s folios; free memory or see "
			"/sys/kernel/mm/transparent_hugepage/enabled", region_huge_bytes(&region),
			region.bytes, format_size(folio, size, sizeof(size)));
	for (size_t m = 0; m < b->migrators; m++, b->results++) {
		first[m] = (struct result){ .migrator = b->migrator[m], .folio = folio,
			.gbps = calloc(b->rounds, sizeof(double)),
			.split = !region_intact(&region) };
		if (!first[m].gbps)
			err = -ENOMEM;
	}
	for (unsigned long round = 0; round < b->rounds && !err; round++) {
		for (size_t m = 0; m < b->migrators && !err; m++) {
			progress(b, b->migrator[m], folio, round);
			err = bench_stopped() ? -EINTR : bench_select(b->migrator[m]);
			if (!err)
				err = run_round(b, &region, &first[m], seed);
		}
	}
	for (size_t m = 0; m < b->migrators && !err; m++)
		summarize(&first[m].summary, first[m].gbps, first[m].rounds);
	region_unmap(&region);
	return err;
}

int bench_measure(struct bench *b, const char *before)
{
	uint64_t seed = 0;
	int err = 0, restore;

	bench_guard(before);
	for (size_t i = 0; i < b->folios && !err; i++)
		err = run_size(b, b->folio[i], &seed);
	restore = before ? bench_select(before) : 0;
	if (b->tty && b->results)
		fputc('\n', stderr);
	if (bench_stopped())
		mo_err("bench: stopped by signal %d%s%s", bench_stopped(),
		       before && !restore ? "; selected is again migrator " : "",
		       before && !restore ? before : "");
	return err || restore ? MO_FAILED : MO_OK;
}
