// SPDX-License-Identifier: GPL-2.0-only
#include "control.h"

#include "util.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_WORDS 6
#define MAX_CLIENTS 8
#define STATS_INTERVAL_MS 1000

/* A handler gets the words after the command; false: they make no sense. */
typedef bool handler(struct device *dev, char **words, int n);

static bool set_bandwidth(struct device *dev, char **words, int n)
{
	return n == 1 && parse_u64(words[0], UINT64_MAX, &dev->bandwidth);
}

static bool set_latency(struct device *dev, char **words, int n)
{
	return n == 1 && parse_u64(words[0], CONTROL_MAX_US, &dev->latency_us);
}

/* "every N", "off", and "next" if it is allowed */
static bool set_fault(struct fault *f, char **words, int n, bool next_allowed)
{
	uint64_t every;

	if (n == 1 && !strcmp(words[0], "off")) {
		fault_set_every(f, 0);
		return true;
	}
	if (n == 1 && next_allowed && !strcmp(words[0], "next")) {
		f->next = true;
		return true;
	}
	if (n != 2 || strcmp(words[0], "every") || !parse_u64(words[1], UINT64_MAX, &every) ||
	    !every)
		return false;
	fault_set_every(f, every);
	return true;
}

static bool set_error(struct device *dev, char **words, int n)
{
	uint64_t code = INJECT_DEFAULT_CODE;

	if (n > 2 && !strcmp(words[n - 2], "code")) {
		if (!parse_u64(words[n - 1], dev->queues[0]->ops->max_code, &code) || !code)
			return false;
		n -= 2;
	}
	if (!set_fault(&dev->inject.error, words, n, true))
		return false;
	dev->inject.code = code;
	return true;
}

static bool set_hang(struct device *dev, char **words, int n)
{
	return set_fault(&dev->inject.hang, words, n, true);
}

static bool set_late(struct device *dev, char **words, int n)
{
	return n == 1 && parse_u64(words[0], CONTROL_MAX_MS, &dev->inject.late_ms);
}

static bool set_lost_irq(struct device *dev, char **words, int n)
{
	return set_fault(&dev->inject.lost_irq, words, n, false);
}

static bool set_flip(struct device *dev, char **words, int n)
{
	return set_fault(&dev->inject.flip, words, n, false);
}

static bool set_queue(struct device *dev, char **words, int n)
{
	uint64_t queue;

	if (n == 1 && !strcmp(words[0], "any")) {
		dev->inject.queue = INJECT_ANY_QUEUE;
		return true;
	}
	if (n != 1 || !parse_u64(words[0], dev->nr_queues - 1, &queue))
		return false;
	dev->inject.queue = queue;
	return true;
}

/* A queue of a PTDMA has nothing but its head to say how far it is. */
static bool set_reorder(struct device *dev, char **words, int n)
{
	bool on = n == 1 && !strcmp(words[0], "on");

	if ((!on && (n != 1 || strcmp(words[0], "off"))) || (on && dev->model == MODEL_PTDMA))
		return false;
	dev->ae4dma.reorder = on;
	return true;
}

/* The only one that is called without the device lock: it waits for the engine. */
static bool set_dead(struct device *dev, char **words, int n)
{
	bool on = n == 1 && !strcmp(words[0], "on");

	if (!on && (n != 1 || strcmp(words[0], "off")))
		return false;
	device_set_dead(dev, on);
	return true;
}

static bool reset_stats(struct device *dev, char **words, int n)
{
	(void)words;
	if (n)
		return false;
	dev->stats = (struct stats){ 0 };
	return true;
}

static const struct {
	const char *name;
	handler *handle;	/* NULL: answers with more than "ok" */
	const char *usage;
	const char *help;
} commands[] = {
	{ "bandwidth", set_bandwidth, "bandwidth N",
	  "copy N bytes per second; 0: as fast as the host does" },
	{ "latency", set_latency, "latency US", "microseconds before the first byte of each" },
	{ "error", set_error, "error every N | next | off [code C]",
	  "fail descriptors half way, code 1..63, ae4dma 1..255 (default 20)" },
	{ "hang", set_hang, "hang every N | next | off", "descriptors that never complete" },
	{ "late", set_late, "late MS",
	  "hung ones heed no stop and complete MS later; 0: never" },
	{ "lost-irq", set_lost_irq, "lost-irq every N | off", "interrupt messages not sent" },
	{ "flip", set_flip, "flip every N | off", "one wrong bit, reported as a success" },
	{ "queue", set_queue, "queue N | any", "which queue these faults strike (default any)" },
	{ "reorder", set_reorder, "reorder on | off",
	  "ae4dma: queues execute their newest descriptor first" },
	{ "dead", set_dead, "dead on | off", "all ones, no effect of writes; back as after power on" },
	{ "reset-stats", reset_stats, "reset-stats", "set all counters to 0" },
	{ "stats", NULL, "stats", "print the counters as JSON" },
};

