// SPDX-License-Identifier: GPL-2.0-only
/* An AE4DMA: queues that know nothing of each other, each with its vector and its ring. */
#include "rig.h"

#include "../util.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <sys/eventfd.h>

#define ENTRIES 32u
#define SRC(n) (GUEST_BASE + 0x10000 + (n) * 0x4000)
#define DST(n) (GUEST_BASE + 0x80000 + (n) * 0x4000)
#define LEN 0x3000u

/* descriptor word 0 */
#define STOP 1u
#define INTERRUPT 2u

static struct rig rig;
#define C (&rig.client)

static int irq[AE4DMA_QUEUES];
static uint32_t tail[AE4DMA_QUEUES];

static uint64_t ring(unsigned int q)
{
	return GUEST_BASE + 0x1000 + q * ENTRIES * DESC_SIZE;
}

static uint32_t get(unsigned int q, uint32_t offset)
{
	return client_read(C, AE4DMA_QUEUE(q) + offset);
}

static void set(unsigned int q, uint32_t offset, uint32_t value)
{
	client_write(C, AE4DMA_QUEUE(q) + offset, value);
}

static int set_vectors(uint32_t irqs, uint32_t start, uint32_t count, const int *fds, unsigned int n)
{
	struct wire_set_irqs body = {
		sizeof(body), WIRE_IRQ_DATA_EVENTFD | WIRE_IRQ_TRIGGER, irqs, start, count,
	};

	return client_call(C, WIRE_SET_IRQS, &body, sizeof(body), sizeof(body), fds, n);
}

/* As the kernel's driver does it. */
static void probe(unsigned int queues)
{
	client_config_write(C, PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 2);
	client_write(C, AE4DMA_COMMON, queues);
	for (unsigned int q = 0; q < queues; q++) {
		set(q, AE4DMA_MAX_IDX, ENTRIES);
		set(q, AE4DMA_BASE_LO, ring(q));
		set(q, AE4DMA_BASE_HI, ring(q) >> 32);
		tail[q] = 0;
	}
}

static void connected(void)
{
	C->registers = REGION_BAR0;
	client_version(C);
	client_map_guest(C);
	/* QEMU sends what is enabled first, and each vector when it is used. */
	assert_int_equal(set_vectors(IRQ_MSIX, 0, 1, NULL, 0), 0);
	for (unsigned int q = 0; q < AE4DMA_QUEUES; q++)
		assert_int_equal(set_vectors(IRQ_MSIX, q, 1, &irq[q], 1), 0);
	probe(AE4DMA_QUEUES);
}

static int setup(void **state)
{
	(void)state;
	for (unsigned int q = 0; q < AE4DMA_QUEUES; q++)
		irq[q] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	rig_start(&rig, MODEL_AE4DMA);
	connected();
	return 0;
}

static int setup_through_client(void **state)
{
	setup(state);
	pthread_mutex_lock(&rig.dev.lock);
	rig.dev.through_client = true;
	pthread_mutex_unlock(&rig.dev.lock);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rig_stop(&rig);
	for (unsigned int q = 0; q < AE4DMA_QUEUES; q++)
		close(irq[q]);
	return 0;
}

static struct stats stats(void)
{
	return device_stats(&rig.dev);
}

static uint32_t *descriptor(unsigned int q, uint32_t index)
{
	return (uint32_t *)client_guest(C, ring(q) + index * DESC_SIZE);
}

/* Status and error code as the engine wrote them. */
static unsigned int status(unsigned int q, uint32_t index)
{
	return descriptor(q, index)[1] & 0xff;
}

static unsigned int code(unsigned int q, uint32_t index)
{
	return descriptor(q, index)[1] >> 8 & 0xff;
}

/* Puts a descriptor into the next slot; its index. The doorbell is kick(). */
static uint32_t post(unsigned int q, uint64_t src, uint64_t dst, uint32_t len)
{
	uint32_t desc[8] = {
		INTERRUPT, 0xabcd0000, len, 0, src, src >> 32, dst, dst >> 32,
	};
	uint32_t index = tail[q];

	memcpy(descriptor(q, index), desc, sizeof(desc));
	tail[q] = (index + 1) % ENTRIES;
	return index;
}

static void kick(unsigned int q)
{
	set(q, AE4DMA_WRITE_IDX, tail[q]);
}

