// SPDX-License-Identifier: GPL-2.0
/*
 * Copying unified files at the edges: holes, last names, names that are gone,
 * descriptors, other users, no space, signals, mounts.
 */
#include <linux/fiemap.h>
#include <sys/xattr.h>
#include "files.h"
#include "ring.h"

#define BIG	(24 << 20)

static struct guest a = { .xid = 1861 };
static struct guest b = { .xid = 1862 };

static struct fs *on;
static char pool[128], name[160], dir[128];

static ino_t number(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : st.st_ino;
}

static long opens(const char *path, int flags)
{
	int fd = open(path, flags, 0644);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* A unified file with @text in the pool and under the guest's name. */
static void fresh(const char *content)
{
	unlink(name);
	attr_set(pool, 0, IUNLINK);
	unlink(pool);
	check(write_file(pool, content) && !link(pool, name) && !attr_set(pool, IUNLINK, IUNLINK),
	      "%s: a unified file", on->type);
}

static bool holds(const char *path, const char *content)
{
	char buf[128];

	return read_file(path, buf, sizeof(buf)) && !strcmp(buf, content);
}

static void no_rests(const char *what)
{
	char line[200];

	snprintf(line, sizeof(line), "! ls -A %s | grep '^\\.cow-'", dir);
	check(!system(line), "%s: %s: no temporary name", on->type, what);
}

static void write_open(void *arg)
{
	check_is(opens(name, O_WRONLY), arg ? *(long *)arg : 0, "open for writing");
}

/* Three pieces of data in eight megabytes, the last of which are a hole. */
static void holes(void)
{
	static const off_t at[] = { 0, 1 << 20, 5 << 20 };
	struct { struct fiemap map; struct fiemap_extent e[4]; } f = {
		.map = { .fm_length = ~0ULL, .fm_extent_count = 4 },
	};
	char buf[8192], got[8192];
	struct stat st, copy;
	int fd;

	fresh("");
	attr_set(pool, 0, IUNLINK);
	fd = open(pool, O_WRONLY);
	memset(buf, 'd', sizeof(buf));
	for (int i = 0; i < 3; i++)
		check(pwrite(fd, buf, sizeof(buf), at[i]) == sizeof(buf), "a piece");
	check(!ftruncate(fd, 8 << 20) && !fsync(fd), "and a hole");
	close(fd);
	usleep(1000);
	attr_set(pool, IUNLINK, IUNLINK);
	in_guest(&a, write_open, NULL);
	sync();
	check(!stat(pool, &st) && !stat(name, &copy) && st.st_ino != copy.st_ino, "a copy");
	check(copy.st_size == 8 << 20, "of that size (%lld)", (long long)copy.st_size);
	check(copy.st_blocks <= st.st_blocks + 64 && copy.st_blocks < 1024, "%s: blocks %lld of %lld", on->type,
	      (long long)copy.st_blocks, (long long)st.st_blocks);
	fd = open(name, O_RDONLY);
	for (int i = 0; i < 3; i++)
		check(pread(fd, got, sizeof(got), at[i]) == sizeof(got) && !memcmp(got, buf, sizeof(buf)),
		      "the piece at %lld", (long long)at[i]);
	check(pread(fd, got, 16, (8 << 20) - 16) == 16 && !got[15], "the end is a hole");
	if (strcmp(on->type, "ext4") && strcmp(on->type, "tmpfs")) {
		check_is(err(ioctl(fd, FS_IOC_FIEMAP, &f)), 0, "ask for the blocks");
		check(f.map.fm_mapped_extents && (f.e[0].fe_flags & FIEMAP_EXTENT_SHARED),
		      "%s: blocks are shared", on->type);
	}
	close(fd);
}

static void taken_over(void *arg)
{
	ino_t was = number(name);

	check_is(opens(name, O_WRONLY), 0, "open it");
	check((number(name) == was) == !arg, "%s", arg ? "a copy" : "the same file");
}

/* The last name; and one that is not last for somebody. */
static void last_name(void)
{
	char second[180];
	int fd;

	fresh("last");
	check(!unlink(pool), "the pool gives it up");
	in_guest(&a, taken_over, NULL);
	check_is(attr_get(name), 0, "it is a file like others");
	check(holds(name, "last"), "with what was in it");

	fresh("held");
	snprintf(second, sizeof(second), "%s/second", dir);
	check(!link(pool, second) && !unlink(pool), "two guests have it");
	fd = open(second, O_RDONLY);
	check(fd >= 0 && !unlink(second), "one removes its name while a program runs from it");
	in_guest(&a, taken_over, &fd);
	in_guest(&a, write_open, NULL);
	check(write_file(name, "new!") && holds(name, "new!"), "the other writes");
	check(pread(fd, second, 4, 0) == 4 && !memcmp(second, "held", 4), "which the program does not see");
	close(fd);
}

#ifdef __x86_64__
/* As a 32-bit program calls it; what @arg points to is static, and so low. */
static long ioctl32(int fd, unsigned int cmd, void *arg)
{
	long ret;

	asm volatile("int $0x80" : "=a"(ret) : "a"(54L), "b"((long)fd), "c"((long)cmd), "d"(arg)
		     : "memory", "r8", "r9", "r10", "r11");
	return (int)ret;
}
#endif

static void by_descriptor(void *arg)
{
	static int version32 = 7;
	struct timespec times[2] = { { 0 } };
	int fd = open(name, O_RDONLY);
	ino_t was = number(name);
	long version = 7;
	char path[64];

	check_is(err(fchmod(fd, 0777)), -EPERM, "fchmod");
	check_is(err(fchown(fd, 5, 5)), -EPERM, "fchown");
	check_is(err(futimens(fd, times)), -EPERM, "futimens");
	check_is(err(fsetxattr(fd, "security.x", "x", 1, 0)), -EPERM, "fsetxattr");
	check_is(err(fremovexattr(fd, "trusted.note")), -EPERM, "fremovexattr");
	check_is(err(ioctl(fd, FS_IOC_SETVERSION, &version)), -EPERM, "the version");
	check_is(err(ioctl(fd, _IOW('f', 4, long), &version)), -EPERM, "by ext4's number");
	check_is(err(ioctl(fd, _IO('f', 9))), -EPERM, "another form on the disk");
#ifdef __x86_64__
	check_is(ioctl32(fd, FS_IOC32_SETVERSION, &version32), -EPERM, "the version, as 32-bit programs do");
	check_is(ioctl32(fd, _IOW('f', 4, int), &version32), -EPERM, "by ext4's number");
#endif
	check(number(name) == was, "none makes a copy");
	check(!unlink(name), "the name is removed");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	check_is(opens(path, O_WRONLY), -EPERM, "a deleted name is not opened for writing");
	check_is(opens(path, O_RDONLY), 0, "but for reading");
	check_is(err(chmod(path, 0777)), -EPERM, "nor changed");
	check_is(err(truncate(path, 0)), -EPERM, "nor cut off");
	check_is(err(linkat(AT_FDCWD, path, AT_FDCWD, name, AT_SYMLINK_FOLLOW)), arg ? -ENOENT : 0,
		 "the guest may link it again, if it has another name");
	check_is(opens(path, O_WRONLY), -EPERM, "which does not help by that descriptor");
	close(fd);
}

static void descriptors(void)
{
	fresh("text");
	in_guest(&a, by_descriptor, NULL);
	check(holds(pool, "text") && attr_get(pool) == IUNLINK, "the pool's file is as it was");
	fresh("text");
	unlink(pool);
	in_guest(&a, by_descriptor, pool);
}

static void as_user(void *arg)
{
	long *want = arg;
	ino_t was = number(name);

	check(!setgid(1000) && !setuid(1000), "a user");
	check_is(err(access(name, W_OK)), want[0], "access");
	check_is(err(chmod(name, 0777)), -EPERM, "chmod");
	check_is(err(chown(name, 1000, -1)), -EPERM, "chown");
	if (want[0])
		check_is(opens(name, O_WRONLY), want[0], "open");
	check((number(name) == was) == !!want[0], "a copy for who may write only");
	check_is(opens(name, O_RDWR), want[0], "open for both");
	check_is(opens(name, O_RDONLY), 0, "reading is free");
}

static void as_root(void *arg)
{
	ino_t was = number(name);

	check_is(err(access(name, W_OK)), 0, "root may write");
	check_is(err(access(name, X_OK)), -EACCES, "but not execute");
	check(number(name) == was, "asking makes no copy");
}

/* Neither the file nor the directory is the writer's. */
static void users(void)
{
	long no = -EACCES, yes = 0;
	struct stat st;

	fresh("text");
	in_guest(&a, as_root, NULL);
	in_guest(&a, as_user, &no);
	attr_set(pool, 0, IUNLINK);
	chmod(pool, 0666);
	attr_set(pool, IUNLINK, IUNLINK);
	in_guest(&a, as_user, &yes);
	check(!stat(name, &st) && !st.st_uid && (st.st_mode & 07777) == 0666, "the copy has the owner of the file");
	check(number(name) != number(pool) && holds(name, "text"), "and its contents");
}

/* On other mounts. */
static void mounts(void)
{
	char target[180], tree[180], path[200];
	long no = -EROFS;

	fresh("text");
	snprintf(target, sizeof(target), "%s/target", dir);
	snprintf(tree, sizeof(tree), "%s/tree", dir);
	write_file(target, "");
	mkdir(tree, 0755);
	check_is(err(mount(name, target, NULL, MS_BIND, NULL)), 0, "bind the file");
	check_is(opens(target, O_WRONLY), -EPERM, "where it has no name to change");
	umount(target);
	check_is(err(mount(dir, tree, NULL, MS_BIND, NULL)), 0, "bind the directory");
	check_is(err(mount(NULL, tree, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL)), 0, "read only");
	snprintf(path, sizeof(path), "%s/file", tree);
	check_is(opens(path, O_WRONLY), no, "nothing is copied there");
	check_is(err(access(path, W_OK)), no, "access tells so");
	check_is(err(chmod(path, 0777)), no, "chmod as well");
	check_is(err(mount(NULL, tree, NULL, MS_BIND | MS_REMOUNT, NULL)), 0, "writable");
	check_is(opens(path, O_WRONLY), 0, "now it is");
	check(number(path) == number(name) && number(name) != number(pool), "on all mounts");
	umount(tree);
}

static void in_ring(void *arg)
{
	struct io_uring_sqe sqe = ring_open(name, O_WRONLY);
	struct io_uring_sqe xattr = { .opcode = IORING_OP_SETXATTR, .addr = (uintptr_t)"security.x",
				      .addr2 = (uintptr_t)"x", .len = 1, .addr3 = (uintptr_t)name };
	struct ring r;
	ino_t was = number(name);
	long ret = ring_make(&r, 0, 0);

	if (!check(!ret, "a ring: %ld", ret))
		return;
	if (arg) {
		check_is(ring_do(&r, &xattr), 0, "setxattr by a ring");
	} else {
		ret = ring_do(&r, &sqe);
		check(ret >= 0, "open by a ring: %ld", ret);
		close(ret);
	}
	check(number(name) != was, "makes a copy");
	ring_close(&r);
}

static void rings(void)
{
	fresh("text");
	in_guest(&a, in_ring, NULL);
	check(holds(name, "text") && holds(pool, "text"), "both are whole");
	fresh("text");
	in_ring(&a);
	check(attr_get(pool) == IUNLINK && getxattr(pool, "security.x", NULL, 0) < 0, "the pool's has none");
}

/* Data that shows where it belongs. */
static bool write_big(const char *path)
{
	static unsigned int buf[1 << 18];
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0644);
	bool ok = fd >= 0;

	for (unsigned int i = 0; ok && i < BIG / sizeof(buf); i++) {
		for (unsigned int j = 0; j < sizeof(buf) / 4; j++)
			buf[j] = i << 20 | j;
		ok = write(fd, buf, sizeof(buf)) == sizeof(buf);
	}
	ok &= !fsync(fd);
	close(fd);
	return ok;
}

