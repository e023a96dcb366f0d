// SPDX-License-Identifier: GPL-2.0-only
/*
 * memmap-bench smoke
 * memmap-bench measure PAGES SHIFT ALTMAP touched|new|new-small ROUNDS
 * memmap-bench once base|slow|cached|streaming PAGES SHIFT ALTMAP
 * Called by ./run and report.py.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench.h"

#define TYPE_FS_DAX	3
#define TYPE_GENERIC	4

static unsigned int cpus_here(void)
{
	cpu_set_t set;
	unsigned int cpus;

	if (sched_getaffinity(0, sizeof(set), &set))
		return 1;
	cpus = CPU_COUNT(&set);
	return cpus < MAX_THREADS ? cpus : MAX_THREADS;
}

static struct pmem pmem_of(char **args)
{
	struct pmem pmem = {
		.pages = strtoul(args[0], NULL, 0),
		.shift = strtoul(args[1], NULL, 0),
		.altmap = args[2][0] == '1',
		.pfn = 0x4000000,
	};

	/* What fsdax and devdax namespaces have. */
	pmem.type = pmem.shift ? TYPE_GENERIC : TYPE_FS_DAX;
	return pmem;
}

static bool memory_of(const char *name, enum memory *memory)
{
	for (*memory = TOUCHED; *memory <= NEW_SMALL; (*memory)++)
		if (!strcmp(name, memory_names[*memory]))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	unsigned int cpus = cpus_here();
	enum memory memory;
	struct pmem pmem;

	glue_start(cpus);
	if (argc == 2 && !strcmp(argv[1], "smoke"))
		return smoke(cpus);
	if (argc == 7 && !strcmp(argv[1], "measure") && memory_of(argv[5], &memory)) {
		pmem = pmem_of(argv + 2);
		return measure(cpus, &pmem, memory, strtoul(argv[6], NULL, 0));
	}
	if (argc == 6 && !strcmp(argv[1], "once")) {
		pmem = pmem_of(argv + 3);
		return once(strcmp(argv[2], "base") ? OURS : BASE, argv[2], &pmem);
	}
	fprintf(stderr, "memmap-bench: called by run; see run --help\n");
	return 2;
}
