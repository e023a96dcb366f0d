/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_UTIL_H
#define MO_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define PRINTF(a, b) __attribute__((format(printf, a, b)))

/* What lasts until the next boot. Below the root that is asked about. */
#define MO_RUN "/run/migrate-offload"

/* Exit codes, documented in migrate-offload(1). */
enum mo_exit {
	MO_OK = 0,
	MO_FAILED = 1,		/* a system call or a sysfs write failed */
	MO_USAGE = 2,		/* unknown verb, option or option value */
	MO_BAD_CONFIG = 3,	/* a configuration file was refused */
	MO_UNSUPPORTED = 4,	/* kernel without the interface, or switched off */
	MO_NO_ENGINE = 5,	/* module or DMA channel missing */
	MO_DIFFERS = 6,		/* verify: not in the configured state */
	MO_STILL_HELD = 7,	/* revert, disable: others still ask for it */
	MO_BAD_DATA = 8,	/* bench, verify: a moved page had wrong contents */
	MO_REFUSED = 9,		/* pmem: not listed, in use, or not what it would have to be */
};

struct strv {
	char **v;
	size_t n;
};

void strv_add(struct strv *s, const char *fmt, ...) PRINTF(2, 3);
bool strv_has(const struct strv *s, const char *word);
char *strv_join(const struct strv *s, const char *sep);
void strv_sort(struct strv *s);
void strv_free(struct strv *s);

char *xasprintf(const char *fmt, ...) PRINTF(1, 2);
char *xstrdup(const char *s);
void *xrealloc(void *p, size_t size);

/* One line on stderr, with the program's name in front. */
void mo_err(const char *fmt, ...) PRINTF(1, 2);
/* The same for something the user should know that is not an error. */
void mo_note(const char *fmt, ...) PRINTF(1, 2);

/* "64k", "2m", "1g" or plain bytes; false when it is none of these or zero. */
bool parse_size(const char *text, uint64_t *bytes);
/* "4 KiB", "2 MiB", "1.5 GiB"; buf is returned. */
const char *format_size(uint64_t bytes, char *buf, size_t len);
/* The same without rounding: "1536 MiB", "4097 B". */
const char *format_exact_size(uint64_t bytes, char *buf, size_t len);

void free_ptr(void *p);
#define autofree __attribute__((cleanup(free_ptr)))
#define autostrv __attribute__((cleanup(strv_free)))

#endif
