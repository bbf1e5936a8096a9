// SPDX-License-Identifier: GPL-2.0
/*
 * The host side of the rig: starts the emulator, carries input, output and exit
 * status of the command between our caller and the agent in the machine (the
 * protocol stands in rig.h), and ends a machine that hangs.
 *
 *   relay [--tty] [--boot SECONDS] [--silence SECONDS] [--timeout SECONDS] DIR EMULATOR ARGUMENT...
 *
 * DIR gets the sockets ctl, io and err; the emulator writes the console to
 * DIR/console. Exit status: that of the command; 124 when a time limit ended
 * the machine; 125 when the machine ended by itself; 128+N after signal N.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define ROOM (4u << 20)
#define ESCAPE 0x1d			/* Ctrl-], three times: end the machine */
#define TAIL_LINES 40

enum { CTL, IO, ERR, PORTS };
static const char *const port_names[PORTS] = { "ctl", "io", "err" };

/* Bytes on their way to a slow reader. */
struct queue {
	char *data;
	size_t head, fill;
};

static struct {
	const char *dir;
	bool tty;
	long boot, silence, timeout;
	int listener[PORTS], port[PORTS], sig;
	pid_t vm;
	bool vm_gone, hello, done, bye, input_ended, input_told, killed;
	int status, want_code;
	unsigned long long received[PORTS], want[PORTS], sent;
	struct queue to_stdout, to_stderr, to_vm;
	char line[256];
	size_t line_len;
	time_t start, last_sign;
	int escapes;
	struct termios saved;
	bool raw;
} r;

static void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *fmt, ...)
{
	const char *end = r.raw ? "\r\n" : "\n";
	va_list ap;

	fprintf(stderr, "%svm: ", r.raw ? "\r\n" : "");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs(end, stderr);
}

static void die(const char *what)
{
	say("%s: %s", what, strerror(errno));
	exit(125);
}

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

static void restore_terminal(void)
{
	if (r.raw)
		tcsetattr(0, TCSADRAIN, &r.saved);
	r.raw = false;
}

static void make_raw(void)
{
	struct termios t;

	if (tcgetattr(0, &r.saved) < 0)
		return;
	t = r.saved;
	cfmakeraw(&t);
	if (tcsetattr(0, TCSADRAIN, &t) == 0)
		r.raw = true;
	atexit(restore_terminal);
}

static int listen_on(const char *name)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int n = snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/%s", r.dir, name);

	if (n >= (int)sizeof(sa.sun_path)) {
		errno = ENAMETOOLONG;
		die(r.dir);
	}
	unlink(sa.sun_path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 || listen(fd, 1) < 0)
		die(sa.sun_path);
	return fd;
}

/* Its own session: Ctrl-C is ours, and its end is ours to decide. */
static void start_vm(char **argv, const sigset_t *old)
{
	pid_t parent = getpid();
	int null;

	r.vm = fork();
	if (r.vm < 0)
		die("fork");
	if (r.vm)
		return;
	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(125);
	sigprocmask(SIG_SETMASK, old, NULL);
	null = open("/dev/null", O_RDWR);
	dup2(null, 0);
	dup2(null, 1);
	execvp(argv[0], argv);
	dprintf(2, "vm: %s: %s\n", argv[0], strerror(errno));
	_exit(125);
}

static void show_console_tail(void)
{
	char path[300], *text;
	long size, i, lines = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/console", r.dir);
	f = fopen(path, "r");
	if (!f)
		return;
	fseek(f, 0, SEEK_END);
	size = ftell(f);
	if (size > 65536)
		size = 65536;
	fseek(f, -size, SEEK_END);
	text = malloc(size + 1);
	if (!text || (long)fread(text, 1, size, f) != size)
		size = 0;
	fclose(f);
	for (i = size; i > 0 && lines <= TAIL_LINES; i--)
		if (text[i - 1] == '\n')
			lines++;
	if (i)
		i++;
	fprintf(stderr, "vm: last lines of the console:\n%.*s\n", (int)(size - i), text + i);
	free(text);
}

/* Ends the machine and us. */
static void give_up(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3), noreturn));
static void give_up(int code, const char *fmt, ...)
{
	char text[300];
	va_list ap;

	restore_terminal();
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!r.vm_gone) {
		kill(r.vm, SIGKILL);
		waitpid(r.vm, NULL, 0);
	}
	say("%s", text);
	if (code < 128)
		show_console_tail();
	exit(code);
}

