/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_CHANNELS_H
#define MO_CHANNELS_H

#include <stddef.h>

/*
 * The machine's dmaengine channels, summed up by node and driver, and what
 * dcbm does with those it holds.
 */
struct channel_group {
	int node;		/* -1: the device belongs to no node */
	char *driver;		/* of the device the channels belong to */
	unsigned int channels;
	unsigned int held;	/* by dcbm; the next three add up to it */
	unsigned int idle, busy, quarantined;
};

struct channel_list {
	struct channel_group *group;
	size_t n;
	unsigned int channels, held;
	char *min_folio;	/* in bytes: dcbm leaves smaller ones to the CPU; NULL: no dcbm */
};

/* An unreadable or absent class directory is a machine without channels. */
void channels_read(const char *root, struct channel_list *list);
void channels_free(struct channel_list *list);

#endif
