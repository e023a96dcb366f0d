// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include "bench.h"

#define BYTES (64 * 1024)
#define PAGE 4096

static unsigned char memory[BYTES] __attribute__((aligned(8)));

static void right(void **unused)
{
	(void)unused;
	pattern_fill(memory, BYTES, 7);
	assert_int_equal(pattern_wrong(memory, BYTES, 7), 0);
}

/* Every single byte is looked at. */
static void one_byte(void **unused)
{
	(void)unused;
	pattern_fill(memory, BYTES, 7);
	for (size_t i = 0; i < BYTES; i += 61) {
		memory[i] ^= 0x10;
		assert_int_equal(pattern_wrong(memory, BYTES, 7), 8);
		memory[i] ^= 0x10;
	}
}

/* What a wrong copy looks like: a stale page, or the page of another one. */
static void wrong_page(void **unused)
{
	unsigned char page[PAGE];

	(void)unused;
	pattern_fill(memory, BYTES, 7);
	memcpy(page, memory, PAGE);
	pattern_fill(memory, BYTES, 8);
	memcpy(memory, page, PAGE);
	assert_int_equal(pattern_wrong(memory, BYTES, 8), PAGE);
	pattern_fill(memory, BYTES, 8);
	memcpy(memory + PAGE, memory + 3 * PAGE, PAGE);
	assert_int_equal(pattern_wrong(memory, BYTES, 8), PAGE);
}

static void summaries(void **unused)
{
	double odd[] = { 3, 1, 2 }, even[] = { 4, 1, 3, 2 }, one[] = { 5 };
	struct summary s;

	(void)unused;
	summarize(&s, odd, 3);
	assert_true(s.min == 1 && s.median == 2 && s.max == 3);
	summarize(&s, even, 4);
	assert_true(s.min == 1 && s.median == 2.5 && s.max == 4);
	summarize(&s, one, 1);
	assert_true(s.min == 5 && s.median == 5 && s.max == 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(right),
		cmocka_unit_test(one_byte),
		cmocka_unit_test(wrong_page),
		cmocka_unit_test(summaries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
