/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_MODULE_H
#define MO_MODULE_H

#include <stdbool.h>

/* Loaded, or built into the kernel with parameters. */
bool module_present(const char *root, const char *name);
/* As modprobe(8) does it, with the rules of modprobe.d; 0 or -errno. */
int module_load(const char *root, const char *name);
int module_unload(const char *root, const char *name);

#endif
