// SPDX-License-Identifier: GPL-2.0-only
/*
 * A batch: decide who helps, cut the folios into chunks, copy along, and mark
 * each folio whose chunks have all been copied.
 *
 * All of it is done by the migrating task, in process context, perhaps in
 * reclaim. It never allocates, and waits only for helpers that are in the midst
 * of a chunk, with preemption off: for the time that it takes to copy one.
 */

#include <linux/bitops.h>
#include <linux/highmem.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/numa.h>
#include <linux/rcuwait.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/slab.h>

#include "engine.h"
#include "mtcopy.h"

/* Batches that can be copied at the same time. */
#define SLOTS		8

/* How many helpers are woken by one that has just begun, the caller among them. */
#define WAKE_AT_ONCE	2

/* What copying a chunk may take: 0.5 GB/s, but not less than this in all. */
#define CHUNK_NS(bytes)	max(2ULL * (bytes), 100ULL * NSEC_PER_USEC)

/* So long there is no help after one that took longer. */
#define AVOID_MS	100

/* After having looked at so many CPUs in vain, no more looking for a jiffy. */
#define VAIN_LOOKS	8

/**
 * struct slot - what a batch needs
 * @job: what is shared with the helpers
 * @wait: the caller, while it sleeps because a helper takes long
 * @id: its number
 * @chunk: bytes of a chunk
 * @dst_nid: where the batch goes
 */
struct slot {
	struct mtcopy_job job;
	struct rcuwait wait;
	unsigned int id;
	size_t chunk;
	int dst_nid;
};

/* There while the migrator is enabled, which is longer than there are helpers. */
static struct slot *slots;

/* Bit n: slots[n] is in use. */
static unsigned long slots_used;

/* For each destination: when to look for idle CPUs again. Racy: it is a hint. */
static unsigned long busy_until[MAX_NUMNODES];

static struct slot *slot_get(void)
{
	unsigned int id;

	do {
		id = find_first_zero_bit(&slots_used, SLOTS);
		if (id == SLOTS)
			return NULL;
		/* Pairs with slot_put() */
	} while (test_and_set_bit_lock(id, &slots_used));
	return &slots[id];
}

static void slot_put(struct slot *slot)
{
	clear_bit_unlock(slot->id, &slots_used);
}

/*
 * Who helps
 */

struct search {
	bool any_cpu;		/* not only those that the caller may use */
	unsigned int looks;
};

/*
 * With help from elsewhere a task would get out of its cpuset. Kernel threads
 * are bound for other reasons.
 */
static bool may_help(unsigned int cpu, void *ctx)
{
	struct search *s = ctx;

	return mtcopy_helper_free(cpu) && !mtcopy_cpu_isolated(cpu) &&
	       (s->any_cpu || cpumask_test_cpu(cpu, &current->cpus_mask));
}

/* An SMT sibling that has gone offline does not mind. */
static bool is_idle(unsigned int cpu, void *ctx)
{
	struct search *s = ctx;

	s->looks++;
	return mtcopy_cpu_idle(cpu) || !cpu_online(cpu);
}

/* Do without help for a while. */
static void avoid_help(int dst_nid, unsigned long ticks)
{
	WRITE_ONCE(busy_until[dst_nid], jiffies + ticks);
}

static unsigned int find_helpers(struct slot *slot, int src_nid, size_t bytes)
{
	struct mtcopy_job *job = &slot->job;
	int dst_nid = slot->dst_nid;
	struct search s = {
		.any_cpu = current->flags & PF_KTHREAD ||
			   !READ_ONCE(mtcopy_within_affinity),
	};
	const struct mtcopy_request req = {
		.src_node = numa_nearest_node(src_nid, N_CPU),
		.dst_node = numa_nearest_node(dst_nid, N_CPU),
		.caller = raw_smp_processor_id(),
		.bytes = bytes,
		.chunk_bytes = slot->chunk,
		.nr_threads = READ_ONCE(mtcopy_nr_threads),
		.may_help = may_help,
		.is_idle = is_idle,
		.ctx = &s,
	};

	if (time_after(READ_ONCE(busy_until[dst_nid]), jiffies))
		return 0;
	rcu_read_lock();
	job->nr_cpus = mtcopy_plan(mtcopy_topology(), &req, job->cpus);
	rcu_read_unlock();
	if (!job->nr_cpus && s.looks >= VAIN_LOOKS)
		avoid_help(dst_nid, 1);
	return job->nr_cpus;
}

