// SPDX-License-Identifier: GPL-2.0
/*
 * Who pays for what on a file system with limits: each way to need space stops at the limit of the tag, a unified file
 * is charged to nobody, and the copy of one to who changed it.
 */
#include <sys/sendfile.h>
#include <sys/xattr.h>
#include "dlimit.h"
#include "ring.h"

#define IUNLINK	(VS_IATTR_IMMUTABLE | VS_IATTR_IXUNLINK)
#define BIG	(3 * MIB)
#define POOL	MNT "/pool"
#define NAME	MNT "/d/name"

static struct guest a = { .xid = 3141 };
static struct guest b = { .xid = 3142 };

static bool is_tmpfs(const struct tagfs *fs)
{
	return !fs->mkfs;
}

/* An empty directory of the tag, with a limit of @kib KiB and @inodes more than that takes. */
static void fresh(unsigned int kib, unsigned int inodes)
{
	run("rm -rf " MNT "/d; mkdir " MNT "/d; chmod 777 " MNT "/d");
	set_tag(MNT "/d", TAG);
	wait_until(inodes_used() <= 1);
	check_is(set(KEEP, kib, KEEP, inodes + 1, 0), 0, "a limit");
}

/* Ways to need a page; @fd is a file with a hole of 64 KiB. */
static long w_pwrite(int fd)
{
	static char buf[4096];

	return err(pwrite(fd, buf, sizeof(buf), 0)) < 0 ? -errno : err(fsync(fd));
}

static long w_fallocate(int fd) { return err(fallocate(fd, 0, 0, 65536)); }
static long w_keep(int fd) { return err(fallocate(fd, 1 /* FALLOC_FL_KEEP_SIZE */, 1 << 20, 65536)); }

static long w_direct(int fd)
{
	void *buf = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long ret;

	memset(buf, 'd', 65536);
	if (fcntl(fd, F_SETFL, O_DIRECT))
		return -ENOSPC;		/* there is no such thing here */
	ret = err(pwrite(fd, buf, 65536, 0));
	/* A part may have found room that was there already. */
	return ret >= 0 && ret < 65536 ? -ENOSPC : ret;
}

static long w_splice(int fd)
{
	loff_t at = 0;
	int p[2];
	long ret;

	if (pipe(p) || write(p[1], "splice", 6) != 6)
		return -errno;
	ret = err(splice(p[0], NULL, fd, &at, 6, 0));
	close(p[0]);
	close(p[1]);
	return ret < 0 ? ret : err(fsync(fd));
}

static long w_copy(int fd)
{
	int in = open(MNT "/from", O_RDONLY);
	loff_t from = 0, to = 0;
	long ret = err(copy_file_range(in, &from, fd, &to, 65536, 0));

	close(in);
	return ret < 0 ? ret : err(fsync(fd));
}

static long w_ring(int fd)
{
	static char buf[4096];
	struct io_uring_sqe sqe = { .opcode = IORING_OP_WRITE, .fd = fd, .addr = (uintptr_t)buf, .len = sizeof(buf) };
	struct ring r;
	long ret = ring_make(&r, 0, 0);

	if (ret)
		return ret;
	ret = ring_do(&r, &sqe);
	ring_close(&r);
	return ret < 0 ? ret : err(fsync(fd));
}

/* A signal instead of an errno. */
static void store(void *arg)
{
	char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, *(int *)arg, 0);

	*p = 'x';
}

static long w_mmap(int fd)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		store(&fd);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS ? -ENOSPC : err(fsync(fd));
}

static const struct {
	const char *what;
	long (*fn)(int fd);
} ways[] = {
	{ "pwrite", w_pwrite }, { "fallocate", w_fallocate }, { "fallocate beyond the end", w_keep },
	{ "a direct write", w_direct }, { "splice", w_splice }, { "copy_file_range", w_copy },
	{ "a ring", w_ring }, { "a mapping", w_mmap },
};

/* In a guest whose disk is full. */
static void full(const struct tagfs *fs)
{
	static char value[4096];
	size_t i;
	int fd;

	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		fd = open(MNT "/d/hole", O_RDWR);
		check(fd >= 0 && !ftruncate(fd, 0) && !ftruncate(fd, 65536), "a hole");
		/* Shared blocks count as if they were not. */
		check(ways[i].fn(fd) == -ENOSPC, "%s: a full disk: %s", fs->name, ways[i].what);
		close(fd);
	}
	if (is_tmpfs(fs))
		return;
	for (i = 0; i < sizeof(value); i++)
		value[i] = i * 7;
	i = !strcmp(fs->type, "f2fs");
	check_is(err(setxattr(MNT "/d/hole", "user.big", value, 3000, 0)), i ? -EOPNOTSUPP : -ENOSPC,
		 "an attribute that needs a block");
	memset(value, 'l', sizeof(value));
	value[i ? 4000 : 1000] = 0;
	check_is(err(symlink(value, MNT "/d/symlink")), -ENOSPC, "a symbolic link that needs one");
}

/* In a guest: leaves nothing of what it has. */
static void fill_up(const struct tagfs *fs)
{
	check(close(open(MNT "/d/hole", O_CREAT | O_RDWR, 0666)) == 0, "a file");
	fill(MNT "/d/big", 20 * MIB);
	for (int i = 0; i < 64 && fill(MNT "/d/big", 1024) > 0; i++)
		;
}

