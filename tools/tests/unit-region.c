// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include "bench.h"
#include "sysfs.h"

#define BYTES (8 << 20)
#define SMALL 4096
#define HUGE (2 << 20)

/* Moving to where it is already needs no second node, but works the same. */
static void move_nowhere(struct region *r)
{
	double seconds;
	size_t unmoved;

	assert_int_equal(pattern_wrong(r->base, r->bytes, 0), 0);
	pattern_fill(r->base, r->bytes, 1);
	assert_int_equal(region_move(r, 0, &seconds, &unmoved), 0);
	assert_int_equal(unmoved, 0);
	assert_true(seconds > 0);
	assert_int_equal(pattern_wrong(r->base, r->bytes, 1), 0);
}

static void need_numa(void)
{
	if (!sysfs_exists("", "/sys/devices/system/node/node0/cpulist"))
		skip();
}

static void small(void **unused)
{
	struct region r;

	(void)unused;
	need_numa();
	assert_int_equal(region_map(&r, BYTES, SMALL, 0), 0);
	assert_int_equal(region_huge_bytes(&r), 0);
	assert_true(region_intact(&r));
	move_nowhere(&r);
	region_unmap(&r);
}

static void huge(void **unused)
{
	autofree char *mode = NULL;
	struct region r;

	(void)unused;
	need_numa();
	if (sysfs_read("", "/sys/kernel/mm/transparent_hugepage/enabled", &mode) ||
	    strstr(mode, "[never]"))
		skip();
	assert_int_equal(region_map(&r, BYTES, HUGE, 0), 0);
	assert_int_equal((uintptr_t)r.base % HUGE, 0);
	/* Not all of it where memory is fragmented, but not none either. */
	assert_true(region_huge_bytes(&r) > 0);
	assert_true(region_huge_bytes(&r) <= BYTES);
	move_nowhere(&r);
	region_unmap(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small),
		cmocka_unit_test(huge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
