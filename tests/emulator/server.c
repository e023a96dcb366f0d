// SPDX-License-Identifier: GPL-2.0-only
#include "server.h"

#include "util.h"
#include "version.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct session {
	struct device *dev;
	struct wire_msg msg;	/* the request; handlers turn its body into the answer */
	bool greeted;		/* VERSION is through */
};

/*
 * A handler returns 0 (the body is the answer, msg.len bytes), an errno (becomes
 * an error answer), or MALFORMED: said why on stderr, the connection ends.
 */
#define MALFORMED (-1)

static int malformed(const struct session *s, const char *why)
{
	emu_log("command %u: %s: closing the connection", s->msg.header.command, why);
	return MALFORMED;
}

static int handle_version(struct session *s)
{
	size_t max_xfer;

	if (s->greeted)
		return malformed(s, "VERSION came again");
	s->msg.len = version_negotiate(s->msg.body, s->msg.len, &max_xfer);
	if (!s->msg.len)
		return MALFORMED;
	link_set_max_xfer(&s->dev->link, max_xfer);
	s->greeted = true;
	return 0;
}

static int handle_dma_map(struct session *s)
{
	struct wire_dma_map map;
	int err;

	memcpy(&map, s->msg.body, sizeof(map));
	if (map.argsz < sizeof(map))
		return malformed(s, "argsz is too small");
	if (s->msg.nfds > 1)
		return malformed(s, "DMA_MAP with more than one file descriptor");
	s->msg.len = 0;
	if (map.flags & ~(WIRE_MAP_READ | WIRE_MAP_WRITE))
		err = EINVAL;
	else
		err = dmamap_add(&s->dev->memory, map.address, map.size, map.offset,
				 s->msg.nfds ? s->msg.fds[0] : -1,
				 map.flags & WIRE_MAP_READ, map.flags & WIRE_MAP_WRITE);
	if (err)
		emu_log("DMA_MAP of 0x%llx bytes at 0x%llx (file offset 0x%llx, flags 0x%x) refused: %s",
			(unsigned long long)map.size, (unsigned long long)map.address,
			(unsigned long long)map.offset, map.flags, strerror(err));
	return err;
}

static int handle_dma_unmap(struct session *s)
{
	struct wire_dma_unmap unmap;
	int err;

	memcpy(&unmap, s->msg.body, sizeof(unmap));
	if (unmap.argsz < sizeof(unmap))
		return malformed(s, "argsz is too small");
	if (unmap.flags == WIRE_UNMAP_ALL) {
		dmamap_remove_all(&s->dev->memory);
		return 0;
	}
	err = unmap.flags ? EINVAL : dmamap_remove(&s->dev->memory, unmap.address, unmap.size);
	if (err)
		emu_log("DMA_UNMAP of 0x%llx bytes at 0x%llx (flags 0x%x) refused: %s",
			(unsigned long long)unmap.size, (unsigned long long)unmap.address,
			unmap.flags, strerror(err));
	return err;
}

static int handle_info(struct session *s)
{
	struct wire_info info;

	memcpy(&info, s->msg.body, sizeof(info));
	if (info.argsz < sizeof(info))
		return malformed(s, "argsz is too small");
	info = (struct wire_info){
		.argsz = sizeof(info),
		.flags = WIRE_DEVICE_RESET | WIRE_DEVICE_PCI,
		.regions = REGION_COUNT,
		.irqs = IRQ_COUNT,
	};
	memcpy(s->msg.body, &info, sizeof(info));
	return 0;
}

static int handle_region_info(struct session *s)
{
	struct wire_region_info info;

	memcpy(&info, s->msg.body, sizeof(info));
	if (info.argsz < sizeof(info))
		return malformed(s, "argsz is too small");
	if (info.index >= REGION_COUNT)
		return EINVAL;
	info = (struct wire_region_info){
		.argsz = sizeof(info),
		.index = info.index,
		.size = device_region_size(s->dev, info.index),
	};
	info.flags = info.size ? WIRE_REGION_RW : 0;
	memcpy(s->msg.body, &info, sizeof(info));
	return 0;
}

