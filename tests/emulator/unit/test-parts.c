// SPDX-License-Identifier: GPL-2.0-only
/* The parts by themselves: registers, config space, guest memory, faults, commands, counters. */
#include "client.h"

#include "../control.h"
#include "../util.h"

#include <errno.h>
#include <json-c/json.h>
#include <linux/pci_regs.h>
#include <stdatomic.h>
#include <sys/mman.h>

/* registers */

static unsigned int messages;

static void count_message(struct queue *q)
{
	(void)q;
	messages++;
}

static void queue_init(struct ptdma *p)
{
	ptdma_init(p);
	p->q.message = count_message;
	messages = 0;
}

static const struct transfer with_interrupt = { .length = 64, .interrupt = true };
static const struct transfer silent = { .length = 64 };
static const struct transfer stopping = { .length = 64, .interrupt = true, .stop = true };

static void message_on_rising_edge(void **state)
{
	struct ptdma p;

	(void)state;
	queue_init(&p);
	p.status = PTDMA_INT_COMPLETION;
	ptdma_write(&p, PTDMA_INT_ENABLE, 3, 0);
	assert_int_equal(messages, 1);
	ptdma_write(&p, PTDMA_INT_ENABLE, 3, 0);
	assert_int_equal(messages, 1);
	ptdma_write(&p, PTDMA_INT_ENABLE, 0, 0);
	ptdma_write(&p, PTDMA_INT_ENABLE, 3, 0);
	assert_int_equal(messages, 2);
	ptdma_write(&p, PTDMA_INT_STATUS, 2, 0); /* acknowledges another bit */
	assert_int_equal(ptdma_read(&p, PTDMA_INT_STATUS), 1);
	ptdma_write(&p, PTDMA_INT_STATUS, 1, 0);
	assert_int_equal(ptdma_read(&p, PTDMA_INT_STATUS), 0);
	assert_int_equal(messages, 2);
}

static void run_one(struct ptdma *p, const struct transfer *desc)
{
	uint64_t address, since;

	assert_true(queue_begin(&p->q, &address, &since));
	queue_complete(&p->q, desc);
}

static void ring_sizes(void **state)
{
	(void)state;
	for (unsigned int field = 0; field < 10; field++) {
		uint32_t entries = 2u << field, base = 0x40000;
		uint64_t address, since;
		struct ptdma p;

		queue_init(&p);
		ptdma_write(&p, PTDMA_CONTROL, field << 3 | 0x12340000, 0);
		ptdma_write(&p, PTDMA_HEAD, base + (entries - 1) * 32, 0);
		ptdma_write(&p, PTDMA_TAIL, base + (entries - 1) * 32, 0);
		ptdma_write(&p, PTDMA_CONTROL, field << 3 | 0x12340001, 0);
		assert_false(queue_begin(&p.q, &address, &since));
		ptdma_write(&p, PTDMA_TAIL, base, 77); /* over the end */
		assert_true(queue_begin(&p.q, &address, &since));
		assert_int_equal(address, 0x123400000000ull + base + (entries - 1) * 32);
		assert_int_equal(since, 77);
		queue_complete(&p.q, &with_interrupt);
		assert_int_equal(ptdma_read(&p, PTDMA_HEAD), base);
		assert_false(queue_begin(&p.q, &address, &since));
	}
}

static void impossible_rings(void **state)
{
	uint64_t address, since;
	struct ptdma p;

	(void)state;
	for (unsigned int field = 10; field < 32; field++) {
		queue_init(&p);
		ptdma_write(&p, PTDMA_TAIL, 0x20, 0);
		ptdma_write(&p, PTDMA_CONTROL, field << 3 | 1, 0);
		assert_false(queue_begin(&p.q, &address, &since));
		assert_int_equal(ptdma_read(&p, PTDMA_STATUS), PTDMA_ERR_SIZE);
	}
	queue_init(&p);
	ptdma_write(&p, PTDMA_TAIL, 0x4020, 0); /* another ring */
	ptdma_write(&p, PTDMA_CONTROL, 0x21, 0);
	assert_false(queue_begin(&p.q, &address, &since));
	assert_int_equal(ptdma_read(&p, PTDMA_STATUS), PTDMA_ERR_ADDRESS);
	queue_init(&p);
	ptdma_write(&p, PTDMA_TAIL, 0x11, 0);
	ptdma_write(&p, PTDMA_CONTROL, 0x21, 0);
	assert_false(queue_begin(&p.q, &address, &since));
	assert_int_equal(ptdma_read(&p, PTDMA_STATUS), PTDMA_ERR_ADDRESS);
}

