// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include "cpu.h"

/* Parameters of /proc/cpuinfo have their value after a colon and a blank. */
static const char *value(const char *line, const char *parameter)
{
	const char *colon = strchr(line, ':');

	return colon && colon[1] && !strncmp(line, parameter, strlen(parameter)) ? colon + 2 : NULL;
}

void cpu_name(char *name, size_t size)
{
	FILE *info = fopen("/proc/cpuinfo", "r");
	int family = -1, model = -1;
	static char line[16384];
	size_t used;

	snprintf(name, size, "unknown");
	while (info && fgets(line, sizeof(line), info) && line[0] != '\n') {
		const char *v = value(line, "model name");

		if (v)
			snprintf(name, size, "%.*s", (int)strcspn(v, "\n"), v);
		sscanf(line, "cpu family : %d", &family);
		sscanf(line, "model : %d", &model);
	}
	if (info)
		fclose(info);
	used = strlen(name);
	if (family >= 0)
		snprintf(name + used, size - used, ", family %d model %d", family, model);
}

size_t last_level_cache(void)
{
	size_t kib = 0;

	for (int index = 3; index >= 0 && !kib; index--) {
		char path[80];
		FILE *file;

		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu0/cache/index%d/size", index);
		file = fopen(path, "r");
		if (!file)
			continue;
		if (fscanf(file, "%zuK", &kib) != 1)
			kib = 0;
		fclose(file);
	}
	return kib ? kib << 10 : 32UL << 20;
}
