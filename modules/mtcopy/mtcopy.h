/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MTCOPY_H
#define _MTCOPY_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/migrate_copy_offload.h>
#include <linux/types.h>

#include "planner.h"

struct folio;

/* main.c */
extern struct migrator mtcopy_migrator;
bool mtcopy_registered(void);

/* params.c */
extern unsigned int mtcopy_nr_threads;
extern unsigned int mtcopy_chunk_bytes;
extern bool mtcopy_within_affinity;
extern bool mtcopy_want_offloading;

/* What has been done; see params.c for their meaning. */
struct mtcopy_counters {
	atomic_long_t folios;
	atomic_long_t folios_failures;
	atomic_long_t bytes_caller;
	atomic_long_t bytes_helpers;
	atomic_long_t helper_ns;
	atomic_long_t helpers_started;
	atomic_long_t helpers_late;
	atomic_long_t helpers_slow;
};

extern struct mtcopy_counters mtcopy_counters;

/* topology.c */
const struct mtcopy_topology *mtcopy_topology(void);
int mtcopy_topology_update(void);
void mtcopy_topology_changed(void);
void mtcopy_topology_free(void);
bool mtcopy_cpu_isolated(unsigned int cpu);

/* helper.c */
int mtcopy_helpers_start(void);
void mtcopy_helpers_stop(void);
bool mtcopy_helper_free(unsigned int cpu);
bool mtcopy_cpu_idle(unsigned int cpu);
void mtcopy_helper_wake(unsigned int cpu, unsigned int slot, long ticket);

/* batch.c */
int mtcopy_batches_init(void);
void mtcopy_batches_exit(void);
int mtcopy_offload_copy(struct list_head *dst_list, struct list_head *src_list,
			unsigned int nr_folios);
bool mtcopy_help(unsigned int id, long ticket, bool (*go_on)(void *ctx),
		 void *ctx);

#endif /* _MTCOPY_H */
