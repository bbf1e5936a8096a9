// SPDX-License-Identifier: GPL-2.0
/* Which files a configuration has, each directory read once. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "present.h"
#include "util.h"

struct dir;

struct entry {
	unsigned char	type;		/* DT_* */
	unsigned char	len;
	const char	*name;
	struct dir	*dir;		/* it, read; null: not yet */
};

/* Records as the kernel gave them, in which the names stay. */
struct chunk {
	struct chunk	*next;
	char		data[];
};

struct dir {
	struct dir	*next;		/* of those that were asked for by their whole path */
	const char	*asked;		/* by which string, if that lives as long; null */
	int		err;		/* of the attempt to read it, 0: it was read */
	uint64_t	names;		/* of each name its name_bit() */
	struct stat	st;
	struct chunk	*chunks;
	struct entry	*entries;
	bool		sorted;
	size_t		n, room;
	size_t		len;		/* of: */
	char		path[];
};

static struct dir *tops;
static unsigned int holders;

/* The directory that was last reached below a top one: several of its files are asked for one after another. */
static struct {
	const struct dir *top;
	struct dir	*dir;
	size_t		len;		/* of its name from there */
} last;

static void free_dir(struct dir *d)
{
	struct chunk *c;
	size_t i;

	for (i = 0; i < d->n; i++)
		if (d->entries[i].dir)
			free_dir(d->entries[i].dir);
	while ((c = d->chunks)) {
		d->chunks = c->next;
		free(c);
	}
	free(d->entries);
	free(d);
}

void present_forget(void)
{
	struct dir *d;

	last.top = NULL;
	while ((d = tops)) {
		tops = d->next;
		free_dir(d);
	}
}

void present_start(void)
{
	if (!holders++)
		present_forget();
}

