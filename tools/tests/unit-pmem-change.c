// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a device is brought up, on a machine that is the variables below: this file
 * takes the place of pmem-list.c and pmem-do.c.
 */
#include "unit-root.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pmem-change.h"
#include "pmem-live.h"
#include "pmem-show.h"
#include "pmem-use.h"

#define UUID "12345678-9abc-def0-1234-56789abcdef0"
#define CONFIG "/etc/migrate-offload/pmem.conf.d/a.conf"
#define POLICY "/sys/devices/system/memory/auto_online_blocks"

static struct pmem_device machine;	/* its one device */
static enum pmem_action done[4];
static size_t ndone;
static bool asked_movable;		/* for which zone it was called last */
static int fails;			/* what pmem_do() returns */
static bool stuck;			/* nothing changes, and no error is reported */

int pmem_list_read(const char *where, struct pmem_list *list, bool settle)
{
	struct pmem_device *device;

	(void)where;
	(void)settle;
	*list = (struct pmem_list){ 0 };
	device = pmem_add(list);
	*device = machine;
	device->namespace = xstrdup(machine.namespace);
	device->device = machine.device ? xstrdup(machine.device) : NULL;
	device->uuid = xstrdup(machine.uuid);
	return 0;
}

int pmem_do(const struct pmem_device *device, enum pmem_action action, bool movable,
	    const char **step)
{
	assert_string_equal(device->namespace, machine.namespace);
	assert_true(ndone < ARRAY_SIZE(done));
	done[ndone++] = action;
	asked_movable = movable;
	*step = "a step";
	if (fails || stuck)
		return fails;
	machine.enabled = true;
	machine.device = (char *)(machine.mode == PMEM_FSDAX ? "pmem0" : "dax0.0");
	if (action == PMEM_TO_RAM || action == PMEM_ONLINE) {
		machine.mode = PMEM_RAM;
		machine.blocks = machine.blocks_online = 8;
		machine.zone = movable ? PMEM_ZONE_MOVABLE : PMEM_ZONE_OTHER;
	} else if (action == PMEM_TO_DEVDAX) {
		machine.mode = PMEM_DEVDAX;
	}
	return 0;
}

static void leave_out(const char *path)
{
	autofree char *full = xasprintf("%s%s", root, path);

	assert_int_equal(unlink(full), 0);
}

static int reset(void **unused)
{
	(void)unused;
	machine = (struct pmem_device){
		.namespace = (char *)"namespace0.0", .device = (char *)"dax0.0",
		.uuid = (char *)UUID, .mode = PMEM_DEVDAX, .enabled = true, .target_node = 2,
	};
	ndone = 0;
	fails = 0;
	stuck = false;
	put(CONFIG, UUID " = system-ram movable\n");
	put(POLICY, "offline\n");
	put("/sys/bus/dax/devices/dax0.0/dev", "1:3\n");
	return 0;
}

static int up(const char *name, bool event)
{
	const struct pmem_change change = { .root = root, .name = name, .event = event };

	return pmem_change(&change);
}

static void to_ram_and_back(void **unused)
{
	const struct pmem_change down = { .root = root, .name = UUID, .down = true };

	(void)unused;
	assert_int_equal(up(UUID, false), MO_OK);
	assert_int_equal(ndone, 1);
	assert_int_equal(done[0], PMEM_TO_RAM);
	assert_int_equal(up("dax0.0", true), MO_OK);
	assert_int_equal(up("namespace0.0", false), MO_OK);
	assert_int_equal(ndone, 1);
	assert_int_equal(pmem_change(&down), MO_OK);
	assert_int_equal(done[1], PMEM_TO_DEVDAX);
	assert_int_equal(pmem_change(&down), MO_OK);
	assert_int_equal(ndone, 2);
}

/* What could not be taken back stays where it is, whatever is configured by now. */
static void back_to_its_zone(void **unused)
{
	const struct pmem_change down = { .root = root, .name = UUID, .down = true };

	(void)unused;
	machine.mode = PMEM_RAM;
	fails = -EBUSY;
	for (int movable = 0; movable < 2; movable++) {
		machine.zone = movable ? PMEM_ZONE_MOVABLE : PMEM_ZONE_OTHER;
		put(CONFIG, movable ? UUID " = system-ram kernel\n" : UUID " = system-ram movable\n");
		assert_int_equal(pmem_change(&down), MO_FAILED);
		assert_int_equal(asked_movable, movable);
	}
}

