// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include "pmem-decide.h"

#define UUID "12345678-9abc-def0-1234-56789abcdef0"
#define OTHER "22345678-9abc-def0-1234-56789abcdef0"

static void parse(struct pmem_config *config, const char *text)
{
	autofree char *copy = xstrdup(text);

	*config = (struct pmem_config){ 0 };
	pmem_config_parse(config, "f", copy);
}

static void check_wish(const char *text, enum pmem_mode mode, bool movable, const char *where)
{
	struct pmem_device device = { .uuid = (char *)UUID };
	const struct pmem_wish *wish;
	struct pmem_config config;

	parse(&config, text);
	assert_int_equal(config.errors.n, 0);
	wish = pmem_config_wish(&config, &device);
	assert_non_null(wish);
	assert_int_equal(wish->mode, mode);
	assert_int_equal(wish->movable, movable);
	assert_string_equal(wish->where, where);
	pmem_config_free(&config);
}

static void check_error(const char *text, const char *start)
{
	struct pmem_config config;

	parse(&config, text);
	assert_int_equal(config.errors.n, 1);
	assert_int_equal(config.n, 0);
	assert_memory_equal(config.errors.v[0], start, strlen(start));
	pmem_config_free(&config);
}

static void good_lines(void **unused)
{
	(void)unused;
	check_wish(UUID " = system-ram movable", PMEM_RAM, true, "f:1");
	check_wish("# x\n\t" UUID "=system-ram kernel # y\r\n", PMEM_RAM, false, "f:2");
	check_wish(OTHER " = fsdax\n" UUID " = devdax", PMEM_DEVDAX, false, "f:2");
	check_wish(UUID " = fsdax", PMEM_FSDAX, false, "f:1");
}

static void bad_lines(void **unused)
{
	(void)unused;
	check_error("dax0.0 = devdax", "f:1: 'dax0.0' is not the UUID of a namespace;");
	check_error("\n" UUID "0 = devdax", "f:2: '" UUID "0' is not the UUID");
	check_error("1234567-89abc-def0-1234-56789abcdef0 = devdax", "f:1: '1234567-8");
	check_error("12345678-9ABC-def0-1234-56789abcdef0 = devdax", "f:1: '12345678-9A");
	check_error(UUID " = system-ram", "f:1: " UUID ": 'system-ram' is not valid; valid: "
		    "system-ram movable, system-ram kernel, devdax, fsdax");
	check_error(UUID " =", "f:1: " UUID ": '' is not valid");
	check_error(UUID, "f:1: '" UUID "' is not of the form");
}

static void twice(void **unused)
{
	char first[] = UUID " = devdax", second[] = UUID " = fsdax\n" UUID " = devdax";
	struct pmem_device device = { .label_uuid = (char *)UUID };
	struct pmem_config config = { 0 };

	(void)unused;
	pmem_config_parse(&config, "a", first);
	assert_int_equal(config.errors.n, 0);
	pmem_config_parse(&config, "b", second);
	assert_int_equal(config.errors.n, 1);
	assert_non_null(strstr(config.errors.v[0], "b:2: " UUID " is set a second time"));
	/* A later file counts more; the UUID of the label is as good. */
	assert_int_equal(config.n, 1);
	assert_string_equal(pmem_config_wish(&config, &device)->where, "b:1");
	pmem_config_free(&config);
}

/* A device that could become memory, and what is asked for. */
static struct pmem_device devdax(void)
{
	return (struct pmem_device){
		.namespace = (char *)"namespace0.0", .device = (char *)"dax0.0",
		.uuid = (char *)UUID, .mode = PMEM_DEVDAX, .enabled = true, .target_node = 2,
	};
}

static struct pmem_device ram(unsigned int online, enum pmem_zone zone)
{
	struct pmem_device device = devdax();

	device.mode = PMEM_RAM;
	device.blocks = 8;
	device.blocks_online = online;
	device.zone = zone;
	return device;
}

static const struct pmem_wish to_movable = { (char *)UUID, PMEM_RAM, true, (char *)"f:1" };
static const struct pmem_wish to_kernel = { (char *)UUID, PMEM_RAM, false, (char *)"f:1" };
static const struct pmem_wish to_devdax = { (char *)UUID, PMEM_DEVDAX, false, (char *)"f:1" };
static const struct pmem_wish to_fsdax = { (char *)UUID, PMEM_FSDAX, false, (char *)"f:1" };

static void check_up(struct pmem_device device, const struct pmem_wish *wish, const char *policy,
		     const char *used_by, enum pmem_action action, const char *reason)
{
	const struct pmem_circumstances now = { .policy = policy, .used_by = used_by };
	struct pmem_decision decision;

	pmem_decide_up(&device, wish, &now, &decision);
	assert_int_equal(decision.action, action);
	assert_int_equal(action == PMEM_REFUSE, !!reason);
	if (reason) {
		assert_non_null(strstr(decision.reason, reason));
		assert_true(decision.remedy && *decision.remedy);
	}
	pmem_decision_free(&decision);
}

static void unlisted(void **unused)
{
	struct pmem_device device = devdax();
	struct pmem_decision decision;

	(void)unused;
	check_up(device, NULL, "offline", NULL, PMEM_REFUSE, "not listed");
	pmem_decide_down(&device, NULL, &decision);
	assert_int_equal(decision.action, PMEM_REFUSE);
	assert_non_null(strstr(decision.remedy, UUID));
	pmem_decision_free(&decision);
	device.uuid = NULL;
	check_up(device, NULL, "offline", NULL, PMEM_REFUSE, "no UUID");
}

