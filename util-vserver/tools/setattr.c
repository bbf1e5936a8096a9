// SPDX-License-Identifier: GPL-2.0
/* setattr: set and clear attributes of files. */
#include <errno.h>
#include <stdlib.h>

#include "prog.h"
#include "walk.h"

#define STATUS_FILE	1

#define IUNLINK		(VS_IATTR_IXUNLINK | VS_IATTR_IMMUTABLE)

enum { OPT_RECURSE = 1, OPT_ONE_FS, OPT_FLAGS, OPT_NOFLAGS, OPT_ATTR };

/* Each is there three times: --NAME, --~NAME, --!NAME. */
#define ATTRS(not) \
	{ not "admin", 0, OPT_ATTR + 0 + CLEAR(not), NULL, HELP(not, "in /proc: the host finds the file") }, \
	{ not "watch", 0, OPT_ATTR + 1 + CLEAR(not), NULL, HELP(not, "in /proc: the spectator finds the file") }, \
	{ not "hide", 0, OPT_ATTR + 2 + CLEAR(not), NULL, HELP(not, "in /proc: guests do not find the file") }, \
	{ not "write", 0, OPT_ATTR + 3 + CLEAR(not), NULL, NULL }, \
	{ not "barrier", 0, OPT_ATTR + 4 + CLEAR(not), NULL, HELP(not, "guests do not pass this directory") }, \
	{ not "ixunlink", 0, OPT_ATTR + 5 + CLEAR(not), NULL, HELP(not, "may be unlinked though immutable") }, \
	{ not "iunlink-but-not-immutable", 0, OPT_ATTR + 5 + CLEAR(not), NULL, NULL }, \
	{ not "immutable", 0, OPT_ATTR + 6 + CLEAR(not), NULL, HELP(not, "may not be changed") }, \
	{ not "cow", 0, OPT_ATTR + 7 + CLEAR(not), NULL, HELP(not, "copied when it is written to") }, \
	{ not "iunlink", 0, OPT_ATTR + 8 + CLEAR(not), NULL, HELP(not, "immutable and ixunlink: a unified file") }, \
	{ not "immu", 0, OPT_ATTR + 8 + CLEAR(not), NULL, NULL }
#define CLEAR(not)	(sizeof(not) > 1 ? NR_ATTRS : 0)
#define HELP(not, text)	(sizeof(not) > 1 ? NULL : (text))

static const uint32_t attrs[] = {
	VS_IATTR_ADMIN, VS_IATTR_WATCH, VS_IATTR_HIDE, VS_IATTR_WRITE, VS_IATTR_BARRIER,
	VS_IATTR_IXUNLINK, VS_IATTR_IMMUTABLE, VS_IATTR_COW, IUNLINK,
};

#define NR_ATTRS	((int)(sizeof(attrs) / sizeof(attrs[0])))

static const struct opt opts[] = {
	{ "recursive", 'R', OPT_RECURSE, NULL, "directories with all below" },
	{ "one-file-system", 'x', OPT_ONE_FS, NULL, "stay on one file system" },
	ATTRS(""), ATTRS("~"), ATTRS("!"),
	{ "flags", 0, OPT_FLAGS, "N", "set the bits of a number" },
	{ "~flags", 0, OPT_NOFLAGS, "N", "clear the bits of a number" },
	{ 0 }
};

static const char *const usage[] = {
	"[-R] [-x] {--NAME|--~NAME|--!NAME|--flags N|--~flags N}... FILE...",
	NULL
};

static const struct prog prog = {
	.name = "setattr",
	.summary = "Set and clear attributes of files; --~NAME or --!NAME clears.",
	.usage = usage,
	.opts = opts,
	.notes =
"A file of /proc keeps its attributes until the next boot, by its name and for all mounts of\n"
"/proc. What a guest finds there without them is in docs/SECURITY.md; vprocunhide sets a list.\n"
"Exit status: 0; 1 some file failed; 255 wrong usage.\n",
	.error = 255,
};

struct change {
	uint32_t	flags;
	uint32_t	mask;
};

static bool visit(const char *path, void *arg)
{
	const struct change *c = arg;

	if (!vc_set_iattr(path, VC_NOCTX, c->flags, c->mask))
		return true;
	complain("cannot change the attributes of %s: %s", path, vc_reason(VCMD_set_iattr, errno));
	return false;
}

static void add(struct change *c, uint32_t bits, bool set)
{
	c->flags = set ? c->flags | bits : c->flags & ~bits;
	c->mask |= bits;
}

int main(int argc, char **argv)
{
	struct change c = { 0 };
	struct walk w = { .all = true, .dir_itself = true, .visit = visit, .arg = &c };
	const char *arg;
	char **files;
	bool ok = true;
	int id;

	opt_start(&prog, argc, argv);
	while ((id = opt_next(&arg))) {
		switch (id) {
		case OPT_RECURSE:
			w.recurse = true;
			break;
		case OPT_ONE_FS:
			w.one_fs = true;
			break;
		case OPT_FLAGS:
		case OPT_NOFLAGS:
			add(&c, arg_number("flags", arg, 0, UINT32_MAX), id == OPT_FLAGS);
			break;
		default:
			id -= OPT_ATTR;
			add(&c, attrs[id % NR_ATTRS], id < NR_ATTRS);
			break;
		}
	}
	files = opt_rest();
	if (!c.mask)
		fail_usage("no attribute given");
	if (!*files)
		fail_usage("no file given");
	for (; *files; files++)
		ok &= walk(&w, *files);
	return ok ? 0 : STATUS_FILE;
}
