// SPDX-License-Identifier: GPL-2.0-only
#include <numa.h>
#include <stdlib.h>
#include <string.h>

#include "bench-run.h"
#include "config.h"
#include "kernel.h"

#define ROUNDS_MAX 1000
#define FOLIO_SMALL 4096
#define FOLIO_HUGE (2 * 1024 * 1024)

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
int bench_check_free(const struct bench *b)
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
int bench_choose_nodes(struct bench *b, const char *from, const char *to)
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

int bench_choose_sizes(struct bench *b, const char *sizes, const char *total, const char *rounds)
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
void bench_choose_migrators(struct bench *b, const char *asked, const char *selected,
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
}

int bench_check_kernel(const char *migrator, const struct strv *registered)
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
