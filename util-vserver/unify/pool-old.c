// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pool-old.h"
#include "prog.h"
#include "report.h"
#include "tree.h"

struct pool_old {
	uint64_t	size;
	uint32_t	uid, gid, mode;
	bool		taken;
	char		*path;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool load_file(const struct tree_file *f, void *arg)
{
	struct pool *pool = arg;
	struct pool_old *o;

	if (!S_ISREG(f->st->stx_mode) || hash_is_name(f->path + 1) || !strcmp(f->path, "/" POOL_FORMAT))
		return true;
	if (!(pool->n_old & (pool->n_old - 1)))
		pool->old = must_alloc(realloc(pool->old, (pool->n_old ? 2 * pool->n_old : 1) * sizeof(*o)));
	o = &pool->old[pool->n_old++];
	*o = (struct pool_old){
		.size = f->st->stx_size, .uid = f->st->stx_uid, .gid = f->st->stx_gid,
		.mode = f->st->stx_mode, .path = must_alloc(strdup(f->path + 1)),
	};
	return true;
}

static bool load_enter(const struct tree_file *f, void **data, void *arg)
{
	(void)data;
	(void)arg;
	return strcmp(f->path, "/.tmp");
}

static void load_problem(const char *path, int error, void *arg)
{
	(void)arg;
	report_error("cannot look at the pool's", path, error);
}

static int by_size(const void *a, const void *b)
{
	const struct pool_old *x = a, *y = b;

	return x->size < y->size ? -1 : x->size > y->size;
}

void pool_old_load(struct pool *pool)
{
	const struct tree t = { .file = load_file, .enter = load_enter, .problem = load_problem, .arg = pool };
	int fd;

	if (!faccessat(pool->fd, POOL_FORMAT, F_OK, AT_SYMLINK_NOFOLLOW))
		return;
	tree_walk(&t, pool->fd);
	if (pool->n_old) {
		qsort(pool->old, pool->n_old, sizeof(*pool->old), by_size);
		return;
	}
	fd = openat(pool->fd, POOL_FORMAT, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
}

void pool_old_free(struct pool *pool)
{
	size_t i;

	for (i = 0; i < pool->n_old; i++)
		free(pool->old[i].path);
	free(pool->old);
}

static bool take(struct pool *pool, struct pool_old *o, int fd, const struct meta *m, const char *name,
		 bool dry_run, int *entry)
{
	struct meta other;
	char dir[6];
	bool same;

	*entry = file_open(pool->fd, o->path);
	if (*entry < 0 || meta_read(*entry, &other))
		goto no;
	same = meta_same(m, &other, pool->mtime);
	meta_free(&other);
	if (!same || file_unified(*entry) != 1 || file_same(*entry, fd) != 1)
		goto no;
	if (!dry_run) {
		snprintf(dir, sizeof(dir), "%.2s", name);
		mkdirat(pool->fd, dir, 0700);
		snprintf(dir, sizeof(dir), "%.5s", name);
		mkdirat(pool->fd, dir, 0700);
		if (renameat2(pool->fd, o->path, pool->fd, name, RENAME_NOREPLACE)) {
			report_error("cannot take over from the pool", o->path, errno);
			goto no;
		}
	}
	o->taken = true;
	report_add(COUNT_ADOPTED, 1);
	report_line(2, "taken over", o->path, NULL);
	return true;
no:
	if (*entry >= 0)
		close(*entry);
	*entry = -1;
	return false;
}

bool pool_old_take(struct pool *pool, int fd, const struct meta *m, const char *name, bool dry_run, int *entry)
{
	size_t low = 0, high = pool->n_old, mid;
	bool found = false;
	struct pool_old *o;

	pthread_mutex_lock(&lock);
	while (low < high) {
		mid = (low + high) / 2;
		if (pool->old[mid].size < m->st.stx_size)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < pool->n_old && pool->old[low].size == m->st.stx_size && !found; low++) {
		o = &pool->old[low];
		if (!o->taken && o->uid == m->st.stx_uid && o->gid == m->st.stx_gid && o->mode == m->st.stx_mode)
			found = take(pool, o, fd, m, name, dry_run, entry);
	}
	pthread_mutex_unlock(&lock);
	return found;
}