/* More than its limit is never used, and all comes back. */
static void every_way(const struct tagfs *fs)
{
	check_is(fill(MNT "/from", 65536), 65536, "a file of the host");
	chmod(MNT "/from", 0666);
	fresh(4096, 100);
	as_guest(&a, TAG, fill_up, fs);
	check(space_used() > 3800, "%s: full: %ld KiB of 4096", fs->name, space_used());
	as_guest(&a, TAG, full, fs);
	check(space_used() <= 4096, "%s: not more than the limit is used: %ld", fs->name, space_used());
	fresh(4096, 100);
	check(wait_until(space_used() <= 64), "%s: all of it is free again: %ld", fs->name, space_used());
	unlink(MNT "/from");
}

/* With less than what is used nothing can be added, and removing helps. */
static void lowered(const struct tagfs *fs)
{
	check_is(fill(MNT "/d/more", 65536) < 65536, 1, "nothing can be added");
	check_is(err(unlink(MNT "/d/one")), 0, "something is removed");
	check(wait_until(fill(MNT "/d/more", 65536) == 65536), "%s: then something can", fs->name);
}

static void live(const struct tagfs *fs)
{
	fresh(8192, 100);
	check_is(fill(MNT "/d/one", 2 * MIB) + fill(MNT "/d/two", 2 * MIB), 4 * MIB, "4 MiB");
	check_is(set_tag(MNT "/d/one", TAG) ?: set_tag(MNT "/d/two", TAG), 0, "of the tag");
	check_is(set(KEEP, 3 * 1024, KEEP, KEEP, KEEP), 0, "the limit becomes less than is used");
	check_is(space_used() >= 4 * 1024, 1, "which stays");
	as_guest(&a, TAG, lowered, fs);
}

static long unify(const char *path)
{
	struct vcmd_ctx_iattr_v1 attr = { .name = path, .flags = IUNLINK, .mask = IUNLINK };

	return vs(VCMD_set_iattr, 0, &attr);
}

/* A unified file of BIG bytes with the name of the guest, and one in the pool unless @last. */
static bool unified(bool last)
{
	bool ok;

	unlink(NAME);
	unlink(POOL);
	ok = fill(POOL, BIG) == BIG && !chmod(POOL, 0666) && !link(POOL, NAME) && (!last || !unlink(POOL));
	return check(ok && !unify(NAME), "a unified file");
}

static void open_it(const struct tagfs *fs)
{
	int fd = open(NAME, O_WRONLY);

	check(fd >= 0, "%s: the guest opens it for writing: %s", fs->name, fd < 0 ? strerror(errno) : "as expected");
	close(fd);
}

static void no_room(const struct tagfs *fs)
{
	struct stat st, now;
	char byte;
	int fd;

	check_is(err(stat(NAME, &st)), 0, "a unified file larger than what is left");
	check_is(err(open(NAME, O_WRONLY)), -ENOSPC, "there is no room for a copy");
	check_is(err(chmod(NAME, 0600)), -ENOSPC, "nor when the mode changes");
	check_is(err(truncate(NAME, 0)), -ENOSPC, "nor when it is to become empty");
	fd = open(NAME, O_RDONLY);
	check(!stat(NAME, &now) && now.st_ino == st.st_ino && pread(fd, &byte, 1, BIG - 1) == 1, "it stays as it was");
	close(fd);
	check_is(err(unlink(NAME)), 0, "the guest may remove it");
}

static void breaks(const struct tagfs *fs)
{
	long before, inodes;

	if (!strcmp(fs->type, "f2fs"))
		return;		/* it keeps no attributes */
	fresh(8192, 100);
	for (int last = 0; last < 2; last++) {
		if (!unified(last))
			return;
		before = space_used();
		inodes = inodes_used();
		check(before < 1024, "%s: a unified file is charged to no guest: %ld KiB", fs->name, before);
		check_is(tag_of(NAME), 0, "it has no tag");
		as_guest(&a, TAG, open_it, fs);
		check_is(tag_of(NAME), TAG, "the copy has the guest's");
		check(space_used() >= before + BIG / 1024 && space_used() <= before + BIG / 1024 + 64 &&
		      inodes_used() == inodes + 1, "%s: %s copy is charged to who changed it: %ld KiB", fs->name,
		      last ? "the last name's" : "a", space_used());
	}
	unlink(NAME);
	wait_until(space_used() < 1024);
	check_is(set(KEEP, 2048, KEEP, KEEP, KEEP), 0, "a smaller limit");
	for (int last = 0; last < 2; last++) {
		if (!unified(last))
			return;
		as_guest(&a, TAG, no_room, fs);
	}
	check(space_used() < 1024, "%s: nothing was charged", fs->name);
}

static void one(const struct tagfs *fs)
{
	if (!tagfs_up(fs))
		return;
	check_is(add(MNT, TAG), 0, "a limit");
	check_is(set(0, 8192, 0, 100, 0), 0, "of 8 MiB");
	every_way(fs);
	live(fs);
	breaks(fs);
	run("rm -rf " MNT "/d " POOL);
	check_is(rem(MNT, TAG), 0, "no limit any more");
	tagfs_down(fs);
}

int main(int argc, char **argv)
{
	const struct tagfs *fs;

	test_sleeper(argc, argv);
	test_begin();
	umask(0);
	check(guest_start(&a) && guest_start(&b), "two guests run");
	FOR_EACH_TAGFS(fs)
		one(fs);
	guest_stop(&a);
	guest_stop(&b);
	return test_end();
}