static uint32_t start_copy(unsigned int q, unsigned int n)
{
	uint32_t index;

	client_fill(C, SRC(n), DST(n), LEN);
	index = post(q, SRC(n), DST(n), LEN);
	kick(q);
	return index;
}

static bool wait_irq(unsigned int q, int ms)
{
	return client_wait(C, irq[q], ms);
}

/* As the driver's handler; whether there was something. */
static bool handle_irq(unsigned int q)
{
	uint32_t pending = get(q, AE4DMA_INT_STATUS);

	if (pending & 1)
		set(q, AE4DMA_INT_STATUS, pending & ~1u);
	return pending & 1;
}

static void copy(unsigned int q, unsigned int n)
{
	uint32_t index = start_copy(q, n);

	assert_true(wait_irq(q, 2000));
	assert_true(handle_irq(q));
	assert_int_equal(get(q, AE4DMA_READ_IDX), tail[q]);
	assert_int_equal(status(q, index), AE4DMA_COMPLETED);
	assert_int_equal(code(q, index), 0);
	assert_int_equal(descriptor(q, index)[1] >> 16, 0xabcd); /* the driver's own */
	assert_true(client_arrived(C, SRC(n), DST(n), LEN));
}

static void each_queue(void **state)
{
	(void)state;
	for (unsigned int q = 0; q < AE4DMA_QUEUES; q++)
		copy(q, q);
	assert_int_equal(stats().completed, AE4DMA_QUEUES);
	assert_int_equal(stats().bytes, AE4DMA_QUEUES * LEN);
	assert_int_equal(stats().interrupts, AE4DMA_QUEUES);
	assert_int_equal(stats().errors, 0);
	assert_int_equal(rig_log_lines(&rig), 0);
}

static void rings_wrap(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 3 * ENTRIES; i++)
		copy(i % 3, i % 16);
	assert_int_equal(stats().completed, 3 * ENTRIES);
}

/* All of them at the same time take as long as one: twice as long would be one after the other. */
static void side_by_side(void **state)
{
	const uint64_t model = 200 * NSEC_PER_MSEC;
	uint64_t began, ns, best = UINT64_MAX;

	(void)state;
	rig_command(&rig, "bandwidth 61440"); /* LEN: 200 ms */
	for (int i = 0; i < 5 && best >= 2 * model; i++) {
		began = clock_ns();
		for (unsigned int q = 0; q < AE4DMA_QUEUES; q++)
			start_copy(q, q);
		for (unsigned int q = 0; q < AE4DMA_QUEUES; q++) {
			assert_true(wait_irq(q, 5000));
			assert_true(handle_irq(q));
		}
		ns = clock_ns() - began;
		assert_true(ns >= model);
		best = min_u64(best, ns);
	}
	assert_true(best < 2 * model);
	for (unsigned int q = 0; q < AE4DMA_QUEUES; q++)
		assert_true(client_arrived(C, SRC(q), DST(q), LEN));
}

/* The driver says how many it uses. */
static void unused_queue(void **state)
{
	(void)state;
	client_write(C, AE4DMA_COMMON, 2);
	copy(1, 0);
	start_copy(2, 1);
	assert_false(wait_irq(2, 30));
	assert_int_equal(get(2, AE4DMA_READ_IDX), 0);
	assert_int_equal(get(2, AE4DMA_STATUS), AE4DMA_WORKING);
	client_write(C, AE4DMA_COMMON, UINT32_MAX);
	assert_int_equal(client_read(C, AE4DMA_COMMON), AE4DMA_QUEUES);
	assert_true(wait_irq(2, 2000));
	assert_true(client_arrived(C, SRC(1), DST(1), LEN));
}

/* What was not acknowledged stands for what comes after it. */
static void one_message_until_acknowledged(void **state)
{
	(void)state;
	start_copy(0, 0);
	assert_true(wait_irq(0, 2000));
	start_copy(0, 1);
	assert_false(wait_irq(0, 50));
	assert_int_equal(get(0, AE4DMA_READ_IDX), 2);
	assert_true(handle_irq(0));
	assert_false(handle_irq(0));
	copy(0, 2);
	assert_int_equal(stats().interrupts, 2);
}