static bool is_big(const char *path)
{
	static unsigned int buf[1 << 18];
	int fd = open(path, O_RDONLY);
	bool ok = fd >= 0;

	for (unsigned int i = 0; ok && i < BIG / sizeof(buf); i++) {
		ok = read(fd, buf, sizeof(buf)) == sizeof(buf);
		for (unsigned int j = 0; ok && j < sizeof(buf) / 4; j++)
			ok = buf[j] == (i << 20 | j);
	}
	ok &= read(fd, buf, 1) == 0;
	close(fd);
	return ok;
}

static void fresh_big(void)
{
	unlink(name);
	attr_set(pool, 0, IUNLINK);
	unlink(pool);
	check(write_big(pool) && !link(pool, name) && !attr_set(pool, IUNLINK, IUNLINK), "%s: a large file",
	      on->type);
}

static void open_full(void *arg)
{
	ino_t was = number(name);
	long ret = opens(name, O_WRONLY);

	/* Sharing blocks needs next to none. */
	if (!strcmp(on->type, "xfs") || !strcmp(on->type, "btrfs"))
		check(ret == 0 || ret == -ENOSPC, "open on a full disk: %ld", ret);
	else
		check_is(ret, -ENOSPC, "open on a full disk");
	if (ret)
		check(number(name) == was, "the name has what it had");
}