/* Two that change the same device take turns, and nothing is left of that. */
static void locked(void **unused)
{
	autofree char *path = xasprintf("%s/run/migrate-offload/namespace0.0.lock", root);
	struct stat st;
	int fd = file_lock(path), status;
	pid_t other;

	(void)unused;
	assert_true(fd >= 0);
	other = fork();
	if (!other) {
		close(fd);
		_exit(up(UUID, false));
	}
	usleep(100000);
	assert_int_equal(waitpid(other, &status, WNOHANG), 0);
	/* As whoever held it does: another file has to be locked now. */
	assert_int_equal(unlink(path), 0);
	close(fd);
	assert_int_equal(waitpid(other, &status, 0), other);
	assert_int_equal(status, 0);
	assert_int_equal(stat(path, &st), -1);
}

static void disabled(void **unused)
{
	(void)unused;
	machine.enabled = false;
	machine.device = NULL;
	assert_int_equal(up(UUID, false), MO_OK);
	assert_int_equal(ndone, 2);
	assert_int_equal(done[0], PMEM_ENABLE);
	assert_int_equal(done[1], PMEM_TO_RAM);
}

/* The namespace's event enables; the dax device's comes after daxctl's rule. */
static void events(void **unused)
{
	(void)unused;
	assert_int_equal(up("namespace0.0", true), MO_OK);
	assert_int_equal(ndone, 0);
	machine.enabled = false;
	machine.device = NULL;
	assert_int_equal(up("namespace0.0", true), MO_OK);
	assert_int_equal(ndone, 1);
	assert_int_equal(machine.mode, PMEM_DEVDAX);
	put(CONFIG, "");
	assert_int_equal(up("dax0.0", true), MO_OK);
	assert_int_equal(up("dax0.0", false), MO_REFUSED);
	assert_int_equal(ndone, 1);
}

/* A region's next namespace, which nobody has made yet, comes at boot like any other. */
static void not_made_yet(void **unused)
{
	(void)unused;
	assert_int_equal(up("namespace0.1", true), MO_OK);
	assert_int_equal(up("namespace0.1", false), MO_FAILED);
	assert_int_equal(ndone, 0);
}

static void refused(void **unused)
{
	(void)unused;
	assert_int_equal(up("dax7.0", false), MO_FAILED);
	put(POLICY, "online\n");
	assert_int_equal(up(UUID, true), MO_REFUSED);
	put(POLICY, "offline\n");
	put(CONFIG, UUID " = system-ram\n");
	assert_int_equal(up(UUID, true), MO_BAD_CONFIG);
	machine.mode = PMEM_FSDAX;
	put(CONFIG, UUID " = system-ram kernel\n");
	assert_int_equal(up("namespace0.0", true), MO_REFUSED);
	assert_int_equal(ndone, 0);
}

/* Neither an error nor a success that is none passes for done. */
static void honest(void **unused)
{
	(void)unused;
	fails = -EBUSY;
	assert_int_equal(up(UUID, true), MO_FAILED);
	fails = 0;
	ndone = 0;
	stuck = true;
	assert_int_equal(up(UUID, true), MO_FAILED);
	assert_int_equal(machine.mode, PMEM_DEVDAX);
}

static void check_used(const char *words)
{
	autofree char *used = pmem_used_by(root, &machine);

	if (words)
		assert_string_equal(used, words);
	else
		assert_null(used);
}

