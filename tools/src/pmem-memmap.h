/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_PMEM_MEMMAP_H
#define MO_PMEM_MEMMAP_H

#include "pmem.h"
#include "util.h"

/* What a device's struct pages take, which is what is written when it is bound. */
uint64_t pmem_memmap_bytes(const struct pmem_device *device);

/* How fast this kernel has written struct pages, by where they are. */
struct memmap_speed {
	uint64_t mb_per_s;	/* 10^6 bytes; 0: unknown, for the reason why */
	char *stores;		/* cached or streaming, of the speed */
	char *why;
};

void memmap_speed_read(const char *root, enum pmem_map map, struct memmap_speed *speed);
void memmap_speed_free(struct memmap_speed *speed);

/* How long it took, by the last trace event for the device. */
struct memmap_time {
	uint64_t ns;		/* 0: not measured, for the reason why */
	unsigned int threads;
	char *why;
};

void memmap_time_read(const char *root, const struct pmem_device *device,
		      struct memmap_time *time);
void memmap_time_free(struct memmap_time *time);

/* What would be faster, and why: one entry each. */
void pmem_advice(const struct pmem_device *device, struct strv *advice);

#endif