static void tell(const char *text)
{
	if (r.port[CTL] >= 0 && write(r.port[CTL], text, strlen(text)) < 0 && errno != EPIPE)
		say("control port: %s", strerror(errno));
}

static void tell_size(void)
{
	struct winsize size;
	char text[64];

	if (!r.tty || ioctl(0, TIOCGWINSZ, &size) < 0)
		return;
	snprintf(text, sizeof(text), "size %u %u\n", size.ws_row, size.ws_col);
	tell(text);
}

static void obey(const char *line)
{
	int code;

	if (!strcmp(line, "hello")) {
		r.hello = true;
		tell_size();
	} else if (sscanf(line, "exit %d %llu %llu", &code, &r.want[IO], &r.want[ERR]) == 3) {
		r.done = true;
		r.want_code = code;
	}
	r.last_sign = now();
}

static bool put(struct queue *q, const char *data, size_t len)
{
	if (!q->data) {
		q->data = malloc(ROOM);
		if (!q->data)
			die("memory");
	}
	if (q->head + q->fill + len > ROOM) {
		memmove(q->data, q->data + q->head, q->fill);
		q->head = 0;
	}
	if (q->fill + len > ROOM)
		return false;
	memcpy(q->data + q->head + q->fill, data, len);
	q->fill += len;
	return true;
}

/* Writes what FD takes now; false when nobody will ever read it. */
static bool flush(struct queue *q, int fd)
{
	while (q->fill) {
		ssize_t n = write(fd, q->data + q->head, q->fill);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		q->head += n;
		q->fill -= n;
		if (fd <= 2)
			break;		/* may block: only as much as poll promised */
	}
	if (!q->fill)
		q->head = 0;
	return true;
}

static void read_port(int i)
{
	static char buf[65536];
	ssize_t n = read(r.port[i], buf, sizeof(buf)), k;

	if (n <= 0) {
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		close(r.port[i]);
		r.port[i] = -1;
		return;
	}
	r.received[i] += n;
	if (i == IO || i == ERR) {
		put(i == IO ? &r.to_stdout : &r.to_stderr, buf, n);
		return;
	}
	for (k = 0; k < n; k++) {
		if (buf[k] == '\n') {
			r.line[r.line_len] = '\0';
			obey(r.line);
			r.line_len = 0;
		} else if (r.line_len < sizeof(r.line) - 1) {
			r.line[r.line_len++] = buf[k];
		}
	}
}

static void read_input(void)
{
	char buf[16384];
	ssize_t n = read(0, buf, sizeof(buf)), i;

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		r.input_ended = true;
		return;
	}
	for (i = 0; r.raw && i < n; i++) {
		r.escapes = buf[i] == ESCAPE ? r.escapes + 1 : 0;
		if (r.escapes == 3)
			give_up(128 + SIGTERM, "ended by Ctrl-] Ctrl-] Ctrl-]");
	}
	put(&r.to_vm, buf, n);
	r.sent += n;
}

static void handle_signals(void)
{
	struct signalfd_siginfo si;

	while (read(r.sig, &si, sizeof(si)) == sizeof(si)) {
		if (si.ssi_signo == SIGWINCH)
			tell_size();
		else if (si.ssi_signo == SIGCHLD)
			r.vm_gone |= waitpid(r.vm, &r.status, WNOHANG) == r.vm;
		else
			give_up(128 + si.ssi_signo, "ended by signal %u", si.ssi_signo);
	}
}

static void check_time(void)
{
	time_t t = now();

	/* While our own reader is slow the machine waits for us: that is no hang. */
	if (r.to_stdout.fill > ROOM / 2 || r.to_stderr.fill > ROOM / 2)
		r.last_sign = t;
	if (!r.hello && t - r.start > r.boot)
		give_up(124, "the machine did not come up within %ld s; it was ended", r.boot);
	if (r.hello && !r.bye && t - r.last_sign > r.silence)
		give_up(124, "the machine hangs (no sign of life for %ld s); it was ended", r.silence);
	if (!r.bye && r.timeout && t - r.start > r.timeout)
		give_up(124, "the command did not end within %ld s; the machine was ended", r.timeout);
	if (r.bye && t - r.last_sign > 60)
		give_up(124, "the machine did not power off within 60 s; it was ended");
}

