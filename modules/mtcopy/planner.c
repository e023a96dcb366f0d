// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which CPUs help with a batch.
 *
 * What limits a copy is how much one L3 domain can move, then how much the
 * memory of the nodes can. So helpers are spread over all L3 domains of the two
 * nodes concerned, in turn: the first in each, then the second in each. The
 * caller counts as the first in its own.
 *
 * A helper gets a whole idle core: a thread beside a busy one would slow that
 * one, and add little.
 */

#include "planner.h"

/*
 * How many cores may be asked whether they are idle, to find one. On a large
 * machine that is busy all the way, looking costs more than help could gain.
 */
#define LOOKS_PER_HELPER	4
#define LOOKS_EXTRA		8

/* A domain while helpers are chosen. Small: this is on the stack, in reclaim. */
struct choice {
	unsigned short domain;
	unsigned short next;	/* where its next core begins */
};

struct plan {
	const struct mtcopy_topology *topo;
	const struct mtcopy_request *req;
	unsigned int looks;	/* that are left */
	unsigned int nr;
	struct choice choices[MTCOPY_MAX_DOMAINS];
};

static int compare(unsigned int a, unsigned int b)
{
	return (a > b) - (a < b);
}

static int compare_cpus(const void *a, const void *b)
{
	const struct mtcopy_cpu *x = a, *y = b;

	if (x->node != y->node)
		return x->node < y->node ? -1 : 1;
	if (x->l3 != y->l3)
		return compare(x->l3, y->l3);
	if (x->core != y->core)
		return compare(x->core, y->core);
	return compare(x->cpu, y->cpu);
}

/* Where the core that begins at @first ends. */
static unsigned int core_end(const struct mtcopy_topology *topo,
			     unsigned int first, unsigned int end)
{
	unsigned int i = first;

	while (i < end && topo->cpus[i].core == topo->cpus[first].core)
		i++;
	return i;
}

static bool core_isolated(const struct mtcopy_topology *topo,
			  unsigned int first, unsigned int end)
{
	unsigned int i;

	for (i = first; i < end; i++)
		if (topo->cpus[i].isolated)
			return true;
	return false;
}

/**
 * mtcopy_topology_build() - find the L3 domains
 * @topo: nr_cpus and cpus are given, in any order; the rest is filled in
 */
void mtcopy_topology_build(struct mtcopy_topology *topo)
{
	struct mtcopy_domain *d = NULL;
	unsigned int i, end;

	sort(topo->cpus, topo->nr_cpus, sizeof(*topo->cpus), compare_cpus, NULL);
	topo->nr_domains = 0;
	for (i = 0; i < topo->nr_cpus; i = end) {
		const struct mtcopy_cpu *cpu = &topo->cpus[i];

		if (!d || cpu->node != d->node ||
		    cpu->l3 != topo->cpus[d->first].l3) {
			d = &topo->domains[topo->nr_domains++];
			d->node = cpu->node;
			d->first = i;
			d->end = i;
			d->cores = 0;
		}
		/* Up to the last thread of this core */
		for (end = i + 1; end < topo->nr_cpus; end++)
			if (topo->cpus[end].core != cpu->core ||
			    topo->cpus[end].l3 != cpu->l3 ||
			    topo->cpus[end].node != cpu->node)
				break;
		d->end = end;
		d->cores += !core_isolated(topo, i, end);
	}
}

/* Adds the next domain of @node from *@at on; false if there is none. */
static bool add_choice(struct plan *plan, int node, unsigned int *at)
{
	const struct mtcopy_topology *topo = plan->topo;
	struct choice *c;
	unsigned int i;

	if (plan->nr == MTCOPY_MAX_DOMAINS)
		return false;
	for (i = *at; i < topo->nr_domains; i++)
		if (topo->domains[i].node == node && topo->domains[i].cores)
			break;
	*at = i + 1;
	if (i >= topo->nr_domains)
		return false;
	c = &plan->choices[plan->nr++];
	c->domain = i;
	c->next = topo->domains[i].first;
	return true;
}

