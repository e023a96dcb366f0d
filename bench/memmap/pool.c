// SPDX-License-Identifier: GPL-2.0-only
/* Threads in place of the kernel's workqueue: each on a CPU of its own, waiting. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include "bench.h"

enum state { IDLE, QUEUED, RUNNING };

static struct worker {
	pthread_t thread;
	enum state state;
	void *work;
	void (*function)(void *work);
} workers[MAX_THREADS];
static unsigned int nr_workers;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static void pin(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		fprintf(stderr, "memmap-bench: cannot stay on CPU %u; the figures will scatter\n", cpu);
}

static void *run(void *arg)
{
	struct worker *worker = arg;

	pin(worker - workers);
	pthread_mutex_lock(&lock);
	for (;;) {
		while (worker->state != QUEUED)
			pthread_cond_wait(&changed, &lock);
		worker->state = RUNNING;
		pthread_mutex_unlock(&lock);
		worker->function(worker->work);
		pthread_mutex_lock(&lock);
		worker->state = IDLE;
		worker->work = NULL;
		pthread_cond_broadcast(&changed);
	}
	return NULL;
}

/* The caller takes part on the last CPU; there is a worker for each other one. */
void pool_make(unsigned int cpus)
{
	nr_workers = cpus - 1;
	for (unsigned int i = 0; i < nr_workers; i++)
		if (pthread_create(&workers[i].thread, NULL, run, &workers[i])) {
			fprintf(stderr, "memmap-bench: cannot start thread %u; run on a machine with less load\n", i);
			exit(1);
		}
	pin(nr_workers);
}

void pool_start(void *work, void (*function)(void *work))
{
	pthread_mutex_lock(&lock);
	for (unsigned int i = 0; i < nr_workers; i++) {
		struct worker *worker = &workers[i];

		if (worker->work)
			continue;
		worker->work = work;
		worker->function = function;
		worker->state = QUEUED;
		break;
	}
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

int pool_end(void *work)
{
	int taken_back = 0;

	pthread_mutex_lock(&lock);
	for (unsigned int i = 0; i < nr_workers; i++) {
		struct worker *worker = &workers[i];

		while (worker->work == work && worker->state == RUNNING)
			pthread_cond_wait(&changed, &lock);
		if (worker->work == work && worker->state == QUEUED) {
			worker->work = NULL;
			worker->state = IDLE;
			taken_back = 1;
		}
	}
	pthread_mutex_unlock(&lock);
	return taken_back;
}
