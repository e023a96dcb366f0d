// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include "plan.h"

/* In the order of the knobs: migrator, reasons, max_batch_pages, nr_dma_chan. */
static void check(char *const wanted[NR_KNOBS], char *const current[NR_KNOBS],
		  const char *expected)
{
	autostrv struct strv steps = { 0 };
	autofree char *text = NULL;
	struct plan plan;

	plan_make(&plan, wanted, current);
	for (size_t i = 0; i < plan.n; i++)
		strv_add(&steps, "%s %s>%s", knobs[plan.step[i].knob].name, plan.step[i].from,
			 plan.step[i].to);
	text = strv_join(&steps, ", ");
	assert_string_equal(text, expected);
	plan_free(&plan);
}

#define V(m, r, b, n) (char *[]){ (char *)(m), (char *)(r), (char *)(b), (char *)(n) }

static void order(void **unused)
{
	(void)unused;
	check(V("dcbm", "none", "64", "4"), V("none", "all", "512", "16"),
	      "reasons all>none, max_batch_pages 512>64, nr_dma_chan 16>4, migrator none>dcbm");
	check(V("none", "all", "512", "16"), V("dcbm", "none", "64", "4"),
	      "migrator dcbm>none, reasons none>all, max_batch_pages 64>512, nr_dma_chan 4>16");
}

static void only_differences(void **unused)
{
	(void)unused;
	check(V("dcbm", "all", "64", "4"), V("dcbm", "all", "64", "4"), "");
	check(V("dcbm", NULL, "64", NULL), V("dcbm", "all", "512", "4"),
	      "max_batch_pages 512>64");
	check(V("dcbm", NULL, NULL, "8"), V("none", NULL, NULL, NULL), "migrator none>dcbm");
	check(V(NULL, NULL, NULL, NULL), V("dcbm", "all", "512", "4"), "");
	check(V("dcbm", NULL, NULL, NULL), V(NULL, NULL, NULL, NULL), "");
}

/* A module looks at its knobs when it is selected. */
static void reselect(void **unused)
{
	(void)unused;
	check(V("dcbm", NULL, NULL, "8"), V("dcbm", "all", "512", "4"),
	      "migrator dcbm>none, nr_dma_chan 4>8, migrator none>dcbm");
	check(V(NULL, NULL, NULL, "8"), V("dcbm", "all", "512", "4"),
	      "migrator dcbm>none, nr_dma_chan 4>8, migrator none>dcbm");
	check(V(NULL, NULL, NULL, "8"), V("mtcopy", "all", "512", "4"), "nr_dma_chan 4>8");
	check(V("mtcopy", NULL, NULL, NULL), V("dcbm", "all", "512", "4"), "migrator dcbm>mtcopy");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order),
		cmocka_unit_test(only_differences),
		cmocka_unit_test(reselect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
