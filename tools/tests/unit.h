/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_UNIT_H
#define MO_UNIT_H

/* What cmocka.h wants before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "util.h"

#endif
