// SPDX-License-Identifier: GPL-2.0-only
#include "client.h"

#include "../util.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define CONTROL_VALUE (4u << 3) /* 32 entries */
#define ANSWER_TIMEOUT_MS 3000

static const char client_caps[] =
	"{\"capabilities\":{\"max_msg_fds\":16,\"max_dma_maps\":65535,\"max_data_xfer_size\":65536,"
	"\"pgsizes\":4096,\"write_multiple\":true}}";

void client_init(struct client *c, int fd)
{
	memset(c, 0, sizeof(*c));
	c->fd = fd;
	c->registers = REGION_BAR2;
	c->guest = mmap(NULL, GUEST_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(c->guest, MAP_FAILED);
	for (int i = 0; i < 2; i++) {
		c->memfd[i] = memfd_create("guest", MFD_CLOEXEC);
		assert_return_code(c->memfd[i], errno);
		assert_return_code(ftruncate(c->memfd[i], 2 * GUEST_PIECE), errno);
		/* Piece 0 lies at offset 0 of its file, piece 1 at an offset. */
		assert_ptr_not_equal(mmap(c->guest + i * GUEST_PIECE, GUEST_PIECE,
					  PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
					  c->memfd[i], i * GUEST_PIECE), MAP_FAILED);
	}
	c->irq = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	assert_return_code(c->irq, errno);
}

void client_destroy(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	close(c->irq);
	munmap(c->guest, GUEST_SIZE);
	close(c->memfd[0]);
	close(c->memfd[1]);
}

uint16_t client_send(struct client *c, uint16_t command, uint32_t flags, const void *body,
		     size_t len, const int *fds, unsigned int nfds)
{
	struct wire_header h = {
		.id = ++c->id, .command = command, .size = sizeof(h) + len, .flags = flags,
	};
	struct iovec iov[2] = { { &h, sizeof(h) }, { (void *)body, len } };
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(64 * sizeof(int))];
	} control;
	struct msghdr mh = { .msg_iov = iov, .msg_iovlen = len ? 2 : 1 };

	if (nfds) {
		mh.msg_control = control.buf;
		mh.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		memset(&control, 0, sizeof(control));
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(&control.align), fds, nfds * sizeof(int));
	}
	assert_int_equal(sendmsg(c->fd, &mh, MSG_NOSIGNAL), sizeof(h) + len);
	return h.id;
}

static void receive(struct client *c, void *buf, size_t len)
{
	struct pollfd pfd = { .fd = c->fd, .events = POLLIN };

	while (len) {
		ssize_t n;

		assert_int_equal(poll(&pfd, 1, ANSWER_TIMEOUT_MS), 1);
		n = recv(c->fd, buf, len, 0);
		assert_true(n > 0);
		buf = (uint8_t *)buf + n;
		len -= n;
	}
}

/* The server has us write guest memory. */
static void serve_dma_write(struct client *c, const struct wire_header *request)
{
	struct wire_header h = {
		.id = request->id, .command = WIRE_DMA_WRITE, .flags = WIRE_REPLY,
	};
	struct wire_dma dma;
	struct iovec iov = { &dma, sizeof(dma) };

	assert_int_equal(request->command, WIRE_DMA_WRITE);
	receive(c, &dma, sizeof(dma));
	assert_int_equal(request->size, sizeof(h) + sizeof(dma) + dma.count);
	assert_true(dma.count <= 65536); /* what client_caps allows */
	assert_true(dma.address >= GUEST_BASE &&
		    dma.address + dma.count <= GUEST_BASE + GUEST_SIZE);
	receive(c, client_guest(c, dma.address), dma.count);
	c->dma_writes++;
	if (c->dma_write_error) {
		h.flags |= WIRE_ERROR;
		h.error = c->dma_write_error;
	}
	assert_int_equal(wire_send(c->fd, &h, &iov, !c->dma_write_error), 0);
}

int client_answer(struct client *c, uint16_t id, void *body, size_t room, size_t *len)
{
	struct wire_header h;

	receive(c, &h, sizeof(h));
	while ((h.flags & WIRE_TYPE_MASK) == WIRE_REQUEST) {
		serve_dma_write(c, &h);
		receive(c, &h, sizeof(h));
	}
	assert_int_equal(h.id, id);
	assert_true(h.size >= sizeof(h) && h.size - sizeof(h) <= room);
	*len = h.size - sizeof(h);
	receive(c, body, *len);
	if (!(h.flags & WIRE_ERROR))
		return 0;
	assert_int_equal(*len, 0);
	assert_int_not_equal(h.error, 0);
	return h.error;
}

