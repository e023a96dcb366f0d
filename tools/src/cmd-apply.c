// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "builtin.h"
#include "change.h"
#include "options.h"

/*
 * TuneD hands a profile's variables to its scripts as TUNED_<name>. An empty
 * one means "not set"; without any, the file from an earlier run stays.
 */
static bool tuned_fragment(struct fragment *fragment)
{
	bool any = false;

	*fragment = (struct fragment){
		.file = holders[HOLDER_TUNED].fragment,
		.origin = "tuned's variables (/etc/tuned/migrate-offload-variables.conf)",
	};
	for (enum knob_id id = 0; id < NR_KNOBS; id++) {
		autofree char *name = xasprintf("TUNED_%s", knobs[id].name);
		const char *value = getenv(name);

		any |= !!value;
		if (value && *value)
			fragment->value[id] = xstrdup(value);
	}
	return any;
}

int cmd_apply(int argc, char **argv, const char *summary)
{
	bool json = false, dry_run = false, event = false;
	const char *dir = NULL, *name = NULL;
	const struct option_def defs[] = {
		{ "holder", "NAME", "ask for it as admin (default), service or tuned",
		  { .text = &name } },
		{ "event", NULL, "a channel or node came: apply again if somebody asks",
		  { .flag = &event } },
		{ "dry-run", NULL, "only show what would be changed", { .flag = &dry_run } },
		OPTION_JSON(json),
		OPTION_ROOT(dir),
	};
	int err = options_parse(argc, argv, summary, defs, ARRAY_SIZE(defs));
	struct fragment fragment = { 0 };
	struct change change = { 0 };
	autofree char *root = NULL;

	if (err)
		return err > 0 ? MO_OK : MO_USAGE;
	change.holder = event ? NR_HOLDERS : holder_find(name ? name : "admin");
	if ((event && name) || (!event && change.holder == NR_HOLDERS)) {
		autofree char *names = holder_names();

		mo_err("apply: --holder takes one of %s, and not together with --event", names);
		return MO_USAGE;
	}
	if (change.holder == HOLDER_TUNED && tuned_fragment(&fragment))
		change.fragment = &fragment;
	change.root = root = options_root(dir);
	change.json = json;
	change.dry_run = dry_run;
	err = change_apply(&change);
	fragment_free(&fragment);
	return err;
}
