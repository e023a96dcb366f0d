// SPDX-License-Identifier: GPL-2.0-only
/*
 * One chunk on one channel: submit, completion, giving up, settling.
 */

#define pr_fmt(fmt) "dcbm: " fmt

#include <linux/dma-mapping.h>
#include <linux/jiffies.h>
#include <linux/sizes.h>

#include "dcbm.h"

/* After so many failures without a success between, a channel must rest. */
#define MAX_STREAK	8

/* After so many successes in a row, what was before is forgotten. */
#define GOOD_AGAIN	256

/* How long it rests at first; doubled every time, up to 2^MAX_DOUBLINGS. */
#define REST_MS		100
#define MAX_DOUBLINGS	7

/* Protects dcbm_parked and the transition from unsettled to anything else */
static DEFINE_MUTEX(dcbm_settle_mutex);
static LIST_HEAD(dcbm_parked);

static int chunk_map(struct dcbm_req *req)
{
	struct device *dev = req->ch->dev;
	unsigned long page = req->offset / PAGE_SIZE;

	req->src_dma = dma_map_page(dev, folio_page(req->src, page), 0,
				    req->len, DMA_TO_DEVICE);
	if (dma_mapping_error(dev, req->src_dma))
		return -ENOMEM;

	req->dst_dma = dma_map_page(dev, folio_page(req->dst, page), 0,
				    req->len, DMA_FROM_DEVICE);
	if (dma_mapping_error(dev, req->dst_dma)) {
		dma_unmap_page(dev, req->src_dma, req->len, DMA_TO_DEVICE);
		return -ENOMEM;
	}
	return 0;
}

static void chunk_unmap(struct dcbm_req *req)
{
	struct device *dev = req->ch->dev;

	dma_unmap_page(dev, req->src_dma, req->len, DMA_TO_DEVICE);
	dma_unmap_page(dev, req->dst_dma, req->len, DMA_FROM_DEVICE);
}

/* Called with ch->lock held */
static void chan_quarantine(struct dcbm_chan *ch)
{
	unsigned int doublings;

	lockdep_assert_held(&ch->lock);

	if (ch->state != CHAN_ACTIVE)
		return;

	doublings = min(ch->strikes, MAX_DOUBLINGS);
	ch->state = CHAN_QUARANTINED;
	ch->strikes++;
	ch->good = 0;
	ch->streak = 0;
	ch->tries = 0;
	ch->given_up = false;
	ch->retry_at = jiffies + msecs_to_jiffies(REST_MS << doublings);
	dcbm_tend_soon();
}

/* Called with ch->lock held, under which whoever waits looks, too */
static void chan_wake(struct dcbm_chan *ch)
{
	lockdep_assert_held(&ch->lock);

	/* The lock orders it with the look, which comes after the entry */
	if (waitqueue_active(&ch->idle))
		wake_up(&ch->idle);
}

/* A busy request ends; called with ch->lock held. Wakes whoever waits. */
static void chunk_leave(struct dcbm_req *req, enum dcbm_req_state state)
{
	struct dcbm_batch *batch = req->batch;
	struct dcbm_chan *ch = req->ch;

	lockdep_assert_held(&ch->lock);

	req->state = state;
	ch->out_bytes -= req->len;
	if (!--ch->out)
		ch->busy_ns += ktime_to_ns(ktime_sub(ktime_get(), ch->busy_since));
	chan_wake(ch);

	/* After this the batch may use the request again */
	atomic_inc(&batch->events);
	wake_up(&batch->wait);
}

static void chunk_callback(void *param, const struct dmaengine_result *result)
{
	struct dcbm_req *req = param;
	struct dcbm_chan *ch = req->ch;
	unsigned long flags;

	spin_lock_irqsave(&ch->lock, flags);
	if (req->state != REQ_BUSY) {
		/* Too late: it has been given up */
	} else if (result->result == DMA_TRANS_NOERROR) {
		ch->chunks++;
		ch->bytes += req->len;
		ch->streak = 0;
		if (++ch->good >= GOOD_AGAIN)
			ch->strikes = 0;
		chunk_leave(req, REQ_DONE);
	} else {
		ch->errors++;
		ch->good = 0;
		if (++ch->streak >= MAX_STREAK)
			chan_quarantine(ch);
		chunk_leave(req, REQ_FAILED);
	}
	spin_unlock_irqrestore(&ch->lock, flags);
}

/* When so many bytes should have gone through a channel, in jiffies. */
unsigned long dcbm_deadline(size_t bytes)
{
	u64 ms = (u64)bytes * READ_ONCE(dcbm_timeout_ms_per_mib);

	return jiffies + 1 +
	       msecs_to_jiffies(DIV_ROUND_UP_ULL(ms, SZ_1M) +
				READ_ONCE(dcbm_timeout_min_ms));
}

