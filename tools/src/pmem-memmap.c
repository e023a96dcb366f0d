// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel has a struct page for each page of a device, its memmap, and
 * writing that is most of what binding a device takes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pmem-memmap.h"
#include "sysfs.h"

#define PAGE UINT64_C(4096)
#define STRUCT_PAGE UINT64_C(64)
#define HUGE (UINT64_C(2) << 20)
/*
 * Of a devdax device's compound page, the kernel keeps this many pages of struct
 * pages and has all others point to the last of them, unless they are in the
 * device (Documentation/mm/vmemmap_dedup.rst). What is shared is written once.
 */
#define PAGES_KEPT 2

#define KNOBS "/sys/kernel/mm/memmap_init"
#define TRACING "/sys/kernel/tracing"
#define EVENT "memmap_init_zone_device"

static uint64_t struct_pages(uint64_t bytes)
{
	return bytes / PAGE * STRUCT_PAGE;
}

/* Of a devdax device with its memmap in RAM. */
static uint64_t shared_memmap(uint64_t bytes, uint64_t align)
{
	uint64_t each = struct_pages(align);

	if (each > PAGES_KEPT * PAGE)
		each = PAGES_KEPT * PAGE;
	return align ? bytes / align * each : struct_pages(bytes);
}

uint64_t pmem_memmap_bytes(const struct pmem_device *device)
{
	if (device->map == PMEM_MAP_NONE)
		return 0;
	return device->mode == PMEM_DEVDAX && device->map == PMEM_MAP_MEM ?
	       shared_memmap(device->bytes, device->align) : struct_pages(device->bytes);
}

static bool read_speed(const char *root, const char *place, const char *stores, uint64_t *speed)
{
	autofree char *path = xasprintf(KNOBS "/%s/%s_mb_per_s", place, stores);
	autofree char *text = NULL;

	*speed = 0;
	if (sysfs_read(root, path, &text))
		return false;
	*speed = strtoull(text, NULL, 10);
	return true;
}

void memmap_speed_read(const char *root, enum pmem_map map, struct memmap_speed *speed)
{
	const char *place = map == PMEM_MAP_DEV ? "device" : "ram";
	autofree char *chosen = xasprintf(KNOBS "/%s/stores", place);
	autofree char *mode = NULL;

	*speed = (struct memmap_speed){ 0 };
	if (sysfs_read(root, KNOBS "/mode", &mode)) {
		speed->why = xstrdup("kernel without " KNOBS);
		return;
	}
	if (!strcmp(mode, "slow")) {
		speed->why = xstrdup("memmap_init=slow is not measured");
		return;
	}
	if (strcmp(mode, "auto"))
		speed->stores = xstrdup(mode);
	else if (sysfs_read(root, chosen, &speed->stores))
		speed->stores = xstrdup("?");
	if (!read_speed(root, place, speed->stores, &speed->mb_per_s))
		speed->why = xasprintf("kernel without " KNOBS "/%s/%s_mb_per_s", place,
				       speed->stores);
	else if (!speed->mb_per_s)
		speed->why = xasprintf("no large memmap was written to %s since boot",
				       map == PMEM_MAP_DEV ? "a device" : "RAM");
}

void memmap_speed_free(struct memmap_speed *speed)
{
	free(speed->stores);
	free(speed->why);
	*speed = (struct memmap_speed){ 0 };
}

static bool field(const char *line, const char *name, int base, uint64_t *value)
{
	autofree char *start = xasprintf(" %s=", name);
	const char *at = strstr(line, start);

	if (!at)
		return false;
	*value = strtoull(at + strlen(start), NULL, base);
	return true;
}

/* "... memmap_init_zone_device: pfn=0x140000 nr_pages=262144 ns=1234 ... threads=2 ..." */
static void take_event(const char *line, const struct pmem_device *device,
		       struct memmap_time *time)
{
	uint64_t pfn, pages, ns, threads = 0;
	const char *event = strstr(line, EVENT ": ");

	if (!event || !field(event, "pfn", 16, &pfn) || !field(event, "nr_pages", 10, &pages) ||
	    !field(event, "ns", 10, &ns) || device->start / PAGE < pfn ||
	    device->start / PAGE - pfn >= pages)
		return;
	field(event, "threads", 10, &threads);
	time->ns = ns;
	time->threads = (unsigned int)threads;
}

void memmap_time_read(const char *root, const struct pmem_device *device,
		      struct memmap_time *time)
{
	autofree char *trace = xasprintf("%s" TRACING "/trace", root);
	char *line = NULL;
	size_t size = 0;
	FILE *f;

	*time = (struct memmap_time){ 0 };
	if (device->mode == PMEM_RAM || device->map == PMEM_MAP_NONE) {
		time->why = xstrdup(device->mode == PMEM_RAM ?
				    "memory hotplug does not report it" : "there is no memmap");
		return;
	}
	f = fopen(trace, "re");
	if (!f) {
		time->why = xstrdup(TRACING "/trace cannot be read; that takes root");
		return;
	}
	if (!sysfs_exists(root, TRACING "/events/memmap_init/" EVENT)) {
		time->why = xstrdup("kernel without the event memmap_init:" EVENT);
		fclose(f);
		return;
	}
	while (getline(&line, &size, f) > 0)
		take_event(line, device, time);
	free(line);
	fclose(f);
	if (!time->ns)
		time->why = xstrdup("no trace of it; boot with trace_event=memmap_init:" EVENT);
}

void memmap_time_free(struct memmap_time *time)
{
	free(time->why);
	*time = (struct memmap_time){ 0 };
}

void pmem_advice(const struct pmem_device *device, struct strv *advice)
{
	uint64_t now = pmem_memmap_bytes(device);
	char was[32], would[32];

	if (device->mode == PMEM_DEVDAX && (device->map == PMEM_MAP_DEV || device->align < HUGE)) {
		uint64_t align = device->align < HUGE ? HUGE : device->align;
		uint64_t less = shared_memmap(device->bytes, align);

		format_size(now, was, sizeof(was));
		format_size(less, would, sizeof(would));
		if (less < now)
			strv_add(advice, "--align=%s --map=mem: large pages in RAM share struct "
				 "pages, so %s instead of %s are written; they take RAM, not the "
				 "device", align == HUGE ? "2m" : "1g", would, was);
	} else if (device->mode == PMEM_FSDAX && device->map == PMEM_MAP_DEV) {
		format_size(now, was, sizeof(was));
		strv_add(advice, "--map=mem: RAM is written faster than persistent memory, as a "
			 "rule; %s of RAM are needed", was);
	}
}