static void becomes_ram(void **unused)
{
	struct pmem_device device = devdax();

	(void)unused;
	check_up(device, &to_movable, "offline", NULL, PMEM_TO_RAM, NULL);
	check_up(device, &to_kernel, "offline", NULL, PMEM_TO_RAM, NULL);
	check_up(device, &to_movable, NULL, NULL, PMEM_TO_RAM, NULL);
	check_up(device, &to_movable, "offline", "open in process 7 (db)", PMEM_REFUSE,
		 "it is open in process 7 (db)");
	device.target_node = -1;
	check_up(device, &to_movable, "offline", NULL, PMEM_REFUSE, "no node");
	/* Also when no driver has it. */
	device = devdax();
	device.enabled = false;
	check_up(device, &to_movable, "offline", NULL, PMEM_TO_RAM, NULL);
	device.device = NULL;
	check_up(device, &to_movable, "offline", NULL, PMEM_ENABLE, NULL);
}

/* The kernel's policy is kept to, or the device is left as it is. */
static void policies(void **unused)
{
	static const struct { const char *policy; bool movable, kernel; } cases[] = {
		{ "offline", true, true }, { "online", false, false },
		{ "online_movable", true, false }, { "online_kernel", false, true },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		check_up(devdax(), &to_movable, cases[i].policy, NULL,
			 cases[i].movable ? PMEM_TO_RAM : PMEM_REFUSE,
			 cases[i].movable ? NULL : "by its own policy, '");
		check_up(devdax(), &to_kernel, cases[i].policy, NULL,
			 cases[i].kernel ? PMEM_TO_RAM : PMEM_REFUSE,
			 cases[i].kernel ? NULL : "by its own policy, '");
	}
}

static void is_ram(void **unused)
{
	(void)unused;
	check_up(ram(8, PMEM_ZONE_MOVABLE), &to_movable, "online", NULL, PMEM_NOTHING, NULL);
	check_up(ram(8, PMEM_ZONE_OTHER), &to_kernel, "online", NULL, PMEM_NOTHING, NULL);
	check_up(ram(0, PMEM_ZONE_UNKNOWN), &to_movable, "online", NULL, PMEM_ONLINE, NULL);
	check_up(ram(7, PMEM_ZONE_MOVABLE), &to_movable, "online", NULL, PMEM_ONLINE, NULL);
	check_up(ram(8, PMEM_ZONE_OTHER), &to_movable, "online", NULL, PMEM_REFUSE,
		 "not only in the zone for movable");
	check_up(ram(8, PMEM_ZONE_MOVABLE), &to_kernel, "online", NULL, PMEM_REFUSE,
		 "memory in the zone for movable");
	check_up(ram(8, PMEM_ZONE_MOVABLE), &to_devdax, "online", NULL, PMEM_REFUSE, "it is memory");
	check_up(ram(8, PMEM_ZONE_MOVABLE), &to_fsdax, "online", NULL, PMEM_REFUSE, "its mode is");
}

static void other_modes(void **unused)
{
	struct pmem_device device = devdax();

	(void)unused;
	check_up(device, &to_devdax, "online", "open in process 7 (db)", PMEM_NOTHING, NULL);
	check_up(device, &to_fsdax, "online", NULL, PMEM_REFUSE, "its mode is devdax");
	device.enabled = false;
	check_up(device, &to_devdax, "online", NULL, PMEM_BIND, NULL);
	device.device = NULL;
	check_up(device, &to_devdax, "online", NULL, PMEM_ENABLE, NULL);
	device.mode = PMEM_FSDAX;
	check_up(device, &to_fsdax, "online", NULL, PMEM_ENABLE, NULL);
	device.enabled = true;
	device.device = (char *)"pmem0";
	check_up(device, &to_fsdax, "online", "mounted at /srv", PMEM_NOTHING, NULL);
	check_up(device, &to_devdax, "online", NULL, PMEM_REFUSE, "its mode is fsdax, and f:1");
	check_up(device, &to_movable, "offline", "mounted at /srv", PMEM_REFUSE,
		 "its mode is fsdax, it is mounted at /srv, and f:1 asks for system-ram movable");
	device.mode = PMEM_SECTOR;
	check_up(device, &to_movable, "offline", NULL, PMEM_REFUSE, "its mode is sector");
}

static void taken_back(void **unused)
{
	static const struct { enum pmem_mode mode; enum pmem_action action; } cases[] = {
		{ PMEM_RAM, PMEM_TO_DEVDAX }, { PMEM_DEVDAX, PMEM_NOTHING },
		{ PMEM_FSDAX, PMEM_REFUSE }, { PMEM_SECTOR, PMEM_REFUSE }, { PMEM_RAW, PMEM_REFUSE },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct pmem_device device = devdax();
		struct pmem_decision decision;

		device.mode = cases[i].mode;
		pmem_decide_down(&device, &to_movable, &decision);
		assert_int_equal(decision.action, cases[i].action);
		pmem_decision_free(&decision);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_lines),
		cmocka_unit_test(bad_lines),
		cmocka_unit_test(twice),
		cmocka_unit_test(unlisted),
		cmocka_unit_test(becomes_ram),
		cmocka_unit_test(policies),
		cmocka_unit_test(is_ram),
		cmocka_unit_test(other_modes),
		cmocka_unit_test(taken_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
