// SPDX-License-Identifier: GPL-2.0-only
#include "link.h"

#include "util.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void link_init(struct link *link)
{
	memset(link, 0, sizeof(*link));
	link->fd = -1;
	pthread_mutex_init(&link->request, NULL);
	pthread_mutex_init(&link->send, NULL);
	pthread_mutex_init(&link->lock, NULL);
	pthread_cond_init(&link->answer, NULL);
}

void link_destroy(struct link *link)
{
	pthread_cond_destroy(&link->answer);
	pthread_mutex_destroy(&link->lock);
	pthread_mutex_destroy(&link->send);
	pthread_mutex_destroy(&link->request);
}

void link_open(struct link *link, int fd)
{
	pthread_mutex_lock(&link->send);
	link->fd = fd;
	pthread_mutex_unlock(&link->send);
	pthread_mutex_lock(&link->lock);
	link->open = true;
	link->max_xfer = WIRE_MAX_XFER;
	pthread_mutex_unlock(&link->lock);
}

void link_set_max_xfer(struct link *link, size_t bytes)
{
	pthread_mutex_lock(&link->lock);
	link->max_xfer = min_u64(bytes, WIRE_MAX_XFER);
	pthread_mutex_unlock(&link->lock);
}

size_t link_max_xfer(struct link *link)
{
	size_t max;

	pthread_mutex_lock(&link->lock);
	max = link->max_xfer;
	pthread_mutex_unlock(&link->lock);
	return max;
}

void link_close(struct link *link)
{
	pthread_mutex_lock(&link->lock);
	link->open = false;
	pthread_cond_broadcast(&link->answer);
	pthread_mutex_unlock(&link->lock);

	/* A sender that is stuck in a full socket lets go of the lock only now. */
	shutdown(link->fd, SHUT_RDWR);
	pthread_mutex_lock(&link->send);
	close(link->fd);
	link->fd = -1;
	pthread_mutex_unlock(&link->send);
}

static int link_send(struct link *link, struct wire_header *header, const struct iovec *body,
		     unsigned int parts)
{
	int err = ENOTCONN;

	pthread_mutex_lock(&link->send);
	if (link->fd >= 0)
		err = wire_send(link->fd, header, body, parts);
	pthread_mutex_unlock(&link->send);
	return err;
}

int link_reply(struct link *link, const struct wire_header *request, int error,
	       const void *body, size_t len)
{
	struct iovec iov = { (void *)body, len };
	struct wire_header header = {
		.id = request->id,
		.command = request->command,
		.flags = WIRE_REPLY | (error ? WIRE_ERROR : 0),
		.error = error,
	};

	if (request->flags & WIRE_NO_REPLY)
		return 0;
	return link_send(link, &header, &iov, !error && len);
}

int link_dma_write(struct link *link, uint64_t address, const void *data, size_t len)
{
	struct wire_dma dma = { address, len };
	struct iovec iov[2] = { { &dma, sizeof(dma) }, { (void *)data, len } };
	struct wire_header header = { .command = WIRE_DMA_WRITE, .flags = WIRE_REQUEST };
	int err;

	pthread_mutex_lock(&link->request);
	pthread_mutex_lock(&link->lock);
	header.id = ++link->id;
	link->waiting = true;
	pthread_mutex_unlock(&link->lock);

	err = link_send(link, &header, iov, 2);

	pthread_mutex_lock(&link->lock);
	while (!err && link->waiting && link->open)
		pthread_cond_wait(&link->answer, &link->lock);
	if (!err)
		err = link->waiting ? ECONNRESET : link->error;
	link->waiting = false;
	pthread_mutex_unlock(&link->lock);
	pthread_mutex_unlock(&link->request);
	return err;
}

bool link_take_answer(struct link *link, const struct wire_msg *msg)
{
	const struct wire_header *h = &msg->header;
	bool failed = h->flags & WIRE_ERROR;
	bool asked;

	pthread_mutex_lock(&link->lock);
	asked = link->waiting && h->id == link->id && h->command == WIRE_DMA_WRITE &&
		(failed || msg->len == sizeof(struct wire_dma));
	if (asked) {
		link->waiting = false;
		link->error = failed ? (h->error ? (int)h->error : EIO) : 0;
		pthread_cond_broadcast(&link->answer);
	}
	pthread_mutex_unlock(&link->lock);
	if (!asked)
		emu_log("answer %u to command %u (%u bytes) that was not asked for: closing the connection",
			h->id, h->command, h->size);
	return asked;
}
