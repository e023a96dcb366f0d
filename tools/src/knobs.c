// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "knobs.h"
#include "sysfs.h"

const struct knob knobs[NR_KNOBS] = {
	[KNOB_MIGRATOR] = {
		"migrator", MO_SYSFS "/migrator", KNOB_MIGRATOR_NAME, 0, 0, NULL },
	[KNOB_REASONS] = {
		"reasons", MO_SYSFS "/reasons", KNOB_REASON_SET, 0, 0, NULL },
	[KNOB_MAX_BATCH_PAGES] = {
		"max_batch_pages", MO_SYSFS "/max_batch_pages", KNOB_NUMBER, 1, 65536, NULL },
	[KNOB_NR_DMA_CHAN] = {
		"nr_dma_chan", "/sys/module/dcbm/parameters/nr_dma_chan", KNOB_NUMBER, 1, 64,
		"dcbm" },
	[KNOB_DRAM_MIN_BYTES] = {
		"dram_min_bytes", NULL, KNOB_BYTES, .kind = NODE_DRAM },
	[KNOB_CXL_MIN_BYTES] = {
		"cxl_min_bytes", NULL, KNOB_BYTES, .kind = NODE_CXL },
	[KNOB_PMEM_MIN_BYTES] = {
		"pmem_min_bytes", NULL, KNOB_BYTES, .kind = NODE_PMEM },
};

/* In the kernel's order, which is the order it prints them in. */
static const char *const reasons[] = {
	"compaction", "memory_failure", "memory_hotplug", "syscall_or_cpuset",
	"mempolicy_mbind", "numa_misplaced", "contig_range", "longterm_pin",
	"demotion", "damon",
};

enum knob_id knob_find(const char *name)
{
	enum knob_id id = 0;

	while (id < NR_KNOBS && strcmp(knobs[id].name, name))
		id++;
	return id;
}

char *knob_names(void)
{
	autostrv struct strv names = { 0 };

	for (enum knob_id id = 0; id < NR_KNOBS; id++)
		strv_add(&names, "%s", knobs[id].name);
	return strv_join(&names, ", ");
}

char *knob_range(enum knob_id id)
{
	autostrv struct strv words = { 0 };
	autofree char *list = NULL;

	switch (knobs[id].type) {
	case KNOB_MIGRATOR_NAME:
		return xstrdup("none or the name of a migrator, 1 to 15 of a-z 0-9 _ -");
	case KNOB_REASON_SET:
		for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
			strv_add(&words, "%s", reasons[i]);
		list = strv_join(&words, ", ");
		return xasprintf("all, none, or a comma-separated list of %s", list);
	case KNOB_NUMBER:
		return xasprintf("%lu..%lu", knobs[id].min, knobs[id].max);
	case KNOB_BYTES:
		return xstrdup("bytes, also with k, m or g, 0 for no threshold");
	}
	return NULL;
}

static char *canonical_name(const char *text)
{
	size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-");

	if (!len || len > 15 || text[len])
		return NULL;
	return xstrdup(text);
}

static char *canonical_reasons(const char *text)
{
	autofree char *copy = xstrdup(text);
	bool on[ARRAY_SIZE(reasons)] = { 0 };
	autostrv struct strv words = { 0 };
	char *rest = copy, *word;
	size_t i;

	if (!strcmp(text, "all") || !strcmp(text, "none"))
		return xstrdup(text);
	while ((word = strsep(&rest, ","))) {
		size_t len;

		word += strspn(word, " \t");
		len = strcspn(word, " \t");
		if (word[len + strspn(word + len, " \t")])
			return NULL;
		word[len] = '\0';
		for (i = 0; i < ARRAY_SIZE(reasons); i++)
			if (!strcmp(word, reasons[i]))
				break;
		if (i == ARRAY_SIZE(reasons))
			return NULL;
		on[i] = true;
	}
	for (i = 0; i < ARRAY_SIZE(reasons); i++)
		if (on[i])
			strv_add(&words, "%s", reasons[i]);
	return words.n == ARRAY_SIZE(reasons) ? xstrdup("all") : strv_join(&words, ",");
}

static char *canonical_number(const struct knob *knob, const char *text)
{
	unsigned long n = 0;

	if (!*text || strlen(text) > 9 || text[strspn(text, "0123456789")])
		return NULL;
	n = strtoul(text, NULL, 10);
	if (n < knob->min || n > knob->max)
		return NULL;
	return xasprintf("%lu", n);
}

static char *canonical_bytes(const char *text)
{
	uint64_t bytes;

	if (!strcmp(text, "0"))
		return xstrdup(text);
	/* The kernel has an unsigned long for it. */
	if (!parse_size(text, &bytes) || bytes > ULONG_MAX)
		return NULL;
	return xasprintf("%" PRIu64, bytes);
}

char *knob_canonical(enum knob_id id, const char *text)
{
	switch (knobs[id].type) {
	case KNOB_MIGRATOR_NAME:
		return canonical_name(text);
	case KNOB_REASON_SET:
		return canonical_reasons(text);
	case KNOB_NUMBER:
		return canonical_number(&knobs[id], text);
	case KNOB_BYTES:
		return canonical_bytes(text);
	}
	return NULL;
}

int migrators_read(const char *root, struct strv *registered, char **selected)
{
	autofree char *text = NULL;
	char *rest, *word;
	int err;

	*selected = NULL;
	err = sysfs_read(root, knobs[KNOB_MIGRATOR].path, &text);
	if (err)
		return err;
	rest = text;
	while ((word = strsep(&rest, " "))) {
		size_t len = strlen(word);

		if (!len)
			continue;
		if (len > 2 && word[0] == '[' && word[len - 1] == ']' && !*selected) {
			word[len - 1] = '\0';
			*selected = xstrdup(++word);
		}
		strv_add(registered, "%s", word);
	}
	return *selected ? 0 : -EPROTO;
}

int knob_read(const char *root, enum knob_id id, char **value)
{
	autostrv struct strv registered = { 0 };
	autofree char *text = NULL;
	int err;

	*value = NULL;
	if (id == KNOB_MIGRATOR)
		return migrators_read(root, &registered, value);
	err = sysfs_read(root, knobs[id].path, &text);
	if (err)
		return err;
	/* A newer kernel may print what this table does not know; show it. */
	*value = knob_canonical(id, text);
	if (!*value)
		*value = xstrdup(text);
	return 0;
}

int knob_write(const char *root, enum knob_id id, const char *value)
{
	return sysfs_write(root, knobs[id].path, value);
}
