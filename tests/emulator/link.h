/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The connection as two threads share it: the protocol thread answers requests
 * on it, the engine threads send requests of their own (guest memory writes) and
 * wait for the answers, which the protocol thread reads and hands over.
 */
#ifndef EMU_LINK_H
#define EMU_LINK_H

#include "wire.h"

#include <pthread.h>

struct link {
	pthread_mutex_t request; /* one of our own at a time; outside of all others */
	pthread_mutex_t send;	/* one message at a time */
	int fd;			/* -1: no connection */
	pthread_mutex_t lock;	/* what follows */
	pthread_cond_t answer;
	bool open;
	size_t max_xfer;
	uint16_t id;		/* of the last own request */
	bool waiting;		/* for its answer */
	int error;		/* of that answer */
};

void link_init(struct link *link);
void link_destroy(struct link *link);

/* Takes over fd. */
void link_open(struct link *link, int fd);
void link_set_max_xfer(struct link *link, size_t bytes);
size_t link_max_xfer(struct link *link);

/* Ends waiting requests with ECONNRESET and closes the descriptor. */
void link_close(struct link *link);

/* Answers a request, with an error if one is given; nothing when no answer is wanted. */
int link_reply(struct link *link, const struct wire_header *request, int error,
	       const void *body, size_t len);

/*
 * Has the client write guest memory and waits until it did. At most
 * link_max_xfer() bytes. No lock may be held: the client may want something
 * else answered first. 0 or an errno.
 */
int link_dma_write(struct link *link, uint64_t address, const void *data, size_t len);

/* Hands over an answer. False (and a message) if nobody asked. */
bool link_take_answer(struct link *link, const struct wire_msg *msg);

#endif