/**
 * dcbm_chunk_submit() - hand a part of a folio to an engine
 * @req: a free request of @batch
 * @batch: whom to wake when it has ended
 * @item: the destination
 * @src: the source
 * @offset: where in the folio, a multiple of the page size
 * @len: how much, likewise
 *
 * Return: 0, -ENODEV when the channel is not in use any more, -EBUSY when the
 * provider has no descriptor to give until another one ends, or -ENOMEM when
 * the memory cannot be mapped.
 */
int dcbm_chunk_submit(struct dcbm_req *req, struct dcbm_batch *batch,
		      struct dcbm_item *item, struct folio *src,
		      size_t offset, unsigned int len)
{
	struct dma_async_tx_descriptor *tx;
	struct dcbm_chan *ch = req->ch;
	unsigned long flags;
	int ret;

	req->batch = batch;
	req->item = item;
	req->src = src;
	req->dst = item->dst;
	req->offset = offset;
	req->len = len;

	/* Who releases the channel takes this, too, and then waits for us */
	mutex_lock(&ch->mutex);
	ret = -ENODEV;
	if (READ_ONCE(ch->state) != CHAN_ACTIVE)
		goto unlock;
	ret = chunk_map(req);
	if (ret)
		goto unlock;

	ret = -EBUSY;
	tx = dmaengine_prep_dma_memcpy(ch->chan, req->dst_dma, req->src_dma,
				       len, DMA_PREP_INTERRUPT | DMA_CTRL_ACK);
	if (!tx)
		goto unmap;
	tx->callback_result = chunk_callback;
	tx->callback_param = req;

	/* Before it can complete; nothing starts until it is issued */
	spin_lock_irqsave(&ch->lock, flags);
	req->state = REQ_BUSY;
	ch->out_bytes += len;
	if (!ch->out++)
		ch->busy_since = ktime_get();
	/* What is queued on the channel already has to be done first */
	req->deadline = dcbm_deadline(ch->out_bytes);
	req->found = false;
	spin_unlock_irqrestore(&ch->lock, flags);

	req->cookie = dmaengine_submit(tx);
	if (dma_submit_error(req->cookie)) {
		spin_lock_irqsave(&ch->lock, flags);
		chunk_leave(req, REQ_FREE);
		spin_unlock_irqrestore(&ch->lock, flags);
		ret = -ENOMEM;
		goto unmap;
	}
	dma_async_issue_pending(ch->chan);
	ret = 0;
	goto unlock;
unmap:
	chunk_unmap(req);
unlock:
	mutex_unlock(&ch->mutex);
	return ret;
}

/* What has become of a request. */
enum dcbm_req_state dcbm_chunk_state(struct dcbm_req *req)
{
	enum dcbm_req_state state;
	unsigned long flags;

	spin_lock_irqsave(&req->ch->lock, flags);
	state = req->state;
	spin_unlock_irqrestore(&req->ch->lock, flags);
	return state;
}

/*
 * Ask the provider about a request that has been out for a while: drivers find
 * a completion whose interrupt got lost in this way, and call back, soon if not
 * at once. Returns whether it is complete.
 */
bool dcbm_chunk_poll(struct dcbm_req *req)
{
	struct dcbm_chan *ch = req->ch;

	guard(mutex)(&ch->mutex);
	return dcbm_chunk_state(req) == REQ_BUSY &&
	       dma_async_is_tx_complete(ch->chan, req->cookie, NULL, NULL) ==
			DMA_COMPLETE;
}

/*
 * The engine reported a success that was none. The channel is not trusted until
 * dcbm is selected anew: who does not verify would not notice the next time.
 */
static void chan_lied(struct dcbm_req *req)
{
	struct dcbm_chan *ch = req->ch;
	unsigned long flags;
	bool first;

	spin_lock_irqsave(&ch->lock, flags);
	first = !ch->mismatches++;
	ch->errors++;
	ch->chunks--;
	ch->bytes -= req->len;
	chan_quarantine(ch);
	ch->given_up = true;
	spin_unlock_irqrestore(&ch->lock, flags);

	if (first)
		pr_err("%s: wrong data reported as copied, found by verify=1: channel given up, the CPU copies that folio\n",
		       kobject_name(&ch->kobj));
}

static bool chunk_verify(struct dcbm_req *req)
{
	int ret;

	ret = dcbm_compare(req->src, req->dst, req->offset, req->len);
	if (ret > 0)
		chan_lied(req);
	return !ret;
}

/* Take back a request that has ended. Returns whether its chunk has arrived. */
bool dcbm_chunk_end(struct dcbm_req *req)
{
	unsigned long flags;
	bool good;

	chunk_unmap(req);
	/* Not earlier: data that was bounced has arrived only now */
	good = dcbm_chunk_state(req) == REQ_DONE &&
	       (!READ_ONCE(dcbm_verify) || chunk_verify(req));

	spin_lock_irqsave(&req->ch->lock, flags);
	/* Its batch may use it again at once */
	smp_store_release(&req->state, REQ_FREE);
	chan_wake(req->ch);
	spin_unlock_irqrestore(&req->ch->lock, flags);
	return good;
}

