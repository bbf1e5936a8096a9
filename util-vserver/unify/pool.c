// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pool.h"
#include "pool-old.h"
#include "prog.h"
#include "report.h"
#include "tree.h"

#define TMP		".tmp"
#define COUNTER_MAX	0xffff

static bool is_setting(const char *name)
{
	return name[0] == '.' || !strcmp(name, "method") || !strcmp(name, "blocks") || !strcmp(name, "blocksize");
}

/* The entry of @hashdir that is on @dev (malloc'ed). Null: none, or with @twice more than one. */
static char *choose(const char *hashdir, dev_t dev, bool *twice)
{
	DIR *dir = opendir(hashdir);
	char *found = NULL;
	struct dirent *e;
	struct stat st;

	while (dir && (e = readdir(dir))) {
		if (is_setting(e->d_name) || fstatat(dirfd(dir), e->d_name, &st, 0) || !S_ISDIR(st.st_mode) ||
		    st.st_dev != dev)
			continue;
		*twice |= !!found;
		free(found);
		if (asprintf(&found, "%s/%s", hashdir, e->d_name) < 0)
			must_alloc(NULL);
	}
	if (dir)
		closedir(dir);
	return found;
}

void pool_each(const char *hashdir, void (*run)(const char *hashdir, dev_t dev))
{
	DIR *dir = opendir(hashdir);
	struct dirent *e;
	struct stat st;

	while (dir && (e = readdir(dir)))
		if (!is_setting(e->d_name) && !fstatat(dirfd(dir), e->d_name, &st, 0) && S_ISDIR(st.st_mode))
			run(hashdir, st.st_dev);
	if (dir)
		closedir(dir);
}

/* Whether the pool has what a run that was killed has left in its temporary directory. */
static bool is_in_pool(struct pool *pool, int fd)
{
	unsigned char digest[HASH_SIZE];
	char name[HASH_NAME];
	unsigned int counter;
	bool found = false;
	struct meta m;
	int i, entry;

	if (meta_read(fd, &m))
		return false;
	for (i = 0; i < 2 && !found; i++) {
		pool->mtime = !i;
		counter = 0;
		if (hash_file(fd, &m, pool->mtime, false, digest))
			break;
		entry = pool_find(pool, fd, &m, digest, &counter, name, true);
		found = entry >= 0;
		if (found)
			close(entry);
	}
	meta_free(&m);
	return found;
}

/* With the lock for us alone: nobody is at work here. */
static void clean_tmp(struct pool *pool)
{
	int fd = openat(pool->tmpfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), file;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	struct stat st;
	bool drop;

	while (dir && (e = readdir(dir))) {
		if (e->d_name[0] == '.')
			continue;
		file = file_open(pool->tmpfd, e->d_name);
		drop = file >= 0 && !fstat(file, &st) &&
		       ((st.st_nlink > 1 && file_unified(file) == 1) || is_in_pool(pool, file));
		if (file >= 0)
			close(file);
		if (!drop || unlinkat(pool->tmpfd, e->d_name, 0))
			complain("%s/" TMP "/%s: left by a run that was interrupted; it is in no pool: look at it",
				 pool->path, e->d_name);
	}
	if (dir)
		closedir(dir);
}

static bool check(struct pool *pool)
{
	struct stat st;

	if (fstat(pool->fd, &st)) {
		complain("cannot look at the pool %s: %s", pool->path, why());
		return false;
	}
	pool->dev = st.st_dev;
	pool->ino = st.st_ino;
	if (st.st_uid == geteuid() && !(st.st_mode & 022))
		return true;
	complain("the pool %s may be changed by others: chown root, chmod 700", pool->path);
	return false;
}

struct pool *pool_open(const char *hashdir, dev_t dev, bool exclusive)
{
	struct pool *pool = must_alloc(calloc(1, sizeof(*pool)));
	bool twice = false;

