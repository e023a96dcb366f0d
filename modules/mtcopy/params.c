// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/module/mtcopy/parameters/: knobs and counters.
 */

#include <linux/module.h>
#include <linux/sizes.h>

#include "migrator_params.h"
#include "mtcopy.h"

unsigned int mtcopy_nr_threads;
RANGED_PARAM(nr_threads, mtcopy_nr_threads, 0, MTCOPY_MAX_THREADS, 1, NULL,
	     "Threads that copy a batch, the caller among them (1-64; 0, the default: by itself)");

/* Chunks are copied with preemption off. */
unsigned int mtcopy_chunk_bytes = SZ_64K;
RANGED_PARAM(chunk_bytes, mtcopy_chunk_bytes, PAGE_SIZE, SZ_1M, PAGE_SIZE, NULL,
	     "Largest chunk in bytes (page size to 1048576, default 65536)");

bool mtcopy_within_affinity = true;
module_param_named(within_affinity, mtcopy_within_affinity, bool, 0644);
MODULE_PARM_DESC(within_affinity,
		 "Only CPUs that the migrating task may use help it (default Y)");

/*
 * Selection, which is the core's.
 */

bool mtcopy_want_offloading;

OFFLOADING_PARAM(mtcopy_migrator, mtcopy_registered, mtcopy_want_offloading);

/*
 * Counters.
 */

struct mtcopy_counters mtcopy_counters;

#define COUNTER(_name, _desc)	\
	COUNTER_PARAM(_name, mtcopy_counters._name, _desc)

COUNTER(folios, "Folios copied");
COUNTER(folios_failures, "Folios that were tried and left to the CPU");
COUNTER(bytes_caller, "Bytes copied by the migrating tasks themselves");
COUNTER(bytes_helpers, "Bytes copied by helpers");
COUNTER(helper_ns, "Time in ns that helpers took for it");
COUNTER(helpers_started, "Helpers that took part in a batch");
COUNTER(helpers_late, "Helpers that were woken in vain");
COUNTER(helpers_slow, "Times that a helper took too long for a chunk");