/* The domains of both nodes in turn, beginning with the destination. */
static void find_choices(struct plan *plan)
{
	const struct mtcopy_request *req = plan->req;
	unsigned int dst_at = 0, src_at = 0;
	bool more;

	do {
		more = add_choice(plan, req->dst_node, &dst_at);
		if (req->src_node != req->dst_node)
			more |= add_choice(plan, req->src_node, &src_at);
	} while (more);
}

static const struct mtcopy_domain *choice_domain(const struct plan *plan,
						 const struct choice *c)
{
	return &plan->topo->domains[c->domain];
}

/* How many helpers would be good, whether there are as many or not. */
static unsigned int wanted(const struct plan *plan)
{
	const struct mtcopy_request *req = plan->req;
	size_t shares = req->bytes / (MTCOPY_SHARE_CHUNKS * req->chunk_bytes);
	unsigned int i, cores = 0, threads = req->nr_threads;

	if (!threads) {
		for (i = 0; i < plan->nr; i++)
			cores += choice_domain(plan, &plan->choices[i])->cores;
		threads = clamp_t(unsigned int,
				  max_t(unsigned int, plan->nr, cores / 4),
				  2, MTCOPY_AUTO_THREADS);
	}
	threads = min_t(unsigned int, threads, MTCOPY_MAX_THREADS);
	threads = min_t(size_t, threads, shares);
	return threads ? threads - 1 : 0;
}

static bool has_cpu(const struct mtcopy_topology *topo, unsigned int first,
		    unsigned int end, unsigned int cpu)
{
	unsigned int i;

	for (i = first; i < end; i++)
		if (topo->cpus[i].cpu == cpu)
			return true;
	return false;
}

/* Returns the thread of the core that may help, or -1. */
static int core_helper(struct plan *plan, unsigned int first, unsigned int end)
{
	const struct mtcopy_request *req = plan->req;
	const struct mtcopy_cpu *cpus = plan->topo->cpus;
	unsigned int i;
	int helper = -1;

	if (core_isolated(plan->topo, first, end) ||
	    has_cpu(plan->topo, first, end, req->caller))
		return -1;
	for (i = first; i < end && helper < 0; i++)
		if (req->may_help(cpus[i].cpu, req->ctx))
			helper = cpus[i].cpu;
	if (helper < 0)
		return -1;

	plan->looks--;
	for (i = first; i < end; i++)
		if (!req->is_idle(cpus[i].cpu, req->ctx))
			return -1;
	return helper;
}

/* The next idle core of a domain, or -1. */
static int choose(struct plan *plan, struct choice *c)
{
	const struct mtcopy_domain *d = choice_domain(plan, c);
	unsigned int first;
	int helper = -1;

	while (helper < 0 && c->next < d->end && plan->looks) {
		first = c->next;
		c->next = core_end(plan->topo, first, d->end);
		helper = core_helper(plan, first, c->next);
	}
	return helper;
}

/**
 * mtcopy_plan() - choose the CPUs that help
 * @topo: what there is
 * @req: what is to be done
 * @cpus: gets the chosen, best first; room for MTCOPY_MAX_THREADS - 1
 *
 * Return: how many were chosen; 0 when the caller is better off alone.
 */
unsigned int mtcopy_plan(const struct mtcopy_topology *topo,
			 const struct mtcopy_request *req, unsigned int *cpus)
{
	struct plan plan = { .topo = topo, .req = req };
	unsigned int i, n = 0, before, pass, most;
	bool there;
	int cpu;

	find_choices(&plan);
	most = wanted(&plan);
	plan.looks = most * LOOKS_PER_HELPER + LOOKS_EXTRA;
	for (pass = 0, there = true; there && n < most; pass++) {
		before = n;
		there = false;
		for (i = 0; i < plan.nr && n < most; i++) {
			struct choice *c = &plan.choices[i];
			const struct mtcopy_domain *d = choice_domain(&plan, c);

			/* The caller is the first in its domain */
			if (!pass && has_cpu(topo, d->first, d->end, req->caller)) {
				there = true;
				continue;
			}
			cpu = choose(&plan, c);
			if (cpu >= 0)
				cpus[n++] = cpu;
		}
		there |= n > before;
	}
	return n;
}
