// SPDX-License-Identifier: GPL-2.0
/* vunify: lets a guest share files of the same name with reference guests, or have its own again. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "copy.h"
#include "place.h"
#include "prog.h"
#include "report.h"
#include "rmtree.h"
#include "swap.h"
#include "tree.h"

#define REFS_MAX	64

enum { OPT_UNDO = 1, OPT_DRY, OPT_VERBOSE, OPT_MANUAL, OPT_ONE_FS, OPT_JSON };

static const struct opt opts[] = {
	{ "deunify", 'R', OPT_UNDO, NULL, "give the guest copies of its own of all shared files" },
	{ "dry-run", 'n', OPT_DRY, NULL, "only tell what would be done" },
	{ "verbose", 'v', OPT_VERBOSE, NULL, "name files; again: more of them" },
	{ "manually", 0, OPT_MANUAL, NULL, "trees instead of guests, each with its exclude list" },
	{ "one-file-system", 'x', OPT_ONE_FS, NULL, NULL },
	{ "json", 0, OPT_JSON, NULL, "machine-readable report" },
	{ 0 }
};

static const char *const usage[] = {
	"[-R] [-n] [-v]... [--json] GUEST",
	"--manually [-R] [-n] [-v]... [--json] PATH EXCL [PATH EXCL]...",
	NULL
};

static const struct prog prog = {
	.name = "vunify",
	.summary = "Share files of the same name and contents with reference guests.",
	.usage = usage,
	.opts = opts,
	.notes =
"The reference guests are the links apps/vunify/refserver.* of the guest, the first one first. Files\n"
"are shared when both exclude lists allow it and contents, owner, mode, time of change, extended\n"
"attributes, ACL and capabilities agree. The guests may run: a file that is open for writing or\n"
"changes meanwhile is left alone. EXCL may be ''. vhashify needs no reference guests.\n"
"Exit status: 0; 1 something failed; all else is as it was.\n",
	.error = 1,
};

static struct {
	struct place	place, refs[REFS_MAX];
	int		n_refs;
	int		tmpfd;
	bool		undo, hopeless;
} job;

/* The file of a reference that has the same path; -1 and errno. */
static int open_ref(const struct place *ref, const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	char *dir = must_alloc(strdup(path)), *slash = strrchr(dir, '/');
	int dirfd, fd = -1, saved;

	*slash = 0;
	dirfd = syscall(SYS_openat2, ref->fd, *dir ? dir : "/", &how, sizeof(how));
	if (dirfd >= 0) {
		fd = file_open(dirfd, slash + 1);
		saved = errno;
		close(dirfd);
		errno = saved;
	}
	free(dir);
	return fd;
}

/* Whether the files are equal, and the reference's can be shared; it is held then. */
static enum skip compare(int fd, const struct meta *m, int ref, struct meta *r)
{
	int same;

	if (!file_hold(ref))
		return errno == EAGAIN ? SKIP_BUSY : SKIP_ERROR;
	if (meta_read(ref, r))
		return SKIP_ERROR;
	if (r->st.stx_ino == m->st.stx_ino)
		return SKIP_UNIFIED;
	if (!meta_same(m, r, true))
		return SKIP_DIFFERENT;
	if (file_unified(ref) != 1 && meta_skip(r))
		return SKIP_SPECIAL;
	same = file_same(fd, ref);
	return same < 0 ? SKIP_ERROR : same ? SKIP_NONE : SKIP_DIFFERENT;
}

/* Puts the reference's inode in the place of the file. */
static enum skip share(const struct tree_file *f, int fd, const struct meta *m, int ref)
{
	struct froze froze = { 0 };
	struct meta r = { 0 };
	uint64_t freed = 0;
	enum skip ret;
	int saved;

	ret = compare(fd, m, ref, &r);
	if (ret || report.dry_run) {
		freed = m->st.stx_nlink == 1 ? m->st.stx_blocks * 512ULL : 0;
		goto out;
	}
	/* Two names, one on the disk: what the name leads to must be there as well. */
	if (fsync(ref))
		ret = SKIP_ERROR;
	if (!ret)
		ret = swap_freeze(ref, &r, &froze);
	if (!ret)
		ret = swap_in(job.tmpfd, f->dir->fd, f->name, fd, m, ref, true, &freed);
	if (ret)
		swap_thaw(ref, &froze);
out:
	if (!ret)
		report_saved(freed);
	saved = errno;
	meta_free(&r);
	errno = saved;
	return ret;
}

