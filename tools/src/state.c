// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <json.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "out.h"
#include "state.h"

const struct holder holders[NR_HOLDERS] = {
	[HOLDER_ADMIN] = { "admin", "90-admin.conf", "migrate-offload disable" },
	[HOLDER_SERVICE] = { "service", NULL, "systemctl stop migrate-offload.service" },
	[HOLDER_TUNED] = { "tuned", "50-tuned.conf", "tuned-adm profile ANOTHER" },
};

enum holder_id holder_find(const char *name)
{
	enum holder_id id = 0;

	while (id < NR_HOLDERS && strcmp(holders[id].name, name))
		id++;
	return id;
}

char *holder_names(void)
{
	autostrv struct strv names = { 0 };

	for (enum holder_id id = 0; id < NR_HOLDERS; id++)
		strv_add(&names, "%s", holders[id].name);
	return strv_join(&names, ", ");
}

bool state_held(const struct state *state)
{
	for (enum holder_id id = 0; id < NR_HOLDERS; id++)
		if (state->held[id])
			return true;
	return false;
}

char *state_holders(const struct state *state)
{
	autostrv struct strv names = { 0 };

	for (enum holder_id id = 0; id < NR_HOLDERS; id++)
		if (state->held[id])
			strv_add(&names, "%s", holders[id].name);
	return names.n ? strv_join(&names, ", ") : xstrdup("nobody");
}

/* The values go back into the kernel one day: take only valid ones. */
static char *valid_value(enum knob_id id, struct json_object *item)
{
	return json_object_is_type(item, json_type_string) ?
	       knob_canonical(id, json_object_get_string(item)) : NULL;
}

/* {"0": "2097152"}: what min_bytes of a node was. */
static bool min_bytes_from_json(struct node_values *list, struct json_object *json)
{
	if (!json_object_is_type(json, json_type_object))
		return false;
	json_object_object_foreach(json, key, item) {
		autofree char *value = valid_value(KNOB_DRAM_MIN_BYTES, item);
		autoids struct ids id = { 0 };

		if (!value || !ids_parse(key, &id) || id.n != 1)
			return false;
		node_values_set(list, id.v[0], value);
	}
	return true;
}

static bool state_from_json(struct state *state, struct json_object *json)
{
	struct json_object *list, *original, *min_bytes, *loaded, *item;
	enum holder_id holder;
	enum knob_id id;

	if (!json_object_object_get_ex(json, "holders", &list) ||
	    !json_object_is_type(list, json_type_array) ||
	    !json_object_object_get_ex(json, "original", &original) ||
	    !json_object_is_type(original, json_type_object))
		return false;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		item = json_object_array_get_idx(list, i);
		holder = json_object_is_type(item, json_type_string) ?
			 holder_find(json_object_get_string(item)) : NR_HOLDERS;
		if (holder == NR_HOLDERS)
			return false;
		state->held[holder] = true;
	}
	for (id = 0; id < NR_FILE_KNOBS; id++) {
		if (!json_object_object_get_ex(original, knobs[id].name, &item))
			continue;
		state->original[id] = valid_value(id, item);
		if (!state->original[id])
			return false;
	}
	if (json_object_object_get_ex(json, "original_min_bytes", &min_bytes) &&
	    !min_bytes_from_json(&state->min_bytes, min_bytes))
		return false;
	if (json_object_object_get_ex(json, "loaded_module", &loaded)) {
		if (!json_object_is_type(loaded, json_type_string))
			return false;
		state->loaded = xstrdup(json_object_get_string(loaded));
	}
	return true;
}

int state_load(struct state *state, const char *root)
{
	autofree char *path = xasprintf("%s%s", root, MO_STATE);
	autofree char *text = NULL;
	struct json_object *json;
	bool good;
	int err;

	*state = (struct state){ 0 };
	err = file_read(path, &text);
	if (err)
		return err == -ENOENT ? 0 : err;
	json = json_tokener_parse(text);
	good = json_object_is_type(json, json_type_object) && state_from_json(state, json);
	json_object_put(json);
	if (good)
		return 0;
	state_free(state);
	return -EPROTO;
}

int state_save(const struct state *state, const char *root)
{
	autofree char *path = xasprintf("%s%s", root, MO_STATE);
	struct json_object *json, *list, *original, *min_bytes;
	autofree char *text = NULL;
	bool empty = !state_held(state) && !state->loaded && !state->min_bytes.n;
	int err;

	json = json_object_new_object();
	list = json_object_new_array();
	original = json_object_new_object();
	for (enum holder_id holder = 0; holder < NR_HOLDERS; holder++)
		if (state->held[holder])
			json_object_array_add(list, json_object_new_string(holders[holder].name));
	for (enum knob_id id = 0; id < NR_FILE_KNOBS; id++) {
		if (!state->original[id])
			continue;
		out_string(original, knobs[id].name, state->original[id]);
		empty = false;
	}
	json_object_object_add(json, "holders", list);
	json_object_object_add(json, "original", original);
	min_bytes = json_object_new_object();
	for (size_t i = 0; i < state->min_bytes.n; i++) {
		autofree char *node = xasprintf("%d", state->min_bytes.v[i].node);

		out_string(min_bytes, node, state->min_bytes.v[i].value);
	}
	json_object_object_add(json, "original_min_bytes", min_bytes);
	if (state->loaded)
		out_string(json, "loaded_module", state->loaded);
	text = xasprintf("%s\n", json_object_to_json_string_ext(json, OUT_JSON_FLAGS));
	json_object_put(json);
	if (!empty)
		return file_replace(path, text);
	err = unlink(path) ? -errno : 0;
	return err == -ENOENT ? 0 : err;
}

void state_copy(struct state *to, const struct state *from)
{
	*to = *from;
	for (enum knob_id id = 0; id < NR_FILE_KNOBS; id++)
		to->original[id] = from->original[id] ? xstrdup(from->original[id]) : NULL;
	node_values_copy(&to->min_bytes, &from->min_bytes);
	to->loaded = from->loaded ? xstrdup(from->loaded) : NULL;
}

void state_free(struct state *state)
{
	for (enum knob_id id = 0; id < NR_FILE_KNOBS; id++)
		free(state->original[id]);
	node_values_free(&state->min_bytes);
	free(state->loaded);
	*state = (struct state){ 0 };
}
