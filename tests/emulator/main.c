// SPDX-License-Identifier: GPL-2.0-only
#include "control.h"
#include "engine.h"
#include "listener.h"
#include "server.h"
#include "util.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

struct options {
	const char *socket;
	const char *control;
	const char *stats;
	const char *name;
	uint64_t bandwidth;
	uint64_t latency_us;
	bool msi_only;
	bool through_client;
	enum model model;
};

static void help(FILE *out)
{
	fputs("Usage: ptdma-emu --socket PATH [OPTION]...\n"
	      "An AMD PTDMA or AE4DMA engine for QEMU's vfio-user-pci device.\n"
	      "\n"
	      "  --socket PATH         listen here for QEMU, one connection at a time\n"
	      "  --model ptdma         PCI 1022:1498, one queue (default)\n"
	      "  --model ae4dma        PCI 1022:149b, 16 queues\n"
	      "  --control PATH        listen here for commands (below), one a line\n"
	      "  --stats PATH          keep the counters in this file, as JSON\n"
	      "  --bandwidth BYTES/S   of each queue; 0, the default: as fast as the host copies\n"
	      "  --latency US          microseconds before the first byte (default 0)\n"
	      "  --msi-only            no MSI-X, so that QEMU 11.1 survives an unplug\n"
	      "  --write-path shm      store to the shared memory (default)\n"
	      "  --write-path qemu     have QEMU store, so that TCG notices changed code\n"
	      "  --name NAME           in messages and counters (default: the socket's)\n"
	      "  --help                this text\n"
	      "\n"
	      "Guest memory must be shared (share=on). SIGTERM ends the emulator; QEMU does\n"
	      "not take that well while copies go on, use the command dead instead.\n"
	      "\n"
	      "Commands; each is answered by one line, ok, error: ... or the JSON:\n",
	      out);
	control_help(out);
}

enum { OPT_SOCKET = 1, OPT_MODEL, OPT_CONTROL, OPT_STATS, OPT_BANDWIDTH, OPT_LATENCY, OPT_MSI_ONLY,
       OPT_WRITE_PATH, OPT_NAME, OPT_HELP };

static const struct option long_options[] = {
	{ "socket", required_argument, NULL, OPT_SOCKET },
	{ "model", required_argument, NULL, OPT_MODEL },
	{ "control", required_argument, NULL, OPT_CONTROL },
	{ "stats", required_argument, NULL, OPT_STATS },
	{ "bandwidth", required_argument, NULL, OPT_BANDWIDTH },
	{ "latency", required_argument, NULL, OPT_LATENCY },
	{ "msi-only", no_argument, NULL, OPT_MSI_ONLY },
	{ "write-path", required_argument, NULL, OPT_WRITE_PATH },
	{ "name", required_argument, NULL, OPT_NAME },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

static bool set_model(struct options *o, const char *value)
{
	o->model = strcmp(value, "ae4dma") ? MODEL_PTDMA : MODEL_AE4DMA;
	return o->model == MODEL_AE4DMA || !strcmp(value, "ptdma");
}

static bool set_write_path(struct options *o, const char *value)
{
	o->through_client = !strcmp(value, "qemu");
	return o->through_client || !strcmp(value, "shm");
}

/* Ends the program when the options make no sense. */
static struct options parse(int argc, char **argv)
{
	struct options o = { 0 };
	bool ok = true;
	int index, c;

	while (ok && (c = getopt_long(argc, argv, "", long_options, &index)) != -1) {
		switch (c) {
		case OPT_SOCKET:
			o.socket = optarg;
			break;
		case OPT_MODEL:
			ok = set_model(&o, optarg);
			break;
		case OPT_CONTROL:
			o.control = optarg;
			break;
		case OPT_STATS:
			o.stats = optarg;
			break;
		case OPT_BANDWIDTH:
			ok = parse_u64(optarg, UINT64_MAX, &o.bandwidth);
			break;
		case OPT_LATENCY:
			ok = parse_u64(optarg, CONTROL_MAX_US, &o.latency_us);
			break;
		case OPT_MSI_ONLY:
			o.msi_only = true;
			break;
		case OPT_WRITE_PATH:
			ok = set_write_path(&o, optarg);
			break;
		case OPT_NAME:
			o.name = optarg;
			break;
		case OPT_HELP:
			help(stdout);
			exit(0);
		default:
			exit(2); /* getopt said why */
		}
		if (!ok)
			emu_log("--%s: %s is not a value it takes; see --help",
				long_options[index].name, optarg);
	}
	if (ok && optind < argc)
		emu_log("argument %s is not an option; see --help", argv[optind]);
	else if (ok && !o.socket)
		emu_log("--socket PATH is missing; see --help");
	else if (ok)
		return o;
	exit(2);
}

/* Readable when the program is told to end. */
static int open_stop_fd(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static void serve(struct control *ctl, int listener)
{
	struct pollfd pfd[2] = {
		{ .fd = ctl->stop_fd, .events = POLLIN },
		{ .fd = listener, .events = POLLIN },
	};
	int fd;

	while (!pfd[0].revents) {
		if (poll(pfd, 2, -1) < 0 || !pfd[1].revents)
			continue;
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			continue;
		server_run(ctl->dev, fd, ctl->stop_fd);
		control_keep_stats(ctl);
	}
}

int main(int argc, char **argv)
{
	struct options o = parse(argc, argv);
	static struct device dev;
	struct control ctl = { .dev = &dev, .listener = -1 };
	struct engines engines;
	pthread_t control;
	int listener = -1, status = 1, err;
	const char *slash = strrchr(o.socket, '/');

	if (!o.name)
		o.name = slash ? slash + 1 : o.socket;
	emu_set_name(o.name);
	signal(SIGPIPE, SIG_IGN);
	ctl.stop_fd = open_stop_fd();
	if (ctl.stop_fd < 0) {
		emu_log("signalfd: %s", strerror(errno));
		return 1;
	}
	pthread_mutex_init(&ctl.stats.lock, NULL);
	ctl.stats.path = o.stats;
	device_init(&dev, o.name, o.model);
	dev.bandwidth = o.bandwidth;
	dev.latency_us = o.latency_us;
	dev.through_client = o.through_client;
	if (o.msi_only)
		device_set_msi_only(&dev);

	if (o.control) {
		ctl.listener = listener_open(o.control);
		if (ctl.listener < 0)
			goto out;
	}
	err = engines_start(&dev, &engines);
	if (err) {
		emu_log("starting an engine thread: %s", strerror(err));
		goto out;
	}
	err = pthread_create(&control, NULL, control_main, &ctl);
	if (err) {
		emu_log("starting the control thread: %s", strerror(err));
		goto out_engines;
	}
	control_keep_stats(&ctl);
	/* Last, so that everything else is there when this name is. */
	listener = listener_open(o.socket);
	if (listener >= 0) {
		serve(&ctl, listener);
		listener_close(listener, o.socket);
		status = 0;
	} else {
		kill(getpid(), SIGTERM); /* ends the control thread, too */
	}
	pthread_join(control, NULL);
out_engines:
	engines_stop(&dev, &engines);
	control_keep_stats(&ctl);
out:
	if (o.control)
		listener_close(ctl.listener, o.control);
	device_destroy(&dev);
	return status;
}
