/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DCBM_H
#define _DCBM_H

/*
 * DMA core batch migrator: copies the folios of a migration by dmaengine.
 *
 * A batch cuts its folios into chunks and spreads these over all channels. A
 * chunk is one descriptor, with a callback of its own, and uses one of the
 * requests that every channel sets aside for every batch: the copy path does
 * not allocate, and batches cannot take each other's requests away.
 *
 * A request is out until its callback has come, or until the provider has
 * confirmed that the engine stopped. A provider that cannot confirm leaves the
 * request unsettled: the engine may still write, so the core keeps the
 * destination out of use, until a later attempt or the unbinding of the device
 * settles it.
 *
 * Locks, outermost first:
 *
 *   dcbm_mutex          which channels there are, and whether dcbm is enabled.
 *                       Taken inside of the core's migrator_lock (enable,
 *                       disable) and of device locks (bus notifier). Memory is
 *                       allocated under it, so the copy path never takes it.
 *     dcbm_chan.mutex   submitting and stopping on a channel exclude each other
 *     dcbm_settle_mutex the requests that outlive their batch
 *       dcbm_list_lock  the list of channels, for readers; a spinlock
 *       dcbm_chan.lock  state of a channel and its requests; a spinlock that
 *                       callbacks take, so interrupts are off
 *         the core's quarantine_lock
 *
 * Nobody waits for a batch while holding a lock that a batch takes.
 */

#include <linux/atomic.h>
#include <linux/dmaengine.h>
#include <linux/kobject.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/migrate_copy_offload.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#define DCBM_MAX_CHANS		64	/* channels that a batch can use */
#define DCBM_BATCHES		4	/* batches at a time */
#define DCBM_DEPTH		4	/* chunks that a batch has on a channel */
#define DCBM_MAX_CHUNK		SZ_2M	/* bytes; chunks are not made smaller then */

struct dcbm_batch;
struct dcbm_chan;

/* One folio of a batch, while chunks of it are out. The batch's own. */
struct dcbm_item {
	struct folio *dst;
	unsigned int pending;		/* chunks out; one more while cutting */
	bool failed;
	struct list_head free;
};

enum dcbm_req_state {
	REQ_FREE,
	REQ_BUSY,			/* with the provider */
	REQ_DONE,
	REQ_FAILED,			/* not copied; the engine is done with it */
	REQ_UNSETTLED,			/* given up, but the engine may go on */
};

struct dcbm_req {
	struct dcbm_chan *ch;
	struct dcbm_batch *batch;
	struct dcbm_item *item;
	struct list_head node;		/* batch->out or dcbm_parked */

	enum dcbm_req_state state;	/* ch->lock */
	bool parked;			/* outlives its batch; dcbm_settle_mutex */

	struct folio *src;		/* until its batch ends */
	struct folio *dst;
	size_t offset;			/* in the folio; whole pages */
	unsigned int len;		/* likewise */
	dma_addr_t src_dma;
	dma_addr_t dst_dma;
	dma_cookie_t cookie;
	unsigned long deadline;		/* jiffies */
	bool found;			/* complete when asked; only by its batch */
};

enum dcbm_chan_state {
	CHAN_ACTIVE,
	CHAN_QUARANTINED,		/* not used until it has proved itself */
	CHAN_GONE,			/* being released */
};

struct dcbm_chan {
	struct kobject kobj;
	struct list_head node;		/* dcbm_chans or dcbm_gone */
	struct dma_chan *chan;
	struct device *dev;		/* what is mapped for */
	struct device *provider;	/* what is bound and unbound */
	int nid;

	struct mutex mutex;		/* submitting, stopping, asking */
	spinlock_t lock;		/* all of the following */

	enum dcbm_chan_state state;
	unsigned int out;		/* requests that are busy */
	unsigned long out_bytes;
	wait_queue_head_t idle;		/* until dcbm_chan_idle() */
	ktime_t busy_since;

