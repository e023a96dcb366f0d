// SPDX-License-Identifier: GPL-2.0-only
/* Copies through the registers, as the driver does them, and each way they go wrong. */
#include "rig.h"

#include "../util.h"

#include <errno.h>
#include <linux/pci_regs.h>

#define SRC (GUEST_BASE + 0x10000)
#define DST (GUEST_BASE + 0x80000)
#define LEN 0x3000u

static struct rig rig;
#define C (&rig.client)

static int setup(void **state)
{
	(void)state;
	rig_start(&rig, MODEL_PTDMA);
	client_setup(C);
	return 0;
}

static int setup_through_client(void **state)
{
	(void)state;
	rig_start(&rig, MODEL_PTDMA);
	rig.dev.through_client = true;
	client_setup(C);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rig_stop(&rig);
	return 0;
}

static struct stats stats(void)
{
	return device_stats(&rig.dev);
}

static void start_copy(uint64_t src, uint64_t dst, uint32_t len)
{
	client_fill(C, src, dst, len);
	client_post(C, src, dst, len);
	client_kick(C);
}

static void copy(uint64_t src, uint64_t dst, uint32_t len)
{
	start_copy(src, dst, len);
	assert_true(client_wait_irq(C, 2000));
	assert_int_equal(client_handle_irq(C), PTDMA_INT_COMPLETION);
	assert_true(client_arrived(C, src, dst, len));
}

static void one_copy(void **state)
{
	(void)state;
	copy(SRC, DST, LEN);
	assert_int_equal(stats().descriptors, 1);
	assert_int_equal(stats().completed, 1);
	assert_int_equal(stats().bytes, LEN);
	assert_int_equal(stats().interrupts, 1);
	assert_true(stats().busy_ns > 0);
	assert_int_equal(C->dma_writes, 0);
}

static void sizes_and_maps(void **state)
{
	const uint64_t border = GUEST_BASE + GUEST_PIECE;

	(void)state;
	copy(SRC, DST, 1);
	copy(SRC + 3, DST + 5, 4095);
	copy(GUEST_BASE + 0x10000, GUEST_BASE + GUEST_PIECE + 0x100, 0xe0000); /* many chunks */
	copy(border - 0x2000, DST, 0x4000);	/* source crosses from one file to the next */
	copy(SRC, border - 0x800, 0x1000);	/* destination does */
	copy(border - 5, DST, 11);
	assert_int_equal(stats().errors, 0);
}

/* More than the ring has, so it wraps several times. */
static void ring_wraps(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++)
		copy(SRC + i * 64, DST + i * 128, 64 + i);
	assert_int_equal(stats().completed, 100);
}

static void several_outstanding(void **state)
{
	uint32_t status = 0;

	(void)state;
	copy(SRC, DST, 64); /* so that the run below wraps */
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 20; i++) {
			uint64_t src = SRC + i * 0x1000, dst = DST + i * 0x1000;

			client_fill(C, src, dst, 0x1000);
			client_post(C, src, dst, 0x1000);
		}
		client_kick(C);
		while (client_read(C, PTDMA_HEAD) != RING + C->tail_index * DESC_SIZE)
			;
		assert_true(client_wait_irq(C, 2000));
		status = client_handle_irq(C);
		assert_int_equal(status, PTDMA_INT_COMPLETION);
		for (int i = 0; i < 20; i++)
			assert_true(client_arrived(C, SRC + i * 0x1000, DST + i * 0x1000, 0x1000));
	}
	assert_int_equal(stats().completed, 61);
	assert_int_equal(stats().bytes, 64 + 60 * 0x1000);
}

