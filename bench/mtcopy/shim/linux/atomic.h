/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's atomics that engine.h uses, made of the compiler's. */
#ifndef SHIM_LINUX_ATOMIC_H
#define SHIM_LINUX_ATOMIC_H

#include <stdbool.h>

typedef struct { int counter; } atomic_t;
typedef struct { long counter; } atomic_long_t;

#define SHIM_ATOMICS(name, type, integer) \
static inline integer name##_read(const type *v) \
{ return __atomic_load_n(&v->counter, __ATOMIC_RELAXED); } \
static inline integer name##_read_acquire(const type *v) \
{ return __atomic_load_n(&v->counter, __ATOMIC_ACQUIRE); } \
static inline void name##_set(type *v, integer i) \
{ __atomic_store_n(&v->counter, i, __ATOMIC_RELAXED); } \
static inline void name##_set_release(type *v, integer i) \
{ __atomic_store_n(&v->counter, i, __ATOMIC_RELEASE); } \
static inline void name##_add(integer i, type *v) \
{ __atomic_fetch_add(&v->counter, i, __ATOMIC_RELAXED); } \
static inline void name##_inc(type *v) \
{ __atomic_fetch_add(&v->counter, 1, __ATOMIC_RELAXED); } \
static inline void name##_andnot(integer i, type *v) \
{ __atomic_fetch_and(&v->counter, ~i, __ATOMIC_RELAXED); } \
static inline integer name##_fetch_inc(type *v) \
{ return __atomic_fetch_add(&v->counter, 1, __ATOMIC_SEQ_CST); } \
static inline integer name##_dec_return(type *v) \
{ return __atomic_sub_fetch(&v->counter, 1, __ATOMIC_SEQ_CST); } \
static inline integer name##_cmpxchg(type *v, integer from, integer to) \
{ __atomic_compare_exchange_n(&v->counter, &from, to, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
	return from; } \
static inline bool name##_try_cmpxchg_acquire(type *v, integer *from, integer to) \
{ return __atomic_compare_exchange_n(&v->counter, from, to, false, __ATOMIC_ACQUIRE, \
	__ATOMIC_RELAXED); }

SHIM_ATOMICS(atomic, atomic_t, int)
SHIM_ATOMICS(atomic_long, atomic_long_t, long)

#endif
