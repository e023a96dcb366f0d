// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel would do, on a tree of files: takes the place of
 * sysfs-write.c and module.c. Below the tree, /fake/log gets every write and
 * module operation in order, and /fake/fail names paths whose writes fail, each
 * with an errno and maybe the one value: "ENODEV /sys/..." or "EIO /sys/... 64".
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "kernel.h"
#include "knobs.h"
#include "module.h"
#include "sysfs.h"

static void record(const char *root, const char *what, const char *path, const char *text)
{
	autofree char *log = xasprintf("%s/fake/log", root);
	FILE *f = fopen(log, "ae");

	if (!f)
		return;
	fprintf(f, "%s %s%s%s\n", what, path, *text ? " = " : "", text);
	fclose(f);
}

static void take_away(const char *root, const char *path)
{
	autofree char *full = xasprintf("%s%s", root, path);

	if (remove(full))
		abort();
	*strrchr(full, '/') = '\0';
	if (remove(full))
		abort();
}

static int injected(const char *root, const char *path, const char *value)
{
	autofree char *with_value = xasprintf("%s %s", path, value);
	static const struct { const char *name; int err; } errors[] = {
		{ "EBUSY", EBUSY }, { "EIO", EIO }, { "ENODEV", ENODEV }, { "ENOENT", ENOENT },
		{ "GONE", ENODEV },
	};
	autofree char *text = NULL;
	char *rest, *line;

	if (sysfs_read(root, "/fake/fail", &text))
		return 0;
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		char *at = strchr(line, ' ');

		if (!at || (strcmp(at + 1, path) && strcmp(at + 1, with_value)))
			continue;
		*at = '\0';
		if (!strcmp(line, "GONE"))
			take_away(root, path);
		for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
			if (!strcmp(line, errors[i].name))
				return -errors[i].err;
		fprintf(stderr, "fake kernel: unknown errno %s\n", line);
		abort();
	}
	return 0;
}

static int put(const char *root, const char *path, const char *text)
{
	autofree char *full = xasprintf("%s%s", root, path);
	autofree char *line = xasprintf("%s\n", text);

	return file_replace(full, line);
}

static int select_migrator(const char *root, const char *path, const char *name)
{
	autostrv struct strv registered = { 0 };
	autostrv struct strv shown = { 0 };
	autostrv struct strv channels = { 0 };
	autofree char *selected = NULL;
	autofree char *text = NULL;
	int err = migrators_read(root, &registered, &selected);

	if (err)
		return err;
	if (!strv_has(&registered, name))
		return -EINVAL;
	if (strcmp(name, "none") && kernel_switched_off(root))
		return -EPERM;
	sysfs_list(root, "/sys/class/dma", &channels);
	if (!strcmp(name, "dcbm") && !channels.n) {
		/* The one before was deselected first, and stays so. */
		name = "none";
		err = -ENODEV;
	}
	for (size_t i = 0; i < registered.n; i++)
		strv_add(&shown, strcmp(registered.v[i], name) ? "%s" : "[%s]", registered.v[i]);
	text = strv_join(&shown, " ");
	put(root, path, text);
	return err;
}

bool sysfs_writable(const char *root)
{
	return *root;
}

int sysfs_write(const char *root, const char *path, const char *text)
{
	int err = injected(root, path, text);

	if (!err && !sysfs_exists(root, path))
		err = -ENOENT;
	if (!err)
		err = strcmp(path, knobs[KNOB_MIGRATOR].path) ? put(root, path, text) :
		      select_migrator(root, path, text);
	record(root, err ? "refuse" : "write", path, text);
	return err;
}

bool module_present(const char *root, const char *name)
{
	autofree char *path = xasprintf("/sys/module/%s", name);

	return sysfs_exists(root, path);
}

/* What a module brings; one is there for the tree that has it "installed". */
static const struct fake_module {
	const char *name;
	const char *parameter, *value;
} modules[] = {
	{ "dcbm", "nr_dma_chan", "16" },
	{ "mtcopy", "nr_threads", "0" },
};

static const struct fake_module *installed(const char *root, const char *name)
{
	autofree char *file = xasprintf("/fake/%s.ko", name);

	for (size_t i = 0; i < ARRAY_SIZE(modules); i++)
		if (!strcmp(modules[i].name, name) && sysfs_exists(root, file))
			return &modules[i];
	return NULL;
}

/* Adds a migrator to those that are registered, or takes it away. */
static int set_registered(const char *root, const char *name, bool on)
{
	autostrv struct strv registered = { 0 };
	autostrv struct strv shown = { 0 };
	autofree char *selected = NULL;
	autofree char *text = NULL;
	int err = migrators_read(root, &registered, &selected);

	if (err)
		return err;
	for (size_t i = 0; i < registered.n; i++)
		if (strcmp(registered.v[i], name))
			strv_add(&shown, strcmp(registered.v[i], selected) ? "%s" : "[%s]",
				 registered.v[i]);
	if (on)
		strv_add(&shown, "%s", name);
	text = strv_join(&shown, " ");
	return put(root, knobs[KNOB_MIGRATOR].path, text);
}

int module_load(const char *root, const char *name)
{
	const struct fake_module *module = installed(root, name);
	int err = injected(root, name, "");

	if (!err && !module)
		err = -ENOENT;
	if (!err) {
		autofree char *path = xasprintf("/sys/module/%s/parameters/%s", name,
						module->parameter);

		err = put(root, path, module->value);
	}
	if (!err)
		err = set_registered(root, name, true);
	record(root, err ? "cannot load" : "load", name, "");
	return err;
}

int module_unload(const char *root, const char *name)
{
	const struct fake_module *module = installed(root, name);
	autofree char *parameter = xasprintf("/parameters/%s", module ? module->parameter : "");
	const char *const gone[] = { parameter, "/parameters", "" };
	int err = injected(root, name, "");

	for (size_t i = 0; i < ARRAY_SIZE(gone) && !err; i++) {
		autofree char *full = xasprintf("%s/sys/module/%s%s", root, name, gone[i]);

		err = remove(full) ? -errno : 0;
	}
	if (!err)
		err = set_registered(root, name, false);
	record(root, err ? "cannot unload" : "unload", name, "");
	return err;
}
