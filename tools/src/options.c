// SPDX-License-Identifier: GPL-2.0-only
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "util.h"

#define OPTIONS_MAX 16

enum { OPT_HELP = OPTIONS_MAX, OPT_LIST };

static void print_help(const char *verb, const char *summary, const struct option_def *defs,
		       size_t n)
{
	const char *argument = n && !defs[n - 1].name ? defs[n - 1].arg : NULL;

	printf("Usage: migrate-offload %s [OPTION]...%s%s\n\n%s.\n\n", verb, argument ? " " : "",
	       argument ? argument : "", summary);
	for (size_t i = 0; i < n; i++) {
		autofree char *left = !defs[i].name ? xstrdup(defs[i].arg) : defs[i].arg ?
			xasprintf("--%s %s", defs[i].name, defs[i].arg) :
			xasprintf("--%s", defs[i].name);

		printf("  %-18s  %s\n", left, defs[i].help);
	}
	/* A verb of two words is in the page of the first. */
	printf("  %-18s  %s\n\nMore in migrate-offload-%.*s(1).\n", "--help", "this text",
	       (int)strcspn(verb, " "), verb);
}

static void print_list(const struct option_def *defs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (defs[i].name)
			printf("--%s%s\n", defs[i].name, defs[i].arg ? "=" : "");
	puts("--help");
}

int options_parse(int argc, char **argv, const char *summary, const struct option_def *defs,
		  size_t n)
{
	struct option table[OPTIONS_MAX + 3] = { 0 };
	const struct option_def *argument = NULL;
	int c;

	if (n && !defs[n - 1].name)
		argument = &defs[--n];
	for (size_t i = 0; i < n; i++)
		table[i] = (struct option){
			defs[i].name, defs[i].arg ? required_argument : no_argument, NULL, (int)i };
	table[n] = (struct option){ "help", no_argument, NULL, OPT_HELP };
	table[n + 1] = (struct option){ "list-opts", no_argument, NULL, OPT_LIST };

	opterr = 0;
	optind = 1;
	while ((c = getopt_long(argc, argv, ":", table, NULL)) >= 0) {
		switch (c) {
		case OPT_HELP:
			print_help(argv[0], summary, defs, n + !!argument);
			return 1;
		case OPT_LIST:
			print_list(defs, n);
			return 1;
		case ':':
			mo_err("%s: %s needs an argument; see 'migrate-offload %s --help'", argv[0],
			       argv[optind - 1], argv[0]);
			return -1;
		case '?':
			mo_err("%s: unknown option %s; see 'migrate-offload %s --help'", argv[0],
			       argv[optind - 1], argv[0]);
			return -1;
		default:
			if (defs[c].arg)
				*defs[c].text = optarg;
			else
				*defs[c].flag = true;
		}
	}
	if (argument && optind < argc)
		*argument->text = argv[optind++];
	else if (argument) {
		mo_err("%s: which %s? See 'migrate-offload %s --help'", argv[0], argument->arg,
		       argv[0]);
		return -1;
	}
	if (optind < argc) {
		mo_err("%s: unexpected argument '%s'; see 'migrate-offload %s --help'", argv[0],
		       argv[optind], argv[0]);
		return -1;
	}
	return 0;
}

char *options_root(const char *dir)
{
	char *root = xstrdup(dir ? dir : "");
	size_t len = strlen(root);

	while (len && root[len - 1] == '/')
		root[--len] = '\0';
	return root;
}
