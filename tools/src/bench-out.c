// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bench-run.h"
#include "knobs.h"
#include "out.h"

/* The baseline of the same folio size, or NULL. */
static const struct result *baseline(const struct bench *b, const struct result *res)
{
	for (size_t i = 0; i < b->results; i++)
		if (b->result[i].folio == res->folio && &b->result[i] != res &&
		    !strcmp(b->result[i].migrator, MO_NO_MIGRATOR))
			return &b->result[i];
	return NULL;
}

void bench_print_text(const struct bench *b)
{
	char size[32];

	printf("node %d -> node %d, %s a round, %lu rounds, GB/s\n", b->from, b->to,
	       format_size(b->total, size, sizeof(size)), b->rounds);
	puts("folio    migrator          median      min      max   ratio   bytes offloaded  failed"
	     "   bytes unmoved  data");
	for (size_t i = 0; i < b->results; i++) {
		const struct result *r = &b->result[i], *base = baseline(b, r);

		printf("%-8s %-15s %8.3f %8.3f %8.3f", format_size(r->folio, size, sizeof(size)),
		       r->migrator, r->summary.median, r->summary.min, r->summary.max);
		if (base)
			printf("  %6.2f", r->summary.median / base->summary.median);
		else
			printf("  %6s", "-");
		printf("  %16" PRIu64 " %7" PRIu64 " %15" PRIu64 "  %s%s\n",
		       r->offloaded, r->failed, r->unmoved, r->wrong ? "WRONG" : "ok",
		       r->split ? ", not all folios of this size" : "");
	}
}

static void out_gbps(struct json_object *json, const char *key, double value)
{
	json_object_object_add(json, key, json_object_new_double(value));
}

void bench_print_json(const struct bench *b)
{
	struct json_object *json = out_object(), *list = json_object_new_array();

	json_object_object_add(json, "from", json_object_new_int(b->from));
	json_object_object_add(json, "to", json_object_new_int(b->to));
	out_number(json, "total_bytes", b->total);
	out_number(json, "rounds", b->rounds);
	for (size_t i = 0; i < b->results; i++) {
		const struct result *r = &b->result[i], *base = baseline(b, r);
		struct json_object *item = json_object_new_object();

		out_number(item, "folio_bytes", r->folio);
		out_bool(item, "folios_as_asked", !r->split);
		out_string(item, "migrator", r->migrator);
		out_gbps(item, "median_gbps", r->summary.median);
		out_gbps(item, "min_gbps", r->summary.min);
		out_gbps(item, "max_gbps", r->summary.max);
		json_object_object_add(item, "ratio", base ? json_object_new_double(
			r->summary.median / base->summary.median) : NULL);
		out_number(item, "bytes_moved", r->moved);
		out_number(item, "bytes_offloaded", r->offloaded);
		out_number(item, "folios_failed", r->failed);
		out_number(item, "bytes_unmoved", r->unmoved);
		out_number(item, "bytes_wrong", r->wrong);
		json_object_array_add(list, item);
	}
	json_object_object_add(json, "results", list);
	out_print(json);
}