static void silent_descriptor(void **state)
{
	(void)state;
	client_fill(C, SRC(0), DST(0), LEN);
	descriptor(0, post(0, SRC(0), DST(0), LEN))[0] = 0;
	kick(0);
	while (get(0, AE4DMA_READ_IDX) != 1)
		;
	assert_false(wait_irq(0, 30));
	assert_int_equal(status(0, 0), AE4DMA_COMPLETED);
}

/* A descriptor that halts its queue */
static void stopping_descriptor(void **state)
{
	(void)state;
	client_fill(C, SRC(0), DST(0), LEN);
	client_fill(C, SRC(1), DST(1), LEN);
	descriptor(0, post(0, SRC(0), DST(0), LEN))[0] |= STOP;
	post(0, SRC(1), DST(1), LEN);
	kick(0);
	assert_true(wait_irq(0, 2000));
	assert_int_equal(get(0, AE4DMA_STATUS), AE4DMA_STOPPED);
	assert_true(handle_irq(0));
	assert_false(wait_irq(0, 30));
	assert_int_equal(client_guest(C, DST(1))[0], 0xee);
	set(0, AE4DMA_CONTROL, AE4DMA_ENABLE);
	assert_true(wait_irq(0, 2000));
	assert_true(client_arrived(C, SRC(1), DST(1), LEN));
}

static void vectors(void **state)
{
	int many[2] = { irq[4], irq[5] }, wrong[2] = { irq[4], C->memfd[0] };

	(void)state;
	assert_int_equal(set_vectors(IRQ_MSIX, 4, 2, many, 2), 0);
	assert_int_equal(set_vectors(IRQ_MSIX, 4, 2, wrong, 2), EBADF);
	assert_int_equal(set_vectors(IRQ_MSIX, 4, 3, many, 2), EINVAL);
	assert_int_equal(set_vectors(IRQ_MSIX, 15, 2, many, 2), EINVAL);
	assert_int_equal(set_vectors(IRQ_MSI, 0, 2, many, 2), EINVAL);
	copy(5, 0);
	/* A vector without an eventfd: not in use any more */
	assert_int_equal(set_vectors(IRQ_MSIX, 4, 2, NULL, 0), 0);
	start_copy(4, 0);
	assert_false(wait_irq(4, 30));
	copy(6, 0);
	/* MSI has one for all */
	assert_int_equal(client_set_irq(C, IRQ_MSIX, WIRE_IRQ_DATA_NONE | WIRE_IRQ_TRIGGER, 0, -1),
			 0);
	assert_int_equal(client_set_irq(C, IRQ_MSI, WIRE_IRQ_DATA_EVENTFD | WIRE_IRQ_TRIGGER, 1,
					C->irq), 0);
	start_copy(7, 1);
	assert_true(client_wait_irq(C, 2000));
	start_copy(8, 2);
	assert_true(client_wait_irq(C, 2000));
}

/* errors */

static void expect_error(unsigned int q, uint32_t index, unsigned int wanted)
{
	kick(q);
	assert_true(wait_irq(q, 2000));
	assert_true(handle_irq(q));
	assert_int_equal(get(q, AE4DMA_READ_IDX), tail[q]);
	assert_int_equal(status(q, index), AE4DMA_ERROR);
	assert_int_equal(code(q, index), wanted);
	copy(q, 15); /* and goes on */
}

static void bad_descriptors(void **state)
{
	uint32_t index;

	(void)state;
	expect_error(3, post(3, SRC(0), DST(0), 0), AE4DMA_ERR_LENGTH);
	expect_error(3, post(3, SRC(0), DST(0), 66), AE4DMA_ERR_LENGTH);
	expect_error(3, post(3, SRC(0) + 2, DST(0), 64), AE4DMA_ERR_SOURCE);
	expect_error(3, post(3, SRC(0), DST(0) + 1, 64), AE4DMA_ERR_DESTINATION);
	index = post(3, SRC(0), DST(0), 64);
	descriptor(3, index)[0] |= 0x40;
	expect_error(3, index, AE4DMA_ERR_HEADER);
	index = post(3, SRC(0), DST(0), 64);
	descriptor(3, index)[1] |= AE4DMA_COMPLETED;
	expect_error(3, index, AE4DMA_ERR_STATUS);
	expect_error(3, post(3, GUEST_BASE + GUEST_SIZE, DST(0), 64), AE4DMA_ERR_READ);
	expect_error(3, post(3, SRC(0), GUEST_BASE + GUEST_SIZE - 32, 64), AE4DMA_ERR_WRITE);
	assert_int_equal(stats().errors, 8);
	assert_int_equal(stats().completed, 8);
}

