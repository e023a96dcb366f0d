/* SPDX-License-Identifier: GPL-2.0-only */
/* vfio-user messages: their layout, and how they come from and go to a socket. */
#ifndef EMU_WIRE_H
#define EMU_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

enum wire_command {
	WIRE_VERSION = 1,
	WIRE_DMA_MAP = 2,
	WIRE_DMA_UNMAP = 3,
	WIRE_GET_INFO = 4,
	WIRE_GET_REGION_INFO = 5,
	WIRE_GET_IRQ_INFO = 7,
	WIRE_SET_IRQS = 8,
	WIRE_REGION_READ = 9,
	WIRE_REGION_WRITE = 10,
	WIRE_DMA_WRITE = 12, /* from the server to the client */
	WIRE_RESET = 13,
	WIRE_REGION_WRITE_MULTI = 15,
};

/* header flags */
#define WIRE_TYPE_MASK 0x0fu
#define WIRE_REQUEST 0u
#define WIRE_REPLY 1u
#define WIRE_NO_REPLY 0x10u
#define WIRE_ERROR 0x20u
#define WIRE_FLAGS (WIRE_TYPE_MASK | WIRE_NO_REPLY | WIRE_ERROR)

#define WIRE_MAX_FDS 16
#define WIRE_MAX_XFER (1u << 20)		/* data bytes in one message */
#define WIRE_MAX_BODY (WIRE_MAX_XFER + 64u)	/* the same with what describes them */

struct wire_header {
	uint16_t id;
	uint16_t command;
	uint32_t size; /* header included */
	uint32_t flags;
	uint32_t error;
};

struct wire_version {
	uint16_t major;
	uint16_t minor;
};

#define WIRE_MAP_READ 1u
#define WIRE_MAP_WRITE 2u

struct wire_dma_map {
	uint32_t argsz;
	uint32_t flags;
	uint64_t offset;
	uint64_t address;
	uint64_t size;
};

#define WIRE_UNMAP_ALL 2u

struct wire_dma_unmap {
	uint32_t argsz;
	uint32_t flags;
	uint64_t address;
	uint64_t size;
};

#define WIRE_DEVICE_RESET 1u
#define WIRE_DEVICE_PCI 2u

struct wire_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t regions;
	uint32_t irqs;
};

#define WIRE_REGION_RW 3u

struct wire_region_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t index;
	uint32_t capabilities;
	uint64_t size;
	uint64_t offset;
};

#define WIRE_IRQ_EVENTFD 1u

struct wire_irq_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t index;
	uint32_t count;
};

#define WIRE_IRQ_DATA_NONE 0x01u
#define WIRE_IRQ_DATA_EVENTFD 0x04u
#define WIRE_IRQ_TRIGGER 0x20u

struct wire_set_irqs {
	uint32_t argsz;
	uint32_t flags;
	uint32_t index;
	uint32_t start;
	uint32_t count;
};

struct wire_access {
	uint64_t offset;
	uint32_t region;
	uint32_t count;
};

struct wire_multi_write {
	struct wire_access access;
	uint8_t data[8];
};

struct wire_dma {
	uint64_t address;
	uint64_t count;
};

_Static_assert(sizeof(struct wire_header) == 16, "wire layout");
_Static_assert(sizeof(struct wire_dma_map) == 32, "wire layout");
_Static_assert(sizeof(struct wire_dma_unmap) == 24, "wire layout");
_Static_assert(sizeof(struct wire_region_info) == 32, "wire layout");
_Static_assert(sizeof(struct wire_set_irqs) == 20, "wire layout");
_Static_assert(sizeof(struct wire_multi_write) == 24, "wire layout");

/* One received message. A handler that keeps a descriptor sets it to -1 here. */
struct wire_msg {
	struct wire_header header;
	uint8_t *body;	/* WIRE_MAX_BODY bytes */
	size_t len;	/* of them used */
	int fds[WIRE_MAX_FDS];
	unsigned int nfds;
};

enum wire_result {
	WIRE_GOT,	/* a whole message */
	WIRE_END,	/* the peer closed between messages, or stop_fd became readable */
	WIRE_BROKEN,	/* no message can follow; said why on stderr */
};

/* Waits for one message. The caller calls wire_close_fds() after every WIRE_GOT. */
enum wire_result wire_recv(int fd, int stop_fd, struct wire_msg *msg);
void wire_close_fds(struct wire_msg *msg);

/*
 * Sends header and body with one call, since QEMU takes a header that comes in
 * parts for the end of the world. header->size is filled in. 0 or an errno.
 */
int wire_send(int fd, struct wire_header *header, const struct iovec *body, unsigned int parts);

#endif
