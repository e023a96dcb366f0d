// SPDX-License-Identifier: GPL-2.0-only
#include "engine.h"

#include "util.h"

#include <errno.h>
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
	struct ptdma_desc desc;
	uint64_t bandwidth;	/* when it began */
	uint64_t data_start;	/* the latency is over, the first byte moves */
	bool injected;		/* its error is */
};

struct engine {
	struct device *dev;
	uint64_t free_at;	/* when the descriptor before was over */
	uint8_t buf[CHUNK];
};

static bool revoked(const struct device *dev, const struct job *job)
{
	return dev->quit || !ptdma_current(&dev->queue, job->token);
}

static bool wait_until(struct device *dev, const struct job *job, uint64_t time)
{
	struct timespec ts = { time / NSEC_PER_SEC, time % NSEC_PER_SEC };

	while (!revoked(dev, job)) {
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

/* Copies one chunk; drops the lock meanwhile. 0 or an error code. */
static unsigned int move_chunk(struct engine *e, const struct job *job, uint32_t offset,
			       uint32_t len, bool flip)
{
	struct device *dev = e->dev;
	unsigned int code = 0;

	if (!pci_bus_master(&dev->pci))
		return PTDMA_ERR_WRITE;
	pthread_mutex_unlock(&dev->lock);
	if (dmamap_read(&dev->memory, job->desc.source + offset, e->buf, len))
		code = PTDMA_ERR_READ;
	if (flip)
		e->buf[len / 2] ^= 0x10;
	pthread_mutex_lock(&dev->lock);
	if (code || revoked(dev, job))
		return code;

	dev->writing = true;
	pthread_mutex_unlock(&dev->lock);
	if (dev->through_client ?
	    link_dma_write(&dev->link, job->desc.destination + offset, e->buf, len) :
	    dmamap_write(&dev->memory, job->desc.destination + offset, e->buf, len))
		code = PTDMA_ERR_WRITE;
	pthread_mutex_lock(&dev->lock);
	dev->writing = false;
	pthread_cond_broadcast(&dev->idle);
	if (flip && !code)
		dev->stats.flips++;
	return code;
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
		if (!wait_until(e->dev, job, due(job, (uint64_t)done + chunk)))
			return 0;
		code = move_chunk(e, job, done, chunk, flip && !done);
		if (code || revoked(e->dev, job))
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
	ptdma_hang(&dev->queue, late_ns);
	if (!late_ns) {
		while (!revoked(dev, job))
			pthread_cond_wait(&dev->work, &dev->lock);
		return 0;
	}
	if (!wait_until(dev, job, end))
		return 0;
	job->bandwidth = 0;
	code = move(e, job, job->desc.length, false);
	if (!code && !revoked(dev, job))
		dev->stats.late_writes++;
	return code;
}

/* The data part of the descriptor. 0 or an error code. */
static unsigned int perform(struct engine *e, struct job *job)
{
	struct device *dev = e->dev;
	enum outcome outcome = inject_outcome(&dev->inject);
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
static unsigned int fetch(struct device *dev, uint64_t address, struct ptdma_desc *desc)
{
	uint8_t raw[PTDMA_DESC_SIZE];

	if (dmamap_read(&dev->memory, address, raw, sizeof(raw)))
		return PTDMA_ERR_ADDRESS;
	return ptdma_decode(raw, desc);
}

static void execute(struct engine *e, uint64_t address, uint64_t since)
{
	struct device *dev = e->dev;
	uint64_t began = clock_ns(), now;
	struct job job = {
		.token = dev->queue.token,
		.bandwidth = dev->bandwidth,
		.data_start = max_u64(since, e->free_at) + dev->latency_us * NSEC_PER_USEC,
	};
	bool paced = job.bandwidth;
	unsigned int code;

	dev->stats.descriptors++;
	code = fetch(dev, address, &job.desc);
	if (!code)
		code = perform(e, &job);

	now = clock_ns();
	dev->stats.busy_ns += now - began;
	e->free_at = now;
	if (revoked(dev, &job))
		return;
	if (code) {
		if (job.injected)
			dev->stats.errors_injected++;
		else
			dev->stats.errors++;
		ptdma_fail(&dev->queue, code);
		return;
	}
	/* An engine that is a bit late is not later for the next one. */
	if (paced && !dev->queue.hung)
		e->free_at = max_u64(due(&job, job.desc.length), now - CATCH_UP_NS);
	dev->stats.completed++;
	dev->stats.bytes += job.desc.length;
	ptdma_complete(&dev->queue, &job.desc);
}

static bool may_run(const struct device *dev)
{
	return !dev->dead && pci_bus_master(&dev->pci);
}

static void *engine_main(void *arg)
{
	static _Thread_local struct engine engine;
	struct engine *e = &engine;
	struct device *dev = arg;
	uint64_t address, since;

	e->dev = dev;
	/* Sleeps end when they should, not up to 50 us later. */
	prctl(PR_SET_TIMERSLACK, 1ul, 0ul, 0ul, 0ul);
	pthread_mutex_lock(&dev->lock);
	while (!dev->quit) {
		if (may_run(dev) && ptdma_begin(&dev->queue, &address, &since))
			execute(e, address, since);
		else
			pthread_cond_wait(&dev->work, &dev->lock);
	}
	pthread_mutex_unlock(&dev->lock);
	return NULL;
}

int engine_start(struct device *dev, pthread_t *thread)
{
	return pthread_create(thread, NULL, engine_main, dev);
}

void engine_stop(struct device *dev, pthread_t thread)
{
	pthread_mutex_lock(&dev->lock);
	dev->quit = true;
	pthread_cond_broadcast(&dev->work);
	pthread_mutex_unlock(&dev->lock);
	pthread_join(thread, NULL);
}
