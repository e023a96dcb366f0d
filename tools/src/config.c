// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf.h"
#include "config.h"
#include "files.h"

/* Lowest first. Within a layer the files count in the order of their names. */
static const char *const layers[] = {
	"/usr/lib/migrate-offload/migrate-offload.conf.d",
	"/etc/migrate-offload/migrate-offload.conf.d",
	MO_RUN_CONFIG,
};

static void take(struct config *config, enum knob_id id, char *value, char *where)
{
	struct setting *set = &config->set[id];

	free(set->value);
	free(set->where);
	set->value = value;
	set->where = where;
}

static void refuse_value(struct config *config, const char *where, enum knob_id id,
			 const char *value)
{
	autofree char *range = knob_range(id);

	strv_add(&config->errors, "%s: %s: '%s' is not valid; valid: %s", where,
		 knobs[id].name, value, range);
}

static void set_value(void *context, const char *where, const char *key, const char *value)
{
	struct config *config = context;
	enum knob_id id = knob_find(key);
	char *canonical;

	if (id == NR_KNOBS) {
		autofree char *names = knob_names();

		strv_add(&config->errors, "%s: unknown key '%s'; valid: %s", where, key, names);
		return;
	}
	canonical = knob_canonical(id, value);
	if (canonical)
		take(config, id, canonical, xstrdup(where));
	else
		refuse_value(config, where, id, value);
}

void config_parse(struct config *config, const char *file, char *text)
{
	const struct conf_reader reader = { set_value, config, &config->errors };

	conf_lines(&reader, file, text);
}

static void use_fragment(struct config *config, const struct fragment *fragment)
{
	for (enum knob_id id = 0; id < NR_KNOBS; id++) {
		char *canonical;

		if (!fragment->value[id])
			continue;
		canonical = knob_canonical(id, fragment->value[id]);
		if (canonical)
			take(config, id, canonical, xstrdup(fragment->origin));
		else
			refuse_value(config, fragment->origin, id, fragment->value[id]);
	}
}

struct load {
	struct config *config;
	const char *root;
	const struct fragment *fragment;
	char *fragment_file;		/* what the fragment takes the place of, or NULL */
};

static void load_file(void *context, const char *file)
{
	const struct load *load = context;
	autofree char *text = NULL;

	if (load->fragment_file && !strcmp(file, load->fragment_file)) {
		use_fragment(load->config, load->fragment);
		return;
	}
	text = conf_text(load->root, file, &load->config->errors);
	if (text)
		config_parse(load->config, file, text);
}

void config_load(struct config *config, const char *root, const struct fragment *fragment)
{
	const struct conf_layers conf = {
		layers, ARRAY_SIZE(layers), fragment ? fragment->file : NULL,
	};
	autofree char *file = fragment ? xasprintf(MO_RUN_CONFIG "/%s", fragment->file) : NULL;
	struct load load = { config, root, fragment, file };

	*config = (struct config){ 0 };
	conf_files(root, &conf, &config->errors, load_file, &load);
}

bool config_valid(const struct config *config)
{
	for (size_t i = 0; i < config->errors.n; i++)
		mo_err("%s", config->errors.v[i]);
	return !config->errors.n;
}

void config_free(struct config *config)
{
	for (enum knob_id id = 0; id < NR_KNOBS; id++)
		take(config, id, NULL, NULL);
	strv_free(&config->errors);
}

int fragment_write(const char *root, const struct fragment *fragment)
{
	autofree char *file = xasprintf("%s%s/%s", root, MO_RUN_CONFIG, fragment->file);
	autostrv struct strv lines = { 0 };
	autofree char *text = NULL;

	strv_add(&lines, "# Made by migrate-offload from %s; goes away with it.",
		 fragment->origin);
	for (enum knob_id id = 0; id < NR_KNOBS; id++)
		if (fragment->value[id])
			strv_add(&lines, "%s = %s", knobs[id].name, fragment->value[id]);
	if (lines.n == 1)
		return fragment_remove(root, fragment->file);
	strv_add(&lines, "%s", "");
	text = strv_join(&lines, "\n");
	return file_replace(file, text);
}

int fragment_remove(const char *root, const char *file)
{
	autofree char *full = xasprintf("%s%s/%s", root, MO_RUN_CONFIG, file);

	return unlink(full) && errno != ENOENT ? -errno : 0;
}

void fragment_free(struct fragment *fragment)
{
	for (enum knob_id id = 0; id < NR_KNOBS; id++)
		free(fragment->value[id]);
	*fragment = (struct fragment){ 0 };
}
