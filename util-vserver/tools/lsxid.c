// SPDX-License-Identifier: GPL-2.0
/* lsxid: the tags of files, as names of guests. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ctxname.h"
#include "out.h"
#include "prog.h"
#include "walk.h"

#define STATUS_FILE	1

enum { OPT_RECURSE = 1, OPT_ALL, OPT_DIR, OPT_NUMBERS, OPT_ONE_FS, OPT_JSON };

static const struct opt opts[] = {
	{ "recursive", 'R', OPT_RECURSE, NULL, "directories with all below" },
	{ "all", 'a', OPT_ALL, NULL, "names that begin with a dot, too" },
	{ "directory", 'd', OPT_DIR, NULL, "a directory itself, not what is in it" },
	{ "numeric", 'n', OPT_NUMBERS, NULL, "numbers, not names of guests" },
	{ "one-file-system", 'x', OPT_ONE_FS, NULL, "stay on one file system" },
	{ "json", 0, OPT_JSON, NULL, "machine-readable" },
	{ 0 }
};

static const char *const usage[] = { "[-R] [-a] [-d] [-n] [-x] [--json] [FILE...]", NULL };

static const struct prog prog = {
	.name = "lsxid",
	.summary = "Show the tags of files (default: those of the directory).",
	.usage = usage,
	.opts = opts,
	.notes =
"A tag that is no running guest's is shown as a number, and !!ERR!! where it cannot be read:\n"
"the file system has to be mounted with the option tag or tagid. Terminals have theirs as well.\n"
"Exit status: 0; 1 some file failed; 255 wrong usage.\n",
	.error = 255,
};

/* The name of the last tag: files of one guest come together. */
static struct {
	xid_t	tag;
	char	*name;
	bool	numbers;
} last = { .tag = VC_NOCTX };

static const char *name_of(xid_t tag)
{
	if (tag != last.tag) {
		free(last.name);
		last.tag = tag;
		last.name = last.numbers || tag < VS_ID_MIN ? NULL : ctx_name(tag, NULL);
		if (!last.name && asprintf(&last.name, "%u", tag) < 0)
			must_alloc(NULL);
	}
	return last.name;
}

static bool visit(const char *path, void *arg)
{
	uint32_t flags = 0, mask = VS_IATTR_TAG;
	const char *reason = "the file system is not mounted with the option tag";
	xid_t tag = VC_NOCTX;
	bool ok = !vc_get_iattr(path, &tag, &flags, &mask);

	(void)arg;
	if (!ok && errno != ENOTTY)
		reason = vc_reason(VCMD_get_iattr, errno);
	ok = ok && (mask & VS_IATTR_TAG);
	if (!ok)
		complain("cannot read the tag of %s: %s", path, reason);
	out_open(NULL);
	out_text("%20s  %s\n", ok ? name_of(tag) : "!!ERR!!", path);
	out_str("path", NULL, path);
	if (ok)
		out_u64("tag", NULL, tag);
	else
		out_str("error", NULL, reason);
	out_close();
	return ok;
}

int main(int argc, char **argv)
{
	static char *here[] = { ".", NULL };
	struct walk w = { .visit = visit };
	bool ok = true, json = false;
	const char *arg;
	char **files;
	int id;

	opt_start(&prog, argc, argv);
	while ((id = opt_next(&arg))) {
		switch (id) {
		case OPT_RECURSE:
			w.recurse = true;
			break;
		case OPT_ALL:
			w.all = true;
			break;
		case OPT_DIR:
			w.dir_itself = true;
			break;
		case OPT_NUMBERS:
			last.numbers = true;
			break;
		case OPT_ONE_FS:
			w.one_fs = true;
			break;
		case OPT_JSON:
			json = true;
			break;
		}
	}
	files = opt_rest();
	out_start(json, true);
	for (files = *files ? files : here; *files; files++)
		ok &= walk(&w, *files);
	out_finish(STATUS_FILE);
	return ok ? 0 : STATUS_FILE;
}
