// SPDX-License-Identifier: GPL-2.0-only
/* The CPU this runs on: its name, its flags, its caches, its clock. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <x86intrin.h>
#include "copybench.h"
#include "cpu.h"

static bool has_flag(const char *flags, const char *flag)
{
	size_t len = strlen(flag);

	for (const char *at = flags; (at = strstr(at, flag)); at += len)
		if (at[-1] == ' ' && (at[len] == ' ' || at[len] == '\n' || !at[len]))
			return true;
	return false;
}

static void read_flags(struct machine *machine)
{
	FILE *info = fopen("/proc/cpuinfo", "r");
	static char line[16384];

	if (!info) {
		fprintf(stderr, "copy-bench: /proc/cpuinfo: %s\n", strerror(errno));
		exit(1);
	}
	while (fgets(line, sizeof(line), info) && line[0] != '\n') {
		if (strncmp(line, "flags", 5))
			continue;
		machine->rep_good = has_flag(line, "rep_good");
		machine->erms = has_flag(line, "erms");
		machine->fsrm = has_flag(line, "fsrm");
		machine->clflushopt = has_flag(line, "clflushopt");
		machine->avx2 = has_flag(line, "avx2");
		machine->hypervisor = has_flag(line, "hypervisor");
	}
	fclose(info);
}

static size_t available(void)
{
	FILE *info = fopen("/proc/meminfo", "r");
	char line[128];
	size_t kib = 0;

	while (info && fgets(line, sizeof(line), info))
		if (sscanf(line, "MemAvailable: %zu", &kib) == 1)
			break;
	if (info)
		fclose(info);
	return kib << 10;
}

static void pin(struct machine *machine)
{
	cpu_set_t set;

	/* The last one, as interrupts tend to go to the first. */
	if (!sched_getaffinity(0, sizeof(set), &set))
		for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
			if (CPU_ISSET(cpu, &set))
				machine->pinned = cpu;
	CPU_ZERO(&set);
	CPU_SET(machine->pinned, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		fprintf(stderr, "copy-bench: pinning to CPU %d: %s; the figures will scatter\n",
			machine->pinned, strerror(errno));
}

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static void calibrate(struct machine *machine)
{
	double start = now_ns(), end;
	uint64_t ticks = __rdtsc();

	do {
		end = now_ns();
	} while (end - start < 100e6);
	machine->ticks_per_ns = (__rdtsc() - ticks) / (end - start);
}

void machine_read(struct machine *machine)
{
	struct utsname name;

	memset(machine, 0, sizeof(*machine));
	cpu_name(machine->cpu, sizeof(machine->cpu));
	read_flags(machine);
	if (!uname(&name))
		snprintf(machine->kernel, sizeof(machine->kernel), "%.60s %.60s", name.sysname, name.release);
	machine->llc = last_level_cache();
	machine->available = available();
	if (getloadavg(&machine->load, 1) != 1)
		machine->load = -1;
	pin(machine);
	calibrate(machine);
}

void machine_print(const struct machine *machine, FILE *to)
{
	fprintf(to, "CPU        %s%s, on %d\n", machine->cpu,
		machine->hypervisor ? " (virtual machine)" : "", machine->pinned);
	fprintf(to, "features   rep_good %s, erms %s, fsrm %s; last level cache %zu MiB\n",
		machine->rep_good ? "yes" : "no", machine->erms ? "yes" : "no",
		machine->fsrm ? "yes" : "no", machine->llc >> 20);
	fprintf(to, "kernel     %s, load average %.2f\n", machine->kernel, machine->load);
	for (unsigned int i = 0; i < nr_choices; i++)
		if (choice_is_here(&choices[i], machine))
			fprintf(to, "here       %s: %s replaces %s (features: %s)\n", choices[i].operation,
				variants[variant_index(choices[i].ours)].what,
				variants[variant_index(choices[i].loop)].what, choices[i].features);
}
