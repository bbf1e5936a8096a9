// SPDX-License-Identifier: GPL-2.0
/*
 * Workers of two guests and of the host open, change, rename and remove
 * names of one unified file, while the host puts it back under these names. What
 * the pool has never changes, and each name leads to a whole file.
 */
#include "files.h"

#define NAMES	3
#define WORKERS	6
#define SIZE	(96 * 1024)

static struct guest a = { .xid = 1871 };
static struct guest b = { .xid = 1872 };

static char pool[128];
static char names[NAMES][128];

static struct {
	long opened;	/* writers that got a file */
	long lost;	/* ESTALE */
	long other;	/* an errno that cannot be */
	int stop;
} *shared;

/* One letter throughout, and that size. */
static bool is_whole(const char *path)
{
	static char buf[SIZE + 1];
	int fd = open(path, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return errno == ENOENT;
	n = read(fd, buf, sizeof(buf));
	close(fd);
	if (n != SIZE)
		return false;
	for (int i = 1; i < SIZE; i++)
		if (buf[i] != 'p')
			return false;
	return true;
}

static void count(long ret)
{
	if (ret == -ESTALE)
		__atomic_add_fetch(&shared->lost, 1, __ATOMIC_RELAXED);
	else if (!ret)
		__atomic_add_fetch(&shared->opened, 1, __ATOMIC_RELAXED);
	else if (ret != -ENOENT)
		__atomic_store_n(&shared->other, ret, __ATOMIC_RELAXED);
}

static long write_one(const char *path)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0)
		return -errno;
	/* The first byte only: the rest shows whether the copy was whole. */
	if (pwrite(fd, "w", 1, 0) != 1)
		count(-EIO);
	close(fd);
	return 0;
}

static void work(void *arg)
{
	unsigned int seed = (uintptr_t)arg;

	while (!__atomic_load_n(&shared->stop, __ATOMIC_RELAXED)) {
		const char *path = names[rand_r(&seed) % NAMES];

		switch (rand_r(&seed) % 8) {
		case 0:
			count(err(chmod(path, 0600 + rand_r(&seed) % 64)));
			break;
		case 1:
			count(err(utimensat(AT_FDCWD, path, NULL, 0)));
			break;
		case 2:
			count(err(unlink(path)));
			break;
		case 3:
			count(err(rename(path, names[rand_r(&seed) % NAMES])));
			break;
		case 4:
			count(err(chown(path, rand_r(&seed) % 9, 0)));
			break;
		default:
			count(write_one(path));
			break;
		}
	}
}

/* As unification does: a link beside, then over the name. */
static void relink(void *arg)
{
	unsigned int seed = 99, round = 0;
	char beside[160];

	while (!__atomic_load_n(&shared->stop, __ATOMIC_RELAXED)) {
		const char *path = names[rand_r(&seed) % NAMES];

		snprintf(beside, sizeof(beside), "%s.%u", path, round++ % 4);
		if (link(pool, beside) || rename(beside, path))
			unlink(beside);
		/* A name that was the same file already leaves the one beside. */
		unlink(beside);
		usleep(200);
	}
}

static void start(pid_t *pid, const struct guest *g, void (*fn)(void *), void *arg)
{
	*pid = fork();
	if (!*pid) {
		struct in_guest in = { g, fn, arg };

		if (g)
			__in_guest(&in);
		else
			fn(arg);
		_exit(0);
	}
}

static void test(struct fs *fs)
{
	static const struct guest *const whose[] = { &a, &b, NULL };
	char buf[SIZE], line[200];
	struct stat st, now;
	pid_t pid[WORKERS + 1];
	int fd, seconds = getenv("VS_STORM") ? 20 : 4;

	memset(shared, 0, sizeof(*shared));
	snprintf(pool, sizeof(pool), "%s/pool", fs->dir);
	for (int i = 0; i < NAMES; i++)
		snprintf(names[i], sizeof(names[i]), "%s/name%d", fs->dir, i);
	fd = open(pool, O_CREAT | O_WRONLY, 0666);
	memset(buf, 'p', sizeof(buf));
	check(fd >= 0 && write(fd, buf, SIZE) == SIZE && !close(fd), "%s: a file", fs->type);
	chmod(pool, 0666);
	usleep(1000);
	check_is(attr_set(pool, IUNLINK, IUNLINK), 0, "it is unified");
	check(!stat(pool, &st), "its state");
	start(&pid[WORKERS], NULL, relink, NULL);
	for (long i = 0; i < WORKERS; i++)
		start(&pid[i], whose[i % 3], work, (void *)(i + 1));
	for (int i = 0; i < seconds * 10; i++) {
		usleep(100000);
		if (!is_whole(names[i % NAMES])) {
			check(false, "%s: a name leads to a mixed file", fs->type);
			break;
		}
	}
	shared->stop = 1;
	for (int i = 0; i <= WORKERS; i++)
		waitpid(pid[i], NULL, 0);
	check(shared->opened > 0, "%s: %ld times it worked", fs->type, shared->opened);
	check_is(shared->lost, 0, "that a name changed is nobody's business");
	check_is(shared->other, 0, "no other error");
	for (int i = 0; i < NAMES; i++)
		check(is_whole(names[i]), "name %d leads to a whole file", i);
	check(!stat(pool, &now) && now.st_ino == st.st_ino && now.st_mode == st.st_mode && !now.st_uid &&
	      now.st_mtim.tv_nsec == st.st_mtim.tv_nsec && now.st_size == SIZE, "the pool's file is the same");
	check(is_whole(pool) && attr_get(pool) == IUNLINK, "with the same in it");
	fd = open(pool, O_RDONLY);
	check(read(fd, buf, 1) == 1 && *buf == 'p', "to the first byte");
	close(fd);
	snprintf(line, sizeof(line), "! ls -A %s | grep '^\\.cow-'", fs->dir);
	check(!system(line), "no temporary name is left");
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	test_begin();
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(guest_start(&a) && guest_start(&b), "guests A and B start");
	on_all(test);
	guest_stop(&a);
	guest_stop(&b);
	return test_end();
}