static void users_of_dax(void **unused)
{
	autofree char *fd = xasprintf("%s/proc/7/fd/3", root);
	autofree char *map = xasprintf("%s/proc/7/map_files/7f00-7f10", root);

	(void)unused;
	put("/proc/7/comm", "db\n");
	put("/proc/7/fd/0", "");
	put("/dev/shm/dax0.0", "");
	assert_int_equal(symlink("../../../dev/shm/dax0.0", fd), 0);
	put("/proc/7/maps", "7f00-7f10 r--s 00000000 00:06 9    /dev/shm/dax0.0\n"
	    "7f20-7f30 r--p 00000000 00:06 9    /dev/null\n");
	put("/proc/7/map_files/7f00-7f10", "");
	check_used(NULL);
	leave_out("/proc/7/fd/3");
	/* The device under another name: it has the number of one that everybody has. */
	assert_int_equal(symlink("/dev/null", fd), 0);
	check_used("open in process 7 (db)");
	assert_int_equal(up(UUID, true), MO_REFUSED);
	assert_int_equal(ndone, 0);
	put("/proc/7/comm", "\x1b[2Jd\nb\n");
	check_used("open in process 7 (?[2Jd?b)");
	leave_out("/proc/7/fd/3");
	check_used(NULL);
	leave_out("/proc/7/map_files/7f00-7f10");
	assert_int_equal(symlink("/dev/null", map), 0);
	check_used("open in process 7 (?[2Jd?b)");
	leave_out("/proc/7/maps");
	check_used(NULL);
	leave_out("/sys/bus/dax/devices/dax0.0/dev");
	check_used("maybe open: /sys/bus/dax/devices/dax0.0/dev cannot be read");
}

static void users_of_blocks(void **unused)
{
	(void)unused;
	machine.mode = PMEM_FSDAX;
	machine.device = (char *)"pmem0";
	put("/sys/class/block/pmem0/dev", "259:0\n");
	put("/sys/class/block/pmem0/pmem0p1/dev", "259:1\n");
	put("/sys/class/block/pmem0p1/dev", "259:1\n");
	put("/proc/self/mountinfo", "36 25 8:1 / / rw - ext4 /dev/sda1 rw\n");
	check_used(NULL);
	put("/proc/swaps", "Filename Type Size Used Priority\n/dev/pmem0p1  partition 1 0 -2\n");
	check_used("a swap area");
	put("/proc/swaps", "Filename Type Size Used Priority\n");
	put("/proc/self/mountinfo", "36 25 8:1 / / rw - ext4 /dev/sda1 rw\n"
	    "37 36 259:1 / /srv/data rw - xfs /dev/pmem0p1 rw\n");
	check_used("mounted at /srv/data");
	put("/sys/class/block/pmem0/holders/dm-3/dev", "253:3\n");
	check_used("part of dm-3");
}

static struct json_object *get(struct json_object *json, const char *key)
{
	struct json_object *value = NULL;

	assert_true(json_object_object_get_ex(json, key, &value));
	return value;
}

static void shown(void **unused)
{
	struct pmem_config config;
	struct json_object *array, *item;
	struct pmem_list list;

	(void)unused;
	machine.bytes = UINT64_C(1) << 30;
	machine.align = UINT64_C(2) << 20;
	machine.map = PMEM_MAP_MEM;
	put("/sys/kernel/mm/memmap_init/mode", "auto\n");
	put("/sys/kernel/mm/memmap_init/ram/stores", "cached\n");
	put("/sys/kernel/mm/memmap_init/ram/cached_mb_per_s", "4000\n");
	assert_int_equal(pmem_list_read(root, &list, false), 0);
	pmem_config_load(&config, root);
	array = pmem_json(root, &list, &config);
	assert_int_equal(json_object_array_length(array), 1);
	item = json_object_array_get_idx(array, 0);
	assert_string_equal(json_object_get_string(get(item, "mode")), "devdax");
	assert_int_equal(json_object_get_int64(get(item, "memmap_bytes")), 4 << 20);
	/* 4 MiB at 4000 MB/s */
	assert_int_equal(json_object_get_int64(get(item, "predicted_ns")), 1048576);
	assert_null(get(item, "measured_ns"));
	assert_null(get(item, "memory"));
	assert_string_equal(json_object_get_string(get(item, "configured")), "system-ram movable");
	assert_string_equal(json_object_get_string(get(item, "source")), CONFIG ":1");
	assert_string_equal(json_object_get_string(get(item, "state")), "to do");
	json_object_put(array);
	pmem_config_free(&config);
	pmem_free(&list);
}

