// SPDX-License-Identifier: GPL-2.0-only
/*
 * The counterpart of the module's helper.c and batch.c. What user space cannot
 * do: know which CPUs are idle (the benchmark says so), and hold off preemption
 * while a chunk is being copied.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "pool.h"
#include "engine.h"

#define SLOTS		8
#define WAKE_AT_ONCE	2
#define MAX_CPUS	1024
#define ORDER_SLOT	0xffffL

struct helper {
	atomic_long_t order;
	sem_t wake;
	pthread_t thread;
	unsigned int cpu;
	bool there;
	long woken;		/* ns, when */
};

struct slot {
	struct mtcopy_job job;
	bool used;
};

struct knobs knobs = { .nr_threads = 0, .chunk_bytes = 64 << 10 };
const struct page *pool_poisoned;

static struct helper helpers[MAX_CPUS];
static struct slot slots[SLOTS];
static bool busy[MAX_CPUS];
static struct mtcopy_topology topo;
static struct mtcopy_cpu topo_cpus[MAX_CPUS];
static struct mtcopy_domain topo_domains[MAX_CPUS];
static atomic_t nr_wakes;
static double wakes[POOL_WAKES];
static bool hold, stop, eager_helpers, await_helper;
static struct {
	atomic_long_t pages_caller, pages_helpers, helper_ns, started, late;
} totals;

/*
 * The machine
 */

static bool read_number(const char *format, unsigned int cpu, long *number)
{
	char path[128];
	FILE *file;
	bool good;

	snprintf(path, sizeof(path), format, cpu);
	file = fopen(path, "r");
	if (!file)
		return false;
	good = fscanf(file, "%ld", number) == 1;
	fclose(file);
	return good;
}

static int node_of(unsigned int cpu)
{
	char path[96];

	for (int node = 0; node < 64; node++) {
		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/node%d/cpulist", cpu, node);
		FILE *file = fopen(path, "r");

		if (file) {
			fclose(file);
			return node;
		}
	}
	return 0;
}

static void read_topology(void)
{
	cpu_set_t set;

	topo.cpus = topo_cpus;
	topo.domains = topo_domains;
	topo.nr_cpus = 0;
	if (sched_getaffinity(0, sizeof(set), &set))
		CPU_ZERO(&set);
	for (unsigned int cpu = 0; cpu < CPU_SETSIZE && cpu < MAX_CPUS; cpu++) {
		long l3 = 0, core = cpu;

		if (!CPU_ISSET(cpu, &set))
			continue;
		/* The first of the CPUs that share it stands for it */
		read_number("/sys/devices/system/cpu/cpu%u/cache/index3/shared_cpu_list", cpu, &l3);
		read_number("/sys/devices/system/cpu/cpu%u/topology/thread_siblings_list", cpu, &core);
		topo_cpus[topo.nr_cpus++] = (struct mtcopy_cpu) {
			.cpu = cpu, .core = core, .l3 = l3, .node = node_of(cpu),
		};
	}
	mtcopy_topology_build(&topo);
}

unsigned int pool_cpus(void)
{
	if (!topo.nr_cpus)
		read_topology();
	return topo.nr_cpus;
}

unsigned int pool_cpu(unsigned int i)
{
	return i < pool_cpus() ? topo.cpus[i].cpu : 0;
}

void pool_pin(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (pthread_setaffinity_np(pthread_self(), sizeof(set), &set))
		fprintf(stderr, "mtcopy-bench: cannot pin a thread to CPU %u; the figures will scatter\n", cpu);
}

void pool_set_busy(unsigned int cpu, bool is_busy)
{
	__atomic_store_n(&busy[cpu], is_busy, __ATOMIC_RELAXED);
}

void pool_hold_helpers(bool on)
{
	__atomic_store_n(&hold, on, __ATOMIC_RELEASE);
}

void pool_await_helper(bool await)
{
	await_helper = await;
}

void pool_settle(void)
{
	for (unsigned int i = 0; i < pool_cpus(); i++)
		while (atomic_long_read_acquire(&helpers[pool_cpu(i)].order))
			usleep(100);
}

/*
 * Copying
 */

