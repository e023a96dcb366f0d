/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Machines, batches, and the CPUs that have to be chosen. Run in the kernel by
 * planner_kunit.c and outside of it by bench/mtcopy/planner-check.c.
 */
#ifndef _MTCOPY_PLANNER_CASES_H
#define _MTCOPY_PLANNER_CASES_H

#include "planner.h"

/*
 * CPUs are numbered as Linux does on such machines: one thread of each core,
 * node by node and domain by domain; then the second threads in the same order.
 * @holes: every so many-th CPU number is left out, as if it were offline
 */
struct machine_case {
	const char *name;
	unsigned int nodes;
	unsigned int l3_per_node;
	unsigned int cores_per_l3;
	unsigned int threads_per_core;
	unsigned int holes;
};

enum machine_id {
	ONE_CPU,
	TWO_CPUS,
	TWO_THREADS,
	ZEN3_SOCKET,
	ZEN3,
	ZEN3_SMT,
	GENOA_SMT,
	GRACE,
	NO_L3,
	HOLES,
	NR_MACHINES
};

static const struct machine_case machine_cases[NR_MACHINES] = {
	[ONE_CPU]	= { "one CPU", 1, 1, 1, 1, 0 },
	[TWO_CPUS]	= { "two CPUs", 1, 1, 2, 1, 0 },
	[TWO_THREADS]	= { "one core with two threads", 1, 1, 1, 2, 0 },
	[ZEN3_SOCKET]	= { "1 x 8 L3 x 8 cores", 1, 8, 8, 1, 0 },
	[ZEN3]		= { "2 x 8 L3 x 8 cores", 2, 8, 8, 1, 0 },
	[ZEN3_SMT]	= { "2 x 8 L3 x 8 cores x 2", 2, 8, 8, 2, 0 },
	[GENOA_SMT]	= { "2 x 16 L3 x 8 cores x 2", 2, 16, 8, 2, 0 },
	[GRACE]		= { "2 x 1 L3 x 72 cores", 2, 1, 72, 1, 0 },
	[NO_L3]		= { "1 x 48 cores of their own L3", 1, 48, 1, 1, 0 },
	[HOLES]		= { "2 x 4 L3 x 4 cores, every 3rd offline", 2, 4, 4, 1, 3 },
};

/* Sets of CPUs are written as in /sys: "0-3,8"; "" is none. */
struct plan_case {
	const char *name;
	enum machine_id machine;
	int src_node;
	int dst_node;
	unsigned int caller;
	unsigned int kib;
	unsigned int chunk_kib;
	unsigned int nr_threads;
	const char *busy;
	const char *isolated;
	const char *barred;	/* of those that may_help() refuses */
	const char *expected;	/* in this order */
};

