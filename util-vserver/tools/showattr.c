// SPDX-License-Identifier: GPL-2.0
/* showattr: attributes of files, one letter each. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "out.h"
#include "prog.h"
#include "walk.h"

#define STATUS_FILE	1

enum { OPT_RECURSE = 1, OPT_ALL, OPT_DIR, OPT_ONE_FS, OPT_JSON };

static const struct opt opts[] = {
	{ "recursive", 'R', OPT_RECURSE, NULL, "directories with all below" },
	{ "all", 'a', OPT_ALL, NULL, "names that begin with a dot, too" },
	{ "directory", 'd', OPT_DIR, NULL, "a directory itself, not what is in it" },
	{ "one-file-system", 'x', OPT_ONE_FS, NULL, "stay on one file system" },
	{ "json", 0, OPT_JSON, NULL, "machine-readable" },
	{ 0 }
};

static const char *const usage[] = { "[-R] [-a] [-d] [-x] [--json] [FILE...]", NULL };

static const struct prog prog = {
	.name = "showattr",
	.summary = "Show attributes of files (default: those of the directory).",
	.usage = usage,
	.opts = opts,
	.notes =
"The letters are admin, watch, hide (w is spectator, h hide), m write, barrier, u iunlink,\n"
"immutable, cow, xid: upper case is set, lower case clear, - not for this file; ERR it failed.\n"
"Exit status: 0; 1 some file failed; 255 wrong usage.\n",
	.error = 255,
};

static const struct {
	char		letter;
	uint32_t	bit;
	const char	*name;
} letters[] = {
	{ 'a', VS_IATTR_ADMIN, "admin" },
	{ 'w', VS_IATTR_WATCH, "watch" },
	{ 'h', VS_IATTR_HIDE, "hide" },
	{ 'm', VS_IATTR_WRITE, "write" },
	{ 'b', VS_IATTR_BARRIER, "barrier" },
	{ 'u', VS_IATTR_IXUNLINK, "ixunlink" },
	{ 'i', VS_IATTR_IMMUTABLE, "immutable" },
	{ 'c', VS_IATTR_COW, "cow" },
	{ 'x', VS_IATTR_TAG, "xid" },
};

#define NR_LETTERS	(sizeof(letters) / sizeof(letters[0]))

static bool visit(const char *path, void *arg)
{
	char field[NR_LETTERS + 1] = "ERR";
	uint32_t flags = 0, mask = 0;
	bool ok = !vc_get_iattr(path, NULL, &flags, &mask);
	const char *reason = ok ? NULL : vc_reason(VCMD_get_iattr, errno);
	size_t i;

	(void)arg;
	if (!ok)
		complain("cannot read the attributes of %s: %s", path, reason);
	for (i = 0; ok && i < NR_LETTERS; i++)
		field[i] = !(mask & letters[i].bit) ? '-' :
			   flags & letters[i].bit ? letters[i].letter - 'a' + 'A' : letters[i].letter;
	out_open(NULL);
	out_text("%-10s%s\n", field, path);
	out_str("path", NULL, path);
	if (ok) {
		for (i = 0; i < NR_LETTERS; i++)
			if (mask & letters[i].bit)
				out_bool(letters[i].name, flags & letters[i].bit);
	} else {
		out_str("error", NULL, reason);
	}
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
