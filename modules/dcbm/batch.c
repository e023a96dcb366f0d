// SPDX-License-Identifier: GPL-2.0-only
/*
 * A batch: cut its folios into chunks, keep the channels busy with them, and
 * mark each folio whose chunks have all arrived.
 *
 * All of it is done by the migrating task, in process context, perhaps in
 * reclaim. It never allocates. It hands out chunks no longer than one channel
 * might take for that many batches like this one as there can be, and waits no
 * longer than those that are out may.
 */

#include <linux/bitmap.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/sizes.h>

#include "dcbm.h"

/* Smaller chunks than this cost more to hand out than they gain. */
#define CHUNK_FLOOR	SZ_32K

/* How long to wait for one of the other batches to end. */
#define BATCH_WAIT_MS	5

/* How long to trust the interrupts before looking. */
#define LOOK_MS		20

static struct dcbm_batch batches[DCBM_BATCHES];

/* Bit n: batches[n] is in use. */
static unsigned long batches_used;
static bool batches_paused;
static DEFINE_SPINLOCK(batches_lock);
static DECLARE_WAIT_QUEUE_HEAD(batches_wait);

static bool batch_try_get(struct dcbm_batch **batch)
{
	unsigned int id;

	guard(spinlock)(&batches_lock);
	*batch = NULL;
	if (batches_paused)
		return true;
	id = find_first_zero_bit(&batches_used, DCBM_BATCHES);
	if (id == DCBM_BATCHES)
		return false;
	__set_bit(id, &batches_used);
	*batch = &batches[id];
	return true;
}

static struct dcbm_batch *batch_get(void)
{
	struct dcbm_batch *batch;

	wait_event_timeout(batches_wait, batch_try_get(&batch),
			   msecs_to_jiffies(BATCH_WAIT_MS));
	return batch;
}

static void batch_put(struct dcbm_batch *batch)
{
	unsigned int i;

	for (i = 0; i < batch->nr_chans; i++)
		dcbm_chan_put(batch->chans[i]);
	batch->nr_chans = 0;

	scoped_guard(spinlock, &batches_lock)
		__clear_bit(batch->id, &batches_used);
	wake_up_all(&batches_wait);
}

static bool batches_idle(void)
{
	guard(spinlock)(&batches_lock);
	return !batches_used;
}

/* Decline batches from now on, and wait for those that are running. */
void dcbm_batches_pause(void)
{
	scoped_guard(spinlock, &batches_lock)
		batches_paused = true;
	wait_event(batches_wait, batches_idle());
}

void dcbm_batches_resume(void)
{
	guard(spinlock)(&batches_lock);
	batches_paused = false;
}

void dcbm_batches_init(void)
{
	struct dcbm_batch *batch;
	unsigned int i, j;

	for (i = 0; i < DCBM_BATCHES; i++) {
		batch = &batches[i];
		batch->id = i;
		init_waitqueue_head(&batch->wait);
		INIT_LIST_HEAD(&batch->out);
		INIT_LIST_HEAD(&batch->free_items);
		for (j = 0; j < ARRAY_SIZE(batch->items); j++)
			list_add(&batch->items[j].free, &batch->free_items);
	}
}

/*
 * Folios
 */

static struct dcbm_item *item_get(struct dcbm_batch *batch, struct folio *dst)
{
	struct dcbm_item *item;

	/* One for each request and one more: there is always one */
	item = list_first_entry(&batch->free_items, struct dcbm_item, free);
	list_del(&item->free);
	item->dst = dst;
	item->pending = 1;
	item->failed = false;
	return item;
}

static void item_put(struct dcbm_batch *batch, struct dcbm_item *item)
{
	if (--item->pending)
		return;
	if (!item->failed) {
		migrate_offload_folio_copied(item->dst);
		batch->copied++;
	}
	list_add(&item->free, &batch->free_items);
}

/*
 * Chunks
 */

