// SPDX-License-Identifier: GPL-2.0-only
/* The results as tables for people, and as JSON. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "bench.h"

static double gbps(const struct point *p, double ns)
{
	return p->folios * FOLIO_PAGES * PAGE_SIZE / ns;
}

static double load(void)
{
	double average;

	return getloadavg(&average, 1) == 1 ? average : -1;
}

void report_table(const struct results *results, FILE *to)
{
	fprintf(to, "%u CPUs, %zu MiB in huge pages, load average %.2f (this run included)\n\n", pool_cpus(),
		arena_huge() >> 20, load());
	fprintf(to, "limit: threads that copy by themselves, GB/s all together\n");
	for (unsigned int i = 0; i < results->nr_limits; i++)
		fprintf(to, "  %3u thread%s %8.2f\n", results->limits[i].threads,
			results->limits[i].threads > 1 ? "s" : " ", results->limits[i].gbps);
	fprintf(to, "\nbatches of 2 MiB folios; us of the caller; speed-up within a round, median and quartiles\n");
	fprintf(to, "%-5s %6s %9s %9s %9s %9s %7s %7s  %-20s %8s\n", "CPUs", "folios", "plain p50", "p99", "mtcopy p50",
		"p99", "GB/s", "GB/s", "speed-up", "alone");
	for (unsigned int i = 0; i < results->nr_points; i++) {
		const struct point *p = &results->points[i];

		fprintf(to, "%-5s %6u %9.1f %9.1f %9.1f %9.1f %7.2f %7.2f  %5.3f (%5.3f..%5.3f) %4u/%u\n",
			p->busy ? "busy" : "idle", p->folios, p->plain.p50 / 1e3, p->plain.p99 / 1e3,
			p->mtcopy.p50 / 1e3, p->mtcopy.p99 / 1e3, gbps(p, p->plain.p50), gbps(p, p->mtcopy.p50),
			p->speedup, p->low, p->high, p->alone, p->rounds);
	}
}

int report_json(const char *path, const struct results *results)
{
	FILE *to = fopen(path, "w");

	if (!to)
		goto failed;
	fprintf(to, "{\n \"machine\": {\"cpus\": %u, \"cache_bytes\": %zu, \"load_average\": %.2f, \"huge_bytes\": %zu},\n",
		pool_cpus(), cache_bytes(), load(), arena_huge());
	fprintf(to, " \"knobs\": {\"nr_threads\": %u, \"chunk_bytes\": %zu},\n", knobs.nr_threads,
		knobs.chunk_bytes);
	fprintf(to, " \"units\": {\"limit\": \"GB/s\", \"latency\": \"ns of a batch\", \"speedup\": \"plain / mtcopy, quartiles\"},\n"
		" \"limit\": [");
	for (unsigned int i = 0; i < results->nr_limits; i++)
		fprintf(to, "%s{\"threads\": %u, \"gbps\": %.3f}", i ? ", " : "", results->limits[i].threads,
			results->limits[i].gbps);
	fprintf(to, "],\n \"points\": [\n");
	for (unsigned int i = 0; i < results->nr_points; i++) {
		const struct point *p = &results->points[i];

		fprintf(to, "  {\"busy\": %s, \"folios\": %u, \"bytes\": %lu, \"rounds\": %u, \"alone\": %u,\n"
			"   \"plain\": {\"p50\": %.0f, \"p99\": %.0f}, \"mtcopy\": {\"p50\": %.0f, \"p99\": %.0f},"
			" \"speedup\": [%.4f, %.4f, %.4f],\n"
			"   \"bytes_caller\": %lu, \"bytes_helpers\": %lu, \"helper_ns\": %ld, \"helpers_started\": %ld,"
			" \"helpers_late\": %ld}%s\n",
			p->busy ? "true" : "false", p->folios, p->folios * FOLIO_PAGES * PAGE_SIZE, p->rounds,
			p->alone, p->plain.p50, p->plain.p99, p->mtcopy.p50, p->mtcopy.p99, p->low, p->speedup, p->high,
			p->counts.pages_caller * PAGE_SIZE, p->counts.pages_helpers * PAGE_SIZE, p->counts.helper_ns,
			p->counts.started, p->counts.late, i + 1 < results->nr_points ? "," : "");
	}
	fprintf(to, " ]\n}\n");
	if (fclose(to))
		goto failed;
	return 0;
failed:
	fprintf(stderr, "mtcopy-bench: %s: %s\n", path, strerror(errno));
	return 1;
}
