// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <libkmod.h>

#include "module.h"
#include "sysfs.h"

bool module_present(const char *root, const char *name)
{
	autofree char *path = xasprintf("/sys/module/%s", name);

	return sysfs_exists(root, path);
}

static int insert(struct kmod_ctx *ctx, const char *name)
{
	struct kmod_list *list = NULL, *item;
	int err;

	err = kmod_module_new_from_lookup(ctx, name, &list);
	if (!err && !list)
		err = -ENOENT;
	kmod_list_foreach(item, list) {
		struct kmod_module *mod = kmod_module_get_module(item);

		err = kmod_module_probe_insert_module(mod, KMOD_PROBE_APPLY_BLACKLIST_ALIAS_ONLY,
						      NULL, NULL, NULL, NULL);
		kmod_module_unref(mod);
		if (err)
			break;
	}
	kmod_module_unref_list(list);
	/* Refused by a modprobe.d rule, which libkmod tells by positive numbers. */
	return err > 0 ? -EPERM : err;
}

static int take_out(struct kmod_ctx *ctx, const char *name)
{
	struct kmod_module *mod;
	int err;

	err = kmod_module_new_from_name(ctx, name, &mod);
	if (err)
		return err;
	err = kmod_module_remove_module(mod, KMOD_REMOVE_NOLOG);
	kmod_module_unref(mod);
	return err;
}

static int with_kmod(const char *root, const char *name,
		     int (*what)(struct kmod_ctx *ctx, const char *name))
{
	struct kmod_ctx *ctx;
	int err;

	if (!sysfs_writable(root))
		return -EROFS;
	ctx = kmod_new(NULL, NULL);
	if (!ctx)
		return -ENOMEM;
	err = what(ctx, name);
	kmod_unref(ctx);
	return err;
}

int module_load(const char *root, const char *name)
{
	return with_kmod(root, name, insert);
}

int module_unload(const char *root, const char *name)
{
	return with_kmod(root, name, take_out);
}
