// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compiled in the kernel tree, with its headers: a node, a zone and a device for
 * the code under test, and what that code calls. Threads take the place of the
 * workqueue.
 */
#include <linux/bitmap.h>
#include <linux/kobject.h>
#include <linux/kstrtox.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/mutex.h>
#include <linux/page-isolation.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/topology.h>
#include <linux/workqueue.h>

#include "glue.h"
#include "internal.h"

void base_memmap_init_zone_device(struct zone *zone, unsigned long start_pfn,
				  unsigned long nr_pages, struct dev_pagemap *pgmap);
void ours_memmap_init_zone_device(struct zone *zone, unsigned long start_pfn,
				  unsigned long nr_pages, struct dev_pagemap *pgmap);
int ours_memmap_init_setup(char *arg);

/* The kernel's variables that the code under test uses. */
unsigned long vmemmap_base;
struct mem_section **mem_section;
struct workqueue_struct *system_dfl_wq;
cpumask_var_t node_to_cpumask_map[MAX_NUMNODES];
struct cpumask __cpu_online_mask;
atomic_t __num_online_cpus;
unsigned int nr_cpu_ids = NR_CPUS;
struct cpuinfo_x86 boot_cpu_data;
unsigned long volatile jiffies;

/* Static calls of which nothing is patched. */
asm(".globl __SCT__cond_resched, __SCT__preempt_schedule\n"
    "__SCT__cond_resched: __SCT__preempt_schedule: xor %eax, %eax; ret");

const unsigned long glue_page_bytes = sizeof(struct page);

static struct pglist_data node;

void glue_start(unsigned int cpus)
{
	struct zone *zone = &node.node_zones[ZONE_DEVICE];
	unsigned int cpu;

	zone->zone_pgdat = &node;
	zone->node = 0;
	node.node_id = 0;
	BUILD_BUG_ON(IS_ENABLED(CONFIG_CPUMASK_OFFSTACK));
	for (cpu = 0; cpu < cpus && cpu < NR_CPUS; cpu++) {
		cpumask_set_cpu(cpu, &__cpu_online_mask);
		cpumask_set_cpu(cpu, node_to_cpumask_map[0]);
	}
	atomic_set(&__num_online_cpus, cpus);
}

void glue_option(const char *value)
{
	char copy[64] = {};
	unsigned int i;

	for (i = 0; i < sizeof(copy) - 1 && value[i]; i++)
		copy[i] = value[i];
	ours_memmap_init_setup(copy);
}

const char *glue_type_name(unsigned int type)
{
	switch (type) {
	case MEMORY_DEVICE_PRIVATE:
		return "private";
	case MEMORY_DEVICE_COHERENT:
		return "coherent";
	case MEMORY_DEVICE_FS_DAX:
		return "fsdax";
	case MEMORY_DEVICE_GENERIC:
		return "generic";
	case MEMORY_DEVICE_PCI_P2PDMA:
		return "p2pdma";
	}
	return NULL;
}

static void fill(struct dev_pagemap *pgmap, const struct pmem *pmem)
{
	const struct vmem_altmap altmap = {
		.base_pfn = pmem->pfn - 24,
		.reserve = 8,
		.free = 16,
	};

	pgmap->type = pmem->type;
	pgmap->vmemmap_shift = pmem->shift;
	pgmap->flags = pmem->altmap ? PGMAP_ALTMAP_VALID : 0;
	/* Parts of it are constant. */
	memcpy(&pgmap->altmap, &altmap, sizeof(altmap));
}

void glue_init(enum who who, const struct pmem *pmem, void *at)
{
	/* The pages keep its address, so it must be the same for both. */
	static struct dev_pagemap pgmap;
	struct zone *zone = &node.node_zones[ZONE_DEVICE];
	unsigned long skip = pmem->altmap ? 24 : 0;

	fill(&pgmap, pmem);
	vmemmap_base = (unsigned long)at - pmem->pfn * sizeof(struct page);
	if (who == BASE)
		base_memmap_init_zone_device(zone, pmem->pfn - skip,
					     pmem->pages + skip, &pgmap);
	else
		ours_memmap_init_zone_device(zone, pmem->pfn - skip,
					     pmem->pages + skip, &pgmap);
}

unsigned long glue_written(const struct pmem *pmem)
{
	struct dev_pagemap pgmap = {};
	unsigned long step, each;

	fill(&pgmap, pmem);
	step = pgmap_vmemmap_nr(&pgmap);
	each = vmemmap_can_optimize(pgmap_altmap(&pgmap), &pgmap) ?
	       VMEMMAP_RESERVE_NR * (PAGE_SIZE / sizeof(struct page)) : step;
	return DIV_ROUND_UP(pmem->pages, step) * each;
}

/*
 * What the code under test calls
 */

int numa_nearest_node(int nid, unsigned int state)
{
	return 0;
}

bool queue_work_node(int nid, struct workqueue_struct *wq, struct work_struct *work)
{
	pool_start(work, (void (*)(void *))work->func);
	return true;
}

bool cancel_work_sync(struct work_struct *work)
{
	return pool_end(work);
}

ktime_t ktime_get(void)
{
	return clock_ns();
}

int mutex_trylock(struct mutex *lock)
{
	return 1;
}

void mutex_unlock(struct mutex *lock)
{
}

void kfree(const void *at)
{
	memory_put(at);
}

void *__kmalloc_noprof(size_t size, gfp_t flags)
{
	return memory_get(size);
}

unsigned int __bitmap_weight_and(const unsigned long *a, const unsigned long *b,
				 unsigned int bits)
{
	unsigned int i, weight = 0;

	for (i = 0; i < bits; i++)
		weight += test_bit(i, a) && test_bit(i, b);
	return weight;
}

int match_string(const char * const *array, size_t n, const char *string)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(array[i], string))
			return i;
	return -EINVAL;
}

int kstrtouint(const char *s, unsigned int base, unsigned int *result)
{
	*result = 0;
	do {
		if (*s < '0' || *s > '9')
			return -EINVAL;
		*result = *result * 10 + *s++ - '0';
	} while (*s);
	return 0;
}

void init_pageblock_migratetype(struct page *page, enum migratetype migratetype,
				bool isolate)
{
}
