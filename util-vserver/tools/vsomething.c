// SPDX-License-Identifier: GPL-2.0
/* vsomething: run one command for each of several guests. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "prog.h"

#define STATUS_NONE	255

enum { OPT_QUIET = 1, OPT_DEBUG, OPT_ALL, OPT_RUNNING, OPT_STOPPED, OPT_MARKED, OPT_UNMARKED, OPT_MARK };

static const struct opt opts[] = {
	{ "quiet", 'q', OPT_QUIET, NULL, "do not tell which guest it is the turn of" },
	{ "debug", 0, OPT_DEBUG, NULL, "show each command before it is run" },
	{ "all", 0, OPT_ALL, NULL, "all guests" },
	{ "running", 0, OPT_RUNNING, NULL, "those that run" },
	{ "stopped", 0, OPT_STOPPED, NULL, "those that do not" },
	{ "marked", 0, OPT_MARKED, NULL, "those with a mark" },
	{ "unmarked", 0, OPT_UNMARKED, NULL, "those without" },
	{ "mark", 0, OPT_MARK, "M[,M]", "those with one of these marks; !M: without it" },
	{ 0 }
};

static const char *const usage[] = {
	"[OPTION...] COMMAND GUEST... -- [ARG...]", "[OPTION...] COMMAND FILTER... -- [ARG...]", NULL
};

static const struct prog prog = {
	.name = "vsomething",
	.summary = "Run COMMAND GUEST ARG... for each of several guests, one after the other.",
	.usage = usage,
	.opts = opts,
	.notes =
"Several filters: the guests that pass all of them. For example\n"
"    vsomething vserver --running -- exec date\n"
"Exit status: 0, else that of the last command that failed; 255 no guest, or wrong usage.\n",
	.error = STATUS_NONE,
};

static struct {
	bool		quiet, debug, all, running, stopped, marked, unmarked;
	const char	*mark;
} o;

static bool has_word(char **list, const char *word, size_t len)
{
	for (; list && *list; list++)
		if (strlen(*list) == len && !strncmp(*list, word, len))
			return true;
	return false;
}

/* --mark a,!b: one of those without a sign, if there are any, and none of the others. */
static bool passes_mark(char **marks)
{
	const char *p = o.mark;
	bool wanted = false, found = false;
	size_t len;

	while (p && *p) {
		bool no = *p == '!' || *p == '~';

		p += no;
		len = strcspn(p, ",");
		if (no && has_word(marks, p, len))
			return false;
		wanted |= !no;
		found |= !no && has_word(marks, p, len);
		p += len + (p[len] == ',');
	}
	return !wanted || found;
}

static bool passes(const char *id)
{
	struct vc_guest *guest;
	char **marks = NULL, *dir;
	bool runs, ok;

	if (asprintf(&dir, "%s/%s", vc_confdir(), id) < 0)
		must_alloc(NULL);
	if (vc_cfg_lines(dir, "apps/init/mark", &marks, NULL) < 0)
		marks = NULL;
	guest = vc_guest_open(id, NULL);
	runs = guest && guest->xid != VC_NOCTX;
	ok = !(o.running && !runs) && !(o.stopped && runs) && !(o.marked && !(marks && *marks)) &&
	     !(o.unmarked && marks && *marks) && passes_mark(marks);
	vc_guest_free(guest);
	vc_guest_list_free(marks);
	free(dir);
	return ok;
}

/* COMMAND GUEST ARG...; its status. */
static int run(const char *command, const char *guest, char **args, bool tell)
{
	int n = 0, i, status;
	char **argv;
	pid_t pid;

	while (args[n])
		n++;
	argv = must_alloc(calloc(n + 3, sizeof(*argv)));
	argv[0] = (char *)command;
	argv[1] = (char *)guest;
	memcpy(argv + 2, args, n * sizeof(*args));
	if (tell)
		fprintf(stderr, "vsomething: operating on vserver %s\n", guest);
	for (i = 0; o.debug && argv[i]; i++)
		fprintf(stderr, "%s%s", argv[i], argv[i + 1] ? " " : "\n");
	fflush(NULL);
	pid = fork();
	if (!pid) {
		execvp(argv[0], argv);
		complain("cannot run %s: %s", argv[0], why());
		_exit(errno == ENOENT ? 127 : 126);
	}
	free(argv);
	if (pid < 0)
		fail("cannot fork: %s", why());
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			fail("cannot wait: %s", why());
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void take_options(void)
{
	const char *arg;
	int id;

	while ((id = opt_next(&arg))) {
		switch (id) {
		case OPT_QUIET: o.quiet = true; break;
		case OPT_DEBUG: o.debug = true; break;
		case OPT_ALL: o.all = true; break;
		case OPT_RUNNING: o.running = true; break;
		case OPT_STOPPED: o.stopped = true; break;
		case OPT_MARKED: o.marked = true; break;
		case OPT_UNMARKED: o.unmarked = true; break;
		case OPT_MARK: o.mark = arg; break;
		}
	}
}

/* The guests of the configuration that pass the filters, instead of names. */
static char **filtered(void)
{
	struct vc_error err;
	char **ids, **list;
	int i, k = 0, n = vc_guest_list(&ids, &err);

	if (n < 0)
		fail("%s", err.text);
	list = must_alloc(calloc(n + 1, sizeof(*list)));
	for (i = 0; i < n; i++)
		if (passes(ids[i]))
			list[k++] = ids[i];
	return list;
}

int main(int argc, char **argv)
{
	bool filter;
	char **rest, **guests, **args;
	int i, end, status, last = 0;

	for (end = 1; end < argc && strcmp(argv[end], "--"); end++)
		;
	args = argv + end + (end < argc);
	opt_start(&prog, end, argv);
	take_options();
	argv[end] = NULL;
	rest = opt_rest();
	if (!rest[0])
		fail_usage("no command given");
	filter = o.all || o.running || o.stopped || o.marked || o.unmarked || o.mark;
	if (filter && rest[1])
		fail_usage("names of guests and filters");
	guests = filter ? filtered() : rest + 1;
	if (!guests[0])
		fail_usage(filter ? "no guest passes the filters" : "name guests or a filter, then --");
	for (i = 0; guests[i]; i++) {
		status = run(rest[0], guests[i], args, !o.quiet && (i || guests[1]));
		if (status)
			last = status;
	}
	return last;
}
