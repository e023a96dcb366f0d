// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which CPUs share what: a snapshot for the planner, replaced when a CPU comes.
 * When one goes its helper goes, which is enough to not choose it.
 */

#define pr_fmt(fmt) "mtcopy: " fmt

#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/rcupdate.h>
#include <linux/sched/isolation.h>
#include <linux/slab.h>
#include <linux/topology.h>

#include "mtcopy.h"

struct snapshot {
	struct rcu_head rcu;
	struct mtcopy_topology topo;
	struct mtcopy_domain *domains;
	struct mtcopy_cpu cpus[];
};

static struct snapshot __rcu *snapshot;
static DEFINE_MUTEX(snapshot_mutex);

/*
 * What the CPUs with a last level cache in common have in common. Numbers only
 * need to differ within a node.
 */
static unsigned int l3_of(unsigned int cpu)
{
#if defined(CONFIG_X86) && defined(CONFIG_SMP)
	unsigned int llc = per_cpu_llc_id(cpu);

	if (llc != BAD_APICID)
		return llc;
#elif defined(CONFIG_GENERIC_ARCH_TOPOLOGY) && defined(topology_llc_cpumask)
	if (!cpumask_empty(topology_llc_cpumask(cpu)))
		return cpumask_first(topology_llc_cpumask(cpu));
#endif
	/* Not known: take it to be one for each socket */
	return topology_physical_package_id(cpu);
}

/* May the CPU not be disturbed? By boot parameters, or by a cpuset partition. */
bool mtcopy_cpu_isolated(unsigned int cpu)
{
	/* Partitions change; the masks are protected by RCU */
	guard(rcu)();
	return !housekeeping_test_cpu(cpu, HK_TYPE_DOMAIN) ||
	       !housekeeping_test_cpu(cpu, HK_TYPE_KERNEL_NOISE);
}

static void fill(struct snapshot *s)
{
	unsigned int cpu, n = 0;

	for_each_online_cpu(cpu)
		s->cpus[n++] = (struct mtcopy_cpu) {
			.cpu = cpu,
			.core = cpumask_first(topology_sibling_cpumask(cpu)),
			.l3 = l3_of(cpu),
			.node = cpu_to_node(cpu),
			.isolated = mtcopy_cpu_isolated(cpu),
		};
	s->topo.nr_cpus = n;
	s->topo.cpus = s->cpus;
	s->topo.domains = s->domains;
	mtcopy_topology_build(&s->topo);
}

/*
 * Look at the machine. No CPU may come or go meanwhile. If there is no memory
 * for it, what was known before stays.
 */
int mtcopy_topology_update(void)
{
	struct snapshot *s, *old;

	lockdep_assert_cpus_held();
	s = kvzalloc(struct_size(s, cpus, nr_cpu_ids) +
		     array_size(nr_cpu_ids, sizeof(*s->domains)), GFP_KERNEL);
	if (!s)
		return -ENOMEM;
	s->domains = (void *)&s->cpus[nr_cpu_ids];
	fill(s);

	guard(mutex)(&snapshot_mutex);
	old = rcu_replace_pointer(snapshot, s, lockdep_is_held(&snapshot_mutex));
	if (old)
		kvfree_rcu(old, rcu);
	return 0;
}

/* A CPU has come: look again, if somebody has looked before. */
void mtcopy_topology_changed(void)
{
	if (rcu_access_pointer(snapshot) && mtcopy_topology_update())
		pr_warn_ratelimited("no memory to take up a new CPU\n");
}

/* Nobody looks any more, nor will. */
void mtcopy_topology_free(void)
{
	guard(mutex)(&snapshot_mutex);
	kvfree(rcu_replace_pointer(snapshot, NULL,
				   lockdep_is_held(&snapshot_mutex)));
}

/* In an RCU read section, while the migrator is enabled. */
const struct mtcopy_topology *mtcopy_topology(void)
{
	return &rcu_dereference(snapshot)->topo;
}