/* Called by the owner, or by a helper that is inside. */
static void wake_helpers(struct slot *slot, long ticket, unsigned int n)
{
	int cpu;

	while (n--) {
		cpu = mtcopy_job_next_cpu(&slot->job);
		if (cpu < 0)
			return;
		mtcopy_helper_wake(cpu, slot->id, ticket);
	}
}

/*
 * Copying
 */

/* The same copy as the CPU's own: poison costs the folio, not the machine. */
static int mtcopy_copy_item(const struct mtcopy_item *item)
{
	return copy_mc_highpages(item->dst, item->src, item->pages);
}

/**
 * mtcopy_help() - what a helper does
 * @id: the slot
 * @ticket: the ticket it got for it
 * @go_on: may it copy another chunk?
 * @ctx: handed to @go_on
 *
 * With preemption off, because the caller waits for whoever is inside.
 *
 * Return: false if it came too late.
 */
bool mtcopy_help(unsigned int id, long ticket, bool (*go_on)(void *ctx),
		 void *ctx)
{
	struct slot *slot = &slots[id];
	struct mtcopy_job *job = &slot->job;
	unsigned long pages;
	u64 start;

	if (!mtcopy_job_enter(job, ticket))
		return false;
	start = local_clock();
	wake_helpers(slot, ticket, WAKE_AT_ONCE);
	pages = mtcopy_job_work(job, go_on, ctx);
	atomic_long_add(pages, &job->helped_pages);
	atomic_long_add(local_clock() - start, &job->helped_ns);
	atomic_inc(&job->helpers);
	/*
	 * The slot may be somebody else's then, but it is there: who is woken in
	 * error looks, and sleeps on. Not a wait queue, whose lock sleeps on
	 * PREEMPT_RT. The barrier in rcuwait_wake_up(), from leaving to looking
	 * for a sleeper, pairs with the one in rcuwait_wait_event(), from being
	 * that to looking at the gate.
	 */
	if (mtcopy_job_leave(job))
		rcuwait_wake_up(&slot->wait);
	return true;
}

struct caller {
	struct slot *slot;
	long ticket;
};

static bool caller_go_on(void *ctx)
{
	struct caller *c = ctx;

	wake_helpers(c->slot, c->ticket, 1);
	cond_resched();
	return true;
}

/* Changes whenever the caller does not have its CPU for a while. */
static unsigned long switches(void)
{
	return current->nvcsw + current->nivcsw;
}

/*
 * Nobody can get in any more, and usually there is nobody in either. Who is in
 * ends after the time of a chunk, unless something that knows of no preemption
 * takes the CPU away: a storm of interrupts, or the host of a virtual machine.
 * Where that happens idle CPUs are not what they seem: better to do without.
 *
 * A caller that has lost its own CPU says nothing about helpers, and may have
 * another CPU's clock now. Nor does one that was interrupted: so the clock is
 * read before the gate, and who is still inside then has been for that long.
 */
static void wait_for_helpers(struct slot *slot)
{
	unsigned long before = switches();
	u64 start = local_clock(), limit = CHUNK_NS(slot->chunk);
	bool over;

	for (;;) {
		over = local_clock() - start > limit;
		if (mtcopy_job_left(&slot->job))
			return;
		if (over || need_resched())
			break;
		cpu_relax();
	}
	if (over && switches() == before) {
		avoid_help(slot->dst_nid, msecs_to_jiffies(AVOID_MS));
		atomic_long_inc(&mtcopy_counters.helpers_slow);
	}
	/* Only the owner of a slot ever sleeps there */
	rcuwait_wait_event(&slot->wait, mtcopy_job_left(&slot->job),
			   TASK_UNINTERRUPTIBLE);
}

/* Copy what has been filled in; returns the pages that the caller copied. */
static unsigned long run_job(struct slot *slot)
{
	struct mtcopy_job *job = &slot->job;
	struct caller c = { .slot = slot };
	unsigned long pages;

	c.ticket = mtcopy_job_open(job);
	wake_helpers(slot, c.ticket, WAKE_AT_ONCE);
	pages = mtcopy_job_work(job, caller_go_on, &c);
	mtcopy_job_close(job);
	wait_for_helpers(slot);
	return pages;
}

