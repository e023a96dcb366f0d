// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tree's own folio_copy() and folio_mc_copy(), with everything below them.
 * highmem.h and util.h are the excerpts that the Makefile takes from the tree.
 */
#include <kernel.h>
#include <asm/page_64.h>
#include "excerpt-highmem.h"
#include "excerpt-util.h"
