// SPDX-License-Identifier: GPL-2.0
/* chxid: set the tag of files. */
#include <errno.h>

#include "prog.h"
#include "walk.h"

#define STATUS_FILE	1

enum { OPT_XID = 1, OPT_RECURSE, OPT_ONE_FS, OPT_UNIFIED };

static const struct opt opts[] = {
	{ "xid", 'c', OPT_XID, "ID", "the tag: number or running guest" },
	{ "recursive", 'R', OPT_RECURSE, NULL, "directories with all below" },
	{ "one-file-system", 'x', OPT_ONE_FS, NULL, "stay on one file system" },
	{ "skip-unified", 'U', OPT_UNIFIED, NULL, "leave unified files as they are" },
	{ 0 }
};

static const char *const usage[] = { "-c ID [-R] [-x] [-U] FILE...", NULL };

static const struct prog prog = {
	.name = "chxid",
	.summary = "Set the tag of files, to which they are charged; 0 is the host.",
	.usage = usage,
	.opts = opts,
	.notes =
"The file system has to be mounted with the option tag; or it is a terminal in devpts, which is\n"
"given to a running guest so.\n"
"Exit status: 0; 1 some file failed; 255 wrong usage.\n",
	.error = 255,
};

struct change {
	xid_t	tag;
	bool	skip_unified;
};

static bool is_unified(const char *path)
{
	uint32_t flags = 0, mask = 0;

	return !vc_get_iattr(path, NULL, &flags, &mask) &&
	       (flags & mask & VS_IATTR_IXUNLINK) && (flags & mask & VS_IATTR_IMMUTABLE);
}

static bool visit(const char *path, void *arg)
{
	const struct change *c = arg;

	if (c->skip_unified && is_unified(path))
		return true;
	if (!vc_set_iattr(path, c->tag, VS_IATTR_TAG, VS_IATTR_TAG))
		return true;
	if (errno == EINVAL || errno == ENOTTY)
		complain("cannot change the tag of %s: its file system is not mounted with the option tag",
			 path);
	else
		complain("cannot change the tag of %s: %s", path, vc_reason(VCMD_set_iattr, errno));
	return false;
}

int main(int argc, char **argv)
{
	struct change c = { 0 };
	struct walk w = { .all = true, .dir_itself = true, .visit = visit, .arg = &c };
	const char *arg, *tag = NULL;
	char **files;
	bool ok = true;
	int id;

	opt_start(&prog, argc, argv);
	while ((id = opt_next(&arg))) {
		switch (id) {
		case OPT_XID:
			tag = arg;
			break;
		case OPT_RECURSE:
			w.recurse = true;
			break;
		case OPT_ONE_FS:
			w.one_fs = true;
			break;
		case OPT_UNIFIED:
			c.skip_unified = true;
			break;
		}
	}
	files = opt_rest();
	if (!tag)
		fail_usage("no tag given (-c)");
	if (!*files)
		fail_usage("no file given");
	c.tag = arg_xid(tag, true);
	if (c.tag == VC_DYNAMIC_XID)
		fail("the tag must be a number from 0 to %u", VS_ID_MAX);
	for (; *files; files++)
		ok &= walk(&w, *files);
	return ok ? 0 : STATUS_FILE;
}