static void status_bits(void **state)
{
	struct ptdma p;

	(void)state;
	queue_init(&p);
	ptdma_write(&p, PTDMA_TAIL, 6 * 32, 5);
	ptdma_write(&p, PTDMA_CONTROL, 0x21, 9);
	run_one(&p, &silent);
	assert_int_equal(ptdma_read(&p, PTDMA_INT_STATUS), 0);
	run_one(&p, &with_interrupt);
	assert_int_equal(ptdma_read(&p, PTDMA_INT_STATUS), PTDMA_INT_COMPLETION);
	ptdma_write(&p, PTDMA_INT_STATUS, 0xf, 0);
	/* The stop bit halts the queue; that is told only when asked for. */
	run_one(&p, &stopping);
	assert_int_equal(ptdma_read(&p, PTDMA_INT_STATUS), PTDMA_INT_COMPLETION);
	assert_int_equal(ptdma_read(&p, PTDMA_CONTROL), 0x20 | PTDMA_HALT);
	ptdma_write(&p, PTDMA_INT_STATUS, 0xf, 0);
	ptdma_write(&p, PTDMA_INT_ENABLE, 0xf, 0);
	ptdma_write(&p, PTDMA_CONTROL, 0x21, 0);
	run_one(&p, &stopping);
	assert_int_equal(ptdma_read(&p, PTDMA_INT_STATUS),
			 PTDMA_INT_COMPLETION | PTDMA_INT_STOPPED);
	ptdma_write(&p, PTDMA_INT_STATUS, 0xf, 0);
	ptdma_write(&p, PTDMA_CONTROL, 0x21, 0);
	run_one(&p, &silent);
	assert_int_equal(ptdma_read(&p, PTDMA_INT_STATUS), 0);
	run_one(&p, &silent);
	assert_int_equal(ptdma_read(&p, PTDMA_INT_STATUS), PTDMA_INT_EMPTY);
	assert_int_equal(messages, 2);
}

/* An execution that was revoked can be told from a new one in the same slot. */
static void tokens(void **state)
{
	uint64_t address, since, token;
	struct ptdma p;

	(void)state;
	queue_init(&p);
	ptdma_write(&p, PTDMA_TAIL, 32, 0);
	ptdma_write(&p, PTDMA_CONTROL, 0x21, 0);
	assert_true(queue_begin(&p.q, &address, &since));
	token = p.q.token;
	assert_true(queue_current(&p.q, token));
	queue_hang(&p.q, false);
	ptdma_write(&p, PTDMA_CONTROL, 0x20, 0);
	assert_false(queue_current(&p.q, token));
	ptdma_write(&p, PTDMA_CONTROL, 0x21, 0);
	assert_true(queue_begin(&p.q, &address, &since));
	assert_false(queue_current(&p.q, token));
	ptdma_reset(&p);
	assert_false(queue_current(&p.q, p.q.token));
}

/* config space */

static uint16_t config16(const struct pci *pci, unsigned int at)
{
	return pci->config[at] | pci->config[at + 1] << 8;
}

