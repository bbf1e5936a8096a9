// SPDX-License-Identifier: GPL-2.0
/*
 * vshelper EVENT XID: run by the kernel, as the host's root, when a guest calls reboot(2)
 * and, if its flags ask for it, when its context begins or ends. Nothing that the guest
 * controls is believed here but the event itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "prog.h"

static const struct opt opts[] = { { 0 } };
static const char *const usage[] = { "EVENT XID [ARGUMENTS...]", NULL };

static const struct prog prog = {
	.name = "vshelper",
	.summary = "Act on what a guest did; called by the kernel (sysctl kernel.vshelper).",
	.usage = usage,
	.opts = opts,
	.notes = "Events: restart, halt, poweroff, shutdown; startup, netup, netdown, swsusp and\n"
		 "restart2 do nothing by themselves.\n"
		 "Exit status: 0 done or nothing to do, 1 failed.\n",
	.error = 1,
	.wrapper = true,
};

static bool debug;
static char *event;

__attribute__((format(printf, 1, 2))) static char *text(const char *fmt, ...)
{
	va_list ap;
	char *out;

	va_start(ap, fmt);
	if (vasprintf(&out, fmt, ap) < 0)
		out = NULL;
	va_end(ap);
	return must_alloc(out);
}

/* One line of the log, which is standard error. */
__attribute__((format(printf, 1, 2))) static void note(const char *fmt, ...)
{
	time_t t = time(NULL);
	char when[32] = "", line[1024];
	struct tm tm;
	va_list ap;

	if (localtime_r(&t, &tm))
		strftime(when, sizeof(when), "%F %T", &tm);
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	fprintf(stderr, "%s vshelper: %s\n", when, line);
}

/* The kernel gives no descriptors at all. */
static void open_log(const char *defaults)
{
	char *path = text("%s/apps/vshelper/logfile", defaults);
	int null, log;

	if (isatty(2)) {
		free(path);
		return;
	}
	do {
		null = open("/dev/null", O_RDWR);
	} while (null >= 0 && null < 3);
	log = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
	if (log >= 0 || fcntl(2, F_GETFD) < 0) {
		dup2(null, 0);
		dup2(log < 0 ? null : log, 1);
		dup2(log < 0 ? null : log, 2);
	}
	if (log >= 0)
		close(log);
	close(null);
	free(path);
}

static bool exists(const char *dir, const char *file)
{
	char *path = text("%s/%s", dir, file);
	bool there = !access(path, F_OK);

	free(path);
	return there;
}

/* DIR/@sub/@name if it is a program that only root could have put there; malloc'ed. */
static char *program(const char *dir, const char *sub, const char *name)
{
	char *path = text("%s/%s/%s", dir, sub, name);
	struct stat st;

	if (!stat(path, &st) && S_ISREG(st.st_mode) && st.st_mode & 0111 && !st.st_uid &&
	    !(st.st_mode & 0022))
		return path;
	free(path);
	return NULL;
}

/* Somebody starts or stops this guest: then the event is part of that. */
static bool busy(const struct vc_guest *guest)
{
	const char *base = strrchr(guest->dir, '/') + 1;
	char *path = text("%s/.lock/%s", vc_rundir(), base);
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	bool held = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK;

	if (fd >= 0)
		close(fd);
	free(path);
	return held;
}

