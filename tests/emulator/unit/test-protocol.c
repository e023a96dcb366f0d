// SPDX-License-Identifier: GPL-2.0-only
/* Good and bad messages: what is answered, and what ends the connection. */
#include "rig.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <signal.h>
#include <sys/socket.h>

static struct rig rig;
#define C (&rig.client)

static int setup(void **state)
{
	(void)state;
	rig_start(&rig, MODEL_PTDMA);
	return 0;
}

static int setup_greeted(void **state)
{
	setup(state);
	client_version(C);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rig_stop(&rig);
	return 0;
}

/* The connection ended, and one line says why. */
static void expect_end(const char *why)
{
	assert_true(client_sees_end(C));
	assert_true(rig_logged(&rig, why));
	assert_int_equal(rig_log_lines(&rig), 1);
}

/* The connection goes on: something simple still works. */
static void expect_alive(void)
{
	assert_int_equal(client_config_read(C, PCI_VENDOR_ID), 0x14981022);
}

static void send_raw(const void *data, size_t len)
{
	assert_int_equal(write(C->fd, data, len), len);
}

static void send_header(uint16_t command, uint32_t size, uint32_t flags)
{
	struct wire_header h = { .id = 1, .command = command, .size = size, .flags = flags };

	send_raw(&h, sizeof(h));
}

/* framing */

static void quiet_end(void **state)
{
	(void)state;
	shutdown(C->fd, SHUT_WR);
	assert_true(client_sees_end(C));
	assert_int_equal(rig_log_lines(&rig), 0);
}

static void header_cut_off(void **state)
{
	(void)state;
	send_raw("\1\0\1\0\x20", 5);
	shutdown(C->fd, SHUT_WR);
	expect_end("message header cut off (11 bytes missing)");
}

static void body_cut_off(void **state)
{
	(void)state;
	send_header(WIRE_VERSION, 200, 0);
	send_raw("abc", 3);
	shutdown(C->fd, SHUT_WR);
	expect_end("message body cut off (181 bytes missing)");
}

static void size_below_header(void **state)
{
	(void)state;
	send_header(WIRE_VERSION, 15, 0);
	expect_end("message size 15 ");
}

static void size_above_limit(void **state)
{
	(void)state;
	send_header(WIRE_REGION_WRITE, 16 + WIRE_MAX_BODY + 1, 0);
	expect_end("message size 1048657 ");
}

static void size_all_ones(void **state)
{
	(void)state;
	send_header(WIRE_REGION_WRITE, UINT32_MAX, 0);
	expect_end("message size 4294967295 ");
}

static void unknown_type(void **state)
{
	(void)state;
	send_header(WIRE_VERSION, 16, 7);
	expect_end("unknown flags 0x7");
}

static void unknown_flag(void **state)
{
	(void)state;
	send_header(WIRE_VERSION, 16, 0x100);
	expect_end("unknown flags 0x100");
}

static void too_many_fds(void **state)
{
	int fds[WIRE_MAX_FDS + 1];

	(void)state;
	for (size_t i = 0; i < WIRE_MAX_FDS + 1; i++)
		fds[i] = C->irq;
	client_send(C, WIRE_VERSION, 0, "", 1, fds, WIRE_MAX_FDS + 1);
	expect_end("more than 16 file descriptors");
}

static void far_too_many_fds(void **state)
{
	int fds[60];

	(void)state;
	for (size_t i = 0; i < 60; i++)
		fds[i] = C->irq;
	client_send(C, WIRE_VERSION, 0, "", 1, fds, 60);
	expect_end("more than 16 file descriptors");
}

static void slow_but_whole(void **state)
{
	struct wire_header h = { .id = 9, .command = WIRE_GET_INFO, .size = 32 };
	struct wire_info info = { .argsz = sizeof(info) };
	size_t len;

	(void)state;
	send_raw(&h, 7);
	usleep(20000);
	send_raw((char *)&h + 7, sizeof(h) - 7);
	send_raw(&info, 3);
	usleep(20000);
	send_raw((char *)&info + 3, sizeof(info) - 3);
	assert_int_equal(client_answer(C, 9, &info, sizeof(info), &len), 0);
	assert_int_equal(len, sizeof(info));
	assert_int_equal(info.flags, 3);
	assert_int_equal(info.regions, 9);
	assert_int_equal(info.irqs, 3);
}

