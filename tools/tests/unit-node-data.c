// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include "node-data.h"
#include "sysfs.h"

static void need_numa(void)
{
	if (!sysfs_exists("", "/sys/devices/system/node/node0/cpulist"))
		skip();
}

/* Moving to where it is already needs no second node, but works the same. */
static void there_and_back(void **unused)
{
	autofree char *problem = NULL;
	bool bad = false;

	(void)unused;
	need_numa();
	problem = node_data_problem(0, 0, &bad);
	assert_null(problem);
	assert_false(bad);
}

/* No kernel has a node of this number. */
static void nowhere(void **unused)
{
	autofree char *problem = NULL;
	bool bad = false;

	(void)unused;
	need_numa();
	problem = node_data_problem(0, 1 << 20, &bad);
	assert_non_null(strstr(problem, "node 1048576"));
	assert_false(bad);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
