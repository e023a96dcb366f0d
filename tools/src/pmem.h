/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_PMEM_H
#define MO_PMEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a namespace, or a dax device without one, is used as. */
enum pmem_mode { PMEM_RAW, PMEM_SECTOR, PMEM_FSDAX, PMEM_DEVDAX, PMEM_RAM, PMEM_UNKNOWN };

/* Where its struct pages are: nowhere, --map=mem, --map=dev. */
enum pmem_map { PMEM_MAP_NONE, PMEM_MAP_MEM, PMEM_MAP_DEV };

enum pmem_zone { PMEM_ZONE_UNKNOWN, PMEM_ZONE_MOVABLE, PMEM_ZONE_OTHER };

struct pmem_device {
	char *namespace;	/* NULL: not persistent memory, or not only, such as CXL's */
	char *device;		/* the dax or block device, NULL while there is none */
	char *uuid;		/* as ndctl shows it; NULL: none */
	char *label_uuid;	/* that of its label, which it keeps while disabled; or NULL */
	enum pmem_mode mode;
	bool enabled;		/* somebody can use it */
	uint64_t start;		/* physical address, 0: unknown */
	uint64_t bytes;
	uint64_t align;		/* 0: unknown */
	enum pmem_map map;
	int node;		/* of the nearest CPUs, -1: unknown */
	int target_node;	/* that it would become memory of, -1: none */
	/* as memory: */
	unsigned int blocks, blocks_online;
	enum pmem_zone zone;
};

struct pmem_list {
	struct pmem_device *device;
	size_t n;
};

const char *pmem_mode_name(enum pmem_mode mode);
const char *pmem_map_name(enum pmem_map map);
/* "namespace0.0", or "dax0.0" where there is no namespace. */
const char *pmem_name(const struct pmem_device *device);

/* An empty device at the end of the list. */
struct pmem_device *pmem_add(struct pmem_list *list);
/* By UUID or by the name of namespace or device; NULL: no such. */
const struct pmem_device *pmem_find(const struct pmem_list *list, const char *name);
void pmem_free(struct pmem_list *list);

#endif
