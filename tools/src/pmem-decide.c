// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "pmem-decide.h"

static void refuse(struct pmem_decision *decision, char *reason, char *remedy)
{
	*decision = (struct pmem_decision){ PMEM_REFUSE, reason, remedy };
}

static bool refuse_unlisted(const struct pmem_device *device, const struct pmem_wish *wish,
			    struct pmem_decision *decision)
{
	if (wish)
		return false;
	if (device->uuid)
		refuse(decision, xstrdup("it is not listed"),
		       xasprintf("list %s in a file in /etc/migrate-offload/pmem.conf.d, see "
				 "migrate-offload-pmem.conf(5)", device->uuid));
	else
		refuse(decision, xstrdup("it has no UUID to be listed by"),
		       xstrdup("only namespaces of persistent memory have one; use daxctl(1)"));
	return true;
}

/* The mode of a namespace is never changed: whatever is in it would be lost. */
static void refuse_mode(const struct pmem_device *device, const struct pmem_wish *wish,
			const char *used_by, struct pmem_decision *decision)
{
	const char *needed = wish->mode == PMEM_FSDAX ? "fsdax" : "devdax";

	refuse(decision,
	       xasprintf("its mode is %s%s%s, and %s asks for %s", pmem_mode_name(device->mode),
			 used_by ? ", it is " : "", used_by ? used_by : "", wish->where,
			 pmem_wish_text(wish)),
	       xasprintf("correct the configuration, or save what is in it and make it anew: "
			 "ndctl create-namespace --force --reconfig=%s --mode=%s",
			 device->namespace, needed));
}

/*
 * Memory that the kernel onlines by itself goes where the kernel likes. "online"
 * may be any zone; it is not fought over afterwards, when it may be in use.
 */
static bool policy_conflicts(const struct pmem_wish *wish, const char *policy)
{
	if (!policy || !strcmp(policy, "offline"))
		return false;
	return strcmp(policy, wish->movable ? "online_movable" : "online_kernel");
}

static void decide_ram(const struct pmem_device *device, const struct pmem_wish *wish,
		       const struct pmem_circumstances *now, struct pmem_decision *decision)
{
	enum pmem_zone zone = wish->movable ? PMEM_ZONE_MOVABLE : PMEM_ZONE_OTHER;

	if (device->mode == PMEM_RAM && device->blocks_online < device->blocks) {
		decision->action = PMEM_ONLINE;
	} else if (device->mode == PMEM_RAM && device->zone != zone) {
		refuse(decision,
		       xasprintf("it is memory %s the zone for movable pages, and %s asks for %s",
				 zone == PMEM_ZONE_MOVABLE ? "not only in" : "in", wish->where,
				 pmem_wish_text(wish)),
		       xasprintf("take it back first: migrate-offload pmem down %s",
				 wish->uuid));
	} else if (device->mode == PMEM_RAM) {
		decision->action = PMEM_NOTHING;
	} else if (device->target_node < 0) {
		refuse(decision, xstrdup("the firmware names no node for its memory"),
		       xstrdup("look for a setting of the firmware; without a node it can only "
			       "stay devdax"));
	} else if (now->used_by) {
		refuse(decision, xasprintf("it is %s", now->used_by),
		       xstrdup("end what uses it; root can look into every process"));
	} else if (policy_conflicts(wish, now->policy)) {
		refuse(decision,
		       xasprintf("the kernel would bring it online by its own policy, '%s' in "
				 "/sys/devices/system/memory/auto_online_blocks, and %s asks for %s",
				 now->policy, wish->where, pmem_wish_text(wish)),
		       xasprintf("boot with memhp_default_state=offline or =%s",
				 wish->movable ? "online_movable" : "online_kernel"));
	} else {
		decision->action = PMEM_TO_RAM;
	}
}

void pmem_decide_up(const struct pmem_device *device, const struct pmem_wish *wish,
		    const struct pmem_circumstances *now, struct pmem_decision *decision)
{
	*decision = (struct pmem_decision){ PMEM_NOTHING };
	if (refuse_unlisted(device, wish, decision))
		return;
	if (device->mode == PMEM_RAM && wish->mode == PMEM_DEVDAX) {
		refuse(decision, xasprintf("it is memory, and %s asks for devdax", wish->where),
		       xasprintf("take it back: migrate-offload pmem down %s", wish->uuid));
	} else if (device->mode == PMEM_DEVDAX || device->mode == PMEM_RAM) {
		if (wish->mode == PMEM_FSDAX)
			refuse_mode(device, wish, now->used_by, decision);
		else if (!device->device)
			decision->action = PMEM_ENABLE;
		else if (wish->mode == PMEM_RAM)
			decide_ram(device, wish, now, decision);
		else if (!device->enabled)
			decision->action = PMEM_BIND;
	} else if (!device->enabled) {
		/* What it is shows only when it is bound. */
		decision->action = PMEM_ENABLE;
	} else if (device->mode != wish->mode) {
		refuse_mode(device, wish, now->used_by, decision);
	}
}

void pmem_decide_down(const struct pmem_device *device, const struct pmem_wish *wish,
		      struct pmem_decision *decision)
{
	*decision = (struct pmem_decision){ PMEM_NOTHING };
	if (refuse_unlisted(device, wish, decision))
		return;
	if (device->mode == PMEM_RAM)
		decision->action = PMEM_TO_DEVDAX;
	else if (device->mode != PMEM_DEVDAX)
		refuse(decision, xasprintf("its mode is %s, and only memory is taken back",
					   pmem_mode_name(device->mode)),
		       xstrdup("there is nothing to do, or use ndctl(1)"));
}

void pmem_decision_free(struct pmem_decision *decision)
{
	free(decision->reason);
	free(decision->remedy);
	*decision = (struct pmem_decision){ 0 };
}
