// SPDX-License-Identifier: GPL-2.0
/*
 * The agent: runs the command, carries its input and output over virtio-serial
 * ports (see rig.h), beats once a second so that the host side notices a hung
 * machine, reaps orphans when it is PID 1, and ends the machine.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "rig.h"

#define CHUNK 32768

struct stream {
	int from, to;			/* -1: ended */
	unsigned long long bytes;	/* passed so far */
	unsigned long long limit;	/* end after so many; ~0: unknown */
	char buf[CHUNK];		/* read and not yet written (input only) */
	size_t fill, done;
};

static struct {
	int ctl, io, err;		/* the ports */
	int sig, timer;
	pid_t child;
	int status;			/* its wait status, -1 while it runs */
	bool bye;
	struct stream in, out, errs;
	int pty;
	char line[256];			/* of the control port */
	size_t line_len;
} a;

/* Ports are found by name below /sys; their nodes are called vport<bus>p<n>. */
static int open_port(const char *name)
{
	char path[300], *text;
	struct dirent *d;
	DIR *dir = opendir("/sys/class/virtio-ports");
	int fd = -1;

	while (dir && fd < 0 && (d = readdir(dir))) {
		if (d->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/name", d->d_name);
		text = rig_read_file(path, NULL);
		if (text && !strncmp(text, name, strlen(name)) && text[strlen(name)] == '\n') {
			snprintf(path, sizeof(path), "/dev/%s", d->d_name);
			fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
		}
		free(text);
	}
	if (dir)
		closedir(dir);
	if (fd < 0)
		rig_say("port %s: %s", name, strerror(errno));
	return fd;
}

static void write_all(int fd, const char *buf, size_t len)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	ssize_t n;

	while (len) {
		n = write(fd, buf, len);
		if (n < 0) {
			if (errno != EAGAIN && errno != EINTR)
				return;
			poll(&p, 1, 1000);
			continue;
		}
		buf += n;
		len -= n;
	}
}

static void tell(const char *text)
{
	write_all(a.ctl, text, strlen(text));
}

static void set_env(const struct rig_config *cfg)
{
	clearenv();
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	setenv("USER", "root", 1);
	setenv("LOGNAME", "root", 1);
	setenv("SHELL", "/bin/bash", 1);
	setenv("LANG", "C.UTF-8", 1);
	setenv("TERM", cfg->term, 1);
}

static void exec_command(const struct rig_config *cfg, int in, int out, int err)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	setsid();
	if (cfg->tty && ioctl(in, TIOCSCTTY, 0) < 0)
		rig_say("no controlling terminal: %s", strerror(errno));
	dup2(in, 0);
	dup2(out, 1);
	dup2(err, 2);
	set_env(cfg);
	if (chdir("/root") < 0)
		rig_say("no /root: %s", strerror(errno));
	execvp(cfg->argv[0], cfg->argv);
	dprintf(2, "vm: %s: %s\n", cfg->argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static int make_pty(int *slave)
{
	int pty = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	char name[64];

	if (pty < 0 || grantpt(pty) < 0 || unlockpt(pty) < 0 || ptsname_r(pty, name, sizeof(name)))
		return -1;
	*slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return *slave < 0 ? -1 : pty;
}

static int start_command(const struct rig_config *cfg)
{
	int in[2] = { -1, -1 }, out[2] = { -1, -1 }, err[2] = { -1, -1 }, slave = -1;

	a.pty = -1;
	if (cfg->tty) {
		a.pty = make_pty(&slave);
		if (a.pty < 0)
			return -1;
		in[0] = slave;
		out[1] = slave;
		err[1] = slave;
		in[1] = a.pty;
		out[0] = a.pty;
	} else if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0) {
		return -1;
	}
	a.child = fork();
	if (!a.child)
		exec_command(cfg, in[0], out[1], err[1]);
	if (a.child < 0)
		return -1;
	close(in[0]);
	if (!cfg->tty) {
		close(out[1]);
		close(err[1]);
	}
	fcntl(in[1], F_SETFL, O_NONBLOCK);
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	if (err[0] >= 0)
		fcntl(err[0], F_SETFL, O_NONBLOCK);
	a.in = (struct stream){ .from = a.io, .to = in[1], .limit = ~0ULL };
	a.out = (struct stream){ .from = out[0], .to = a.io };
	a.errs = (struct stream){ .from = err[0], .to = a.err };
	return 0;
}

/* Output: everything that is there, at most ROUNDS chunks. */
static void pump_out(struct stream *s, int rounds)
{
	ssize_t n;

	while (s->from >= 0 && rounds--) {
		n = read(s->from, s->buf, sizeof(s->buf));
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {		/* a terminal ends with EIO */
			s->from = -1;
			return;
		}
		write_all(s->to, s->buf, n);
		s->bytes += n;
	}
}

static void end_input(void)
{
	if (a.in.to >= 0 && a.in.to != a.pty)
		close(a.in.to);
	a.in.to = -1;
}

