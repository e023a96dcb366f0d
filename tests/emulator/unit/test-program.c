// SPDX-License-Identifier: GPL-2.0-only
/* The built program: its options, sockets, counters file and signals. */
#include "client.h"

#include <errno.h>
#include <json-c/json.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

static const char *program;
static char dir[] = "/tmp/emu-program-XXXXXX";
static char vfio[64], control[64], stats[64];
static pid_t child;

/* Starts the program; its output goes into out (a pipe) if that is given. */
static pid_t start(const char *const *args, int *out)
{
	const char *argv[20] = { program };
	int pipes[2];
	pid_t pid;

	for (int i = 0; args[i]; i++)
		argv[i + 1] = args[i];
	if (out)
		assert_return_code(pipe(pipes), errno);
	pid = fork();
	assert_return_code(pid, errno);
	if (!pid) {
		if (out) {
			dup2(pipes[1], STDOUT_FILENO);
			dup2(pipes[1], STDERR_FILENO);
			close(pipes[0]);
			close(pipes[1]);
		}
		execv(program, (char *const *)argv);
		_exit(127);
	}
	if (out) {
		close(pipes[1]);
		*out = pipes[0];
	}
	return pid;
}

/* Runs it to its end; exit status, output in text. */
static int run(const char *const *args, char *text, size_t room)
{
	int out, status;
	pid_t pid = start(args, &out);
	size_t len = 0;
	ssize_t n;

	while ((n = read(out, text + len, room - 1 - len)) > 0)
		len += n;
	text[len] = 0;
	close(out);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int try_connect(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_return_code(fd, errno);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	if (!connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return fd;
	close(fd);
	return -1;
}

static int connect_to(const char *path)
{
	int fd = -1;

	for (int i = 0; fd < 0 && i < 300; i++) {
		fd = try_connect(path);
		if (fd < 0)
			usleep(10000);
	}
	assert_true(fd >= 0);
	return fd;
}

static int start_child(void **state)
{
	const char *const args[] = { "--socket", vfio, "--control", control, "--stats", stats,
				     "--name", "unit", NULL };

	(void)state;
	child = start(args, NULL);
	close(connect_to(vfio));
	return 0;
}

static int stop_child(void **state)
{
	int status;

	(void)state;
	kill(child, SIGTERM);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	/* It took its sockets with it. */
	assert_int_equal(access(vfio, F_OK), -1);
	assert_int_equal(access(control, F_OK), -1);
	unlink(stats);
	return 0;
}

static void ask(int fd, const char *text, char *answer, size_t room)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	size_t len = 0;
	ssize_t n;

	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
	do {
		assert_int_equal(poll(&pfd, 1, 3000), 1);
		n = recv(fd, answer + len, room - 1 - len, 0);
		assert_true(n > 0);
		len += n;
	} while (answer[len - 1] != '\n');
	answer[len] = 0;
}

static int64_t stats_file_number(const char *key)
{
	struct json_object *obj = json_object_from_file(stats), *value;
	int64_t n;

	assert_non_null(obj);
	assert_true(json_object_object_get_ex(obj, key, &value));
	n = json_object_get_int64(value);
	json_object_put(obj);
	return n;
}

static void help(void **state)
{
	static const char *const words[] = {
		"--socket", "--model ptdma", "--model ae4dma", "--control", "--stats", "--bandwidth", "--latency", "--msi-only",
		"--write-path", "--name", "bandwidth N", "latency US", "error every N", "hang every",
		"late MS", "lost-irq", "flip", "queue N", "reorder on", "dead on", "reset-stats", "  stats",
	};
	const char *const args[] = { "--help", NULL };
	char text[8192];

	(void)state;
	assert_int_equal(run(args, text, sizeof(text)), 0);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		assert_non_null(strstr(text, words[i]));
}

static void expect_refusal(const char *const *args, const char *why)
{
	char text[1024];

	assert_int_equal(run(args, text, sizeof(text)) == 0, 0);
	assert_non_null(strstr(text, why));
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1); /* one line */
}

#define REFUSED(why, ...) \
	expect_refusal((const char *const[]){ __VA_ARGS__, NULL }, why)

static void bad_options(void **state)
{
	char longer[200];

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = 0;
	REFUSED("--socket PATH is missing", "--msi-only");
	REFUSED("argument extra", "--socket", vfio, "extra");
	REFUSED("--bandwidth: much is not", "--socket", vfio, "--bandwidth", "much");
	REFUSED("--latency: -5 is not", "--socket", vfio, "--latency", "-5");
	REFUSED("--model: ioat is not", "--socket", vfio, "--model", "ioat");
	REFUSED("--write-path: tape is not", "--socket", vfio, "--write-path", "tape");
	REFUSED("unrecognized option", "--socket", vfio, "--turbo");
	REFUSED("cannot listen: No such file", "--socket", "/nonexistent/dir/socket");
	REFUSED("too long for a socket", "--socket", longer);
	REFUSED("cannot listen: No such file", "--socket", vfio, "--control", "/nonexistent/c");
}

