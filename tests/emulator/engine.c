// SPDX-License-Identifier: GPL-2.0-only
#include "engine.h"

#include "util.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>

/* What is copied at a time: small enough to pace slow engines, and for a cache. */
#define CHUNK (128u << 10)

/*
 * An engine that was kept from running makes up for at most this much, so that a
 * suspended machine does not see a burst without limit.
 */
#define CATCH_UP_NS (100 * NSEC_PER_MSEC)

/* One descriptor in execution. All times are absolute. */
struct job {
	uint64_t token;
	struct transfer desc;
	uint64_t bandwidth;	/* when it began */
	uint64_t data_start;	/* the latency is over, the first byte moves */
	bool injected;		/* its error is */
};

struct engine {
	struct device *dev;
	struct queue *queue;
	pthread_t thread;
	uint64_t free_at;	/* when the descriptor before was over */
	uint8_t buf[CHUNK];
};

static bool revoked(const struct engine *e, const struct job *job)
{
	return e->dev->quit || !queue_current(e->queue, job->token);
}

static bool wait_until(struct engine *e, const struct job *job, uint64_t time)
{
	struct device *dev = e->dev;
	struct timespec ts = { time / NSEC_PER_SEC, time % NSEC_PER_SEC };

	while (!revoked(e, job)) {
		if (clock_ns() >= time)
			return true;
		pthread_cond_timedwait(&dev->work, &dev->lock, &ts);
	}
	return false;
}

/* When that many bytes of the job are through. */
static uint64_t due(const struct job *job, uint64_t bytes)
{
	if (!job->bandwidth)
		return job->data_start;
	return job->data_start +
	       (uint64_t)((unsigned __int128)bytes * NSEC_PER_SEC / job->bandwidth);
}

/* Stores to guest memory; drops the lock meanwhile. False: it is not there. */
static bool store(struct engine *e, uint64_t address, const void *data, uint32_t len)
{
	struct device *dev = e->dev;
	int err;

	dev->writers++;
	pthread_mutex_unlock(&dev->lock);
	if (dev->through_client)
		err = link_dma_write(&dev->link, address, data, len);
	else
		err = dmamap_write(&dev->memory, address, data, len);
	pthread_mutex_lock(&dev->lock);
	dev->writers--;
	pthread_cond_broadcast(&dev->idle);
	return !err;
}

/* Copies one chunk; drops the lock meanwhile. 0 or an error code. */
static unsigned int move_chunk(struct engine *e, const struct job *job, uint32_t offset,
			       uint32_t len, bool flip)
{
	struct device *dev = e->dev;
	unsigned int code = 0;

	if (!pci_bus_master(&dev->pci))
		return e->queue->ops->bad_write;
	pthread_mutex_unlock(&dev->lock);
	if (dmamap_read(&dev->memory, job->desc.source + offset, e->buf, len))
		code = e->queue->ops->bad_read;
	if (flip)
		e->buf[len / 2] ^= 0x10;
	pthread_mutex_lock(&dev->lock);
	if (code || revoked(e, job))
		return code;
	if (!store(e, job->desc.destination + offset, e->buf, len))
		return e->queue->ops->bad_write;
	if (flip)
		dev->stats.flips++;
	return 0;
}

/* Moves the first len bytes at the pace of the model. 0 or an error code. */
static unsigned int move(struct engine *e, const struct job *job, uint32_t len, bool flip)
{
	uint32_t chunk = CHUNK;
	unsigned int code;

	if (e->dev->through_client)
		chunk = min_u64(chunk, link_max_xfer(&e->dev->link));
	for (uint32_t done = 0; done < len; done += chunk) {
		chunk = min_u64(chunk, len - done);
		if (!wait_until(e, job, due(job, (uint64_t)done + chunk)))
			return 0;
		code = move_chunk(e, job, done, chunk, flip && !done);
		if (code || revoked(e, job))
			return code;
	}
	return 0;
}

/* Never completes; or does so late, and then no stop has been heeded. */
static unsigned int hang(struct engine *e, struct job *job)
{
	struct device *dev = e->dev;
	uint64_t late_ns = dev->inject.late_ms * NSEC_PER_MSEC;
	uint64_t end = due(job, job->desc.length) + late_ns;
	unsigned int code;

	dev->stats.hangs_injected++;
	queue_hang(e->queue, late_ns);
	if (!late_ns) {
		while (!revoked(e, job))
			pthread_cond_wait(&dev->work, &dev->lock);
		return 0;
	}
	if (!wait_until(e, job, end))
		return 0;
	job->bandwidth = 0;
	code = move(e, job, job->desc.length, false);
	if (!code && !revoked(e, job))
		dev->stats.late_writes++;
	return code;
}

