// SPDX-License-Identifier: GPL-2.0
/* vprocunhide: set what guests find in /proc from a list. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "out.h"
#include "prog.h"
#include "walk.h"

#define STATUS_CONF	1
#define STATUS_SOME	2
#define STATUS_ALL	3

#define LIST		"apps/vprocunhide/files"
#define SHIPPED		"vprocunhide-files"

enum { OPT_DRY_RUN = 1, OPT_JSON };

static const struct opt opts[] = {
	{ "dry-run", 'n', OPT_DRY_RUN, NULL, "only print what would be set" },
	{ "json", 0, OPT_JSON, NULL, "--dry-run: machine-readable" },
	{ 0 }
};

static const char *const usage[] = { "[--dry-run [--json]]", NULL };

static const struct prog prog = {
	.name = "vprocunhide",
	.summary = "Set what guests find in /proc from a list.",
	.usage = usage,
	.opts = opts,
	.notes =
"The list is " VS_CONFDIR "/.defaults/" LIST ", else\n"
VS_PKGLIBDIR "/defaults/" SHIPPED ", which explains itself.\n"
"Exit status: 0; 1 wrong usage or list; 2 some lines failed; 3 all failed.\n",
	.error = STATUS_CONF,
};

/* What a line may begin with. */
static const struct kind {
	char		mark;
	uint32_t	flags;
	uint32_t	mask;
	const char	*what;
} kinds[] = {
	{ '+', 0, VS_IATTR_HIDE, "show" },
	{ '-', VS_IATTR_ADMIN | VS_IATTR_HIDE, VS_IATTR_PROC, "hide from all but the host" },
	{ ':', VS_IATTR_WATCH | VS_IATTR_HIDE, VS_IATTR_PROC, "hide from all but spectators" },
	{ '~', VS_IATTR_PROC, VS_IATTR_PROC, "hide from guests" },
	{ '!', VS_IATTR_HIDE, VS_IATTR_PROC, "hide from all" },
	{ '>', VS_IATTR_WRITE, VS_IATTR_WRITE, "allow to write" },
};

static bool dry_run;

static bool visit(const char *path, void *arg)
{
	const struct kind *kind = arg;

	if (dry_run) {
		out_open(NULL);
		out_str("action", "%s", kind->what);
		out_str("path", " %s\n", path);
		out_close();
		return true;
	}
	if (!vc_set_iattr(path, VC_NOCTX, kind->flags, kind->mask) || errno == ENOENT || errno == ENOTDIR)
		return true;
	/* Then nothing will work. */
	if (errno == EPERM || errno == ENOSYS)
		fail_with(STATUS_ALL, "cannot %s %s: %s", kind->what, path,
			  vc_reason(VCMD_set_iattr, errno));
	complain("cannot %s %s: %s", kind->what, path, vc_reason(VCMD_set_iattr, errno));
	return false;
}

static const struct kind *kind_of(char mark)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].mark == mark)
			return &kinds[i];
	return NULL;
}

/* False: something of it failed. */
static bool do_line(const char *where, const char *line)
{
	const struct kind *kind = kind_of(line[0]);
	struct walk w = { .all = true, .dir_itself = true, .visit = visit };
	const char *path = kind ? line + 1 : line;

	path += strspn(path, " \t");
	if (strncmp(path, "/proc/", 6))
		fail("%s: '%s' is neither a path below /proc nor one after + - : ~ ! or >", where, line);
	w.recurse = path[strlen(path) - 1] == '/';
	w.arg = (void *)(kind ? kind : &kinds[0]);
	if (access(path, F_OK) < 0)
		return true;
	return walk(&w, path);
}

int main(int argc, char **argv)
{
	const char *pkglib = secure_getenv("VS_PKGLIBDIR");
	unsigned int failed = 0, i, n;
	struct vc_error err;
	char *dir, *where;
	const char *arg;
	char **lines;
	bool json = false;
	int count, id;

	opt_start(&prog, argc, argv);
	while ((id = opt_next(&arg))) {
		if (id == OPT_DRY_RUN)
			dry_run = true;
		else
			json = true;
	}
	if (json && !dry_run)
		fail_usage("--json goes with --dry-run only");
	if (*opt_rest())
		fail_usage("'%s' is not an option", *opt_rest());
	if (asprintf(&dir, "%s/.defaults", vc_confdir()) < 0 ||
	    asprintf(&where, "%s/" LIST, dir) < 0)
		must_alloc(NULL);
	if (access(where, F_OK) < 0 && errno != EACCES) {
		free(dir);
		free(where);
		if (asprintf(&dir, "%s/defaults", pkglib ? pkglib : VS_PKGLIBDIR) < 0 ||
		    asprintf(&where, "%s/" SHIPPED, dir) < 0)
			must_alloc(NULL);
		if (access(where, F_OK) < 0)
			fail("cannot read the list %s: %s", where, why());
		count = vc_cfg_lines(dir, SHIPPED, &lines, &err);
	} else {
		count = vc_cfg_lines(dir, LIST, &lines, &err);
	}
	if (count < 0)
		fail("%s", err.text);
	n = count;
	out_start(json, true);
	for (i = 0; i < n; i++)
		failed += !do_line(where, lines[i]);
	out_finish(STATUS_CONF);
	if (!failed)
		return 0;
	return failed < n ? STATUS_SOME : STATUS_ALL;
}
