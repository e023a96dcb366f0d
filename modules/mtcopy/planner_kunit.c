// SPDX-License-Identifier: GPL-2.0-only
/*
 * The planner's tests. Loading the module runs them.
 */

#include <kunit/test.h>
#include <linux/module.h>

#include "planner.c"
#include "planner_cases.h"

#define ANY_MACHINES	2000

static void get_desc(const struct plan_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s: %s",
		 machine_cases[c->machine].name, c->name);
}

KUNIT_ARRAY_PARAM(plan, plan_cases, get_desc);

static struct case_state *new_state(struct kunit *test)
{
	struct case_state *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, s);
	return s;
}

static void plan_chooses(struct kunit *test)
{
	const struct plan_case *c = test->param_value;
	struct case_state *s = new_state(test);
	const char *broken;
	unsigned int i;

	case_run(s, c);
	broken = case_broken(s, c);
	if (broken)
		KUNIT_FAIL(test, "%s", broken);
	if (case_met(s, c))
		return;
	for (i = 0; i < s->nr_chosen; i++)
		kunit_info(test, "chosen: %u\n", s->chosen[i]);
	KUNIT_FAIL(test, "expected: %s\n", c->expected);
}

static void plan_any_machine(struct kunit *test)
{
	struct case_state *s = new_state(test);
	const char *broken;
	unsigned int seed;

	for (seed = 0; seed < ANY_MACHINES; seed++) {
		broken = case_any(s, seed);
		KUNIT_ASSERT_NULL_MSG(test, broken, "seed %u: %s", seed, broken);
		cond_resched();
	}
}

static struct kunit_case planner_tests[] = {
	KUNIT_CASE_PARAM(plan_chooses, plan_gen_params),
	KUNIT_CASE(plan_any_machine),
	{}
};

static struct kunit_suite planner_suite = {
	.name = "mtcopy_planner",
	.test_cases = planner_tests,
};

kunit_test_suites(&planner_suite);

MODULE_DESCRIPTION("KUnit tests of mtcopy's planner");
MODULE_LICENSE("GPL");