	pool->fd = -1;
	pool->tmpfd = -1;
	pool->path = choose(hashdir, dev, &twice);
	if (twice || !pool->path) {
		complain(twice ? "%s has two pools on one file system" :
			 "%s has no pool for this file system: make a directory on it (mode 700) and a link to it there",
			 hashdir);
		pool_close(pool);
		return NULL;
	}
	pool->fd = open(pool->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (pool->fd < 0) {
		complain("cannot open the pool %s: %s", pool->path, why());
		pool_close(pool);
		return NULL;
	}
	if (!check(pool)) {
		pool_close(pool);
		return NULL;
	}
	if (!mkdirat(pool->fd, TMP, 0700) || errno == EEXIST)
		pool->tmpfd = tree_open_dir(pool->fd, TMP);
	if (pool->tmpfd < 0 || (exclusive && flock(pool->fd, LOCK_EX))) {
		complain("cannot use the pool %s: %s", pool->path, why());
		pool_close(pool);
		return NULL;
	}
	if (exclusive || !flock(pool->fd, LOCK_EX | LOCK_NB))
		clean_tmp(pool);
	pool->mtime = true;
	if (!exclusive && flock(pool->fd, LOCK_SH)) {
		complain("cannot lock the pool %s: %s", pool->path, why());
		pool_close(pool);
		return NULL;
	}
	pool_old_load(pool);
	return pool;
}

void pool_close(struct pool *pool)
{
	if (pool->tmpfd >= 0)
		close(pool->tmpfd);
	if (pool->fd >= 0)
		close(pool->fd);
	pool_old_free(pool);
	free(pool->path);
	free(pool);
}

/* 1 it can be shared with @fd, 0 it cannot, -1 and errno. */
static int fits(struct pool *pool, int entry, int fd, const struct meta *m, const char *name)
{
	struct meta other;
	struct stat st;
	bool same;

	if (fstat(fd, &st) || meta_read(entry, &other))
		return -1;
	same = meta_same(m, &other, pool->mtime);
	meta_free(&other);
	if (other.st.stx_ino == st.st_ino && other.st.stx_dev_minor == m->st.stx_dev_minor &&
	    other.st.stx_dev_major == m->st.stx_dev_major)
		return 1;
	if (!same || file_unified(entry) != 1) {
		report_line(1, "pool: not what its name says:", name, NULL);
		return 0;
	}
	return pool->trust ? 1 : file_same(entry, fd);
}

int pool_find(struct pool *pool, int fd, const struct meta *m, const unsigned char *digest, unsigned int *counter,
	      char name[HASH_NAME], bool dry_run)
{
	int entry, ok, saved;

	for (; *counter < COUNTER_MAX; ++*counter) {
		hash_name(digest, *counter, name);
		entry = file_open(pool->fd, name);
		if (entry < 0 && errno == ENOENT && !*counter && pool_old_take(pool, fd, m, name, dry_run, &entry))
			return entry;
		if (entry < 0)
			return -1;
		ok = fits(pool, entry, fd, m, name);
		if (ok > 0)
			return entry;
		saved = errno;
		close(entry);
		if (ok < 0) {
			errno = saved;
			return -1;
		}
	}
	errno = EMLINK;
	return -1;
}

int pool_add(struct pool *pool, int fd, const char *name)
{
	char dir[6];
	int level;

	for (level = 0; level < 3; level++) {
		if (!linkat(fd, "", pool->fd, name, AT_EMPTY_PATH))
			return 0;
		if (errno != ENOENT || level == 2)
			return -1;
		snprintf(dir, sizeof(dir), "%.2s", name);
		if (mkdirat(pool->fd, dir, 0700) && errno != EEXIST)
			return -1;
		snprintf(dir, sizeof(dir), "%.5s", name);
		if (mkdirat(pool->fd, dir, 0700) && errno != EEXIST)
			return -1;
	}
	return -1;
}

struct collect {
	struct pool	*pool;
	bool		dry_run;
};

static bool collect_file(const struct tree_file *f, void *arg)
{
	const struct collect *c = arg;

	report_add(COUNT_SEEN, 1);
	if (!S_ISREG(f->st->stx_mode) || f->st->stx_nlink > 1 || !strcmp(f->path, "/" POOL_FORMAT))
		return true;
	if (!c->dry_run && unlinkat(f->dir->fd, f->name, 0)) {
		report_error("cannot remove from the pool", f->path, errno);
		return true;
	}
	report_line(1, "removed", f->path, NULL);
	report_add(COUNT_REMOVED, 1);
	report_saved(f->st->stx_blocks * 512ULL);
	return true;
}

static bool collect_enter(const struct tree_file *f, void **data, void *arg)
{
	(void)data;
	(void)arg;
	return strcmp(f->path, "/" TMP);
}

static void collect_problem(const char *path, int error, void *arg)
{
	(void)arg;
	report_error("cannot look at the pool's", path, error);
}

static void collect_leave(const char *path, const struct statx *st, void *data, void *arg)
{
	const struct collect *c = arg;

	(void)st;
	(void)data;
	/* Those that are not empty stay. */
	if (!c->dry_run)
		unlinkat(c->pool->fd, path + 1, AT_REMOVEDIR);
}

void pool_collect(struct pool *pool, bool dry_run)
{
	struct collect c = { pool, dry_run };
	const struct tree t = {
		.file = collect_file, .enter = collect_enter, .leave = collect_leave,
		.problem = collect_problem, .arg = &c,
	};

	tree_walk(&t, pool->fd);
}
