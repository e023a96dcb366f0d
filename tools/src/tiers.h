/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_TIERS_H
#define MO_TIERS_H

#include "out.h"
#include "thresholds.h"

/* The nodes and their policy, as tiers shows them and status in short. */
void tiers_text(const struct node_list *nodes, const struct config *config);
struct json_object *tiers_json(const struct node_list *nodes, const struct config *config);

/* "2 MiB", or as it is when it is no number; NULL is "-". */
const char *threshold_text(const char *value, char *buf, size_t len);

#endif
