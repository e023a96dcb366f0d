// SPDX-License-Identifier: GPL-2.0-only
/*
 * The channels: acquired when dcbm is enabled, kept, and released when it is
 * disabled or their device goes. A work item ("tending") does what cannot be
 * done where the need for it is seen: it takes in new channels, tries those in
 * quarantine again, and notices when none is left.
 */

#define pr_fmt(fmt) "dcbm: " fmt

#include <linux/device/driver.h>
#include <linux/jiffies.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/topology.h>
#include <linux/workqueue.h>

#include "dcbm.h"

/* A channel that needed rest this often, and was not good between, is bad. */
#define MAX_STRIKES	8

/* So often a channel that does not stop is told to. */
#define MAX_TRIES	10
#define TRY_MS		100

static DEFINE_MUTEX(dcbm_mutex);
static bool enabled;
static bool deselecting;

/* Channels in use or in quarantine; readers hold dcbm_list_lock or dcbm_mutex */
static LIST_HEAD(dcbm_chans);
static DEFINE_SPINLOCK(dcbm_list_lock);

/* Released, but not settled: until their device is unbound */
static LIST_HEAD(dcbm_gone);

/* Devices between the notice that they are unbound and the end of it */
struct leaving {
	struct list_head node;
	struct device *dev;
};

static LIST_HEAD(dcbm_leaving);

static struct workqueue_struct *dcbm_wq;
static void tend(struct work_struct *work);
static DECLARE_DELAYED_WORK(tend_work, tend);

/* Any context. */
void dcbm_tend_soon(void)
{
	mod_delayed_work(dcbm_wq, &tend_work, 0);
}

/*
 * Acquire and release
 */

static bool device_is_leaving(struct device *dev)
{
	struct leaving *l;

	list_for_each_entry(l, &dcbm_leaving, node)
		if (l->dev == dev)
			return true;
	return false;
}

/*
 * Only what can be stopped, and of a kind of device whose unbinding we are told
 * of. Called with dcbm_mutex held, inside of dmaengine's lock.
 */
static bool chan_wanted(struct dma_chan *chan, void *param)
{
	struct device *dev = chan->device->dev;

	return chan->device->device_terminate_all && dev_is_pci(dev) &&
	       !device_is_leaving(dev) && dev->driver &&
	       dcbm_provider_allowed(dev->driver->name);
}

/* How many channels can be used now. */
unsigned int dcbm_nr_active(void)
{
	struct dcbm_chan *ch;
	unsigned int n = 0;

	guard(spinlock)(&dcbm_list_lock);
	list_for_each_entry(ch, &dcbm_chans, node)
		n += READ_ONCE(ch->state) == CHAN_ACTIVE;
	return n;
}

static struct dcbm_chan *chan_create(struct dma_chan *chan)
{
	struct dcbm_chan *ch;
	unsigned int i;
	int ret;

	ch = kzalloc_obj(*ch);
	if (!ch)
		return ERR_PTR(-ENOMEM);

	ch->chan = chan;
	ch->dev = get_device(dmaengine_get_dma_device(chan));
	ch->provider = chan->device->dev;
	ch->nid = dev_to_node(chan->device->dev);
	mutex_init(&ch->mutex);
	spin_lock_init(&ch->lock);
	init_waitqueue_head(&ch->idle);
	for (i = 0; i < ARRAY_SIZE(ch->reqs); i++)
		ch->reqs[i].ch = ch;

	ret = dcbm_sysfs_add(ch, dma_chan_name(chan));
	if (ret)
		return ERR_PTR(ret);
	return ch;
}

static void acquire(void)
{
	struct dcbm_chan *ch;
	struct dma_chan *chan;
	dma_cap_mask_t mask;

	lockdep_assert_held(&dcbm_mutex);

	dma_cap_zero(mask);
	dma_cap_set(DMA_MEMCPY, mask);
	while (dcbm_nr_active() < READ_ONCE(dcbm_nr_chan)) {
		chan = dma_request_channel(mask, chan_wanted, NULL);
		if (!chan)
			break;
		ch = chan_create(chan);
		if (IS_ERR(ch)) {
			pr_warn("%s: not used: %pe\n", dma_chan_name(chan), ch);
			dma_release_channel(chan);
			break;
		}
		spin_lock(&dcbm_list_lock);
		list_add_tail(&ch->node, &dcbm_chans);
		spin_unlock(&dcbm_list_lock);
		pr_info("%s: in use\n", kobject_name(&ch->kobj));
	}
}