static void config_space(void **state)
{
	static struct pci pci;
	static const uint8_t ones[PCI_CONFIG_SIZE] = { [0 ... PCI_CONFIG_SIZE - 1] = 0xff };
	static const struct pci_identity ids[] = {
		{ .device = 0x1498, .bar = 2, .bar_size = 1u << 20, .vectors = 1 },
		{ .device = 0x1498, .bar = 2, .bar_size = 1u << 20 },
		{ .device = 0x149b, .bar = 0, .bar_size = 4096, .vectors = 16 },
	};
	uint8_t seen[8] = { 0 };
	unsigned int at, n;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		const struct pci_identity *id = &ids[i];

		pci_init(&pci, id);
		n = 0;
		for (at = pci.config[PCI_CAPABILITY_LIST]; at; at = pci.config[at + 1])
			seen[n++ % 8] = pci.config[at];
		assert_int_equal(n, id->vectors ? 4 : 3);
		assert_int_equal(seen[0], PCI_CAP_ID_PM);
		assert_int_equal(seen[1], PCI_CAP_ID_EXP);
		assert_int_equal(seen[2], PCI_CAP_ID_MSI);
		assert_int_equal(seen[3], PCI_CAP_ID_MSIX);
		if (id->vectors)
			assert_int_equal(config16(&pci, 0xc0 + PCI_MSIX_FLAGS) & PCI_MSIX_FLAGS_QSIZE,
					 id->vectors - 1);
		pci_write(&pci, 0, ones, PCI_CONFIG_SIZE);
		assert_int_equal(config16(&pci, PCI_VENDOR_ID), 0x1022);
		assert_int_equal(config16(&pci, PCI_DEVICE_ID), id->device);
		assert_int_equal(config16(&pci, PCI_CLASS_DEVICE), 0x1080);
		for (unsigned int bar = 0; bar < 4; bar++)
			assert_int_equal(config16(&pci, PCI_BASE_ADDRESS_0 + 4 * bar + 2),
					 bar == id->bar ? -id->bar_size >> 16 : 0);
		assert_int_equal(config16(&pci, PCI_BASE_ADDRESS_5), id->vectors ? 0xe000 : 0);
		assert_int_equal(pci.config[PCI_INTERRUPT_PIN], 0);
		assert_true(pci_bus_master(&pci));
	}
}

/* guest memory: copies and unmaps at the same time */

static struct dmamap memory;
static atomic_bool finished;

static void *copy_all_the_time(void *arg)
{
	static uint8_t buf[3 * 4096];
	unsigned long *good = arg;

	while (!finished) {
		int err = dmamap_read(&memory, 0x800, buf, sizeof(buf) - 4096);

		if (!err)
			err = dmamap_write(&memory, 0x1800, buf, 4096);
		if (!err)
			++*good;
		else if (err != EFAULT)
			return (void *)"wrong error";
	}
	return NULL;
}

static void unmap_under_copies(void **state)
{
	unsigned long good = 0;
	pthread_t thread;
	void *result;
	int fd = memfd_create("guest", MFD_CLOEXEC);

	(void)state;
	assert_return_code(ftruncate(fd, 0x4000), errno);
	dmamap_init(&memory);
	assert_int_equal(pthread_create(&thread, NULL, copy_all_the_time, &good), 0);
	for (int i = 0; i < 2000; i++) {
		for (uint64_t a = 0; a < 0x4000; a += 0x1000)
			assert_int_equal(dmamap_add(&memory, a, 0x1000, a, fd, true, true), 0);
		usleep(10);
		assert_int_equal(dmamap_remove(&memory, 0x1000, 0x2000), 0);
		dmamap_remove_all(&memory);
	}
	finished = true;
	pthread_join(thread, &result);
	assert_null(result);
	assert_true(good > 0);
	dmamap_destroy(&memory);
	close(fd);
}

static void rights_and_gaps(void **state)
{
	uint8_t buf[0x3000];
	int fd = memfd_create("guest", MFD_CLOEXEC);

	(void)state;
	assert_return_code(ftruncate(fd, 0x4000), errno);
	dmamap_init(&memory);
	assert_int_equal(dmamap_add(&memory, 0x1000, 0x1000, 0, fd, true, false), 0);
	assert_int_equal(dmamap_add(&memory, 0x2000, 0x1000, 0, fd, false, true), 0);
	assert_int_equal(dmamap_add(&memory, 0x4000, 0x1000, 0, -1, true, true), 0);
	assert_int_equal(dmamap_read(&memory, 0x1000, buf, 0x1000), 0);
	assert_int_equal(dmamap_write(&memory, 0x1000, buf, 1), EACCES);
	assert_int_equal(dmamap_write(&memory, 0x2000, buf, 0x1000), 0);
	assert_int_equal(dmamap_read(&memory, 0x1fff, buf, 2), EACCES);
	assert_int_equal(dmamap_write(&memory, 0x2fff, buf, 2), EFAULT);
	assert_int_equal(dmamap_read(&memory, 0xfff, buf, 2), EFAULT);
	assert_int_equal(dmamap_read(&memory, 0x4000, buf, 1), EFAULT); /* has no file */
	assert_int_equal(dmamap_read(&memory, 0x5000, buf, 1), EFAULT);
	assert_int_equal(dmamap_read(&memory, UINT64_MAX, buf, 2), EFAULT);
	dmamap_destroy(&memory);
	close(fd);
}

