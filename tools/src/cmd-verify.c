// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "builtin.h"
#include "change.h"
#include "kernel.h"
#include "options.h"
#include "out.h"
#include "sysfs.h"
#include "verify.h"

void verify_add(struct checks *checks, const char *name, struct check check)
{
	check.name = xstrdup(name);
	checks->v = xrealloc(checks->v, (checks->n + 1) * sizeof(*checks->v));
	checks->v[checks->n++] = check;
	checks->wrong += !!check.problem;
}

static void check_knob(const struct change *change, enum knob_id id, struct checks *checks)
{
	bool forbidden = id == KNOB_MIGRATOR && kernel_switched_off(change->root);
	struct check check = {
		.where = change->config.set[id].where,
		.expected = change->config.set[id].value,
		.actual = change->current[id],
	};

	if (!check.actual)
		check.problem = xasprintf("%s does not exist; %s", knobs[id].path,
					  knob_remedy(id, -ENOENT));
	else if (strcmp(check.expected, check.actual))
		check.problem = xasprintf("the kernel has %s%s", check.actual, forbidden ?
					  " (migrate_offload=off on its command line)" : "");
	verify_add(checks, knobs[id].name, check);
}

static void check_node(const struct change *change, const struct node *node,
		       const struct setting *set, struct checks *checks)
{
	autofree char *name = xasprintf("node%d/min_bytes", node->id);
	autofree char *path = node_min_bytes_path(node->id);
	struct check check = {
		.where = set->where,
		.expected = set->value,
		.actual = node->min_bytes,
	};
	const char *remedy = threshold_missing(&change->nodes, set);

	if (!check.actual && remedy)
		check.problem = xasprintf("%s does not exist; %s", path, remedy);
	else if (check.actual && strcmp(check.expected, check.actual))
		check.problem = xasprintf("%s has %s; 'migrate-offload apply' sets it", path,
					  check.actual);
	verify_add(checks, name, check);
}

static void check_nodes(const struct change *change, struct checks *checks)
{
	enum knob_id any = threshold_wanted(&change->config);

	if (any < NR_KNOBS && !change->nodes.n)
		verify_add(checks, knobs[any].name, (struct check){
			.where = change->config.set[any].where,
			.expected = change->config.set[any].value,
			.problem = xasprintf("/sys/devices/system/node/has_memory names no node; "
					     "%s", knob_remedy(NR_FILE_KNOBS, -ENOENT)),
		});
	for (size_t i = 0; i < change->nodes.n; i++) {
		const struct node *node = &change->nodes.node[i];
		const struct setting *set = threshold_of(&change->config, node);

		if (set)
			check_node(change, node, set, checks);
	}
}

/* Configured or not, it is not in force when nobody asked for it. */
static void check_holder(const struct change *change, const char *holder, struct checks *checks)
{
	const char *who = holder ? holder : holders[HOLDER_ADMIN].name;
	bool held = holder ? change->state.held[holder_find(holder)] : state_held(&change->state);
	struct check check = {
		.where = MO_STATE,
		.expected = holder ? holder : "any",
	};

	if (held)
		check.actual = check.expected;
	else
		check.problem = xasprintf("%s asks for the offload; 'migrate-offload apply "
					  "--holder %s' does", holder ? "another or nobody" :
					  "nobody", who);
	verify_add(checks, "holder", check);
}

static void print_text(const struct checks *checks)
{
	for (size_t i = 0; i < checks->n; i++) {
		const struct check *c = &checks->v[i];

		if (c->problem)
			printf("FAIL  %-15s  %s expected (%s), but %s\n", c->name, c->expected,
			       c->where, c->problem);
		else
			printf("ok    %-15s  %s (%s)\n", c->name, c->expected, c->where);
	}
	if (checks->wrong)
		printf("%zu of %zu not as configured\n", checks->wrong, checks->n);
	else
		puts("as configured");
}

static void print_json(const struct checks *checks)
{
	struct json_object *json = out_object(), *list = json_object_new_array();

	for (size_t i = 0; i < checks->n; i++) {
		const struct check *c = &checks->v[i];
		struct json_object *item = json_object_new_object();

		out_string(item, "name", c->name);
		out_bool(item, "ok", !c->problem);
		out_string(item, "expected", c->expected);
		out_string(item, "actual", c->actual);
		out_string(item, "source", c->where);
		out_string(item, "problem", c->problem);
		json_object_array_add(list, item);
	}
	out_bool(json, "ok", !checks->wrong);
	json_object_object_add(json, "checks", list);
	out_print(json);
}

