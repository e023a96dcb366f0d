/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel's copy routines need of the rest of the kernel, for both trees
 * and every variant. The Makefile makes each header that they include a copy of
 * "#include <kernel.h>", except asm/page_64.h, which is the tree's own.
 *
 * Alternatives are not patched at run time but chosen when assembling: every
 * X86_FEATURE_ is defined as 0 or 1 on the compiler's command line.
 */
#ifndef COPY_SHIM_KERNEL_H
#define COPY_SHIM_KERNEL_H

#define CONFIG_X86_64		1
#define CONFIG_X86_MCE		1
#define CONFIG_ARCH_HAS_COPY_MC	1

#define EXPORT_SYMBOL(name)
#define EXPORT_SYMBOL_GPL(name)
#define _ASM_EXTABLE(from, to)
#define _ASM_EXTABLE_UA(from, to)
#define _ASM_EXTABLE_TYPE(from, to, type)

#define PAGE_SHIFT		12

#ifdef __ASSEMBLER__

#define RET			ret
#define ALIGN			.p2align 4
#define ANNOTATE_NOENDBR

#define SYM_FUNC_START(name)		.globl name; .p2align 4; name:
#define SYM_TYPED_FUNC_START(name)	SYM_FUNC_START(name)
#define SYM_FUNC_START_LOCAL(name)	.p2align 4; name:
#define SYM_FUNC_END(name)		.type name, @function; .size name, . - name
#define SYM_FUNC_ALIAS_MEMFUNC(alias, name)	.globl alias; .set alias, name
#define SYM_PIC_ALIAS(name)

.macro ALTERNATIVE old, new, feature
	.if \feature
	\new
	.else
	\old
	.endif
.endm

#else /* __ASSEMBLER__ */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "folio.h"

typedef uint8_t u8;
typedef int64_t s64;
typedef uint64_t u64;

struct vm_area_struct;

#define PAGE_SIZE		(1UL << PAGE_SHIFT)
#define SZ_8M			0x800000
#define PAGE_OFFSET		0xffff888000000000UL
#define __START_KERNEL_map	0xffffffff80000000UL
#define KERNEL_IMAGE_SIZE	(1024UL << 20)
#define UINT_MAX		(~0U)
#define EHWPOISON		133

#define __always_inline		inline __attribute__((__always_inline__))
#define __must_check		__attribute__((__warn_unused_result__))
#define __visible
#define notrace
#define __user
#define __force
#define unlikely(x)		__builtin_expect(!!(x), 0)
#define likely(x)		__builtin_expect(!!(x), 1)
#define __stringify_1(x...)	#x
#define __stringify(x...)	__stringify_1(x)
#define min(a, b)		((a) < (b) ? (a) : (b))
#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))
#define IS_ALIGNED(x, a)	(((x) & ((a) - 1)) == 0)
#define VIRTUAL_BUG_ON(cond)	((void)(cond))
#define KCFI_REFERENCE(name)

register unsigned long current_stack_pointer asm("rsp");
#define ASM_CALL_CONSTRAINT	"+r" (current_stack_pointer)

#define ALTERNATIVE_2(old, new1, feature1, new2, feature2)	\
	".if " __stringify(feature2) "\n\t" new2 "\n\t"		\
	".elseif " __stringify(feature1) "\n\t" new1 "\n\t"	\
	".else\n\t" old "\n\t.endif\n"
#define alternative_io(...)	(ret = 0)	/* task_size_max(), not used */

#define cpu_feature_enabled(feature)	(feature)
#define DEFINE_STATIC_KEY_FALSE(key)	int key __attribute__((__unused__))
#define static_branch_unlikely(key)	(COPY_MC_FRAGILE)
#define static_branch_inc(key)		((void)0)

/* A kernel without sanitizers, and the direct map. */
#define kmsan_unpoison_memory(addr, len)	((void)0)
#define kmsan_copy_page_meta(to, from)		((void)0)
#define instrument_memcpy_before(to, from, n)	((void)0)
#define instrument_memcpy_after(to, from, n, left) ((void)0)
#define instrument_copy_to_user(to, from, n)	((void)0)
#define __uaccess_begin()			((void)0)
#define __uaccess_end()				((void)0)
#define copy_user_generic(to, from, n)		(n)
#define kmap_local_page(page)			page_address(page)
#define kunmap_local(addr)			((void)(addr))

void *memcpy(void *to, const void *from, size_t len);
unsigned long copy_mc_fragile(void *to, const void *from, unsigned int len);
unsigned long __must_check copy_mc_to_kernel(void *to, const void *from, unsigned int len);
#define copy_mc_to_kernel copy_mc_to_kernel
void memory_failure_queue(unsigned long pfn, int flags);

/*
 * A preemptible kernel with PREEMPT_DYNAMIC, the only kind x86 has: a static
 * call that has been patched out, and a question to the scheduler.
 */
#define cond_resched()		asm volatile("nopl 8(%rax,%rax)")
#define might_sleep()		((void)0)
bool preempt_model_preemptible(void);

/* include/linux/highmem.h is compiled in an excerpt that uses these. */
extern unsigned long vmemmap_base, page_offset_base;

static inline unsigned long page_to_pfn(const struct page *page)
{
	return page - (struct page *)vmemmap_base;
}

static inline void *page_address(const struct page *page)
{
	return (void *)((page_to_pfn(page) << PAGE_SHIFT) + page_offset_base);
}

#define folio_page(folio, n)	(&(folio)->page + (n))

static inline unsigned long folio_nr_pages(const struct folio *folio)
{
	return folio->page.flags & PG_HEAD ? folio->nr_pages : 1;
}

#endif /* __ASSEMBLER__ */
#endif
