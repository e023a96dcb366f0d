// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "pmem-change.h"
#include "pmem-live.h"
#include "pmem-use.h"
#include "sysfs.h"

/* The most that a device needs: enabled, made memory, online; and found to be so. */
#define STEPS_MAX 4

void pmem_judge_up(const char *root, const struct pmem_device *device,
		   const struct pmem_wish *wish, struct pmem_decision *decision)
{
	autofree char *used_by = wish ? pmem_used_by(root, device) : NULL;
	struct pmem_circumstances now = { .used_by = used_by };
	autofree char *policy = NULL;

	if (!sysfs_read(root, "/sys/devices/system/memory/auto_online_blocks", &policy))
		now.policy = policy;
	pmem_decide_up(device, wish, &now, decision);
}

/* Of a device that is being changed; path is NULL before and after. */
struct lock {
	char *path;
	int fd;
};

static bool same_file(int fd, const char *path)
{
	struct stat ours, there;

	return !fstat(fd, &ours) && !stat(path, &there) && ours.st_dev == there.st_dev &&
	       ours.st_ino == there.st_ino;
}

/*
 * Two that change the same device wait for each other; others go on. The file is
 * root's own: one that everybody can open, everybody can lock.
 */
static int lock(struct lock *lock, const char *root, const struct pmem_device *device)
{
	char *path = xasprintf("%s" MO_RUN "/%s.lock", root, pmem_name(device));

	while ((lock->fd = file_lock(path)) >= 0 && !same_file(lock->fd, path))
		close(lock->fd); /* Whoever had it has removed it. */
	if (lock->fd < 0) {
		free(path);
		return lock->fd;
	}
	lock->path = path;
	return 0;
}

static void unlock(struct lock *lock)
{
	if (!lock->path)
		return;
	unlink(lock->path);
	close(lock->fd);
	free(lock->path);
}

static void say_failed(const char *name, const char *step, int err, bool down)
{
	const char *remedy = down && err == -EBUSY ?
		"what is in its memory could not be moved away; free memory on other nodes" :
		"the kernel's log says more";

	mo_err("%s: %s failed: %s; %s", name, step, strerror(-err), remedy);
}

/*
 * The event of a namespace is for those that need to be enabled and for fsdax. The
 * dax device of a namespace has an event of its own, which comes after daxctl's.
 */
static bool left_to_dax(const struct pmem_change *change, const struct pmem_device *device,
			enum pmem_action action)
{
	return change->event && action != PMEM_ENABLE && device->namespace && device->device &&
	       !strcmp(change->name, device->namespace) &&
	       (device->mode == PMEM_DEVDAX || device->mode == PMEM_RAM);
}

/* One look at the device, and one step. 0: go on; else an exit code, or -1: done. */
static int step(const struct pmem_change *change, const struct pmem_list *list,
		const struct pmem_config *config, struct lock *locked)
{
	const struct pmem_device *device = pmem_find(list, change->name);
	const struct pmem_wish *wish = device ? pmem_config_wish(config, device) : NULL;
	struct pmem_decision decision;
	bool movable;
	const char *what;
	int err = 0;

	/* The kernel has a device for the next namespace of a region before anybody makes it. */
	if (!device && change->event) {
		printf("%s is nothing that has a UUID, and left alone\n", change->name);
		return -1;
	}
	if (!device) {
		mo_err("%s: no such namespace, device or UUID; see 'migrate-offload pmem'",
		       change->name);
		return MO_FAILED;
	}
	if (change->event && !wish) {
		printf("%s is not listed, and left alone\n", change->name);
		return -1;
	}
	if (!locked->path) {
		err = lock(locked, change->root, device);
		if (err) {
			mo_err("%s: cannot be locked: %s%s", pmem_name(device), strerror(-err),
			       err == -EACCES ? "; run it as root" : "");
			return MO_FAILED;
		}
		/* Somebody may have changed it meanwhile: look again. */
		return 0;
	}
	if (change->down)
		pmem_decide_down(device, wish, &decision);
	else
		pmem_judge_up(change->root, device, wish, &decision);
	if (left_to_dax(change, device, decision.action)) {
		printf("%s is left to the event of its device %s\n", change->name, device->device);
		err = -1;
	} else if (decision.action == PMEM_NOTHING) {
		printf("%s (%s) is %s\n", pmem_name(device), device->uuid,
		       change->down ? "devdax" : pmem_wish_text(wish));
		err = -1;
	} else if (decision.action == PMEM_REFUSE) {
		mo_err("%s: not touched: %s; %s", pmem_name(device), decision.reason,
		       decision.remedy);
		err = MO_REFUSED;
	} else {
		/* By now another zone may be configured. */
		movable = change->down ? device->zone == PMEM_ZONE_MOVABLE : wish->movable;
		err = pmem_do(device, decision.action, movable, &what);
		if (err) {
			say_failed(pmem_name(device), what, err, change->down);
			err = MO_FAILED;
		}
	}
	pmem_decision_free(&decision);
	return err;
}

static int change_listed(const struct pmem_change *change, const struct pmem_config *config)
{
	/* What is named by its dax device is bound as far as it gets. */
	bool settle = strncmp(change->name, "dax", 3);
	struct lock locked = { 0 };
	int result = 0;

	for (int steps = 0; !result && steps <= STEPS_MAX; steps++) {
		struct pmem_list list;
		int err = pmem_list_read(change->root, &list, settle);

		if (err) {
			mo_err("persistent memory cannot be listed: %s%s", strerror(-err),
			       err == -ENODEV ? "; the kernel has no libnvdimm and no dax devices" :
			       "");
			result = err == -ENODEV ? MO_UNSUPPORTED : MO_FAILED;
		} else {
			result = step(change, &list, config, &locked);
		}
		pmem_free(&list);
	}
	unlock(&locked);
	if (!result) {
		mo_err("%s: the kernel reported no failure, but it is not as it is configured; see "
		       "'migrate-offload pmem' and the kernel's log", change->name);
		result = MO_FAILED;
	}
	return result < 0 ? MO_OK : result;
}

int pmem_change(const struct pmem_change *change)
{
	struct pmem_config config;
	int result = MO_BAD_CONFIG;

	pmem_config_load(&config, change->root);
	if (pmem_config_valid(&config))
		result = change_listed(change, &config);
	pmem_config_free(&config);
	return result;
}
