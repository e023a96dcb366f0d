// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

static void out_of_memory(void)
{
	fputs("migrate-offload: out of memory\n", stderr);
	exit(MO_FAILED);
}

static char *xvasprintf(const char *fmt, va_list ap)
{
	char *s;

	if (vasprintf(&s, fmt, ap) < 0)
		out_of_memory();
	return s;
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = xvasprintf(fmt, ap);
	va_end(ap);
	return s;
}

char *xstrdup(const char *s)
{
	char *copy = strdup(s);

	if (!copy)
		out_of_memory();
	return copy;
}

void *xrealloc(void *p, size_t size)
{
	p = realloc(p, size);
	if (!p)
		out_of_memory();
	return p;
}

void strv_add(struct strv *s, const char *fmt, ...)
{
	va_list ap;

	s->v = xrealloc(s->v, (s->n + 1) * sizeof(*s->v));
	va_start(ap, fmt);
	s->v[s->n++] = xvasprintf(fmt, ap);
	va_end(ap);
}

bool strv_has(const struct strv *s, const char *word)
{
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->v[i], word))
			return true;
	return false;
}

char *strv_join(const struct strv *s, const char *sep)
{
	size_t len = 1;
	char *joined;

	for (size_t i = 0; i < s->n; i++)
		len += strlen(s->v[i]) + strlen(sep);
	joined = calloc(1, len);
	if (!joined)
		out_of_memory();
	for (size_t i = 0; i < s->n; i++) {
		if (i)
			strcat(joined, sep);
		strcat(joined, s->v[i]);
	}
	return joined;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strv_sort(struct strv *s)
{
	if (s->n)
		qsort(s->v, s->n, sizeof(*s->v), compare);
}

void strv_free(struct strv *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->v[i]);
	free(s->v);
	*s = (struct strv){ 0 };
}

static void say(const char *prefix, const char *fmt, va_list ap)
{
	autofree char *text = xvasprintf(fmt, ap);

	fflush(stdout);
	/* One write a line, so that concurrent runs do not mix their words. */
	fprintf(stderr, "migrate-offload: %s%s\n", prefix, text);
}

void mo_err(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("", fmt, ap);
	va_end(ap);
}

void mo_note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("note: ", fmt, ap);
	va_end(ap);
}

bool parse_size(const char *text, uint64_t *bytes)
{
	unsigned int shift = 0;
	uint64_t n = 0;

	if (*text < '0' || *text > '9')
		return false;
	for (; *text >= '0' && *text <= '9'; text++) {
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(*text - '0'), &n))
			return false;
	}
	switch (*text) {
	case 'k': case 'K':
		shift = 10;
		break;
	case 'm': case 'M':
		shift = 20;
		break;
	case 'g': case 'G':
		shift = 30;
		break;
	}
	if (shift)
		text++;
	if (*text || !n || n > UINT64_MAX >> shift)
		return false;
	*bytes = n << shift;
	return true;
}

static const char *const unit[] = { "B", "KiB", "MiB", "GiB", "TiB" };

const char *format_size(uint64_t bytes, char *buf, size_t len)
{
	double value = (double)bytes;
	size_t u = 0;

	for (; value >= 1024 && u + 1 < ARRAY_SIZE(unit); u++)
		value /= 1024;
	if (value == (double)(uint64_t)value)
		snprintf(buf, len, "%llu %s", (unsigned long long)value, unit[u]);
	else
		snprintf(buf, len, "%.1f %s", value, unit[u]);
	return buf;
}

const char *format_exact_size(uint64_t bytes, char *buf, size_t len)
{
	size_t u = 0;

	for (; bytes && !(bytes % 1024) && u + 1 < ARRAY_SIZE(unit); u++)
		bytes /= 1024;
	snprintf(buf, len, "%llu %s", (unsigned long long)bytes, unit[u]);
	return buf;
}

void free_ptr(void *p)
{
	free(*(void **)p);
}