/* VERSION */

static void send_version(uint16_t major, const char *text, size_t len)
{
	char body[512] = { major & 0xff, major >> 8 };

	memcpy(body + 4, text, len);
	client_send(C, WIRE_VERSION, 0, body, 4 + len, NULL, 0);
}

#define JSON(text) text, sizeof(text)

static void version_missing(void **state)
{
	struct wire_info info = { .argsz = sizeof(info) };

	(void)state;
	client_send(C, WIRE_GET_INFO, 0, &info, sizeof(info), NULL, 0);
	expect_end("command 4: came before VERSION");
}

static void version_twice(void **state)
{
	(void)state;
	send_version(0, JSON("{}"));
	expect_end("VERSION came again");
}

static void version_empty(void **state)
{
	(void)state;
	client_send(C, WIRE_VERSION, 0, NULL, 0, NULL, 0);
	expect_end("VERSION: too short");
}

static void version_huge(void **state)
{
	static char body[70000];

	(void)state;
	client_send(C, WIRE_VERSION, 0, body, sizeof(body), NULL, 0);
	expect_end("command 1 with 70000 bytes of data");
}

static void version_major(void **state)
{
	(void)state;
	send_version(1, JSON("{}"));
	expect_end("client speaks version 1.0");
}

static void version_no_zero_byte(void **state)
{
	(void)state;
	send_version(0, "{}", 2);
	expect_end("does not end with a zero byte");
}

static void version_bad_json(void **state)
{
	(void)state;
	send_version(0, JSON("{\"capabilities\":"));
	expect_end("cannot be parsed");
}

static void version_json_no_object(void **state)
{
	(void)state;
	send_version(0, JSON("[1]"));
	expect_end("not an object");
}

static void version_caps_no_object(void **state)
{
	(void)state;
	send_version(0, JSON("{\"capabilities\":7}"));
	expect_end("\"capabilities\" is not an object");
}

static void version_bad_limit(void **state)
{
	(void)state;
	send_version(0, JSON("{\"capabilities\":{\"max_data_xfer_size\":0}}"));
	expect_end("not a positive number");
}

static void version_text_limit(void **state)
{
	(void)state;
	send_version(0, JSON("{\"capabilities\":{\"max_data_xfer_size\":\"4096\"}}"));
	expect_end("not a positive number");
}

/* The client receives the answer where its request was: never more than that. */
static void version_answer_fits(void **state)
{
	char body[16];
	size_t len;

	(void)state;
	send_version(0, JSON("{}"));
	assert_int_equal(client_answer(C, C->id, body, sizeof(body), &len), 0);
	assert_true(len <= 4 + sizeof("{}"));
	expect_alive();
}

/* commands */

static void unknown_commands(void **state)
{
	static const uint16_t unknown[] = { 0, 6, 11, 12, 14, 16, 99, 65535 };
	char none[4];

	(void)state;
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(client_call(C, unknown[i], none, 0, 0, NULL, 0), ENOSYS);
	assert_int_equal(rig_log_lines(&rig), 8);
	expect_alive();
}

static const struct {
	uint16_t command;
	uint32_t len;
} bad_lengths[] = {
	{ WIRE_DMA_MAP, 31 }, { WIRE_DMA_MAP, 33 }, { WIRE_DMA_UNMAP, 0 },
	{ WIRE_DMA_UNMAP, 28 }, { WIRE_GET_INFO, 4 }, { WIRE_GET_REGION_INFO, 16 },
	{ WIRE_GET_IRQ_INFO, 15 }, { WIRE_SET_IRQS, 12 }, { WIRE_SET_IRQS, 24 },
	{ WIRE_REGION_READ, 8 }, { WIRE_REGION_READ, 17 }, { WIRE_REGION_WRITE, 15 },
	{ WIRE_RESET, 1 }, { WIRE_REGION_WRITE_MULTI, 7 },
};

static void wrong_lengths(void **state)
{
	const uint8_t body[64] = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad_lengths) / sizeof(bad_lengths[0]); i++) {
		client_send(C, bad_lengths[i].command, 0, body, bad_lengths[i].len, NULL, 0);
		assert_true(client_sees_end(C));
		assert_int_equal(rig_log_lines(&rig), i + 1);
		rig_reconnect(&rig);
		client_version(C);
	}
	expect_alive();
}

