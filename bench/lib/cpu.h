/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BENCH_CPU_H
#define BENCH_CPU_H

#include <stddef.h>

/* Name, family and model of the first CPU; "unknown" if the kernel does not say. */
void cpu_name(char *name, size_t size);

/* From sysfs: what sysconf() says of it is wrong in many virtual machines. */
size_t last_level_cache(void);

#endif