void present_end(void)
{
	holders--;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

/* As the kernel gives them; readdir() would take 32 KiB for a dozen names. */
struct record {
	ino64_t		ino;
	off64_t		off;
	unsigned short	len;
	unsigned char	type;
	char		name[];
};

/* Most of what is asked for is not there: one of 64 bits tells it for nearly all of that. */
static uint64_t name_bit(const char *name, size_t len)
{
	return len ? 1ULL << (((unsigned char)name[0] * 5 + (unsigned char)name[len - 1] * 3 + len) % 64) : 0;
}

static void take_records(struct dir *d, const char *buf, long size)
{
	struct chunk *c = xcalloc(1, sizeof(*c) + size);
	const struct record *r;
	size_t len;
	long at;

	memcpy(c->data, buf, size);
	c->next = d->chunks;
	d->chunks = c;
	for (at = 0; at < size; at += r->len) {
		r = (const struct record *)(c->data + at);
		if (r->name[0] == '.' && (!r->name[1] || (r->name[1] == '.' && !r->name[2])))
			continue;
		if (d->n == d->room) {
			d->room = d->room ? 2 * d->room : 16;
			d->entries = xrealloc(d->entries, d->room * sizeof(*d->entries));
		}
		len = strlen(r->name);
		d->entries[d->n++] = (struct entry){ r->type, len, r->name, NULL };
		d->names |= name_bit(r->name, len);
	}
}

/* What is open as @fd. */
static void read_entries(struct dir *d, int fd)
{
	char buf[4096] __attribute__((aligned(8)));
	long n = fstat(fd, &d->st);

	while (!n && (n = syscall(SYS_getdents64, fd, buf, sizeof(buf))) > 0) {
		take_records(d, buf, n);
		n = 0;
	}
	if (n < 0)
		d->err = errno;
}

/* DIR, or DIR/NAME, read; no descriptor stays, since a first task shares our memory and has its own. */
static struct dir *new_dir(const char *dir, const char *name)
{
	size_t dirlen = strlen(dir), len = name ? strlen(name) + 1 : 0;
	struct dir *d = xcalloc(1, sizeof(*d) + dirlen + len + 1);
	int fd;

	memcpy(d->path, dir, dirlen);
	if (name) {
		d->path[dirlen] = '/';
		memcpy(d->path + dirlen + 1, name, len);
	}
	d->len = len ? dirlen + len : dirlen;
	fd = open(d->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		d->err = errno;
		return d;
	}
	read_entries(d, fd);
	close(fd);
	return d;
}

/* @asked: null for a string that may be freed before what is known is forgotten. */
static struct dir *find_top(const char *path, const char *asked)
{
	struct dir *d;

	for (d = tops; d; d = d->next)
		if (!strcmp(d->path, path))
			return d;
	d = new_dir(path, NULL);
	d->asked = asked;
	d->next = tops;
	tops = d;
	return d;
}

static struct dir *top_dir(const char *path)
{
	struct dir *d;

	for (d = tops; d; d = d->next)
		if (d->asked == path)
			return d;
	return find_top(path, path);
}

static struct dir *sub_dir(const struct dir *d, struct entry *e)
{
	if (!e->dir)
		e->dir = new_dir(d->path, e->name);
	return e->dir;
}

static struct entry *find(const struct dir *d, const char *name, size_t len)
{
	struct entry *e;

	if (!(d->names & name_bit(name, len)))
		return NULL;
	for (e = d->entries; e < d->entries + d->n; e++)
		if (e->len == len && !memcmp(e->name, name, len))
			return e;
	return NULL;
}

enum presence present(const char *dir, const char *file)
{
	const char *whole = file, *end;
	struct dir *top, *d;
	struct entry *e;

	if (!holders)
		return PRESENT_ASK;
	top = d = top_dir(dir);
	if (last.top == top && last.dir->path[top->len + 1] == *file &&
	    !strncmp(last.dir->path + top->len + 1, file, last.len) && file[last.len] == '/') {
		d = last.dir;
		file += last.len + 1;
	}
	for (;; d = sub_dir(d, e)) {
		if (d->err)
			return d->err == ENOENT || d->err == ENOTDIR ? PRESENT_NO : PRESENT_ASK;
		/* Names are short: a loop is done before a function is called. */
		for (end = file; *end && *end != '/'; end++)
			;
		if (*file == '.' && end - file < 3)
			return PRESENT_ASK;
		if (!*end && file > whole) {
			last.top = top;
			last.dir = d;
			last.len = file - whole - 1;
		}
		e = find(d, file, end - file);
		if (!e)
			return PRESENT_NO;
		if (!*end)
			return e->type == DT_REG || e->type == DT_DIR ? PRESENT_YES : PRESENT_ASK;
		if (e->type == DT_REG)
			return PRESENT_NO;
		file = end + 1;
	}
}

bool present_exists(const char *dir, const char *file)
{
	enum presence p = present(dir, file);
	char *path;
	bool there;

	if (p != PRESENT_ASK)
		return p == PRESENT_YES;
	path = xprintf("%s/%s", dir, file);
	there = !access(path, F_OK);
	free(path);
	return there;
}

const struct stat *present_dir(const char *dir, const char *sub)
{
	struct entry *e;
	struct dir *d;

	if (!holders)
		return NULL;
	for (d = top_dir(dir); *sub && !d->err; d = sub_dir(d, e)) {
		e = find(d, sub, strcspn(sub, "/"));
		if (!e || e->type != DT_DIR)
			return NULL;
		sub += strcspn(sub, "/");
		sub += *sub == '/';
	}
	return d->err ? NULL : &d->st;
}

bool present_empty(const char *dir, const char *sub)
{
	struct entry *e;
	struct dir *d;

	if (present(dir, sub) != PRESENT_YES)
		return present(dir, sub) == PRESENT_NO;
	d = top_dir(dir);
	e = find(d, sub, strlen(sub));
	if (!e || e->type != DT_DIR)
		return false;
	d = sub_dir(d, e);
	return !d->err && !d->n;
}

static int walk(struct dir *d, const char *sub, struct strlist *files)
{
	struct entry *e;
	char *path;
	int ret = 0;

	if (d->err) {
		errno = d->err;
		return -1;
	}
	if (!d->sorted)
		qsort(d->entries, d->n, sizeof(*d->entries), by_name);
	d->sorted = true;
	for (e = d->entries; !ret && e < d->entries + d->n; e++) {
		path = *sub ? xprintf("%s/%s", sub, e->name) : xstrdup(e->name);
		if (e->type != DT_DIR) {
			strlist_take(files, path);
			continue;
		}
		ret = walk(sub_dir(d, e), path, files);
		free(path);
	}
	return ret;
}

int present_files(const char *dir, struct strlist *files)
{
	int ret;

	present_start();
	ret = walk(find_top(dir, NULL), "", files);
	present_end();
	return ret;
}