static void argsz_too_small(void **state)
{
	const uint8_t body[32] = { 4 };
	static const struct {
		uint16_t command;
		uint32_t len;
	} cases[] = {
		{ WIRE_DMA_MAP, 32 }, { WIRE_DMA_UNMAP, 24 }, { WIRE_GET_INFO, 16 },
		{ WIRE_GET_REGION_INFO, 32 }, { WIRE_GET_IRQ_INFO, 16 }, { WIRE_SET_IRQS, 20 },
	};

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		client_send(C, cases[i].command, 0, body, cases[i].len, NULL, 0);
		assert_true(client_sees_end(C));
		assert_true(rig_logged(&rig, "argsz is too small"));
		assert_int_equal(rig_log_lines(&rig), i + 1);
		rig_reconnect(&rig);
		client_version(C);
	}
}

static void unasked_answer(void **state)
{
	struct wire_dma dma = { 0, 4096 };

	(void)state;
	client_send(C, WIRE_DMA_WRITE, WIRE_REPLY, &dma, sizeof(dma), NULL, 0);
	expect_end("not asked for");
}

static void regions(void **state)
{
	static const uint64_t sizes[9] = { [2] = 1 << 20, [5] = 8192, [7] = 4096 };

	(void)state;
	for (uint32_t i = 0; i < 12; i++) {
		struct wire_region_info info = { .argsz = sizeof(info), .index = i };
		int err = client_call(C, WIRE_GET_REGION_INFO, &info, sizeof(info), sizeof(info),
				      NULL, 0);

		assert_int_equal(err, i < 9 ? 0 : EINVAL);
		if (err)
			continue;
		assert_int_equal(info.index, i);
		assert_int_equal(info.size, sizes[i]);
		assert_int_equal(info.flags, sizes[i] ? 3 : 0);
	}
}

static void irqs(void **state)
{
	static const uint32_t counts[3] = { 0, 1, 1 };

	(void)state;
	for (uint32_t i = 0; i < 5; i++) {
		struct wire_irq_info info = { .argsz = sizeof(info), .index = i };
		int err = client_call(C, WIRE_GET_IRQ_INFO, &info, sizeof(info), sizeof(info),
				      NULL, 0);

		assert_int_equal(err, i < 3 ? 0 : EINVAL);
		if (!err)
			assert_int_equal(info.count, counts[i]);
	}
	assert_int_equal(rig_log_lines(&rig), 0); /* QEMU asks for 3 each time */
}

static int read_call(uint64_t offset, uint32_t region, uint32_t count)
{
	static uint8_t body[sizeof(struct wire_access) + 4096];
	struct wire_access access = { offset, region, count };

	memcpy(body, &access, sizeof(access));
	return client_call(C, WIRE_REGION_READ, body, sizeof(access), sizeof(body), NULL, 0);
}

static void reads_outside(void **state)
{
	(void)state;
	assert_int_equal(read_call(0, REGION_CONFIG, 4096), 0);
	assert_int_equal(read_call(0, REGION_CONFIG, 4097), EINVAL);
	assert_int_equal(read_call(4095, REGION_CONFIG, 1), 0);
	assert_int_equal(read_call(4095, REGION_CONFIG, 2), EINVAL);
	assert_int_equal(read_call(4096, REGION_CONFIG, 1), EINVAL);
	assert_int_equal(read_call(UINT64_MAX, REGION_CONFIG, 4), EINVAL);
	assert_int_equal(read_call(UINT64_MAX - 3, REGION_BAR2, 4), EINVAL);
	assert_int_equal(read_call(0, REGION_BAR2, UINT32_MAX), EINVAL);
	assert_int_equal(read_call(0, REGION_BAR2, 0), EINVAL);
	assert_int_equal(read_call(0, 0, 4), EINVAL);
	assert_int_equal(read_call(0, 8, 4), EINVAL);
	assert_int_equal(read_call(0, UINT32_MAX, 4), EINVAL);
	assert_int_equal(read_call((1 << 20) - 4, REGION_BAR2, 4), 0);
	assert_int_equal(read_call(0, REGION_BAR5, 4096), 0);
	expect_alive();
}

