// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does the patched code leave every byte as the base's code does, in every mode,
 * and touch nothing else? Nothing is timed. Prints TAP.
 */
#include <stdio.h>
#include <string.h>
#include "bench.h"

#define MAX_PAGES	((1UL << 20) + (1UL << 18))
#define GUARD		16UL	/* pages on both sides that must stay as they are */
#define PFN		0x4000000UL

static char *tested, *expected;
static unsigned int count, failed;

static void result(bool passed, const char *name, const char *why)
{
	failed += !passed;
	printf("%sok %u - %s\n", passed ? "" : "not ", ++count, name);
	if (!passed)
		printf("# %s\n", why);
}

static char *run(enum who who, const struct pmem *pmem)
{
	memset(tested, 0xa5, (pmem->pages + 2 * GUARD) * glue_page_bytes);
	glue_init(who, pmem, tested + GUARD * glue_page_bytes);
	return tested;
}

static bool same(const struct pmem *pmem, const char *const *options, char *why, size_t size)
{
	size_t bytes = (pmem->pages + 2 * GUARD) * glue_page_bytes;

	memcpy(expected, run(BASE, pmem), bytes);
	if (memchr(expected + GUARD * glue_page_bytes, 0xa5, glue_page_bytes)) {
		snprintf(why, size, "the base has not written the first page");
		return false;
	}
	for (; *options; options++) {
		glue_option(*options);
		run(OURS, pmem);
		for (size_t i = 0; i < bytes; i++)
			if (tested[i] != expected[i]) {
				snprintf(why, size, "memmap_init=%s, shift %u, %lu pages from %#lx: byte %zu of page %ld differs",
					 *options, pmem->shift, pmem->pages, pmem->pfn, i % glue_page_bytes,
					 (long)(i / glue_page_bytes) - (long)GUARD);
				return false;
			}
	}
	return true;
}

static bool lengths(struct pmem *pmem, char *why, size_t size)
{
	static const char *const options[] = { "slow", "cached", "streaming", "auto", NULL };
	static const unsigned long odd[] = { 1, 2, 3, 63, 512, 32767, 32769, 99999 };

	pmem->shift = 0;
	for (unsigned int i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		for (int start = -1; start <= 1; start++) {
			pmem->pfn = PFN + start;
			pmem->pages = odd[i];
			if (!same(pmem, options, why, size))
				return false;
		}
	return true;
}

static bool shifts(struct pmem *pmem, char *why, size_t size)
{
	static const char *const options[] = { "slow", "cached", "streaming", "auto", NULL };

	pmem->pfn = PFN;
	for (pmem->shift = 1; pmem->shift <= 18; pmem->shift++) {
		pmem->pages = 1UL << pmem->shift;
		if (!same(pmem, options, why, size))
			return false;
		pmem->pages *= 3;
		if (!same(pmem, options, why, size))
			return false;
	}
	return true;
}

/* Large enough for several threads and, in mode auto, to be measured. */
static bool large(struct pmem *pmem, char *why, size_t size)
{
	static const char *const options[] = {
		"slow,64", "cached,64", "streaming,64", "auto,64", "auto,1", "streaming,1", NULL
	};
	static const unsigned int shift[] = { 0, 9, 18 };

	pmem->pfn = PFN;
	for (unsigned int i = 0; i < sizeof(shift) / sizeof(shift[0]); i++) {
		pmem->shift = shift[i];
		pmem->pages = shift[i] ? MAX_PAGES : MAX_PAGES - 5;
		if (!same(pmem, options, why, size))
			return false;
	}
	return true;
}

int smoke(unsigned int cpus)
{
	size_t bytes = (MAX_PAGES + 2 * GUARD) * glue_page_bytes;
	char why[200];

	tested = memmap_get(bytes, TOUCHED);
	expected = memmap_get(bytes, TOUCHED);
	pool_make(cpus);
	for (unsigned int type = 1; type <= NR_TYPES; type++)
		for (int altmap = 0; altmap <= 1; altmap++) {
			struct pmem pmem = { .type = type, .altmap = altmap };
			static const struct {
				const char *name;
				bool (*check)(struct pmem *pmem, char *why, size_t size);
			} checks[] = {
				{ "odd ranges", lengths },
				{ "compound pages of every size", shifts },
				{ "large ranges, in parallel", large },
			};

			for (unsigned int i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
				char name[100];

				snprintf(name, sizeof(name), "%s%s: %s", glue_type_name(type),
					 altmap ? ", memmap on the device" : "", checks[i].name);
				result(checks[i].check(&pmem, why, sizeof(why)), name, why);
			}
		}
	result(strstr(last_message, "MB/s"), "mode auto has measured", last_message);
	printf("# %s\n1..%u\n", last_message, count);
	return failed != 0;
}