static enum skip unify(const struct tree_file *f, int fd, const struct meta *m)
{
	enum skip ret = SKIP_DIFFERENT;
	int i, ref;

	for (i = 0; i < job.n_refs; i++) {
		if (exclude_verdict(&job.refs[i].exclude, f->path) != UNIFY_IT)
			continue;
		ref = open_ref(&job.refs[i], f->path);
		if (ref < 0)
			continue;
		ret = share(f, fd, m, ref);
		close(ref);
		if (!ret) {
			report_add(COUNT_LINKED, 1);
			report_line(2, "linked", f->path, report.verbose > 3 ? job.refs[i].path : NULL);
		}
		if (!ret || ret == SKIP_UNIFIED || ret == SKIP_ERROR)
			break;
	}
	return ret;
}

/* A private copy in the place of a unified file. It belongs to whom the directory belongs. */
static enum skip split(const struct tree_file *f, int fd)
{
	xid_t tag = file_tag(f->dir->fd);
	struct stat st;
	enum skip ret;
	char tmp[32];

	if (report.dry_run) {
		report_add(COUNT_COPIED, 1);
		report_line(2, "copied", f->path, NULL);
		return SKIP_NONE;
	}
	if (fstat(fd, &st))
		return SKIP_ERROR;
	/* Nobody has it but the guest. */
	if (st.st_nlink == 1) {
		report_add(COUNT_COPIED, 1);
		return file_thaw(fd, tag) ? SKIP_ERROR : SKIP_NONE;
	}
	swap_name(tmp);
	if (copy_file(fd, job.tmpfd, tmp, tag, true))
		return SKIP_ERROR;
	ret = swap_any(job.tmpfd, f->dir->fd, f->name, fd, tmp);
	if (!ret) {
		report_add(COUNT_COPIED, 1);
		report_line(2, "copied", f->path, NULL);
	}
	return ret;
}

static enum skip look(const struct tree_file *f, int fd)
{
	bool unified = file_unified(fd) == 1;
	struct meta m;
	enum skip ret;
	int saved;

	if (job.undo)
		return unified ? split(f, fd) : SKIP_DIFFERENT;
	if (!file_hold(fd))
		return errno == EAGAIN ? SKIP_BUSY : SKIP_ERROR;
	if (meta_read(fd, &m))
		return SKIP_ERROR;
	ret = unified ? SKIP_NONE : meta_skip(&m);
	if (!ret)
		ret = unify(f, fd, &m);
	if (ret == SKIP_DIFFERENT && unified)
		ret = SKIP_UNIFIED;
	saved = errno;
	meta_free(&m);
	errno = saved;
	return ret;
}

static bool file(const struct tree_file *f, void *arg)
{
	enum skip ret = SKIP_NONE;
	int fd, error = 0;

	(void)arg;
	if (!S_ISREG(f->st->stx_mode)) {
		report_add(COUNT_OTHERS, 1);
		return true;
	}
	report_add(COUNT_SEEN, 1);
	if (!f->st->stx_size)
		ret = SKIP_SMALL;
	else if (exclude_verdict(&job.place.exclude, f->path) != UNIFY_IT)
		ret = SKIP_EXCLUDED;
	else if (job.undo && !(f->st->stx_attributes & STATX_ATTR_IMMUTABLE))
		ret = SKIP_DIFFERENT;
	if (!ret) {
		fd = file_open(f->dir->fd, f->name);
		if (fd < 0) {
			ret = errno == ENOENT || errno == EINVAL ? SKIP_CHANGED : SKIP_ERROR;
			error = errno;
		} else {
			ret = look(f, fd);
			error = errno;
			close(fd);
		}
	}
	if (ret)
		report_skip(ret, f->path, ret == SKIP_DIFFERENT && job.undo ? "not unified" : NULL);
	if (ret == SKIP_ERROR) {
		job.hopeless = error == EOPNOTSUPP || error == ENOTTY || error == ENOSYS || error == EROFS;
		report_error(job.hopeless ?
			     "cannot protect unified files, the kernel or the file system has no such attribute:" :
			     "cannot unify", f->path, error);
	}
	return !job.hopeless;
}