static int write_call(uint64_t offset, uint32_t region, uint32_t count)
{
	uint8_t body[sizeof(struct wire_access) + 64] = { 0 };
	struct wire_access access = { offset, region, count };

	memcpy(body, &access, sizeof(access));
	return client_call(C, WIRE_REGION_WRITE, body, sizeof(access) + count, sizeof(body),
			   NULL, 0);
}

static void writes_outside(void **state)
{
	(void)state;
	assert_int_equal(write_call(0x1010, REGION_BAR2, 4), 0);
	assert_int_equal(write_call(0x1010, REGION_BAR2, 8), 0);
	assert_int_equal(write_call(1 << 20, REGION_BAR2, 4), EINVAL);
	assert_int_equal(write_call((1 << 20) - 2, REGION_BAR2, 4), EINVAL);
	assert_int_equal(write_call(UINT64_MAX, REGION_CONFIG, 4), EINVAL);
	assert_int_equal(write_call(0, 9, 4), EINVAL);
	assert_int_equal(write_call(0, REGION_CONFIG, 0), EINVAL);
	expect_alive();
}

static void odd_register_writes(void **state)
{
	(void)state;
	client_write(C, PTDMA_PRIORITY, 6);
	assert_int_equal(write_call(PTDMA_PRIORITY, REGION_BAR2, 2), 0);
	assert_int_equal(write_call(PTDMA_PRIORITY + 1, REGION_BAR2, 4), 0);
	assert_int_equal(rig_log_lines(&rig), 2);
	assert_int_equal(client_read(C, PTDMA_PRIORITY), 6);
}

static void write_lies_about_count(void **state)
{
	uint8_t body[sizeof(struct wire_access) + 4] = { 0 };
	struct wire_access access = { 0, REGION_BAR2, 4096 };

	(void)state;
	memcpy(body, &access, sizeof(access));
	client_send(C, WIRE_REGION_WRITE, WIRE_NO_REPLY, body, sizeof(body), NULL, 0);
	expect_end("does not carry the bytes it announces");
}

static void failed_posted_write(void **state)
{
	uint8_t body[sizeof(struct wire_access) + 4] = { 0 };
	struct wire_access access = { 1 << 20, REGION_BAR2, 4 };

	(void)state;
	memcpy(body, &access, sizeof(access));
	client_send(C, WIRE_REGION_WRITE, WIRE_NO_REPLY, body, sizeof(body), NULL, 0);
	expect_alive(); /* its answer would come first */
	assert_true(rig_logged(&rig, "wants no answer, failed"));
}

static void multi(uint64_t announced, unsigned int carried, uint32_t count, uint32_t flags)
{
	uint8_t body[8 + 4 * sizeof(struct wire_multi_write)];
	struct wire_multi_write write = {
		.access = { PTDMA_PRIORITY, REGION_BAR2, count }, .data = { 0x55 },
	};

	memcpy(body, &announced, 8);
	for (unsigned int i = 0; i < carried; i++) {
		memcpy(body + 8 + i * sizeof(write), &write, sizeof(write));
		write.access.offset += 4;
	}
	client_send(C, WIRE_REGION_WRITE_MULTI, flags, body, 8 + carried * sizeof(write), NULL, 0);
}

static void multi_good(void **state)
{
	(void)state;
	multi(3, 3, 4, WIRE_NO_REPLY);
	assert_int_equal(client_read(C, PTDMA_PRIORITY), 0x55);
	assert_int_equal(client_read(C, PTDMA_TIMEOUT), 0x55);
	multi(0, 0, 4, WIRE_NO_REPLY);
	expect_alive();
	assert_int_equal(rig_log_lines(&rig), 0);
}

static void multi_too_few(void **state)
{
	(void)state;
	multi(4, 3, 4, WIRE_NO_REPLY);
	expect_end("REGION_WRITE_MULTI does not carry");
}

static void multi_overflow(void **state)
{
	(void)state;
	/* times 24 bytes, in 64 bits, this is 3 of them again */
	multi((1ull << 61) + 3, 3, 4, WIRE_NO_REPLY);
	expect_end("REGION_WRITE_MULTI does not carry");
}

static void multi_long_write(void **state)
{
	(void)state;
	multi(1, 1, 9, WIRE_NO_REPLY);
	expect_end("more than 8 bytes");
}

/* DMA_MAP, DMA_UNMAP */