/* As the kernel does on a CPU with ERMS, so that both sides copy the same way. */
void copy_pages(struct page *dst, const struct page *src, unsigned long pages)
{
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
	unsigned long len = pages * PAGE_SIZE;

	asm volatile("rep movsb" : "+D"(dst), "+S"(src), "+c"(len) : : "memory");
#else
	memcpy(dst, src, pages * PAGE_SIZE);
#endif
}

static int mtcopy_copy_item(const struct mtcopy_item *item)
{
	if (pool_poisoned >= item->src && pool_poisoned < item->src + item->pages)
		return -1;
	copy_pages(item->dst, item->src, item->pages);
	return 0;
}

/* Found again by its destination: folios lie where they like. */
static __thread struct folio *finishing;

static void mtcopy_folio_copied(const struct mtcopy_item *last)
{
	while (last->dst + last->pages != finishing->dst + finishing->pages)
		finishing++;
	finishing->copied = true;
}

static long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

static void wake_helpers(unsigned int id, long ticket, unsigned int n)
{
	while (n--) {
		int cpu = mtcopy_job_next_cpu(&slots[id].job);

		if (cpu < 0)
			return;
		if (!atomic_long_cmpxchg(&helpers[cpu].order, 0, ticket | id)) {
			__atomic_store_n(&helpers[cpu].woken, now_ns(), __ATOMIC_RELAXED);
			sem_post(&helpers[cpu].wake);
		}
	}
}

static bool helper_go_on(void *ctx)
{
	const struct helper *h = ctx;

	return !__atomic_load_n(&busy[h->cpu], __ATOMIC_RELAXED);
}

static bool help(struct helper *h, unsigned int id, long ticket)
{
	struct mtcopy_job *job = &slots[id].job;
	long start = now_ns();

	if (!mtcopy_job_enter(job, ticket))
		return false;
	wakes[atomic_fetch_inc(&nr_wakes) % POOL_WAKES] = start - __atomic_load_n(&h->woken, __ATOMIC_RELAXED);
	wake_helpers(id, ticket, WAKE_AT_ONCE);
	atomic_long_add(mtcopy_job_work(job, helper_go_on, h), &job->helped_pages);
	atomic_long_add(now_ns() - start, &job->helped_ns);
	atomic_inc(&job->helpers);
	mtcopy_job_leave(job);
	return true;
}

static void *helper_main(void *arg)
{
	const struct sched_param none = { 0 };
	struct helper *h = arg;

	pool_pin(h->cpu);
	if (!eager_helpers && pthread_setschedparam(pthread_self(), SCHED_IDLE, &none))
		fprintf(stderr, "mtcopy-bench: no SCHED_IDLE for the helper of CPU %u\n", h->cpu);
	for (;;) {
		while (sem_wait(&h->wake))
			;
		if (__atomic_load_n(&stop, __ATOMIC_ACQUIRE))
			return NULL;
		while (__atomic_load_n(&hold, __ATOMIC_ACQUIRE))
			usleep(100);
		long order = atomic_long_read_acquire(&h->order);

		if (!order)
			continue;
		if (!helper_go_on(h) || !help(h, order & ORDER_SLOT, order & ~ORDER_SLOT))
			atomic_long_inc(&totals.late);
		atomic_long_set_release(&h->order, 0);
	}
}

struct caller {
	unsigned int id;
	long ticket;
};

static bool caller_go_on(void *ctx)
{
	const struct caller *c = ctx;

	wake_helpers(c->id, c->ticket, 1);
	return true;
}

static void run_job(unsigned int id)
{
	struct mtcopy_job *job = &slots[id].job;
	struct caller c = { .id = id, .ticket = mtcopy_job_open(job) };

	wake_helpers(id, c.ticket, WAKE_AT_ONCE);
	while (await_helper && mtcopy_job_left(job) && !atomic_read(&job->helpers))
		sched_yield();
	atomic_long_add(mtcopy_job_work(job, caller_go_on, &c), &totals.pages_caller);
	mtcopy_job_close(job);
	for (unsigned int spins = 0; !mtcopy_job_left(job); spins++)
		if (spins > 10000)
			sched_yield();
	atomic_long_add(atomic_long_read(&job->helped_pages), &totals.pages_helpers);
	atomic_long_add(atomic_long_read(&job->helped_ns), &totals.helper_ns);
	atomic_long_add(atomic_read(&job->helpers), &totals.started);
}

static bool may_help(unsigned int cpu, void *ctx)
{
	(void)ctx;
	return helpers[cpu].there && !atomic_long_read(&helpers[cpu].order);
}

