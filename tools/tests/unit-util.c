// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

static void sizes(void **unused)
{
	static const struct { const char *text; uint64_t bytes; } good[] = {
		{ "1", 1 }, { "4096", 4096 }, { "4k", 4096 }, { "2M", 2 << 20 },
		{ "3g", 3ULL << 30 }, { "18446744073709551615", UINT64_MAX },
	};
	static const char *const bad[] = {
		"", "0", "0k", "k", "-1", "1.5g", "4kb", "4k ", " 4k", "0x10",
		"18446744073709551616", "99999999999g",
	};
	uint64_t bytes;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_true(parse_size(good[i].text, &bytes));
		assert_int_equal(bytes, good[i].bytes);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(parse_size(bad[i], &bytes));
}

static void formatted_sizes(void **unused)
{
	char buf[32];

	(void)unused;
	assert_string_equal(format_size(0, buf, sizeof(buf)), "0 B");
	assert_string_equal(format_size(4096, buf, sizeof(buf)), "4 KiB");
	assert_string_equal(format_size(2 << 20, buf, sizeof(buf)), "2 MiB");
	assert_string_equal(format_size(3ULL << 29, buf, sizeof(buf)), "1.5 GiB");
	assert_string_equal(format_size(UINT64_MAX, buf, sizeof(buf)), "16777216 TiB");
}

static void exact_sizes(void **unused)
{
	char buf[32];

	(void)unused;
	assert_string_equal(format_exact_size(0, buf, sizeof(buf)), "0 B");
	assert_string_equal(format_exact_size(4097, buf, sizeof(buf)), "4097 B");
	assert_string_equal(format_exact_size(2 << 20, buf, sizeof(buf)), "2 MiB");
	assert_string_equal(format_exact_size(3ULL << 29, buf, sizeof(buf)), "1536 MiB");
	assert_string_equal(format_exact_size(UINT64_MAX, buf, sizeof(buf)),
			    "18446744073709551615 B");
}

static void lists(void **unused)
{
	autostrv struct strv list = { 0 };
	autofree char *empty = strv_join(&list, ", ");
	autofree char *joined = NULL;

	(void)unused;
	assert_string_equal(empty, "");
	strv_add(&list, "%s", "b");
	strv_add(&list, "a%d", 1);
	strv_sort(&list);
	joined = strv_join(&list, ", ");
	assert_string_equal(joined, "a1, b");
	assert_true(strv_has(&list, "b"));
	assert_false(strv_has(&list, "a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test(formatted_sizes),
		cmocka_unit_test(exact_sizes),
		cmocka_unit_test(lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