#define RW (WIRE_MAP_READ | WIRE_MAP_WRITE)

static void maps_refused(void **state)
{
	int pipes[2];

	(void)state;
	assert_return_code(pipe(pipes), errno);
	assert_int_equal(client_map(C, 0, 0, 0, C->memfd[0], RW), EINVAL);
	assert_int_equal(client_map(C, 0x800, 4096, 0, C->memfd[0], RW), EINVAL);
	assert_int_equal(client_map(C, 0, 4095, 0, C->memfd[0], RW), EINVAL);
	assert_int_equal(client_map(C, 0, 4096, 77, C->memfd[0], RW), EINVAL);
	assert_int_equal(client_map(C, UINT64_MAX - 4095, 8192, 0, C->memfd[0], RW), EINVAL);
	assert_int_equal(client_map(C, 0, 8192, UINT64_MAX - 4095, C->memfd[0], RW), EINVAL);
	assert_int_equal(client_map(C, 0, UINT64_MAX - 4095, 0, C->memfd[0], RW), EINVAL);
	assert_int_equal(client_map(C, 0, 4096, 0, C->memfd[0], 4), EINVAL);
	assert_int_equal(client_map(C, 0, 4 * GUEST_PIECE, 0, C->memfd[0], RW), ERANGE);
	assert_int_equal(client_map(C, 0, 1ull << 60, 0, C->memfd[0], RW), ERANGE);
	assert_int_equal(client_map(C, 0, 4096, 0, pipes[0], RW), EACCES);
	assert_int_equal(client_map(C, 0, 4096, 0, C->irq, RW), ENODEV);
	assert_int_equal(client_map(C, 0, 4096, 0, C->fd, RW), ENODEV);
	close(pipes[0]);
	close(pipes[1]);
	assert_int_equal(rig_log_lines(&rig), 13);
	assert_int_equal(rig_maps(&rig), 0);
	expect_alive();
}

static void maps_overlap(void **state)
{
	const int fd = C->memfd[0];

	(void)state;
	assert_int_equal(client_map(C, 0x4000, 0x4000, 0, fd, RW), 0);
	assert_int_equal(client_map(C, 0x4000, 0x4000, 0, fd, RW), EEXIST);
	assert_int_equal(client_map(C, 0x0000, 0x5000, 0, fd, RW), EEXIST);
	assert_int_equal(client_map(C, 0x7000, 0x1000, 0, fd, RW), EEXIST);
	assert_int_equal(client_map(C, 0x7000, 0x9000, 0, fd, RW), EEXIST);
	assert_int_equal(client_map(C, 0x0000, 0x4000, 0, fd, RW), 0);
	assert_int_equal(client_map(C, 0x8000, 0x1000, 0, fd, WIRE_MAP_READ), 0);
	assert_int_equal(client_map(C, 0xfffc0000, 0x40000, 0, -1, WIRE_MAP_READ), 0);
	assert_int_equal(client_map(C, UINT64_MAX - 4095, 4096, 0, fd, RW), 0);
	assert_int_equal(rig_maps(&rig), 5);
}

static void two_files_in_one_map(void **state)
{
	struct wire_dma_map map = { sizeof(map), RW, 0, 0, 4096 };

	(void)state;
	client_send(C, WIRE_DMA_MAP, 0, &map, sizeof(map), C->memfd, 2);
	expect_end("more than one file descriptor");
}

static void unmaps(void **state)
{
	struct wire_dma_unmap all = { sizeof(all), WIRE_UNMAP_ALL, 0, 0 };
	struct wire_dma_unmap bad = { sizeof(bad), 8, 0x1000, 0x1000 };
	const int fd = C->memfd[0];

	(void)state;
	for (uint64_t a = 0; a < 0x8000; a += 0x2000)
		assert_int_equal(client_map(C, a, 0x2000, 0, fd, RW), 0);
	assert_int_equal(client_unmap(C, 0x1000, 0x1000), EINVAL);	/* part of one */
	assert_int_equal(client_unmap(C, 0x0000, 0x3000), EINVAL);	/* cuts the second */
	assert_int_equal(client_unmap(C, 0x10000, 0x1000), ENOENT);
	assert_int_equal(client_unmap(C, 0, 0), EINVAL);
	assert_int_equal(client_unmap(C, UINT64_MAX, 2), EINVAL);
	assert_int_equal(client_call(C, WIRE_DMA_UNMAP, &bad, sizeof(bad), sizeof(bad), NULL, 0),
			 EINVAL);
	assert_int_equal(rig_log_lines(&rig), 6);
	assert_int_equal(rig_maps(&rig), 4);
	assert_int_equal(client_unmap(C, 0x2000, 0x4000), 0);		/* two at once */
	assert_int_equal(rig_maps(&rig), 2);
	assert_int_equal(client_map(C, 0x2000, 0x2000, 0, fd, RW), 0);	/* and again */
	assert_int_equal(client_call(C, WIRE_DMA_UNMAP, &all, sizeof(all), sizeof(all), NULL, 0),
			 0);
	assert_int_equal(rig_maps(&rig), 0);
}

