// SPDX-License-Identifier: GPL-2.0
/* vhashify: lets guests share equal files by way of a pool that knows them by their contents. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "place.h"
#include "pool.h"
#include "prog.h"
#include "report.h"
#include "swap.h"
#include "work.h"

#define SMALLEST	16
#define LOCKS		64

enum {
	OPT_DRY = 1, OPT_VERBOSE, OPT_REFRESH, OPT_NO_MTIME, OPT_INSECURE, OPT_SLEDGE, OPT_DEST, OPT_MANUAL,
	OPT_JSON, OPT_GC, OPT_THREADS
};

static const struct opt opts[] = {
	{ "dry-run", 'n', OPT_DRY, NULL, "only tell what would be done" },
	{ "verbose", 'v', OPT_VERBOSE, NULL, "name files; again: more of them" },
	{ "refresh", 0, OPT_REFRESH, NULL, "look at unified files, too" },
	{ "ignore-mtime", 0, OPT_NO_MTIME, NULL, "files may differ in their time of change" },
	{ "insecure", 0, OPT_INSECURE, NULL, "believe the digest, do not compare byte by byte" },
	{ "sledgehammer", 0, OPT_SLEDGE, NULL, NULL },
	{ "destination", 0, OPT_DEST, "DIR", "directory with the pools, instead of apps/vunify/hash" },
	{ "gc", 0, OPT_GC, NULL, "only remove from the pool what no guest has any more" },
	{ "threads", 0, OPT_THREADS, "N", "default: one for each processor" },
	{ "json", 0, OPT_JSON, NULL, "machine-readable report" },
	{ "manually", 0, OPT_MANUAL, NULL, "a tree instead of a guest, EXCL is its exclude list" },
	{ 0 }
};

static const char *const usage[] = {
	"[-n] [-v]... [--refresh] [--ignore-mtime] [--insecure] [--json] GUEST",
	"--manually [OPTIONS] HASHDIR PATH [EXCL]",
	"--gc [-n] [-v] [--json] [GUEST | --destination DIR]",
	NULL
};

static const struct prog prog = {
	.name = "vhashify",
	.summary = "Share equal files of guests: on disk, and in memory while they run.",
	.usage = usage,
	.opts = opts,
	.notes =
"HASHDIR holds one directory, or link to one, for each file system with guests; without --manually\n"
"it is apps/vunify/hash of the guest or of .defaults. Files are equal when contents, owner, mode,\n"
"time of change, extended attributes, ACL and capabilities are. The guest may run: a file that it\n"
"has open for writing or changes meanwhile is left alone. A guest that changes a shared file gets\n"
"a copy of its own.\n"
"Exit status: 0; 1 something failed; all else is as it was.\n",
	.error = 1,
};

static struct {
	struct pool		*pool;
	struct place		place;
	bool			refresh;
	time_t			synced;		/* what changed before is on the disk */
	atomic_bool		hopeless;	/* nothing can work */
	pthread_mutex_t		locks[LOCKS];
	uint64_t		files, bytes;	/* of the first walk */
} job;

/* The pool must not have a name whose contents a power cut could still take away. */
static int make_durable(int fd, const struct meta *m)
{
	return m->st.stx_ctime.tv_sec < job.synced ? 0 : fsync(fd);
}

/* It becomes the pool's. */
static enum skip add(int fd, const struct meta *m, const char *name)
{
	struct froze froze = { 0 };
	enum skip ret;
	int saved;

	if (make_durable(fd, m))
		return SKIP_ERROR;
	ret = swap_freeze(fd, m, &froze);
	if (!ret && pool_add(job.pool, fd, name))
		ret = SKIP_ERROR;
	saved = errno;
	/* Somebody who came between took the attributes away again: one name only was nobody's but his. */
	if (!ret && (file_unified(fd) != 1 || !file_held(fd))) {
		unlinkat(job.pool->fd, name, 0);
		ret = SKIP_CHANGED;
	}
	errno = saved;
	if (ret)
		swap_thaw(fd, &froze);
	return ret;
}

static enum skip share(struct work_item *item, int fd, const struct meta *m, int entry, const char *name)
{
	struct stat st;
	uint64_t freed;
	enum skip ret;