/* faults */

static void faults(void **state)
{
	struct inject in;
	unsigned int hangs = 0, errors = 0, flips = 0;

	(void)state;
	inject_init(&in);
	for (int i = 0; i < 100; i++)
		assert_int_equal(inject_outcome(&in, 0), OUTCOME_GOOD);
	fault_set_every(&in.hang, 10);
	fault_set_every(&in.error, 5);
	fault_set_every(&in.flip, 2);
	for (int i = 1; i <= 100; i++) {
		switch (inject_outcome(&in, 0)) {
		case OUTCOME_HANG:
			assert_int_equal(i % 10, 0);
			hangs++;
			break;
		case OUTCOME_ERROR:
			assert_int_equal(i % 10, 5);
			errors++;
			break;
		case OUTCOME_FLIP:
			assert_int_equal(i % 2, 0);
			flips++;
			break;
		default:
			assert_int_not_equal(i % 2, 0);
		}
	}
	assert_int_equal(hangs, 10);
	assert_int_equal(errors, 10);
	assert_int_equal(flips, 40);
	inject_init(&in);
	in.queue = 3;
	in.error.next = true;
	assert_int_equal(inject_outcome(&in, 2), OUTCOME_GOOD);
	assert_int_equal(inject_outcome(&in, 3), OUTCOME_ERROR);
	inject_init(&in);
	in.error.next = true;
	assert_int_equal(inject_outcome(&in, 0), OUTCOME_ERROR);
	assert_int_equal(inject_outcome(&in, 0), OUTCOME_GOOD);
}

/* commands */

static struct device dev;

static char *command(const char *text)
{
	static char answer[512];
	char line[256];
	char *got;

	snprintf(line, sizeof(line), "%s", text);
	got = control_command(&dev, line);
	assert_non_null(got);
	assert_null(strchr(got, '\n'));
	snprintf(answer, sizeof(answer), "%s", got);
	free(got);
	return answer;
}

static int device_setup(void **state)
{
	(void)state;
	device_init(&dev, "unit", MODEL_PTDMA);
	return 0;
}

static int device_teardown(void **state)
{
	(void)state;
	device_destroy(&dev);
	return 0;
}

static void good_commands(void **state)
{
	(void)state;
	assert_string_equal(command("bandwidth 123456"), "ok");
	assert_int_equal(dev.bandwidth, 123456);
	assert_string_equal(command("  latency\t77 \r"), "ok");
	assert_int_equal(dev.latency_us, 77);
	assert_string_equal(command("error every 7 code 19"), "ok");
	assert_int_equal(dev.inject.error.every, 7);
	assert_int_equal(dev.inject.code, 19);
	assert_string_equal(command("error next code 0x3f"), "ok");
	assert_true(dev.inject.error.next);
	assert_int_equal(dev.inject.code, 63);
	assert_string_equal(command("error off"), "ok");
	assert_int_equal(dev.inject.error.every, 0);
	assert_false(dev.inject.error.next);
	assert_string_equal(command("hang next"), "ok");
	assert_true(dev.inject.hang.next);
	assert_string_equal(command("hang every 3"), "ok");
	assert_int_equal(dev.inject.hang.every, 3);
	assert_string_equal(command("hang off"), "ok");
	assert_int_equal(dev.inject.hang.every, 0);
	assert_string_equal(command("late 250"), "ok");
	assert_int_equal(dev.inject.late_ms, 250);
	assert_string_equal(command("lost-irq every 5"), "ok");
	assert_int_equal(dev.inject.lost_irq.every, 5);
	assert_string_equal(command("flip every 9"), "ok");
	assert_int_equal(dev.inject.flip.every, 9);
	assert_string_equal(command("queue 0"), "ok");
	assert_int_equal(dev.inject.queue, 0);
	assert_string_equal(command("queue any"), "ok");
	assert_int_equal(dev.inject.queue, INJECT_ANY_QUEUE);
	assert_string_equal(command("reorder off"), "ok");
	assert_string_equal(command("dead on"), "ok");
	assert_true(dev.dead);
	assert_string_equal(command("dead off"), "ok");
	assert_false(dev.dead);
	dev.stats.bytes = 5;
	assert_string_equal(command("reset-stats"), "ok");
	assert_int_equal(dev.stats.bytes, 0);
}