static int handle_irq_info(struct session *s)
{
	struct wire_irq_info info;

	memcpy(&info, s->msg.body, sizeof(info));
	if (info.argsz < sizeof(info))
		return malformed(s, "argsz is too small");
	if (info.index >= IRQ_COUNT)
		return EINVAL; /* QEMU asks for the error interrupt and takes this for "none" */
	info = (struct wire_irq_info){
		.argsz = sizeof(info),
		.flags = WIRE_IRQ_EVENTFD,
		.index = info.index,
		.count = device_irq_count(s->dev, info.index),
	};
	memcpy(s->msg.body, &info, sizeof(info));
	return 0;
}

/* Only eventfds: a write to anything else that a client passes could block. */
static bool is_eventfd(int fd)
{
	char path[32], target[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return false;
	target[n] = 0;
	return !strcmp(target, "anon_inode:[eventfd]");
}

static int set_irqs(struct session *s, const struct wire_set_irqs *set)
{
	struct wire_msg *msg = &s->msg;
	unsigned int have = set->index < IRQ_COUNT ? device_irq_count(s->dev, set->index) : 0;

	if (set->start > have || set->count > have - set->start)
		return EINVAL;
	if (set->flags == (WIRE_IRQ_DATA_NONE | WIRE_IRQ_TRIGGER) && !set->count) {
		for (unsigned int i = 0; i < have; i++)
			device_set_irq(s->dev, set->index, i, -1);
		return 0;
	}
	/* Vectors that are enabled but not yet in use come without descriptors. */
	if (set->flags != (WIRE_IRQ_DATA_EVENTFD | WIRE_IRQ_TRIGGER) || !set->count ||
	    (msg->nfds && msg->nfds != set->count))
		return EINVAL;
	for (unsigned int i = 0; i < msg->nfds; i++)
		if (!is_eventfd(msg->fds[i]))
			return EBADF;
	for (unsigned int i = 0; i < set->count; i++) {
		device_set_irq(s->dev, set->index, set->start + i, msg->nfds ? msg->fds[i] : -1);
		msg->fds[i] = -1;
	}
	return 0;
}

static int handle_set_irqs(struct session *s)
{
	struct wire_set_irqs set;
	int err;

	memcpy(&set, s->msg.body, sizeof(set));
	if (set.argsz < sizeof(set))
		return malformed(s, "argsz is too small");
	err = set_irqs(s, &set);
	if (err)
		emu_log("SET_IRQS index %u flags 0x%x start %u count %u (%u descriptors) refused: %s",
			set.index, set.flags, set.start, set.count, s->msg.nfds, strerror(err));
	s->msg.len = 0;
	return err;
}

static int handle_region_read(struct session *s)
{
	struct wire_access access;
	int err;

	memcpy(&access, s->msg.body, sizeof(access));
	if (access.count > WIRE_MAX_XFER)
		return EINVAL;
	err = device_read(s->dev, access.region, access.offset, access.count,
			  s->msg.body + sizeof(access));
	s->msg.len = sizeof(access) + access.count;
	return err;
}

static int handle_region_write(struct session *s)
{
	struct wire_access access;
	int err;

	memcpy(&access, s->msg.body, sizeof(access));
	if (s->msg.len - sizeof(access) != access.count)
		return malformed(s, "REGION_WRITE does not carry the bytes it announces");
	err = device_write(s->dev, access.region, access.offset, access.count,
			   s->msg.body + sizeof(access));
	s->msg.len = sizeof(access);
	return err;
}

static int handle_region_write_multi(struct session *s)
{
	struct wire_multi_write write;
	uint64_t count;
	size_t room = (s->msg.len - sizeof(count)) / sizeof(write);
	int err = 0;

	memcpy(&count, s->msg.body, sizeof(count));
	if (count > room || s->msg.len != sizeof(count) + count * sizeof(write))
		return malformed(s, "REGION_WRITE_MULTI does not carry the writes it announces");
	for (size_t i = 0; !err && i < count; i++) {
		memcpy(&write, s->msg.body + sizeof(count) + i * sizeof(write), sizeof(write));
		if (write.access.count > sizeof(write.data))
			return malformed(s, "REGION_WRITE_MULTI with a write of more than 8 bytes");
		err = device_write(s->dev, write.access.region, write.access.offset,
				   write.access.count, write.data);
	}
	s->msg.len = 0;
	return err;
}

static int handle_reset(struct session *s)
{
	device_reset(s->dev);
	return 0;
}

static const struct command {
	int (*handle)(struct session *s);
	size_t min;	/* of the body */
	size_t max;
} commands[] = {
	[WIRE_VERSION] = { handle_version, 0, 65536 },
	[WIRE_DMA_MAP] = { handle_dma_map, sizeof(struct wire_dma_map),
			   sizeof(struct wire_dma_map) },
	[WIRE_DMA_UNMAP] = { handle_dma_unmap, sizeof(struct wire_dma_unmap),
			     sizeof(struct wire_dma_unmap) },
	[WIRE_GET_INFO] = { handle_info, sizeof(struct wire_info), sizeof(struct wire_info) },
	[WIRE_GET_REGION_INFO] = { handle_region_info, sizeof(struct wire_region_info),
				   sizeof(struct wire_region_info) },
	[WIRE_GET_IRQ_INFO] = { handle_irq_info, sizeof(struct wire_irq_info),
				sizeof(struct wire_irq_info) },
	[WIRE_SET_IRQS] = { handle_set_irqs, sizeof(struct wire_set_irqs),
			    sizeof(struct wire_set_irqs) },
	[WIRE_REGION_READ] = { handle_region_read, sizeof(struct wire_access),
			       sizeof(struct wire_access) },
	[WIRE_REGION_WRITE] = { handle_region_write, sizeof(struct wire_access), WIRE_MAX_BODY },
	[WIRE_RESET] = { handle_reset, 0, 0 },
	[WIRE_REGION_WRITE_MULTI] = { handle_region_write_multi, sizeof(uint64_t), WIRE_MAX_BODY },
};

static int dispatch(struct session *s)
{
	const struct wire_header *h = &s->msg.header;
	const struct command *command;

	if (!s->greeted && h->command != WIRE_VERSION)
		return malformed(s, "came before VERSION");
	if (h->command >= ARRAY_SIZE(commands) || !commands[h->command].handle) {
		emu_log("command %u is not known: refused", h->command);
		return ENOSYS;
	}
	command = &commands[h->command];
	if (s->msg.len < command->min || s->msg.len > command->max) {
		emu_log("command %u with %zu bytes of data, not %zu..%zu: closing the connection",
			h->command, s->msg.len, command->min, command->max);
		return MALFORMED;
	}
	return command->handle(s);
}

/* False when the connection has to end. */
static bool serve_message(struct session *s)
{
	struct wire_header header = s->msg.header;
	int err;

	if ((header.flags & WIRE_TYPE_MASK) == WIRE_REPLY)
		return link_take_answer(&s->dev->link, &s->msg);
	err = dispatch(s);
	if (err == MALFORMED)
		return false;
	if (err && header.flags & WIRE_NO_REPLY)
		emu_log("command %u, which wants no answer, failed: %s", header.command,
			strerror(err));
	err = link_reply(&s->dev->link, &header, err, s->msg.body, s->msg.len);
	if (err && err != EPIPE && err != ECONNRESET)
		emu_log("sending an answer: %s: closing the connection", strerror(err));
	return !err;
}

void server_run(struct device *dev, int fd, int stop_fd)
{
	struct session s = { .dev = dev };
	bool go_on;

	link_open(&dev->link, fd);
	s.msg.body = malloc(WIRE_MAX_BODY);
	if (!s.msg.body)
		emu_log("no memory for a connection");
	do {
		go_on = s.msg.body && wire_recv(fd, stop_fd, &s.msg) == WIRE_GOT;
		if (go_on) {
			go_on = serve_message(&s);
			wire_close_fds(&s.msg);
		}
	} while (go_on);
	link_close(&dev->link);
	device_disconnect(dev);
	free(s.msg.body);
}
