// SPDX-License-Identifier: GPL-2.0-only
#include "stats.h"

#include "util.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *key;
	size_t offset;
} fields[] = {
	{ "descriptors", offsetof(struct stats, descriptors) },
	{ "completed", offsetof(struct stats, completed) },
	{ "bytes", offsetof(struct stats, bytes) },
	{ "errors", offsetof(struct stats, errors) },
	{ "errors_injected", offsetof(struct stats, errors_injected) },
	{ "hangs_injected", offsetof(struct stats, hangs_injected) },
	{ "late_writes", offsetof(struct stats, late_writes) },
	{ "lost_interrupts", offsetof(struct stats, lost_interrupts) },
	{ "flips", offsetof(struct stats, flips) },
	{ "reordered", offsetof(struct stats, reordered) },
	{ "interrupts", offsetof(struct stats, interrupts) },
	{ "busy_ns", offsetof(struct stats, busy_ns) },
};

char *stats_json(const struct stats *stats, const char *name)
{
	struct json_object *obj = json_object_new_object();
	char *text;

	if (!obj)
		return NULL;
	json_object_object_add(obj, "name", json_object_new_string(name));
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		uint64_t v;

		memcpy(&v, (const char *)stats + fields[i].offset, sizeof(v));
		json_object_object_add(obj, fields[i].key, json_object_new_uint64(v));
	}
	text = strdup(json_object_to_json_string_ext(obj, JSON_C_TO_STRING_PLAIN));
	json_object_put(obj);
	return text;
}

static int replace(const struct stats *stats, const char *name, const char *path)
{
	char *text = stats_json(stats, name);
	char *tmp = NULL;
	FILE *f = NULL;
	int err = ENOMEM;

	if (!text || asprintf(&tmp, "%s.tmp", path) < 0)
		goto out;
	f = fopen(tmp, "we");
	if (!f || fprintf(f, "%s\n", text) < 0 || fflush(f) || rename(tmp, path))
		err = errno;
	else
		err = 0;
	if (err && f)
		unlink(tmp);
out:
	if (f)
		fclose(f);
	free(tmp);
	free(text);
	return err;
}

void stats_file_update(struct stats_file *file, const struct stats *stats, const char *name)
{
	int err;

	if (!file->path)
		return;
	pthread_mutex_lock(&file->lock);
	if (!file->exists || memcmp(stats, &file->content, sizeof(*stats))) {
		err = replace(stats, name, file->path);
		if (err)
			emu_log("%s: cannot write the counters: %s", file->path, strerror(err));
		file->exists = true; /* not the same complaint again and again */
		file->content = *stats;
	}
	pthread_mutex_unlock(&file->lock);
}