static void bad_ring(void **state)
{
	(void)state;
	set(1, AE4DMA_BASE_HI, 0x40);
	start_copy(1, 0);
	assert_true(wait_irq(1, 2000));
	assert_int_equal(get(1, AE4DMA_STATUS), AE4DMA_FAILED);
	assert_int_equal(get(1, AE4DMA_READ_IDX), 0);
	copy(2, 1);
	/* Enabled anew, with a ring that is there */
	assert_true(handle_irq(1));
	set(1, AE4DMA_CONTROL, 0);
	assert_int_equal(get(1, AE4DMA_STATUS), AE4DMA_STOPPED);
	set(1, AE4DMA_BASE_HI, 0);
	set(1, AE4DMA_CONTROL, AE4DMA_ENABLE);
	assert_true(wait_irq(1, 2000));
	assert_true(client_arrived(C, SRC(0), DST(0), LEN));
	assert_int_equal(stats().errors, 1);
}

static void impossible_indices(void **state)
{
	(void)state;
	set(0, AE4DMA_WRITE_IDX, ENTRIES);
	set(0, AE4DMA_MAX_IDX, 1);
	set(0, AE4DMA_MAX_IDX, QUEUE_MAX_ENTRIES + 1);
	assert_int_equal(get(0, AE4DMA_WRITE_IDX), 0);
	assert_int_equal(get(0, AE4DMA_MAX_IDX), ENTRIES);
	assert_int_equal(rig_log_lines(&rig), 3);
	copy(0, 0);
}

static void registers(void **state)
{
	(void)state;
	assert_int_equal(client_config_read(C, PCI_VENDOR_ID), 0x149b1022);
	set(0, AE4DMA_READ_IDX, 5); /* the engine's */
	set(0, AE4DMA_STATUS, 5);
	assert_int_equal(get(0, AE4DMA_READ_IDX), 0);
	assert_int_equal(get(0, AE4DMA_STATUS), AE4DMA_EMPTY);
	assert_int_equal(get(0, AE4DMA_CONTROL), AE4DMA_ENABLE);
	client_write(C, 0x800, 0x55); /* nothing is there */
	assert_int_equal(client_read(C, 0x800), 0);
	client_write(C, 0x04, 0x55);
	assert_int_equal(client_read(C, 0x04), 0);
	rig_command(&rig, "hang next");
	for (unsigned int i = 0; i + 1 < ENTRIES; i++)
		post(0, SRC(0), DST(0), LEN);
	kick(0);
	assert_int_equal(get(0, AE4DMA_STATUS), AE4DMA_FULL);
}

/* faults in one queue */

static void injected_in_one_queue(void **state)
{
	uint32_t index;

	(void)state;
	rig_command(&rig, "queue 2");
	rig_command(&rig, "error every 1 code 200");
	copy(1, 0);
	client_fill(C, SRC(1), DST(1), LEN);
	index = post(2, SRC(1), DST(1), LEN);
	kick(2);
	assert_true(wait_irq(2, 2000));
	assert_int_equal(status(2, index), AE4DMA_ERROR);
	assert_int_equal(code(2, index), 200);
	assert_false(client_arrived(C, SRC(1), DST(1), LEN));
	rig_command(&rig, "error off");
	rig_command(&rig, "lost-irq every 1");
	assert_true(handle_irq(2));
	start_copy(2, 1);
	assert_false(wait_irq(2, 50));
	assert_int_equal(get(2, AE4DMA_READ_IDX), 2);
	copy(3, 2);
	assert_int_equal(stats().errors_injected, 1);
	assert_int_equal(stats().lost_interrupts, 1);
}

/* The interrupt of a later queue comes, that of an earlier one does not. */
static void hang_in_one_queue(void **state)
{
	(void)state;
	rig_command(&rig, "queue 0");
	rig_command(&rig, "hang next");
	start_copy(0, 0);
	copy(1, 1);
	copy(2, 2);
	assert_false(wait_irq(0, 30));
	assert_int_equal(get(0, AE4DMA_READ_IDX), 0);
	set(0, AE4DMA_CONTROL, 0);
	while (get(0, AE4DMA_STATUS) != AE4DMA_STOPPED)
		;
	copy(1, 3);
	/* The driver drops it: a write index where the engine stands. */
	tail[0] = get(0, AE4DMA_READ_IDX);
	kick(0);
	set(0, AE4DMA_CONTROL, AE4DMA_ENABLE);
	copy(0, 4);
	assert_int_equal(client_guest(C, DST(0))[0], 0xee);
	assert_int_equal(stats().hangs_injected, 1);
	assert_int_equal(stats().late_writes, 0);
}

