// SPDX-License-Identifier: GPL-2.0-only
/* The planner's tests, without a kernel. Prints TAP. */
#include <stdio.h>
#include "planner_cases.h"

#define ANY_MACHINES	20000

static struct case_state state;

static bool check_case(unsigned int number, const struct plan_case *c)
{
	const char *broken;
	bool good;

	case_run(&state, c);
	broken = case_broken(&state, c);
	good = !broken && case_met(&state, c);
	printf("%sok %u - planner, %s: %s\n", good ? "" : "not ", number,
	       machine_cases[c->machine].name, c->name);
	if (good)
		return true;
	if (broken)
		printf("# %s\n", broken);
	printf("# expected: %s\n# chosen:   ", c->expected);
	for (unsigned int i = 0; i < state.nr_chosen; i++)
		printf("%s%u", i ? "," : "", state.chosen[i]);
	printf("\n");
	return false;
}

static bool check_any(unsigned int number)
{
	const char *broken = NULL;
	unsigned int seed;

	for (seed = 0; seed < ANY_MACHINES && !broken; seed++)
		broken = case_any(&state, seed);
	printf("%sok %u - planner, any machine in any state, %u times\n", broken ? "not " : "",
	       number, ANY_MACHINES);
	if (broken)
		printf("# seed %u: %s\n", seed - 1, broken);
	return !broken;
}

int main(void)
{
	bool good = true;

	for (unsigned int i = 0; i < NR_PLAN_CASES; i++)
		good &= check_case(i + 1, &plan_cases[i]);
	good &= check_any(NR_PLAN_CASES + 1);
	printf("1..%zu\n", NR_PLAN_CASES + 1);
	return !good;
}