static bool is_idle(unsigned int cpu, void *ctx)
{
	(void)ctx;
	return !__atomic_load_n(&busy[cpu], __ATOMIC_RELAXED);
}

bool pool_copy(struct folio *folios, unsigned int n)
{
	struct mtcopy_request req = {
		.caller = sched_getcpu(), .chunk_bytes = knobs.chunk_bytes,
		.nr_threads = knobs.nr_threads, .may_help = may_help, .is_idle = is_idle,
	};
	unsigned int id, at = 0, chunk = knobs.chunk_bytes / PAGE_SIZE;
	unsigned long done = 0;
	struct mtcopy_job *job;
	bool failed = false;

	for (id = 0; id < SLOTS; id++)
		if (!__atomic_exchange_n(&slots[id].used, true, __ATOMIC_ACQUIRE))
			break;
	if (id == SLOTS)
		return false;
	job = &slots[id].job;

	for (unsigned int i = 0; i < n; i++) {
		req.bytes += folios[i].pages * PAGE_SIZE;
		folios[i].copied = false;
	}
	/* Memory is wherever the caller's node is: nothing binds it elsewhere */
	for (unsigned int i = 0; i < topo.nr_cpus; i++)
		if (topo.cpus[i].cpu == req.caller)
			req.src_node = req.dst_node = topo.cpus[i].node;
	job->nr_cpus = mtcopy_plan(&topo, &req, job->cpus);
	if (job->nr_cpus) {
		finishing = folios;
		while (at < n) {
			job->nr_items = 0;
			while (at < n) {
				struct folio *f = &folios[at];

				done = mtcopy_job_add(job, f->dst, f->src, f->pages, done, chunk);
				if (done < f->pages)
					break;
				at++;
				done = 0;
			}
			mtcopy_job_ready(job, chunk);
			run_job(id);
			mtcopy_job_finish(job, &failed);
		}
	}
	bool helped = job->nr_cpus;

	__atomic_store_n(&slots[id].used, false, __ATOMIC_RELEASE);
	return helped;
}

void plain_copy(struct folio *folios, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		copy_pages(folios[i].dst, folios[i].src, folios[i].pages);
}

/*
 * Beginning and end
 */

bool pool_start(bool eager, char *why, size_t size)
{
	eager_helpers = eager;
	__atomic_store_n(&stop, false, __ATOMIC_RELEASE);
	for (unsigned int i = 0; i < pool_cpus(); i++) {
		struct helper *h = &helpers[pool_cpu(i)];
		int error;

		h->cpu = pool_cpu(i);
		atomic_long_set(&h->order, 0);
		sem_init(&h->wake, 0, 0);
		error = pthread_create(&h->thread, NULL, helper_main, h);
		if (error) {
			snprintf(why, size, "a helper thread: %s", strerror(error));
			return false;
		}
		h->there = true;
	}
	return true;
}

void pool_stop(void)
{
	__atomic_store_n(&hold, false, __ATOMIC_RELEASE);
	__atomic_store_n(&stop, true, __ATOMIC_RELEASE);
	for (unsigned int i = 0; i < pool_cpus(); i++) {
		struct helper *h = &helpers[pool_cpu(i)];

		if (!h->there)
			continue;
		sem_post(&h->wake);
		pthread_join(h->thread, NULL);
		h->there = false;
		sem_destroy(&h->wake);
	}
}

unsigned int pool_wakes(double *ns)
{
	unsigned int n = atomic_read(&nr_wakes);

	memcpy(ns, wakes, sizeof(wakes));
	return n < POOL_WAKES ? n : POOL_WAKES;
}

void pool_counts(struct counts *c)
{
	c->pages_caller = __atomic_exchange_n(&totals.pages_caller.counter, 0, __ATOMIC_RELAXED);
	c->pages_helpers = __atomic_exchange_n(&totals.pages_helpers.counter, 0, __ATOMIC_RELAXED);
	c->helper_ns = __atomic_exchange_n(&totals.helper_ns.counter, 0, __ATOMIC_RELAXED);
	c->started = __atomic_exchange_n(&totals.started.counter, 0, __ATOMIC_RELAXED);
	c->late = __atomic_exchange_n(&totals.late.counter, 0, __ATOMIC_RELAXED);
}
