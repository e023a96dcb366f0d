/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_OPTIONS_H
#define MO_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A verb's options. --help, and --list-opts for the shell completions, come
 * from the same table.
 */
struct option_def {
	const char *name;	/* without the dashes; NULL: not an option, but an argument */
	const char *arg;	/* name of the argument, NULL: a flag */
	const char *help;
	union {
		bool *flag;
		const char **text;
	};
};

/* The two that most verbs share. */
#define OPTION_JSON(var) \
	{ "json", NULL, "print JSON (schema in the man page)", { .flag = &(var) } }
#define OPTION_ROOT(var) \
	{ "root", "DIR", "work on the tree captured in DIR, not on this machine", \
	  { .text = &(var) } }

/* The argument of a verb that takes one; it has to be there. */
#define OPTION_ARGUMENT(word, about, var) { NULL, word, about, { .text = &(var) } }

/*
 * 0: go on; 1: done (help was printed); -1: wrong usage, said so. An argument of
 * the verb's own comes last in the table.
 */
int options_parse(int argc, char **argv, const char *summary, const struct option_def *defs,
		  size_t n);
/* "/" and trailing slashes are nothing: what is left goes before a path. */
char *options_root(const char *dir);

#endif
