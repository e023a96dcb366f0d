/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_IDS_H
#define MO_IDS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The kernel's lists of numbers, "0-3,8". libnuma reads them too, but refuses
 * what the machine it runs on does not have, and a captured tree is another
 * machine's.
 */
struct ids {
	int *v;
	size_t n;
};

/* An empty text is an empty list; false when it is no list. */
bool ids_parse(const char *text, struct ids *ids);
bool ids_has(const struct ids *ids, int id);
void ids_free(struct ids *ids);

#define autoids __attribute__((cleanup(ids_free)))

#endif
