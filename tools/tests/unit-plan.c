// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include "plan.h"

static void check_all(char *const wanted[NR_FILE_KNOBS], char *const current[NR_FILE_KNOBS],
		      const struct node_change *nodes, size_t n, const char *expected)
{
	autostrv struct strv steps = { 0 };
	autofree char *text = NULL;
	struct plan plan;

	plan_make(&plan, wanted, current, nodes, n);
	for (size_t i = 0; i < plan.n; i++) {
		autofree char *name = step_name(&plan.step[i]);

		strv_add(&steps, "%s %s>%s", name, plan.step[i].from, plan.step[i].to);
	}
	text = strv_join(&steps, ", ");
	assert_string_equal(text, expected);
	plan_free(&plan);
}

/* In the order of the knobs: migrator, reasons, max_batch_pages, nr_dma_chan. */
static void check(char *const wanted[NR_FILE_KNOBS], char *const current[NR_FILE_KNOBS],
		  const char *expected)
{
	check_all(wanted, current, NULL, 0, expected);
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
	check(V("mtcopy", NULL, NULL, NULL), V("dcbm", "all", "512", "4"), "migrator dcbm>none, migrator none>mtcopy");
}

/* Thresholds are set while nothing is selected, and need no new selection. */
static void thresholds(void **unused)
{
	static const struct node_change nodes[] = {
		{ 0, "1048576", "0" }, { 2, "0", "0" }, { 3, NULL, "7" }, { 11, "0", NULL },
		{ 12, "0", "4096" },
	};

	(void)unused;
	check_all(V("dcbm", "none", NULL, NULL), V("none", "all", NULL, NULL), nodes,
		  ARRAY_SIZE(nodes), "reasons all>none, node0/min_bytes 0>1048576, "
		  "node12/min_bytes 4096>0, migrator none>dcbm");
	check_all(V("none", NULL, NULL, NULL), V("dcbm", NULL, NULL, NULL), nodes, 1,
		  "migrator dcbm>none, node0/min_bytes 0>1048576");
	check_all(V(NULL, NULL, NULL, NULL), V("dcbm", NULL, NULL, NULL), nodes, 1,
		  "node0/min_bytes 0>1048576");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order),
		cmocka_unit_test(only_differences),
		cmocka_unit_test(reselect),
		cmocka_unit_test(thresholds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
