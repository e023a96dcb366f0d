// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is compared: each routine once, and for each set of CPU features which of
 * them a kernel runs on such a CPU, before the patches, after them, and if the
 * loop were simply replaced by one call.
 */
#include <immintrin.h>
#include <stdlib.h>
#include <string.h>
#include "copybench.h"

/* TREE_FEATURES_ENTRY, as the Makefile names them */
#define FOLIO_COPY(name)						\
void name##_folio_copy(struct folio *dst, struct folio *src);		\
static void name##_copy(struct folio *dst, struct folio *src)		\
{									\
	name##_folio_copy(dst, src);					\
}
#define FOLIO_MC_COPY(name)						\
int name##_folio_mc_copy(struct folio *dst, struct folio *src);		\
static void name##_mc(struct folio *dst, struct folio *src)		\
{									\
	if (name##_folio_mc_copy(dst, src))				\
		abort();						\
}
#define NAIVE_COPY(name)						\
void *name##_memcpy(void *to, const void *from, size_t len);		\
static void name##_bulk(struct folio *dst, struct folio *src)		\
{									\
	name##_memcpy(folio_bytes(dst), folio_bytes(src), bytes(src));	\
}
#define NAIVE_MC_COPY(name)						\
unsigned long name##_copy_mc_to_kernel(void *to, const void *from, unsigned int len); \
static void name##_mc_bulk(struct folio *dst, struct folio *src)	\
{									\
	if (name##_copy_mc_to_kernel(folio_bytes(dst), folio_bytes(src), bytes(src))) \
		abort();						\
}

static size_t bytes(const struct folio *folio)
{
	return (folio->page.flags & PG_HEAD ? folio->nr_pages : 1UL) << PAGE_SHIFT;
}

FOLIO_COPY(base_none)
FOLIO_COPY(base_rep_good)
NAIVE_COPY(base_none)
NAIVE_COPY(base_fsrm)
FOLIO_COPY(ours_none)
FOLIO_COPY(ours_rep_good)
FOLIO_COPY(ours_erms)
FOLIO_MC_COPY(base_none)
FOLIO_MC_COPY(base_erms)
FOLIO_MC_COPY(base_fragile)
NAIVE_MC_COPY(base_none)
NAIVE_MC_COPY(base_erms)
NAIVE_MC_COPY(base_fragile)
FOLIO_MC_COPY(ours_none)
FOLIO_MC_COPY(ours_rep_good)
FOLIO_MC_COPY(ours_erms)
FOLIO_MC_COPY(ours_fragile)

/*
 * What the memory can do: vector loads, and stores that do not read what they
 * overwrite. Not for the kernel, which has no vector registers at hand and whose
 * callers often want the copy in the cache.
 */
__attribute__((target("avx2")))
static void stream(struct folio *dst, struct folio *src)
{
	const __m256i *from = folio_bytes(src);
	__m256i *to = folio_bytes(dst);

	for (size_t n = bytes(src) / 64; n; n--, from += 2, to += 2) {
		__m256i a = _mm256_load_si256(from), b = _mm256_load_si256(from + 1);

		_mm256_stream_si256(to, a);
		_mm256_stream_si256(to + 1, b);
	}
	_mm_sfence();
}

const struct variant variants[] = {
	{ "loop-unrolled", "a loop of unrolled moves, page by page", LOOP, base_none_copy },
	{ "loop-movsq", "rep movsq, page by page", LOOP, base_rep_good_copy },
	{ "memcpy-orig", "one memcpy() of unrolled moves", NAIVE, base_none_bulk },
	{ "memcpy-movsb", "one memcpy() by rep movsb", NAIVE, base_fsrm_bulk },
	{ "unrolled", "unrolled moves over the run", OURS, ours_none_copy },
	{ "movsq", "rep movsq over the run", OURS, ours_rep_good_copy },
	{ "movsb", "rep movsb over the run", OURS, ours_erms_copy },
	{ "mc-loop-memcpy", "memcpy() of unrolled moves, page by page", LOOP, base_none_mc },
	{ "mc-loop-movsb", "rep movsb, page by page", LOOP, base_erms_mc },
	{ "mc-loop-fragile", "copy_mc_fragile(), page by page", LOOP, base_fragile_mc },
	{ "mc-bulk-memcpy", "one memcpy() of unrolled moves", NAIVE, base_none_mc_bulk },
	{ "mc-bulk-movsb", "one rep movsb", NAIVE, base_erms_mc_bulk },
	{ "mc-bulk-fragile", "one copy_mc_fragile()", NAIVE, base_fragile_mc_bulk },
	{ "mc-unrolled", "unrolled moves over the run", OURS, ours_none_mc },
	{ "mc-movsq", "rep movsq over the run", OURS, ours_rep_good_mc },
	{ "mc-movsb", "rep movsb over the run", OURS, ours_erms_mc },
	{ "mc-fragile", "copy_mc_fragile() over the run", OURS, ours_fragile_mc },
	{ "stream", "vector moves past the caches", STREAM, stream },
};

const unsigned int nr_variants = sizeof(variants) / sizeof(variants[0]);
_Static_assert(sizeof(variants) / sizeof(variants[0]) <= MAX_VARIANTS, "too many");

const struct choice choices[] = {
	{ "folio_copy", "none", "loop-unrolled", "memcpy-orig", "unrolled" },
	{ "folio_copy", "rep_good", "loop-movsq", "memcpy-orig", "movsq" },
	{ "folio_copy", "rep_good erms", "loop-movsq", "memcpy-orig", "movsb" },
	{ "folio_copy", "rep_good erms fsrm", "loop-movsq", "memcpy-movsb", "movsb" },
	{ "folio_mc_copy", "none", "mc-loop-memcpy", "mc-bulk-memcpy", "mc-unrolled" },
	{ "folio_mc_copy", "rep_good", "mc-loop-memcpy", "mc-bulk-memcpy", "mc-movsq" },
	{ "folio_mc_copy", "rep_good erms", "mc-loop-movsb", "mc-bulk-movsb", "mc-movsb" },
	{ "folio_mc_copy", "rep_good erms fsrm", "mc-loop-movsb", "mc-bulk-movsb", "mc-movsb" },
	{ "folio_mc_copy", "fragile (a quirk of some CPUs)", "mc-loop-fragile", "mc-bulk-fragile", "mc-fragile" },
};

const unsigned int nr_choices = sizeof(choices) / sizeof(choices[0]);

unsigned int variant_index(const char *name)
{
	unsigned int i = 0;

	while (strcmp(variants[i].name, name))
		i++;
	return i;
}

/* Every x86-64 CPU has all the instructions; some are only slow on some. */
bool variant_runs(const struct variant *variant, const struct machine *machine, const char **why)
{
	*why = "the CPU has no AVX2";
	return variant->kind != STREAM || machine->avx2;
}

bool choice_is_here(const struct choice *choice, const struct machine *machine)
{
	char here[64];

	snprintf(here, sizeof(here), "%s%s%s", machine->rep_good ? "rep_good" : "none",
		 machine->erms ? " erms" : "", machine->fsrm ? " fsrm" : "");
	return !strcmp(choice->features, here);
}