/* Requests may be sent ahead; the answers keep their order. */
static void pipelined(void **state)
{
	uint16_t ids[16];
	char body[64];
	size_t len;

	(void)state;
	for (uint64_t i = 0; i < 16; i += 2) {
		struct wire_dma_map map = { sizeof(map), RW, 0, 0x10000, 0x1000 };
		struct wire_dma_unmap unmap = { sizeof(unmap), 0, 0x10000, 0x1000 };

		ids[i] = client_send(C, WIRE_DMA_MAP, 0, &map, sizeof(map), C->memfd, 1);
		ids[i + 1] = client_send(C, WIRE_DMA_UNMAP, 0, &unmap, sizeof(unmap), NULL, 0);
	}
	for (int i = 0; i < 16; i++)
		assert_int_equal(client_answer(C, ids[i], body, sizeof(body), &len), 0);
}

/* SET_IRQS */

#define SET (WIRE_IRQ_DATA_EVENTFD | WIRE_IRQ_TRIGGER)
#define CLEAR (WIRE_IRQ_DATA_NONE | WIRE_IRQ_TRIGGER)

static void set_irqs_good(void **state)
{
	(void)state;
	assert_int_equal(client_set_irq(C, IRQ_MSIX, SET, 1, -1), 0);
	assert_int_equal(client_set_irq(C, IRQ_MSIX, SET, 1, C->irq), 0);
	assert_int_equal(client_set_irq(C, IRQ_MSIX, SET, 1, C->irq), 0);
	assert_int_equal(client_set_irq(C, IRQ_MSI, SET, 1, C->irq), 0);
	assert_int_equal(client_set_irq(C, IRQ_MSIX, CLEAR, 0, -1), 0);
	assert_int_equal(client_set_irq(C, 0, CLEAR, 0, -1), 0);
	assert_false(rig_has_irq(&rig, IRQ_MSIX));
	assert_true(rig_has_irq(&rig, IRQ_MSI));
	assert_int_equal(rig_log_lines(&rig), 0);
}

static void set_irqs_refused(void **state)
{
	int fds[2] = { C->irq, C->irq };
	struct wire_set_irqs wrap = { sizeof(wrap), SET, IRQ_MSIX, UINT32_MAX, 2 };
	struct wire_set_irqs two = { sizeof(two), SET, IRQ_MSIX, 0, 1 };

	(void)state;
	assert_int_equal(client_set_irq(C, IRQ_MSIX, SET, 1, C->memfd[0]), EBADF);
	assert_int_equal(client_set_irq(C, IRQ_MSIX, SET, 1, C->fd), EBADF);
	assert_int_equal(client_set_irq(C, IRQ_MSIX, SET, 2, C->irq), EINVAL);
	assert_int_equal(client_set_irq(C, IRQ_MSIX, SET, UINT32_MAX, C->irq), EINVAL);
	assert_int_equal(client_set_irq(C, 0, SET, 1, C->irq), EINVAL);
	assert_int_equal(client_set_irq(C, 3, SET, 1, C->irq), EINVAL);
	assert_int_equal(client_set_irq(C, UINT32_MAX, SET, 1, C->irq), EINVAL);
	assert_int_equal(client_set_irq(C, IRQ_MSIX, 0x14, 1, C->irq), EINVAL);
	assert_int_equal(client_call(C, WIRE_SET_IRQS, &wrap, sizeof(wrap), sizeof(wrap), fds, 2),
			 EINVAL);
	assert_int_equal(client_call(C, WIRE_SET_IRQS, &two, sizeof(two), sizeof(two), fds, 2),
			 EINVAL);
	assert_int_equal(rig_log_lines(&rig), 10);
	assert_false(rig_has_irq(&rig, IRQ_MSIX));
	expect_alive();
}