/* Input: one chunk at a time; the port keeps the rest until the command reads. */
static void pump_in(void)
{
	ssize_t n;

	if (a.in.done == a.in.fill) {
		n = read(a.in.from, a.in.buf, sizeof(a.in.buf));
		if (n > 0) {
			a.in.done = 0;
			a.in.fill = n;
			a.in.bytes += n;
		}
	}
	while (a.in.done < a.in.fill) {
		if (a.in.to < 0) {
			a.in.done = a.in.fill;
			break;
		}
		n = write(a.in.to, a.in.buf + a.in.done, a.in.fill - a.in.done);
		if (n < 0) {
			if (errno == EAGAIN)
				return;
			end_input();
			continue;
		}
		a.in.done += n;
	}
	if (a.in.bytes >= a.in.limit)
		end_input();
}

static void obey(const char *line)
{
	struct winsize size = { 0 };

	if (sscanf(line, "size %hu %hu", &size.ws_row, &size.ws_col) == 2) {
		if (a.pty >= 0)
			ioctl(a.pty, TIOCSWINSZ, &size);
	} else if (sscanf(line, "eof %llu", &a.in.limit) == 1) {
		if (a.in.bytes >= a.in.limit && a.in.done == a.in.fill)
			end_input();
	} else if (!strcmp(line, "bye")) {
		a.bye = true;
	}
}

static void read_control(void)
{
	char c;

	while (read(a.ctl, &c, 1) == 1) {
		if (c == '\n') {
			a.line[a.line_len] = '\0';
			obey(a.line);
			a.line_len = 0;
		} else if (a.line_len < sizeof(a.line) - 1) {
			a.line[a.line_len++] = c;
		}
	}
}

static void reap(bool is_init)
{
	struct signalfd_siginfo si;
	int status;
	pid_t pid;

	while (read(a.sig, &si, sizeof(si)) == sizeof(si))
		;
	/* As PID 1 we get the orphans of the whole machine, of guests too. */
	while ((pid = waitpid(is_init ? -1 : a.child, &status, WNOHANG)) > 0)
		if (pid == a.child)
			a.status = status;
}

static void one_round(bool is_init)
{
	struct pollfd p[] = {
		{ .fd = a.sig, .events = POLLIN },
		{ .fd = a.timer, .events = POLLIN },
		{ .fd = a.ctl, .events = POLLIN },
		{ .fd = a.in.done == a.in.fill ? a.in.from : -1, .events = POLLIN },
		{ .fd = a.in.done < a.in.fill ? a.in.to : -1, .events = POLLOUT },
		{ .fd = a.out.from, .events = POLLIN },
		{ .fd = a.errs.from, .events = POLLIN },
	};
	unsigned long long ticks;

	if (poll(p, sizeof(p) / sizeof(p[0]), 1000) < 0)
		return;
	if ((p[1].revents & POLLIN) && read(a.timer, &ticks, sizeof(ticks)) > 0)
		tell("beat\n");
	if (p[2].revents & POLLIN)
		read_control();
	if (p[3].revents & POLLIN || p[4].revents)
		pump_in();
	if (p[5].revents)
		pump_out(&a.out, 8);
	if (p[6].revents)
		pump_out(&a.errs, 8);
	if (p[0].revents)
		reap(is_init);
}

/* In order when the disk is kept; at once when it is thrown away. */
static void power_off(const struct rig_config *cfg, bool is_init)
{
	if (cfg->persist) {
		if (!is_init) {
			if (!strcmp(cfg->init, "systemd"))
				execlp("systemctl", "systemctl", "poweroff", NULL);
			execlp("shutdown", "shutdown", "-h", "-P", "now", NULL);
		}
		kill(-1, SIGTERM);
		usleep(300000);
		kill(-1, SIGKILL);
		sync();
		if (mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY, NULL) < 0)
			rig_say("cannot remount / read-only: %s", strerror(errno));
	}
	reboot(RB_POWER_OFF);
}

void rig_agent(const struct rig_config *cfg, bool is_init)
{
	struct itimerspec second = { .it_interval.tv_sec = 1, .it_value.tv_nsec = 1 };
	char text[128];
	sigset_t set;
	int i, code;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	a.sig = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	a.timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	timerfd_settime(a.timer, 0, &second, NULL);
	a.ctl = open_port("vs.ctl");
	a.io = open_port("vs.io");
	a.err = open_port("vs.err");
	a.status = -1;
	if (a.ctl < 0 || a.io < 0 || a.err < 0)
		reboot(RB_POWER_OFF);
	tell("hello\n");
	if (start_command(cfg) < 0) {
		snprintf(text, sizeof(text), "vm: cannot start the command: %s\n", strerror(errno));
		write_all(a.err, text, strlen(text));
		a.errs.bytes = strlen(text);
		a.status = 126 << 8;
	}
	while (a.status == -1)
		one_round(is_init);
	/* What it wrote; a process that it left behind may go on, unheard. */
	pump_out(&a.out, 1 << 20);
	pump_out(&a.errs, 1 << 20);
	a.out.from = -1;
	a.errs.from = -1;
	code = WIFEXITED(a.status) ? WEXITSTATUS(a.status) : 128 + WTERMSIG(a.status);
	snprintf(text, sizeof(text), "exit %d %llu %llu\n", code, a.out.bytes, a.errs.bytes);
	tell(text);
	for (i = 0; i < 30 && !a.bye; i++)
		one_round(is_init);
	power_off(cfg, is_init);
	for (;;)
		pause();
}
