// SPDX-License-Identifier: GPL-2.0
/*
 * Starting a task inside a running guest. The order matters: the network
 * context and the namespaces are entered from the host's side, files of the
 * guest are read and its terminal is opened before the task joins the
 * context, and from that moment on the guest's root may look at the task: so
 * it carries nothing of the host by then.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "cmd.h"
#include "inside.h"
#include "ulimits.h"
#include "prepare.h"
#include "pump.h"

/* What the child tells: 'P' comes with the pty master, 'E' is a failure. */
struct report {
	char	what;
	int	code;		/* exit code for the caller */
	char	text[512];
};

/* A child's state between fork and exec. */
struct entering {
	struct inside	*in;
	int		sock;
	int		proc;		/* the host's /proc/self/fd */
	int		root;
	int		stdio[3];
	int		slave;
	struct guest_user user;
	struct strlist	env;
};

__attribute__((noreturn, format(printf, 3, 4)))
static void give_up(struct entering *e, int code, const char *fmt, ...)
{
	struct report r = { 'E', code, "" };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r.text, sizeof(r.text), fmt, ap);
	va_end(ap);
	send_fd(e->sock, -1, &r, sizeof(r));
	_exit(code);
}

/* Its control group and limits, while the host's files are there. */
static void take_limits(struct entering *e)
{
	const struct guest_conf *conf = e->in->conf;
	char *group = cgroup_of(conf, e->in->guest);

	if ((group && cgroup_join(e->in->guest->name, group, false)) ||
	    limits_apply(e->in->guest->name, conf, e->proc))
		give_up(e, EX_FAIL, "%s", "");
	free(group);
}

static void enter_spaces(struct entering *e)
{
	const struct vc_guest *guest = e->in->guest;
	nid_t nid = e->in->conf->nid;

	if (nid != VC_NONID && vc_net_migrate(nid))
		give_up(e, EX_FAIL, "cannot enter network context %u: %s", nid,
			vc_reason(VCMD_net_migrate, errno));
	if (vc_enter_namespace(guest->xid, CLONE_NEWNS | CLONE_FS, 1) ||
	    vc_enter_namespace(guest->xid, CLONE_NEWUTS | CLONE_NEWIPC, 0))
		give_up(e, EX_FAIL, "cannot enter the namespaces of context %u: %s", guest->xid,
			vc_reason(VCMD_enter_space, errno));
	/* Only guests that keep their groups themselves have one. */
	if (vc_enter_namespace(guest->xid, CLONE_NEWCGROUP, 0) && errno != EINVAL)
		give_up(e, EX_FAIL, "cannot enter the cgroup namespace of context %u: %s", guest->xid,
			vc_reason(VCMD_enter_space, errno));
	/* One that it does not have is not stored: then its network is the host's. */
	if (vc_enter_namespace(guest->xid, CLONE_NEWNET, 0) && errno != EINVAL)
		give_up(e, EX_FAIL, "cannot enter the network of context %u: %s", guest->xid,
			vc_reason(VCMD_enter_space, errno));
	if (chdir("/"))
		give_up(e, EX_FAIL, "cannot change to the guest's root: %s", strerror(errno));
	e->root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (e->root < 0)
		give_up(e, EX_FAIL, "cannot open the guest's root: %s", strerror(errno));
}

/* A null device that is not the host's: through it, the host's could be chmod'ed. */
static int null_of_guest(struct entering *e)
{
	int fd = prepare_null(e->in->guest->name, e->root, e->proc);

	if (fd < 0)
		give_up(e, EX_FAIL, "cannot go on without /dev/null");
	return fd;
}

static void make_stdio(struct entering *e)
{
	struct inside *in = e->in;
	struct report r = { 'P', 0, "" };
	int i, master = -1;

	for (i = 0; i < 3; i++)
		if (in->kind[i] == STDIO_PTY)
			break;
	if (i < 3) {
		if (pty_open(e->root, e->proc, &master, &e->slave))
			give_up(e, EX_FAIL, "cannot get a terminal in the guest's /dev/pts: %s",
				strerror(errno));
		pty_copy_settings(e->slave);
		/* As login(1) does: the user owns his terminal. */
		if (fchown(e->slave, e->user.uid, -1))
			give_up(e, EX_FAIL, "cannot hand over the terminal: %s", strerror(errno));
	}
	for (i = 0; i < 3; i++) {
		switch (in->kind[i]) {
		case STDIO_PTY:
			e->stdio[i] = e->slave;
			break;
		case STDIO_NULL:
			e->stdio[i] = null_of_guest(e);
			break;
		case STDIO_PIPE:
			e->stdio[i] = in->inner[i];
			break;
		case STDIO_PASS:
			e->stdio[i] = i;
			break;
		}
	}
	if (send_fd(e->sock, master, &r, sizeof(r)))
		give_up(e, EX_FAIL, "cannot pass the terminal: %s", strerror(errno));
	if (master >= 0)
		close(master);
}

