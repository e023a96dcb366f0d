/* SPDX-License-Identifier: GPL-2.0-only */
/* What the engine did, as it counted itself. */
#ifndef EMU_STATS_H
#define EMU_STATS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct stats {
	uint64_t descriptors;		/* begun */
	uint64_t completed;		/* with success */
	uint64_t bytes;			/* of the completed ones */
	uint64_t errors;		/* real ones: bad descriptor or address */
	uint64_t errors_injected;
	uint64_t hangs_injected;
	uint64_t late_writes;
	uint64_t lost_interrupts;
	uint64_t flips;
	uint64_t reordered;		/* completed before an older one of their queue */
	uint64_t interrupts;		/* messages sent */
	uint64_t busy_ns;		/* with a descriptor in execution, all queues together */
};

/* One line of JSON without newline, to be freed. NULL without memory. */
char *stats_json(const struct stats *stats, const char *name);

/* The file that shows them; two threads keep it. */
struct stats_file {
	pthread_mutex_t lock;
	const char *path;	/* NULL: none is wanted */
	bool exists;
	struct stats content;
};

/* Replaces the file in one step if its content is not these; complains on stderr. */
void stats_file_update(struct stats_file *file, const struct stats *stats, const char *name);

#endif
