// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <numa.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench-run.h"
#include "builtin.h"
#include "files.h"
#include "knobs.h"
#include "options.h"
#include "state.h"

static int bench(struct bench *b, const char *asked, bool with_baseline, bool json)
{
	autostrv struct strv registered = { 0 };
	autofree char *selected = NULL;
	autofree char *migrator = NULL;
	int lock, status;

	/* Nobody else may select another migrator in the middle of it. */
	lock = file_lock(MO_LOCK);
	if (lock < 0) {
		mo_err("%s: cannot be locked: %s%s", MO_LOCK, strerror(-lock),
		       lock == -EACCES ? "; run it as root" : "");
		return MO_FAILED;
	}
	/* Without the interface there is none selected, and none to put back. */
	migrators_read("", &registered, &selected);
	bench_choose_migrators(b, asked, selected, with_baseline, &migrator);
	status = bench_check_kernel(migrator, &registered);
	if (!status)
		status = bench_measure(b, selected);
	close(lock);
	if (status)
		return status;
	if (json)
		bench_print_json(b);
	else
		bench_print_text(b);
	for (size_t i = 0; i < b->results; i++)
		if (b->result[i].wrong)
			status = MO_BAD_DATA;
	return status;
}

int cmd_bench(int argc, char **argv, const char *summary)
{
	const char *from = NULL, *to = NULL, *size = "4k,2m", *total = "64m", *rounds = "5";
	const char *migrator = NULL;
	bool json = false, no_baseline = false;
	const struct option_def defs[] = {
		{ "from", "NODE", "move pages from here (default: first node with memory)",
		  { .text = &from } },
		{ "to", "NODE", "and to here (default: the next one)", { .text = &to } },
		{ "size", "LIST", "folio sizes, of 4k and 2m (default: 4k,2m)", { .text = &size } },
		{ "total", "BYTES", "memory to move in a round (default: 64m)",
		  { .text = &total } },
		{ "rounds", "N", "how often (default: 5)", { .text = &rounds } },
		{ "migrator", "NAME", "measure this one (default: the selected or configured one)",
		  { .text = &migrator } },
		{ "no-baseline", NULL, "do not measure the CPU copy along with it",
		  { .flag = &no_baseline } },
		OPTION_JSON(json),
	};
	int err = options_parse(argc, argv, summary, defs, ARRAY_SIZE(defs));
	struct bench b = { .tty = isatty(STDERR_FILENO) };

	if (err)
		return err > 0 ? MO_OK : MO_USAGE;
	err = bench_choose_sizes(&b, size, total, rounds);
	if (!err && numa_available() < 0) {
		mo_err("bench: this kernel has no NUMA support");
		err = MO_FAILED;
	}
	if (!err)
		err = bench_choose_nodes(&b, from, to);
	if (!err)
		err = bench_check_free(&b);
	if (!err)
		err = bench(&b, migrator, !no_baseline, json);
	for (size_t i = 0; i < b.results; i++)
		free(b.result[i].gbps);
	return err;
}
