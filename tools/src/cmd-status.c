// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "builtin.h"
#include "options.h"
#include "status.h"

static int gather(struct status *s, const char *root)
{
	int status = MO_OK;
	int nodes_err;

	s->release = kernel_release(root);
	s->supported = kernel_supported(root);
	s->switched_off = kernel_switched_off(root);
	for (enum knob_id id = 0; id < NR_FILE_KNOBS; id++) {
		int err = id == KNOB_MIGRATOR ?
			migrators_read(root, &s->registered, &s->value[id]) :
			knob_read(root, id, &s->value[id]);

		if (!err || err == -ENOENT)
			continue;
		mo_err("%s: cannot be read: %s", knobs[id].path, strerror(-err));
		status = MO_FAILED;
	}
	nodes_err = nodes_read(root, &s->nodes);
	if (nodes_err && nodes_err != -ENOENT) {
		mo_err("/sys/devices/system/node/has_memory: cannot be read: %s",
		       strerror(-nodes_err));
		status = MO_FAILED;
	}
	channels_read(root, &s->channels);
	kernel_stats_read(root, &s->stats);
	migrator_stats_read(root, &s->migrators);
	if (state_load(&s->state, root)) {
		mo_err("%s: cannot be read; remove it and apply again", MO_STATE);
		status = MO_FAILED;
	}
	config_load(&s->config, root, NULL);
	if (!config_valid(&s->config))
		status = MO_BAD_CONFIG;
	pmem_checks_read(&s->pmem, root);
	if (!pmem_config_valid(&s->pmem.config))
		status = MO_BAD_CONFIG;
	diagnose(&s->diagnosis, root, s->value[KNOB_MIGRATOR], &s->registered, &s->channels,
		 &s->state, &s->config);
	return status;
}

int cmd_status(int argc, char **argv, const char *summary)
{
	const char *dir = NULL;
	bool json = false;
	const struct option_def defs[] = { OPTION_JSON(json), OPTION_ROOT(dir) };
	int err = options_parse(argc, argv, summary, defs, ARRAY_SIZE(defs));
	autofree char *root = NULL;
	struct status s = { 0 };

	if (err)
		return err > 0 ? MO_OK : MO_USAGE;
	root = options_root(dir);
	err = gather(&s, root);
	if (json)
		status_json(&s);
	else
		status_text(&s);
	free(s.release);
	for (enum knob_id id = 0; id < NR_FILE_KNOBS; id++)
		free(s.value[id]);
	strv_free(&s.registered);
	nodes_free(&s.nodes);
	channels_free(&s.channels);
	migrator_stats_free(&s.migrators);
	state_free(&s.state);
	config_free(&s.config);
	pmem_checks_free(&s.pmem);
	diagnosis_free(&s.diagnosis);
	return err;
}