/* Descriptors that no command wants are closed; rig_stop() counts. */
static void unwanted_fds(void **state)
{
	struct wire_info info = { .argsz = sizeof(info) };
	int fds[3] = { C->irq, C->memfd[0], C->memfd[1] };

	(void)state;
	assert_int_equal(client_call(C, WIRE_GET_INFO, &info, sizeof(info), sizeof(info), fds, 3),
			 0);
	expect_alive();
}

static void reconnection(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		client_setup(C);
		assert_int_equal(rig_maps(&rig), 2);
		assert_int_equal(client_read(C, PTDMA_INT_ENABLE), 3);
		rig_reconnect(&rig);
		assert_int_equal(rig_maps(&rig), 0);
		assert_false(rig_has_irq(&rig, IRQ_MSIX));
		client_version(C);
		assert_int_equal(client_read(C, PTDMA_INT_ENABLE), 0);
		assert_int_equal(client_config_read(C, PCI_COMMAND) & PCI_COMMAND_MASTER, 0);
		rig_reconnect(&rig);
	}
	assert_int_equal(rig_log_lines(&rig), 0);
}

/* Any bytes whatever: each connection ends or goes on, and nothing else happens. */
static void random_messages(void **state)
{
	uint32_t seed = 12345;

	(void)state;
	for (int round = 0; round < 150; round++) {
		uint8_t data[20 * 96];
		struct wire_header h;

		for (size_t i = 0; i < sizeof(data); i++) {
			seed = seed * 1664525u + 1013904223u;
			data[i] = seed >> 24 & (seed & 0x800000 ? 0xff : 0x07);
		}
		/* Well framed ones reach the handlers; those that are not end it early. */
		for (size_t i = 0; i < sizeof(data); i += 96) {
			memcpy(&h, data + i, sizeof(h));
			h.command %= 17;
			h.size = 16 + (h.size & 0x0f ? 80 : h.size % 81);
			h.flags = h.flags & 1 ? 0 : WIRE_NO_REPLY;
			memcpy(data + i, &h, sizeof(h));
		}
		client_version(C);
		if (write(C->fd, data, sizeof(data)) < 0)
			assert_int_equal(errno, EPIPE);
		shutdown(C->fd, SHUT_WR);
		assert_true(client_sees_end(C));
		assert_int_equal(ftruncate(rig.log_fd, 0), 0);
		assert_int_equal(lseek(rig.log_fd, 0, SEEK_SET), 0);
		rig_reconnect(&rig);
	}
	client_version(C);
	expect_alive();
}

#define RAW(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup_greeted, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RAW(quiet_end), RAW(header_cut_off), RAW(body_cut_off), RAW(size_below_header),
		RAW(size_above_limit), RAW(size_all_ones), RAW(unknown_type), RAW(unknown_flag),
		RAW(too_many_fds), RAW(far_too_many_fds), TEST(slow_but_whole),
		RAW(version_missing), TEST(version_twice), RAW(version_empty), RAW(version_huge),
		RAW(version_major), RAW(version_no_zero_byte), RAW(version_bad_json),
		RAW(version_json_no_object), RAW(version_caps_no_object), RAW(version_bad_limit),
		RAW(version_text_limit), RAW(version_answer_fits),
		TEST(unknown_commands), TEST(wrong_lengths), TEST(argsz_too_small),
		TEST(unasked_answer), TEST(regions), TEST(irqs), TEST(reads_outside),
		TEST(writes_outside), TEST(odd_register_writes), TEST(write_lies_about_count),
		TEST(failed_posted_write), TEST(multi_good), TEST(multi_too_few),
		TEST(multi_overflow), TEST(multi_long_write),
		TEST(maps_refused), TEST(maps_overlap), TEST(two_files_in_one_map), TEST(unmaps),
		TEST(pipelined), TEST(set_irqs_good), TEST(set_irqs_refused), TEST(unwanted_fds),
		RAW(reconnection), RAW(random_messages),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("protocol", tests, NULL, NULL);
}
