// SPDX-License-Identifier: GPL-2.0
/* vserver NAME start: a list of steps, each with its undo. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd.h"
#include "hostnet.h"
#include "inside.h"
#include "relay.h"
#include "rlimits.h"
#include "run.h"
#include "scripts.h"
#include "start.h"

static int do_init_scripts(struct start *s)
{
	return scripts_run(s->guest, "initialize", s->guest->dir) ||
	       scripts_run(s->guest, "prepre-start", s->guest->dir);
}

static int do_addresses(struct start *s)
{
	return hostnet_up(s->guest, &s->conf);
}

static void undo_addresses(struct start *s)
{
	hostnet_down(s->guest);
}

/* Follows the child until its init runs. */
static int follow(struct start *s)
{
	const char *name = s->guest->name;
	struct start_report r;
	int fd, ret = 0;
	ssize_t n;

	while ((n = recv_fd(s->sock, &fd, &r, sizeof(r))) > 0) {
		r.text[sizeof(r.text) - 1] = 0;
		if (r.what == REPORT_ERROR) {
			ret = failed(name, "%s", r.text);
			s->told = true;
			continue;
		}
		s->log = fd;
		s->context = true;
		s->guest->xid = s->conf.xid;
		if (run_write(s->guest, s->conf.xid) || rlimits_apply(s->guest, s->conf.xid))
			return -1;
		if (send(s->sock, "G", 1, MSG_NOSIGNAL) < 0)
			return failed(name, "cannot go on: the new task is gone");
	}
	if (n < 0)
		return interrupted ? -1 : failed(name, "cannot hear from the new task: %s",
						 strerror(errno));
	if (!ret && !s->context)
		ret = failed(name, "the new task ended without a word");
	return ret;
}

static int do_context(struct start *s)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return failed(s->guest->name, "cannot make a socket: %s", strerror(errno));
	fflush(NULL);
	s->pid = fork();
	if (!s->pid) {
		close(pair[0]);
		s->sock = pair[1];
		start_child(s);
	}
	close(pair[1]);
	s->sock = pair[0];
	if (s->pid < 0) {
		s->pid = 0;
		return failed(s->guest->name, "cannot fork: %s", strerror(errno));
	}
	return follow(s);
}