/*
 * Folios
 */

static void mtcopy_folio_copied(const struct mtcopy_item *last)
{
	migrate_offload_folio_copied(page_folio(last->dst));
}

/* Where in the lists the next job begins. */
struct progress {
	struct folio *src;
	struct folio *dst;
	unsigned long done;	/* pages of this folio */
	bool failed;		/* a chunk of this folio has failed */
	unsigned int copied;	/* folios */
};

/* Cut as many chunks as there is room for. */
static void fill_job(struct mtcopy_job *job, struct progress *p,
		     struct list_head *src_list, unsigned int chunk)
{
	job->nr_items = 0;
	while (!list_entry_is_head(p->src, src_list, lru)) {
		p->done = mtcopy_job_add(job, folio_page(p->dst, 0),
					 folio_page(p->src, 0),
					 folio_nr_pages(p->src), p->done, chunk);
		if (p->done < folio_nr_pages(p->src))
			break;
		p->src = list_next_entry(p->src, lru);
		p->dst = list_next_entry(p->dst, lru);
		p->done = 0;
	}
	mtcopy_job_ready(job, chunk);
}

static void count_job(struct mtcopy_job *job, unsigned long pages)
{
	atomic_long_add(pages << PAGE_SHIFT, &mtcopy_counters.bytes_caller);
	atomic_long_add(atomic_long_read(&job->helped_pages) << PAGE_SHIFT,
			&mtcopy_counters.bytes_helpers);
	atomic_long_add(atomic_long_read(&job->helped_ns),
			&mtcopy_counters.helper_ns);
	atomic_long_add(atomic_read(&job->helpers),
			&mtcopy_counters.helpers_started);
}

static unsigned int copy_batch(struct slot *slot, struct list_head *dst_list,
			       struct list_head *src_list)
{
	struct mtcopy_job *job = &slot->job;
	struct progress p = {
		.src = list_first_entry(src_list, struct folio, lru),
		.dst = list_first_entry(dst_list, struct folio, lru),
	};
	unsigned long pages;

	for (;;) {
		fill_job(job, &p, src_list, slot->chunk >> PAGE_SHIFT);
		if (!job->nr_items)
			return p.copied;
		pages = run_job(slot);
		p.copied += mtcopy_job_finish(job, &p.failed);
		count_job(job, pages);
	}
}

/**
 * mtcopy_offload_copy() - copy the folios of a batch, see struct migrator
 */
int mtcopy_offload_copy(struct list_head *dst_list, struct list_head *src_list,
			unsigned int nr_folios)
{
	struct folio *dst = list_first_entry(dst_list, struct folio, lru);
	size_t bytes = 0;
	unsigned int copied;
	struct folio *src;
	struct slot *slot;

	list_for_each_entry(src, src_list, lru)
		bytes += folio_size(src);
	src = list_first_entry(src_list, struct folio, lru);

	slot = slot_get();
	if (!slot)
		return -EOPNOTSUPP;
	slot->chunk = READ_ONCE(mtcopy_chunk_bytes);
	slot->dst_nid = folio_nid(dst);
	/* Alone, the caller is as fast without us */
	if (!find_helpers(slot, folio_nid(src), bytes)) {
		slot_put(slot);
		return -EOPNOTSUPP;
	}
	copied = copy_batch(slot, dst_list, src_list);
	slot_put(slot);

	atomic_long_add(copied, &mtcopy_counters.folios);
	atomic_long_add(nr_folios - copied, &mtcopy_counters.folios_failures);
	return copied == nr_folios ? 0 : -EIO;
}

int mtcopy_batches_init(void)
{
	unsigned int i;

	slots = kvcalloc(SLOTS, sizeof(*slots), GFP_KERNEL);
	if (!slots)
		return -ENOMEM;
	for (i = 0; i < SLOTS; i++) {
		slots[i].id = i;
		rcuwait_init(&slots[i].wait);
	}
	return 0;
}

/* There are neither callers nor helpers any more. */
void mtcopy_batches_exit(void)
{
	kvfree(slots);
	slots = NULL;
}
