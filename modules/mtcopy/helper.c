// SPDX-License-Identifier: GPL-2.0-only
/*
 * The helpers: a thread for each CPU, so that it is known where it would run
 * and whether that CPU is idle.
 *
 * Why not a workqueue: one that is bound to the CPU runs the work after whatever
 * is queued there and at normal priority, beside the tasks of a CPU that has
 * become busy; one that is not lets somebody else decide where it runs; and
 * both may have to create a worker first, which takes memory while memory is
 * being made. Padata is a workqueue, too, and waits for all it has queued.
 *
 * A helper is SCHED_IDLE: it never keeps a task from running, and the scheduler
 * takes a CPU with nothing else for an idle one. What would be the danger of
 * that, to be preempted with a chunk half copied and the caller waiting for it,
 * cannot happen: it copies with preemption off, and looks after each chunk
 * whether somebody wants the CPU.
 */

#define pr_fmt(fmt) "mtcopy: " fmt

#include <linux/context_tracking_state.h>
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>
#include <linux/sched/stat.h>
#include <linux/spinlock.h>
#include <uapi/linux/sched/types.h>

#include "mtcopy.h"

/**
 * struct helper - one for each CPU that may help
 * @order: what to do: ticket | slot, or 0. Set by whoever wants help, if it is
 *	0; set to 0 by the helper. So it has one thing to do at a time, and a CPU
 *	that did not get to it yet is not asked again.
 * @task: the thread; NULL while there is none
 * @lock: protects @task. Raw: helpers wake others with preemption off.
 * @cpu: where it runs
 */
struct helper {
	atomic_long_t order;
	struct task_struct *task;
	raw_spinlock_t lock;	/* of task, while it is being woken */
	unsigned int cpu;
};

static DEFINE_PER_CPU_SHARED_ALIGNED(struct helper, helpers);

/* The CPUs that have one. */
static struct cpumask helper_cpus;

static enum cpuhp_state hotplug_state;

/* A ticket has nothing there. */
#define ORDER_SLOT	0xffffL

/*
 * Is the CPU in its idle loop? The scheduler's idle_cpu() is not for modules;
 * RCU knows it as well. The answer may be old when it arrives: a task may
 * be on its way. Then the helper finds that it is not alone.
 */
bool mtcopy_cpu_idle(unsigned int cpu)
{
	struct context_tracking *ct = per_cpu_ptr(&context_tracking, cpu);

	return (atomic_read(&ct->state) & CT_STATE_MASK) == CT_STATE_IDLE;
}

bool mtcopy_helper_free(unsigned int cpu)
{
	return cpumask_test_cpu(cpu, &helper_cpus) &&
	       !atomic_long_read(&per_cpu_ptr(&helpers, cpu)->order);
}

/*
 * Ask the helper of a CPU that looked idle. The slot must be kept as it is
 * until this is done; afterwards the ticket sees to everything.
 */
void mtcopy_helper_wake(unsigned int cpu, unsigned int slot, long ticket)
{
	struct helper *h = per_cpu_ptr(&helpers, cpu);

	if (!mtcopy_cpu_idle(cpu) ||
	    atomic_long_cmpxchg(&h->order, 0, ticket | slot))
		return;

	guard(raw_spinlock)(&h->lock);
	if (h->task)
		wake_up_process(h->task);
	else
		atomic_long_set(&h->order, 0);
}

/*
 * With preemption off: is nothing else to be done here? A thread loses its CPU
 * when that goes offline.
 */
static bool helper_go_on(void *ctx)
{
	struct helper *h = ctx;

	return !need_resched() && single_task_running() &&
	       smp_processor_id() == h->cpu;
}

static void helper_serve(struct helper *h, long order)
{
	bool helped;

	preempt_disable();
	helped = helper_go_on(h) &&
		 mtcopy_help(order & ORDER_SLOT, order & ~ORDER_SLOT,
			     helper_go_on, h);
	preempt_enable();
	if (!helped)
		atomic_long_inc(&mtcopy_counters.helpers_late);
}

static int helper_main(void *data)
{
	struct helper *h = data;
	long order;

	for (;;) {
		/* Orders the state before the looks; pairs with the waking */
		set_current_state(TASK_IDLE);
		if (kthread_should_stop())
			break;
		order = atomic_long_read(&h->order);
		if (!order) {
			schedule();
			continue;
		}
		__set_current_state(TASK_RUNNING);
		helper_serve(h, order);
		atomic_long_set_release(&h->order, 0);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

/*
 * Threads come and go with their CPUs. Nothing that fails here may keep a CPU
 * from coming: it has no helper then.
 */

static int helper_create(unsigned int cpu)
{
	const struct sched_attr attr = { .sched_policy = SCHED_IDLE };
	struct helper *h = per_cpu_ptr(&helpers, cpu);
	struct task_struct *task;

	task = kthread_create_on_cpu(helper_main, h, cpu, "mtcopy/%u");
	if (IS_ERR(task))
		return PTR_ERR(task);
	/* Without it, no helper: it might take somebody's time */
	if (sched_setattr_nocheck(task, &attr)) {
		kthread_stop(task);
		return -EPERM;
	}

	h->cpu = cpu;
	scoped_guard(raw_spinlock, &h->lock)
		h->task = task;
	cpumask_set_cpu(cpu, &helper_cpus);
	/* To where it waits for orders; not started it would count as hung */
	wake_up_process(task);
	return 0;
}

static int helper_online(unsigned int cpu)
{
	int ret;

	if (!mtcopy_cpu_isolated(cpu)) {
		ret = helper_create(cpu);
		if (ret)
			pr_warn_ratelimited("CPU %u cannot help: %pe\n", cpu,
					    ERR_PTR(ret));
	}
	mtcopy_topology_changed();
	return 0;
}

static int helper_offline(unsigned int cpu)
{
	struct helper *h = per_cpu_ptr(&helpers, cpu);
	struct task_struct *task;

	cpumask_clear_cpu(cpu, &helper_cpus);
	scoped_guard(raw_spinlock, &h->lock) {
		task = h->task;
		h->task = NULL;
	}
	if (!task)
		return 0;
	/* So that it gets to its end on a CPU that is busy, too */
	sched_set_normal(task, 0);
	kthread_stop(task);
	/* Nobody sets it, and keeps it set, without a task */
	atomic_long_set(&h->order, 0);
	return 0;
}

int mtcopy_helpers_start(void)
{
	unsigned int cpu;
	int ret;

	for_each_possible_cpu(cpu)
		raw_spin_lock_init(&per_cpu_ptr(&helpers, cpu)->lock);
	ret = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "mm/mtcopy:online",
				helper_online, helper_offline);
	if (ret < 0)
		return ret;
	hotplug_state = ret;

	/*
	 * The only one would have nobody to help but tasks on isolated CPUs,
	 * which are bound there and by default get no help from elsewhere.
	 */
	if (cpumask_weight(&helper_cpus) < 2) {
		mtcopy_helpers_stop();
		return -ENODEV;
	}
	return 0;
}

void mtcopy_helpers_stop(void)
{
	cpuhp_remove_state(hotplug_state);
}
