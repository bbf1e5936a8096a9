// SPDX-License-Identifier: GPL-2.0
/* vcopy: a new guest from another one, sharing with it what may be shared. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clone.h"
#include "prog.h"
#include "report.h"
#include "tree.h"

#ifndef VS_SBINDIR
#define VS_SBINDIR "/usr/local/sbin"
#endif

enum { OPT_DRY = 1, OPT_VERBOSE, OPT_STRICT, OPT_MANUAL, OPT_ONE_FS, OPT_JSON };

static const struct opt opts[] = {
	{ "dry-run", 'n', OPT_DRY, NULL, "only tell what would be done" },
	{ "verbose", 'v', OPT_VERBOSE, NULL, "name what is copied; again: what is linked" },
	{ "strict", 0, OPT_STRICT, NULL, "DST must have a configuration" },
	{ "manually", 0, OPT_MANUAL, NULL, "trees instead of guests, each with its exclude list" },
	{ "one-file-system", 'x', OPT_ONE_FS, NULL, NULL },
	{ "json", 0, OPT_JSON, NULL, "machine-readable report" },
	{ 0 }
};

static const char *const usage[] = {
	"[-n] [-v]... [--strict] [--json] DST-GUEST SRC-GUEST",
	"--manually [-n] [-v]... [--json] DST EXCL SRC EXCL",
	NULL
};

static const struct prog prog = {
	.name = "vcopy",
	.summary = "Make a guest from another one: links to what may be shared, copies of all else.",
	.usage = usage,
	.opts = opts,
	.notes =
"The exclude lists of both say what is copied and what is left out (~); EXCL may be ''. A DST-GUEST\n"
"without configuration is first made by `vserver DST-GUEST build -m skeleton`. What DST has stays.\n"
"Exit status: 0; 1 something failed.\n",
	.error = 1,
};

/* A guest without files. */
static void make_guest(const char *name)
{
	pid_t pid = fork();
	int status = 0;

	if (!pid) {
		execl(VS_SBINDIR "/vserver", "vserver", name, "build", "-m", "skeleton", NULL);
		fail("cannot run %s: %s", VS_SBINDIR "/vserver", why());
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status)
		fail("%s: cannot make its configuration", name);
}

/* Both lists hold: what one of them does not want linked is copied, what one wants left out is left out. */
static void merge(struct exclude *to, const struct exclude *from)
{
	size_t i;

	for (i = 0; i < from->n; i++)
		exclude_add(to, from->rules[i].pattern, from->rules[i].verdict);
}

static bool count_file(const struct tree_file *f, void *arg)
{
	const struct place *from = arg;
	enum verdict v = exclude_verdict(&from->exclude, f->path);

	if (!S_ISREG(f->st->stx_mode)) {
		report_add(COUNT_OTHERS, 1);
		return true;
	}
	report_add(COUNT_SEEN, 1);
	if (v == SKIP_IT)
		report_skip(SKIP_EXCLUDED, f->path, NULL);
	else if (v == UNIFY_IT && f->dir->data == arg && f->st->stx_size)
		report_add(COUNT_LINKED, 1);
	else
		report_add(COUNT_COPIED, 1);
	return true;
}

static bool count_enter(const struct tree_file *f, void **data, void *arg)
{
	const struct place *from = arg;
	enum verdict v = exclude_verdict(&from->exclude, f->path);

	*data = v == UNIFY_IT ? f->dir->data : NULL;
	if (v != SKIP_IT)
		report_add(COUNT_DIRS, 1);
	return v != SKIP_IT;
}

static void problem(const char *path, int error, void *arg)
{
	(void)arg;
	if (error != EXDEV)
		report_error("cannot look at", path, error);
}

static int only_count(struct place *from)
{
	const struct tree t = {
		.file = count_file, .enter = count_enter, .problem = problem, .arg = from, .data = from,
	};

	tree_walk(&t, from->fd);
	return report_finish();
}

int main(int argc, char **argv)
{
	struct clone c = { .xid = VC_NOCTX, .unify = true };
	bool strict = false, manually = false;
	struct place from, to = { 0 };
	struct vc_guest *guest;
	struct vc_error err;
	const char *arg;
	char **rest;
	int id, n;

	opt_start(&prog, argc, argv);
	while ((id = opt_next(&arg))) {
		switch (id) {
		case OPT_DRY:
			report.dry_run = true;
			break;
		case OPT_VERBOSE:
			report.verbose++;
			break;
		case OPT_STRICT:
			strict = true;
			break;
		case OPT_MANUAL:
			manually = true;
			break;
		case OPT_JSON:
			report.json = true;
			break;
		}
	}
	rest = opt_rest();
	for (n = 0; rest[n]; n++)
		;
	if (n != (manually ? 4 : 2))
		fail_usage(manually ? "--manually needs DST EXCL SRC EXCL" : "name two guests");
	signal(SIGIO, SIG_IGN);
	tree_raise_limit();
	if (manually) {
		place_manual(&from, rest[2], rest[3]);
		if (*rest[1] && exclude_read(&to.exclude, rest[1]))
			return 1;
		c.to = rest[0];
		if (*c.to != '/' || !c.to[1])
			fail("the destination '%s' is not an absolute path", c.to);
	} else {
		place_guest(&from, rest[1]);
		guest = vc_guest_open(rest[0], &err);
		if (!guest && err.code != ENOENT)
			fail("%s: %s", rest[0], err.text);
		if (!guest && (strict || report.dry_run) && strict)
			fail("%s: it has no configuration", rest[0]);
		vc_guest_free(guest);
		if (!guest && report.dry_run)
			goto count;
		if (!guest)
			make_guest(rest[0]);
		place_guest(&to, rest[0]);
		if (to.guest->xid != VC_NOCTX)
			fail("%s: it is running", rest[0]);
		c.to = to.path;
	}
	merge(&from.exclude, &to.exclude);
	place_outside(&from, c.to, "the destination");
count:
	report_start(from.guest ? from.guest->name : from.path);
	if (report.dry_run)
		return only_count(&from);
	c.from = &from;
	if (clone_tree(&c) && !report_errors())
		return 1;
	return report_finish();
}
