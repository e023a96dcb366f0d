/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the kernel's code and the benchmark, which knows no kernel headers. */
#ifndef MEMMAP_BENCH_GLUE_H
#define MEMMAP_BENCH_GLUE_H

enum who { BASE, OURS };

/* A device: what memremap_pages() would be given. */
struct pmem {
	unsigned int type;	/* of enum memory_type, 1 to NR_TYPES */
	unsigned int shift;	/* pages of its compound pages, as a power of two */
	int altmap;		/* its memmap lies on itself */
	unsigned long pfn;	/* the first page whose struct page is to be written */
	unsigned long pages;
};

#define NR_TYPES 5

extern const unsigned long glue_page_bytes;	/* of a struct page */

/* To be called first: how many CPUs there are. */
void glue_start(unsigned int cpus);
/* What would be on the kernel's command line after memmap_init=. */
void glue_option(const char *value);
/* Initialises the memmap; at is where the struct page of the first page is. */
void glue_init(enum who who, const struct pmem *pmem, void *at);
/* How many struct pages of it are written; tails that share memory are not. */
unsigned long glue_written(const struct pmem *pmem);
const char *glue_type_name(unsigned int type);

/*
 * What the glue and the kernel's code need of the benchmark. The kernel's code
 * keeps its stack less aligned than the C library wants it.
 */
#define FROM_KERNEL __attribute__((force_align_arg_pointer))
FROM_KERNEL void pool_start(void *work, void (*function)(void *work));
FROM_KERNEL int pool_end(void *work);	/* takes it back or waits; whether it was taken back */
FROM_KERNEL unsigned long long clock_ns(void);
FROM_KERNEL void *memory_get(unsigned long bytes);
FROM_KERNEL void memory_put(const void *at);

#endif
