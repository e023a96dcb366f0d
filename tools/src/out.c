// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"

struct json_object *out_object(void)
{
	struct json_object *json = json_object_new_object();

	out_number(json, "schema", OUT_SCHEMA);
	return json;
}

void out_string(struct json_object *json, const char *key, const char *text)
{
	json_object_object_add(json, key, text ? json_object_new_string(text) : NULL);
}

void out_bool(struct json_object *json, const char *key, bool value)
{
	json_object_object_add(json, key, json_object_new_boolean(value));
}

void out_number(struct json_object *json, const char *key, uint64_t value)
{
	json_object_object_add(json, key, json_object_new_uint64(value));
}

void out_bytes(struct json_object *json, const char *key, const char *number)
{
	if (number)
		out_number(json, key, strtoull(number, NULL, 10));
	else
		json_object_object_add(json, key, NULL);
}

void out_strings(struct json_object *json, const char *key, const struct strv *list)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < list->n; i++)
		json_object_array_add(array, json_object_new_string(list->v[i]));
	json_object_object_add(json, key, array);
}

void out_print(struct json_object *json)
{
	puts(json_object_to_json_string_ext(json, OUT_JSON_FLAGS));
	json_object_put(json);
}

int out_finish(int status)
{
	bool failed = ferror(stdout);

	errno = 0;
	if (fclose(stdout) || failed) {
		mo_err("stdout: write failed: %s; the output is incomplete",
		       strerror(errno ? errno : EIO));
		return status ? status : MO_FAILED;
	}
	return status;
}
