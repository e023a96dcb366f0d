/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The little of struct page and struct folio that the copy routines look at.
 * Shared by the kernel's code, which is compiled against shim/kernel.h, and by
 * the harness, which makes the folios.
 */
#ifndef COPY_FOLIO_H
#define COPY_FOLIO_H

struct page {
	unsigned long flags;
	unsigned long rest[7];
};

_Static_assert(sizeof(struct page) == 64, "the size on which page_address() depends");

/* A count and not an order, so that any number of pages can be tried. */
struct folio {
	struct page page;
	unsigned int nr_pages;	/* in the second struct page, if there is one */
};

#define PG_HEAD		(1UL << 6)

#endif