/* What pmem_text() prints for the machine; to be freed. */
static char *printed(void)
{
	autofree char *path = xasprintf("%s/out", root);
	struct pmem_config config;
	struct pmem_list list;
	char *text = NULL;
	int out;

	assert_int_equal(pmem_list_read(root, &list, false), 0);
	pmem_config_load(&config, root);
	fflush(stdout);
	out = dup(STDOUT_FILENO);
	assert_non_null(freopen(path, "w", stdout));
	pmem_text(root, &list, &config);
	fflush(stdout);
	assert_true(dup2(out, STDOUT_FILENO) >= 0);
	close(out);
	pmem_config_free(&config);
	pmem_free(&list);
	assert_int_equal(file_read(path, &text), 0);
	return text;
}

static void shown_as_text(void **unused)
{
	autofree char *memory = NULL, *refusal = NULL;

	(void)unused;
	machine.bytes = UINT64_C(1) << 30;
	machine.align = UINT64_C(2) << 20;
	machine.map = PMEM_MAP_MEM;
	machine.node = 0;
	machine.mode = PMEM_RAM;
	machine.blocks = machine.blocks_online = 8;
	machine.zone = PMEM_ZONE_MOVABLE;
	memory = printed();
	assert_string_equal(memory,
			    "namespace0.0  system-ram  1 GiB  dax0.0\n"
			    "  uuid        " UUID "\n"
			    "  alignment   2 MiB\n"
			    "  node        near node 0, memory of node 2\n"
			    "  memory      8 of 8 blocks online, all movable\n"
			    "  memmap      16 MiB in RAM (--map=mem)\n"
			    "  predicted   not predicted: memory hotplug writes it, which is not "
			    "measured\n"
			    "  measured    not measured: memory hotplug does not report it\n"
			    "  configured  system-ram movable by " CONFIG ":1: done\n");
	machine.mode = PMEM_FSDAX;
	machine.device = NULL;
	machine.map = PMEM_MAP_DEV;
	machine.target_node = -1;
	machine.node = -1;
	put(CONFIG, UUID " = devdax\n");
	put("/sys/kernel/mm/memmap_init/mode", "streaming\n");
	put("/sys/kernel/mm/memmap_init/device/streaming_mb_per_s", "8000\n");
	put("/sys/kernel/tracing/trace", "# tracer: nop\n");
	put("/sys/kernel/tracing/events/memmap_init/memmap_init_zone_device/id", "1\n");
	refusal = printed();
	assert_string_equal(refusal,
			    "namespace0.0  fsdax  1 GiB\n"
			    "  uuid        " UUID "\n"
			    "  alignment   2 MiB\n"
			    "  node        unknown\n"
			    "  memmap      16 MiB in the device (--map=dev)\n"
			    "  predicted   2.097 ms to bind: 16 MiB at 8000 MB/s, measured by this "
			    "kernel with streaming stores\n"
			    "  measured    not measured: no trace of it; boot with "
			    "trace_event=memmap_init:memmap_init_zone_device\n"
			    "  configured  devdax by " CONFIG ":1: refused\n"
			    "              its mode is fsdax, and " CONFIG ":1 asks for devdax; correct "
			    "the configuration, or save what is in it and make it anew: ndctl "
			    "create-namespace --force --reconfig=namespace0.0 --mode=devdax\n"
			    "  faster      with --map=mem: RAM is written faster than persistent "
			    "memory, as a rule; 16 MiB of RAM are needed. To change it destroys what "
			    "is in the namespace.\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(to_ram_and_back, reset),
		cmocka_unit_test_setup(back_to_its_zone, reset),
		cmocka_unit_test_setup(locked, reset),
		cmocka_unit_test_setup(disabled, reset),
		cmocka_unit_test_setup(events, reset),
		cmocka_unit_test_setup(not_made_yet, reset),
		cmocka_unit_test_setup(refused, reset),
		cmocka_unit_test_setup(honest, reset),
		cmocka_unit_test_setup(users_of_dax, reset),
		cmocka_unit_test_setup(users_of_blocks, reset),
		cmocka_unit_test_setup(shown, reset),
		cmocka_unit_test_setup(shown_as_text, reset),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
