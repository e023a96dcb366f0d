// SPDX-License-Identifier: GPL-2.0-only
#include "unit-root.h"

#include "pmem-memmap.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

static struct pmem_device device(enum pmem_mode mode, enum pmem_map map, uint64_t align)
{
	return (struct pmem_device){
		.mode = mode, .map = map, .align = align, .start = 4 * GIB, .bytes = GIB,
	};
}

static void check_bytes(enum pmem_mode mode, enum pmem_map map, uint64_t align, uint64_t bytes)
{
	struct pmem_device d = device(mode, map, align);

	assert_int_equal(pmem_memmap_bytes(&d), bytes);
}

/* 64 bytes for 4 KiB; a large page of devdax has 8 KiB, if they are in RAM. */
static void sizes(void **unused)
{
	(void)unused;
	check_bytes(PMEM_FSDAX, PMEM_MAP_DEV, 2 * MIB, 16 * MIB);
	check_bytes(PMEM_FSDAX, PMEM_MAP_MEM, 2 * MIB, 16 * MIB);
	check_bytes(PMEM_DEVDAX, PMEM_MAP_DEV, 2 * MIB, 16 * MIB);
	check_bytes(PMEM_DEVDAX, PMEM_MAP_MEM, 4096, 16 * MIB);
	check_bytes(PMEM_DEVDAX, PMEM_MAP_MEM, 2 * MIB, 512 * 8192);
	check_bytes(PMEM_DEVDAX, PMEM_MAP_MEM, GIB, 8192);
	check_bytes(PMEM_RAM, PMEM_MAP_MEM, 2 * MIB, 16 * MIB);
	check_bytes(PMEM_RAW, PMEM_MAP_NONE, 0, 0);
}

static void check_advice(enum pmem_mode mode, enum pmem_map map, uint64_t align, const char *word)
{
	struct pmem_device d = device(mode, map, align);
	autostrv struct strv advice = { 0 };

	pmem_advice(&d, &advice);
	assert_int_equal(advice.n, word ? 1 : 0);
	if (word)
		assert_non_null(strstr(advice.v[0], word));
}

static void faster(void **unused)
{
	(void)unused;
	check_advice(PMEM_DEVDAX, PMEM_MAP_DEV, 2 * MIB, "--align=2m --map=mem: large pages in RAM "
		     "share struct pages, so 4 MiB instead of 16 MiB");
	check_advice(PMEM_DEVDAX, PMEM_MAP_MEM, 4096, "--align=2m --map=mem");
	check_advice(PMEM_DEVDAX, PMEM_MAP_DEV, GIB, "--align=1g --map=mem");
	check_advice(PMEM_DEVDAX, PMEM_MAP_MEM, 2 * MIB, NULL);
	check_advice(PMEM_FSDAX, PMEM_MAP_DEV, 2 * MIB, "16 MiB of RAM are needed");
	check_advice(PMEM_FSDAX, PMEM_MAP_MEM, 2 * MIB, NULL);
	check_advice(PMEM_RAM, PMEM_MAP_MEM, 2 * MIB, NULL);
}

static void check_speed(enum pmem_map map, uint64_t mb_per_s, const char *stores, const char *why)
{
	struct memmap_speed speed;

	memmap_speed_read(root, map, &speed);
	assert_int_equal(speed.mb_per_s, mb_per_s);
	if (why)
		assert_non_null(strstr(speed.why, why));
	else
		assert_null(speed.why);
	if (stores)
		assert_string_equal(speed.stores, stores);
	memmap_speed_free(&speed);
}

static void speeds(void **unused)
{
	(void)unused;
	check_speed(PMEM_MAP_MEM, 0, NULL, "kernel without /sys/kernel/mm/memmap_init");
	put("/sys/kernel/mm/memmap_init/mode", "auto\n");
	put("/sys/kernel/mm/memmap_init/ram/stores", "streaming\n");
	put("/sys/kernel/mm/memmap_init/ram/streaming_mb_per_s", "9000\n");
	put("/sys/kernel/mm/memmap_init/ram/cached_mb_per_s", "4000\n");
	put("/sys/kernel/mm/memmap_init/device/stores", "cached\n");
	put("/sys/kernel/mm/memmap_init/device/cached_mb_per_s", "0\n");
	check_speed(PMEM_MAP_MEM, 9000, "streaming", NULL);
	check_speed(PMEM_MAP_DEV, 0, "cached", "no large memmap was written to a device");
	put("/sys/kernel/mm/memmap_init/mode", "cached\n");
	check_speed(PMEM_MAP_MEM, 4000, "cached", NULL);
	put("/sys/kernel/mm/memmap_init/mode", "slow\n");
	check_speed(PMEM_MAP_MEM, 0, NULL, "memmap_init=slow");
}

static void check_time(const struct pmem_device *d, uint64_t ns, unsigned int threads,
		       const char *why)
{
	struct memmap_time time;

	memmap_time_read(root, d, &time);
	assert_int_equal(time.ns, ns);
	assert_int_equal(time.threads, threads);
	if (why)
		assert_non_null(strstr(time.why, why));
	else
		assert_null(time.why);
	memmap_time_free(&time);
}

/* 4 GiB is page 0x100000. The last event for the device counts, no other's. */
static void times(void **unused)
{
	static const char event[] = "kworker/1-9 [001] ..... 12.5: memmap_init_zone_device: ";
	struct pmem_device d = device(PMEM_DEVDAX, PMEM_MAP_MEM, 2 * MIB);
	struct pmem_device memory = device(PMEM_RAM, PMEM_MAP_MEM, 2 * MIB);
	autofree char *others = NULL, *trace = NULL;

	(void)unused;
	check_time(&d, 0, 0, "cannot be read");
	others = xasprintf("# tracer: nop\n"
			   "%spfn=0x80000 nr_pages=524288 ns=11 nid=0 threads=1 stores=cached\n"
			   "%spfn=0x140000 nr_pages=10 ns=12 nid=0 threads=1 stores=cached\n",
			   event, event);
	put("/sys/kernel/tracing/trace", others);
	check_time(&d, 0, 0, "kernel without the event");
	put("/sys/kernel/tracing/events/memmap_init/memmap_init_zone_device/id", "1\n");
	check_time(&d, 0, 0, "boot with trace_event=");
	check_time(&memory, 0, 0, "memory hotplug");
	trace = xasprintf("%s%spfn=0x100000 nr_pages=262144 ns=7 nid=2 threads=1 stores=cached\n"
			  "%spfn=0xffe00 nr_pages=262656 ns=1234567 nid=2 threads=2 stores=x\n",
			  others, event, event);
	put("/sys/kernel/tracing/trace", trace);
	check_time(&d, 1234567, 2, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test(faster),
		cmocka_unit_test(speeds),
		cmocka_unit_test(times),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
