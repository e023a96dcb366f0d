// SPDX-License-Identifier: GPL-2.0-only
/*
 * What memory a node has. The kernel does not say, so it is concluded from who
 * brought the memory: the dax device that kmem made it from, the window of the
 * CXL host bridge it lies in, and only then its place among the memory tiers.
 *
 * libdaxctl, libndctl and libcxl know all of this, but only for the machine
 * they run on: they open /sys by its name, and a captured tree is elsewhere.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nodes.h"
#include "sysfs.h"

#define DAX "/sys/bus/dax/devices"
#define CXL "/sys/bus/cxl/devices"
#define MEMORY_BLOCKS "/sys/devices/system/memory"

/* dax devices of one node and one kind. */
struct part {
	uint64_t bytes;
	struct strv devices;
	char *owner;		/* who is above the first of them */
};

/* An area of physical addresses that leads to CXL devices. */
struct window {
	uint64_t start, size;
};

struct windows {
	struct window *v;
	size_t n;
	bool hidden;		/* there are some, but not for this user */
};

static int read_number(const char *root, const char *dir, const char *name, int base,
		       uint64_t *value)
{
	autofree char *path = xasprintf("%s/%s", dir, name);
	autofree char *text = NULL;
	char *end;
	int err = sysfs_read(root, path, &text);

	if (err)
		return err;
	*value = strtoull(text, &end, base);
	return *end || end == text ? -EPROTO : 0;
}