static void stop_after_the_running_one(void **state)
{
	(void)state;
	rig_command(&rig, "latency 150000");
	start_copy(0, 0);
	start_copy(0, 1);
	rig_wait_begun(&rig, 1);
	set(0, AE4DMA_CONTROL, 0);
	assert_int_not_equal(get(0, AE4DMA_STATUS), AE4DMA_STOPPED);
	assert_true(wait_irq(0, 2000));
	while (get(0, AE4DMA_STATUS) != AE4DMA_STOPPED)
		;
	assert_true(client_arrived(C, SRC(0), DST(0), LEN));
	usleep(200000);
	assert_int_equal(client_guest(C, DST(1))[0], 0xee);
	assert_true(handle_irq(0));
	set(0, AE4DMA_CONTROL, AE4DMA_ENABLE);
	assert_true(wait_irq(0, 2000));
	assert_true(client_arrived(C, SRC(1), DST(1), LEN));
}

static void late_in_one_queue(void **state)
{
	(void)state;
	rig_command(&rig, "queue 0");
	rig_command(&rig, "hang next");
	rig_command(&rig, "late 1000");
	start_copy(0, 0);
	copy(1, 1);
	rig_wait_begun(&rig, 2);
	set(0, AE4DMA_CONTROL, 0);
	usleep(20000);
	assert_int_not_equal(get(0, AE4DMA_STATUS), AE4DMA_STOPPED);
	assert_int_equal(client_guest(C, DST(0))[0], 0xee);
	assert_true(wait_irq(0, 2000));
	assert_int_equal(get(0, AE4DMA_STATUS), AE4DMA_STOPPED);
	assert_true(client_arrived(C, SRC(0), DST(0), LEN));
	assert_int_equal(stats().late_writes, 1);
}

/* order */

/* The newest goes first, and the index does not move before the oldest is done. */
static void reordered(void **state)
{
	(void)state;
	rig_command(&rig, "reorder on");
	rig_command(&rig, "latency 60000");
	for (unsigned int i = 0; i < 8; i++) {
		client_fill(C, SRC(i), DST(i), LEN);
		post(0, SRC(i), DST(i), LEN);
	}
	kick(0);
	for (unsigned int i = 8; i-- > 1;) {
		assert_true(wait_irq(0, 2000));
		assert_int_equal(status(0, i), AE4DMA_COMPLETED);
		assert_int_equal(status(0, 0), 0);
		assert_int_equal(get(0, AE4DMA_READ_IDX), 0);
		assert_true(handle_irq(0));
	}
	assert_true(wait_irq(0, 2000));
	assert_int_equal(get(0, AE4DMA_READ_IDX), 8);
	for (unsigned int i = 0; i < 8; i++) {
		assert_int_equal(status(0, i), AE4DMA_COMPLETED);
		assert_true(client_arrived(C, SRC(i), DST(i), LEN));
	}
	assert_int_equal(stats().reordered, 7);
	/* over the end of the ring, more than once */
	assert_true(handle_irq(0));
	rig_command(&rig, "latency 0");
	for (unsigned int round = 0; round < 20; round++) {
		for (unsigned int i = 0; i < 5; i++)
			post(0, SRC(i), DST(i), LEN);
		kick(0);
		while (get(0, AE4DMA_READ_IDX) != tail[0])
			;
	}
	assert_int_equal(stats().completed, 108);
	rig_command(&rig, "reorder off");
}

static void in_order(void **state)
{
	(void)state;
	rig_command(&rig, "latency 5000");
	for (unsigned int i = 0; i < 8; i++)
		post(0, SRC(i), DST(i), LEN);
	kick(0);
	while (get(0, AE4DMA_READ_IDX) != 8)
		;
	assert_int_equal(stats().reordered, 0);
}