/* Stop a channel for good, and settle what it still has if it stops. */
static int chan_stop(struct dcbm_chan *ch)
{
	int ret;

	mutex_lock(&ch->mutex);
	ret = dmaengine_terminate_sync(ch->chan);
	mutex_unlock(&ch->mutex);
	if (!ret)
		dcbm_settle(ch);
	return ret;
}

/*
 * Take a channel out of use. What is out comes to its end, one way or the
 * other: the batches see to that in bounded time.
 */
static void chan_empty(struct dcbm_chan *ch, enum dcbm_chan_state state)
{
	/* With the mutex, whoever submits is out by now, or finds it so */
	scoped_guard(mutex, &ch->mutex) {
		guard(spinlock_irq)(&ch->lock);
		ch->state = state;
		ch->tries = 0;
		ch->retry_at = jiffies;
	}
	wait_event(ch->idle, dcbm_chan_idle(ch));
}

/* Give a channel back. */
static void release(struct dcbm_chan *ch)
{
	unsigned int unsettled;

	lockdep_assert_held(&dcbm_mutex);

	chan_empty(ch, CHAN_GONE);

	spin_lock(&dcbm_list_lock);
	list_del(&ch->node);
	spin_unlock(&dcbm_list_lock);

	/* This also waits for whoever still looks at the channel */
	chan_stop(ch);
	/* What has been settled now is unmapped by its batch */
	wait_event(ch->idle, dcbm_chan_idle(ch));

	pr_info("%s: released\n", kobject_name(&ch->kobj));
	dcbm_sysfs_del(ch);
	dma_release_channel(ch->chan);

	unsettled = dcbm_unsettled(ch);
	if (unsettled) {
		pr_warn("%s: %u chunks in doubt until the device is unbound\n",
			kobject_name(&ch->kobj), unsettled);
		list_add(&ch->node, &dcbm_gone);
	} else {
		dcbm_chan_put(ch);
	}
}

/* Give a channel back; one with pages in doubt only when it has stopped. */
static void retire(struct dcbm_chan *ch)
{
	chan_empty(ch, CHAN_QUARANTINED);
	if (!chan_stop(ch) || !dcbm_unsettled(ch))
		release(ch);
	else
		dcbm_tend_soon();
}

void dcbm_chan_put(struct dcbm_chan *ch)
{
	kobject_put(&ch->kobj);
}

static int chan_distance(struct dcbm_chan *ch, int nid)
{
	return ch->nid == NUMA_NO_NODE ? INT_MAX : node_distance(nid, ch->nid);
}

/**
 * dcbm_chans_get() - the channels that can be used now
 * @chans: room for DCBM_MAX_CHANS, each to be given back by dcbm_chan_put()
 * @nid: the node they should be near to
 *
 * Return: how many; the nearest come first.
 */
unsigned int dcbm_chans_get(struct dcbm_chan **chans, int nid)
{
	unsigned int i, n = 0;
	struct dcbm_chan *ch;

	spin_lock(&dcbm_list_lock);
	list_for_each_entry(ch, &dcbm_chans, node) {
		if (READ_ONCE(ch->state) != CHAN_ACTIVE)
			continue;
		kobject_get(&ch->kobj);
		for (i = n++; i > 0; i--) {
			if (chan_distance(ch, nid) >=
			    chan_distance(chans[i - 1], nid))
				break;
			chans[i] = chans[i - 1];
		}
		chans[i] = ch;
		if (n == DCBM_MAX_CHANS)
			break;
	}
	spin_unlock(&dcbm_list_lock);
	return n;
}

/*
 * Those in quarantine do not count: others take their places, and if they come
 * back there may be too many.
 */
static bool too_many(void)
{
	return dcbm_nr_active() > READ_ONCE(dcbm_nr_chan);
}