int client_call(struct client *c, uint16_t command, void *body, size_t len, size_t room,
		const int *fds, unsigned int nfds)
{
	uint16_t id = client_send(c, command, WIRE_REQUEST, body, len, fds, nfds);
	size_t got;

	return client_answer(c, id, body, room, &got);
}

void client_version(struct client *c)
{
	uint8_t body[4 + sizeof(client_caps)] = { 0 };

	memcpy(body + 4, client_caps, sizeof(client_caps));
	assert_int_equal(client_call(c, WIRE_VERSION, body, sizeof(body), sizeof(body), NULL, 0),
			 0);
	assert_int_equal(body[0] | body[1], 0);
	assert_non_null(strstr((char *)body + 4, "max_data_xfer_size"));
}

int client_map(struct client *c, uint64_t address, uint64_t size, uint64_t offset, int fd,
	       uint32_t flags)
{
	struct wire_dma_map map = { sizeof(map), flags, offset, address, size };

	return client_call(c, WIRE_DMA_MAP, &map, sizeof(map), sizeof(map), &fd, fd >= 0);
}

int client_unmap(struct client *c, uint64_t address, uint64_t size)
{
	struct wire_dma_unmap unmap = { sizeof(unmap), 0, address, size };

	return client_call(c, WIRE_DMA_UNMAP, &unmap, sizeof(unmap), sizeof(unmap), NULL, 0);
}

int client_set_irq(struct client *c, uint32_t index, uint32_t flags, uint32_t count, int fd)
{
	struct wire_set_irqs set = { sizeof(set), flags, index, 0, count };

	return client_call(c, WIRE_SET_IRQS, &set, sizeof(set), sizeof(set), &fd, fd >= 0);
}

int client_reset(struct client *c)
{
	char none;

	return client_call(c, WIRE_RESET, &none, 0, 0, NULL, 0);
}

static uint32_t region_read(struct client *c, uint32_t region, uint64_t offset)
{
	uint8_t body[sizeof(struct wire_access) + 4];
	struct wire_access access = { offset, region, 4 };
	uint32_t value;

	memcpy(body, &access, sizeof(access));
	assert_int_equal(client_call(c, WIRE_REGION_READ, body, sizeof(access), sizeof(body),
				     NULL, 0), 0);
	memcpy(&value, body + sizeof(access), sizeof(value));
	return value;
}

uint32_t client_config_read(struct client *c, uint64_t offset)
{
	return region_read(c, REGION_CONFIG, offset);
}

uint32_t client_read(struct client *c, uint32_t offset)
{
	return region_read(c, c->registers, offset);
}

void client_config_write(struct client *c, uint64_t offset, uint32_t value, uint32_t len)
{
	uint8_t body[sizeof(struct wire_access) + 4];
	struct wire_access access = { offset, REGION_CONFIG, len };

	memcpy(body, &access, sizeof(access));
	memcpy(body + sizeof(access), &value, len);
	assert_int_equal(client_call(c, WIRE_REGION_WRITE, body, sizeof(access) + len,
				     sizeof(body), NULL, 0), 0);
}

void client_write(struct client *c, uint32_t offset, uint32_t value)
{
	uint8_t body[sizeof(struct wire_access) + 4];
	struct wire_access access = { offset, c->registers, 4 };

	memcpy(body, &access, sizeof(access));
	memcpy(body + sizeof(access), &value, 4);
	client_send(c, WIRE_REGION_WRITE, WIRE_NO_REPLY, body, sizeof(body), NULL, 0);
}

void client_map_guest(struct client *c)
{
	for (int i = 0; i < 2; i++)
		assert_int_equal(client_map(c, GUEST_BASE + i * GUEST_PIECE, GUEST_PIECE,
					    i * GUEST_PIECE, c->memfd[i],
					    WIRE_MAP_READ | WIRE_MAP_WRITE), 0);
}