/* What was done before an older one is not done again, unless a stopped queue is told to. */
static void reordered_and_stopped(void **state)
{
	(void)state;
	rig_command(&rig, "reorder on");
	rig_command(&rig, "latency 50000");
	for (unsigned int i = 0; i < 3; i++) {
		client_fill(C, SRC(i), DST(i), LEN);
		post(0, SRC(i), DST(i), LEN);
	}
	kick(0);
	assert_true(wait_irq(0, 2000));
	set(0, AE4DMA_CONTROL, 0);
	while (get(0, AE4DMA_STATUS) != AE4DMA_STOPPED)
		;
	assert_int_equal(status(0, 2), AE4DMA_COMPLETED);
	assert_int_equal(get(0, AE4DMA_READ_IDX), 0);
	tail[0] = 0;
	kick(0); /* dropped */
	set(0, AE4DMA_CONTROL, AE4DMA_ENABLE);
	rig_command(&rig, "latency 0");
	for (unsigned int i = 0; i < 3; i++)
		start_copy(0, i);
	while (get(0, AE4DMA_READ_IDX) != 3)
		;
	for (unsigned int i = 0; i < 3; i++)
		assert_true(client_arrived(C, SRC(i), DST(i), LEN));
}

/* things taken away while all of them copy */

static void start_all(void)
{
	rig_command(&rig, "latency 200000");
	for (unsigned int q = 0; q < AE4DMA_QUEUES; q++)
		start_copy(q, q);
	rig_wait_begun(&rig, AE4DMA_QUEUES);
}

static void nothing_arrives(uint8_t untouched)
{
	usleep(250000);
	for (unsigned int q = 0; q < AE4DMA_QUEUES; q++)
		assert_int_equal(client_guest(C, DST(q))[0], untouched);
	assert_int_equal(stats().completed, 0);
}

static void reset_while_copying(void **state)
{
	(void)state;
	start_all();
	assert_int_equal(client_reset(C), 0);
	nothing_arrives(0xee);
	assert_int_equal(get(0, AE4DMA_MAX_IDX), 0);
	assert_int_equal(client_read(C, AE4DMA_COMMON), 0);
	rig_command(&rig, "latency 0");
	probe(AE4DMA_QUEUES);
	copy(9, 0);
}

static void dead_while_copying(void **state)
{
	(void)state;
	start_all();
	rig_command(&rig, "dead on");
	assert_int_equal(get(0, AE4DMA_READ_IDX), UINT32_MAX);
	nothing_arrives(0xee);
	rig_command(&rig, "dead off");
	rig_command(&rig, "latency 0");
	probe(AE4DMA_QUEUES);
	copy(9, 0);
}

static void gone_while_copying(void **state)
{
	(void)state;
	start_all();
	rig_reconnect(&rig);
	nothing_arrives(0); /* the new client's memory */
	rig_command(&rig, "latency 0");
	connected();
	copy(9, 0);
}

/* Several queues want the client to write at the same time. */
static void through_client(void **state)
{
	(void)state;
	for (unsigned int q = 0; q < AE4DMA_QUEUES; q++)
		start_copy(q, q);
	for (unsigned int q = 0; q < AE4DMA_QUEUES; q++) {
		assert_true(wait_irq(q, 2000));
		assert_true(handle_irq(q));
		assert_int_equal(status(q, 0), AE4DMA_COMPLETED);
		assert_true(client_arrived(C, SRC(q), DST(q), LEN));
	}
	assert_int_equal(C->dma_writes, 2 * AE4DMA_QUEUES); /* the data, and the status */
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
#define THROUGH(f) cmocka_unit_test_setup_teardown(f, setup_through_client, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_queue), TEST(rings_wrap), TEST(side_by_side), TEST(unused_queue),
		TEST(one_message_until_acknowledged), TEST(silent_descriptor),
		TEST(stopping_descriptor), TEST(vectors),
		TEST(bad_descriptors), TEST(bad_ring), TEST(impossible_indices), TEST(registers),
		TEST(injected_in_one_queue), TEST(hang_in_one_queue),
		TEST(stop_after_the_running_one), TEST(late_in_one_queue),
		TEST(reordered), TEST(in_order), TEST(reordered_and_stopped),
		TEST(reset_while_copying), TEST(dead_while_copying), TEST(gone_while_copying),
		THROUGH(through_client),
	};

	return cmocka_run_group_tests_name("queues", tests, NULL, NULL);
}