/* The data part of the descriptor. 0 or an error code. */
static unsigned int perform(struct engine *e, struct job *job)
{
	struct device *dev = e->dev;
	enum outcome outcome = inject_outcome(&dev->inject, e->queue->index);
	unsigned int injected = dev->inject.code;
	unsigned int code;

	if (outcome == OUTCOME_HANG)
		return hang(e, job);
	if (outcome == OUTCOME_ERROR) {
		/* Half way through, so that the destination is neither old nor new. */
		code = move(e, job, job->desc.length / 2, false);
		job->injected = !code;
		return code ? code : injected;
	}
	return move(e, job, job->desc.length, outcome == OUTCOME_FLIP);
}

/* Reads the descriptor. 0 or an error code. */
static unsigned int fetch(struct engine *e, uint64_t address, struct transfer *desc)
{
	const struct queue_ops *ops = e->queue->ops;
	uint8_t raw[DESC_SIZE];

	if (dmamap_read(&e->dev->memory, address, raw, sizeof(raw)))
		return ops->bad_address;
	return ops->decode(raw, desc);
}

/* Writes into the descriptor how it ended, if the model does. 0 or an error code. */
static unsigned int report(struct engine *e, uint64_t address, unsigned int code)
{
	const struct queue_ops *ops = e->queue->ops;
	uint8_t status[2];

	if (!ops->status || code == ops->bad_address)
		return code;
	ops->status(status, code);
	if (!store(e, address + ops->status_at, status, sizeof(status)))
		return ops->bad_address;
	return code;
}

static void execute(struct engine *e, uint64_t address, uint64_t since)
{
	struct device *dev = e->dev;
	uint64_t began = clock_ns(), now;
	struct job job = {
		.token = e->queue->token,
		.bandwidth = dev->bandwidth,
		.data_start = max_u64(since, e->free_at) + dev->latency_us * NSEC_PER_USEC,
	};
	bool paced = job.bandwidth;
	unsigned int code;

	dev->stats.descriptors++;
	code = fetch(e, address, &job.desc);
	if (!code)
		code = perform(e, &job);
	if (!revoked(e, &job))
		code = report(e, address, code);

	now = clock_ns();
	dev->stats.busy_ns += now - began;
	e->free_at = now;
	if (revoked(e, &job))
		return;
	if (code) {
		if (job.injected)
			dev->stats.errors_injected++;
		else
			dev->stats.errors++;
		queue_fail(e->queue, code);
		return;
	}
	/* An engine that is a bit late is not later for the next one. */
	if (paced && !e->queue->hung)
		e->free_at = max_u64(due(&job, job.desc.length), now - CATCH_UP_NS);
	dev->stats.completed++;
	dev->stats.bytes += job.desc.length;
	dev->stats.reordered += queue_complete(e->queue, &job.desc);
}

static bool may_run(const struct device *dev)
{
	return !dev->dead && pci_bus_master(&dev->pci);
}

static void *engine_main(void *arg)
{
	struct engine *e = arg;
	struct device *dev = e->dev;
	uint64_t address, since;

	/* Sleeps end when they should, not up to 50 us later. */
	prctl(PR_SET_TIMERSLACK, 1ul, 0ul, 0ul, 0ul);
	pthread_mutex_lock(&dev->lock);
	while (!dev->quit) {
		if (may_run(dev) && queue_begin(e->queue, &address, &since))
			execute(e, address, since);
		else
			pthread_cond_wait(&dev->work, &dev->lock);
	}
	pthread_mutex_unlock(&dev->lock);
	return NULL;
}

static int start(struct device *dev, struct queue *queue, struct engine **engine)
{
	struct engine *e = calloc(1, sizeof(*e));
	int err;

	if (!e)
		return ENOMEM;
	e->dev = dev;
	e->queue = queue;
	err = pthread_create(&e->thread, NULL, engine_main, e);
	if (err)
		free(e);
	else
		*engine = e;
	return err;
}

int engines_start(struct device *dev, struct engines *engines)
{
	int err;

	for (engines->count = 0; engines->count < dev->nr_queues; engines->count++) {
		err = start(dev, dev->queues[engines->count], &engines->engine[engines->count]);
		if (err) {
			engines_stop(dev, engines);
			return err;
		}
	}
	return 0;
}

void engines_stop(struct device *dev, struct engines *engines)
{
	pthread_mutex_lock(&dev->lock);
	dev->quit = true;
	pthread_cond_broadcast(&dev->work);
	pthread_mutex_unlock(&dev->lock);
	while (engines->count) {
		struct engine *e = engines->engine[--engines->count];

		pthread_join(e->thread, NULL);
		free(e);
	}
}
