/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_PMEM_SHOW_H
#define MO_PMEM_SHOW_H

#include "out.h"
#include "pmem-config.h"

/* What pmem prints; the kernel's own figures are read below root. */
void pmem_text(const char *root, const struct pmem_list *list, const struct pmem_config *config);
struct json_object *pmem_json(const char *root, const struct pmem_list *list,
			      const struct pmem_config *config);

#endif