static const struct plan_case plan_cases[] = {
	/* nobody there */
	{ "one CPU: nobody", ONE_CPU,
	  0, 0, 0, 65536, 64, 0, "", "", "", "" },
	{ "the other thread of the caller's core does not help", TWO_THREADS,
	  0, 0, 0, 65536, 64, 0, "", "", "", "" },
	{ "two CPUs: the other one", TWO_CPUS,
	  0, 0, 0, 2048, 64, 0, "", "", "", "1" },
	{ "two CPUs, from the other side", TWO_CPUS,
	  0, 0, 1, 2048, 64, 0, "", "", "", "0" },
	{ "two CPUs, the other one busy: nobody", TWO_CPUS,
	  0, 0, 0, 2048, 64, 0, "1", "", "", "" },
	{ "two CPUs, the other one isolated: nobody", TWO_CPUS,
	  0, 0, 0, 2048, 64, 0, "", "1", "", "" },
	{ "two CPUs, the other one not allowed: nobody", TWO_CPUS,
	  0, 0, 0, 2048, 64, 0, "", "", "1", "" },
	{ "nodes that are not there: nobody", TWO_CPUS,
	  3, 4, 0, 2048, 64, 0, "", "", "", "" },

	/* how many */
	{ "one share less than two: nobody", ZEN3_SOCKET,
	  0, 0, 0, 508, 64, 0, "", "", "", "" },
	{ "two shares: one helper", ZEN3_SOCKET,
	  0, 0, 0, 512, 64, 0, "", "", "", "8" },
	{ "2 MiB: one for each domain", ZEN3_SOCKET,
	  0, 0, 0, 2048, 64, 0, "", "", "",
	  "8,16,24,32,40,48,56" },
	{ "smaller chunks, more threads", ZEN3_SOCKET,
	  0, 0, 0, 2048, 32, 0, "", "", "",
	  "8,16,24,32,40,48,56,1,9,17,25,33,41,49,57" },
	{ "larger chunks, fewer threads", ZEN3_SOCKET,
	  0, 0, 0, 2048, 256, 0, "", "", "", "8" },
	{ "as many as told", ZEN3_SOCKET,
	  0, 0, 0, 65536, 64, 3, "", "", "", "8,16" },
	{ "told that the caller is enough", ZEN3_SOCKET,
	  0, 0, 0, 65536, 64, 1, "", "", "", "" },
	{ "told more than there are", TWO_CPUS,
	  0, 0, 0, 65536, 64, 64, "", "", "", "1" },
	{ "told more than the shares", ZEN3_SOCKET,
	  0, 0, 0, 1024, 64, 64, "", "", "", "8,16,24" },

	/* where */
	{ "both nodes in turn, the destination first", ZEN3,
	  0, 1, 0, 65536, 64, 9, "", "", "", "64,72,8,80,16,88,24,96" },
	{ "from the destination's side", ZEN3,
	  0, 1, 64, 65536, 64, 9, "", "", "", "0,72,8,80,16,88,24,96" },
	{ "a caller on neither node", ZEN3,
	  1, 1, 5, 65536, 64, 4, "", "", "", "64,72,80" },
	{ "by itself: 16, one for each domain", ZEN3,
	  0, 1, 0, 65536, 64, 0, "", "", "",
	  "64,72,8,80,16,88,24,96,32,104,40,112,48,120,56" },
	{ "the caller's domain comes last", ZEN3_SOCKET,
	  0, 0, 20, 65536, 64, 9, "", "", "", "0,8,24,32,40,48,56,1" },
	{ "the caller's own core is left out", ZEN3_SOCKET,
	  0, 0, 0, 65536, 64, 17, "", "", "",
	  "8,16,24,32,40,48,56,1,9,17,25,33,41,49,57,2" },
	{ "one large domain", GRACE,
	  0, 0, 0, 65536, 64, 5, "", "", "", "1,2,3,4" },
	{ "two large domains, by itself", GRACE,
	  0, 1, 0, 65536, 64, 0, "", "", "",
	  "72,73,1,74,2,75,3,76,4,77,5,78,6,79,7" },
	{ "two sockets of 16 domains, 20 threads", GENOA_SMT,
	  0, 1, 0, 65536, 64, 20, "", "", "",
	  "128,136,8,144,16,152,24,160,32,168,40,176,48,184,56,192,64,200,72" },
	{ "no shared caches", NO_L3,
	  0, 0, 40, 65536, 64, 4, "", "", "", "0,1,2" },
	{ "CPUs that are offline", HOLES,
	  0, 1, 0, 65536, 64, 9, "", "", "",
	  "16,21,4,24,9,28,12,18" },

	/* who is left out */
	{ "busy cores are passed over, the spread is kept", ZEN3_SOCKET,
	  0, 0, 0, 65536, 64, 4, "8-11,17", "", "", "12,16,24" },
	{ "a busy domain is passed over", ZEN3_SOCKET,
	  0, 0, 0, 65536, 64, 4, "8-15", "", "", "16,24,32" },
	{ "a core with a busy thread is not idle", ZEN3_SMT,
	  0, 0, 0, 65536, 64, 3, "136", "", "", "9,16" },
	{ "one thread of a core helps", ZEN3_SMT,
	  1, 1, 64, 65536, 64, 9, "", "", "", "72,80,88,96,104,112,120,65" },
	{ "the core of the caller's other thread", ZEN3_SMT,
	  0, 0, 128, 65536, 64, 9, "", "", "", "8,16,24,32,40,48,56,1" },
	{ "the second thread, if the first may not", ZEN3_SMT,
	  0, 0, 0, 65536, 64, 3, "", "", "0-127", "136,144" },
	{ "isolated cores are left out", ZEN3_SOCKET,
	  0, 0, 0, 65536, 64, 4, "", "8-12,16", "", "13,17,24" },
	{ "a core with an isolated thread is left out", ZEN3_SMT,
	  0, 0, 0, 65536, 64, 3, "", "136", "", "9,16" },
	{ "all but one isolated", ZEN3_SOCKET,
	  0, 0, 0, 65536, 64, 0, "", "1-62", "", "63" },
	{ "only those that the caller may use", ZEN3,
	  0, 1, 0, 65536, 64, 0, "", "", "4-127", "1,2,3" },
	{ "a machine that is busy all the way: nobody", GENOA_SMT,
	  0, 1, 0, 65536, 64, 0, "0-511", "", "", "" },
	{ "the only idle core of a busy domain is found", ZEN3_SOCKET,
	  0, 0, 0, 65536, 64, 3, "8-14", "", "", "15,16" },
};

