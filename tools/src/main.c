// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "builtin.h"
#include "out.h"
#include "util.h"

static const struct verb {
	const char *name;
	int (*run)(int argc, char **argv, const char *summary);
	const char *summary;
} verbs[] = {
	{ "status", cmd_status, "Show whether page migration is offloaded, how, and if not why" },
	{ "tiers", cmd_tiers, "Show the nodes, what memory they have and which threshold applies" },
	{ "enable", cmd_enable, "Select a migrator, loading its module if need be" },
	{ "disable", cmd_disable, "Take back what enable or apply did" },
	{ "apply", cmd_apply, "Bring the kernel to the configured state" },
	{ "verify", cmd_verify, "Check that the kernel is in the configured state" },
	{ "revert", cmd_revert, "Put back what was before apply" },
	{ "bench", cmd_bench, "Measure page migration with and without the offload" },
	{ "pmem", cmd_pmem, "Show persistent memory, bring it up or take it back" },
};

static int help(void)
{
	puts("Usage: migrate-offload VERB [OPTION]...\n");
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		printf("  %-8s  %s\n", verbs[i].name, verbs[i].summary);
	puts("\n  --version, --list-cmds, help [VERB]\n\nMore in migrate-offload(1).");
	return MO_OK;
}

static int run(int argc, char **argv)
{
	char *verb_help[] = { argv[0], (char *)"--help", NULL };
	const char *name = argv[0];

	if (!strcmp(name, "help") || !strcmp(name, "--help") || !strcmp(name, "-h")) {
		if (argc < 2)
			return help();
		verb_help[0] = argv[1];
		name = argv[1];
		argv = verb_help;
		argc = 2;
	}
	if (!strcmp(name, "--version") || !strcmp(name, "version")) {
		puts("migrate-offload " MO_VERSION);
		return MO_OK;
	}
	if (!strcmp(name, "--list-cmds")) {
		for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
			puts(verbs[i].name);
		return MO_OK;
	}
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (!strcmp(name, verbs[i].name))
			return verbs[i].run(argc, argv, verbs[i].summary);
	mo_err("unknown verb '%s'; see 'migrate-offload help'", name);
	return MO_USAGE;
}

int main(int argc, char **argv)
{
	/* setlocale() is not called on purpose: output is the same everywhere. */
	if (argc < 2) {
		mo_err("which verb? See 'migrate-offload help'");
		return MO_USAGE;
	}
	return out_finish(run(argc - 1, argv + 1));
}
