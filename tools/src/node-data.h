/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_NODE_DATA_H
#define MO_NODE_DATA_H

#include <stdbool.h>

/*
 * Moves memory of this process from home to node and back, and compares it each
 * time. NULL: all of it went, and is right; else what is wrong, in words. *bad is
 * set when it is contents.
 */
char *node_data_problem(int home, int node, bool *bad);

#endif