/* Hold as many channels as are wanted. */
static void adjust(void)
{
	struct dcbm_chan *ch, *tmp;

	list_for_each_entry_safe_reverse(ch, tmp, &dcbm_chans, node)
		if (too_many() && READ_ONCE(ch->state) == CHAN_ACTIVE)
			retire(ch);
	acquire();
}

/*
 * Tending
 */

static bool chan_usable(struct dcbm_chan *ch)
{
	return READ_ONCE(ch->state) == CHAN_ACTIVE || !READ_ONCE(ch->given_up);
}

/* Try a channel in quarantine again, its time has come. */
static void chan_retry(struct dcbm_chan *ch)
{
	bool busy = READ_ONCE(ch->out);
	const char *why = NULL;
	int ret = 0;

	/* Chunks that are out may still end well */
	if (!busy)
		ret = chan_stop(ch);

	spin_lock_irq(&ch->lock);
	if (ch->given_up) {
		/* Meanwhile, for a lie */
	} else if (busy) {
		ch->retry_at = jiffies + msecs_to_jiffies(TRY_MS);
	} else if (ret) {
		ch->tries++;
		ch->retry_at = jiffies + msecs_to_jiffies(TRY_MS << ch->tries);
		if (ch->tries >= MAX_TRIES)
			why = "it does not stop";
	} else if (enabled && ch->strikes >= MAX_STRIKES) {
		why = "it fails again and again";
	} else {
		ch->state = CHAN_ACTIVE;
	}
	if (why)
		ch->given_up = true;
	spin_unlock_irq(&ch->lock);

	if (why)
		pr_warn("%s: given up, %s\n", kobject_name(&ch->kobj), why);
}

static void tend_quarantined(unsigned long *next)
{
	struct dcbm_chan *ch, *tmp;

	list_for_each_entry_safe(ch, tmp, &dcbm_chans, node) {
		if (READ_ONCE(ch->state) != CHAN_QUARANTINED || ch->given_up)
			continue;
		if (time_after_eq(jiffies, READ_ONCE(ch->retry_at)))
			chan_retry(ch);
		if (ch->state == CHAN_ACTIVE && (!enabled || too_many()))
			release(ch);
		else if (ch->state == CHAN_QUARANTINED && !ch->given_up &&
			 time_before(ch->retry_at, *next))
			*next = ch->retry_at;
	}
}

static void tend(struct work_struct *work)
{
	unsigned long far = jiffies + MAX_JIFFY_OFFSET / 2, next = far;
	struct dcbm_chan *ch;
	unsigned int usable = 0;

	mutex_lock(&dcbm_mutex);
	tend_quarantined(&next);
	if (enabled)
		acquire();

	list_for_each_entry(ch, &dcbm_chans, node)
		usable += chan_usable(ch);
	if (enabled && !usable && !deselecting) {
		deselecting = true;
		migrate_offload_deselect(&dcbm_migrator,
					 "no DMA channel left, offload off");
	}

	/* Somebody may have asked for an earlier run; that one stands */
	if (next != far)
		queue_delayed_work(dcbm_wq, &tend_work,
				   time_after(next, jiffies) ? next - jiffies : 0);
	mutex_unlock(&dcbm_mutex);
}

/*
 * Selection
 */

int dcbm_enable(struct migrator *m)
{
	struct dcbm_chan *ch;
	unsigned int usable = 0;
	int ret = 0;

	mutex_lock(&dcbm_mutex);
	deselecting = false;
	/* Left from the last time, because they did not stop: a new chance */
	list_for_each_entry(ch, &dcbm_chans, node) {
		spin_lock_irq(&ch->lock);
		ch->strikes = 0;
		ch->tries = 0;
		ch->given_up = false;
		ch->retry_at = jiffies;
		spin_unlock_irq(&ch->lock);
		chan_retry(ch);
	}
	adjust();
	list_for_each_entry(ch, &dcbm_chans, node)
		usable += ch->state == CHAN_ACTIVE;
	enabled = usable;
	if (!usable) {
		pr_notice("no channel to use: none is free that can be stopped, of a PCI device and of a driver in channel_filter\n");
		ret = -ENODEV;
	}
	mutex_unlock(&dcbm_mutex);

	dcbm_tend_soon();
	return ret;
}

