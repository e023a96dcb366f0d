// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include "ids.h"
#include "node-values.h"

static void check(const char *text, const char *expected)
{
	autostrv struct strv numbers = { 0 };
	autofree char *joined = NULL;
	autoids struct ids ids = { 0 };

	assert_true(ids_parse(text, &ids));
	for (size_t i = 0; i < ids.n; i++) {
		strv_add(&numbers, "%d", ids.v[i]);
		assert_true(ids_has(&ids, ids.v[i]));
	}
	joined = strv_join(&numbers, " ");
	assert_string_equal(joined, expected);
	assert_false(ids_has(&ids, 77));
}

static void good(void **unused)
{
	(void)unused;
	check("", "");
	check("0", "0");
	check("0-3", "0 1 2 3");
	check("0,2-2,8-9,11", "0 2 8 9 11");
	check("65535", "65535");
}

static void bad(void **unused)
{
	static const char *const texts[] = {
		"-", "a", "1,", ",1", "3-1", "1-", "-1", "1 2", "0x1", "65536", "1-2-3",
		"99999999999999999999",
	};
	struct ids ids;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_false(ids_parse(texts[i], &ids));
		assert_int_equal(ids.n, 0);
	}
}

static void values(void **unused)
{
	struct node_values list = { 0 }, copy;

	(void)unused;
	node_values_set(&list, 3, "7");
	node_values_set(&list, 0, "1");
	node_values_set(&list, 3, "8");
	assert_int_equal(list.n, 2);
	node_values_copy(&copy, &list);
	node_values_drop(&list, 3);
	node_values_drop(&list, 3);
	assert_null(node_values_get(&list, 3));
	assert_string_equal(node_values_get(&list, 0), "1");
	assert_string_equal(node_values_get(&copy, 3), "8");
	node_values_free(&list);
	assert_null(node_values_get(&list, 0));
	node_values_free(&copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),
		cmocka_unit_test(bad),
		cmocka_unit_test(values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
