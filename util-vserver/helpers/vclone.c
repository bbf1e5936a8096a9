// SPDX-License-Identifier: GPL-2.0
/* vclone: a new tree from another one; unified files are shared, all else is copied. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "clone.h"
#include "prog.h"
#include "report.h"
#include "tree.h"

enum { OPT_VERBOSE = 1, OPT_XID, OPT_EXCLUDE, OPT_JSON };

static const struct opt opts[] = {
	{ "verbose", 'v', OPT_VERBOSE, NULL, "name what is copied; again: what is linked" },
	{ "xid", 0, OPT_XID, "XID", "the tag of what is made, a number or a guest" },
	{ "exclude-from", 'X', OPT_EXCLUDE, "LIST", "patterns: ~ is left out, others are copied, not linked" },
	{ "json", 0, OPT_JSON, NULL, "machine-readable report" },
	{ 0 }
};

static const char *const usage[] = { "[-v]... [--xid XID] [-X LIST] [--json] SRC /ABS/DST", NULL };

static const struct prog prog = {
	.name = "vclone",
	.summary = "Make a tree from another one: links to unified files, copies of all others.",
	.usage = usage,
	.opts = opts,
	.notes =
"SRC is a directory. DST gets its name when it is complete; if it exists and is not empty, what is\n"
"there is kept. Other mounts below SRC are left out.\n"
"Exit status: 0; 1 something failed, and a new DST is not there.\n",
	.error = 1,
};

/* Said before anything is made, rather than for each file. */
static void need_tags(const char *dir)
{
	uint32_t flags = 0, mask = 0;

	if (vc_get_iattr(dir, NULL, &flags, &mask) < 0 || !(mask & VS_IATTR_TAG))
		fail("cannot give what is made in %s a tag: its file system is not mounted with the option tag",
		     dir);
}

int main(int argc, char **argv)
{
	const char *arg, *exclude = NULL;
	struct clone c = { .xid = VC_NOCTX };
	struct place from;
	char **rest, *parent;
	const char *slash;
	int id;

	opt_start(&prog, argc, argv);
	while ((id = opt_next(&arg))) {
		switch (id) {
		case OPT_VERBOSE:
			report.verbose++;
			break;
		case OPT_XID:
			c.xid = arg_xid(arg, true);
			break;
		case OPT_EXCLUDE:
			exclude = arg;
			break;
		case OPT_JSON:
			report.json = true;
			break;
		}
	}
	rest = opt_rest();
	if (!rest[0] || !rest[1] || rest[2])
		fail_usage("name a source and a destination");
	if (rest[1][0] != '/' || !strcmp(rest[1], "/"))
		fail("the destination '%s' is not an absolute path", rest[1]);
	while (strlen(rest[1]) > 1 && rest[1][strlen(rest[1]) - 1] == '/')
		rest[1][strlen(rest[1]) - 1] = 0;
	tree_raise_limit();
	place_manual(&from, rest[0], exclude);
	c.from = &from;
	c.to = rest[1];
	place_outside(&from, c.to, "the destination");
	slash = strrchr(c.to, '/');
	parent = must_alloc(strndup(c.to, slash - c.to));
	place_outside(&from, *parent ? parent : "/", "the directory of the destination");
	if (c.xid != VC_NOCTX)
		need_tags(*parent ? parent : "/");
	free(parent);
	report_start(from.path);
	if (clone_tree(&c)) {
		if (!report_errors())
			return 1;
	}
	return report_finish();
}