static void bad_commands(void **state)
{
	static const char *const bad[] = {
		"", "   ", "nonsense", "bandwidth", "bandwidth fast", "bandwidth 1 2",
		"bandwidth -1", "bandwidth 1k", "bandwidth 99999999999999999999", "latency",
		"latency 86400000001", "error", "error every", "error every 0", "error every x",
		"error every 7 code", "error every 7 code 0", "error every 7 code 64",
		"error sometimes", "error code 5", "error next 5", "hang 5", "hang every -3",
		"late", "late x", "late 86400001", "lost-irq next", "flip next", "flip", "dead",
		"dead maybe", "dead on on", "queue", "queue 1", "queue all", "reorder",
		"reorder on", "reorder 3", "stats all", "reset-stats 1", "a b c d e f g h",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_memory_equal(command(bad[i]), "error: ", 7);
	/* Nothing was half done. */
	assert_int_equal(dev.bandwidth, 0);
	assert_int_equal(dev.latency_us, 0);
	assert_int_equal(dev.inject.error.every, 0);
	assert_int_equal(dev.inject.code, INJECT_DEFAULT_CODE);
	assert_int_equal(dev.inject.late_ms, 0);
	assert_false(dev.dead);
}

/* counters */

static int64_t number(struct json_object *obj, const char *key)
{
	struct json_object *value;

	assert_true(json_object_object_get_ex(obj, key, &value));
	return json_object_get_int64(value);
}

static void counters(void **state)
{
	static const char *const keys[] = {
		"descriptors", "completed", "bytes", "errors", "errors_injected", "hangs_injected",
		"late_writes", "lost_interrupts", "flips", "reordered", "interrupts", "busy_ns",
	};
	struct json_object *obj;

	(void)state;
	assert_int_equal(ARRAY_SIZE(keys) * sizeof(uint64_t), sizeof(struct stats));
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		((uint64_t *)&dev.stats)[i] = 1000000000000ull + i;
	obj = json_tokener_parse(command("stats"));
	assert_non_null(obj);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		assert_int_equal(number(obj, keys[i]), 1000000000000ull + i);
	json_object_put(obj);
}

static void counters_file(void **state)
{
	struct stats_file file = { .lock = PTHREAD_MUTEX_INITIALIZER };
	char dir[] = "/tmp/emu-unit-XXXXXX", path[64];
	struct stats st = { .bytes = 4096 };
	struct json_object *obj;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/stats.json", dir);
	file.path = path;
	stats_file_update(&file, &st, "unit");
	obj = json_object_from_file(path);
	assert_non_null(obj);
	assert_int_equal(number(obj, "bytes"), 4096);
	json_object_put(obj);
	assert_return_code(unlink(path), errno);
	stats_file_update(&file, &st, "unit"); /* nothing new: not written */
	assert_int_equal(access(path, F_OK), -1);
	st.bytes++;
	stats_file_update(&file, &st, "unit");
	assert_return_code(unlink(path), errno);
	assert_return_code(rmdir(dir), errno); /* no temporary file is left */
}

#define TEST(f) cmocka_unit_test(f)
#define DEVICE(f) cmocka_unit_test_setup_teardown(f, device_setup, device_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(message_on_rising_edge), TEST(ring_sizes), TEST(impossible_rings),
		TEST(status_bits), TEST(tokens), TEST(config_space), TEST(unmap_under_copies),
		TEST(rights_and_gaps), TEST(faults), DEVICE(good_commands), DEVICE(bad_commands),
		DEVICE(counters), TEST(counters_file),
	};

	return cmocka_run_group_tests_name("parts", tests, NULL, NULL);
}