static bool enter(const struct tree_file *f, void **data, void *arg)
{
	(void)data;
	(void)arg;
	if (exclude_verdict(&job.place.exclude, f->path) == UNIFY_IT)
		return true;
	report_skip(SKIP_EXCLUDED, f->path, NULL);
	return false;
}

static void problem(const char *path, int error, void *arg)
{
	(void)arg;
	if (error == EXDEV)
		report_skip(SKIP_OTHER_FS, path, NULL);
	else
		report_error("cannot look at", path, error);
}

static void add_ref(const char *id, const char *path, const char *exclude)
{
	struct place *ref = &job.refs[job.n_refs];

	if (job.n_refs++ == REFS_MAX)
		fail("there are more than %d reference guests", REFS_MAX);
	if (id)
		place_guest(ref, id);
	else
		place_manual(ref, path, exclude);
	if (ref->dev != job.place.dev)
		fail("cannot share files: %s and %s are not on one file system", job.place.path, ref->path);
	if (ref->ino == job.place.ino)
		fail("a guest cannot be its own reference: %s", ref->path);
}

/* apps/vunify/refserver.* in the order of their names. */
static void configured_refs(void)
{
	struct dirent **names;
	char *dir, *path;
	int n, i;

	if (asprintf(&dir, "%s/apps/vunify", job.place.guest->dir) < 0)
		must_alloc(NULL);
	n = scandir(dir, &names, NULL, alphasort);
	for (i = 0; i < n; i++) {
		if (!strncmp(names[i]->d_name, "refserver.", 10)) {
			if (asprintf(&path, "%s/%s", dir, names[i]->d_name) < 0)
				must_alloc(NULL);
			add_ref(path, NULL, NULL);
			free(path);
		}
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	free(dir);
	if (!job.n_refs)
		fail("%s: it has no reference guest (apps/vunify/refserver.*)", job.place.guest->name);
}

/* Where links are made before they get their name: beside the tree, out of the guest's reach. */
static int run(void)
{
	const struct tree t = { .file = file, .enter = enter, .problem = problem };
	char *dir = must_alloc(strdup(job.place.path)), *slash = strrchr(dir, '/'), *tmp;
	int parent = -1;

	*slash = 0;
	if (asprintf(&tmp, ".%s.vunify.%d", slash + 1, (int)getpid()) < 0)
		must_alloc(NULL);
	if (!report.dry_run) {
		parent = open(*dir ? dir : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (parent < 0 || mkdirat(parent, tmp, 0700))
			fail("cannot make a directory beside %s: %s", job.place.path, why());
		job.tmpfd = tree_open_dir(parent, tmp);
		if (job.tmpfd < 0)
			fail("cannot use the directory beside %s: %s", job.place.path, why());
	}
	tree_walk(&t, job.place.fd);
	/* Not empty when a file could not be put back: then it is told, and stays. */
	if (parent >= 0)
		unlinkat(parent, tmp, AT_REMOVEDIR);
	free(tmp);
	free(dir);
	return report_finish();
}

int main(int argc, char **argv)
{
	bool manually = false;
	const char *arg;
	char **rest;
	int id, n;

	opt_start(&prog, argc, argv);
	while ((id = opt_next(&arg))) {
		switch (id) {
		case OPT_UNDO:
			job.undo = true;
			break;
		case OPT_DRY:
			report.dry_run = true;
			break;
		case OPT_VERBOSE:
			report.verbose++;
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
	if (manually ? n % 2 || n < (job.undo ? 2 : 4) : n != 1)
		fail_usage(manually ? "--manually needs PATH EXCL (PATH EXCL)..." : "name one guest");
	signal(SIGIO, SIG_IGN);
	tree_raise_limit();
	umask(077);
	if (manually)
		place_manual(&job.place, rest[0], rest[1]);
	else
		place_guest(&job.place, rest[0]);
	for (n = 2; manually && rest[n]; n += 2)
		add_ref(NULL, rest[n], rest[n + 1]);
	if (!manually && !job.undo)
		configured_refs();
	report_start(job.place.guest ? job.place.guest->name : job.place.path);
	return run();
}