static int run(char **argv)
{
	int status;
	pid_t pid;

	if (debug)
		note("running %s %s %s", argv[0], argv[1] ? argv[1] : "", argv[1] && argv[2] ? argv[2] : "");
	pid = fork();
	if (!pid) {
		execv(argv[0], argv);
		note("cannot run %s: %s", argv[0], why());
		_exit(1);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int run_vserver(const struct vc_guest *guest, const char *verb, bool inside)
{
	char *argv[] = { (char *)VS_SBINDIR "/vserver", (char *)"--defaulttty", guest->dir, (char *)verb,
			 inside ? (char *)"--from-inside" : NULL, NULL };

	return run(argv);
}

/* The guest called reboot(2) and wants to be up or down now. */
static bool is_reboot(void)
{
	return !strcmp(event, "restart") || !strcmp(event, "halt") || !strcmp(event, "poweroff");
}

/* What is done when nobody says otherwise. @restart: whether a reboot starts it again. */
static int built_in(const struct vc_guest *guest, xid_t xid, bool restart)
{
	bool reboot = !strcmp(event, "restart");

	if (!strcmp(event, "startup") || !strcmp(event, "netup") || !strcmp(event, "netdown") ||
	    !strcmp(event, "swsusp") || !strcmp(event, "restart2"))
		return 0;
	if (!strcmp(event, "shutdown"))
		/* It died alone: its addresses and the like are still there. */
		return busy(guest) ? 0 : run_vserver(guest, "stop", false);
	if (!is_reboot()) {
		note("unknown event '%s' of context %u", event, xid);
		return 1;
	}
	if (busy(guest)) {
		if (debug)
			note("%s is being started or stopped: ending it", guest->name);
		return vc_ctx_kill(xid, 0, 9) && errno != ESRCH;
	}
	return run_vserver(guest, reboot && restart ? "restart" : "stop", true);
}

static int by_action(const struct vc_guest *guest, xid_t xid, const char *word, char **args)
{
	char *method;
	int ret;

	if (!strcmp(word, "restart") || !strcmp(word, "stop"))
		return built_in(guest, xid, *word == 'r');
	method = strchr(word, '/') ? NULL : program(text("%s/.defaults", vc_confdir()),
						    "apps/vshelper-methods", word);
	if (!method && !strchr(word, '/'))
		method = program(VS_PKGLIBDIR, "vshelper-methods", word);
	if (!method) {
		note("%s: there is no method '%s'", guest->name, word);
		return 1;
	}
	args[0] = method;
	setenv("VSERVER", guest->name, 1);
	ret = run(args);
	free(method);
	return ret;
}

/* The guest's own handler or action, else the common one, else restart. */
static int act(const struct vc_guest *guest, const char *defaults, xid_t xid, char **args)
{
	const char *dirs[2] = { guest->dir, defaults };
	struct vc_error err;
	char *handler, *word;
	int i;

	for (i = 0; i < 2; i++) {
		handler = program(dirs[i], "apps/vshelper", event);
		if (handler) {
			args[0] = handler;
			setenv("VSERVER", guest->name, 1);
			return run(args);
		}
		if (vc_cfg_scalar(dirs[i], "apps/vshelper/action", &word, &err) < 0)
			note("%s", err.text);
		else if (word)
			return by_action(guest, xid, word, args);
	}
	return built_in(guest, xid, true);
}

/*
 * The directory of the guest that is configured for @xid, where its context is gone. @left: only
 * one whose run file is there still, which a stop would have removed.
 */
static char *configured(xid_t xid, bool left)
{
	struct vc_guest *guest;
	char **ids, *dir = NULL;
	int i, n = vc_guest_list(&ids, NULL);
	uint64_t run;

	for (i = 0; i < n && !dir; i++) {
		guest = vc_guest_open(ids[i], NULL);
		if (guest && guest->conf_xid == xid && guest->xid == VC_NOCTX &&
		    (!left || vc_cfg_number(guest->dir, "run", xid, xid, &run, NULL) == 1))
			dir = must_alloc(strdup(guest->dir));
		vc_guest_free(guest);
	}
	if (n >= 0)
		vc_guest_list_free(ids);
	return dir;
}

int main(int argc, char **argv)
{
	char *defaults, *dir, *delegate;
	struct vc_guest *guest;
	struct vc_error err;
	const char *arg;
	long xid;
	char *end;
	int ret;

	if (argc == 2 && *argv[1] == '-') {
		opt_start(&prog, argc, argv);
		opt_next(&arg);
	}
	defaults = text("%s/.defaults", vc_confdir());
	open_log(defaults);
	if (argc < 3) {
		complain("wanted: EVENT XID");
		return 1;
	}
	event = argv[1];
	xid = strtol(argv[2], &end, 10);
	debug = exists(defaults, "apps/vshelper/debug");
	note("%s %s", event, argv[2]);
	if (*end || xid < 2 || xid > VS_ID_MAX || strchr(event, '/') || *event == '.') {
		note("wrong arguments");
		return 1;
	}
	if (exists(defaults, "apps/vshelper/disabled"))
		return 0;
	delegate = program(defaults, "apps/vshelper-delegate", event);
	if (delegate) {
		argv[0] = delegate;
		return run(argv);
	}
	dir = vc_getVserverByCtx(xid, NULL, NULL);
	/* Who calls reboot(2) may be the last process, as after the scripts of runlevel 6. */
	if (!dir && (!strcmp(event, "shutdown") || is_reboot()))
		dir = configured(xid, is_reboot());
	if (!dir) {
		/* A context that somebody made by hand; or one that is gone already. */
		note("context %ld is no guest's", xid);
		return strcmp(event, "shutdown") && strcmp(event, "startup") && strncmp(event, "net", 3);
	}
	guest = vc_guest_open(dir, &err);
	if (!guest) {
		note("%s", err.text);
		return 1;
	}
	debug |= exists(guest->dir, "apps/vshelper/debug");
	if (exists(guest->dir, "apps/vshelper/disabled"))
		return 0;
	ret = act(guest, defaults, xid, argv);
	if (ret)
		note("%s: %s failed with status %d", guest->name, event, ret);
	else if (debug)
		note("%s: %s done", guest->name, event);
	vc_guest_free(guest);
	return ret;
}
