// SPDX-License-Identifier: GPL-2.0-only
/* Compares the kernel's folio copy before and after the patches; see ./run. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include "copybench.h"

static const char usage[] =
	"usage: copy-bench [--smoke | --instructions | --once VARIANT]\n"
	"       copy-bench [--max BYTES] [--json FILE]\n"
	"\n"
	"  --smoke         check that every variant copies exactly; prints TAP\n"
	"  --instructions  count the instructions of a copy\n"
	"  --once VARIANT  copy 2 MiB once (for callgrind); 'list' lists the variants\n"
	"  --max BYTES     the longest run, a power of two (default: up to 1 GiB)\n"
	"  --json FILE     also write the figures there\n";

static int copy_once(const char *name)
{
	for (unsigned int v = 0; v < nr_variants; v++) {
		if (!strcmp(name, "list"))
			printf("%-16s %s\n", variants[v].name, variants[v].what);
		if (strcmp(name, variants[v].name))
			continue;
		memory_make(2UL << 20);
		variants[v].copy(memory_destination(0, 512), memory_source(0, 512));
		return 0;
	}
	if (!strcmp(name, "list"))
		return 0;
	fprintf(stderr, "copy-bench: no variant '%s'; --once list lists them\n", name);
	return 2;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "smoke", no_argument, NULL, 's' }, { "instructions", no_argument, NULL, 'i' },
		{ "once", required_argument, NULL, 'o' }, { "max", required_argument, NULL, 'm' },
		{ "json", required_argument, NULL, 'j' }, { "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	const char *json = NULL, *once = NULL;
	bool smoke_only = false, count = false;
	struct machine machine;
	struct point *points;
	size_t max = 0;
	unsigned int n;
	int option, failed = 0;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (option) {
		case 's': smoke_only = true; break;
		case 'i': count = true; break;
		case 'o': once = optarg; break;
		case 'm': max = strtoull(optarg, NULL, 0); break;
		case 'j': json = optarg; break;
		case 'h': fputs(usage, stdout); return 0;
		default: fputs(usage, stderr); return 2;
		}
	}
	if (optind < argc || (max && (max < PAGE_SIZE || max & (max - 1)))) {
		fputs(usage, stderr);
		return 2;
	}
	if (once)
		return copy_once(once);
	machine_read(&machine);
	if (smoke_only)
		return smoke(&machine);
	if (count)
		return count_instructions(&machine);

	/* Source and destination, and as much again left for everybody else. */
	if (!max)
		for (max = 1UL << 30; max > 4 << 20 && max > machine.available / 4; max /= 2)
			;
	n = measure_all(&machine, max, &points);
	report_table(&machine, points, n);
	if (json)
		failed |= report_json(json, &machine, points, n);
	free(points);
	return failed;
}
