/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_PMEM_CHECK_H
#define MO_PMEM_CHECK_H

#include "out.h"
#include "pmem-config.h"

enum pmem_state { PMEM_UP, PMEM_NOT_UP, PMEM_NOT_KNOWN };

/* What has become of one that is listed. */
struct pmem_check {
	const struct pmem_wish *wish;
	enum pmem_state state;
	char *name;		/* of the device; NULL: there is none with that UUID */
	char *found;		/* what it is used as; NULL: the same */
	int node;		/* that it is memory of, -1: it is none */
	char *reason, *remedy;	/* why it is not up, and what to do about it */
};

struct pmem_checks {
	struct pmem_config config;
	struct pmem_check *check;	/* for each that is listed, in their order */
	size_t n;
};

/* Looks for devices only if some are listed. */
void pmem_checks_read(struct pmem_checks *checks, const char *root);
void pmem_checks_free(struct pmem_checks *checks);

/* As status shows them. */
void pmem_checks_text(const struct pmem_checks *checks);
struct json_object *pmem_checks_json(const struct pmem_checks *checks);

#endif
