// SPDX-License-Identifier: GPL-2.0-only
/*
 * The only program of the measured kernel. Binds a persistent memory namespace, and
 * prints what the time stamp counter says of it: with QEMU's -icount this is the
 * number of instructions that were executed, or a multiple of it. Prints also which
 * code the timer interrupts of the first bind hit, if the kernel counts them.
 *
 * From the kernel's command line: BIND=pfn|dax, MODE=pmem|ram, ALIGN=BYTES,
 * PROCESSES=NUMBER.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include <x86intrin.h>
#include "smallinit.h"

#define DEVICES	"/sys/bus/nd/devices/"
#define DRIVERS	"/sys/bus/nd/drivers/"
#define PROFILE	"/proc/profile"
#define MAX_LOST	512	/* pages; a memmap in RAM has 16384 and more, but for that of 1 GiB pages */
#define UUID	"9f3a1f8e-6f0b-4d0c-8c4b-2f6a3d1e5b70"

static const char *option(const char *name)
{
	const char *value = getenv(name);

	if (!value)
		fail(name);
	return value;
}

static void put(const char *folder, const char *name, const char *file, const char *text)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s%s/%s", folder, name, file);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fail(path);
	close(fd);
}

/* A server has many, each with page tables of its own. */
static void start_processes(unsigned int number)
{
	while (number--) {
		pid_t child = fork();

		if (child < 0)
			fail("fork");
		while (!child)
			pause();
	}
}

/* Claims the namespace for what shall be bound, and returns that. */
static const char *claim(const char *what)
{
	static char name[32];
	char path[256];
	FILE *seed;

	/* The kernel has bound it as it was. */
	put(DRIVERS, "nd_pmem", "unbind", "namespace0.0");
	snprintf(path, sizeof(path), DEVICES "region0/%s_seed", what);
	seed = fopen(path, "r");
	if (!seed || fscanf(seed, "%31s", name) != 1)
		fail(path);
	fclose(seed);
	put(DEVICES, name, "uuid", UUID);
	put(DEVICES, name, "align", option("ALIGN"));
	put(DEVICES, name, "mode", option("MODE"));
	put(DEVICES, name, "namespace", "namespace0.0");
	return name;
}

/* Returns what the counter says a bind took. */
static unsigned long bind(const char *driver, const char *name)
{
	unsigned long begin = __rdtsc(), took;
	char path[256];

	put(DRIVERS, driver, "bind", name);
	took = __rdtsc() - begin;
	/* A devdax namespace is one when the device made of it is bound, too. */
	snprintf(path, sizeof(path), strcmp(driver, "nd_pmem") ?
		 "/sys/bus/dax/devices/%s/driver" : DEVICES "%s/driver", name);
	if (access(path, F_OK))
		fail(path);
	return took;
}

/* Those that CPUs keep to themselves are free, too. */
static long free_pages(void)
{
	FILE *info = fopen("/proc/zoneinfo", "r");
	long all = 0, some;
	char line[128];

	while (info && fgets(line, sizeof(line), info))
		if (sscanf(line, " pages free %ld", &some) == 1 || sscanf(line, " count: %ld", &some) == 1)
			all += some;
	if (!all)
		fail("/proc/zoneinfo");
	fclose(info);
	return all;
}

static void print_profile(void)
{
	static unsigned int hits[1 << 20];
	size_t size = 0;
	ssize_t got;
	int fd = open(PROFILE, O_RDONLY);

	if (fd < 0)
		fail(PROFILE);
	while ((got = read(fd, (char *)hits + size, sizeof(hits) - size)) > 0)
		size += got;
	if (got < 0 || size == sizeof(hits))
		fail(PROFILE);
	/* The first number is how many bytes of code each of the others counts. */
	for (size_t i = 1; i < size / sizeof(*hits); i++)
		if (hits[i])
			printf("HIT %zu %u\n", (i - 1) * hits[0], hits[i]);
}

int main(void)
{
	const char *what, *driver, *name;
	long before, lost;
	int profile;

	printf("\n");
	if (mount("sysfs", "/sys", "sysfs", 0, NULL) || mount("proc", "/proc", "proc", 0, NULL))
		fail("mount");
	what = option("BIND");
	driver = strcmp(what, "dax") ? "nd_pmem" : "dax_pmem";
	start_processes(atoi(option("PROCESSES")));
	name = claim(what);
	profile = !access(PROFILE, F_OK);
	before = free_pages();
	if (profile)
		put("/proc", "", "profile", "0");
	printf("FIRST %lu\n", bind(driver, name));
	if (profile)
		print_profile();
	put(DRIVERS, driver, "unbind", name);
	printf("AGAIN %lu\n", bind(driver, name));
	put(DRIVERS, driver, "unbind", name);
	/* A memmap that is shared or given back wrongly shows here. */
	lost = before - free_pages();
	printf("LOST %ld\n", lost);
	errno = 0;
	if (labs(lost) > MAX_LOST)
		fail("not as much memory is free after the binds as before");
	done();
}
