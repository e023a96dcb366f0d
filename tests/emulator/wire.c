// SPDX-License-Identifier: GPL-2.0-only
#include "wire.h"

#include "util.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* How long the rest of a message may take once its first byte is there. */
#define REST_TIMEOUT_MS 5000

void wire_close_fds(struct wire_msg *msg)
{
	for (unsigned int i = 0; i < msg->nfds; i++)
		if (msg->fds[i] >= 0)
			close(msg->fds[i]);
	msg->nfds = 0;
}

/* False when there were more than a message may have; those are closed. */
static bool take_fds(struct msghdr *mh, struct wire_msg *msg)
{
	bool all = !(mh->msg_flags & MSG_CTRUNC);
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(mh); c; c = CMSG_NXTHDR(mh, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (msg->nfds < WIRE_MAX_FDS) {
				msg->fds[msg->nfds++] = fd;
			} else {
				close(fd);
				all = false;
			}
		}
	}
	return all;
}

static bool wait_readable(int fd, int stop_fd, int timeout_ms, bool *stopped)
{
	struct pollfd pfd[2] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = stop_fd, .events = POLLIN },
	};
	int n;

	do {
		n = poll(pfd, 2, timeout_ms);
	} while (n < 0 && errno == EINTR);
	*stopped = n > 0 && pfd[1].revents;
	return n > 0 && pfd[0].revents;
}

/* Fills buf; says what is wrong with the message named by "what" if it cannot. */
static enum wire_result recv_rest(int fd, int stop_fd, uint8_t *buf, size_t len, const char *what)
{
	bool stopped;
	ssize_t n;

	while (len) {
		if (!wait_readable(fd, stop_fd, REST_TIMEOUT_MS, &stopped)) {
			if (stopped)
				return WIRE_END;
			emu_log("%s incomplete after %d ms (%zu bytes missing): closing the connection",
				what, REST_TIMEOUT_MS, len);
			return WIRE_BROKEN;
		}
		n = recv(fd, buf, len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			emu_log("%s cut off (%zu bytes missing): %s", what, len,
				n ? strerror(errno) : "the peer closed the connection");
			return WIRE_BROKEN;
		}
		buf += n;
		len -= n;
	}
	return WIRE_GOT;
}

enum wire_result wire_recv(int fd, int stop_fd, struct wire_msg *msg)
{
	/* Room for more than is allowed, so that too many can be told from just enough. */
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int) * (WIRE_MAX_FDS + 1))];
	} control;
	struct wire_header *h = &msg->header;
	struct iovec iov = { h, sizeof(*h) };
	struct msghdr mh = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.buf, .msg_controllen = sizeof(control.buf),
	};
	enum wire_result result;
	bool stopped;
	ssize_t n;

	msg->nfds = 0;
	msg->len = 0;
	if (!wait_readable(fd, stop_fd, -1, &stopped) || stopped)
		return WIRE_END;
	do {
		n = recvmsg(fd, &mh, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n == 0 || (n < 0 && errno == ECONNRESET))
		return WIRE_END;
	if (n < 0) {
		emu_log("reading a message header: %s: closing the connection", strerror(errno));
		return WIRE_BROKEN;
	}
	if (!take_fds(&mh, msg)) {
		emu_log("message with more than %d file descriptors: closing the connection",
			WIRE_MAX_FDS);
		goto broken;
	}
	result = recv_rest(fd, stop_fd, (uint8_t *)h + n, sizeof(*h) - n, "message header");
	if (result != WIRE_GOT)
		goto out;
	if (h->size < sizeof(*h) || h->size - sizeof(*h) > WIRE_MAX_BODY) {
		emu_log("message size %u of command %u not in %zu..%zu: closing the connection",
			h->size, h->command, sizeof(*h), sizeof(*h) + WIRE_MAX_BODY);
		goto broken;
	}
	if (h->flags & ~WIRE_FLAGS || (h->flags & WIRE_TYPE_MASK) > WIRE_REPLY) {
		emu_log("message of command %u with unknown flags 0x%x: closing the connection",
			h->command, h->flags);
		goto broken;
	}
	msg->len = h->size - sizeof(*h);
	result = recv_rest(fd, stop_fd, msg->body, msg->len, "message body");
	if (result == WIRE_GOT)
		return WIRE_GOT;
	goto out;

broken:
	result = WIRE_BROKEN;
out:
	wire_close_fds(msg);
	return result;
}

int wire_send(int fd, struct wire_header *header, const struct iovec *body, unsigned int parts)
{
	struct iovec iov[4] = { { header, sizeof(*header) } };
	struct msghdr mh = { .msg_iov = iov, .msg_iovlen = parts + 1 };
	size_t left = sizeof(*header);

	if (parts > ARRAY_SIZE(iov) - 1)
		return EINVAL;
	for (unsigned int i = 0; i < parts; i++) {
		iov[i + 1] = body[i];
		left += body[i].iov_len;
	}
	header->size = left;
	while (left) {
		ssize_t n = sendmsg(fd, &mh, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		left -= n;
		while (n && (size_t)n >= mh.msg_iov->iov_len) {
			n -= mh.msg_iov->iov_len;
			mh.msg_iov++;
			mh.msg_iovlen--;
		}
		if (n) {
			mh.msg_iov->iov_base = (uint8_t *)mh.msg_iov->iov_base + n;
			mh.msg_iov->iov_len -= n;
		}
	}
	return 0;
}
