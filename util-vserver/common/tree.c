// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "prog.h"
#include "tree.h"

/* Each level holds a descriptor. */
#define DEPTH_MAX	768
#define CHUNK		16384
#define FILES_WANTED	8192

struct level {
	struct tree_dir	*dir;
	struct statx	st;
	size_t		path_len;
	char		*buf;
	ssize_t		len, pos;
};

struct walk_state {
	const struct tree *t;
	struct level	level[DEPTH_MAX];
	int		depth;
	char		*path;
	size_t		path_size;
};

struct tree_dir *tree_dir_get(struct tree_dir *dir)
{
	atomic_fetch_add(&dir->refs, 1);
	return dir;
}

void tree_dir_put(struct tree_dir *dir)
{
	if (atomic_fetch_sub(&dir->refs, 1) != 1)
		return;
	close(dir->fd);
	free(dir);
}

int tree_open_dir(int dirfd, const char *name)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};

	return syscall(SYS_openat2, dirfd, name, &how, sizeof(how));
}

void tree_raise_limit(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim))
		return;
	if (lim.rlim_cur < FILES_WANTED)
		lim.rlim_cur = lim.rlim_max < FILES_WANTED ? lim.rlim_max : FILES_WANTED;
	setrlimit(RLIMIT_NOFILE, &lim);
}

/* The length of the UTF-8 character at @s, 0 if there is none. */
static int utf8_len(const unsigned char *s)
{
	int len = *s < 0x80 ? 1 : *s < 0xc2 ? 0 : *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : *s < 0xf5 ? 4 : 0, i;

	for (i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* C1 controls, surrogates, too long forms. */
	if ((len == 2 && *s == 0xc2 && s[1] < 0xa0) || (len == 3 && *s == 0xe0 && s[1] < 0xa0) ||
	    (len == 3 && *s == 0xed && s[1] > 0x9f) || (len == 4 && *s == 0xf0 && s[1] < 0x90))
		return 0;
	return len;
}

char *tree_printable(const char *path)
{
	const unsigned char *s = (const unsigned char *)path;
	char *out = must_alloc(malloc(4 * strlen(path) + 1)), *to = out;
	int len;

	while (*s) {
		len = *s < ' ' || *s == 0x7f || *s == '\\' ? 0 : utf8_len(s);
		if (len) {
			memcpy(to, s, len);
			to += len;
			s += len;
			continue;
		}
		*to++ = '\\';
		*to++ = '0' + (*s >> 6);
		*to++ = '0' + ((*s >> 3) & 7);
		*to++ = '0' + (*s++ & 7);
	}
	*to = 0;
	return out;
}

static void set_path(struct walk_state *w, const char *name)
{
	size_t at = w->level[w->depth - 1].path_len, len = strlen(name);

	if (at + len + 2 > w->path_size) {
		w->path_size = 2 * (at + len + 2);
		w->path = must_alloc(realloc(w->path, w->path_size));
	}
	w->path[at] = '/';
	memcpy(w->path + at + 1, name, len + 1);
}

static void problem(struct walk_state *w, int error)
{
	if (w->t->problem)
		w->t->problem(w->path, error, w->t->arg);
}

static void push(struct walk_state *w, int fd, const struct statx *st, void *data)
{
	struct level *l = &w->level[w->depth];
	struct tree_dir *dir = must_alloc(malloc(sizeof(*dir)));

	dir->fd = fd;
	atomic_init(&dir->refs, 1);
	dir->data = data;
	l->dir = dir;
	if (st)
		l->st = *st;
	l->path_len = w->depth ? strlen(w->path) : 0;
	if (!l->buf)
		l->buf = must_alloc(malloc(CHUNK));
	l->len = 0;
	l->pos = 0;
	w->depth++;
}

static void pop(struct walk_state *w, bool tell)
{
	struct level *l = &w->level[--w->depth];

	w->path[l->path_len] = 0;
	if (tell && w->depth && w->t->leave)
		w->t->leave(w->path, &l->st, l->dir->data, w->t->arg);
	tree_dir_put(l->dir);
}

static void enter(struct walk_state *w, struct tree_file *f)
{
	struct level *l = &w->level[w->depth - 1];
	void *data = NULL;
	int fd = -1;

	if (f->st->stx_attributes & STATX_ATTR_MOUNT_ROOT) {
		errno = EXDEV;
	} else if (w->depth == DEPTH_MAX) {
		errno = ENAMETOOLONG;
	} else {
		fd = tree_open_dir(l->dir->fd, f->name);
		/* Entered is what was looked at, not what took its name since. */
		if (fd >= 0 && statx(fd, "", AT_EMPTY_PATH, w->t->mask ? w->t->mask : STATX_BASIC_STATS,
				     (struct statx *)f->st)) {
			close(fd);
			fd = -1;
		}
	}
	if (fd < 0) {
		if (errno != ENOENT)
			problem(w, errno);
		return;
	}
	f->fd = fd;
	if (w->t->enter && !w->t->enter(f, &data, w->t->arg)) {
		close(fd);
		return;
	}
	push(w, fd, f->st, data);
}

/* One name. False: the walk ends. */
static bool one(struct walk_state *w, const char *name)
{
	struct level *l = &w->level[w->depth - 1];
	struct tree_file f = { .dir = l->dir, .name = name, .path = w->path, .fd = -1 };
	struct statx st;

	if (name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2])))
		return true;
	set_path(w, name);
	f.path = w->path;
	f.st = &st;
	if (statx(l->dir->fd, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
		  w->t->mask ? w->t->mask : STATX_BASIC_STATS, &st)) {
		/* Names come and go. */
		if (errno != ENOENT)
			problem(w, errno);
		return true;
	}
	if (S_ISDIR(st.stx_mode)) {
		enter(w, &f);
		return true;
	}
	if (st.stx_attributes & STATX_ATTR_MOUNT_ROOT) {
		problem(w, EXDEV);
		return true;
	}
	return w->t->file(&f, w->t->arg);
}

bool tree_walk(const struct tree *t, int topfd)
{
	struct walk_state *w = must_alloc(calloc(1, sizeof(*w)));
	bool go_on = true;
	struct level *l;
	int i, fd;

	w->t = t;
	w->path_size = 256;
	w->path = must_alloc(calloc(1, w->path_size));
	/* An open file of its own: its place in the directory is not the caller's. */
	fd = openat(topfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		problem(w, errno);
	else
		push(w, fd, NULL, t->data);
	while (w->depth && go_on) {
		l = &w->level[w->depth - 1];
		if (l->pos >= l->len) {
			l->len = getdents64(l->dir->fd, l->buf, CHUNK);
			l->pos = 0;
			if (l->len < 0) {
				w->path[l->path_len] = 0;
				problem(w, errno);
			}
			if (l->len <= 0) {
				pop(w, true);
				continue;
			}
		}
		while (go_on && l == &w->level[w->depth - 1] && l->pos < l->len) {
			struct dirent64 *e = (struct dirent64 *)(l->buf + l->pos);

			l->pos += e->d_reclen;
			go_on = one(w, e->d_name);
		}
	}
	go_on &= fd >= 0;
	while (w->depth)
		pop(w, false);
	for (i = 0; i < DEPTH_MAX; i++)
		free(w->level[i].buf);
	free(w->path);
	free(w);
	return go_on;
}
