// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clone.h"
#include "copy.h"
#include "prog.h"
#include "report.h"
#include "rmtree.h"
#include "swap.h"
#include "tree.h"

/* A copied file that has other names in the tree. */
struct known {
	uint64_t	ino;
	char		*path;
};

/* A directory that is being filled. */
struct target {
	int		fd;
	bool		kept;		/* it was there */
	bool		link;		/* files in it may be linked */
	struct meta	meta;
};

struct job {
	const struct clone	*c;
	int			top;
	bool			in_place;
	struct known		*known;
	size_t			n_known, size_known;
};

static volatile sig_atomic_t interrupted;

static void on_signal(int sig)
{
	interrupted = sig;
}

/* The slot of an inode; the table is never full. */
static struct known *slot(struct job *j, uint64_t ino)
{
	size_t i = (ino * 0x9e3779b97f4a7c15ULL) >> 20;

	while (j->known[i % j->size_known].path && j->known[i % j->size_known].ino != ino)
		i++;
	return &j->known[i % j->size_known];
}

static void remember(struct job *j, uint64_t ino, const char *path)
{
	struct known *old = j->known, *k;
	size_t n = j->size_known, i;

	if (2 * j->n_known >= j->size_known) {
		j->size_known = n ? 2 * n : 256;
		j->known = must_alloc(calloc(j->size_known, sizeof(*j->known)));
		for (i = 0; i < n; i++)
			if (old[i].path)
				*slot(j, old[i].ino) = old[i];
		free(old);
	}
	k = slot(j, ino);
	if (k->path)
		return;
	k->ino = ino;
	k->path = must_alloc(strdup(path));
	j->n_known++;
}

/* As another name of the copy that was made for this inode. */
static bool link_known(struct job *j, const struct tree_file *f, int to)
{
	const struct known *k = j->n_known ? slot(j, f->st->stx_ino) : NULL;

	return k && k->path && !linkat(j->top, k->path + 1, to, f->name, 0);
}

/*
 * Links a file that was unified when we looked. A guest can put another one under the name, or change the only
 * name of it in place: what we have got is looked at, in a directory that the guest does not reach.
 */
static int link_unified(const struct tree_file *f, int to)
{
	struct statx st;

	if (linkat(f->dir->fd, f->name, to, f->name, 0))
		return -1;
	if (!statx(to, f->name, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &st) && S_ISREG(st.stx_mode) &&
	    st.stx_attributes & STATX_ATTR_IMMUTABLE)
		return 0;
	unlinkat(to, f->name, 0);
	errno = EPERM;
	return -1;
}

/* Makes a file a unified one and links it. */
static int link_new(int fd, const struct tree_file *f, int to)
{
	struct froze froze = { 0 };
	struct meta m;
	int ret = -1;

	if (!file_hold(fd) || meta_read(fd, &m))
		return -1;
	if (!meta_skip(&m) && !swap_freeze(fd, &m, &froze) && !linkat(fd, "", to, f->name, AT_EMPTY_PATH)) {
		ret = file_unified(fd) == 1 && file_held(fd) ? 0 : -1;
		if (ret)
			unlinkat(to, f->name, 0);
	}
	if (ret)
		swap_thaw(fd, &froze);
	fcntl(fd, F_SETLEASE, F_UNLCK);
	meta_free(&m);
	return ret;
}

static int copy_regular(struct job *j, int fd, const struct tree_file *f, int to)
{
	char tmp[48] = ".vclone.";
	int ret, saved;

	if (f->st->stx_nlink > 1 && !(f->st->stx_attributes & STATX_ATTR_IMMUTABLE) && link_known(j, f, to))
		return 0;
	if (j->in_place) {
		if (!faccessat(to, f->name, F_OK, AT_SYMLINK_NOFOLLOW)) {
			errno = EEXIST;
			return -1;
		}
		swap_name(tmp + strlen(tmp));
		ret = copy_file(fd, to, tmp, j->c->xid, true);
		if (!ret && renameat2(to, tmp, to, f->name, RENAME_NOREPLACE)) {
			saved = errno;
			unlinkat(to, tmp, 0);
			errno = saved;
			ret = -1;
		}
	} else {
		ret = copy_file(fd, to, f->name, j->c->xid, false);
	}
	if (!ret && f->st->stx_nlink > 1)
		remember(j, f->st->stx_ino, f->path);
	return ret;
}

static void done(enum count what, const char *text, const struct tree_file *f)
{
	report_add(what, 1);
	report_line(what == COUNT_LINKED ? 2 : 1, text, f->path, NULL);
}

static void regular(struct job *j, const struct tree_file *f, const struct target *t, enum verdict v)
{
	bool may_link = v == UNIFY_IT && t->link;
	int fd, ret;

	report_add(COUNT_SEEN, 1);
	if (may_link && f->st->stx_attributes & STATX_ATTR_IMMUTABLE) {
		if (!link_unified(f, t->fd)) {
			report_saved(f->st->stx_blocks * 512ULL);
			done(COUNT_LINKED, "linked", f);
			return;
		}
		if (errno == EEXIST)
			goto exists;
	}
	fd = file_open(f->dir->fd, f->name);
	if (fd < 0) {
		if (errno != ENOENT)
			report_error("cannot open", f->path, errno);
		return;
	}
	if (may_link && j->c->unify && f->st->stx_size && !link_new(fd, f, t->fd)) {
		report_saved(f->st->stx_blocks * 512ULL);
		done(COUNT_LINKED, "linked", f);
		close(fd);
		return;
	}
	ret = copy_regular(j, fd, f, t->fd);
	if (ret && errno != EEXIST)
		report_error("cannot copy", f->path, errno);
	else if (!ret)
		done(COUNT_COPIED, "copied", f);
	close(fd);
	if (!ret || errno != EEXIST)
		return;
exists:
	done(COUNT_KEPT, "kept", f);
}

