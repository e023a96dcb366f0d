/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_OUT_H
#define MO_OUT_H

#include <json.h>

#include "util.h"

#define OUT_JSON_FLAGS \
	(JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE)

/* Version of the JSON output. Fields may be added within one version. */
#define OUT_SCHEMA 1

/* A new top-level object that carries the schema version. */
struct json_object *out_object(void);
/* text NULL becomes null. */
void out_string(struct json_object *json, const char *key, const char *text);
void out_bool(struct json_object *json, const char *key, bool value);
void out_number(struct json_object *json, const char *key, uint64_t value);
/* number as the kernel prints it; NULL becomes null. */
void out_bytes(struct json_object *json, const char *key, const char *number);
void out_strings(struct json_object *json, const char *key, const struct strv *list);
/* Prints and frees it. */
void out_print(struct json_object *json);

/* Flushes stdout; MO_FAILED with a message when not everything got out. */
int out_finish(int status);

#endif
