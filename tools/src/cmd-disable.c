// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "builtin.h"
#include "change.h"
#include "options.h"

int cmd_disable(int argc, char **argv, const char *summary)
{
	bool json = false, dry_run = false;
	const char *dir = NULL;
	const struct option_def defs[] = {
		{ "dry-run", NULL, "only show what would be changed", { .flag = &dry_run } },
		OPTION_JSON(json),
		OPTION_ROOT(dir),
	};
	int err = options_parse(argc, argv, summary, defs, ARRAY_SIZE(defs));
	autofree char *root = NULL;
	struct change change = { .holder = HOLDER_ADMIN };

	if (err)
		return err > 0 ? MO_OK : MO_USAGE;
	change.root = root = options_root(dir);
	change.json = json;
	change.dry_run = dry_run;
	/* Who types "disable" must not believe it is off when it is not. */
	return change_revert(&change, MO_STILL_HELD);
}