void control_help(FILE *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(out, "  %-40s %s\n", commands[i].usage, commands[i].help);
}

static char *answer(bool ok, const char *usage)
{
	char *text;

	if (ok)
		return strdup("ok");
	return asprintf(&text, "error: usage: %s", usage) < 0 ? NULL : text;
}

static char *run(struct device *dev, size_t command, char **words, int n)
{
	handler *handle = commands[command].handle;
	bool ok;

	if (!handle && !n) {
		struct stats stats = device_stats(dev);

		return stats_json(&stats, dev->name);
	}
	if (!handle) {
		ok = false;
	} else if (handle == set_dead) {
		ok = handle(dev, words, n);
	} else {
		pthread_mutex_lock(&dev->lock);
		ok = handle(dev, words, n);
		pthread_mutex_unlock(&dev->lock);
	}
	return answer(ok, commands[command].usage);
}

char *control_command(struct device *dev, char *line)
{
	char *words[MAX_WORDS], *save, *word, *text;
	int n = 0;

	for (word = strtok_r(line, " \t\r", &save); word; word = strtok_r(NULL, " \t\r", &save)) {
		if (n == MAX_WORDS)
			return strdup("error: too many words");
		words[n++] = word;
	}
	if (!n)
		return strdup("error: empty command");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(words[0], commands[i].name))
			return run(dev, i, words + 1, n - 1);
	if (asprintf(&text, "error: unknown command %s, see --help", words[0]) < 0)
		return NULL;
	return text;
}

struct client {
	int fd;
	size_t len;
	char buf[CONTROL_LINE_MAX];
};

static bool say(int fd, const char *text)
{
	struct iovec iov[2] = { { (void *)text, strlen(text) }, { "\n", 1 } };
	struct msghdr mh = { .msg_iov = iov, .msg_iovlen = 2 };

	return sendmsg(fd, &mh, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)(strlen(text) + 1);
}

/* Executes the whole lines in the buffer and keeps the rest. */
static bool serve_lines(struct device *dev, struct client *c)
{
	char *start = c->buf, *end;
	bool ok = true;

	while (ok && (end = memchr(start, '\n', c->len - (start - c->buf)))) {
		char *text;

		*end = 0;
		text = control_command(dev, start);
		ok = say(c->fd, text ? text : "error: no memory");
		free(text);
		start = end + 1;
	}
	c->len -= start - c->buf;
	memmove(c->buf, start, c->len);
	if (ok && c->len == sizeof(c->buf)) {
		say(c->fd, "error: line too long");
		return false;
	}
	return ok;
}

/* False when the client is done with. */
static bool serve_client(struct device *dev, struct client *c)
{
	ssize_t n = recv(c->fd, c->buf + c->len, sizeof(c->buf) - c->len, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n <= 0)
		return false;
	c->len += n;
	return serve_lines(dev, c);
}

void control_keep_stats(struct control *ctl)
{
	struct stats now = device_stats(ctl->dev);

	stats_file_update(&ctl->stats, &now, ctl->dev->name);
}

static void accept_client(int listener, struct client *clients, int *n)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return;
	if (*n == MAX_CLIENTS) {
		say(fd, "error: too many connections");
		close(fd);
		return;
	}
	clients[(*n)++] = (struct client){ .fd = fd };
}

void *control_main(void *arg)
{
	struct control *ctl = arg;
	struct client clients[MAX_CLIENTS];
	struct pollfd pfd[2 + MAX_CLIENTS];
	int n = 0;

	do {
		pfd[0] = (struct pollfd){ .fd = ctl->stop_fd, .events = POLLIN };
		pfd[1] = (struct pollfd){ .fd = ctl->listener, .events = POLLIN };
		for (int i = 0; i < n; i++)
			pfd[2 + i] = (struct pollfd){ .fd = clients[i].fd, .events = POLLIN };
		if (poll(pfd, 2 + n, STATS_INTERVAL_MS) < 0)
			continue;
		for (int i = n - 1; i >= 0; i--) {
			if (!pfd[2 + i].revents || serve_client(ctl->dev, &clients[i]))
				continue;
			close(clients[i].fd);
			clients[i] = clients[--n];
		}
		if (pfd[1].revents)
			accept_client(ctl->listener, clients, &n);
		control_keep_stats(ctl);
	} while (!pfd[0].revents);
	while (n)
		close(clients[--n].fd);
	return NULL;
}
