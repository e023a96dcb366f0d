/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_VERIFY_H
#define MO_VERIFY_H

#include "nodes.h"
#include "pmem-check.h"

/* One line of verify. */
struct check {
	char *name;
	const char *where;
	const char *expected, *actual;
	char *problem;		/* NULL: as configured */
};

struct checks {
	struct check *v;
	size_t n, wrong;
	bool bad_data;		/* a moved page had wrong contents */
};

/* The name is copied, the problem belongs to the list, the rest stays the caller's. */
void verify_add(struct checks *checks, const char *name, struct check check);

/* Whether what is listed is up; data: and whether its memory keeps what is moved to it. */
void verify_pmem(struct checks *checks, const struct pmem_checks *pmem,
		 const struct node_list *nodes, bool data);

#endif
