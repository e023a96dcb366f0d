// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "builtin.h"
#include "change.h"
#include "options.h"

/* The migrator to name explicitly, or NULL when the configuration names one. */
static const char *pick(const char *root, const char *asked)
{
	struct config config;
	const char *configured;
	bool engine;

	if (asked)
		return asked;
	config_load(&config, root, NULL);
	configured = config.set[KNOB_MIGRATOR].value;
	engine = configured && strcmp(configured, MO_NO_MIGRATOR);
	config_free(&config);
	return engine ? NULL : MO_DEFAULT_MIGRATOR;
}

int cmd_enable(int argc, char **argv, const char *summary)
{
	const char *dir = NULL, *asked = NULL, *migrator;
	bool json = false, dry_run = false;
	const struct option_def defs[] = {
		{ "migrator", "NAME", "select this one (default: the configured one, or "
		  MO_DEFAULT_MIGRATOR ")", { .text = &asked } },
		{ "dry-run", NULL, "only show what would be changed", { .flag = &dry_run } },
		OPTION_JSON(json),
		OPTION_ROOT(dir),
	};
	int err = options_parse(argc, argv, summary, defs, ARRAY_SIZE(defs));
	struct fragment fragment = {
		.file = holders[HOLDER_ADMIN].fragment,
		.origin = "'migrate-offload enable'",
	};
	struct change change = { .holder = HOLDER_ADMIN };
	autofree char *valid = NULL;
	autofree char *root = NULL;

	if (err)
		return err > 0 ? MO_OK : MO_USAGE;
	valid = asked ? knob_canonical(KNOB_MIGRATOR, asked) : NULL;
	if (asked && (!valid || !strcmp(valid, MO_NO_MIGRATOR))) {
		mo_err("enable: --migrator '%s' is no migrator's name (1 to 15 of a-z 0-9 _ -); to "
		       "switch off use 'migrate-offload disable'", asked);
		return MO_USAGE;
	}
	change.root = root = options_root(dir);
	change.json = json;
	change.dry_run = dry_run;
	migrator = pick(root, asked);
	if (migrator) {
		fragment.value[KNOB_MIGRATOR] = xstrdup(migrator);
		change.fragment = &fragment;
	}
	err = change_apply(&change);
	fragment_free(&fragment);
	return err;
}
