// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <numa.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "builtin.h"
#include "files.h"
#include "kernel.h"
#include "options.h"
#include "out.h"
#include "state.h"
#include "config.h"

#define SIZES_MAX 2
#define ROUNDS_MAX 1000
#define FOLIO_SMALL 4096
#define FOLIO_HUGE (2 * 1024 * 1024)

/* One folio size with one migrator. */
struct result {
	const char *migrator;
	uint64_t folio;
	double *gbps;			/* a round each */
	size_t rounds;
	struct summary summary;
	uint64_t moved, offloaded, failed, unmoved, wrong;
	bool split;			/* folios were not of the size asked for */
};

struct bench {
	int from, to;
	uint64_t total;
	unsigned long rounds;
	uint64_t folio[SIZES_MAX];
	size_t folios;
	const char *migrator[2];	/* in the order of a round */
	size_t migrators;
	struct result result[2 * SIZES_MAX];
	size_t results;
	bool tty;
};

static volatile sig_atomic_t stopped;
static char before[16];			/* migrator to put back */

static void on_stop(int sig)
{
	stopped = sig;
}

/* Only what is allowed in a signal handler. */
static void on_crash(int sig)
{
	int fd = open(MO_SYSFS "/migrator", O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, before, strlen(before)) < 0)
		_exit(128 + sig);
	raise(sig);
}

static void catch_signals(void)
{
	static const int stop[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };
	static const int crash[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE };
	struct sigaction action = { .sa_handler = on_stop };

	for (size_t i = 0; i < ARRAY_SIZE(stop); i++)
		sigaction(stop[i], &action, NULL);
	action = (struct sigaction){ .sa_handler = on_crash, .sa_flags = (int)SA_RESETHAND };
	for (size_t i = 0; i < ARRAY_SIZE(crash); i++)
		sigaction(crash[i], &action, NULL);
}

static int select_migrator(const char *name)
{
	autofree char *now = NULL;
	int err = knob_read("", KNOB_MIGRATOR, &now);

	/* Without the interface "none" is what the kernel does anyway. */
	if (err == -ENOENT && !strcmp(name, MO_NO_MIGRATOR))
		return 0;
	if (!err && !strcmp(now, name))
		return 0;
	if (!err)
		err = knob_write("", KNOB_MIGRATOR, name);
	if (err)
		mo_err("%s: cannot select '%s': %s; run it as root, 'migrate-offload status' may "
		       "tell more", knobs[KNOB_MIGRATOR].path, name, strerror(-err));
	return err;
}

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
	if (err)
		return err;
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
	if (err)
		return err;
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
			err = stopped ? -EINTR : select_migrator(b->migrator[m]);
			if (!err)
				err = run_round(b, &region, &first[m], seed);
		}
	}
	for (size_t m = 0; m < b->migrators && !err; m++)
		summarize(&first[m].summary, first[m].gbps, first[m].rounds);
	region_unmap(&region);
	return err;
}

/* The baseline of the same folio size, or NULL. */
static const struct result *baseline(const struct bench *b, const struct result *res)
{
	for (size_t i = 0; i < b->results; i++)
		if (b->result[i].folio == res->folio && &b->result[i] != res &&
		    !strcmp(b->result[i].migrator, MO_NO_MIGRATOR))
			return &b->result[i];
	return NULL;
}

static void print_text(const struct bench *b)
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

static void print_json(const struct bench *b)
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

static bool node_has_memory(int node)
{
	return node >= 0 && node <= numa_max_node() && numa_node_size64(node, NULL) > 0;
}

static bool parse_node(const char *text, int *node)
{
	if (!*text || strlen(text) > 4 || text[strspn(text, "0123456789")])
		return false;
	*node = atoi(text);
	return true;
}

/* Memory that moves must fit twice, and not squeeze everything else out. */
static int check_free(const struct bench *b)
{
	const int nodes[] = { b->from, b->to };

	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
		char have[32], want[32];
		long long free_bytes = 0;

		numa_node_size64(nodes[i], &free_bytes);
		if ((uint64_t)free_bytes >= b->total + b->total / 8)
			continue;
		mo_err("bench: node %d has %s free, too little for --total %s", nodes[i],
		       format_size((uint64_t)free_bytes, have, sizeof(have)),
		       format_size(b->total, want, sizeof(want)));
		return MO_FAILED;
	}
	return MO_OK;
}

/* The first two nodes with memory unless told otherwise. */
static int choose_nodes(struct bench *b, const char *from, const char *to)
{
	b->from = b->to = -1;
	if ((from && !parse_node(from, &b->from)) || (to && !parse_node(to, &b->to))) {
		mo_err("bench: --from and --to take the number of a node");
		return MO_USAGE;
	}
	for (int node = 0; node <= numa_max_node(); node++) {
		if (!node_has_memory(node))
			continue;
		if (b->from < 0 && node != b->to)
			b->from = node;
		else if (b->to < 0 && node != b->from)
			b->to = node;
	}
	if (!node_has_memory(b->from) || !node_has_memory(b->to) || b->from == b->to) {
		mo_err("bench: two different nodes with memory are needed; see "
		       "'numactl --hardware'");
		return MO_FAILED;
	}
	return MO_OK;
}

