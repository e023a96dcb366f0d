// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "status.h"
#include "tiers.h"

static struct json_object *json_policy(const struct status *s)
{
	struct json_object *policy = json_object_new_object();

	for (enum knob_id id = 0; id < NR_KNOBS; id++) {
		struct json_object *item = json_object_new_object();

		out_string(item, "value", id < NR_FILE_KNOBS ? s->value[id] : NULL);
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

static struct json_object *json_stats(const struct kernel_stats *stats)
{
	struct json_object *json = json_object_new_object();

	for (enum stat_id id = 0; id < NR_STATS; id++)
		if (stats->present[id])
			out_number(json, stat_names[id], stats->value[id]);
	return json;
}

static struct json_object *json_migrators(const struct migrator_stats_list *list)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < list->n; i++) {
		const struct migrator_stats *m = &list->v[i];
		struct json_object *item = json_object_new_object();
		struct json_object *nodes = json_object_new_array();

		out_string(item, "name", m->name);
		json_object_object_add(item, "stats", json_stats(&m->total));
		for (size_t k = 0; k < m->nodes; k++) {
			struct kernel_stats stats = m->total;
			struct json_object *node = json_object_new_object();

			/* Which there are is the same for all nodes. */
			memcpy(stats.value, m->node[k].value, sizeof(stats.value));
			json_object_object_add(node, "node",
					       json_object_new_int(m->node[k].node));
			json_object_object_add(node, "stats", json_stats(&stats));
			json_object_array_add(nodes, node);
		}
		json_object_object_add(item, "nodes", nodes);
		json_object_array_add(array, item);
	}
	return array;
}

void status_json(const struct status *s)
{
	struct json_object *json = out_object(), *kernel = json_object_new_object();
	autostrv struct strv held = { 0 }, errors = { 0 };

	for (enum holder_id id = 0; id < NR_HOLDERS; id++)
		if (s->state.held[id])
			strv_add(&held, "%s", holders[id].name);
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
	json_object_object_add(json, "nodes", tiers_json(&s->nodes, &s->config));
	json_object_object_add(json, "channels", json_channels(&s->channels));
	out_bytes(json, "min_folio_bytes", s->channels.min_folio);
	json_object_object_add(json, "stats", json_stats(&s->stats));
	json_object_object_add(json, "migrators", json_migrators(&s->migrators));
	json_object_object_add(json, "pmem", pmem_checks_json(&s->pmem));
	for (size_t i = 0; i < s->config.errors.n; i++)
		strv_add(&errors, "%s", s->config.errors.v[i]);
	for (size_t i = 0; i < s->pmem.config.errors.n; i++)
		strv_add(&errors, "%s", s->pmem.config.errors.v[i]);
	out_strings(json, "configuration_errors", &errors);
	out_print(json);
}