static struct dcbm_req *chan_free_req(struct dcbm_batch *batch,
				      struct dcbm_chan *ch, unsigned int *used)
{
	struct dcbm_req *req, *found = NULL;
	unsigned int i;

	*used = 0;
	for (i = 0; i < DCBM_DEPTH; i++) {
		req = &ch->reqs[batch->id * DCBM_DEPTH + i];
		/* Nobody else uses a free one; pairs with dcbm_chunk_end() */
		if (smp_load_acquire(&req->state) == REQ_FREE)
			found = req;
		else
			++*used;
	}
	return found;
}

/* A request on the channel that has least to do for us, nearest first. */
static struct dcbm_req *batch_free_req(struct dcbm_batch *batch)
{
	unsigned int i, used, least = UINT_MAX;
	struct dcbm_req *req, *best = NULL;

	for (i = 0; i < batch->nr_chans && least; i++) {
		if (READ_ONCE(batch->chans[i]->state) != CHAN_ACTIVE ||
		    test_bit(i, batch->full))
			continue;
		req = chan_free_req(batch, batch->chans[i], &used);
		if (req && used < least) {
			least = used;
			best = req;
		}
	}
	return best;
}

/* The provider has no descriptor for this channel until something has ended. */
static void batch_chan_full(struct dcbm_batch *batch, struct dcbm_chan *ch)
{
	unsigned int i;

	for (i = 0; i < batch->nr_chans; i++)
		if (batch->chans[i] == ch)
			__set_bit(i, batch->full);
}

/* Take back what has ended. Unsettled requests stay on the list. */
static void batch_reap(struct dcbm_batch *batch)
{
	struct dcbm_req *req, *next;
	enum dcbm_req_state state;
	struct dcbm_item *item;

	batch->busy = 0;
	list_for_each_entry_safe(req, next, &batch->out, node) {
		state = dcbm_chunk_state(req);
		batch->busy += state == REQ_BUSY;
		if (state != REQ_DONE && state != REQ_FAILED)
			continue;
		list_del(&req->node);
		item = req->item;
		if (!dcbm_chunk_end(req))
			item->failed = true;
		item_put(batch, item);
	}
}

/* Deal with requests that should have ended. */
static void batch_look(struct dcbm_batch *batch)
{
	struct dcbm_req *req;
	unsigned long soon;

	list_for_each_entry(req, &batch->out, node) {
		if (dcbm_chunk_state(req) != REQ_BUSY)
			continue;
		if (dcbm_chunk_poll(req) && !req->found) {
			/* Just found; that may still have to get to us */
			req->found = true;
			soon = jiffies + msecs_to_jiffies(LOOK_MS);
			if (time_before(req->deadline, soon))
				req->deadline = soon;
		}
		if (time_after(jiffies, req->deadline))
			dcbm_chunk_overdue(req);
	}
}

/* Wait until something has ended. There is something that will, or is overdue. */
static void batch_wait(struct dcbm_batch *batch)
{
	wait_event_timeout(batch->wait, atomic_xchg(&batch->events, 0),
			   msecs_to_jiffies(LOOK_MS));
	if (time_after_eq(jiffies, batch->look_at)) {
		batch_look(batch);
		batch->look_at = jiffies + msecs_to_jiffies(LOOK_MS);
	}
	batch_reap(batch);
	bitmap_zero(batch->full, DCBM_MAX_CHANS);
}

/*
 * Hand out one chunk, waiting for a request if need be. Returns -ENODEV when
 * there is no channel any more, or none that takes it, and -ETIME when the batch
 * has taken too long already.
 */
static int batch_chunk(struct dcbm_batch *batch, struct dcbm_item *item,
		       struct folio *src, size_t offset, unsigned int len)
{
	struct dcbm_req *req;
	int ret;

