/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A client as QEMU is one: guest memory in memfds, requests and answers, an
 * eventfd for the interrupt, and the registers driven as the kernel's driver does.
 * Everything that goes wrong fails the cmocka test.
 */
#ifndef UNIT_CLIENT_H
#define UNIT_CLIENT_H

#include "../device.h"
#include "../wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Guest memory: two pieces that lie side by side, from different files. */
#define GUEST_BASE 0x100000ull
#define GUEST_PIECE 0x100000u
#define GUEST_SIZE (2 * GUEST_PIECE)
#define RING (GUEST_BASE + 0x8000)
#define RING_ENTRIES 32u

struct client {
	int fd;
	uint16_t id;
	int memfd[2];
	uint8_t *guest;		/* GUEST_SIZE bytes */
	int irq;		/* eventfd, nonblocking */
	uint32_t registers;	/* the region that they are in */
	uint32_t tail_index;
	unsigned int dma_writes; /* served */
	int dma_write_error;	/* answer these with this instead */
};

/* Wraps a connected socket; gets no further than that. */
void client_init(struct client *c, int fd);
void client_destroy(struct client *c);

/* VERSION, two maps, MSI-X, bus master, and the driver's probe sequence. */
void client_setup(struct client *c);
void client_version(struct client *c);
void client_map_guest(struct client *c);
void client_probe(struct client *c);

/* Sends a request without waiting for its answer; returns its id. */
uint16_t client_send(struct client *c, uint16_t command, uint32_t flags, const void *body,
		     size_t len, const int *fds, unsigned int nfds);

/* Receives the answer (and serves DMA_WRITE meanwhile); its errno, data in body. */
int client_answer(struct client *c, uint16_t id, void *body, size_t room, size_t *len);

/* Both. The body is replaced by the answer's. */
int client_call(struct client *c, uint16_t command, void *body, size_t len, size_t room,
		const int *fds, unsigned int nfds);

int client_map(struct client *c, uint64_t address, uint64_t size, uint64_t offset, int fd,
	       uint32_t flags);
int client_unmap(struct client *c, uint64_t address, uint64_t size);
int client_set_irq(struct client *c, uint32_t index, uint32_t flags, uint32_t count, int fd);
int client_reset(struct client *c);

void client_config_write(struct client *c, uint64_t offset, uint32_t value, uint32_t len);
uint32_t client_config_read(struct client *c, uint64_t offset);
uint32_t client_read(struct client *c, uint32_t offset);
void client_write(struct client *c, uint32_t offset, uint32_t value); /* posted */

/* Puts a descriptor into the next slot; the doorbell is client_kick(). */
void client_post(struct client *c, uint64_t source, uint64_t destination, uint32_t len);
void client_kick(struct client *c);

/* Waits for an eventfd (serving DMA_WRITE meanwhile), or for irq; false after the time. */
bool client_wait(struct client *c, int eventfd, int timeout_ms);
bool client_wait_irq(struct client *c, int timeout_ms);

/* As the driver's handler: disable, read, acknowledge, enable. The status. */
uint32_t client_handle_irq(struct client *c);

/* Fills the guest memory of a copy with numbers and says whether it arrived. */
void client_fill(struct client *c, uint64_t source, uint64_t destination, uint32_t len);
bool client_arrived(struct client *c, uint64_t source, uint64_t destination, uint32_t len);

/* Waits until the server closed the connection (whatever else it sent); false after 3 s. */
bool client_sees_end(struct client *c);

static inline uint8_t *client_guest(struct client *c, uint64_t address)
{
	return c->guest + (address - GUEST_BASE);
}

#endif