/* The driver's polled path: no interrupts, status latches all the same. */
static void polled(void **state)
{
	(void)state;
	client_write(C, PTDMA_INT_ENABLE, 0);
	start_copy(SRC, DST, LEN);
	while (!client_read(C, PTDMA_INT_STATUS))
		;
	assert_int_equal(client_read(C, PTDMA_INT_STATUS), PTDMA_INT_COMPLETION);
	assert_true(client_arrived(C, SRC, DST, LEN));
	assert_false(client_wait_irq(C, 30));
	/* Enabled with a status pending, the message comes. */
	client_write(C, PTDMA_INT_ENABLE, 3);
	assert_true(client_wait_irq(C, 2000));
}

static void msi_instead(void **state)
{
	(void)state;
	assert_int_equal(client_set_irq(C, IRQ_MSIX, 0x21, 0, -1), 0);
	assert_int_equal(client_set_irq(C, IRQ_MSI, 0x24, 1, C->irq), 0);
	copy(SRC, DST, LEN);
}

static void no_bus_master(void **state)
{
	(void)state;
	client_config_write(C, PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
	start_copy(SRC, DST, LEN);
	assert_false(client_wait_irq(C, 30));
	assert_int_equal(client_guest(C, DST)[0], 0xee);
	client_config_write(C, PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 2);
	assert_true(client_wait_irq(C, 2000));
	assert_true(client_arrived(C, SRC, DST, LEN));
}

/* time */

static uint64_t timed_copies(unsigned int n, uint32_t len)
{
	uint64_t began = clock_ns(), before = stats().completed;

	for (unsigned int i = 0; i < n; i++) {
		client_post(C, SRC, DST, len);
	}
	client_kick(C);
	while (stats().completed - before < n)
		if (client_wait_irq(C, 3000))
			client_handle_irq(C);
	return clock_ns() - began;
}

/*
 * Never shorter than the model. Longer only by what the machine adds once: with an
 * error at each of the 20 it could not come close. A busy machine gets more tries.
 */
static void expect_time(uint32_t len, uint64_t model_ms)
{
	uint64_t ns, best = UINT64_MAX;

	for (int i = 0; i < 30 && best >= (model_ms + 10) * NSEC_PER_MSEC; i++) {
		ns = timed_copies(20, len);
		assert_true(ns >= model_ms * NSEC_PER_MSEC);
		best = min_u64(best, ns);
	}
	assert_true(best < (model_ms + 10) * NSEC_PER_MSEC);
}

static void bandwidth(void **state)
{
	(void)state;
	rig_command(&rig, "bandwidth 4096000");
	expect_time(0x8000, 160);
	assert_true(stats().busy_ns > 140 * NSEC_PER_MSEC);
}

static void latency(void **state)
{
	(void)state;
	rig_command(&rig, "latency 5000");
	rig_command(&rig, "bandwidth 64000000");
	expect_time(64, 100);
}

/* Whoever keeps the engine from running makes each descriptor late, not all of them later. */
static void lateness_does_not_add_up(void **state)
{
	const uint64_t model = 160 * NSEC_PER_MSEC;
	uint64_t began, ns, best = UINT64_MAX;

	(void)state;
	rig_command(&rig, "bandwidth 4096000");
	for (int i = 0; i < 30 && best > model + 30 * NSEC_PER_MSEC; i++) {
		uint64_t before = stats().completed;

		for (int n = 0; n < 20; n++)
			client_post(C, SRC, DST, 0x8000); /* 8 ms */
		began = clock_ns();
		client_kick(C);
		while (stats().completed - before < 20) {
			pthread_mutex_lock(&rig.dev.lock);
			usleep(6000);
			pthread_mutex_unlock(&rig.dev.lock);
			usleep(500);
		}
		ns = clock_ns() - began;
		assert_true(ns >= model);
		best = min_u64(best, ns);
		client_handle_irq(C);
	}
	assert_true(best <= model + 30 * NSEC_PER_MSEC);
}

/* A slow copy comes bit by bit, and the protocol goes on meanwhile. */
static void slow_copy(void **state)
{
	const uint32_t len = 0x60000; /* 3 chunks */

	(void)state;
	rig_command(&rig, "bandwidth 983040"); /* 400 ms */
	start_copy(SRC, DST, len);
	usleep(200000);
	assert_int_equal(client_read(C, PTDMA_INT_STATUS), 0);
	assert_int_equal(client_guest(C, DST + len - 1)[0], 0xee);
	assert_memory_equal(client_guest(C, SRC), client_guest(C, DST), 0x1000);
	assert_true(client_wait_irq(C, 2000));
	assert_true(client_arrived(C, SRC, DST, len));
}

/* errors */

static void expect_error(unsigned int code)
{
	uint32_t head = client_read(C, PTDMA_HEAD);

	assert_true(client_wait_irq(C, 2000));
	assert_int_equal(client_read(C, PTDMA_STATUS) & 0x3f, code);
	assert_int_equal(client_handle_irq(C), PTDMA_INT_ERROR);
	/* The head stays on the bad one, and RUN is not enough to go on. */
	client_kick(C);
	assert_false(client_wait_irq(C, 20));
	assert_int_equal(client_read(C, PTDMA_HEAD), head);
	assert_int_not_equal(head, RING + C->tail_index * DESC_SIZE);
	/* The driver moves it past. */
	client_write(C, PTDMA_HEAD, RING + C->tail_index * DESC_SIZE);
	copy(SRC, DST, LEN);
}

static void bad_addresses(void **state)
{
	(void)state;
	client_post(C, GUEST_BASE + GUEST_SIZE, DST, 64);
	client_kick(C);
	expect_error(PTDMA_ERR_READ);
	client_post(C, SRC, GUEST_BASE + GUEST_SIZE - 32, 64);
	client_kick(C);
	expect_error(PTDMA_ERR_WRITE);
	client_post(C, SRC, 0xffffffffffe0ull, 64);
	client_kick(C);
	expect_error(PTDMA_ERR_WRITE);
	client_post(C, SRC, DST, UINT32_MAX);
	client_kick(C);
	expect_error(PTDMA_ERR_WRITE); /* the destination ends first */
	assert_int_equal(stats().errors, 4);
	assert_int_equal(stats().completed, 4);
}

static void bad_descriptors(void **state)
{
	uint32_t *desc;

	(void)state;
	client_post(C, SRC, DST, 0);
	client_kick(C);
	expect_error(PTDMA_ERR_LENGTH);
	desc = (uint32_t *)client_guest(C, RING + C->tail_index * DESC_SIZE);
	client_post(C, SRC, DST, 64);
	desc[0] = 0x400012;
	client_kick(C);
	expect_error(PTDMA_ERR_ENGINE);
	desc = (uint32_t *)client_guest(C, RING + C->tail_index * DESC_SIZE);
	client_post(C, SRC, DST, 64);
	desc[3] |= 1 << 16;
	client_kick(C);
	expect_error(PTDMA_ERR_MEMORY);
}

static void bad_ring(void **state)
{
	(void)state;
	client_write(C, PTDMA_CONTROL, 0);
	client_write(C, PTDMA_HEAD, 0x40000000); /* nothing is mapped there */
	client_write(C, PTDMA_TAIL, 0x40000020);
	client_write(C, PTDMA_CONTROL, 0x21);
	assert_true(client_wait_irq(C, 2000));
	assert_int_equal(client_read(C, PTDMA_STATUS), PTDMA_ERR_ADDRESS);
	assert_int_equal(client_handle_irq(C), PTDMA_INT_ERROR);
	client_write(C, PTDMA_CONTROL, 0);
	client_probe(C);
	copy(SRC, DST, LEN);
}

static void injected_errors(void **state)
{
	int errors = 0;

	(void)state;
	rig_command(&rig, "error every 7 code 19");
	for (int i = 0; i < 21; i++) {
		start_copy(SRC, DST, LEN);
		assert_true(client_wait_irq(C, 2000));
		if (client_read(C, PTDMA_INT_STATUS) & PTDMA_INT_ERROR) {
			assert_int_equal(client_read(C, PTDMA_STATUS), 19);
			assert_false(client_arrived(C, SRC, DST, LEN));
			client_write(C, PTDMA_HEAD, RING + C->tail_index * DESC_SIZE);
			assert_int_equal(i % 7, 6);
			errors++;
		}
		client_handle_irq(C);
	}
	assert_int_equal(errors, 3);
	rig_command(&rig, "error next");
	start_copy(SRC, DST, LEN);
	expect_error(20);
	rig_command(&rig, "error off");
	for (int i = 0; i < 10; i++)
		copy(SRC, DST, LEN);
	assert_int_equal(stats().errors_injected, 4);
	assert_int_equal(stats().errors, 0);
	assert_int_equal(stats().descriptors, 33);
	assert_int_equal(stats().completed, 29);
	assert_int_equal(stats().bytes, 29 * LEN);
}

/* An error in the middle of a run: the ones behind it wait for the head to move. */
static void error_among_several(void **state)
{
	(void)state;
	rig_command(&rig, "error every 2");
	for (int i = 0; i < 3; i++) {
		client_fill(C, SRC + i * LEN, DST + i * LEN, LEN);
		client_post(C, SRC + i * LEN, DST + i * LEN, LEN);
	}
	client_kick(C);
	while (!(client_read(C, PTDMA_INT_STATUS) & PTDMA_INT_ERROR))
		;
	assert_int_equal(client_read(C, PTDMA_HEAD), RING + DESC_SIZE);
	assert_true(client_arrived(C, SRC, DST, LEN));
	assert_false(client_arrived(C, SRC + LEN, DST + LEN, LEN));
	assert_int_equal(client_guest(C, DST + 2 * LEN)[0], 0xee);
	client_handle_irq(C);
	rig_command(&rig, "error off");
	client_write(C, PTDMA_HEAD, RING + 2 * DESC_SIZE);
	while (client_read(C, PTDMA_HEAD) != RING + 3 * DESC_SIZE)
		;
	assert_true(client_arrived(C, SRC + 2 * LEN, DST + 2 * LEN, LEN));
}

/* stop, hang, late */

#define STOP_INTS (PTDMA_INT_COMPLETION | PTDMA_INT_ERROR | PTDMA_INT_STOPPED)

static void stop(void)
{
	client_write(C, PTDMA_INT_ENABLE, STOP_INTS);
	client_write(C, PTDMA_CONTROL, 4 << 3);
}

static bool stopped_within(int ms)
{
	uint64_t end = clock_ns() + ms * NSEC_PER_MSEC;

	do {
		if (client_read(C, PTDMA_INT_STATUS) & PTDMA_INT_STOPPED)
			return true;
	} while (clock_ns() < end);
	return false;
}

static void stop_when_idle(void **state)
{
	(void)state;
	copy(SRC, DST, LEN);
	client_write(C, PTDMA_CONTROL, 4 << 3);
	assert_int_equal(client_read(C, PTDMA_INT_STATUS), 0); /* only when enabled */
	stop();
	assert_true(stopped_within(0));
	assert_int_equal(client_handle_irq(C), PTDMA_INT_STOPPED);
	copy(SRC, DST, LEN);
}

static void stop_after_the_running_one(void **state)
{
	(void)state;
	rig_command(&rig, "latency 150000");
	for (int i = 0; i < 2; i++) {
		client_fill(C, SRC + i * LEN, DST + i * LEN, LEN);
		client_post(C, SRC + i * LEN, DST + i * LEN, LEN);
	}
	client_kick(C);
	rig_wait_begun(&rig, 1);
	stop();
	assert_false(stopped_within(0));
	assert_true(stopped_within(2000));
	assert_int_equal(client_handle_irq(C), PTDMA_INT_STOPPED | PTDMA_INT_COMPLETION);
	assert_true(client_arrived(C, SRC, DST, LEN));
	usleep(200000);
	assert_int_equal(client_guest(C, DST + LEN)[0], 0xee);
	assert_int_equal(client_read(C, PTDMA_HEAD), RING + DESC_SIZE);
	/* RUN goes on where it halted. */
	client_kick(C);
	while (!client_read(C, PTDMA_INT_STATUS))
		;
	assert_true(client_arrived(C, SRC + LEN, DST + LEN, LEN));
}

static void hang_and_stop(void **state)
{
	(void)state;
	rig_command(&rig, "hang next");
	start_copy(SRC, DST, LEN);
	assert_false(client_wait_irq(C, 60));
	assert_int_equal(client_read(C, PTDMA_HEAD), RING);
	stop();
	assert_true(stopped_within(500));
	assert_int_equal(client_handle_irq(C), PTDMA_INT_STOPPED);
	/* Aborted: it is not written later either, and the next one works. */
	client_write(C, PTDMA_HEAD, RING + C->tail_index * DESC_SIZE);
	copy(SRC + LEN, DST + LEN, LEN);
	usleep(20000);
	assert_int_equal(client_guest(C, DST)[0], 0xee);
	assert_int_equal(client_guest(C, DST)[LEN - 1], 0xee);
	assert_int_equal(stats().hangs_injected, 1);
	assert_int_equal(stats().late_writes, 0);
	assert_int_equal(stats().completed, 1);
}

static void late_write(void **state)
{
	uint64_t began;

	(void)state;
	rig_command(&rig, "hang next");
	rig_command(&rig, "late 300");
	began = clock_ns();
	start_copy(SRC, DST, LEN);
	rig_wait_begun(&rig, 1);
	stop();
	assert_false(stopped_within(30));
	assert_int_equal(client_guest(C, DST)[0], 0xee);
	assert_true(stopped_within(2000));
	assert_true(clock_ns() - began >= 300 * NSEC_PER_MSEC);
	assert_true(client_arrived(C, SRC, DST, LEN));
	assert_int_equal(client_handle_irq(C), PTDMA_INT_STOPPED | PTDMA_INT_COMPLETION);
	assert_int_equal(stats().hangs_injected, 1);
	assert_int_equal(stats().late_writes, 1);
	assert_int_equal(stats().bytes, LEN);
	copy(SRC, DST, LEN);
}

static void late_without_stop(void **state)
{
	(void)state;
	rig_command(&rig, "hang every 1");
	rig_command(&rig, "late 30");
	start_copy(SRC, DST, LEN);
	assert_false(client_wait_irq(C, 15));
	assert_true(client_wait_irq(C, 2000));
	assert_int_equal(client_handle_irq(C), PTDMA_INT_COMPLETION);
	assert_true(client_arrived(C, SRC, DST, LEN));
}

/* interrupts, lies, death */

static void lost_interrupt(void **state)
{
	(void)state;
	rig_command(&rig, "lost-irq every 2");
	copy(SRC, DST, LEN);
	start_copy(SRC, DST, LEN);
	assert_false(client_wait_irq(C, 60));
	assert_int_equal(client_handle_irq(C), PTDMA_INT_COMPLETION);
	assert_true(client_arrived(C, SRC, DST, LEN));
	assert_int_equal(stats().lost_interrupts, 1);
	assert_int_equal(stats().interrupts, 1);
	rig_command(&rig, "lost-irq off");
	copy(SRC, DST, LEN);
}

static void flipped_bit(void **state)
{
	unsigned int wrong = 0;

	(void)state;
	rig_command(&rig, "flip every 3");
	copy(SRC, DST, LEN);
	copy(SRC, DST, LEN);
	start_copy(SRC, DST, LEN);
	assert_true(client_wait_irq(C, 2000));
	assert_int_equal(client_handle_irq(C), PTDMA_INT_COMPLETION);
	for (uint32_t i = 0; i < LEN; i++)
		wrong += __builtin_popcount(client_guest(C, SRC)[i] ^ client_guest(C, DST)[i]);
	assert_int_equal(wrong, 1);
	assert_int_equal(stats().flips, 1);
	assert_int_equal(stats().completed, 3);
}

static void dead_device(void **state)
{
	(void)state;
	rig_command(&rig, "latency 200000");
	start_copy(SRC, DST, LEN);
	rig_wait_begun(&rig, 1);
	rig_command(&rig, "dead on");
	assert_int_equal(client_read(C, PTDMA_INT_STATUS), UINT32_MAX);
	assert_int_equal(client_read(C, PTDMA_STATUS), UINT32_MAX);
	assert_int_equal(client_config_read(C, PCI_VENDOR_ID), UINT32_MAX);
	client_kick(C);
	assert_false(client_wait_irq(C, 250));
	assert_int_equal(client_guest(C, DST)[0], 0xee);
	rig_command(&rig, "dead off");
	rig_command(&rig, "latency 0");
	assert_int_equal(client_read(C, PTDMA_CONTROL), PTDMA_HALT);
	assert_int_equal(client_read(C, PTDMA_TAIL), 0);
	assert_false(client_wait_irq(C, 20));
	client_probe(C);
	copy(SRC, DST, LEN);
}

/* memory and registers taken away during a copy */

static void unmap_while_copying(void **state)
{
	(void)state;
	rig_command(&rig, "bandwidth 2000000");
	start_copy(SRC, GUEST_BASE + GUEST_PIECE, 0xe0000);
	rig_wait_begun(&rig, 1);
	assert_int_equal(client_unmap(C, GUEST_BASE + GUEST_PIECE, GUEST_PIECE), 0);
	expect_error(PTDMA_ERR_WRITE);
	assert_int_equal(stats().errors, 1);
}

/* No setup function: cmocka takes the SIGBUS handler away between it and the test. */
static void file_shrinks(void **state)
{
	setup(state);
	assert_return_code(ftruncate(C->memfd[1], GUEST_PIECE + 4096), errno);
	client_post(C, GUEST_BASE + GUEST_PIECE, DST, 0x8000);
	client_kick(C);
	expect_error(PTDMA_ERR_READ);
	client_post(C, SRC, GUEST_BASE + GUEST_PIECE, 0x8000);
	client_kick(C);
	expect_error(PTDMA_ERR_WRITE);
}

static void reset_while_copying(void **state)
{
	(void)state;
	rig_command(&rig, "latency 200000");
	start_copy(SRC, DST, LEN);
	rig_wait_begun(&rig, 1);
	assert_int_equal(client_reset(C), 0);
	assert_false(client_wait_irq(C, 250));
	assert_int_equal(client_guest(C, DST)[0], 0xee);
	assert_int_equal(client_read(C, PTDMA_INT_ENABLE), 0);
	rig_command(&rig, "latency 0");
	client_config_write(C, PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 2);
	client_probe(C);
	copy(SRC, DST, LEN);
}

static void gone_while_copying(void **state)
{
	(void)state;
	rig_command(&rig, "bandwidth 2000000");
	start_copy(SRC, GUEST_BASE + GUEST_PIECE, 0xe0000);
	rig_wait_begun(&rig, 1);
	rig_reconnect(&rig);
	assert_int_equal(stats().completed, 0);
	rig_command(&rig, "bandwidth 0");
	client_setup(C);
	copy(SRC, DST, LEN);
}

static void gone_while_hung(void **state)
{
	(void)state;
	rig_command(&rig, "hang next");
	start_copy(SRC, DST, LEN);
	assert_false(client_wait_irq(C, 20));
	rig_reconnect(&rig);
	client_setup(C);
	copy(SRC, DST, LEN);
}

/* the same through the client's own hands */

static void through_client(void **state)
{
	(void)state;
	copy(SRC, DST, LEN);
	assert_int_equal(C->dma_writes, 1);
	copy(SRC, GUEST_BASE + GUEST_PIECE - 0x2000, 0x28000); /* 64 KiB are allowed at a time */
	assert_int_equal(C->dma_writes, 4);
	rig_command(&rig, "flip every 1");
	start_copy(SRC, DST, LEN);
	assert_true(client_wait_irq(C, 2000));
	client_handle_irq(C);
	assert_false(client_arrived(C, SRC, DST, LEN));
}

static void through_client_refused(void **state)
{
	(void)state;
	C->dma_write_error = EFAULT;
	start_copy(SRC, DST, LEN);
	assert_true(client_wait_irq(C, 2000));
	C->dma_write_error = 0;
	assert_int_equal(client_read(C, PTDMA_STATUS), PTDMA_ERR_WRITE);
	client_handle_irq(C);
	client_write(C, PTDMA_HEAD, RING + C->tail_index * DESC_SIZE);
	copy(SRC, DST, LEN);
}

/* The client wants something answered before it answers: an unmap of all things. */
static void through_client_unmap_first(void **state)
{
	struct wire_dma_unmap unmap = { sizeof(unmap), 0, GUEST_BASE, GUEST_PIECE };
	uint16_t id;
	size_t len;

	(void)state;
	start_copy(SRC, DST, 0x80000);
	rig_wait_begun(&rig, 1);
	usleep(30000); /* its DMA_WRITE lies in our socket, not taken */
	id = client_send(C, WIRE_DMA_UNMAP, 0, &unmap, sizeof(unmap), NULL, 0);
	usleep(30000);
	assert_int_equal(rig_maps(&rig), 1);
	assert_int_equal(client_answer(C, id, &unmap, sizeof(unmap), &len), 0);
	assert_true(client_wait_irq(C, 2000));
	assert_int_equal(client_read(C, PTDMA_STATUS), PTDMA_ERR_READ);
}

static void through_client_gone(void **state)
{
	(void)state;
	start_copy(SRC, DST, LEN);
	rig_wait_begun(&rig, 1);
	usleep(30000); /* never answered */
	rig_reconnect(&rig);
	client_setup(C);
	copy(SRC, DST, LEN);
}

static void through_client_reset(void **state)
{
	(void)state;
	start_copy(SRC, DST, LEN);
	rig_wait_begun(&rig, 1);
	usleep(30000);
	assert_int_equal(client_reset(C), 0);
	assert_false(client_wait_irq(C, 30));
	client_config_write(C, PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 2);
	client_probe(C);
	copy(SRC, DST, LEN);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
#define THROUGH(f) cmocka_unit_test_setup_teardown(f, setup_through_client, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_copy), TEST(sizes_and_maps), TEST(ring_wraps), TEST(several_outstanding),
		TEST(polled), TEST(msi_instead), TEST(no_bus_master),
		TEST(bandwidth), TEST(latency), TEST(lateness_does_not_add_up), TEST(slow_copy),
		TEST(bad_addresses), TEST(bad_descriptors), TEST(bad_ring), TEST(injected_errors),
		TEST(error_among_several),
		TEST(stop_when_idle), TEST(stop_after_the_running_one), TEST(hang_and_stop),
		TEST(late_write), TEST(late_without_stop),
		TEST(lost_interrupt), TEST(flipped_bit), TEST(dead_device),
		TEST(unmap_while_copying), cmocka_unit_test_teardown(file_shrinks, teardown),
		TEST(reset_while_copying),
		TEST(gone_while_copying), TEST(gone_while_hung),
		THROUGH(through_client), THROUGH(through_client_refused),
		THROUGH(through_client_unmap_first), THROUGH(through_client_gone),
		THROUGH(through_client_reset),
	};

	return cmocka_run_group_tests_name("copies", tests, NULL, NULL);
}
