// SPDX-License-Identifier: GPL-2.0
/* vserver [OPTIONS] NAME COMMAND [ARGUMENTS]: the table of commands and the way to them. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "settings.h"
#include "util.h"

struct options opt;

/* Dispatch, usage and help read this table. */
static const struct command commands[] = {
	{ "start", cmd_start, CMD_ROOT | CMD_LATE,
	  "[--console] [--sync] [--debug] [--dry-run [--json]] [--rescue [--rescue-init] [COMMAND...]]",
	  "start the guest" },
	{ "stop", cmd_stop, CMD_ROOT, "[--debug] [--dry-run [--json]] [--from-inside]",
	  "stop it; its processes are ended if they do not end themselves" },
	{ "restart", cmd_restart, CMD_ROOT, "[--debug] [--from-inside]", "stop, then start" },
	{ "condrestart", cmd_condrestart, CMD_ROOT, "", "restart it if it runs" },
	{ "pause", cmd_pause, CMD_ROOT, "", "freeze all its processes" },
	{ "resume", cmd_resume, CMD_ROOT, "", "let them go on" },
	{ "logs", cmd_logs, CMD_ROOT, "[--follow] [-n LINES] [--old] [--json]", "what its init has printed" },
	{ "ps", cmd_ps, 0, "[--json]", "its processes" },
	{ "top", cmd_top, 0, "[-d SECONDS] [-n ROUNDS] [--json]", "its busiest processes, again and again" },
	{ "addr", cmd_addr, 0,
	  "[list [--json]] | add [DEVICE:]ADDRESS[/LENGTH] [--save] | del ADDRESS [--save]",
	  "addresses of the running guest; --save: in its configuration too" },
	{ "mount", cmd_mount, CMD_ROOT, "[-o OPTIONS] [-t TYPE] [--bind | --rbind] SOURCE PLACE | -a",
	  "mount something of the host in the running guest" },
	{ "umount", cmd_umount, CMD_ROOT, "PLACE", "unmount it there" },
	{ "enter", cmd_enter, CMD_ROOT, "", "a login shell inside, on a terminal of its own" },
	{ "exec", cmd_exec, CMD_ROOT, "COMMAND [ARGUMENTS]", "run a command inside as root" },
	{ "suexec", cmd_suexec, CMD_ROOT, "USER COMMAND [ARGUMENTS]",
	  "run a command inside as USER, one of the guest's" },
	{ "status", cmd_status, 0, "[--json]", "say whether it runs; exit status 3 if not" },
	{ "running", cmd_running, 0, "", "exit status 0 if it runs, 1 if not" },
	{ "why", cmd_why, CMD_ROOT, "[--json] [--follow]",
	  "show what the kernel refused to it lately" },
	{ "build", cmd_build, CMD_NEW | CMD_ROOT, "-m METHOD [OPTIONS] [-- METHOD OPTIONS]",
	  "make a new guest, see `vserver NAME build --help`" },
	{ "create", cmd_create, CMD_NEW | CMD_ROOT,
	  "SOURCE [--ip ADDRESS]... [--hostname NAME] [--context N] [--start] [--dry-run [--json]]",
	  "make a guest from DISTRIBUTION/VERSION (debian/12), an archive, or guest:NAME" },
	{ "convert", cmd_convert, CMD_NEW | CMD_ROOT, "[--dry-run]",
	  "make a configuration of an old NAME.conf, which must be plain assignments" },
	{ "hashify", cmd_hashify, CMD_ROOT,
	  "[-n] [-v]... [--refresh] [--ignore-mtime] [--json] [--gc]",
	  "share its files with all guests that have the same, by a pool; see vhashify" },
	{ "unify", cmd_unify, CMD_ROOT, "[-R] [-n] [-v]... [--json]",
	  "share its files with its reference guests; -R: have its own again; see vunify" },
	{ "check", cmd_check, 0, "[--json]", "tell what is wrong or without effect in its configuration" },
	{ "config", cmd_config, 0,
	  "get SETTING [--json] | set SETTING [VALUE...] | unset SETTING | list [--all] [--json]"
	  " | show [--effective] [--json] | edit [-]",
	  "show or change its configuration" },
	{ "delete", cmd_delete, CMD_ROOT, "[-y | --yes]",
	  "remove it with all its files; asks before, unless --yes is given" },
	{ "list", cmd_list, CMD_HOST,
	  "[--json | --names] [--running | --stopped] [--mark MARK] [--unmarked]", "all guests" },
	{ "doctor", cmd_doctor, CMD_HOST, "[--json]", "whether this host can run guests, and what to do about it" },
	{ NULL }
};

