// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "conf.h"
#include "files.h"
#include "sysfs.h"

#define LAYERS_MAX 3

static bool wanted_file(const char *name)
{
	size_t len = strlen(name);

	return len > 5 && !strcmp(name + len - 5, ".conf");
}

void conf_files(const char *root, const struct conf_layers *layers, struct strv *errors,
		void (*use)(void *context, const char *file), void *context)
{
	struct strv names[LAYERS_MAX] = { 0 };
	size_t layer, higher, i;

	if (layers->n > LAYERS_MAX)
		abort();
	for (layer = 0; layer < layers->n; layer++) {
		int err = sysfs_list(root, layers->dir[layer], &names[layer]);

		if (err && err != -ENOENT)
			strv_add(errors, "%s: cannot be read: %s", layers->dir[layer],
				 strerror(-err));
	}
	if (layers->extra && !strv_has(&names[layers->n - 1], layers->extra)) {
		strv_add(&names[layers->n - 1], "%s", layers->extra);
		strv_sort(&names[layers->n - 1]);
	}
	for (layer = 0; layer < layers->n; layer++) {
		for (i = 0; i < names[layer].n; i++) {
			const char *name = names[layer].v[i];
			autofree char *file = xasprintf("%s/%s", layers->dir[layer], name);

			for (higher = layer + 1; higher < layers->n; higher++)
				if (strv_has(&names[higher], name))
					break;
			if (higher == layers->n && wanted_file(name))
				use(context, file);
		}
	}
	for (layer = 0; layer < layers->n; layer++)
		strv_free(&names[layer]);
}

char *conf_text(const char *root, const char *file, struct strv *errors)
{
	autofree char *full = xasprintf("%s%s", root, file);
	char *text = NULL;
	struct stat st;
	int err;

	if (stat(full, &st)) {
		strv_add(errors, "%s: %s", file, strerror(errno));
		return NULL;
	}
	/* A link to /dev/null masks, as everywhere in systemd's world. */
	if (S_ISCHR(st.st_mode))
		return NULL;
	err = S_ISREG(st.st_mode) ? file_read(full, &text) : -EINVAL;
	if (err)
		strv_add(errors, "%s: cannot be read: %s", file, strerror(-err));
	return text;
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

/* Keys of one file, and the lines they were in. */
struct seen {
	struct strv keys;
	unsigned int *line;
};

static unsigned int seen_before(struct seen *seen, const char *key, unsigned int line)
{
	for (size_t i = 0; i < seen->keys.n; i++)
		if (!strcmp(seen->keys.v[i], key))
			return seen->line[i];
	seen->line = xrealloc(seen->line, (seen->keys.n + 1) * sizeof(*seen->line));
	seen->line[seen->keys.n] = line;
	strv_add(&seen->keys, "%s", key);
	return 0;
}

static void read_line(const struct conf_reader *reader, const char *file, unsigned int nr,
		      char *line, struct seen *seen)
{
	autofree char *where = xasprintf("%s:%u", file, nr);
	unsigned int first;
	char *key, *value;

	line[strcspn(line, "#")] = '\0';
	key = strip(line);
	if (!*key)
		return;
	value = strchr(key, '=');
	if (!value) {
		strv_add(reader->errors, "%s: '%s' is not of the form 'key = value'", where, key);
		return;
	}
	*value++ = '\0';
	key = strip(key);
	first = seen_before(seen, key, nr);
	if (first)
		strv_add(reader->errors, "%s: %s is set a second time, first in line %u; "
			 "remove one of the two", where, key, first);
	else
		reader->set(reader->context, where, key, strip(value));
}

void conf_lines(const struct conf_reader *reader, const char *file, char *text)
{
	struct seen seen = { 0 };
	unsigned int nr = 0;
	char *line;

	while ((line = strsep(&text, "\n")))
		read_line(reader, file, ++nr, line, &seen);
	strv_free(&seen.keys);
	free(seen.line);
}