#define NR_PLAN_CASES	ARRAY_SIZE(plan_cases)

#define CASE_MAX_CPUS	512

/* A machine as the planner sees it, and what is going on there. */
struct case_state {
	struct mtcopy_topology topo;
	struct mtcopy_cpu cpus[CASE_MAX_CPUS];
	struct mtcopy_domain domains[CASE_MAX_CPUS];
	bool busy[CASE_MAX_CPUS];
	bool isolated[CASE_MAX_CPUS];
	bool barred[CASE_MAX_CPUS];
	unsigned int looks;
	unsigned int chosen[MTCOPY_MAX_THREADS];
	unsigned int nr_chosen;
};

/* Takes a number off *@at; there must be one. */
static inline unsigned int case_number(const char **at)
{
	unsigned int n = 0;

	while (**at >= '0' && **at <= '9')
		n = n * 10 + *(*at)++ - '0';
	return n;
}

static inline void case_set(bool *set, const char *list)
{
	unsigned int i, from, to;

	for (i = 0; i < CASE_MAX_CPUS; i++)
		set[i] = false;
	while (*list) {
		from = case_number(&list);
		to = from;
		if (*list == '-') {
			list++;
			to = case_number(&list);
		}
		for (i = from; i <= to && i < CASE_MAX_CPUS; i++)
			set[i] = true;
		if (*list == ',')
			list++;
	}
}

static inline bool case_may_help(unsigned int cpu, void *ctx)
{
	struct case_state *s = ctx;

	return !s->barred[cpu];
}

static inline bool case_is_idle(unsigned int cpu, void *ctx)
{
	struct case_state *s = ctx;

	s->looks++;
	return !s->busy[cpu];
}

/* The numbers of cores and domains are made up, and in no order. */
static inline void case_machine(struct case_state *s,
				const struct machine_case *m)
{
	unsigned int cores = m->nodes * m->l3_per_node * m->cores_per_l3;
	unsigned int cpu, core, l3, n = 0;

	for (cpu = cores * m->threads_per_core; cpu-- > 0; ) {
		if (m->holes && cpu % m->holes == m->holes - 1)
			continue;
		core = cpu % cores;
		l3 = core / m->cores_per_l3;
		s->cpus[n++] = (struct mtcopy_cpu) {
			.cpu = cpu,
			.core = 7 + 3 * core,
			.l3 = 11 + 5 * l3,
			.node = l3 / m->l3_per_node,
			.isolated = s->isolated[cpu],
		};
	}
	s->topo.nr_cpus = n;
	s->topo.cpus = s->cpus;
	s->topo.domains = s->domains;
	mtcopy_topology_build(&s->topo);
}

static inline void case_plan(struct case_state *s, const struct plan_case *c)
{
	struct mtcopy_request req = {
		.src_node = c->src_node,
		.dst_node = c->dst_node,
		.caller = c->caller,
		.bytes = (size_t)c->kib << 10,
		.chunk_bytes = (size_t)c->chunk_kib << 10,
		.nr_threads = c->nr_threads,
		.may_help = case_may_help,
		.is_idle = case_is_idle,
		.ctx = s,
	};

	s->looks = 0;
	s->nr_chosen = mtcopy_plan(&s->topo, &req, s->chosen);
}

static inline void case_run(struct case_state *s, const struct plan_case *c)
{
	case_set(s->busy, c->busy);
	case_set(s->isolated, c->isolated);
	case_set(s->barred, c->barred);
	case_machine(s, &machine_cases[c->machine]);
	case_plan(s, c);
}

/* Is it what was expected? */
static inline bool case_met(const struct case_state *s,
			    const struct plan_case *c)
{
	const char *at = c->expected;
	unsigned int i;

	for (i = 0; i < s->nr_chosen; i++) {
		if (!*at || case_number(&at) != s->chosen[i])
			return false;
		if (*at == ',')
			at++;
	}
	return !*at;
}

static inline const struct mtcopy_cpu *case_cpu(const struct case_state *s,
						unsigned int cpu)
{
	unsigned int i;

	for (i = 0; i < s->topo.nr_cpus; i++)
		if (s->cpus[i].cpu == cpu)
			return &s->cpus[i];
	return NULL;
}

