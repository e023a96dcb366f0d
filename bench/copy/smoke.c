// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does every variant copy what it should, all of it, and nothing else? Every
 * number of pages up to some, and some large ones; nothing is timed. Prints TAP.
 */
#include <string.h>
#include "copybench.h"

#define MAX_PAGES	2048UL
#define EVERY_UP_TO	34UL

static void fill(void *at, size_t len, uint64_t seed)
{
	uint64_t *words = at;

	for (size_t i = 0; i < len / sizeof(*words); i++) {
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		words[i] = seed ^ (seed >> 29);
	}
}

/* Returns the first byte that is not as fill() would have it, or -1. */
static long differs(const void *at, size_t len, uint64_t seed)
{
	const uint64_t *words = at;

	for (size_t i = 0; i < len / sizeof(*words); i++) {
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		if (words[i] != (seed ^ (seed >> 29)))
			return i * sizeof(*words);
	}
	return -1;
}

static bool copies(const struct variant *variant, size_t pages, size_t at, char *why, size_t size)
{
	struct folio *src = memory_source(at, pages), *dst = memory_destination(at, pages);
	size_t len = pages << PAGE_SHIFT;
	char *from = folio_bytes(src), *to = folio_bytes(dst);
	uint64_t seed = pages * 2654435761U + at;
	const struct {
		const char *what;
		const void *at;
		size_t len;
		uint64_t seed;
	} expected[] = {
		{ "the copy", to, len, seed },
		{ "the source", from, len, seed },
		{ "the page before the copy", to - PAGE_SIZE, PAGE_SIZE, ~seed },
		{ "the page after the copy", to + len, PAGE_SIZE, ~seed + 1 },
	};

	fill(from, len, seed);
	fill(to, len, seed + 1);
	fill(to - PAGE_SIZE, PAGE_SIZE, ~seed);
	fill(to + len, PAGE_SIZE, ~seed + 1);
	variant->copy(dst, src);
	for (unsigned int i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		long byte = differs(expected[i].at, expected[i].len, expected[i].seed);

		if (byte >= 0) {
			snprintf(why, size, "%zu pages: %s is wrong from byte %ld on", pages,
				 expected[i].what, byte);
			return false;
		}
	}
	return true;
}

int smoke(const struct machine *machine)
{
	static const size_t large[] = { 63, 64, 65, 127, 255, 256, 511, 512, 513, 1023, 1024, MAX_PAGES };
	int failed = 0;

	machine_print(machine, stderr);
	memory_make((MAX_PAGES + EVERY_UP_TO) << PAGE_SHIFT);
	for (unsigned int v = 0; v < nr_variants; v++) {
		char why[160] = "";
		const char *cannot;
		bool good = true;

		if (!variant_runs(&variants[v], machine, &cannot)) {
			printf("ok %u - %s # SKIP %s\n", v + 1, variants[v].name, cannot);
			continue;
		}
		for (size_t n = 1; good && n <= EVERY_UP_TO; n++)
			good = copies(&variants[v], n, n % 7, why, sizeof(why));
		for (unsigned int i = 0; good && i < sizeof(large) / sizeof(large[0]); i++)
			good = copies(&variants[v], large[i], i, why, sizeof(why));
		printf("%sok %u - %s (%s) copies exactly\n", good ? "" : "not ", v + 1,
		       variants[v].name, variants[v].what);
		if (!good)
			printf("# %s\n", why);
		failed |= !good;
	}
	printf("1..%u\n", nr_variants);
	return failed;
}