/* No batch is running, and none will. */
void dcbm_disable(struct migrator *m)
{
	struct dcbm_chan *ch, *tmp;

	mutex_lock(&dcbm_mutex);
	enabled = false;
	list_for_each_entry_safe(ch, tmp, &dcbm_chans, node)
		retire(ch);
	mutex_unlock(&dcbm_mutex);

	dcbm_tend_soon();
}

void dcbm_nr_chan_changed(void)
{
	mutex_lock(&dcbm_mutex);
	if (enabled)
		adjust();
	mutex_unlock(&dcbm_mutex);
}

/*
 * Devices come and go
 */

static void device_unbinding(struct device *dev)
{
	struct dcbm_chan *ch, *tmp;
	struct leaving *l;

	/* Before its driver is removed: it must not find its channels in use */
	l = kmalloc_obj(*l, GFP_KERNEL | __GFP_NOFAIL);
	l->dev = dev;

	mutex_lock(&dcbm_mutex);
	list_add(&l->node, &dcbm_leaving);
	list_for_each_entry_safe(ch, tmp, &dcbm_chans, node)
		if (ch->provider == dev)
			release(ch);
	mutex_unlock(&dcbm_mutex);

	dcbm_tend_soon();
}

static void device_unbound(struct device *dev)
{
	struct dcbm_chan *ch, *tmp_ch;
	struct leaving *l, *tmp;

	mutex_lock(&dcbm_mutex);
	list_for_each_entry_safe(l, tmp, &dcbm_leaving, node) {
		if (l->dev == dev) {
			list_del(&l->node);
			kfree(l);
		}
	}
	/* A driver that has gone has made its device silent */
	list_for_each_entry_safe(ch, tmp_ch, &dcbm_gone, node) {
		if (ch->provider == dev) {
			list_del(&ch->node);
			dcbm_settle(ch);
			/* What was not parked yet is unmapped by its batch */
			wait_event(ch->idle, dcbm_chan_idle(ch));
			dcbm_chan_put(ch);
		}
	}
	mutex_unlock(&dcbm_mutex);
}

static int bus_event(struct notifier_block *nb, unsigned long event, void *data)
{
	switch (event) {
	case BUS_NOTIFY_BOUND_DRIVER:
		dcbm_tend_soon();
		break;
	case BUS_NOTIFY_UNBIND_DRIVER:
		device_unbinding(data);
		break;
	case BUS_NOTIFY_UNBOUND_DRIVER:
		device_unbound(data);
		break;
	}
	return NOTIFY_OK;
}

/* Before those who look for what a driver has left mapped */
static struct notifier_block bus_nb = {
	.notifier_call = bus_event,
	.priority = 1,
};

int dcbm_channels_init(void)
{
	int ret;

	/* Frozen while the system sleeps: nobody talks to sleeping devices */
	dcbm_wq = alloc_ordered_workqueue("dcbm", WQ_MEM_RECLAIM | WQ_FREEZABLE);
	if (!dcbm_wq)
		return -ENOMEM;
	ret = bus_register_notifier(&pci_bus_type, &bus_nb);
	if (ret)
		destroy_workqueue(dcbm_wq);
	return ret;
}

/* The migrator is unregistered: nobody asks for anything any more. */
void dcbm_channels_exit(void)
{
	struct dcbm_chan *ch, *tmp_ch;
	struct leaving *l, *tmp;

	mutex_lock(&dcbm_mutex);
	list_for_each_entry_safe(ch, tmp_ch, &dcbm_chans, node)
		release(ch);
	mutex_unlock(&dcbm_mutex);

	/* From here on no device is ours */
	bus_unregister_notifier(&pci_bus_type, &bus_nb);
	cancel_delayed_work_sync(&tend_work);
	destroy_workqueue(dcbm_wq);

	list_for_each_entry_safe(ch, tmp_ch, &dcbm_gone, node) {
		/* Nobody will ask again: what is in doubt stays where it is */
		pr_warn("%s: its pages stay out of use\n",
			kobject_name(&ch->kobj));
		list_del(&ch->node);
		dcbm_chan_put(ch);
	}
	list_for_each_entry_safe(l, tmp, &dcbm_leaving, node) {
		list_del(&l->node);
		kfree(l);
	}
}