static const struct {
	char		letter;
	const char	*name;
	bool		*flag;
	const char	*help;
} options[] = {
	{ 's', "sync", &opt.sync, "start: wait for apps/init/cmd.start-sync; stop always waits" },
	{ 'v', "verbose", &opt.verbose, "tell each step" },
	{ 0, "silent", &opt.silent, "status prints nothing, delete does not ask" },
	{ 0, "debug", &opt.debug, "show each step and its time, and what the build methods do" },
	{ 0, "defaulttty", &opt.defaulttty, "do not show what the guest prints at start" },
	{ 0, "dry-run", &opt.dry_run, "start, stop, build: only say what would be done" },
};

#define N_OPTIONS	(sizeof(options) / sizeof(*options))

static void usage(FILE *to)
{
	const struct command *c;
	size_t i;

	fprintf(to, "Usage: vserver [OPTIONS] NAME COMMAND [ARGUMENTS]\n"
		"       vserver list | doctor [OPTIONS]\n\n"
		"NAME is a guest, a path to its configuration, or the number of its context.\n\n"
		"Commands:\n");
	for (c = commands; c->name; c++)
		fprintf(to, "  %s%s%s\n        %s\n", c->name, *c->args ? " " : "", c->args, c->help);
	fprintf(to, "\nOptions:\n");
	for (i = 0; i < N_OPTIONS; i++)
		fprintf(to, "  %c%c %s--%-12s %s\n", options[i].letter ? '-' : ' ',
			options[i].letter ? options[i].letter : ' ',
			options[i].letter ? " " : " ", options[i].name, options[i].help);
	fprintf(to, "      --help         this text\n      --version      the version\n\n"
		"Exit status: 0 done, 1 failed, 2 unknown command or refused, 3 not running (status),\n"
		"5 no such guest; enter, exec and suexec: that of the command, 128 + N for signal N.\n");
}

/* @host: it is one, but for no guest. */
static int unknown_command(const char *id, const char *word, const struct command *host)
{
	const char *names[64], *near;
	const struct command *c;
	size_t n = 0;

	for (c = commands; c->name && n < 64; c++)
		if (!(c->flags & CMD_HOST))
			names[n++] = c->name;
	near = nearest(word, names, n);
	if (host)
		fprintf(stderr, "vserver: %s: '%s' is not for a guest: vserver %s\n", id, word, word);
	else
		fprintf(stderr, "vserver: %s: unknown command '%s'%s%s%s\n", id, word,
			near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
	fputs("Usage: vserver [OPTIONS] NAME COMMAND [ARGUMENTS]\nCommands:", stderr);
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, " %s", names[i]);
	fputs("\nTry 'vserver --help' for more information.\n", stderr);
	return EX_REFUSED;
}

int cmd_usage(const char *name, const char *fmt, ...)
{
	const struct command *c;
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fprintf(stderr, "vserver: %s: %s\n", name, text);
	for (c = commands; c->name; c++)
		if (!strcmp(c->name, name))
			fprintf(stderr, "Usage: vserver %s%s %s\n", c->flags & CMD_HOST ? "" : "NAME ",
				c->name, c->args);
	fputs("Try 'vserver --help' for more information.\n", stderr);
	return EX_FAIL;
}

/* The tables, for completion, the manual and the tests: tab-separated. */
static int dump(const char *what)
{
	const struct command *c;
	size_t i;

	if (what && !strcmp(what, "settings")) {
		settings_dump(stdout);
	} else if (what && !strcmp(what, "options")) {
		for (i = 0; i < N_OPTIONS; i++)
			printf("%c\t%s\t%s\n", options[i].letter ? options[i].letter : '-', options[i].name,
			       options[i].help);
	} else if (what && !strcmp(what, "commands")) {
		for (c = commands; c->name; c++)
			printf("%s\t%s\t%s\t%s\n", c->name, c->flags & CMD_HOST ? "host" : "guest", c->args,
			       c->help);
	} else {
		fputs("vserver: --dump needs commands, options or settings\n", stderr);
		return EX_FAIL;
	}
	return fflush(stdout) || ferror(stdout) ? EX_FAIL : 0;
}

