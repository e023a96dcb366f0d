/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_PMEM_CONFIG_H
#define MO_PMEM_CONFIG_H

#include "pmem.h"
#include "util.h"

/* What a device is to become: a line of pmem.conf.d. */
struct pmem_wish {
	char *uuid;
	enum pmem_mode mode;	/* PMEM_RAM, PMEM_DEVDAX or PMEM_FSDAX */
	bool movable;		/* PMEM_RAM: in the zone for movable pages */
	char *where;		/* "file:line" */
};

struct pmem_config {
	struct pmem_wish *wish;
	size_t n;
	struct strv errors;	/* one line each; empty: the configuration is valid */
};

void pmem_config_load(struct pmem_config *config, const char *root);
/* Prints the errors; true when there are none. */
bool pmem_config_valid(const struct pmem_config *config);
void pmem_config_free(struct pmem_config *config);

/* NULL: not listed. */
const struct pmem_wish *pmem_config_wish(const struct pmem_config *config,
					 const struct pmem_device *device);

/* "system-ram movable", as it is written in the configuration. */
const char *pmem_wish_text(const struct pmem_wish *wish);

/* One file's text into config; exposed for the unit tests. */
void pmem_config_parse(struct pmem_config *config, const char *file, char *text);

#endif
