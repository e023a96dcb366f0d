// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "files.h"
#include "sysfs.h"

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

static char *strip(char *s)
{
	size_t len;

	s += strspn(s, " \t\r");
	len = strlen(s);
	while (len && strchr(" \t\r", s[len - 1]))
		s[--len] = '\0';
	return s;
}

static void refuse_value(struct config *config, const char *where, enum knob_id id,
			 const char *value)
{
	autofree char *range = knob_range(id);

	strv_add(&config->errors, "%s: %s: '%s' is not valid; valid: %s", where,
		 knobs[id].name, value, range);
}

static void parse_line(struct config *config, const char *file, unsigned int nr, char *line,
		       unsigned int seen[NR_KNOBS])
{
	autofree char *where = xasprintf("%s:%u", file, nr);
	char *key, *value, *canonical;
	enum knob_id id;

	line[strcspn(line, "#")] = '\0';
	key = strip(line);
	if (!*key)
		return;
	value = strchr(key, '=');
	if (!value) {
		strv_add(&config->errors, "%s: '%s' is not of the form 'key = value'", where, key);
		return;
	}
	*value++ = '\0';
	key = strip(key);
	value = strip(value);
	id = knob_find(key);
	if (id == NR_KNOBS) {
		autofree char *names = knob_names();

		strv_add(&config->errors, "%s: unknown key '%s'; valid: %s", where, key, names);
		return;
	}
	if (seen[id]) {
		strv_add(&config->errors, "%s: %s is set a second time, first in line %u; "
			 "remove one of the two", where, key, seen[id]);
		return;
	}
	seen[id] = nr;
	canonical = knob_canonical(id, value);
	if (!canonical) {
		refuse_value(config, where, id, value);
		return;
	}
	take(config, id, canonical, xstrdup(where));
}

void config_parse(struct config *config, const char *file, char *text)
{
	unsigned int seen[NR_KNOBS] = { 0 };
	unsigned int nr = 0;
	char *line;

	while ((line = strsep(&text, "\n")))
		parse_line(config, file, ++nr, line, seen);
}

static void parse_file(struct config *config, const char *root, const char *file)
{
	autofree char *full = xasprintf("%s%s", root, file);
	autofree char *text = NULL;
	struct stat st;
	int err;

	if (stat(full, &st)) {
		strv_add(&config->errors, "%s: %s", file, strerror(errno));
		return;
	}
	/* A link to /dev/null masks, as everywhere in systemd's world. */
	if (S_ISCHR(st.st_mode))
		return;
	err = S_ISREG(st.st_mode) ? file_read(full, &text) : -EINVAL;
	if (err)
		strv_add(&config->errors, "%s: cannot be read: %s", file, strerror(-err));
	else
		config_parse(config, file, text);
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

static bool wanted_file(const char *name)
{
	size_t len = strlen(name);

	return len > 5 && !strcmp(name + len - 5, ".conf");
}

void config_load(struct config *config, const char *root, const struct fragment *fragment)
{
	struct strv names[ARRAY_SIZE(layers)] = { 0 };
	size_t layer, higher, i;

	*config = (struct config){ 0 };
	for (layer = 0; layer < ARRAY_SIZE(layers); layer++) {
		int err = sysfs_list(root, layers[layer], &names[layer]);

		if (err && err != -ENOENT)
			strv_add(&config->errors, "%s: cannot be read: %s", layers[layer],
				 strerror(-err));
	}
	if (fragment && !strv_has(&names[ARRAY_SIZE(layers) - 1], fragment->file)) {
		strv_add(&names[ARRAY_SIZE(layers) - 1], "%s", fragment->file);
		strv_sort(&names[ARRAY_SIZE(layers) - 1]);
	}
	for (layer = 0; layer < ARRAY_SIZE(layers); layer++) {
		for (i = 0; i < names[layer].n; i++) {
			const char *name = names[layer].v[i];
			autofree char *file = xasprintf("%s/%s", layers[layer], name);

			for (higher = layer + 1; higher < ARRAY_SIZE(layers); higher++)
				if (strv_has(&names[higher], name))
					break;
			if (higher < ARRAY_SIZE(layers) || !wanted_file(name))
				continue;
			if (fragment && layer + 1 == ARRAY_SIZE(layers) &&
			    !strcmp(name, fragment->file))
				use_fragment(config, fragment);
			else
				parse_file(config, root, file);
		}
	}
	for (layer = 0; layer < ARRAY_SIZE(layers); layer++)
		strv_free(&names[layer]);
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
