/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages, time and numbers: what every part needs. */
#ifndef EMU_UTIL_H
#define EMU_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define NSEC_PER_SEC 1000000000ull
#define NSEC_PER_MSEC 1000000ull
#define NSEC_PER_USEC 1000ull

/* The name that starts every message; several emulators share one terminal. */
void emu_set_name(const char *name);

/* Prints one line on stderr, in one write. */
void emu_log(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* CLOCK_MONOTONIC in nanoseconds. */
uint64_t clock_ns(void);

static inline uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static inline uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Parses a whole decimal or 0x number not above max; false leaves *value alone. */
bool parse_u64(const char *text, uint64_t max, uint64_t *value);

#endif
