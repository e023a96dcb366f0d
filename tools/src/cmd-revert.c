// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "builtin.h"
#include "change.h"
#include "options.h"

int cmd_revert(int argc, char **argv, const char *summary)
{
	const char *dir = NULL, *name = "admin";
	bool json = false, dry_run = false;
	const struct option_def defs[] = {
		{ "holder", "NAME", "no longer ask for it as admin (default), service or tuned",
		  { .text = &name } },
		{ "dry-run", NULL, "only show what would be changed", { .flag = &dry_run } },
		OPTION_JSON(json),
		OPTION_ROOT(dir),
	};
	int err = options_parse(argc, argv, summary, defs, ARRAY_SIZE(defs));
	autofree char *root = NULL;
	struct change change = { 0 };

	if (err)
		return err > 0 ? MO_OK : MO_USAGE;
	change.holder = holder_find(name);
	if (change.holder == NR_HOLDERS) {
		autofree char *names = holder_names();

		mo_err("revert: --holder '%s' is none of %s", name, names);
		return MO_USAGE;
	}
	change.root = root = options_root(dir);
	change.json = json;
	change.dry_run = dry_run;
	return change_revert(&change, MO_OK);
}
