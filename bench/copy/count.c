// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts instructions by single steps: the processor traps after each one, and
 * after each iteration of a string instruction, then with the address unchanged.
 * So the iterations can be told from the instructions, which counts made by
 * instrumentation do not do.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <ucontext.h>
#include "copybench.h"

static volatile unsigned long traps, repeats, iterations;
static volatile long long last;

/*
 * Does all but the last of the iterations that are left of a rep movsb or movsq,
 * to spare the two million traps.
 */
static void iterate(greg_t *reg)
{
	const unsigned char *code = (const unsigned char *)reg[REG_RIP];
	size_t width = code[1] == 0xa4 ? 1 : 8, n = reg[REG_RCX] - 1;

	memcpy((void *)reg[REG_RDI], (const void *)reg[REG_RSI], n * width);
	reg[REG_RDI] += n * width;
	reg[REG_RSI] += n * width;
	reg[REG_RCX] -= n;
	iterations += n;
}

static void step(int signal, siginfo_t *info, void *context)
{
	greg_t *reg = ((ucontext_t *)context)->uc_mcontext.gregs;

	(void)signal;
	(void)info;
	traps++;
	if (reg[REG_RIP] == last) {
		repeats++;
		iterate(reg);
	}
	last = reg[REG_RIP];
}

/* The trap flag, set and cleared; the few instructions around are subtracted. */
#define STEP_ON()  asm volatile("pushfq; orq $0x100, (%%rsp); popfq" ::: "memory", "cc")
#define STEP_OFF() asm volatile("pushfq; andq $~0x100, (%%rsp); popfq" ::: "memory", "cc")

static void nothing(struct folio *dst, struct folio *src)
{
	asm volatile("" :: "r" (dst), "r" (src));
}

static void count(void (*copy)(struct folio *dst, struct folio *src), size_t pages,
		  unsigned long *instructions, unsigned long *rounds)
{
	struct folio *dst = memory_destination(0, pages), *src = memory_source(0, pages);

	traps = repeats = iterations = last = 0;
	STEP_ON();
	copy(dst, src);
	STEP_OFF();
	*instructions = traps - repeats;
	*rounds = iterations + repeats;
}

int count_instructions(const struct machine *machine)
{
	struct sigaction action = { .sa_sigaction = step, .sa_flags = SA_SIGINFO };
	static const struct {
		size_t pages;
		const char *name;
	} sizes[] = { { 1, "4 KiB" }, { 2, "8 KiB" }, { 512, "2 MiB" } };
	const unsigned int nr_sizes = sizeof(sizes) / sizeof(sizes[0]);
	unsigned long around, unused;

	if (sigaction(SIGTRAP, &action, NULL)) {
		fprintf(stderr, "copy-bench: sigaction: %s\n", strerror(errno));
		return 1;
	}
	memory_make(sizes[nr_sizes - 1].pages * PAGE_SIZE);
	count(nothing, 1, &around, &unused);

	printf("Instructions of one call, and iterations of string instructions beside them\n");
	printf("%-14s %-30s %6s %20s %20s\n", "operation", "features", "size", "base", "patched");
	for (unsigned int i = 0; i < nr_choices; i++) {
		const struct choice *c = &choices[i];

		/* A loop of moves takes hundreds of thousands of traps, for no news. */
		if (!strstr(c->features, "rep_good") && !choice_is_here(c, machine))
			continue;
		for (unsigned int s = 0; s < nr_sizes; s++) {
			unsigned long n[2], r[2];

			count(variants[variant_index(c->loop)].copy, sizes[s].pages, &n[0], &r[0]);
			count(variants[variant_index(c->ours)].copy, sizes[s].pages, &n[1], &r[1]);
			printf("%-14s %-30s %6s %10lu %9lu %10lu %9lu%s\n", c->operation, c->features,
			       sizes[s].name, n[0] - around, r[0], n[1] - around, r[1],
			       choice_is_here(c, machine) ? "  <- here" : "");
			fflush(stdout);
		}
	}
	return 0;
}
