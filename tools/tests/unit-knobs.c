// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include "thresholds.h"

static void check(enum knob_id id, const char *text, const char *expected)
{
	autofree char *value = knob_canonical(id, text);

	if (expected)
		assert_string_equal(value, expected);
	else
		assert_null(value);
}

static void table(void **unused)
{
	(void)unused;
	for (enum knob_id id = 0; id < NR_KNOBS; id++) {
		autofree char *range = knob_range(id);

		assert_non_null(range);
		assert_int_equal(knob_find(knobs[id].name), id);
		if (id < NR_FILE_KNOBS)
			assert_string_equal(strrchr(knobs[id].path, '/') + 1, knobs[id].name);
		else
			assert_int_equal(threshold_knob(knobs[id].kind), id);
		if (knobs[id].type == KNOB_NUMBER)
			assert_true(knobs[id].min < knobs[id].max);
	}
	assert_int_equal(threshold_knob(NODE_UNKNOWN), NR_KNOBS);
	assert_int_equal(knob_find("nonsense"), NR_KNOBS);
	assert_int_equal(knob_find(""), NR_KNOBS);
}

static void numbers(void **unused)
{
	(void)unused;
	check(KNOB_MAX_BATCH_PAGES, "1", "1");
	check(KNOB_MAX_BATCH_PAGES, "65536", "65536");
	check(KNOB_MAX_BATCH_PAGES, "00512", "512");
	check(KNOB_MAX_BATCH_PAGES, "0", NULL);
	check(KNOB_MAX_BATCH_PAGES, "65537", NULL);
	check(KNOB_MAX_BATCH_PAGES, "99999999999999999999", NULL);
	check(KNOB_MAX_BATCH_PAGES, "+1", NULL);
	check(KNOB_MAX_BATCH_PAGES, "1 ", NULL);
	check(KNOB_MAX_BATCH_PAGES, "", NULL);
	check(KNOB_NR_DMA_CHAN, "64", "64");
	check(KNOB_NR_DMA_CHAN, "65", NULL);
}

static void bytes(void **unused)
{
	(void)unused;
	check(KNOB_DRAM_MIN_BYTES, "0", "0");
	check(KNOB_DRAM_MIN_BYTES, "4095", "4095");
	check(KNOB_CXL_MIN_BYTES, "512k", "524288");
	check(KNOB_CXL_MIN_BYTES, "2M", "2097152");
	check(KNOB_PMEM_MIN_BYTES, "1g", "1073741824");
	check(KNOB_PMEM_MIN_BYTES, "18446744073709551615", "18446744073709551615");
	check(KNOB_PMEM_MIN_BYTES, "18446744073709551616", NULL);
	check(KNOB_PMEM_MIN_BYTES, "17179869184g", NULL);
	check(KNOB_DRAM_MIN_BYTES, "-1", NULL);
	check(KNOB_DRAM_MIN_BYTES, "2 m", NULL);
	check(KNOB_DRAM_MIN_BYTES, "1.5m", NULL);
	check(KNOB_DRAM_MIN_BYTES, "none", NULL);
	check(KNOB_DRAM_MIN_BYTES, "", NULL);
}

static void names(void **unused)
{
	(void)unused;
	check(KNOB_MIGRATOR, "none", "none");
	check(KNOB_MIGRATOR, "a-b_c0123456789", "a-b_c0123456789");
	check(KNOB_MIGRATOR, "a-b_c01234567890", NULL);
	check(KNOB_MIGRATOR, "[dcbm]", NULL);
	check(KNOB_MIGRATOR, "../x", NULL);
	check(KNOB_MIGRATOR, "", NULL);
}

static void reasons(void **unused)
{
	(void)unused;
	check(KNOB_REASONS, "all", "all");
	check(KNOB_REASONS, "none", "none");
	check(KNOB_REASONS, "damon,demotion", "demotion,damon");
	check(KNOB_REASONS, " damon ,\tdemotion,damon", "demotion,damon");
	check(KNOB_REASONS, "compaction,memory_failure,memory_hotplug,syscall_or_cpuset,"
	      "mempolicy_mbind,numa_misplaced,contig_range,longterm_pin,demotion,damon", "all");
	check(KNOB_REASONS, "demotion,all", NULL);
	check(KNOB_REASONS, "demotion,", NULL);
	check(KNOB_REASONS, "demotion damon", NULL);
	check(KNOB_REASONS, "", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),
		cmocka_unit_test(numbers),
		cmocka_unit_test(bytes),
		cmocka_unit_test(names),
		cmocka_unit_test(reasons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
