// SPDX-License-Identifier: GPL-2.0
/*
 * Carrying input and output between the caller and a task inside: a terminal
 * outside and one inside never meet, and files outside stay outside.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "cmd.h"
#include "pump.h"

#define VEOF_CHAR	"\004"

struct channel {
	int	from, to;
	bool	to_tty;		/* the end of input is typed, not closed */
	bool	open;
	size_t	len, off;
	char	last;
	char	buf[4096];
};

static struct termios saved_termios;
static bool raw;

static void signal_set(sigset_t *set)
{
	static const int sigs[] = { SIGCHLD, SIGWINCH, SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1,
				    SIGUSR2 };
	size_t i;

	sigemptyset(set);
	for (i = 0; i < sizeof(sigs) / sizeof(*sigs); i++)
		sigaddset(set, sigs[i]);
}

void pump_signals(void)
{
	sigset_t set;

	signal_set(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

void pump_signals_end(void)
{
	sigset_t set;

	signal_set(&set);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void leave_raw(void)
{
	if (raw)
		tcsetattr(0, TCSADRAIN, &saved_termios);
	raw = false;
}

/* Ours becomes a mere wire: the terminal inside does the work, with our settings. */
static void enter_raw(void)
{
	struct termios t;

	raw = isatty(0) && isatty(1) && !tcgetattr(0, &saved_termios);
	if (!raw)
		return;
	t = saved_termios;
	cfmakeraw(&t);
	tcsetattr(0, TCSADRAIN, &t);
	atexit(leave_raw);
}

static void channel_close(struct channel *c)
{
	if (c->open && !c->to_tty && c->to > 2)
		close(c->to);
	c->open = false;
}

static void channel_fill(struct channel *c)
{
	ssize_t n = read(c->from, c->buf, sizeof(c->buf));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n > 0) {
		c->len = n;
		c->off = 0;
		c->last = c->buf[n - 1];
	} else if (c->to_tty && !raw) {
		/* An unfinished line takes one to be handed over and one to be the end. */
		n = write(c->to, VEOF_CHAR VEOF_CHAR, c->last && c->last != '\n' ? 2 : 1);
		c->open = false;
	} else {
		channel_close(c);
	}
}

static void channel_drain(struct channel *c)
{
	ssize_t n = write(c->to, c->buf + c->off, c->len - c->off);

	if (n > 0)
		c->off += n;
	else if (n < 0 && errno != EINTR && errno != EAGAIN)
		channel_close(c);
	if (c->off == c->len)
		c->len = c->off = 0;
}

/* Once around; @wait: milliseconds to sleep for something to happen. True if data moved. */
static bool turn(struct channel *ch, size_t n, int sigs, int wait)
{
	struct pollfd p[5] = { { .fd = sigs, .events = POLLIN } };
	bool moved = false;
	size_t i;

	for (i = 0; i < n; i++) {
		p[i + 1].fd = !ch[i].open ? -1 : ch[i].len ? ch[i].to : ch[i].from;
		p[i + 1].events = ch[i].len ? POLLOUT : POLLIN;
		p[i + 1].revents = 0;
	}
	if (poll(p, n + 1, wait) <= 0)
		return false;
	for (i = 0; i < n; i++) {
		if (!p[i + 1].revents)
			continue;
		if (ch[i].len)
			channel_drain(&ch[i]);
		else
			channel_fill(&ch[i]);
		moved = true;
	}
	return moved;
}

static void pass_signal(const struct inside *in, int sig)
{
	if (sig == SIGWINCH) {
		if (in->master >= 0)
			pty_copy_size(in->master);
	} else if (vc_ctx_kill(in->guest->xid, in->pid, sig)) {
		/* It has not joined the context yet, or has ended. */
		kill(in->pid, sig);
	}
}

/* True when the task has ended, with its exit code. */
static bool read_signals(const struct inside *in, int sigs, int *code)
{
	struct signalfd_siginfo si;
	int status;

	while (read(sigs, &si, sizeof(si)) == sizeof(si))
		if (si.ssi_signo != SIGCHLD)
			pass_signal(in, si.ssi_signo);
	if (waitpid(in->pid, &status, WNOHANG) != in->pid)
		return false;
	*code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	return true;
}

static void add(struct channel **ch, size_t *n, int from, int to, bool to_tty)
{
	*ch = xrealloc(*ch, (*n + 1) * sizeof(**ch));
	memset(&(*ch)[*n], 0, sizeof(**ch));
	(*ch)[*n].from = from;
	(*ch)[*n].to = to;
	(*ch)[*n].to_tty = to_tty;
	(*ch)[(*n)++].open = true;
}

int inside_wait(struct inside *in)
{
	struct channel *ch = NULL;
	size_t n = 0, i, inputs = 0;
	sigset_t set;
	int sigs, code = EX_FAIL;

	signal_set(&set);
	sigs = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (in->master >= 0)
		enter_raw();
	/* Inputs come first: they are not waited for in the end. */
	if (in->kind[0] == STDIO_PTY)
		add(&ch, &n, 0, in->master, true);
	else if (in->pump[0] >= 0)
		add(&ch, &n, 0, in->pump[0], false);
	inputs = n;
	if (in->master >= 0) {
		fcntl(in->master, F_SETFL, O_NONBLOCK);
		add(&ch, &n, in->master, in->kind[1] == STDIO_PTY ? 1 :
		    in->kind[2] == STDIO_PTY ? 2 : 0, false);
	}
	for (i = 1; i < 3; i++)
		if (in->pump[i] >= 0)
			add(&ch, &n, in->pump[i], i, false);
	while (!read_signals(in, sigs, &code))
		turn(ch, n, sigs, 1000);
	/* What it wrote last; a task left behind with the output open is not waited for. */
	for (i = 0; i < inputs; i++)
		channel_close(&ch[i]);
	close(sigs);
	do {
		for (i = 0; i < n; i++)
			if (ch[i].open && ch[i].len)
				break;
		/* For a slow reader, as long as it takes. */
	} while (turn(ch, n, -1, i < n ? -1 : 0));
	leave_raw();
	free(ch);
	if (in->master >= 0)
		close(in->master);
	return code;
}
