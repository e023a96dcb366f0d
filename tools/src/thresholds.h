/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_THRESHOLDS_H
#define MO_THRESHOLDS_H

#include "config.h"

/*
 * The configuration has a threshold for each kind of memory, the kernel one for
 * each node: batches that are smaller than that of their slower end are not
 * offered to a migrator.
 */

/* The key that a node's threshold comes from; NR_KNOBS when its kind is unknown. */
enum knob_id threshold_knob(enum node_kind kind);
/* What is configured for the node, or NULL. */
const struct setting *threshold_of(const struct config *config, const struct node *node);
/* The first configured threshold that is not 0, or NR_KNOBS. */
enum knob_id threshold_wanted(const struct config *config);

/* Whether the kernel has thresholds at all. */
bool thresholds_supported(const struct node_list *nodes);
/*
 * What to do when a node that has memory has no file for its threshold; NULL
 * when that is as good as the configured one, because it is 0 and no node of
 * this kernel has a threshold.
 */
const char *threshold_missing(const struct node_list *nodes, const struct setting *set);

#endif
