// SPDX-License-Identifier: GPL-2.0-only
/* The results as tables for people, and as JSON. */
#include <errno.h>
#include <string.h>
#include "copybench.h"
#include "memory.h"

static const char *size_name(size_t len)
{
	static char name[16];

	if (len < 1UL << 20)
		snprintf(name, sizeof(name), "%zu KiB", len >> 10);
	else if (len < 1UL << 30)
		snprintf(name, sizeof(name), "%zu MiB", len >> 20);
	else
		snprintf(name, sizeof(name), "%zu GiB", len >> 30);
	return name;
}

static void table(const struct machine *machine, const struct choice *choice, bool cold,
		  const struct point *points, unsigned int n)
{
	unsigned int loop = variant_index(choice->loop), naive = variant_index(choice->naive);
	unsigned int ours = variant_index(choice->ours), limit = variant_index("stream");
	const char *why;
	bool streams = variant_runs(&variants[limit], machine, &why);

	printf("\n%s, %s, on a CPU with: %s%s\n", choice->operation, cold ? "cold" : "hot",
	       choice->features, choice_is_here(choice, machine) ? "  <- as this one" : "");
	printf("  base: %s; naive: %s; patched: %s\n", variants[loop].what, variants[naive].what,
	       variants[ours].what);
	printf("%9s %8s %8s %8s %8s   %-22s %-22s\n", "length", "base", "naive", "patched", "stream",
	       "naive/base", "patched/base");
	for (unsigned int i = 0; i < n; i++) {
		const struct point *p = &points[i];
		struct spread a, b;

		if (p->cold != cold)
			continue;
		a = point_ratio(p, loop, naive);
		b = point_ratio(p, loop, ours);
		printf("%9s %8.2f %8.2f %8.2f %8.2f   %5.3f (%5.3f..%5.3f)   %5.3f (%5.3f..%5.3f)\n",
		       size_name(p->len), point_rate(p, loop).median, point_rate(p, naive).median,
		       point_rate(p, ours).median, streams ? point_rate(p, limit).median : 0,
		       a.median, a.low, a.high, b.median, b.low, b.high);
	}
}

void report_table(const struct machine *machine, const struct point *points, unsigned int n)
{
	const char *why;

	machine_print(machine, stdout);
	printf("memory     %zu MiB in huge pages\n", huge_bytes() >> 20);
	for (unsigned int v = 0; v < nr_variants; v++)
		if (!variant_runs(&variants[v], machine, &why))
			printf("skipped    %s: %s\n", variants[v].name, why);
	printf("skipped    hot runs of more than a quarter of the last level cache: it has to hold two, and others use it\n");
	printf("\nGB/s of bytes copied, medians; ratios of the same round, medians and quartiles\n");
	for (unsigned int c = 0; c < nr_choices; c++)
		for (int cold = 1; cold >= 0; cold--)
			table(machine, &choices[c], cold, points, n);

	printf("\nPatched to base, medians with 95 %% confidence intervals\n");
	for (unsigned int c = 0; c < nr_choices; c++) {
		struct spread worst = { .median = 1e9 }, at_2m = { 0 };
		size_t where = 0;
		bool where_cold = false;

		for (unsigned int i = 0; i < n; i++) {
			struct spread r = point_ratio(&points[i], variant_index(choices[c].loop),
						      variant_index(choices[c].ours));

			if (r.median < worst.median) {
				worst = r;
				where = points[i].len;
				where_cold = points[i].cold;
			}
			if (points[i].cold && points[i].len == 2UL << 20)
				at_2m = r;
		}
		printf("%-14s %-30s lowest %.3f [%.3f..%.3f] (%s %s), 2 MiB cold %.3f [%.3f..%.3f]%s\n",
		       choices[c].operation, choices[c].features, worst.median, worst.from, worst.to,
		       size_name(where), where_cold ? "cold" : "hot", at_2m.median, at_2m.from, at_2m.to,
		       choice_is_here(&choices[c], machine) ? "  <- here" : "");
	}
}

static void json_spread(FILE *to, const char *name, struct spread s)
{
	fprintf(to, "\"%s\": [%.4f, %.4f, %.4f, %.4f, %.4f]", name, s.low, s.median, s.high, s.from, s.to);
}

/* The patched or the naive copy to the base, for every CPU and operation. */
static void json_ratios(FILE *to, const struct point *p, bool naive)
{
	for (unsigned int c = 0; c < nr_choices; c++) {
		unsigned int variant = variant_index(naive ? choices[c].naive : choices[c].ours);
		char name[128];

		fputs(c ? ", " : "", to);
		snprintf(name, sizeof(name), "%s: %s", choices[c].operation, choices[c].features);
		json_spread(to, name, point_ratio(p, variant_index(choices[c].loop), variant));
	}
}

int report_json(const char *path, const struct machine *machine, const struct point *points, unsigned int n)
{
	FILE *to = fopen(path, "w");
	const char *why;

	if (!to)
		goto failed;
	fprintf(to, "{\n \"machine\": {\"cpu\": \"%s\", \"kernel\": \"%s\", \"virtual\": %s, \"rep_good\": %s,"
		" \"erms\": %s, \"fsrm\": %s, \"llc_bytes\": %zu, \"load_average\": %.2f, \"huge_bytes\": %zu},\n",
		machine->cpu, machine->kernel, machine->hypervisor ? "true" : "false",
		machine->rep_good ? "true" : "false", machine->erms ? "true" : "false",
		machine->fsrm ? "true" : "false", machine->llc, machine->load, huge_bytes());
	fprintf(to, " \"units\": {\"rate\": \"GB/s\", \"ratio\": \"base time / patched time\",\n"
		"  \"each\": \"quartiles, then the 95 %% confidence interval of the median\"},\n"
		" \"choices\": [\n");
	for (unsigned int c = 0; c < nr_choices; c++)
		fprintf(to, "  {\"operation\": \"%s\", \"features\": \"%s\", \"here\": %s, \"base\": \"%s\","
			" \"naive\": \"%s\", \"patched\": \"%s\"}%s\n", choices[c].operation,
			choices[c].features, choice_is_here(&choices[c], machine) ? "true" : "false",
			choices[c].loop, choices[c].naive, choices[c].ours, c + 1 < nr_choices ? "," : "");
	fprintf(to, " ],\n \"points\": [\n");
	for (unsigned int i = 0; i < n; i++) {
		const struct point *p = &points[i];
		const char *comma = "";

		fprintf(to, "  {\"bytes\": %zu, \"cold\": %s, \"rounds\": %u, \"rate\": {", p->len,
			p->cold ? "true" : "false", p->rounds);
		for (unsigned int v = 0; v < nr_variants; v++) {
			if (!variant_runs(&variants[v], machine, &why))
				continue;
			fputs(comma, to);
			json_spread(to, variants[v].name, point_rate(p, v));
			comma = ", ";
		}
		fprintf(to, "},\n   \"ratio\": {");
		json_ratios(to, p, false);
		fprintf(to, "},\n   \"naive_ratio\": {");
		json_ratios(to, p, true);
		fprintf(to, "}}%s\n", i + 1 < n ? "," : "");
	}
	fprintf(to, " ]\n}\n");
	if (fclose(to))
		goto failed;
	return 0;
failed:
	fprintf(stderr, "copy-bench: %s: %s\n", path, strerror(errno));
	return 1;
}