/* Does nobody need the device any more, except for what is in doubt? */
bool dcbm_chan_idle(struct dcbm_chan *ch)
{
	struct dcbm_req *req, *end = ch->reqs + ARRAY_SIZE(ch->reqs);

	guard(spinlock_irq)(&ch->lock);
	for (req = ch->reqs; req < end; req++)
		if (req->state != REQ_FREE && req->state != REQ_UNSETTLED)
			return false;
	return true;
}

/*
 * A request is overdue. Stop its channel for all batches, and give up what it
 * had. Whether the engine can still write is the provider's word.
 */
void dcbm_chunk_overdue(struct dcbm_req *overdue)
{
	struct dcbm_chan *ch = overdue->ch;
	struct dcbm_req *req, *end = ch->reqs + ARRAY_SIZE(ch->reqs);
	unsigned int n = 0;
	unsigned long flags;
	int ret;

	mutex_lock(&ch->mutex);
	spin_lock_irqsave(&ch->lock, flags);
	if (overdue->state != REQ_BUSY) {
		/* It came after all, or another batch was faster */
		spin_unlock_irqrestore(&ch->lock, flags);
		goto unlock;
	}
	chan_quarantine(ch);
	spin_unlock_irqrestore(&ch->lock, flags);

	ret = dmaengine_terminate_sync(ch->chan);

	spin_lock_irqsave(&ch->lock, flags);
	for (req = ch->reqs; req < end; req++) {
		if (req->state != REQ_BUSY)
			continue;
		ch->errors++;
		chunk_leave(req, ret ? REQ_UNSETTLED : REQ_FAILED);
		n++;
	}
	spin_unlock_irqrestore(&ch->lock, flags);

	pr_warn_ratelimited("%s: no answer in time, %u chunks given up, engine %s (%d)\n",
			    kobject_name(&ch->kobj), n,
			    ret ? "does not stop" : "stopped", ret);
unlock:
	mutex_unlock(&ch->mutex);
}

/**
 * dcbm_park() - let the unsettled requests of a folio outlive their batch
 * @item: the folio; nothing of it is busy any more
 * @reqs: the requests of the batch
 *
 * Reports the folio to the core, unless all of it has been settled meanwhile.
 *
 * Return: how many requests were unsettled.
 */
unsigned int dcbm_park(struct dcbm_item *item, struct list_head *reqs)
{
	struct dcbm_req *req, *next;
	unsigned int n = 0;

	mutex_lock(&dcbm_settle_mutex);
	list_for_each_entry_safe(req, next, reqs, node) {
		if (req->item != item ||
		    dcbm_chunk_state(req) != REQ_UNSETTLED)
			continue;
		/* It stays so: settling takes the mutex */
		req->parked = true;
		list_move_tail(&req->node, &dcbm_parked);
		n++;
	}
	if (n)
		migrate_offload_folio_unsettled(item->dst);
	mutex_unlock(&dcbm_settle_mutex);
	return n;
}

static bool folio_is_parked(struct folio *dst)
{
	struct dcbm_req *req;

	list_for_each_entry(req, &dcbm_parked, node)
		if (req->dst == dst)
			return true;
	return false;
}

/**
 * dcbm_settle() - the engine of a channel is known to be idle
 * @ch: the channel
 *
 * Gives back what its unsettled requests have kept. Those that their batch has
 * not parked yet are left to the batch. Context: process.
 */
void dcbm_settle(struct dcbm_chan *ch)
{
	struct dcbm_req *req, *end = ch->reqs + ARRAY_SIZE(ch->reqs);
	struct folio *dst;
	bool unsettled;

	mutex_lock(&dcbm_settle_mutex);
	for (req = ch->reqs; req < end; req++) {
		spin_lock_irq(&ch->lock);
		unsettled = req->state == REQ_UNSETTLED;
		if (unsettled && !req->parked) {
			req->state = REQ_FAILED;
			atomic_inc(&req->batch->events);
			wake_up(&req->batch->wait);
		}
		spin_unlock_irq(&ch->lock);
		if (!unsettled || !req->parked)
			continue;

		dst = req->dst;
		req->parked = false;
		list_del(&req->node);
		dcbm_chunk_end(req);
		/* The folio may have chunks on other channels */
		if (!folio_is_parked(dst))
			migrate_offload_settled(dst);
	}
	mutex_unlock(&dcbm_settle_mutex);
}

/* How many requests of a channel are unsettled. */
unsigned int dcbm_unsettled(struct dcbm_chan *ch)
{
	struct dcbm_req *req, *end = ch->reqs + ARRAY_SIZE(ch->reqs);
	unsigned int n = 0;

	spin_lock_irq(&ch->lock);
	for (req = ch->reqs; req < end; req++)
		n += req->state == REQ_UNSETTLED;
	spin_unlock_irq(&ch->lock);
	return n;
}
