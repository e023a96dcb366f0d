// SPDX-License-Identifier: GPL-2.0-only
/* The results as tables for people, and as JSON. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include "bench.h"
#include "cpu.h"
#include "memory.h"

static double gbps(const struct point *p, double ns)
{
	return p->folios * FOLIO_PAGES * PAGE_SIZE / ns;
}

static const char *kernel(void)
{
	static struct utsname name;

	return uname(&name) ? "unknown" : name.release;
}

static const char *cpu(void)
{
	static char name[128];

	cpu_name(name, sizeof(name));
	return name;
}

static void table_ratio(FILE *to, const struct ratio *r)
{
	fprintf(to, "  %5.3f (%5.3f..%5.3f)  %5.3f (%5.3f..%5.3f)", r->median.median, r->median.from, r->median.to,
		r->p99.value, r->p99.from, r->p99.to);
}

void report_table(const struct results *results, FILE *to)
{
	fprintf(to, "%s; %u CPUs, last level cache %zu MiB\n"
		"kernel %s, %zu MiB in huge pages, load average %.2f when the run began\n\n", cpu(), pool_cpus(),
		last_level_cache() >> 20, kernel(), huge_bytes() >> 20, results->load);
	fprintf(to, "limit: threads that copy by themselves, all together; medians (95 %% confidence)\n");
	fprintf(to, "%8s %22s %26s\n", "threads", "GB/s", "to one thread");
	for (unsigned int i = 0; i < results->limits; i++) {
		const struct limit *l = &results->limit[i];

		fprintf(to, "%8u %7.2f (%5.2f..%5.2f) %10.3f (%5.3f..%5.3f)\n", l->threads, l->gbps.median, l->gbps.from,
			l->gbps.to, l->ratio.median, l->ratio.from, l->ratio.to);
	}
	fprintf(to, "\nhelpers begin %.1f us after they were woken (99 %%: %.1f), CPUs idle\n", results->wake.p50.value / 1e3,
		results->wake.p99.value / 1e3);
	fprintf(to, "\nbatches of 2 MiB folios; us of the caller; plain / mtcopy, (95 %% confidence): the median of the ratios\n"
		"within a round, and the ratio of the 99th percentiles; control: the plain copy's to itself\n");
	fprintf(to, "%-5s %6s %9s %9s %10s %9s %6s  %-20s  %-20s  %-20s  %-20s %s\n", "CPUs", "folios", "plain p50", "p99",
		"mtcopy p50", "p99", "GB/s", "median", "p99", "control median", "control p99", "alone");
	for (unsigned int i = 0; i < results->points; i++) {
		const struct point *p = &results->point[i];

		fprintf(to, "%-5s %6u %9.1f %9.1f %10.1f %9.1f %6.2f", p->busy ? "busy" : "idle", p->folios,
			p->plain.p50.value / 1e3, p->plain.p99.value / 1e3, p->mtcopy.p50.value / 1e3,
			p->mtcopy.p99.value / 1e3, gbps(p, p->mtcopy.p50.value));
		table_ratio(to, &p->speedup);
		table_ratio(to, &p->control);
		fprintf(to, " %u/%u\n", p->alone, p->rounds);
	}
}

static void json_quantile(FILE *to, const char *name, const struct quantile *q, const char *then)
{
	fprintf(to, "\"%s\": [%.4f, %.4f, %.4f]%s", name, q->from, q->value, q->to, then);
}

static void json_spread(FILE *to, const char *name, const struct spread *s, const char *then)
{
	json_quantile(to, name, &(struct quantile){ s->median, s->from, s->to }, then);
}

static void json_latency(FILE *to, const char *name, const struct latency *l)
{
	fprintf(to, "   \"%s\": {", name);
	json_quantile(to, "p50", &l->p50, ", ");
	json_quantile(to, "p99", &l->p99, "},\n");
}

static void json_ratio(FILE *to, const char *name, const struct ratio *r)
{
	fprintf(to, "   \"%s\": {", name);
	json_spread(to, "median", &r->median, ", ");
	json_quantile(to, "p99", &r->p99, "},\n");
}

static void json_point(FILE *to, const struct point *p)
{
	fprintf(to, "  {\"busy\": %s, \"folios\": %u, \"bytes\": %lu, \"rounds\": %u, \"alone\": %u,\n",
		p->busy ? "true" : "false", p->folios, p->folios * FOLIO_PAGES * PAGE_SIZE, p->rounds, p->alone);
	json_latency(to, "plain", &p->plain);
	json_latency(to, "mtcopy", &p->mtcopy);
	json_ratio(to, "speedup", &p->speedup);
	json_ratio(to, "control", &p->control);
	fprintf(to, "   \"bytes_caller\": %lu, \"bytes_helpers\": %lu, \"helper_ns\": %ld, \"helpers_started\": %ld,"
		" \"helpers_late\": %ld}", p->counts.pages_caller * PAGE_SIZE, p->counts.pages_helpers * PAGE_SIZE,
		p->counts.helper_ns, p->counts.started, p->counts.late);
}

int report_json(const char *path, const struct results *results)
{
	FILE *to = fopen(path, "w");

	if (!to)
		goto failed;
	fprintf(to, "{\n \"machine\": {\"cpu\": \"%s\", \"kernel\": \"%s\", \"cpus\": %u, \"cache_bytes\": %zu,"
		" \"load_average\": %.2f, \"huge_bytes\": %zu},\n", cpu(), kernel(), pool_cpus(), last_level_cache(),
		results->load, huge_bytes());
	fprintf(to, " \"knobs\": {\"nr_threads\": %u, \"chunk_bytes\": %zu},\n", knobs.nr_threads, knobs.chunk_bytes);
	fprintf(to, " \"units\": {\"gbps\": \"GB/s of all threads\", \"latency\": \"ns of a batch\","
		" \"ratio\": \"to one thread\", \"speedup\": \"plain / mtcopy\","
		" \"control\": \"plain / plain\", \"wake\": \"ns\", \"lists\": \"from, value, to: 95 %% confidence\"},\n \"limit\": [\n");
	for (unsigned int i = 0; i < results->limits; i++) {
		fprintf(to, "%s  {\"threads\": %u, ", i ? ",\n" : "", results->limit[i].threads);
		json_spread(to, "gbps", &results->limit[i].gbps, ", ");
		json_spread(to, "ratio", &results->limit[i].ratio, "}");
	}
	fprintf(to, "\n ],\n");
	json_latency(to, "wake", &results->wake);
	fprintf(to, " \"points\": [\n");
	for (unsigned int i = 0; i < results->points; i++) {
		if (i)
			fprintf(to, ",\n");
		json_point(to, &results->point[i]);
	}
	fprintf(to, "\n ]\n}\n");
	if (fclose(to))
		goto failed;
	return 0;
failed:
	fprintf(stderr, "mtcopy-bench: %s: %s\n", path, strerror(errno));
	return 1;
}
