// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "ids.h"
#include "util.h"

/* More than any kernel has nodes, little enough to hold a list of all. */
#define ID_MAX 65535

static bool parse_number(char *text, int *number)
{
	if (!*text || strlen(text) > 5 || text[strspn(text, "0123456789")])
		return false;
	*number = atoi(text);
	return *number <= ID_MAX;
}

bool ids_parse(const char *text, struct ids *ids)
{
	autofree char *copy = xstrdup(text);
	char *rest = copy, *word;

	*ids = (struct ids){ 0 };
	while (*text && (word = strsep(&rest, ","))) {
		char *dash = strchr(word, '-');
		int first, last;

		if (dash)
			*dash++ = '\0';
		if (!parse_number(word, &first) || !parse_number(dash ? dash : word, &last) ||
		    last < first) {
			ids_free(ids);
			return false;
		}
		ids->v = xrealloc(ids->v, (ids->n + (size_t)(last - first) + 1) * sizeof(*ids->v));
		while (first <= last)
			ids->v[ids->n++] = first++;
	}
	return true;
}

bool ids_has(const struct ids *ids, int id)
{
	for (size_t i = 0; i < ids->n; i++)
		if (ids->v[i] == id)
			return true;
	return false;
}

void ids_free(struct ids *ids)
{
	free(ids->v);
	*ids = (struct ids){ 0 };
}
