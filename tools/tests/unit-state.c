// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "files.h"
#include "state.h"

static char root[] = "/tmp/unit-state.XXXXXX";

static void put(const char *text)
{
	autofree char *path = xasprintf("%s%s", root, MO_STATE);

	assert_int_equal(file_replace(path, text), 0);
}

static void round_trip(void **unused)
{
	struct state out = { .held = { [HOLDER_TUNED] = true } }, in, copy;
	autofree char *path = xasprintf("%s%s", root, MO_STATE);
	autofree char *nobody = NULL;
	autofree char *who = NULL;

	(void)unused;
	out.original[KNOB_REASONS] = xstrdup("demotion,damon");
	out.loaded = xstrdup("dcbm");
	node_values_set(&out.min_bytes, 2, "4096");
	assert_int_equal(state_save(&out, root), 0);
	assert_int_equal(state_load(&in, root), 0);
	assert_true(in.held[HOLDER_TUNED]);
	assert_false(in.held[HOLDER_ADMIN]);
	assert_string_equal(in.original[KNOB_REASONS], "demotion,damon");
	assert_null(in.original[KNOB_MIGRATOR]);
	assert_string_equal(in.loaded, "dcbm");
	assert_int_equal(in.min_bytes.n, 1);
	assert_string_equal(node_values_get(&in.min_bytes, 2), "4096");
	state_copy(&copy, &in);
	state_free(&in);
	who = state_holders(&copy);
	assert_string_equal(who, "tuned");
	copy.held[HOLDER_ADMIN] = true;
	free(who);
	who = state_holders(&copy);
	assert_string_equal(who, "admin, tuned");
	state_free(&copy);
	state_free(&out);
	/* Nothing to remember: no file. */
	assert_int_equal(state_save(&out, root), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(state_save(&out, root), 0);
	assert_int_equal(state_load(&in, root), 0);
	assert_false(state_held(&in));
	nobody = state_holders(&in);
	assert_string_equal(nobody, "nobody");
}

/* What goes into the kernel later is not taken from a file unseen. */
static void damaged(void **unused)
{
	static const char *const bad[] = {
		"", "{", "[]", "{}", "null", "7",
		"{\"holders\": [\"me\"], \"original\": {}}",
		"{\"holders\": [7], \"original\": {}}",
		"{\"holders\": {}, \"original\": {}}",
		"{\"holders\": [], \"original\": []}",
		"{\"holders\": [], \"original\": {\"migrator\": null}}",
		"{\"holders\": [], \"original\": {\"nr_dma_chan\": \"65\"}}",
		"{\"holders\": [], \"original\": {}, \"loaded_module\": 7}",
		"{\"holders\": [], \"original\": {}, \"original_min_bytes\": []}",
		"{\"holders\": [], \"original\": {}, \"original_min_bytes\": {\"0\": 7}}",
		"{\"holders\": [], \"original\": {}, \"original_min_bytes\": {\"0\": \"x\"}}",
		"{\"holders\": [], \"original\": {}, \"original_min_bytes\": {\"\": \"7\"}}",
		"{\"holders\": [], \"original\": {}, \"original_min_bytes\": {\"0-1\": \"7\"}}",
	};
	struct state state;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		put(bad[i]);
		assert_int_equal(state_load(&state, root), -EPROTO);
		assert_false(state_held(&state));
	}
}

static int make_root(void **unused)
{
	(void)unused;
	return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **unused)
{
	static const char *const left[] = { MO_STATE, "/run/migrate-offload", "/run", "" };

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(left); i++) {
		autofree char *path = xasprintf("%s%s", root, left[i]);

		if (remove(path) && errno != ENOENT)
			return -1;
	}
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(damaged),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