/* Puts the descriptors in place without treading on one that is still needed. */
static void install_stdio(struct entering *e)
{
	int i, high[3];

	for (i = 0; i < 3; i++)
		high[i] = fcntl(e->stdio[i], F_DUPFD_CLOEXEC, 10);
	for (i = 0; i < 3; i++)
		if (high[i] < 0 || dup2(high[i], i) < 0)
			give_up(e, EX_FAIL, "cannot set up descriptor %d: %s", i, strerror(errno));
}

static void make_env(struct entering *e)
{
	static const char * const keep[] = { "TERM", "LANG", "COLORTERM" };
	struct guest_user *u = &e->user;
	char **p, *value, *eq;
	size_t i;

	env_set(&e->env, "PATH", u->uid ? "/usr/local/bin:/usr/bin:/bin" :
		"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	env_set(&e->env, "HOME", u->home);
	env_set(&e->env, "USER", u->name);
	env_set(&e->env, "LOGNAME", u->name);
	env_set(&e->env, "SHELL", u->shell);
	for (i = 0; i < sizeof(keep) / sizeof(*keep); i++) {
		value = getenv(keep[i]);
		if (value)
			env_set(&e->env, keep[i], value);
	}
	for (p = environ; *p; p++)
		if (!strncmp(*p, "LC_", 3))
			strlist_add(&e->env, *p);
	for (i = 0; i < e->in->extra_env.n; i++) {
		value = xstrdup(e->in->extra_env.v[i]);
		eq = strchr(value, '=');
		*eq = 0;
		env_set(&e->env, value, eq + 1);
		free(value);
	}
}

static void become_member(struct entering *e)
{
	const struct guest_conf *conf = e->in->conf;
	struct guest_user *u = &e->user;

	if (conf->personality != VC_BAD_PERSONALITY && personality(conf->personality) < 0)
		give_up(e, EX_FAIL, "cannot set the personality: %s", strerror(errno));
	/* Until the exec, ordinary users of the guest cannot look into this task. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		give_up(e, EX_FAIL, "cannot protect the task: %s", strerror(errno));
	if (vc_tag_migrate(conf->tag))
		give_up(e, EX_FAIL, "cannot take the tag %u: %s", conf->tag,
			vc_reason(VCMD_tag_migrate, errno));
	if (inside_enter(e->in->guest->xid))
		give_up(e, EX_FAIL, "cannot enter context %u: %s", e->in->guest->xid,
			vc_reason(VCMD_ctx_migrate, errno));
	if (setgroups(u->n_groups, u->groups) || setgid(u->gid) || setuid(u->uid))
		give_up(e, EX_FAIL, "cannot become user %s: %s", u->name, strerror(errno));
}

__attribute__((noreturn)) static void run_shell(struct entering *e)
{
	const char *first = e->in->shell ? e->in->shell : e->user.shell;
	const char * const shells[] = { first, "/bin/bash", "/bin/sh", NULL };
	char *argv[2] = { NULL, NULL };
	int i, saved = 0;

	if (chdir(e->user.home) && chdir("/"))
		give_up(e, EX_FAIL, "cannot change to /: %s", strerror(errno));
	for (i = 0; shells[i]; i++) {
		const char *base = strrchr(shells[i], '/');

		argv[0] = xprintf("-%s", base ? base + 1 : shells[i]);
		execve(shells[i], argv, e->env.v);
		if (!saved)
			saved = errno;
		/* A configured shell that fails is a mistake to be told. */
		if (e->in->shell)
			break;
	}
	give_up(e, saved == ENOENT ? EX_NOTFOUND : EX_CANNOT, "cannot run %s in the guest: %s",
		first, strerror(saved));
}

__attribute__((noreturn)) static void child(struct inside *in, int sock)
{
	struct entering e = { .in = in, .sock = sock, .slave = -1 };

	e.proc = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (e.proc < 0)
		give_up(&e, EX_FAIL, "cannot open /proc/self/fd: %s", strerror(errno));
	take_limits(&e);
	enter_spaces(&e);
	if (user_lookup(in->guest->name, e.root, in->who ? in->who : "0", &e.user))
		give_up(&e, EX_FAIL, "%s", "");
	make_env(&e);
	make_stdio(&e);
	install_stdio(&e);
	if (inside_clean(in->guest->name, sock))
		give_up(&e, EX_FAIL, "cannot clean up before entering: %s", strerror(errno));
	e.sock = 3;
	if (e.slave >= 0 && pty_control(in->kind))
		give_up(&e, EX_FAIL, "cannot take the terminal: %s", strerror(errno));
	become_member(&e);
	if (!in->argv)
		run_shell(&e);
	conf_choose_rc(in->argv);
	environ = e.env.v;
	execvp(in->argv[0], in->argv);
	give_up(&e, errno == ENOENT ? EX_NOTFOUND : EX_CANNOT, "cannot run %s in the guest: %s",
		in->argv[0], strerror(errno));
}