	if (fstat(entry, &st))
		return SKIP_ERROR;
	if (st.st_ino == m->st.stx_ino)
		return SKIP_UNIFIED;
	if (report.dry_run) {
		report_saved(m->st.stx_nlink == 1 ? m->st.stx_blocks * 512ULL : 0);
	} else {
		ret = swap_in(job.pool->tmpfd, item->dir->fd, item->name, fd, m, entry, false, &freed);
		if (ret)
			return ret;
		report_saved(freed);
	}
	report_add(COUNT_LINKED, 1);
	report_line(1, "linked", item->path, report.verbose > 3 ? name : NULL);
	return SKIP_NONE;
}

static enum skip unify(struct work_item *item, int fd, const struct meta *m, const unsigned char *digest)
{
	unsigned int counter = 0;
	char name[HASH_NAME];
	enum skip ret;
	int entry, saved;

	for (;;) {
		entry = pool_find(job.pool, fd, m, digest, &counter, name, report.dry_run);
		if (entry >= 0) {
			ret = share(item, fd, m, entry, name);
			saved = errno;
			close(entry);
			errno = saved;
			if (ret != SKIP_ERROR || errno != EMLINK)
				return ret;
			counter++;
			continue;
		}
		if (errno != ENOENT)
			return SKIP_ERROR;
		ret = report.dry_run ? SKIP_NONE : add(fd, m, name);
		/* Another thread has just made it. */
		if (ret == SKIP_ERROR && errno == EEXIST)
			continue;
		if (ret)
			return ret;
		report_add(COUNT_ADDED, 1);
		report_line(2, "added", item->path, report.verbose > 3 ? name : NULL);
		return SKIP_NONE;
	}
}

static enum skip look(struct work_item *item, int fd)
{
	unsigned char digest[HASH_SIZE];
	bool unified = file_unified(fd) == 1;
	pthread_mutex_t *lock;
	struct meta m;
	enum skip ret;

	if (!file_hold(fd))
		return errno == EAGAIN ? SKIP_BUSY : SKIP_ERROR;
	if (meta_read(fd, &m))
		return SKIP_ERROR;
	/* One file may have several names. */
	lock = &job.locks[m.st.stx_ino % LOCKS];
	pthread_mutex_lock(lock);
	if (unified && m.st.stx_nlink > 1 && !job.refresh)
		ret = SKIP_UNIFIED;
	else if (unified)
		ret = m.st.stx_attributes & STATX_ATTR_APPEND ? SKIP_SPECIAL : SKIP_NONE;
	else
		ret = meta_skip(&m);
	if (!ret)
		ret = hash_file(fd, &m, job.pool->mtime, true, digest);
	if (!ret)
		ret = unify(item, fd, &m, digest);
	pthread_mutex_unlock(lock);
	meta_free(&m);
	return ret;
}

static void run(struct work_item *item, void *arg)
{
	enum skip ret;
	int fd, error;

	(void)arg;
	if (job.hopeless)
		return;
	fd = file_open(item->dir->fd, item->name);
	if (fd < 0) {
		ret = errno == ENOENT || errno == EINVAL || errno == ELOOP ? SKIP_CHANGED : SKIP_ERROR;
		error = errno;
	} else {
		ret = look(item, fd);
		error = errno;
		close(fd);
	}
	report_add(COUNT_SEEN, 1);
	if (!ret)
		return;
	report_skip(ret, item->path, NULL);
	if (ret != SKIP_ERROR)
		return;
	if (error != EOPNOTSUPP && error != ENOTTY && error != ENOSYS && error != EXDEV && error != EROFS) {
		report_error("cannot unify", item->path, error);
	} else if (!atomic_exchange(&job.hopeless, true)) {
		report_error(error == EXDEV ? "cannot unify: the pool is not on the mount of" :
			     error == EROFS ? "cannot unify on" :
			     "cannot protect unified files, the kernel or the file system has no such attribute:",
			     job.place.path, error == EXDEV ? 0 : error);
	}
}

/* Whether the walk goes into a directory, or looks at a file. */
static bool wanted(const struct tree_file *f)
{
	return exclude_verdict(&job.place.exclude, f->path) == UNIFY_IT;
}

static bool enter(const struct tree_file *f, void **data, void *arg)
{
	(void)data;
	if (f->st->stx_ino == job.pool->ino)
		return false;
	if (wanted(f))
		return true;
	if (!arg)
		report_skip(SKIP_EXCLUDED, f->path, NULL);
	return false;
}

