/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MO_BUILTIN_H
#define MO_BUILTIN_H

/* One file a verb, cmd-VERB.c; each returns an exit code. */
int cmd_status(int argc, char **argv, const char *summary);
int cmd_tiers(int argc, char **argv, const char *summary);
int cmd_enable(int argc, char **argv, const char *summary);
int cmd_disable(int argc, char **argv, const char *summary);
int cmd_apply(int argc, char **argv, const char *summary);
int cmd_verify(int argc, char **argv, const char *summary);
int cmd_revert(int argc, char **argv, const char *summary);
int cmd_bench(int argc, char **argv, const char *summary);
int cmd_pmem(int argc, char **argv, const char *summary);

#endif
