// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builtin.h"
#include "diagnosis.h"
#include "kernel.h"
#include "options.h"
#include "out.h"

struct status {
	char *release;
	bool supported, switched_off;
	struct strv registered;
	char *value[NR_KNOBS];		/* the migrator among them */
	struct channel_list channels;
	struct state state;
	struct config config;
	struct kernel_stats stats;
	struct diagnosis diagnosis;
};

static int gather(struct status *s, const char *root)
{
	int status = MO_OK;

	s->release = kernel_release(root);
	s->supported = kernel_supported(root);
	s->switched_off = kernel_switched_off(root);
	for (enum knob_id id = 0; id < NR_KNOBS; id++) {
		int err = id == KNOB_MIGRATOR ?
			migrators_read(root, &s->registered, &s->value[id]) :
			knob_read(root, id, &s->value[id]);

		if (!err || err == -ENOENT)
			continue;
		mo_err("%s: cannot be read: %s", knobs[id].path, strerror(-err));
		status = MO_FAILED;
	}
	channels_read(root, &s->channels);
	kernel_stats_read(root, &s->stats);
	if (state_load(&s->state, root)) {
		mo_err("%s: cannot be read; remove it and apply again", MO_STATE);
		status = MO_FAILED;
	}
	config_load(&s->config, root, NULL);
	if (!config_valid(&s->config))
		status = MO_BAD_CONFIG;
	diagnose(&s->diagnosis, root, s->value[KNOB_MIGRATOR], &s->registered, &s->channels,
		 &s->state, &s->config);
	return status;
}

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
	for (enum knob_id id = 0; id < NR_KNOBS; id++) {
		const struct setting *set = &s->config.set[id];

		if (id == KNOB_MIGRATOR)
			continue;
		printf("%-15s  %s", knobs[id].name, s->value[id] ? s->value[id] : "-");
		if (set->value && (!s->value[id] || strcmp(set->value, s->value[id])))
			printf("  (configured: %s, %s)", set->value, set->where);
		putchar('\n');
	}
}

static void print_channels(const struct channel_list *list)
{
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
	static const char *const rows[] = {
		"offered", "offloaded", "declined", "failed", "quarantined"
	};

	puts("\nsince boot           folios                bytes");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		printf("%-13s", rows[i]);
		/* Folios and bytes alternate in the table of counters. */
		print_counter(stats, (enum stat_id)(2 * i), 13);
		print_counter(stats, (enum stat_id)(2 * i + 1), 20);
		putchar('\n');
	}
	printf("batches      ");
	print_counter(stats, STAT_BATCHES_OFFERED, 13);
	printf("\noffload ns   ");
	print_counter(stats, STAT_OFFLOAD_NS, 13);
	putchar('\n');
}

static void print_text(const struct status *s)
{
	print_head(s);
	if (s->supported)
		print_policy(s);
	print_channels(&s->channels);
	if (s->supported)
		print_counters(&s->stats);
}

static struct json_object *json_policy(const struct status *s)
{
	struct json_object *policy = json_object_new_object();

	for (enum knob_id id = 0; id < NR_KNOBS; id++) {
		struct json_object *item = json_object_new_object();

		out_string(item, "value", s->value[id]);
		out_string(item, "configured", s->config.set[id].value);
		out_string(item, "source", s->config.set[id].where);
		json_object_object_add(policy, knobs[id].name, item);
	}
	return policy;
}

static struct json_object *json_channels(const struct channel_list *list)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < list->n; i++) {
		const struct channel_group *g = &list->group[i];
		struct json_object *item = json_object_new_object();

		json_object_object_add(item, "node", json_object_new_int(g->node));
		out_string(item, "driver", g->driver);
		out_number(item, "total", g->channels);
		out_number(item, "held", g->held);
		out_number(item, "idle", g->idle);
		out_number(item, "busy", g->busy);
		out_number(item, "quarantined", g->quarantined);
		json_object_array_add(array, item);
	}
	return array;
}

static struct json_object *json_reasons(const struct diagnosis *d)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < d->n; i++) {
		struct json_object *item = json_object_new_object();

		out_string(item, "code", d->reason[i].code);
		out_string(item, "text", d->reason[i].text);
		out_string(item, "remedy", d->reason[i].remedy);
		json_object_array_add(array, item);
	}
	return array;
}

static void print_json(const struct status *s)
{
	struct json_object *json = out_object(), *kernel = json_object_new_object();
	struct json_object *stats = json_object_new_object();
	autostrv struct strv held = { 0 };

	for (enum holder_id id = 0; id < NR_HOLDERS; id++)
		if (s->state.held[id])
			strv_add(&held, "%s", holders[id].name);
	for (enum stat_id id = 0; id < NR_STATS; id++)
		if (s->stats.present[id])
			out_number(stats, stat_names[id], s->stats.value[id]);
	out_bool(json, "on", !s->diagnosis.n);
	json_object_object_add(json, "why_off", json_reasons(&s->diagnosis));
	out_string(kernel, "release", s->release);
	out_bool(kernel, "supported", s->supported);
	out_bool(kernel, "switched_off", s->switched_off);
	json_object_object_add(json, "kernel", kernel);
	out_string(json, "migrator", s->value[KNOB_MIGRATOR]);
	out_strings(json, "registered", &s->registered);
	out_strings(json, "held_by", &held);
	json_object_object_add(json, "policy", json_policy(s));
	json_object_object_add(json, "channels", json_channels(&s->channels));
	json_object_object_add(json, "stats", stats);
	out_strings(json, "configuration_errors", &s->config.errors);
	out_print(json);
}

int cmd_status(int argc, char **argv, const char *summary)
{
	const char *dir = NULL;
	bool json = false;
	const struct option_def defs[] = { OPTION_JSON(json), OPTION_ROOT(dir) };
	int err = options_parse(argc, argv, summary, defs, ARRAY_SIZE(defs));
	autofree char *root = NULL;
	struct status s = { 0 };

	if (err)
		return err > 0 ? MO_OK : MO_USAGE;
	root = options_root(dir);
	err = gather(&s, root);
	if (json)
		print_json(&s);
	else
		print_text(&s);
	free(s.release);
	for (enum knob_id id = 0; id < NR_KNOBS; id++)
		free(s.value[id]);
	strv_free(&s.registered);
	channels_free(&s.channels);
	state_free(&s.state);
	config_free(&s.config);
	diagnosis_free(&s.diagnosis);
	return err;
}
