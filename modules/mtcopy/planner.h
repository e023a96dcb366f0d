/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which CPUs help with a batch. Plain C, no state and no allocation: the same
 * file is tested by KUnit and by "make check", and used by bench/mtcopy.
 */
#ifndef _MTCOPY_PLANNER_H
#define _MTCOPY_PLANNER_H

#include "planner_env.h"

/* Most threads that copy one batch, the caller among them. */
#define MTCOPY_MAX_THREADS	64

/* So many are chosen at most when the administrator has not said how many. */
#define MTCOPY_AUTO_THREADS	16

/* A thread that would get fewer chunks than this is not worth its waking. */
#define MTCOPY_SHARE_CHUNKS	4

/* L3 domains that are considered, of both nodes together. */
#define MTCOPY_MAX_DOMAINS	64

/**
 * struct mtcopy_cpu - a CPU that is online
 * @cpu: its number
 * @core: what the SMT threads of a core, and nobody else, have in common
 * @l3: what the CPUs that share a last level cache have in common
 * @node: its NUMA node
 * @isolated: it must not be disturbed
 */
struct mtcopy_cpu {
	unsigned int cpu;
	unsigned int core;
	unsigned int l3;
	int node;
	bool isolated;
};

/* The CPUs of a node that share a last level cache: cpus[first] to [end - 1]. */
struct mtcopy_domain {
	int node;
	unsigned int first;
	unsigned int end;
	unsigned int cores;	/* without those that have an isolated CPU */
};

struct mtcopy_topology {
	unsigned int nr_cpus;
	unsigned int nr_domains;
	struct mtcopy_cpu *cpus;	/* sorted by mtcopy_topology_build() */
	struct mtcopy_domain *domains;	/* room for one for each CPU */
};

/**
 * struct mtcopy_request - a batch that is to be copied
 * @src_node: where it lies, or the nearest node that has CPUs
 * @dst_node: where it goes, likewise
 * @caller: the CPU that copies anyway
 * @bytes: how much
 * @chunk_bytes: the unit in which work is handed out
 * @nr_threads: how many may copy, the caller among them; 0: decide
 * @may_help: is the CPU fit to help? Cheap: asked of any number of CPUs.
 * @is_idle: is the CPU idle? Not so cheap: asked of a limited number of CPUs.
 * @ctx: handed to both
 */
struct mtcopy_request {
	int src_node;
	int dst_node;
	unsigned int caller;
	size_t bytes;
	size_t chunk_bytes;
	unsigned int nr_threads;
	bool (*may_help)(unsigned int cpu, void *ctx);
	bool (*is_idle)(unsigned int cpu, void *ctx);
	void *ctx;
};

void mtcopy_topology_build(struct mtcopy_topology *topo);
unsigned int mtcopy_plan(const struct mtcopy_topology *topo,
			 const struct mtcopy_request *req,
			 unsigned int *cpus);

#endif /* _MTCOPY_PLANNER_H */