static int choose_sizes(struct bench *b, const char *sizes, const char *total, const char *rounds)
{
	autofree char *copy = xstrdup(sizes);
	char *rest = copy, *word, *end;

	while ((word = strsep(&rest, ","))) {
		uint64_t size;

		if (b->folios == SIZES_MAX || !parse_size(word, &size) ||
		    (size != FOLIO_SMALL && size != FOLIO_HUGE)) {
			mo_err("bench: --size takes 4k, 2m or 4k,2m");
			return MO_USAGE;
		}
		b->folio[b->folios++] = size;
	}
	if (!parse_size(total, &b->total) || b->total % FOLIO_HUGE) {
		mo_err("bench: --total '%s' is no multiple of 2m", total);
		return MO_USAGE;
	}
	b->rounds = strtoul(rounds, &end, 10);
	if (*end || !b->rounds || b->rounds > ROUNDS_MAX) {
		mo_err("bench: --rounds '%s' is not in 1..%d", rounds, ROUNDS_MAX);
		return MO_USAGE;
	}
	return MO_OK;
}

/* The one asked for, the selected one, the configured one, or the default. */
static int choose_migrators(struct bench *b, const char *asked, const char *selected,
			    bool with_baseline, char **migrator)
{
	struct config config;

	config_load(&config, "", NULL);
	if (!asked && selected && strcmp(selected, MO_NO_MIGRATOR))
		asked = selected;
	if (!asked)
		asked = config.set[KNOB_MIGRATOR].value;
	if (!asked)
		asked = MO_DEFAULT_MIGRATOR;
	*migrator = xstrdup(asked);
	config_free(&config);
	if (with_baseline || !strcmp(*migrator, MO_NO_MIGRATOR))
		b->migrator[b->migrators++] = MO_NO_MIGRATOR;
	if (strcmp(*migrator, MO_NO_MIGRATOR))
		b->migrator[b->migrators++] = *migrator;
	return MO_OK;
}

static int check_kernel(const char *migrator, const struct strv *registered)
{
	autofree char *reasons = NULL;

	if (!strcmp(migrator, MO_NO_MIGRATOR))
		return MO_OK;
	if (!kernel_supported("")) {
		mo_err(MO_SYSFS ": not in this kernel; boot the kernel of package "
		       "kernel-migrate-offload, or measure the CPU alone with --migrator none");
		return MO_UNSUPPORTED;
	}
	if (!strv_has(registered, migrator)) {
		mo_err("bench: migrator '%s' is not registered; 'modprobe %s' first", migrator,
		       migrator);
		return MO_NO_ENGINE;
	}
	if (!knob_read("", KNOB_REASONS, &reasons) && strcmp(reasons, "all") &&
	    !strstr(reasons, "syscall_or_cpuset"))
		mo_note("reasons is '%s', without syscall_or_cpuset: nothing bench moves will be "
			"offloaded", reasons);
	return MO_OK;
}

static int measure(struct bench *b)
{
	uint64_t seed = 0;
	int err = 0, restore;

	catch_signals();
	for (size_t i = 0; i < b->folios && !err; i++)
		err = run_size(b, b->folio[i], &seed);
	restore = *before ? select_migrator(before) : 0;
	if (b->tty && b->results)
		fputc('\n', stderr);
	if (stopped)
		mo_err("bench: stopped by signal %d%s%s", (int)stopped,
		       *before && !restore ? "; selected is again migrator " : "",
		       *before && !restore ? before : "");
	return err || restore ? MO_FAILED : MO_OK;
}

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
	if (!migrators_read("", &registered, &selected))
		snprintf(before, sizeof(before), "%s", selected);
	status = choose_migrators(b, asked, selected, with_baseline, &migrator);
	if (!status)
		status = check_kernel(migrator, &registered);
	if (!status)
		status = measure(b);
	close(lock);
	if (status)
		return status;
	if (json)
		print_json(b);
	else
		print_text(b);
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
	err = choose_sizes(&b, size, total, rounds);
	if (!err && numa_available() < 0) {
		mo_err("bench: this kernel has no NUMA support");
		err = MO_FAILED;
	}
	if (!err)
		err = choose_nodes(&b, from, to);
	if (!err)
		err = check_free(&b);
	if (!err)
		err = bench(&b, migrator, !no_baseline, json);
	for (size_t i = 0; i < b.results; i++)
		free(b.result[i].gbps);
	return err;
}