static void control_socket(void **state)
{
	char answer[1024], many[300];
	int fd = connect_to(control), other = connect_to(control);

	(void)state;
	ask(fd, "bandwidth 1000\n", answer, sizeof(answer));
	assert_string_equal(answer, "ok\n");
	ask(other, "nonsense\n", answer, sizeof(answer));
	assert_string_equal(answer, "error: unknown command nonsense, see --help\n");
	ask(fd, "stats\n", answer, sizeof(answer));
	assert_non_null(strstr(answer, "\"name\":\"unit\""));
	assert_non_null(strstr(answer, "\"completed\":0"));
	/* in pieces, and several at once */
	assert_int_equal(send(fd, "lat", 3, 0), 3);
	usleep(20000);
	ask(fd, "ency 5\n", answer, sizeof(answer));
	assert_string_equal(answer, "ok\n");
	ask(fd, "error off\nhang off\n", answer, sizeof(answer));
	if (strlen(answer) == 3)
		ask(fd, "", answer + 3, sizeof(answer) - 3);
	assert_string_equal(answer, "ok\nok\n");
	memset(many, 'x', sizeof(many));
	many[sizeof(many) - 1] = 0;
	ask(other, many, answer, sizeof(answer));
	assert_string_equal(answer, "error: line too long\n");
	close(other);
	close(fd);
}

#define SRC (GUEST_BASE + 0x10000)
#define DST (GUEST_BASE + 0x80000)

static void copies_and_counters(void **state)
{
	struct client c;

	(void)state;
	for (int i = 1; i <= 3; i++) {
		client_init(&c, connect_to(vfio));
		client_setup(&c);
		client_fill(&c, SRC, DST, 5000);
		client_post(&c, SRC, DST, 5000);
		client_kick(&c);
		assert_true(client_wait_irq(&c, 2000));
		assert_true(client_arrived(&c, SRC, DST, 5000));
		/* While the connection lasts, within a second or so ... */
		for (int n = 0; n < 250 && stats_file_number("bytes") != i * 5000; n++)
			usleep(10000);
		assert_int_equal(stats_file_number("bytes"), i * 5000);
		client_handle_irq(&c);
		client_destroy(&c);
	}
}

static void stale_socket(void **state)
{
	const char *const args[] = { "--socket", vfio, NULL };
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), status;
	pid_t pid;

	(void)state;
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", vfio);
	assert_return_code(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), errno);
	close(fd); /* as a killed emulator leaves it */
	pid = start(args, NULL);
	close(connect_to(vfio));
	REFUSED("another process serves", "--socket", vfio);
	kill(pid, SIGTERM);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void no_msix(void **state)
{
	const char *const args[] = { "--socket", vfio, "--msi-only", "--write-path", "qemu",
				     "--latency", "100", NULL };
	struct wire_irq_info info = { .argsz = sizeof(info), .index = IRQ_MSIX };
	struct wire_region_info region = { .argsz = sizeof(region), .index = REGION_BAR5 };
	struct client c;
	pid_t pid = start(args, NULL);
	int status;

	(void)state;
	client_init(&c, connect_to(vfio));
	client_version(&c);
	assert_int_equal(client_call(&c, WIRE_GET_IRQ_INFO, &info, sizeof(info), sizeof(info),
				     NULL, 0), 0);
	assert_int_equal(info.count, 0);
	assert_int_equal(client_call(&c, WIRE_GET_REGION_INFO, &region, sizeof(region),
				     sizeof(region), NULL, 0), 0);
	assert_int_equal(region.size, 0);
	client_map_guest(&c);
	client_config_write(&c, 4, 6, 2);
	assert_int_equal(client_set_irq(&c, IRQ_MSI, 0x24, 1, c.irq), 0);
	client_probe(&c);
	client_fill(&c, SRC, DST, 5000);
	client_post(&c, SRC, DST, 5000);
	client_kick(&c);
	assert_true(client_wait_irq(&c, 2000));
	assert_true(client_arrived(&c, SRC, DST, 5000));
	assert_int_equal(c.dma_writes, 1);
	/* Told to end while connected. */
	kill(pid, SIGTERM);
	assert_true(client_sees_end(&c));
	client_destroy(&c);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

#define RUNNING(f) cmocka_unit_test_setup_teardown(f, start_child, stop_child)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(help), cmocka_unit_test(bad_options),
		RUNNING(control_socket), RUNNING(copies_and_counters),
		cmocka_unit_test(stale_socket), cmocka_unit_test(no_msix),
	};
	int failed;

	if (argc != 2 || !mkdtemp(dir)) {
		fprintf(stderr, "usage: test-program PATH-OF-PTDMA-EMU\n");
		return 2;
	}
	program = argv[1];
	snprintf(vfio, sizeof(vfio), "%s/vfio", dir);
	snprintf(control, sizeof(control), "%s/control", dir);
	snprintf(stats, sizeof(stats), "%s/stats.json", dir);
	failed = cmocka_run_group_tests_name("program", tests, NULL, NULL);
	rmdir(dir);
	return failed;
}
