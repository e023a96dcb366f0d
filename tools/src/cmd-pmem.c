// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "builtin.h"
#include "options.h"
#include "pmem-change.h"
#include "pmem-live.h"
#include "pmem-show.h"

static void print_json(const struct pmem_list *list, const struct pmem_config *config)
{
	struct json_object *json = out_object();

	json_object_object_add(json, "devices", pmem_json("", list, config));
	out_strings(json, "configuration_errors", &config->errors);
	out_print(json);
}

static int show(int argc, char **argv, const char *summary)
{
	bool json = false;
	const struct option_def defs[] = { OPTION_JSON(json) };
	int err = options_parse(argc, argv, summary, defs, ARRAY_SIZE(defs));
	struct pmem_config config;
	struct pmem_list list;

	if (err)
		return err > 0 ? MO_OK : MO_USAGE;
	err = pmem_list_read("", &list, false);
	if (err == -ENODEV) {
		mo_err("/sys/bus/nd, /sys/bus/dax: there is no persistent memory and no dax device; "
		       "NVDIMMs need the kernel's libnvdimm and nfit, CXL memory cxl_acpi");
		return MO_UNSUPPORTED;
	}
	if (err) {
		mo_err("libndctl, libdaxctl: devices cannot be listed: %s", strerror(-err));
		pmem_free(&list);
		return MO_FAILED;
	}
	pmem_config_load(&config, "");
	err = pmem_config_valid(&config) ? MO_OK : MO_BAD_CONFIG;
	if (json)
		print_json(&list, &config);
	else
		pmem_text("", &list, &config);
	pmem_config_free(&config);
	pmem_free(&list);
	return err;
}

static int change(int argc, char **argv, bool down)
{
	static const char device_help[] =
		"a namespace or dax device that is listed in pmem.conf.d";
	struct pmem_change change = { .root = "", .down = down };
	const struct option_def up_defs[] = {
		{ "event", NULL, "udev heard of it: leave alone what is not listed",
		  { .flag = &change.event } },
		OPTION_ARGUMENT("UUID|DEVICE", device_help, change.name),
	};
	const struct option_def down_defs[] = {
		OPTION_ARGUMENT("UUID|DEVICE", device_help, change.name),
	};
	int err = down ? options_parse(argc, argv, "Take memory back: offline, and devdax again",
				       down_defs, ARRAY_SIZE(down_defs)) :
			 options_parse(argc, argv, "Bring a device up as pmem.conf.d says",
				       up_defs, ARRAY_SIZE(up_defs));

	if (err)
		return err > 0 ? MO_OK : MO_USAGE;
	return pmem_change(&change);
}

int cmd_pmem(int argc, char **argv, const char *summary)
{
	static char up[] = "pmem up", down[] = "pmem down";

	if (argc > 1 && !strcmp(argv[1], "up")) {
		argv[1] = up;
		return change(argc - 1, argv + 1, false);
	}
	if (argc > 1 && !strcmp(argv[1], "down")) {
		argv[1] = down;
		return change(argc - 1, argv + 1, true);
	}
	return show(argc, argv, summary);
}
