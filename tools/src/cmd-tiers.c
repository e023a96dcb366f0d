// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "builtin.h"
#include "options.h"
#include "tiers.h"

static void print_json(const struct node_list *nodes, const struct config *config)
{
	struct json_object *json = out_object();

	json_object_object_add(json, "nodes", tiers_json(nodes, config));
	out_strings(json, "configuration_errors", &config->errors);
	out_print(json);
}

int cmd_tiers(int argc, char **argv, const char *summary)
{
	const char *dir = NULL;
	bool json = false;
	const struct option_def defs[] = { OPTION_JSON(json), OPTION_ROOT(dir) };
	int err = options_parse(argc, argv, summary, defs, ARRAY_SIZE(defs));
	autofree char *root = NULL;
	struct node_list nodes;
	struct config config;

	if (err)
		return err > 0 ? MO_OK : MO_USAGE;
	root = options_root(dir);
	err = nodes_read(root, &nodes);
	if (err) {
		mo_err("/sys/devices/system/node/has_memory: cannot be read: %s%s",
		       strerror(-err), err == -ENOENT ? "; the kernel needs CONFIG_NUMA" : "");
		return MO_FAILED;
	}
	config_load(&config, root, NULL);
	err = config_valid(&config) ? MO_OK : MO_BAD_CONFIG;
	if (json)
		print_json(&nodes, &config);
	else
		tiers_text(&nodes, &config);
	config_free(&config);
	nodes_free(&nodes);
	return err;
}
