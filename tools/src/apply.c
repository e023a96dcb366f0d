// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "change.h"
#include "files.h"
#include "kernel.h"
#include "module.h"

static bool engine_wanted(const struct change *change)
{
	const char *target = change_target(change);

	return target && strcmp(target, MO_NO_MIGRATOR);
}

static bool registered(const struct change *change, const char *name)
{
	autostrv struct strv list = { 0 };
	autofree char *selected = NULL;

	return !migrators_read(change->root, &list, &selected) && strv_has(&list, name);
}

/* Everything that can be known to be wrong before a thing is touched. */
static int check(struct change *change)
{
	const char *target;

	config_load(&change->config, change->root, change->fragment);
	if (!config_valid(&change->config)) {
		mo_err("configuration refused, nothing was changed");
		return MO_BAD_CONFIG;
	}
	if (change_read(change))
		return MO_FAILED;
	target = change_target(change);
	if (engine_wanted(change) && kernel_switched_off(change->root)) {
		mo_err("/proc/cmdline: migrate_offload=off forbids migrator '%s'; remove it there "
		       "and reboot", target);
		return MO_UNSUPPORTED;
	}
	/* The unit would be active with nothing switched on. */
	if (change->holder == HOLDER_SERVICE && !engine_wanted(change)) {
		mo_err("%s: migrator is not set to anything but none, so there is nothing to "
		       "switch on; set it or disable migrate-offload.service",
		       change->config.set[KNOB_MIGRATOR].where ?
		       change->config.set[KNOB_MIGRATOR].where : "configuration");
		return MO_BAD_CONFIG;
	}
	return MO_OK;
}

/* Migrators carry the names of their modules. */
static int load_engine(struct change *change, struct state *next)
{
	const char *target = change_target(change);
	int err;

	if (!engine_wanted(change) || registered(change, target))
		return MO_OK;
	if (module_present(change->root, target)) {
		mo_err("%s: module %s is loaded but there is no such migrator; see the kernel log",
		       knobs[KNOB_MIGRATOR].path, target);
		return MO_NO_ENGINE;
	}
	if (change->dry_run) {
		mo_note("module %s would be loaded", target);
		return MO_OK;
	}
	err = module_load(change->root, target);
	if (err) {
		mo_err("module %s: cannot be loaded: %s; install package kmod-%s for this kernel "
		       "or load it as root", target, strerror(-err), target);
		return MO_NO_ENGINE;
	}
	free(next->loaded);
	next->loaded = xstrdup(target);
	if (change_read(change))
		return MO_FAILED;
	if (!registered(change, target)) {
		mo_err("%s: no migrator '%s' although its module was loaded; see the kernel log",
		       knobs[KNOB_MIGRATOR].path, target);
		return MO_NO_ENGINE;
	}
	return MO_OK;
}

/* Every configured knob must exist, so that all of them can be set or none. */
static int check_knobs(struct change *change)
{
	int status = MO_OK;

	for (enum knob_id id = 0; id < NR_FILE_KNOBS; id++) {
		if (!change_configured(change, id))
			continue;
		if (!change->current[id] && knobs[id].module && change->dry_run) {
			/* Comes with the module that a dry run does not load. */
			change->current[id] = xstrdup("?");
			continue;
		}
		if (!change->current[id]) {
			mo_err("%s: no such setting in this kernel, but %s sets %s; %s",
			       knobs[id].path, change->config.set[id].where, knobs[id].name,
			       knob_remedy(id, -ENOENT));
			status = MO_UNSUPPORTED;
		}
	}
	return status ? status : change_check_nodes(change);
}

static char *fragment_path(const struct change *change)
{
	return xasprintf("%s%s/%s", change->root, MO_RUN_CONFIG, change->fragment->file);
}

static int write_fragment(struct change *change)
{
	autofree char *path = NULL;
	int err;

	if (!change->fragment)
		return 0;
	path = fragment_path(change);
	if (!change->fragment_written)
		file_read(path, &change->fragment_before);
	change->fragment_written = true;
	err = fragment_write(change->root, change->fragment);
	if (err)
		mo_err("%s/%s: cannot be written: %s; nothing was changed", MO_RUN_CONFIG,
		       change->fragment->file, strerror(-err));
	return err;
}

/*
 * What is remembered goes to disk before the kernel is touched: whoever is
 * killed in between leaves a state from which revert finds the way back.
 */
static int carry_out(struct change *change, struct state *next)
{
	int err;

	if (change->dry_run)
		return change_report(change, next, change->plan.n ? "applied" : "unchanged", MO_OK);
	if (change_save(change, next))
		return MO_FAILED;
	if (write_fragment(change)) {
		state_save(&change->state, change->root);
		return MO_FAILED;
	}
	err = plan_execute(&change->plan, change->root, false);
	if (!err) {
		change_forget_settled(change, next);
		/* If that fails, more than necessary is remembered. */
		state_save(next, change->root);
		return change_report(change, next, change->plan.n ? "applied" : "unchanged", MO_OK);
	}
	if (err != -ENODEV)
		return MO_FAILED;
	if (!change_may_wait(change))
		return MO_NO_ENGINE;
	change->waiting = true;
	/* What could not be put back is not what it was. */
	if (change_read(change))
		return MO_FAILED;
	change_say_waiting();
	return change_report(change, next, "waiting", MO_NO_ENGINE);
}

/* Nothing of a failed run stays, except what an earlier one had put there. */
static void forget(struct change *change, const struct state *next)
{
	if (change->dry_run)
		return;
	if (next->loaded && !change->state.loaded)
		module_unload(change->root, next->loaded);
	state_save(&change->state, change->root);
	if (change->fragment_written && change->fragment_before) {
		autofree char *path = fragment_path(change);

		file_replace(path, change->fragment_before);
	} else if (change->fragment_written) {
		fragment_remove(change->root, change->fragment->file);
	}
}

static int apply(struct change *change)
{
	struct state next;
	int status;

	status = check(change);
	if (status)
		return status;
	state_copy(&next, &change->state);
	if (change->holder < NR_HOLDERS)
		next.held[change->holder] = true;
	status = load_engine(change, &next);
	if (!status)
		status = check_knobs(change);
	if (!status) {
		change_forget_nodes(change, &next);
		change_remember(change, &next);
		change_plan(change);
		status = carry_out(change, &next);
	}
	if (status && !change->waiting)
		forget(change, &next);
	state_free(&next);
	return status;
}

int change_apply(struct change *change)
{
	int status = change_begin(change);

	if (!status && change->holder == NR_HOLDERS && !state_held(&change->state)) {
		/* Something came and nobody cares. */
		if (change_read(change))
			status = MO_FAILED;
		else
			change_report(change, &change->state, "nobody-asks", MO_OK);
	} else if (!status && !kernel_supported(change->root)) {
		mo_err(MO_SYSFS ": not in this kernel; boot the kernel of package "
		       "kernel-migrate-offload");
		status = MO_UNSUPPORTED;
	} else if (!status) {
		status = apply(change);
	}
	change_end(change);
	return status;
}
