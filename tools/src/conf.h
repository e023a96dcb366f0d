/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_CONF_H
#define MO_CONF_H

#include "util.h"

/*
 * What all configuration has in common: files in layers of directories, and
 * lines of the form "key = value".
 */
struct conf_layers {
	const char *const *dir;		/* lowest first */
	size_t n;
	const char *extra;		/* a file that the last one has besides, or NULL */
};

/*
 * Calls use() with the path of each file *.conf that no higher layer has a
 * namesake of, in the order in which they count. Problems are added to errors.
 */
void conf_files(const char *root, const struct conf_layers *layers, struct strv *errors,
		void (*use)(void *context, const char *file), void *context);

/* The text of a file, NULL when it is masked or cannot be read. */
char *conf_text(const char *root, const char *file, struct strv *errors);

/*
 * Calls set() for each line; where is "file:line". A line of another form and a
 * key that the file has a second time are errors.
 */
struct conf_reader {
	void (*set)(void *context, const char *where, const char *key, const char *value);
	void *context;
	struct strv *errors;
};

void conf_lines(const struct conf_reader *reader, const char *file, char *text);

#endif