	u64 bytes;
	u64 chunks;
	u64 errors;
	u64 mismatches;			/* of these, found by verify=1 */
	u64 busy_ns;

	unsigned int streak;		/* failures in a row */
	unsigned int good;		/* successes in a row */
	unsigned int strikes;		/* quarantines, until good for long */
	unsigned int tries;		/* to stop it, in this quarantine */
	unsigned long retry_at;		/* jiffies */
	bool given_up;

	struct dcbm_req reqs[DCBM_BATCHES * DCBM_DEPTH];
};

struct dcbm_batch {
	unsigned int id;

	/* Finished requests since the batch last looked */
	atomic_t events;
	wait_queue_head_t wait;

	/* The batch's task only */
	struct dcbm_chan *chans[DCBM_MAX_CHANS];
	unsigned int nr_chans;
	DECLARE_BITMAP(full, DCBM_MAX_CHANS);	/* of chans, for now */
	unsigned int chunk;		/* bytes */
	struct list_head out;		/* requests, oldest first */
	unsigned int busy;		/* of these, not unsettled */
	unsigned int copied;		/* folios */
	unsigned long look_at;		/* jiffies */
	unsigned long deadline;		/* likewise; then the CPU does the rest */
	struct list_head free_items;
	struct dcbm_item items[DCBM_MAX_CHANS * DCBM_DEPTH + 1];
};

/* params.c */
extern unsigned int dcbm_nr_chan;
extern unsigned int dcbm_chunk_bytes;
extern unsigned int dcbm_timeout_ms_per_mib;
extern unsigned int dcbm_timeout_min_ms;
extern unsigned int dcbm_verify;
extern bool dcbm_want_offloading;
extern atomic_long_t dcbm_folios_migrated;
extern atomic_long_t dcbm_folios_failures;
bool dcbm_provider_allowed(const char *name);

/* policy.c */
unsigned int dcbm_min_folio(unsigned int nr_chans);

/* main.c */
extern struct migrator dcbm_migrator;
bool dcbm_registered(void);

/* channel.c */
int dcbm_enable(struct migrator *m);
void dcbm_disable(struct migrator *m);
void dcbm_nr_chan_changed(void);
void dcbm_tend_soon(void);
unsigned int dcbm_chans_get(struct dcbm_chan **chans, int nid);
void dcbm_chan_put(struct dcbm_chan *ch);
unsigned int dcbm_nr_active(void);
int dcbm_channels_init(void);
void dcbm_channels_exit(void);

/* chunk.c */
int dcbm_chunk_submit(struct dcbm_req *req, struct dcbm_batch *batch,
		      struct dcbm_item *item, struct folio *src,
		      size_t offset, unsigned int len);
enum dcbm_req_state dcbm_chunk_state(struct dcbm_req *req);
bool dcbm_chunk_poll(struct dcbm_req *req);
bool dcbm_chunk_end(struct dcbm_req *req);
void dcbm_chunk_overdue(struct dcbm_req *overdue);
bool dcbm_chan_idle(struct dcbm_chan *ch);
unsigned long dcbm_deadline(size_t bytes);
unsigned int dcbm_park(struct dcbm_item *item, struct list_head *reqs);
void dcbm_settle(struct dcbm_chan *ch);
unsigned int dcbm_unsettled(struct dcbm_chan *ch);

/* verify.c */
int dcbm_compare(struct folio *src, struct folio *dst, size_t offset,
		 size_t len);

/* batch.c */
int dcbm_offload_copy(struct list_head *dst_list, struct list_head *src_list,
		      unsigned int nr_folios);
void dcbm_batches_init(void);
void dcbm_batches_pause(void);
void dcbm_batches_resume(void);

/* sysfs.c */
int dcbm_sysfs_init(void);
void dcbm_sysfs_exit(void);
int dcbm_sysfs_add(struct dcbm_chan *ch, const char *name);
void dcbm_sysfs_del(struct dcbm_chan *ch);

#endif /* _DCBM_H */