	do {
		while (!(req = batch_free_req(batch))) {
			if (!batch->busy)
				return -ENODEV;
			batch_wait(batch);
		}
		if (time_after(jiffies, batch->deadline))
			return -ETIME;
		ret = dcbm_chunk_submit(req, batch, item, src, offset, len);
		if (ret == -EBUSY)
			batch_chan_full(batch, req->ch);
	} while (ret == -ENODEV || ret == -EBUSY);

	if (!ret) {
		list_add_tail(&req->node, &batch->out);
		batch->busy++;
		item->pending++;
	}
	return ret;
}

static int batch_folio(struct dcbm_batch *batch, struct folio *dst,
		       struct folio *src)
{
	struct dcbm_item *item = item_get(batch, dst);
	size_t offset, len, size = folio_size(src);
	int ret = 0;

	for (offset = 0; offset < size && !item->failed; offset += len) {
		len = min_t(size_t, batch->chunk, size - offset);
		ret = batch_chunk(batch, item, src, offset, len);
		if (ret)
			item->failed = true;
	}
	item_put(batch, item);
	return ret == -ENODEV || ret == -ETIME ? ret : 0;
}

/*
 * Chunks so small that all channels have work, but not for its own sake. With
 * the largest size folios stay whole, which is there to compare with.
 */
static unsigned int chunk_size(struct dcbm_batch *batch, size_t bytes)
{
	unsigned int most = READ_ONCE(dcbm_chunk_bytes);
	size_t share = DIV_ROUND_UP(bytes, batch->nr_chans);

	if (most == DCBM_MAX_CHUNK)
		return most;
	return clamp(PAGE_ALIGN(share), min(CHUNK_FLOOR, most), most);
}

/* What is left when nothing is busy has to outlive the batch. */
static void batch_park(struct dcbm_batch *batch)
{
	struct dcbm_item *item;

	while (!list_empty(&batch->out)) {
		item = list_first_entry(&batch->out, struct dcbm_req, node)->item;
		item->failed = true;
		item->pending++;
		item->pending -= dcbm_park(item, &batch->out);
		/* The rest of the item has been settled meanwhile */
		batch_reap(batch);
		item_put(batch, item);
	}
}

/**
 * dcbm_offload_copy() - copy the folios of a batch, see struct migrator
 */
int dcbm_offload_copy(struct list_head *dst_list, struct list_head *src_list,
		      unsigned int nr_folios)
{
	struct folio *src, *dst;
	struct dcbm_batch *batch;
	size_t bytes = 0;
	int ret = 0;

	batch = batch_get();
	if (!batch)
		return -EOPNOTSUPP;

	dst = list_first_entry(dst_list, struct folio, lru);
	batch->nr_chans = dcbm_chans_get(batch->chans, folio_nid(dst));
	list_for_each_entry(src, src_list, lru)
		bytes += folio_size(src);
	/* Folios of a batch are hardly ever of different sizes. */
	if (!batch->nr_chans ||
	    bytes / nr_folios < dcbm_min_folio(batch->nr_chans)) {
		batch_put(batch);
		return -EOPNOTSUPP;
	}
	batch->chunk = chunk_size(batch, bytes);
	batch->copied = 0;
	batch->busy = 0;
	bitmap_zero(batch->full, DCBM_MAX_CHANS);
	batch->look_at = jiffies + msecs_to_jiffies(LOOK_MS);
	/* Others may have the channels, too */
	batch->deadline = dcbm_deadline(bytes * DCBM_BATCHES);
	atomic_set(&batch->events, 0);

	list_for_each_entry(src, src_list, lru) {
		ret = batch_folio(batch, dst, src);
		if (ret)
			break;
		dst = list_next_entry(dst, lru);
		cond_resched();
	}
	while (batch->busy)
		batch_wait(batch);
	batch_park(batch);

	atomic_long_add(batch->copied, &dcbm_folios_migrated);
	atomic_long_add(nr_folios - batch->copied, &dcbm_folios_failures);
	ret = batch->copied == nr_folios ? 0 : -EIO;
	batch_put(batch);
	return ret;
}