static bool starts_with(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

/*
 * Who is above a dax device. Persistent memory hangs on a bus of libnvdimm, also
 * when that is a CXL device's. "hmem" is any memory that the firmware set apart,
 * fast or slow, and says nothing.
 */
static enum node_kind dax_kind(const char *link, char **owner)
{
	enum node_kind kind = NODE_UNKNOWN;
	autofree char *copy = xstrdup(link);
	char *rest = copy, *word;

	*owner = NULL;
	while (kind != NODE_PMEM && (word = strsep(&rest, "/"))) {
		if (starts_with(word, "ndbus")) {
			kind = NODE_PMEM;
			free(*owner);
			*owner = xasprintf("NVDIMM bus %s", word);
		} else if (starts_with(word, "dax_region") && kind == NODE_UNKNOWN) {
			/* Made from the CXL region of the same number. */
			kind = NODE_CXL;
			*owner = xasprintf("CXL %s", word + strlen("dax_"));
		}
	}
	return kind;
}

static void find_dax(const char *root, int node, struct part parts[NODE_UNKNOWN])
{
	autostrv struct strv names = { 0 };

	sysfs_list(root, DAX, &names);
	for (size_t i = 0; i < names.n; i++) {
		autofree char *dir = xasprintf(DAX "/%s", names.v[i]);
		autofree char *driver_path = xasprintf("%s/driver", dir);
		autofree char *driver = sysfs_link_name(root, driver_path);
		autofree char *link = sysfs_link(root, dir);
		autofree char *owner = NULL;
		uint64_t target, size = 0;
		enum node_kind kind;

		if (!driver || strcmp(driver, "kmem") || !link ||
		    read_number(root, dir, "target_node", 10, &target) || target != (uint64_t)node)
			continue;
		kind = dax_kind(link, &owner);
		if (kind == NODE_UNKNOWN)
			continue;
		read_number(root, dir, "size", 10, &size);
		parts[kind].bytes += size;
		strv_add(&parts[kind].devices, "%s", names.v[i]);
		if (!parts[kind].owner) {
			parts[kind].owner = owner;
			owner = NULL;
		}
	}
}

/*
 * The kind that most of the node's memory is: a device without a node of its
 * own is added to one that has memory already. Of equal parts the slower one.
 */
static void judge_dax(const char *root, struct node *node, char **remark)
{
	struct part parts[NODE_UNKNOWN] = { 0 };
	const struct part *most = NULL;
	uint64_t known;

	find_dax(root, node->id, parts);
	known = parts[NODE_CXL].bytes + parts[NODE_PMEM].bytes;
	parts[NODE_DRAM].bytes = node->bytes > known ? node->bytes - known : 0;
	for (enum node_kind kind = NODE_DRAM; kind < NODE_UNKNOWN; kind++) {
		struct part *part = &parts[kind];

		if ((part->devices.n || kind == NODE_DRAM) &&
		    (!most || part->bytes >= most->bytes)) {
			most = part;
			node->kind = kind;
		}
	}
	for (enum node_kind kind = NODE_CXL; kind < NODE_UNKNOWN; kind++) {
		autofree char *devices = strv_join(&parts[kind].devices, ", ");

		if (most == &parts[kind])
			node->found_by = xasprintf("%s of %s, bound to kmem", devices,
						   parts[kind].owner);
		else if (parts[kind].devices.n && !*remark)
			*remark = xasprintf("the smaller part is %s of %s", devices, parts[kind].owner);
		strv_free(&parts[kind].devices);
		free(parts[kind].owner);
	}
	if (node->kind == NODE_DRAM)
		node->kind = NODE_UNKNOWN;
}

/* What the root decoders, those of the host bridges, decode. */
static void read_windows(const char *root, struct windows *windows)
{
	autostrv struct strv names = { 0 };

	*windows = (struct windows){ 0 };
	sysfs_list(root, CXL, &names);
	for (size_t i = 0; i < names.n; i++) {
		autofree char *dir = xasprintf(CXL "/%s", names.v[i]);
		autofree char *link = starts_with(names.v[i], "decoder") ? sysfs_link(root, dir) :
				      NULL;
		struct window w;
		char *last = link ? strrchr(link, '/') : NULL;
		int err;

		if (!last)
			continue;
		/* .../root0/decoder0.0, while the others are below a port. */
		*last = '\0';
		last = strrchr(link, '/');
		if (!last || !starts_with(last, "/root"))
			continue;
		err = read_number(root, dir, "start", 16, &w.start);
		if (!err)
			err = read_number(root, dir, "size", 16, &w.size);
		windows->hidden |= err == -EACCES;
		if (err || !w.size)
			continue;
		windows->v = xrealloc(windows->v, (windows->n + 1) * sizeof(w));
		windows->v[windows->n++] = w;
	}
}

static bool inside(const struct windows *windows, uint64_t start, uint64_t size)
{
	for (size_t i = 0; i < windows->n; i++) {
		const struct window *w = &windows->v[i];

		if (start >= w->start && size <= w->size && start - w->start <= w->size - size)
			return true;
	}
	return false;
}

static void judge_windows(const char *root, const struct windows *windows, struct node *node)
{
	autofree char *dir = xasprintf("/sys/devices/system/node/node%d", node->id);
	autostrv struct strv names = { 0 };
	size_t blocks = 0, in = 0;
	uint64_t size, block;

	if (!windows->n || read_number(root, MEMORY_BLOCKS, "block_size_bytes", 16, &size))
		return;
	sysfs_list(root, dir, &names);
	for (size_t i = 0; i < names.n; i++) {
		const char *number = names.v[i] + strlen("memory");
		char *end;

		if (!starts_with(names.v[i], "memory") || *number < '0' || *number > '9')
			continue;
		block = strtoull(number, &end, 10);
		if (*end || __builtin_mul_overflow(block, size, &block))
			continue;
		blocks++;
		in += inside(windows, block, size);
	}
	if (!in || 2 * in < blocks)
		return;
	node->kind = NODE_CXL;
	node->found_by = xasprintf("%zu of its %zu memory blocks are in a CXL window", in, blocks);
}

/*
 * A tier tells slow memory from fast memory, but not CXL from other slow memory.
 * Slow memory of which nothing else is known is most likely CXL: persistent memory
 * would have come by kmem.
 */
static void judge_tier(const struct node_list *list, struct node *node)
{
	int first = -1, last = -1, top = node->tier;

	for (size_t i = 0; i < list->n; i++) {
		const struct node *other = &list->node[i];

		if (other->tier < 0)
			continue;
		if (other->tier < top)
			top = other->tier;
		if (!*other->cpus)
			continue;
		if (first < 0 || other->tier < first)
			first = other->tier;
		if (other->tier > last)
			last = other->tier;
	}
	if (*node->cpus) {
		node->kind = NODE_DRAM;
		node->found_by = xstrdup("has CPUs");
	} else if (node->tier < 0) {
		node->found_by = xstrdup("no CPUs, and no memory tier is known");
	} else if (first >= 0 && node->tier < first) {
		node->kind = NODE_DRAM;
		node->found_by = xstrdup("no CPUs, higher memory tier, such as HBM");
	} else if (node->tier == top) {
		node->kind = NODE_DRAM;
		node->found_by = xstrdup("no CPUs, but in the top memory tier");
	} else if (last >= 0 && node->tier > last) {
		node->kind = NODE_CXL;
		node->found_by = xstrdup("no CPUs, lower memory tier");
	} else {
		node->found_by = xstrdup(last < 0 ? "no CPUs, no node with CPUs to compare it with" :
					 "no CPUs, memory tier not below that of all CPUs");
	}
}

void node_kinds_find(const char *root, struct node_list *list)
{
	struct windows windows;

	read_windows(root, &windows);
	for (size_t i = 0; i < list->n; i++) {
		struct node *node = &list->node[i];
		autofree char *remark = NULL;
		char *words;

		judge_dax(root, node, &remark);
		if (node->kind == NODE_UNKNOWN)
			judge_windows(root, &windows, node);
		if (node->kind == NODE_UNKNOWN) {
			judge_tier(list, node);
			if (windows.hidden && !remark)
				remark = xstrdup("only root can see the CXL windows");
		}
		if (!remark)
			continue;
		words = xasprintf("%s; %s", node->found_by, remark);
		free(node->found_by);
		node->found_by = words;
	}
	free(windows.v);
}
