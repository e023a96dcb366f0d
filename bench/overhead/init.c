// SPDX-License-Identifier: GPL-2.0-only
/*
 * The only process of the measured kernel. Migrates N and 2N folios between two
 * nodes, and prints for each call what the time stamp counter says: with QEMU's
 * -icount this is the number of instructions that were executed.
 */
#include <linux/mempolicy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <x86intrin.h>
#include "smallinit.h"

#define ROUNDS	9
#define PAGE	4096UL
#define HUGE	(2UL << 20)

/* Moves the folios that begin at area to a node; returns the instructions of the call. */
static unsigned long move(char *area, size_t folio, unsigned long n, int node)
{
	static void *pages[8192];
	static int nodes[8192], status[8192];
	unsigned long i, begin, took;
	long ret;

	for (i = 0; i < n; i++) {
		pages[i] = area + i * folio;
		nodes[i] = node;
		status[i] = -1;
	}
	begin = __rdtsc();
	ret = syscall(SYS_move_pages, 0, n, pages, nodes, status, MPOL_MF_MOVE);
	took = __rdtsc() - begin;
	if (ret)
		fail("move_pages");
	for (i = 0; i < n; i++)
		if (status[i] != node)
			fail("a folio was not moved");
	return took;
}

static void measure(const char *name, size_t folio, unsigned long n, int advice)
{
	size_t size = 2 * n * folio;
	char *map = mmap(NULL, size + HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *area = (char *)(((unsigned long)map + HUGE - 1) & ~(HUGE - 1));
	unsigned long mask = 1;
	int round, node;

	if (map == MAP_FAILED || madvise(area, size, advice))
		fail("mmap");
	if (syscall(SYS_mbind, area, size, MPOL_BIND, &mask, 8, 0))
		fail("mbind");
	memset(area, 1, size);
	if (syscall(SYS_mbind, area, size, MPOL_DEFAULT, NULL, 0, 0))
		fail("mbind");
	for (round = 0; round < ROUNDS; round++)
		for (node = 1; node >= 0; node--) {
			unsigned long once = move(area, folio, n, node);
			unsigned long rest = move(area + n * folio, folio, n, node);
			unsigned long back = move(area, folio, 2 * n, !node);
			unsigned long both = move(area, folio, 2 * n, node);

			(void)rest;
			(void)back;
			printf("MOVED %s %lu %lu %lu\n", name, n, once, both);
		}
	munmap(map, size + HUGE);
}

int main(void)
{
	printf("\n");
	measure("4k", PAGE, 2048, MADV_NOHUGEPAGE);
	measure("2m", HUGE, 32, MADV_HUGEPAGE);
	done();
}