static bool file(const struct tree_file *f, void *arg)
{
	const struct target *t = f->dir->data;
	struct job *j = arg;
	enum verdict v = exclude_verdict(&j->c->from->exclude, f->path);

	if (v == SKIP_IT)
		report_skip(SKIP_EXCLUDED, f->path, NULL);
	else if (S_ISREG(f->st->stx_mode))
		regular(j, f, t, v);
	else if (!copy_other(f->dir->fd, f->st, t->fd, f->name, j->c->xid))
		report_add(COUNT_OTHERS, 1);
	else if (errno == EEXIST)
		done(COUNT_KEPT, "kept", f);
	else if (errno != ENOENT && errno != EINVAL)
		report_error("cannot copy", f->path, errno);
	return !interrupted && (j->in_place || !report_errors());
}

static bool enter(const struct tree_file *f, void **data, void *arg)
{
	const struct target *up = f->dir->data;
	struct job *j = arg;
	enum verdict v = exclude_verdict(&j->c->from->exclude, f->path);
	struct target *t;

	if (v == SKIP_IT) {
		report_skip(SKIP_EXCLUDED, f->path, NULL);
		return false;
	}
	t = must_alloc(calloc(1, sizeof(*t)));
	t->link = up->link && v == UNIFY_IT;
	if (mkdirat(up->fd, f->name, 0700))
		t->kept = errno == EEXIST;
	t->fd = tree_open_dir(up->fd, f->name);
	if (t->fd < 0 || meta_read(f->fd, &t->meta)) {
		report_error("cannot make the directory", f->path, errno);
		if (t->fd >= 0)
			close(t->fd);
		free(t);
		return false;
	}
	report_add(t->kept ? COUNT_KEPT : COUNT_DIRS, 1);
	*data = t;
	return true;
}

static void leave(const char *path, const struct statx *st, void *data, void *arg)
{
	struct job *j = arg;
	struct target *t = data;

	(void)st;
	if (!t->kept && copy_meta(&t->meta, t->fd, j->c->xid))
		report_error("cannot set the attributes of", path, errno);
	meta_free(&t->meta);
	close(t->fd);
	free(t);
}

static void problem(const char *path, int error, void *arg)
{
	(void)arg;
	if (error == EXDEV)
		report_skip(SKIP_OTHER_FS, path, NULL);
	else
		report_error("cannot look at", path, error);
}

static bool fill(struct job *j)
{
	struct target top = { .fd = j->top, .link = true, .kept = j->in_place };
	const struct tree t = {
		.file = file, .enter = enter, .leave = leave, .problem = problem, .data = &top, .arg = j,
	};
	bool ok = tree_walk(&t, j->c->from->fd);
	size_t i;

	if (ok && !j->in_place) {
		ok = !meta_read(j->c->from->fd, &top.meta) && !copy_meta(&top.meta, top.fd, j->c->xid);
		if (!ok)
			report_error("cannot set the attributes of", j->c->to, errno);
		meta_free(&top.meta);
	}
	for (i = 0; i < j->size_known; i++)
		free(j->known[i].path);
	free(j->known);
	if (interrupted)
		complain("interrupted by signal %d", (int)interrupted);
	return ok && !interrupted && !report_errors();
}

/* A directory with something in it. */
static bool is_full(int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), n = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	while (dir && n < 3 && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n > 2;
}

/* A new tree, beside its place until it is complete. */
static int make_new(struct job *j, int parent, const char *name)
{
	char *tmp;
	int ret = -1;

	if (asprintf(&tmp, ".%s.vclone", name) < 0)
		must_alloc(NULL);
	/* One that was interrupted; we have the lock of the directory. */
	if (rmtree_at(parent, tmp) || mkdirat(parent, tmp, 0700)) {
		complain("cannot make a directory beside %s: %s", j->c->to, why());
		free(tmp);
		return -1;
	}
	j->top = tree_open_dir(parent, tmp);
	if (j->top < 0)
		complain("cannot open the directory beside %s: %s", j->c->to, why());
	else if (fill(j) && syncfs(j->top))
		complain("cannot write out %s: %s", j->c->to, why());
	else if (!interrupted && !report_errors() && (renameat(parent, tmp, parent, name) || fsync(parent)))
		complain("cannot give %s its name: %s", j->c->to, why());
	else
		ret = interrupted || report_errors() ? -1 : 0;
	if (ret && rmtree_at(parent, tmp))
		complain("cannot remove what was made beside %s: %s", j->c->to, why());
	free(tmp);
	return ret;
}

int clone_tree(const struct clone *c)
{
	struct sigaction act = { .sa_handler = on_signal };
	struct job job = { .c = c, .top = -1 };
	char *dir = must_alloc(strdup(c->to)), *slash = strrchr(dir, '/');
	int parent, ret = -1;

	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGHUP, &act, NULL);
	umask(0);
	*slash = 0;
	parent = open(slash == dir ? "/" : dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (parent < 0) {
		complain("cannot open the directory of %s: %s", c->to, why());
	} else if (flock(parent, LOCK_EX)) {
		complain("cannot lock the directory of %s: %s", c->to, why());
	} else if (is_full(parent, slash + 1)) {
		job.in_place = true;
		job.top = tree_open_dir(parent, slash + 1);
		if (job.top < 0)
			complain("cannot open %s: %s", c->to, why());
		else
			ret = fill(&job) && !syncfs(job.top) ? 0 : -1;
	} else {
		ret = make_new(&job, parent, slash + 1);
	}
	if (job.top >= 0)
		close(job.top);
	if (parent >= 0)
		close(parent);
	free(dir);
	return ret;
}