static void one_round(void)
{
	struct pollfd p[4 + 2 * PORTS];
	char text[64];
	int i;

	p[0] = (struct pollfd){ .fd = r.sig, .events = POLLIN };
	p[1] = (struct pollfd){ .fd = !r.input_ended && r.hello && r.to_vm.fill < ROOM / 2 ? 0 : -1,
				.events = POLLIN };
	p[2] = (struct pollfd){ .fd = r.to_stdout.fill ? 1 : -1, .events = POLLOUT };
	p[3] = (struct pollfd){ .fd = r.to_stderr.fill ? 2 : -1, .events = POLLOUT };
	for (i = 0; i < PORTS; i++) {
		bool full = (i == IO && r.to_stdout.fill > ROOM / 2) || (i == ERR && r.to_stderr.fill > ROOM / 2);

		p[4 + i] = (struct pollfd){ .fd = r.listener[i], .events = POLLIN };
		p[4 + PORTS + i] = (struct pollfd){ .fd = r.port[i],
			.events = (full ? 0 : POLLIN) | (i == IO && r.to_vm.fill ? POLLOUT : 0) };
	}
	poll(p, sizeof(p) / sizeof(p[0]), 1000);
	for (i = 0; i < PORTS; i++) {
		if (p[4 + i].revents & POLLIN) {
			r.port[i] = accept4(r.listener[i], NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
			close(r.listener[i]);
			r.listener[i] = -1;
		}
		if (p[4 + PORTS + i].revents & (POLLIN | POLLHUP))
			read_port(i);
	}
	if (p[1].revents)
		read_input();
	if (p[2].revents && !flush(&r.to_stdout, 1))
		give_up(128 + SIGPIPE, "nobody reads the output any more; the machine was ended");
	if (p[3].revents && !flush(&r.to_stderr, 2))
		r.to_stderr.fill = 0;
	if (r.port[IO] >= 0)
		flush(&r.to_vm, r.port[IO]);
	if (r.input_ended && !r.input_told && r.hello && !r.to_vm.fill) {
		snprintf(text, sizeof(text), "eof %llu\n", r.sent);
		tell(text);
		r.input_told = true;
	}
	if (r.done && !r.bye && r.received[IO] >= r.want[IO] && r.received[ERR] >= r.want[ERR]) {
		tell("bye\n");
		r.bye = true;
		r.last_sign = now();
	}
	if (p[0].revents)
		handle_signals();
	check_time();
}

static void options(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "tty", no_argument, NULL, 't' },
		{ "boot", required_argument, NULL, 'b' },
		{ "silence", required_argument, NULL, 's' },
		{ "timeout", required_argument, NULL, 'x' },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	r.boot = 60;
	r.silence = 60;
	while ((c = getopt_long(argc, argv, "+", longs, NULL)) >= 0) {
		switch (c) {
		case 't': r.tty = true; break;
		case 'b': r.boot = atol(optarg); break;
		case 's': r.silence = atol(optarg); break;
		case 'x': r.timeout = atol(optarg); break;
		default: exit(2);
		}
	}
	if (argc - optind < 2) {
		fprintf(stderr, "usage: relay [OPTIONS] DIR EMULATOR ARGUMENT...\n");
		exit(2);
	}
	r.dir = argv[optind];
}

int main(int argc, char **argv)
{
	static const int signals[] = { SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGWINCH };
	sigset_t set, old;
	size_t i;

	options(argc, argv);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, &old);
	r.sig = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	for (i = 0; i < PORTS; i++) {
		r.listener[i] = listen_on(port_names[i]);
		r.port[i] = -1;
	}
	r.start = now();
	r.last_sign = r.start;
	start_vm(argv + optind + 1, &old);
	if (r.tty)
		make_raw();
	while (!r.vm_gone || r.port[IO] >= 0 || r.port[ERR] >= 0 || r.port[CTL] >= 0 || r.to_stdout.fill ||
	       r.to_stderr.fill) {
		one_round();
		if (r.vm_gone && r.port[CTL] < 0 && r.listener[CTL] >= 0)
			break;		/* it never connected */
	}
	restore_terminal();
	if (!r.done)
		give_up(125, "the machine stopped before the command ended (status %d)",
			WIFEXITED(r.status) ? WEXITSTATUS(r.status) : 128 + WTERMSIG(r.status));
	return r.want_code;
}