static void no_space(void)
{
	const char *filler = in_fs(on, "filler");
	char line[200];

	fresh_big();
	snprintf(line, sizeof(line), "dd if=/dev/zero of=%s bs=1M 2>/dev/null; "
		 "dd if=/dev/zero of=%s.2 bs=4k 2>/dev/null; sync",
		 filler, filler);
	system(line);
	in_guest(&a, open_full, NULL);
	check(is_big(name) && is_big(pool), "%s: both names lead to whole files", on->type);
	no_rests("a full disk");
	unlink(filler);
	snprintf(line, sizeof(line), "%s.2", filler);
	unlink(line);
	sync();
	in_guest(&a, write_open, NULL);
	check(is_big(name) && number(name) != number(pool), "with space it is copied");
}

static void opener(void *arg)
{
	opens(name, O_WRONLY);
}

static void killed(void)
{
	int old = 0;

	fresh_big();
	for (int i = 0; i < 12; i++) {
		struct in_guest in = { i & 1 ? &a : &b, opener, NULL };
		pid_t pid;

		unlink(name);
		check(!link(pool, name), "the name");
		pid = fork();
		if (!pid) {
			__in_guest(&in);
			_exit(0);
		}
		usleep(500 + 1000 * i * i);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		old += number(name) == number(pool);
		check(is_big(name), "%s: after a kill it is whole", on->type);
	}
	check(is_big(pool) && attr_get(pool) == IUNLINK, "and the pool's");
	no_rests("kills");
	printf("# %s: %d of 12 were killed before the end\n", on->type, old);
	fflush(stdout);
}

static void test(struct fs *fs)
{
	on = fs;
	snprintf(pool, sizeof(pool), "%s/pool", fs->dir);
	snprintf(dir, sizeof(dir), "%s/guest", fs->dir);
	snprintf(name, sizeof(name), "%s/file", dir);
	check(!mkdir(dir, 0755), "%s: a directory", fs->type);
	holes();
	last_name();
	descriptors();
	users();
	mounts();
	rings();
	killed();
	no_space();
	no_rests("all of it");
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	test_begin();
	check(guest_start(&a) && guest_start(&b), "guests A and B start");
	on_all(test);
	guest_stop(&a);
	guest_stop(&b);
	return test_end();
}
