// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/module/dcbm/channels/<channel>/: what each channel did and how it is.
 */

#include <linux/module.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "dcbm.h"

struct chan_attr {
	struct attribute attr;
	ssize_t (*show)(struct dcbm_chan *ch, char *buf);
};

static struct kset *channels_kset;

static struct dcbm_chan *to_chan(struct kobject *kobj)
{
	return container_of(kobj, struct dcbm_chan, kobj);
}

#define CHAN_COUNTER(_name, _value)					\
static ssize_t _name##_show(struct dcbm_chan *ch, char *buf)		\
{									\
	u64 value;							\
									\
	spin_lock_irq(&ch->lock);					\
	value = _value;							\
	spin_unlock_irq(&ch->lock);					\
	return sysfs_emit(buf, "%llu\n", value);			\
}									\
static struct chan_attr _name##_attr = __ATTR_RO(_name)

CHAN_COUNTER(bytes, ch->bytes);
CHAN_COUNTER(chunks, ch->chunks);
CHAN_COUNTER(errors, ch->errors);
CHAN_COUNTER(mismatches, ch->mismatches);
CHAN_COUNTER(busy_ns, ch->busy_ns + (ch->out ?
	     ktime_to_ns(ktime_sub(ktime_get(), ch->busy_since)) : 0));

static ssize_t state_show(struct dcbm_chan *ch, char *buf)
{
	const char *state;

	spin_lock_irq(&ch->lock);
	if (ch->state == CHAN_QUARANTINED)
		state = "quarantined";
	else
		state = ch->out ? "busy" : "idle";
	spin_unlock_irq(&ch->lock);
	return sysfs_emit(buf, "%s\n", state);
}
static struct chan_attr state_attr = __ATTR_RO(state);

static ssize_t node_show(struct dcbm_chan *ch, char *buf)
{
	return sysfs_emit(buf, "%d\n", ch->nid);
}
static struct chan_attr node_attr = __ATTR_RO(node);

static struct attribute *chan_attrs[] = {
	&bytes_attr.attr,
	&chunks_attr.attr,
	&errors_attr.attr,
	&mismatches_attr.attr,
	&busy_ns_attr.attr,
	&state_attr.attr,
	&node_attr.attr,
	NULL,
};
ATTRIBUTE_GROUPS(chan);

static ssize_t chan_attr_show(struct kobject *kobj, struct attribute *attr,
			      char *buf)
{
	return container_of(attr, struct chan_attr, attr)->show(to_chan(kobj),
								buf);
}

static const struct sysfs_ops chan_sysfs_ops = {
	.show = chan_attr_show,
};

static void chan_release(struct kobject *kobj)
{
	struct dcbm_chan *ch = to_chan(kobj);

	put_device(ch->dev);
	kfree(ch);
}

static const struct kobj_type chan_type = {
	.release = chan_release,
	.sysfs_ops = &chan_sysfs_ops,
	.default_groups = chan_groups,
};

/* On failure @ch is gone. */
int dcbm_sysfs_add(struct dcbm_chan *ch, const char *name)
{
	int ret;

	ch->kobj.kset = channels_kset;
	ret = kobject_init_and_add(&ch->kobj, &chan_type, NULL, "%s", name);
	if (ret)
		kobject_put(&ch->kobj);
	return ret;
}

void dcbm_sysfs_del(struct dcbm_chan *ch)
{
	kobject_del(&ch->kobj);
}

int dcbm_sysfs_init(void)
{
	channels_kset = kset_create_and_add("channels", NULL,
					    &THIS_MODULE->mkobj.kobj);
	return channels_kset ? 0 : -ENOMEM;
}

void dcbm_sysfs_exit(void)
{
	kset_unregister(channels_kset);
}