static const struct command *find_command(const char *name)
{
	const struct command *c;

	for (c = commands; c->name; c++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

/* An option before NAME. 1 taken, 0 the end of options; exits for a wrong one. */
static int take_option(const char *arg)
{
	size_t i;

	if (*arg != '-' || !strcmp(arg, "--"))
		return 0;
	if (!strcmp(arg, "--help")) {
		usage(stdout);
		exit(0);
	}
	if (!strcmp(arg, "--version")) {
		printf("vserver %s\n", VS_VERSION);
		exit(0);
	}
	for (i = 0; i < N_OPTIONS; i++) {
		if ((arg[1] == '-' && !strcmp(arg + 2, options[i].name)) ||
		    (options[i].letter && arg[1] == options[i].letter && !arg[2])) {
			*options[i].flag = true;
			return 1;
		}
	}
	fprintf(stderr, "vserver: unknown option '%s'\nTry 'vserver --help' for more information.\n",
		arg);
	exit(EX_FAIL);
}

/* The caller's environment reaches neither our programs nor the guests, but for these. */
static void clean_environment(void)
{
	static const char * const keep[] = { "TERM", "LANG", "COLORTERM", "VS_CONFDIR", "VS_RUNDIR",
					     "VS_VDIRBASE", "VS_PKGLIBDIR", "NO_DEFAULT_OPTS",
					     "EDITOR", "VISUAL", "NO_COLOR",
#ifdef VS_FAULTS
					     "VS_FAULT",
#endif
	};
	static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	char **from, **to, *eq;
	size_t n = 0, i, len;

	while (environ[n])
		n++;
	to = xcalloc(n + 2, sizeof(*to));
	to[0] = path;
	for (from = environ, n = 1; *from; from++) {
		eq = strchr(*from, '=');
		len = eq ? eq - *from : 0;
		for (i = 0; len && i < sizeof(keep) / sizeof(*keep); i++)
			if (**from == *keep[i] && !strncmp(*from, keep[i], len) && !keep[i][len])
				break;
		if (len && (i < sizeof(keep) / sizeof(*keep) || !strncmp(*from, "LC_", 3) ||
			    (len > 6 && !strncmp(eq - 6, "_proxy", 6) && strchr(*from, '_') == eq - 6)))
			to[n++] = *from;
	}
	environ = to;
}

static int no_guest(const char *id, const struct vc_error *err)
{
	const char *near;
	char **ids;
	int n;

	failed(id, "%s", err->text);
	if (err->code != ENOENT)
		return EX_FAIL;
	n = vc_guest_list(&ids, NULL);
	near = n > 0 ? nearest(id, (const char *const *)ids, n) : NULL;
	if (near)
		fprintf(stderr, "Did you mean '%s'? ", near);
	fprintf(stderr, "`vserver list` shows the guests, `vserver %s create SOURCE` makes one.\n", id);
	if (n >= 0)
		vc_guest_list_free(ids);
	return EX_NOGUEST;
}

static int dispatch(const struct command *c, const char *id, int argc, char **argv)
{
	struct vc_guest *guest = NULL;
	struct vc_error err;
	int ret;

	if (!(c->flags & (CMD_NEW | CMD_HOST))) {
		guest = c->flags & CMD_LATE ? vc_guest_load(id, &err) : vc_guest_open(id, &err);
		if (!guest)
			return no_guest(id, &err);
	}
	ret = c->run(id, guest, argc, argv);
	vc_guest_free(guest);
	return ret;
}

/* Descriptors 0 to 2 are open in what follows, so that no file gets their number. */
static void open_stdio(void)
{
	int fd;

	/* The lowest that is free is the one that is missing. */
	for (fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
			return;
}

int main(int argc, char **argv)
{
	const struct command *c;
	const char *id = NULL;
	int i = 1;

	open_stdio();
	clean_environment();
	if (argc > 1 && !strcmp(argv[1], "--dump"))
		return dump(argv[2]);
	while (i < argc && take_option(argv[i]))
		i++;
	if (i < argc && !strcmp(argv[i], "--"))
		i++;
	if (i == argc) {
		usage(stderr);
		return EX_FAIL;
	}
	c = find_command(argv[i]);
	if (!c || !(c->flags & CMD_HOST) || (i + 1 < argc && find_command(argv[i + 1]))) {
		id = argv[i++];
		if (i == argc) {
			fprintf(stderr, "vserver: %s: what shall be done with it?\n"
				"Try 'vserver --help' for more information.\n", id);
			return EX_FAIL;
		}
		c = find_command(argv[i]);
		if (!c || c->flags & CMD_HOST)
			return unknown_command(id, argv[i], c);
	}
	if (c->flags & CMD_ROOT && geteuid())
		return -failed(id, "cannot %s: only root can do that", c->name);
	return dispatch(c, id, argc - i, argv + i);
}