/* What each of the descriptors 0 to 2 will be inside. */
static int choose_stdio(struct inside *in)
{
	struct stat st;
	int i, fds[2];

	for (i = 0; i < 3; i++) {
		in->inner[i] = in->pump[i] = -1;
		if (in->null_stdio || fstat(i, &st))
			in->kind[i] = STDIO_NULL;
		else if (in->want_pty || isatty(i))
			in->kind[i] = STDIO_PTY;
		else if (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))
			in->kind[i] = STDIO_PASS;
		else if (S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3))
			in->kind[i] = STDIO_NULL;
		else
			in->kind[i] = STDIO_PIPE;
		if (in->kind[i] != STDIO_PIPE)
			continue;
		/* The file itself stays outside: a descriptor can do more than read and write. */
		if (pipe2(fds, O_CLOEXEC))
			return failed(in->guest->name, "cannot make a pipe: %s", strerror(errno));
		in->inner[i] = fds[i ? 1 : 0];
		in->pump[i] = fds[i ? 0 : 1];
	}
	return 0;
}

static void close_inner(struct inside *in)
{
	int i;

	for (i = 0; i < 3; i++)
		if (in->inner[i] >= 0)
			close(in->inner[i]);
}

/* Reads reports until the program runs (the end of the socket) or failed. */
static int follow(struct inside *in, int sock)
{
	struct report r;
	int fd, code = 0;
	ssize_t n;

	while ((n = recv_fd(sock, &fd, &r, sizeof(r))) > 0) {
		if (n != sizeof(r))
			continue;
		if (r.what == 'P')
			in->master = fd;
		if (r.what != 'E')
			continue;
		r.text[sizeof(r.text) - 1] = 0;
		if (*r.text)
			failed(in->guest->name, "%s", r.text);
		code = r.code;
	}
	return n < 0 && !code ? -failed(in->guest->name, "cannot hear from the task: %s",
					strerror(errno)) : code;
}

/* True when the guest's init is in a pid namespace that is not ours. */
static bool has_pid_space(xid_t xid)
{
	struct vc_vx_info info;
	struct stat own, its;
	char path[64];

	if (vc_get_vx_info(xid, &info) || info.initpid <= 0)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/ns/pid", info.initpid);
	return !stat("/proc/self/ns/pid", &own) && !stat(path, &its) && own.st_ino != its.st_ino;
}

/* A child is born into a pid namespace; the caller's later children are the host's again. */
static pid_t fork_inside(struct inside *in)
{
	int own = -1, saved;
	pid_t pid;

	if (has_pid_space(in->guest->xid)) {
		own = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
		if (own < 0 || vc_enter_namespace(in->guest->xid, CLONE_NEWPID, 0))
			return -1;
	}
	pid = fork();
	saved = errno;
	if (pid && own >= 0 && setns(own, CLONE_NEWPID))
		caution(in->guest->name, "cannot leave its pid space: %s", strerror(errno));
	if (own >= 0)
		close(own);
	errno = saved;
	return pid;
}

int inside_spawn(struct inside *in)
{
	int pair[2], code, status;

	in->master = -1;
	if (in->guest->xid == VC_NOCTX)
		return -failed(in->guest->name, "not running");
	if (choose_stdio(in))
		return EX_FAIL;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -failed(in->guest->name, "cannot make a socket: %s", strerror(errno));
	pump_signals();
	fflush(NULL);
	in->pid = fork_inside(in);
	if (!in->pid) {
		close(pair[0]);
		child(in, pair[1]);
	}
	close(pair[1]);
	close_inner(in);
	if (in->pid < 0)
		code = -failed(in->guest->name, "cannot fork: %s", strerror(errno));
	else
		code = follow(in, pair[0]);
	close(pair[0]);
	if (code && in->pid > 0) {
		while (waitpid(in->pid, &status, 0) < 0 && errno == EINTR)
			;
		in->pid = -1;
	}
	return code;
}

int inside_run(struct inside *in)
{
	int code = inside_spawn(in);

	return code ? code : inside_wait(in);
}