void client_probe(struct client *c)
{
	client_write(c, PTDMA_CONFIG, 1);
	client_write(c, PTDMA_PRIORITY, 6);
	client_write(c, PTDMA_TIMEOUT, 0);
	client_write(c, PTDMA_CLOCK_GATE, 0x1001);
	client_write(c, PTDMA_REQID, 0);
	client_write(c, PTDMA_INT_ENABLE, 0);
	client_write(c, PTDMA_CONTROL, 0);
	client_read(c, PTDMA_INT_STATUS2);
	client_read(c, PTDMA_STATUS);
	client_write(c, PTDMA_INT_STATUS, 3);
	client_write(c, PTDMA_TAIL, RING);
	client_write(c, PTDMA_HEAD, RING);
	client_write(c, PTDMA_CONTROL, CONTROL_VALUE);
	client_write(c, PTDMA_INT_ENABLE, 3);
	c->tail_index = 0;
}

void client_setup(struct client *c)
{
	client_version(c);
	client_map_guest(c);
	client_config_write(c, PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 2);
	assert_int_equal(client_set_irq(c, IRQ_MSIX, WIRE_IRQ_DATA_EVENTFD | WIRE_IRQ_TRIGGER, 1,
					-1), 0);
	assert_int_equal(client_set_irq(c, IRQ_MSIX, WIRE_IRQ_DATA_EVENTFD | WIRE_IRQ_TRIGGER, 1,
					c->irq), 0);
	client_probe(c);
}

void client_post(struct client *c, uint64_t source, uint64_t destination, uint32_t len)
{
	uint32_t desc[8] = {
		0x500012, len, source, source >> 32 & 0xffff, destination,
		destination >> 32 & 0xffff,
	};

	memcpy(client_guest(c, RING + c->tail_index * sizeof(desc)), desc, sizeof(desc));
	c->tail_index = (c->tail_index + 1) % RING_ENTRIES;
}

void client_kick(struct client *c)
{
	client_write(c, PTDMA_TAIL, RING + c->tail_index * DESC_SIZE);
	client_write(c, PTDMA_CONTROL, CONTROL_VALUE | PTDMA_RUN);
}

bool client_wait(struct client *c, int eventfd, int timeout_ms)
{
	uint64_t end = clock_ns() + timeout_ms * NSEC_PER_MSEC, now, count;
	struct pollfd pfd[2] = {
		{ .fd = eventfd, .events = POLLIN }, { .fd = c->fd, .events = POLLIN },
	};
	struct wire_header h;

	while ((now = clock_ns()) < end) {
		if (poll(pfd, 2, (end - now) / NSEC_PER_MSEC + 1) <= 0)
			continue;
		if (pfd[0].revents) {
			assert_int_equal(read(eventfd, &count, sizeof(count)), sizeof(count));
			return true;
		}
		receive(c, &h, sizeof(h));
		assert_int_equal(h.flags & WIRE_TYPE_MASK, WIRE_REQUEST);
		serve_dma_write(c, &h);
	}
	return false;
}

bool client_wait_irq(struct client *c, int timeout_ms)
{
	return client_wait(c, c->irq, timeout_ms);
}

uint32_t client_handle_irq(struct client *c)
{
	uint64_t messages;
	uint32_t status;

	client_write(c, PTDMA_INT_ENABLE, 0);
	status = client_read(c, PTDMA_INT_STATUS);
	/* The messages up to here are about that status; there may be none. */
	if (read(c->irq, &messages, sizeof(messages)) < 0)
		assert_int_equal(errno, EAGAIN);
	client_write(c, PTDMA_INT_STATUS, status);
	client_write(c, PTDMA_INT_ENABLE, 3);
	return status;
}

static uint8_t pattern(uint32_t i)
{
	return i * 2654435761u >> 23;
}

void client_fill(struct client *c, uint64_t source, uint64_t destination, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		client_guest(c, source)[i] = pattern(i);
	memset(client_guest(c, destination), 0xee, len);
}

bool client_arrived(struct client *c, uint64_t source, uint64_t destination, uint32_t len)
{
	return !memcmp(client_guest(c, source), client_guest(c, destination), len);
}

bool client_sees_end(struct client *c)
{
	struct pollfd pfd = { .fd = c->fd, .events = POLLIN };
	char buf[4096];
	ssize_t n;

	while (poll(&pfd, 1, 3000) == 1) {
		n = recv(c->fd, buf, sizeof(buf), 0);
		if (n == 0 || (n < 0 && errno == ECONNRESET))
			return true;
		if (n < 0)
			return false;
	}
	return false;
}
