// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "status.h"
#include "tiers.h"

static void print_head(const struct status *s)
{
	autofree char *registered = strv_join(&s->registered, " ");
	autofree char *held = state_holders(&s->state);

	if (!s->diagnosis.n)
		printf("page migration offload: on (%s)\n", s->value[KNOB_MIGRATOR]);
	else
		puts("page migration offload: off");
	for (size_t i = 0; i < s->diagnosis.n; i++)
		printf("  why: %s\n  do:  %s\n", s->diagnosis.reason[i].text,
		       s->diagnosis.reason[i].remedy);
	printf("\nkernel           %s, %s%s\n", s->release,
	       s->supported ? "with the patches" : "without the patches",
	       s->switched_off ? ", migrate_offload=off" : "");
	if (!s->supported)
		return;
	printf("migrator         %s (registered: %s)\n",
	       s->value[KNOB_MIGRATOR] ? s->value[KNOB_MIGRATOR] : "?", registered);
	printf("held by          %s\n", held);
}

static void print_policy(const struct status *s)
{
	for (enum knob_id id = 0; id < NR_FILE_KNOBS; id++) {
		const struct setting *set = &s->config.set[id];

		if (id == KNOB_MIGRATOR)
			continue;
		printf("%-15s  %s", knobs[id].name, s->value[id] ? s->value[id] : "-");
		if (set->value && (!s->value[id] || strcmp(set->value, s->value[id])))
			printf("  (configured: %s, %s)", set->value, set->where);
		putchar('\n');
	}
}

static void print_nodes(const struct status *s)
{
	char min[32], wanted[32];

	if (!s->nodes.n)
		return;
	puts("\nmemory     node  kind        tier  min_bytes");
	for (size_t i = 0; i < s->nodes.n; i++) {
		const struct node *node = &s->nodes.node[i];
		const struct setting *set = threshold_of(&s->config, node);
		char tier[16] = "-";

		if (node->tier >= 0)
			snprintf(tier, sizeof(tier), "%d", node->tier);
		printf("           %4d  %-10s  %4s  %s", node->id, node_kind_name(node->kind), tier,
		       threshold_text(node->min_bytes, min, sizeof(min)));
		if (set && (!node->min_bytes || strcmp(set->value, node->min_bytes)))
			printf("  (configured: %s, %s)",
			       threshold_text(set->value, wanted, sizeof(wanted)), set->where);
		putchar('\n');
	}
}

static void print_channels(const struct channel_list *list)
{
	char min[32];

	if (!list->channels) {
		puts("\nno DMA channels");
		return;
	}
	puts("\nchannels   node  driver      total   held   idle   busy  quarantined");
	for (size_t i = 0; i < list->n; i++) {
		const struct channel_group *g = &list->group[i];

		printf("           %4d  %-10s %6u %6u %6u %6u  %11u\n", g->node, g->driver,
		       g->channels, g->held, g->idle, g->busy, g->quarantined);
	}
	if (list->held && list->min_folio && strcmp(list->min_folio, "0"))
		printf("           dcbm leaves folios of less than %s to the CPU (min_folio_bytes)\n",
		       threshold_text(list->min_folio, min, sizeof(min)));
}

static void print_counter(const struct kernel_stats *stats, enum stat_id id, int width)
{
	if (stats->present[id])
		printf(" %*" PRIu64, width, stats->value[id]);
	else
		printf(" %*s", width, "-");
}

static void print_counters(const struct kernel_stats *stats)
{
	static const struct { const char *name; enum stat_id folios; } rows[] = {
		{ "offered", STAT_FOLIOS_OFFERED },
		{ "offloaded", STAT_FOLIOS_OFFLOADED },
		{ "declined", STAT_FOLIOS_DECLINED },
		{ "  by reason", STAT_FOLIOS_DECLINED_REASON },
		{ "  too small", STAT_FOLIOS_DECLINED_SIZE },
		{ "  by migrator", STAT_FOLIOS_DECLINED_MIGRATOR },
		{ "failed", STAT_FOLIOS_FAILED },
		{ "  CPU copied", STAT_FOLIOS_RECOVERED },
		{ "  quarantined", STAT_FOLIOS_QUARANTINED },
	};

	puts("\nsince boot           folios                bytes");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		printf("%-13s", rows[i].name);
		print_counter(stats, rows[i].folios, 13);
		/* Folios and bytes alternate in the table of counters. */
		print_counter(stats, rows[i].folios + 1, 20);
		putchar('\n');
	}
	printf("batches      ");
	print_counter(stats, STAT_BATCHES_OFFERED, 13);
	printf("\noffload ns   ");
	print_counter(stats, STAT_OFFLOAD_NS, 13);
	putchar('\n');
}

/* Bytes tell more here: a folio is anything from 4 KiB to 2 MiB. */
static void print_migrators(const struct migrator_stats_list *list)
{
	bool any = false;

	for (size_t i = 0; i < list->n; i++) {
		for (size_t k = 0; k < list->v[i].nodes; k++) {
			const struct migrator_node *node = &list->v[i].node[k];

			if (!any)
				puts("\nbytes by slower end      node             offered"
				     "           offloaded            declined              failed");
			any = true;
			printf("%-15s          %4d %19" PRIu64 " %19" PRIu64 " %19" PRIu64
			       " %19" PRIu64 "\n", list->v[i].name, node->node,
			       node->value[STAT_BYTES_OFFERED], node->value[STAT_BYTES_OFFLOADED],
			       node->value[STAT_BYTES_DECLINED], node->value[STAT_BYTES_FAILED]);
		}
	}
}

void status_text(const struct status *s)
{
	print_head(s);
	if (s->supported) {
		print_policy(s);
		print_nodes(s);
	}
	pmem_checks_text(&s->pmem);
	print_channels(&s->channels);
	if (s->supported) {
		print_counters(&s->stats);
		print_migrators(&s->migrators);
	}
}
