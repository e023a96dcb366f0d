// SPDX-License-Identifier: GPL-2.0-only
/* mtcopy's work-splitting, measured without a kernel; see ./run. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include "bench.h"
#include "cpu.h"

static const char usage[] =
	"usage: mtcopy-bench [--smoke | --json FILE] [--seconds S] [--threads N] [--chunk BYTES]\n"
	"\n"
	"  --smoke        check only that everything is copied, by whomever; prints TAP\n"
	"  --json FILE    also write the figures there\n"
	"  --seconds S    how long to measure each point (default 8)\n"
	"  --threads N    as the module's nr_threads (default 0)\n"
	"  --chunk BYTES  as the module's chunk_bytes (default 65536)\n";

static bool number(const char *text, unsigned long min, unsigned long max, unsigned long *value)
{
	char *end;

	errno = 0;
	*value = strtoul(text, &end, 0);
	return *text && !*end && !errno && *value >= min && *value <= max;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "smoke", no_argument, NULL, 's' }, { "json", required_argument, NULL, 'j' },
		{ "seconds", required_argument, NULL, 't' }, { "threads", required_argument, NULL, 'n' },
		{ "chunk", required_argument, NULL, 'c' }, { "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	static struct results results;
	unsigned long seconds = 8, value;
	const char *json = NULL;
	bool smoke_only = false;
	struct arena arena;
	char why[128];
	int option, status = 0;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (option) {
		case 's':
			smoke_only = true;
			break;
		case 'j':
			json = optarg;
			break;
		case 't':
			if (!number(optarg, 1, 600, &seconds))
				goto bad;
			break;
		case 'n':
			if (!number(optarg, 0, 64, &value))
				goto bad;
			knobs.nr_threads = value;
			break;
		case 'c':
			if (!number(optarg, PAGE_SIZE, 1 << 20, &value) || value % PAGE_SIZE)
				goto bad;
			knobs.chunk_bytes = value;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			goto bad;
		}
	}
	if (optind < argc)
		goto bad;
	if (smoke_only)
		return smoke();

	if (!pool_start(false, why, sizeof(why))) {
		fprintf(stderr, "mtcopy-bench: %s\n", why);
		return 1;
	}
	/* So much that nothing of it is in a cache when it comes again */
	if (!arena_make(&arena, 2 * last_level_cache())) {
		fprintf(stderr, "mtcopy-bench: %zu MiB of memory: %s\n", 4 * last_level_cache() >> 20, strerror(errno));
		return 1;
	}
	measure(&results, &arena, seconds);
	pool_stop();
	report_table(&results, stdout);
	if (json)
		status = report_json(json, &results);
	return status;
bad:
	fputs(usage, stderr);
	return 2;
}
