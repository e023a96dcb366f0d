/* SPDX-License-Identifier: GPL-2.0-only */
/* The C library includes this, too. */
#include_next <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