/* What must hold of any plan. Returns what does not, or NULL. */
static inline const char *case_broken(const struct case_state *s,
				      const struct plan_case *c)
{
	const struct mtcopy_cpu *caller = case_cpu(s, c->caller), *x, *y;
	unsigned int i, j;

	if (s->nr_chosen >= MTCOPY_MAX_THREADS)
		return "more CPUs than there is room for";
	if (c->nr_threads && s->nr_chosen >= c->nr_threads)
		return "more threads than told";
	if (!c->nr_threads && s->nr_chosen >= MTCOPY_AUTO_THREADS)
		return "more threads than it chooses by itself";
	if (s->nr_chosen && (s->nr_chosen + 1) * MTCOPY_SHARE_CHUNKS *
	    c->chunk_kib > c->kib)
		return "a thread without its share";
	if (s->looks > 10 * MTCOPY_MAX_THREADS)
		return "looks at too many CPUs";
	for (i = 0; i < s->nr_chosen; i++) {
		x = case_cpu(s, s->chosen[i]);
		if (!x)
			return "a CPU that is not there";
		if (x->node != c->src_node && x->node != c->dst_node)
			return "a CPU of another node";
		if (s->barred[x->cpu])
			return "a CPU that may not help";
		if (caller && x->core == caller->core)
			return "the core of the caller";
		for (j = 0; j < s->topo.nr_cpus; j++) {
			y = &s->cpus[j];
			if (y->core == x->core && s->busy[y->cpu])
				return "a core that is busy";
			if (y->core == x->core && y->isolated)
				return "a core that is isolated";
		}
		for (j = 0; j < i; j++)
			if (case_cpu(s, s->chosen[j])->core == x->core)
				return "a core twice";
	}
	return NULL;
}

/*
 * On a machine that is idle, no domain in use may have two threads more than
 * another one, each of the same size. Returns what does not hold, or NULL.
 */
static inline const char *case_uneven(const struct case_state *s,
				      const struct plan_case *c)
{
	unsigned int i, j, threads, least = CASE_MAX_CPUS, most = 0;
	const struct mtcopy_domain *d;

	for (i = 0; i < s->topo.nr_domains; i++) {
		d = &s->domains[i];
		if (d->node != c->src_node && d->node != c->dst_node)
			continue;
		threads = 0;
		for (j = d->first; j < d->end; j++)
			threads += s->cpus[j].cpu == c->caller;
		for (j = 0; j < s->nr_chosen; j++)
			threads += case_cpu(s, s->chosen[j])->l3 ==
				   s->cpus[d->first].l3;
		least = min_t(unsigned int, least, threads);
		most = max_t(unsigned int, most, threads);
	}
	return most > least + 1 ? "not spread over the L3 domains" : NULL;
}

/* The same numbers each time. */
static inline unsigned int case_random(unsigned int *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/*
 * Plans for any machine in any state. @seed says which. Returns what is wrong
 * with the plan, or NULL.
 */
static inline const char *case_any(struct case_state *s, unsigned int seed)
{
	struct plan_case c = { .chunk_kib = 4 };
	const struct machine_case *m;
	unsigned int i, busy, isolated, barred;
	bool undisturbed = false;

	c.machine = case_random(&seed) % NR_MACHINES;
	m = &machine_cases[c.machine];
	c.src_node = case_random(&seed) % m->nodes;
	c.dst_node = case_random(&seed) % m->nodes;
	c.chunk_kib <<= case_random(&seed) % 10;
	c.kib = 4 + case_random(&seed) % 65536;
	if (case_random(&seed) % 2)
		c.nr_threads = case_random(&seed) % (MTCOPY_MAX_THREADS + 1);
	/* How many in 16 */
	busy = case_random(&seed) % 17;
	isolated = case_random(&seed) % 3;
	barred = case_random(&seed) % 3;
	if (case_random(&seed) % 4 == 0) {
		undisturbed = true;
		busy = 0;
		isolated = 0;
		barred = 0;
	}
	for (i = 0; i < CASE_MAX_CPUS; i++) {
		s->busy[i] = case_random(&seed) % 16 < busy;
		s->isolated[i] = case_random(&seed) % 16 < isolated;
		s->barred[i] = case_random(&seed) % 16 < barred;
	}
	case_machine(s, m);
	c.caller = s->cpus[case_random(&seed) % s->topo.nr_cpus].cpu;
	case_plan(s, &c);
	if (undisturbed && !m->holes && case_uneven(s, &c))
		return case_uneven(s, &c);
	return case_broken(s, &c);
}

#endif /* _MTCOPY_PLANNER_CASES_H */
