// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builtin.h"
#include "change.h"
#include "kernel.h"
#include "options.h"
#include "out.h"

struct check {
	const char *name, *where;
	const char *expected, *actual;
	char *problem;		/* NULL: as configured */
};

static void check_knob(const struct change *change, enum knob_id id, struct check *check)
{
	bool forbidden = id == KNOB_MIGRATOR && kernel_switched_off(change->root);

	*check = (struct check){
		.name = knobs[id].name,
		.where = change->config.set[id].where,
		.expected = change->config.set[id].value,
		.actual = change->current[id],
	};
	if (!check->actual)
		check->problem = xasprintf("%s does not exist; %s", knobs[id].path,
					   knob_remedy(id, -ENOENT));
	else if (strcmp(check->expected, check->actual))
		check->problem = xasprintf("the kernel has %s%s", check->actual, forbidden ?
					   " (migrate_offload=off on its command line)" : "");
}

/* Configured or not, it is not in force when nobody asked for it. */
static void check_holder(const struct change *change, const char *holder, struct check *check)
{
	const char *who = holder ? holder : holders[HOLDER_ADMIN].name;
	bool held = holder ? change->state.held[holder_find(holder)] : state_held(&change->state);

	*check = (struct check){
		.name = "holder",
		.where = MO_STATE,
		.expected = holder ? holder : "any",
	};
	if (held)
		check->actual = check->expected;
	else
		check->problem = xasprintf("%s asks for the offload; 'migrate-offload apply "
					   "--holder %s' does", holder ? "another or nobody" :
					   "nobody", who);
}

static void print_text(const struct check *checks, size_t n, size_t wrong)
{
	for (size_t i = 0; i < n; i++) {
		const struct check *c = &checks[i];

		if (c->problem)
			printf("FAIL  %-15s  %s expected (%s), but %s\n", c->name, c->expected,
			       c->where, c->problem);
		else
			printf("ok    %-15s  %s (%s)\n", c->name, c->expected, c->where);
	}
	if (wrong)
		printf("%zu of %zu not as configured\n", wrong, n);
	else
		puts("as configured");
}

static void print_json(const struct check *checks, size_t n, size_t wrong)
{
	struct json_object *json = out_object(), *list = json_object_new_array();

	for (size_t i = 0; i < n; i++) {
		struct json_object *item = json_object_new_object();

		out_string(item, "name", checks[i].name);
		out_bool(item, "ok", !checks[i].problem);
		out_string(item, "expected", checks[i].expected);
		out_string(item, "actual", checks[i].actual);
		out_string(item, "source", checks[i].where);
		out_string(item, "problem", checks[i].problem);
		json_object_array_add(list, item);
	}
	out_bool(json, "ok", !wrong);
	json_object_object_add(json, "checks", list);
	out_print(json);
}

static int verify(struct change *change, const char *holder)
{
	struct check checks[NR_KNOBS + 2] = { 0 };
	size_t n = 0, wrong = 0;

	if (state_load(&change->state, change->root)) {
		mo_err("%s: cannot be read; remove it and apply again", MO_STATE);
		return MO_FAILED;
	}
	config_load(&change->config, change->root, NULL);
	if (!config_valid(&change->config))
		return MO_BAD_CONFIG;
	if (change_read(change))
		return MO_FAILED;
	if (!kernel_supported(change->root)) {
		checks[n++] = (struct check){
			.name = "kernel", .where = MO_SYSFS, .expected = "with the patches",
			.problem = xasprintf("the running one has no such directory; boot the "
					     "kernel of package kernel-migrate-offload"),
		};
	}
	check_holder(change, holder, &checks[n++]);
	for (enum knob_id id = 0; id < NR_KNOBS; id++)
		if (change_configured(change, id))
			check_knob(change, id, &checks[n++]);
	for (size_t i = 0; i < n; i++)
		wrong += !!checks[i].problem;
	if (change->json)
		print_json(checks, n, wrong);
	else
		print_text(checks, n, wrong);
	for (size_t i = 0; i < n; i++)
		free(checks[i].problem);
	return wrong ? MO_DIFFERS : MO_OK;
}

int cmd_verify(int argc, char **argv, const char *summary)
{
	const char *dir = NULL, *holder = NULL;
	bool json = false;
	const struct option_def defs[] = {
		{ "holder", "NAME", "also that admin, service or tuned asks for it (default: any)",
		  { .text = &holder } },
		OPTION_JSON(json),
		OPTION_ROOT(dir),
	};
	int err = options_parse(argc, argv, summary, defs, ARRAY_SIZE(defs));
	autofree char *root = NULL;
	struct change change = { .lock = -1 };

	if (err)
		return err > 0 ? MO_OK : MO_USAGE;
	if (holder && holder_find(holder) == NR_HOLDERS) {
		autofree char *names = holder_names();

		mo_err("verify: --holder '%s' is none of %s", holder, names);
		return MO_USAGE;
	}
	change.root = root = options_root(dir);
	change.json = json;
	err = verify(&change, holder);
	change_end(&change);
	return err;
}
