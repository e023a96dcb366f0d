// SPDX-License-Identifier: GPL-2.0-only
/*
 * verify=1: look whether an engine has copied what it says it has. For engines
 * that are new or under suspicion; it costs more than copying by the CPU.
 */

#include <linux/highmem.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "dcbm.h"

/* Compared at a time; on the stack, since nothing may be allocated. */
#define PIECE	256

/* 0: equal, 1: different, -EFAULT: the source cannot be read */
static int compare_page(struct page *src, struct page *dst)
{
	char *from = kmap_local_page(src), *to = kmap_local_page(dst);
	unsigned int at;
	char piece[PIECE];
	int ret = 0;

	for (at = 0; !ret && at < PAGE_SIZE; at += PIECE) {
		/* The source may be poisoned: that is not to be found out here */
		if (copy_mc_to_kernel(piece, from + at, PIECE))
			ret = -EFAULT;
		else if (memcmp(piece, to + at, PIECE))
			ret = 1;
	}
	kunmap_local(to);
	kunmap_local(from);
	return ret;
}

/**
 * dcbm_compare() - compare whole pages of two folios
 * @src: the one that may be poisoned
 * @dst: the other one
 * @offset: where to begin
 * @len: how much
 *
 * Return: 0 if they are equal, 1 if not, -EFAULT if the source cannot be read.
 */
int dcbm_compare(struct folio *src, struct folio *dst, size_t offset,
		 size_t len)
{
	unsigned long page = offset / PAGE_SIZE, end = (offset + len) / PAGE_SIZE;
	int ret = 0;

	for (; !ret && page < end; page++) {
		ret = compare_page(folio_page(src, page), folio_page(dst, page));
		cond_resched();
	}
	return ret;
}
