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
	char		*name;
	struct dir	*dir;		/* it, read; null: not yet */
};

struct dir {
	struct dir	*next;		/* of those that were asked for by their whole path */
	int		err;		/* of the attempt to read it, 0: it was read */
	uint32_t	first;		/* the bytes that its names begin with, each modulo 32 */
	struct stat	st;
	struct entry	*entries;	/* sorted */
	size_t		n, room;
	char		path[];
};

static struct dir *tops;
static unsigned int holders;

static void free_dir(struct dir *d)
{
	size_t i;

	for (i = 0; i < d->n; i++) {
		if (d->entries[i].dir)
			free_dir(d->entries[i].dir);
		free(d->entries[i].name);
	}
	free(d->entries);
	free(d);
}

void present_forget(void)
{
	struct dir *d;

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

static void take_records(struct dir *d, const char *buf, long size)
{
	const struct record *r;
	long at;

	for (at = 0; at < size; at += r->len) {
		r = (const struct record *)(buf + at);
		if (r->name[0] == '.' && (!r->name[1] || (r->name[1] == '.' && !r->name[2])))
			continue;
		if (d->n == d->room) {
			d->room = d->room ? 2 * d->room : 16;
			d->entries = xrealloc(d->entries, d->room * sizeof(*d->entries));
		}
		d->entries[d->n++] = (struct entry){ r->type, xstrdup(r->name), NULL };
		d->first |= 1U << (r->name[0] & 31);
	}
}

/* DIR, or DIR/NAME. */
static struct dir *read_dir(const char *dir, const char *name)
{
	size_t dirlen = strlen(dir), len = name ? strlen(name) + 1 : 0;
	struct dir *d = xcalloc(1, sizeof(*d) + dirlen + len + 1);
	char buf[4096] __attribute__((aligned(8)));
	long n = -1;
	int fd;

	memcpy(d->path, dir, dirlen);
	if (name) {
		d->path[dirlen] = '/';
		memcpy(d->path + dirlen + 1, name, len);
	}
	fd = open(d->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &d->st)) {
		d->err = errno;
		close(fd);
		return d;
	}
	while (fd >= 0 && (n = syscall(SYS_getdents64, fd, buf, sizeof(buf))) > 0)
		take_records(d, buf, n);
	if (n < 0)
		d->err = errno;
	if (fd >= 0)
		close(fd);
	qsort(d->entries, d->n, sizeof(*d->entries), by_name);
	return d;
}

static struct dir *top_dir(const char *path)
{
	struct dir *d;

	for (d = tops; d; d = d->next)
		if (!strcmp(d->path, path))
			return d;
	d = read_dir(path, NULL);
	d->next = tops;
	tops = d;
	return d;
}

static struct dir *sub_dir(struct dir *d, struct entry *e)
{
	if (!e->dir)
		e->dir = read_dir(d->path, e->name);
	return e->dir;
}

static struct entry *find(const struct dir *d, const char *name, size_t len)
{
	size_t low = 0, high = d->n, mid;
	int c;

	/* Most of what is asked for is not there. */
	if (!(d->first >> (*name & 31) & 1))
		return NULL;
	while (low < high) {
		mid = (low + high) / 2;
		c = strncmp(d->entries[mid].name, name, len);
		if (!c && !d->entries[mid].name[len])
			return &d->entries[mid];
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

enum presence present(const char *dir, const char *file)
{
	struct entry *e;
	const char *end;
	struct dir *d;

	if (!holders)
		return PRESENT_ASK;
	for (d = top_dir(dir);; d = sub_dir(d, e)) {
		if (d->err)
			return d->err == ENOENT || d->err == ENOTDIR ? PRESENT_NO : PRESENT_ASK;
		end = strchrnul(file, '/');
		if (*file == '.' && end - file < 3)
			return PRESENT_ASK;
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
	for (e = d->entries; !ret && e < d->entries + d->n; e++) {
		path = *sub ? xprintf("%s/%s", sub, e->name) : xstrdup(e->name);
		if (e->type == DT_DIR)
			ret = walk(sub_dir(d, e), path, files);
		else
			strlist_add(files, path);
		free(path);
	}
	return ret;
}

int present_files(const char *dir, struct strlist *files)
{
	int ret;

	present_start();
	ret = walk(top_dir(dir), "", files);
	present_end();
	return ret;
}
