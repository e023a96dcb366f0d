// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include "config.h"
#include "files.h"

static void parse(struct config *config, const char *text)
{
	autofree char *copy = xstrdup(text);

	*config = (struct config){ 0 };
	config_parse(config, "f", copy);
}

static void check_value(const char *text, enum knob_id id, const char *value, const char *where)
{
	struct config config;

	parse(&config, text);
	assert_int_equal(config.errors.n, 0);
	assert_string_equal(config.set[id].value, value);
	assert_string_equal(config.set[id].where, where);
	config_free(&config);
}

static void check_error(const char *text, const char *start)
{
	struct config config;

	parse(&config, text);
	assert_int_equal(config.errors.n, 1);
	assert_memory_equal(config.errors.v[0], start, strlen(start));
	config_free(&config);
}

static void good(void **unused)
{
	(void)unused;
	check_value("migrator=dcbm", KNOB_MIGRATOR, "dcbm", "f:1");
	check_value("\n# x\n\t migrator  =\tdcbm \t# y\r\n", KNOB_MIGRATOR, "dcbm", "f:3");
	check_value("max_batch_pages = 7", KNOB_MAX_BATCH_PAGES, "7", "f:1");
}

static void nothing(void **unused)
{
	static const char *const empty[] = { "", "\n\n", "# migrator = dcbm", " \t\r\n" };
	struct config config;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(empty); i++) {
		parse(&config, empty[i]);
		assert_int_equal(config.errors.n, 0);
		for (enum knob_id id = 0; id < NR_KNOBS; id++)
			assert_null(config.set[id].value);
		config_free(&config);
	}
}

static void bad(void **unused)
{
	(void)unused;
	check_error("migrator", "f:1: 'migrator' is not of the form");
	check_error("migrator=", "f:1: migrator: '' is not valid; valid: none or");
	check_error("=dcbm", "f:1: unknown key ''; valid: migrator, reasons");
	check_error("\nMigrator=dcbm", "f:2: unknown key 'Migrator'");
	check_error("nr_dma_chan = 65", "f:1: nr_dma_chan: '65' is not valid; valid: 1..64");
	check_error("nr_dma_chan = 1=2", "f:1: nr_dma_chan: '1=2' is not valid");
	check_error("reasons = x", "f:1: reasons: 'x' is not valid; valid: all, none, or a");
	check_error("migrator=dcbm\nmigrator=dcbm", "f:2: migrator is set a second time, "
		    "first in line 1");
}

/* An earlier file's value stays when a later file's is refused. */
static void files(void **unused)
{
	char first[] = "nr_dma_chan = 1\nreasons = none", second[] = "nr_dma_chan = 2";
	char third[] = "nr_dma_chan = 0";
	struct config config = { 0 };

	(void)unused;
	config_parse(&config, "a", first);
	config_parse(&config, "b", second);
	config_parse(&config, "c", third);
	assert_int_equal(config.errors.n, 1);
	assert_string_equal(config.set[KNOB_NR_DMA_CHAN].value, "2");
	assert_string_equal(config.set[KNOB_NR_DMA_CHAN].where, "b:1");
	assert_string_equal(config.set[KNOB_REASONS].where, "a:2");
	config_free(&config);
}

/*
 * What is shipped is valid, and leaves whole batches of the kernel's own limit to
 * the engine, also when a few of their folios were busy.
 */
static void shipped(void **unused)
{
	struct config config = { 0 };
	autofree char *text = NULL;

	(void)unused;
	assert_int_equal(file_read(MO_DEFAULTS, &text), 0);
	config_parse(&config, "f", text);
	assert_int_equal(config.errors.n, 0);
	assert_string_equal(config.set[KNOB_MIGRATOR].value, MO_DEFAULT_MIGRATOR);
	for (enum knob_id id = NR_FILE_KNOBS; id < NR_KNOBS; id++) {
		unsigned long bytes;

		assert_non_null(config.set[id].value);
		bytes = strtoul(config.set[id].value, NULL, 10);
		assert_true(bytes > 0 && bytes < 512 * 4096);
	}
	config_free(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),
		cmocka_unit_test(nothing),
		cmocka_unit_test(bad),
		cmocka_unit_test(files),
		cmocka_unit_test(shipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
