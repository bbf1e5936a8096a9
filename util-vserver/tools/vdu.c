// SPDX-License-Identifier: GPL-2.0
/* vdu: how much space and how many inodes the files below a directory take, all or those of one tag. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vserver-files.h>

#include "out.h"
#include "prog.h"
#include "tree.h"

#define STATUS_FILE	1

enum { OPT_XID = 1, OPT_SPACE, OPT_INODES, OPT_BLOCK, OPT_SCRIPT, OPT_JSON };

static const struct opt opts[] = {
	{ "xid", 0, OPT_XID, "XID", "only files with this tag, a number or a guest" },
	{ "space", 0, OPT_SPACE, NULL, "blocks on the disk (the default)" },
	{ "inodes", 0, OPT_INODES, NULL, "inodes" },
	{ "blocksize", 0, OPT_BLOCK, "N", "bytes per block that is shown, default 1024" },
	{ "script", 0, OPT_SCRIPT, NULL, "numbers alone" },
	{ "json", 0, OPT_JSON, NULL, "machine-readable" },
	{ 0 }
};

static const char *const usage[] = {
	"[--xid XID] [--space] [--inodes] [--blocksize N] [--script] [--json] DIR...",
	NULL
};

static const struct prog prog = {
	.name = "vdu",
	.summary = "Sum up the space and the inodes of a tree, of all files or those of a guest.",
	.usage = usage,
	.opts = opts,
	.notes =
"Prints DIR SPACE INODES. DIR itself counts; other mounts below it do not; a file with several names\n"
"counts once for all DIRs, the first one that has it. vdlimit takes these numbers.\n"
"Exit status: 0; 1 some file could not be looked at; 255 wrong usage.\n",
	.error = 255,
};

/* Inodes that have been counted and have other names; slots with number 0 are free. */
static struct {
	struct seen {
		uint64_t	ino;
		uint32_t	major, minor;
	}	*v;
	size_t	n, size;
} seen;

struct sum {
	const char	*top;
	bool		by_tag;
	xid_t		xid;
	uint64_t	bytes, inodes;
	struct tree_dir	*here;		/* the working directory */
	bool		failed;
};

static struct seen *slot(const struct seen *s)
{
	size_t i = ((s->ino ^ ((uint64_t)s->minor << 40)) * 0x9e3779b97f4a7c15ULL) >> 20;
	struct seen *at;

	for (;; i++) {
		at = &seen.v[i % seen.size];
		if (!at->ino || (at->ino == s->ino && at->major == s->major && at->minor == s->minor))
			return at;
	}
}

/* True: not for the first time. */
static bool counted(const struct statx *st)
{
	struct seen s = { st->stx_ino, st->stx_dev_major, st->stx_dev_minor }, *old = seen.v, *at;
	size_t n = seen.size, i;

	if (2 * seen.n >= seen.size) {
		seen.size = n ? 2 * n : 1024;
		seen.v = must_alloc(calloc(seen.size, sizeof(*seen.v)));
		for (i = 0; i < n; i++)
			if (old[i].ino)
				*slot(&old[i]) = old[i];
		free(old);
	}
	at = slot(&s);
	if (at->ino)
		return true;
	*at = s;
	seen.n++;
	return false;
}

static void problem(const char *path, int error, void *arg)
{
	struct sum *sum = arg;
	char *shown;

	if (error == EXDEV)
		return;
	shown = tree_printable(path);
	errno = error;
	complain("cannot look at %s%s: %s", sum->top, shown, why());
	free(shown);
	sum->failed = true;
}

/* @name in the working directory. */
static void add(struct sum *sum, const char *name, const char *path, const struct statx *st)
{
	uint32_t flags = 0, mask = 0;
	xid_t tag = VC_NOCTX;

	if (sum->by_tag) {
		if (vc_get_iattr(name, &tag, &flags, &mask)) {
			if (errno != ENOENT)
				problem(path, errno, sum);
			return;
		}
		/* Where files have no tags all are the host's. */
		if ((mask & VS_IATTR_TAG ? tag : 0) != sum->xid)
			return;
	}
	if (!S_ISDIR(st->stx_mode) && st->stx_nlink > 1 && counted(st))
		return;
	sum->bytes += st->stx_blocks * 512ULL;
	sum->inodes++;
}

static bool visit(const struct tree_file *f, void *arg)
{
	struct sum *sum = arg;

	/* The command takes a path, and only a name alone cannot be led astray. */
	if (sum->by_tag && sum->here != f->dir) {
		if (fchdir(f->dir->fd)) {
			problem(f->path, errno, arg);
			return true;
		}
		sum->here = f->dir;
	}
	add(sum, f->name, f->path, f->st);
	return true;
}

static bool enter(const struct tree_file *f, void **data, void *arg)
{
	struct sum *sum = arg;

	(void)data;
	visit(f, arg);
	sum->here = NULL;
	return true;
}

static void leave(const char *path, const struct statx *st, void *data, void *arg)
{
	struct sum *sum = arg;

	(void)path;
	(void)st;
	(void)data;
	sum->here = NULL;
}

static bool sum_up(struct sum *sum, int home)
{
	const struct tree t = { .file = visit, .enter = enter, .leave = leave, .problem = problem, .arg = sum };
	struct statx st;
	int fd;

	if (fchdir(home))
		fail("cannot return to the working directory: %s", why());
	fd = open(sum->top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &st) || fchdir(fd)) {
		complain("cannot open %s: %s", sum->top, why());
		if (fd >= 0)
			close(fd);
		return false;
	}
	add(sum, ".", "", &st);
	tree_walk(&t, fd);
	close(fd);
	return !sum->failed;
}

int main(int argc, char **argv)
{
	bool space = false, inodes = false, script = false, json = false, ok = true;
	struct sum want = { 0 }, sum;
	uint64_t block = 1024;
	const char *arg;
	char **dirs;
	int id, home;

	opt_start(&prog, argc, argv);
	while ((id = opt_next(&arg))) {
		switch (id) {
		case OPT_XID:
			want.by_tag = true;
			want.xid = arg_xid(arg, true);
			break;
		case OPT_SPACE:
			space = true;
			break;
		case OPT_INODES:
			inodes = true;
			break;
		case OPT_BLOCK:
			block = arg_number("blocksize", arg, 1, 1 << 30);
			break;
		case OPT_SCRIPT:
			script = true;
			break;
		case OPT_JSON:
			json = true;
			break;
		}
	}
	dirs = opt_rest();
	if (!*dirs)
		fail_usage("no directory given");
	if (!inodes)
		space = true;
	home = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (home < 0)
		fail("cannot open the working directory: %s", why());
	tree_raise_limit();
	out_start(json, true);
	for (; *dirs; dirs++) {
		sum = want;
		sum.top = *dirs;
		ok &= sum_up(&sum, home);
		out_open(NULL);
		out_str("path", script ? NULL : "%s", *dirs);
		if (space)
			out_u64("space", script ? "%" PRIu64 : " %" PRIu64, (sum.bytes + block - 1) / block);
		if (inodes)
			out_u64("inodes", script && !space ? "%" PRIu64 : " %" PRIu64, sum.inodes);
		out_text("\n");
		out_close();
	}
	out_finish(STATUS_FILE);
	return ok ? 0 : STATUS_FILE;
}