static bool file(const struct tree_file *f, void *arg)
{
	enum skip ret = SKIP_NONE;

	if (!S_ISREG(f->st->stx_mode))
		ret = SKIP_KIND;
	else if (f->st->stx_size < SMALLEST)
		ret = SKIP_SMALL;
	else if (!wanted(f))
		ret = SKIP_EXCLUDED;
	if (arg) {
		job.files += S_ISREG(f->st->stx_mode);
		job.bytes += ret ? 0 : f->st->stx_size;
		return true;
	}
	if (ret) {
		report_add(ret == SKIP_KIND ? COUNT_OTHERS : COUNT_SEEN, 1);
		report_skip(ret, f->path, NULL);
	} else {
		work_add(f);
	}
	return !job.hopeless;
}

static void problem(const char *path, int error, void *arg)
{
	if (arg)
		return;
	if (error == EXDEV)
		report_skip(SKIP_OTHER_FS, path, NULL);
	else
		report_error("cannot look at", path, error);
}

static void hashify(int threads)
{
	struct tree t = { .file = file, .enter = enter, .problem = problem };
	int i;

	for (i = 0; i < LOCKS; i++)
		pthread_mutex_init(&job.locks[i], NULL);
	if (report.progress) {
		t.arg = &t;
		tree_walk(&t, job.place.fd);
		report_total(job.files, job.bytes);
		t.arg = NULL;
	}
	if (!report.dry_run) {
		/* The clock of files may lag a little. */
		job.synced = time(NULL) - 2;
		if (syncfs(job.pool->fd))
			fail("cannot write out the file system of %s: %s", job.pool->path, why());
	}
	work_start(threads, run, NULL);
	tree_walk(&t, job.place.fd);
	work_finish();
}

static void collect(const char *hashdir, dev_t dev)
{
	job.pool = pool_open(hashdir, dev, true);
	if (!job.pool)
		exit(1);
	pool_collect(job.pool, report.dry_run);
}

/* Each pool of the directory. */
static void collect_all(const char *hashdir)
{
	struct stat st;

	if (stat(hashdir, &st))
		fail("cannot look at %s: %s", hashdir, why());
	pool_each(hashdir, collect);
}

int main(int argc, char **argv)
{
	bool manually = false, gc = false, no_mtime = false, insecure = false;
	const char *arg, *dest = NULL;
	char **rest, *hashdir = NULL;
	int id, threads = 0;

	opt_start(&prog, argc, argv);
	while ((id = opt_next(&arg))) {
		switch (id) {
		case OPT_DRY:
			report.dry_run = true;
			break;
		case OPT_VERBOSE:
			report.verbose++;
			break;
		case OPT_REFRESH:
			job.refresh = true;
			break;
		case OPT_NO_MTIME:
			no_mtime = true;
			break;
		case OPT_INSECURE:
			insecure = true;
			break;
		case OPT_DEST:
			dest = arg;
			break;
		case OPT_MANUAL:
			manually = true;
			break;
		case OPT_JSON:
			report.json = true;
			break;
		case OPT_GC:
			gc = true;
			break;
		case OPT_THREADS:
			threads = arg_number("threads", arg, 1, 64);
			break;
		}
	}
	rest = opt_rest();
	signal(SIGIO, SIG_IGN);
	tree_raise_limit();
	umask(077);
	if (manually && (!rest[0] || !rest[1] || (rest[2] && rest[3])))
		fail_usage("--manually needs HASHDIR, PATH and perhaps EXCL");
	if (!manually && (rest[0] ? !!rest[1] : !gc))
		fail_usage("name one guest");
	if (manually)
		place_manual(&job.place, rest[1], rest[2]);
	else if (rest[0])
		place_guest(&job.place, rest[0]);
	hashdir = manually ? strdup(rest[0]) : dest ? strdup(dest) : place_setting(job.place.guest, "hash");
	if (!hashdir)
		fail("there is no pool: mkdir -m 700 %s/.hash; mkdir -p %s/.defaults/apps/vunify/hash;"
		     " ln -s %s/.hash %s/.defaults/apps/vunify/hash/root", vc_vdirbase(), vc_confdir(), vc_vdirbase(),
		     vc_confdir());
	report_start(job.place.guest ? job.place.guest->name : manually ? job.place.path : hashdir);
	if (gc) {
		collect_all(hashdir);
		return report_finish();
	}
	job.pool = pool_open(hashdir, job.place.dev, false);
	if (!job.pool)
		return 1;
	place_outside(&job.place, job.pool->path, "the pool");
	job.pool->mtime = !no_mtime;
	job.pool->trust = insecure;
	hashify(threads);
	return report_finish();
}