static int verify(struct change *change, const char *holder, bool data)
{
	struct checks checks = { 0 };
	struct pmem_checks pmem;
	int status;

	if (state_load(&change->state, change->root)) {
		mo_err("%s: cannot be read; remove it and apply again", MO_STATE);
		return MO_FAILED;
	}
	config_load(&change->config, change->root, NULL);
	if (!config_valid(&change->config))
		return MO_BAD_CONFIG;
	if (change_read(change))
		return MO_FAILED;
	pmem_checks_read(&pmem, change->root);
	if (!pmem_config_valid(&pmem.config)) {
		pmem_checks_free(&pmem);
		return MO_BAD_CONFIG;
	}
	if (!kernel_supported(change->root))
		verify_add(&checks, "kernel", (struct check){
			.where = MO_SYSFS, .expected = "with the patches",
			.problem = xasprintf("the running one has no such directory; boot the "
					     "kernel of package kernel-migrate-offload"),
		});
	check_holder(change, holder, &checks);
	for (enum knob_id id = 0; id < NR_FILE_KNOBS; id++)
		if (change_configured(change, id))
			check_knob(change, id, &checks);
	check_nodes(change, &checks);
	verify_pmem(&checks, &pmem, &change->nodes, data);
	if (change->json)
		print_json(&checks);
	else
		print_text(&checks);
	for (size_t i = 0; i < checks.n; i++) {
		free(checks.v[i].name);
		free(checks.v[i].problem);
	}
	free(checks.v);
	pmem_checks_free(&pmem);
	status = checks.wrong ? MO_DIFFERS : MO_OK;
	return checks.bad_data ? MO_BAD_DATA : status;
}

/*
 * Asks systemd to start or stop a unit, without waiting for it: ours need the
 * lock for that. What is being done with the unit already is left alone.
 */
static int ask_systemd(const char *what, const char *unit)
{
	char *argv[] = { "systemctl", "--no-block", "--job-mode=fail", (char *)what, (char *)unit,
			 NULL };
	int status = 0, err;
	pid_t pid;

	err = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
	if (err) {
		mo_err("systemctl: cannot be run to %s %s: %s", what, unit, strerror(err));
		return MO_FAILED;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status ? MO_FAILED : MO_OK;
}

/* To a question that is not about all of the configuration. */
static void print_answer(int status, const char *migrator)
{
	struct json_object *json = out_object();

	out_bool(json, "ok", status == MO_OK);
	out_string(json, "migrator", migrator);
	out_print(json);
}

/*
 * For migrate-offload-check.service. With the lock, nobody is between switching
 * off and on again, and nobody switches on before @unit is told to stop.
 */
static int verify_off(struct change *change, const char *unit)
{
	const char *now;
	int status;

	/* Nobody changes a captured tree. */
	change->dry_run = !sysfs_writable(change->root);
	status = change_begin(change);
	if (!status && change_read(change))
		status = MO_FAILED;
	now = change->current[KNOB_MIGRATOR];
	if (!status && now && strcmp(now, MO_NO_MIGRATOR))
		status = MO_DIFFERS;
	if (status != MO_OK && status != MO_DIFFERS)
		return status;
	if (change->json)
		print_answer(status, now);
	else if (status)
		printf("page migration offload is on (%s)\n", now);
	else
		puts("page migration offload is off");
	/* A start that is under way will select a migrator. */
	if (status == MO_OK && unit && ask_systemd("stop", unit))
		mo_note("%s is not stopped, it is being started", unit);
	return status;
}

/* For migrate-offload-boot.service. */
static int verify_migrator(struct change *change, const char *wanted, const char *unit)
{
	const char *configured;
	int status = MO_OK;

	config_load(&change->config, change->root, NULL);
	if (!config_valid(&change->config))
		return MO_BAD_CONFIG;
	configured = change->config.set[KNOB_MIGRATOR].value;
	if (!configured || strcmp(configured, wanted))
		status = MO_DIFFERS;
	if (change->json)
		print_answer(status, configured);
	else
		printf("the configured migrator is %s\n", configured ? configured : "not set");
	return status == MO_OK && unit ? ask_systemd("start", unit) : status;
}

int cmd_verify(int argc, char **argv, const char *summary)
{
	const char *dir = NULL, *holder = NULL, *migrator = NULL, *start = NULL, *stop = NULL;
	bool json = false, off = false, data = false;
	const struct option_def defs[] = {
		{ "holder", "NAME", "also that admin, service or tuned asks for it (default: any)",
		  { .text = &holder } },
		{ "data", NULL, "also move a pattern to the memory of pmem.conf.d, and back",
		  { .flag = &data } },
		{ "off", NULL, "only that no migrator is selected, once nobody is changing that",
		  { .flag = &off } },
		{ "stop", "UNIT", "with --off: if so, have systemd stop UNIT",
		  { .text = &stop } },
		{ "migrator", "NAME", "only that NAME is the configured migrator",
		  { .text = &migrator } },
		{ "start", "UNIT", "with --migrator: if so, have systemd start UNIT",
		  { .text = &start } },
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
	if (!!holder + off + !!migrator > 1) {
		mo_err("verify: --holder, --off and --migrator do not go together");
		return MO_USAGE;
	}
	if ((stop && (!off || dir)) || (start && (!migrator || dir))) {
		mo_err("verify: --stop goes with --off, --start with --migrator, both without --root");
		return MO_USAGE;
	}
	if (data && (off || migrator || dir)) {
		mo_err("verify: --data goes with none of --off, --migrator and --root");
		return MO_USAGE;
	}
	change.root = root = options_root(dir);
	change.json = json;
	if (off)
		err = verify_off(&change, stop);
	else if (migrator)
		err = verify_migrator(&change, migrator, start);
	else
		err = verify(&change, holder, data);
	change_end(&change);
	return err;
}