static void undo_context(struct start *s)
{
	int status;

	if (s->context)
		kill_context(s->guest->name, s->conf.xid);
	if (s->pid > 0) {
		kill(s->pid, SIGKILL);
		while (waitpid(s->pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	/* Also the run file: it was written for this context. */
	if (s->context)
		run_remove(s->guest);
	s->guest->xid = VC_NOCTX;
}

/* True for styles whose start command ends when the services run. */
static bool waits(const struct start *s)
{
	return !s->conf.real_init && s->conf.style != STYLE_RESCUE;
}

static int do_services(struct start *s)
{
	const char *name = s->guest->name;
	struct vc_ctx_stat st;
	int status = 0;

	if (waits(s)) {
		if (relay_log(s->log, s->pid, &status))
			return -1;
		s->pid = 0;
		if (WIFSIGNALED(status))
			caution(name, "%s was ended by signal %d", s->conf.start.v[0],
				WTERMSIG(status));
		else if (WEXITSTATUS(status))
			caution(name, "%s ended with status %d, see %s%s", s->conf.start.v[0],
				WEXITSTATUS(status), s->guest->vdir, CONSOLE_LOG);
	} else if (waitpid(s->pid, &status, WNOHANG) == s->pid) {
		s->pid = 0;
		return failed(name, "%s ended at once", s->conf.start.v[0]);
	}
	if (vc_ctx_stat(s->conf.xid, &st) || !st.tasks)
		return failed(name, "%s left no process behind", s->conf.start.v[0]);
	return 0;
}

static int do_post_scripts(struct start *s)
{
	return scripts_run(s->guest, "post-start", s->guest->vdir);
}

static const struct {
	const char	*name;
	int		(*run)(struct start *s);
	void		(*undo)(struct start *s);
	const char	*what;
} steps[] = {
	{ "scripts", do_init_scripts, NULL, "scripts/initialize and prepre-start" },
	{ "addresses", do_addresses, undo_addresses, "addresses on the host's interfaces" },
	{ "context", do_context, undo_context, "a task that becomes the guest's first:" },
	{ "services", do_services, NULL, "wait for the start command" },
	{ "post", do_post_scripts, NULL, "scripts/post-start" },
};

#define N_STEPS	(sizeof(steps) / sizeof(*steps))

static void show(const struct start *s)
{
	const struct iface_conf *iface;
	size_t i;

	printf("%s: context %u", s->guest->name, s->conf.xid);
	if (s->conf.nid != VC_NONID)
		printf(", network context %u", s->conf.nid);
	putchar('\n');
	for (i = 0; i < N_STEPS; i++) {
		printf("%-12s %s\n", steps[i].name, steps[i].what);
		if (steps[i].run == do_context)
			start_child_show(s);
		if (steps[i].run != do_addresses)
			continue;
		for (iface = s->conf.ifaces; iface < s->conf.ifaces + s->conf.n_ifaces; iface++)
			printf("  %s/%u on %s\n", iface->text, iface->prefix,
			       iface->dev ? iface->dev : "no device");
	}
}

static int check(struct start *s)
{
	struct vc_guest *guest = s->guest;
	struct stat st;

	if (!guest->vdir || stat(guest->vdir, &st) || !S_ISDIR(st.st_mode))
		return failed(guest->name, "cannot find the root directory %s/vdir", guest->dir);
	if (s->conf.xid == VC_NOCTX)
		return failed(guest->name, "no context number: write one from %u to %u into %s/context",
			      VS_ID_MIN, VS_ID_MAX, guest->dir);
	if (s->conf.fstab.n == 0 && !conf_exists(guest, "fstab"))
		conf_default_fstab(&s->conf.fstab);
	if (opt.dry_run)
		return 0;
	if (vc_get_version() < 0)
		return failed(guest->name, "cannot start: %s", vc_reason(VCMD_get_version, errno));
	return 0;
}

int start_locked(struct vc_guest *guest, char **rescue, bool rescue_init)
{
	struct start s = { .guest = guest, .sock = -1, .log = -1 };
	size_t i;
	int ret;

	if (guest->xid != VC_NOCTX) {
		caution(guest->name, "already running in context %u", guest->xid);
		return 0;
	}
	ret = conf_read(guest, &s.conf, true);
	if (!ret)
		ret = conf_read_style(guest, &s.conf, rescue);
	if (!ret)
		ret = check(&s);
	s.conf.real_init |= rescue_init;
	if (!ret && opt.dry_run) {
		show(&s);
		conf_free(&s.conf);
		return 0;
	}
	for (i = 0; !ret && i < N_STEPS; i++) {
		verbose(guest->name, "%s: %s", steps[i].name, steps[i].what);
		ret = steps[i].run(&s);
		if (!ret && interrupted)
			ret = failed(guest->name, "interrupted by signal %d", (int)interrupted);
		if (ret && !s.told)
			failed(guest->name, "start failed at step '%s'", steps[i].name);
	}
	/* @i is one beyond the step that failed: its own undo is tried too. */
	while (ret && i-- > 0)
		if (steps[i].undo)
			steps[i].undo(&s);
	if (s.sock >= 0)
		close(s.sock);
	if (s.log >= 0)
		close(s.log);
	conf_free(&s.conf);
	return ret ? EX_FAIL : 0;
}

int cmd_start(const char *id, struct vc_guest *guest, int argc, char **argv)
{
	char *none[1] = { NULL }, **rescue = NULL, *key;
	bool rescue_init = false;
	int lock, ret, i;

	(void)id;
	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--rescue"))
			rescue = none;
		else if (!strcmp(argv[i], "--rescue-init"))
			rescue_init = true;
		else if (!strcmp(argv[i], "--dry-run"))
			opt.dry_run = true;
		else if (*argv[i] == '-' || !rescue)
			return cmd_usage("start", "unknown argument '%s'", argv[i]);
		else
			break;
	}
	if (i < argc)
		rescue = argv + i;
	if (rescue_init && !rescue)
		return cmd_usage("start", "--rescue-init needs --rescue");
	if (opt.dry_run)
		return start_locked(guest, rescue, rescue_init);
	catch_signals();
	lock = run_lock_guest(guest, &key);
	if (lock < 0)
		return EX_FAIL;
	ret = start_locked(guest, rescue, rescue_init);
	run_unlock(lock, key);
	free(key);
	return ret;
}
