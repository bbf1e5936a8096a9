// SPDX-License-Identifier: GPL-2.0
/*
 * All other ways to get at what is in a unified file (A11 of the attack corpus), from a guest without and from one with
 * all capabilities. By a name the guest gets a file of its own; by a descriptor for reading nothing changes. What the
 * pool and a second guest have stays the same to the byte, the time and the inode.
 */
#include <linux/falloc.h>
#include <linux/fscrypt.h>
#include <linux/fsverity.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/swap.h>
#include <sys/xattr.h>
#include "files.h"
#include "ring.h"

#define SIZE	(24 * 1024)	/* large enough for a hole in the middle */

static struct guest a = { .xid = 1881 };
static struct guest b = { .xid = 1882, .bcaps = ~0ULL };

static struct fs *on;
static char pool[128], other[128], name[128], from[128];
static struct stat before;
static char content[SIZE];

static bool is_same(const char *path)
{
	static char buf[SIZE + 1];
	int fd = open(path, O_RDONLY | O_NOATIME);
	ssize_t n = read(fd, buf, sizeof(buf));
	struct stat st;
	bool ok = n == SIZE && !memcmp(buf, content, SIZE) && !fstat(fd, &st);

	close(fd);
	return ok && st.st_ino == before.st_ino && st.st_mode == before.st_mode && st.st_uid == before.st_uid &&
	       st.st_size == SIZE && st.st_blocks == before.st_blocks &&
	       st.st_mtim.tv_sec == before.st_mtim.tv_sec && st.st_mtim.tv_nsec == before.st_mtim.tv_nsec &&
	       attr_get(path) == IUNLINK && listxattr(path, NULL, 0) <= 0;
}

static void others_are_same(const char *what)
{
	check(is_same(pool) && is_same(other), "%s: %s: the pool and the other guest have what they had",
	      on->type, what);
}

static bool is_own(void)
{
	struct stat st;

	return !stat(name, &st) && st.st_ino != before.st_ino && st.st_nlink == 1;
}

static void fresh(void)
{
	unlink(name);
	if (link(pool, name))
		check(false, "the name is there: %s", strerror(errno));
}

/* What is done through a descriptor; what it gives for one that is for reading. */
static long d_pwrite(int fd) { return err(pwrite(fd, "XX", 2, 0)); }
static long d_ftruncate(int fd) { return err(ftruncate(fd, 7)); }
static long d_fallocate(int fd) { return err(fallocate(fd, 0, SIZE, 4096)); }
static long d_punch(int fd) { return err(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4096, 8192)); }

static long d_sendfile(int fd)
{
	int in = open(from, O_RDONLY);
	long ret = err(sendfile(fd, in, NULL, 5));

	close(in);
	return ret;
}

static long d_splice(int fd)
{
	loff_t at = 0;
	int p[2];
	long ret;

	if (pipe(p) || write(p[1], "splice", 6) != 6)
		return -errno;
	ret = err(splice(p[0], NULL, fd, &at, 6, 0));
	close(p[0]);
	close(p[1]);
	return ret;
}

static long d_copy(int fd)
{
	loff_t at = 0, to = 0;
	int in = open(from, O_RDONLY);
	long ret = err(copy_file_range(in, &at, fd, &to, 4096, 0));

	close(in);
	return ret;
}

static long d_clone(int fd)
{
	int in = open(from, O_RDONLY);
	long ret = err(ioctl(fd, FICLONE, in));

	close(in);
	return ret;
}

static long d_ring(int fd)
{
	struct io_uring_sqe sqe = { .opcode = IORING_OP_WRITE, .fd = fd, .addr = (uintptr_t)"ring", .len = 4 };
	struct ring r;
	long ret = ring_make(&r, 0, 0);

	if (ret)
		return ret;
	ret = ring_do(&r, &sqe);
	ring_close(&r);
	return ret;
}

static long d_mmap(int fd)
{
	char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		return -errno;
	memcpy(p, "mmap", 4);
	munmap(p, 4096);
	return 4;
}

static long d_mprotect(int fd)
{
	char *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	long ret = err(mprotect(p, 4096, PROT_READ | PROT_WRITE));

	if (!ret)
		memcpy(p, "prot", 4);
	munmap(p, 4096);
	return ret;
}

static const struct way {
	const char *what;
	long (*fn)(int fd);
	long reading;
} ways[] = {
	{ "pwrite", d_pwrite, -EBADF }, { "ftruncate", d_ftruncate, -EINVAL },
	{ "fallocate", d_fallocate, -EBADF }, { "punch a hole", d_punch, -EBADF },
	{ "sendfile", d_sendfile, -EBADF }, { "splice", d_splice, -EBADF },
	{ "copy_file_range", d_copy, -EBADF }, { "FICLONE", d_clone, -EBADF },
	{ "write by a ring", d_ring, -EBADF }, { "a shared mapping", d_mmap, -EACCES },
	{ "mprotect", d_mprotect, -EACCES },
};

#define WAYS	(sizeof(ways) / sizeof(ways[0]))

static void reading(void *arg)
{
	const struct way *way = arg;
	int fd = open(name, O_RDONLY);

	check_is(way->fn(fd), way->reading, way->what);
	check(!is_own(), "makes no copy through a descriptor for reading");
	close(fd);
}

static void writing(void *arg)
{
	const struct way *way = arg;
	int fd = open(name, O_RDWR);
	long ret = way->fn(fd);

	/* Not every file system can share blocks. */
	check(ret >= 0 || (ret == -EOPNOTSUPP && way->fn == d_clone), "%s through one for writing: %ld", way->what,
	      ret);
	check(is_own(), "is done to a copy");
	close(fd);
}

/* What is stored with the file, by the name: each kind of access list as well. */
static void by_name(void *arg)
{
	static const unsigned char acl[] = {
		2, 0, 0, 0, 1, 0, 7, 0, 255, 255, 255, 255, 2, 0, 4, 0, 99, 0, 0, 0, 4, 0, 5, 0,
		255, 255, 255, 255, 16, 0, 5, 0, 255, 255, 255, 255, 32, 0, 4, 0, 255, 255, 255, 255,
	};
	int fd = open(name, O_RDONLY);
	struct stat st;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (arg) {
		check_is(err(setxattr(name, "system.posix_acl_access", acl, sizeof(acl), 0)), 0, "an access list");
	} else {
		int again = open(path, O_RDWR);

		check(again >= 0 && pwrite(again, "XX", 2, 0) == 2, "opened again for writing by its number");
		close(again);
	}
	check(is_own(), "makes a copy");
	check(!fstat(fd, &st) && st.st_ino == before.st_ino, "which is not what the descriptor has");
	close(fd);
}

static void ioctls(void *arg)
{
	struct fsverity_enable_arg verity = { .version = 1, .hash_algorithm = 1, .block_size = 4096 };
	struct fscrypt_policy_v1 policy = { 0 };
	unsigned int flags = 0;
	int fd = open(name, O_RDONLY);
	struct fsxattr x = { 0 };
	long ret;

	check_is(err(ioctl(fd, FS_IOC_SETFLAGS, &flags)), -EPERM, "flags by ioctl");
	check_is(err(ioctl(fd, FS_IOC_FSSETXATTR, &x)), -EPERM, "flags and project by ioctl");
	ret = err(ioctl(fd, FS_IOC_ENABLE_VERITY, &verity));
	check(ret == -EPERM || ret == -EOPNOTSUPP || ret == -ENOTTY, "fs-verity: %s", strerrorname_np(-ret));
	ret = err(ioctl(fd, FS_IOC_SET_ENCRYPTION_POLICY, &policy));
	check(ret == -EPERM || ret == -EOPNOTSUPP || ret == -ENOTTY || ret == -ENOTDIR, "encryption: %s",
	      strerrorname_np(-ret));
	check_is(err(swapon(name, 0)), -EPERM, "swap");
	check(!is_own(), "none makes a copy");
	close(fd);
}

/* Same contents may be put to the same place on the disk: not by a guest, not of what it shares. */
static void dedupe(void *arg)
{
	struct { struct file_dedupe_range r; struct file_dedupe_range_info to; } d = {
		.r = { .src_length = 4096, .dest_count = 1 },
	};
	int src = open(from, O_RDONLY), fd = open(name, O_RDONLY);
	long ret;

	d.to.dest_fd = fd;
	ret = err(ioctl(src, FIDEDUPERANGE, &d)) ?: d.to.status;
	check(ret == -EPERM || ret == -EOPNOTSUPP || ret == -EINVAL, "FIDEDUPERANGE: %ld", ret);
	check(!is_own(), "makes no copy");
	close(src);
	close(fd);
}

/*
 * A program that writes into what another has mapped of a file: a private mapping takes it for itself, a shared one
 * does not take it. Bits of what is not so.
 */
static int poke_main(const char *path, int flags)
{
	long wrote = flags == MAP_SHARED ? -EIO : 2, poked = flags == MAP_SHARED ? -EIO : 0;
	int fd = open(path, O_RDONLY), ret = 0;
	char *p = mmap(NULL, 4096, PROT_READ | PROT_EXEC, flags, fd, 0), mem[64];
	pid_t pid = fork();

	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	if (p == MAP_FAILED || err(ptrace(PTRACE_POKETEXT, pid, p, 0x5858585858585858)) != poked)
		ret |= 1;
	snprintf(mem, sizeof(mem), "/proc/%d/mem", pid);
	fd = open(mem, O_RDWR);
	if (err(pwrite(fd, "XX", 2, (uintptr_t)p + 8)) != wrote)
		ret |= 2;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return ret;
}

/* Until its first exec a task that entered is not the guest's, and so is its memory. */
static void poke(void *arg)
{
	int status = 0;
	pid_t pid = fork();

	if (!pid) {
		execl("/proc/self/exe", "poke", "--poke", name, arg ? "shared" : "private", NULL);
		_exit(99);
	}
	waitpid(pid, &status, 0);
	check(status == 0, "poke and /proc/PID/mem on a %s mapping: %#x", arg ? "shared" : "private", status);
	check(!is_own(), "make no copy");
}

/* A file without a name does not take one that is there. */
static void tmpfile_link(void *arg)
{
	char path[64];
	int fd = open(on->dir, O_TMPFILE | O_RDWR, 0666);

	check(write(fd, "new", 3) == 3, "a file without a name");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	check_is(err(linkat(AT_FDCWD, path, AT_FDCWD, name, AT_SYMLINK_FOLLOW)), -EEXIST, "linked over the name");
	check(!is_own(), "the name has what it had");
	check_is(err(unlink(name)), 0, "the guest may remove its name");
	check_is(err(linkat(AT_FDCWD, path, AT_FDCWD, name, AT_SYMLINK_FOLLOW)), 0, "and then take it");
	close(fd);
}

/* A program that runs: who writes to it gets a copy, it goes on with what it has. */
static void running(void *arg)
{
	char path[160], buf[16];
	int fd, out[2], n;
	struct stat st, now;
	pid_t pid;

	check(!pipe(out) && !stat(arg, &st), "a unified program");
	pid = fork();
	if (!pid) {
		dup2(out[1], STDOUT_FILENO);
		execl(arg, "sleeper", "--sleep", NULL);
		_exit(1);
	}
	check(read(out[0], buf, 1) == 1, "runs");
	fd = open(arg, O_RDWR);
	check(fd >= 0 && pwrite(fd, "XXXX", 4, 0) == 4, "it is opened for writing: no ETXTBSY");
	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	check(!stat(path, &now) && now.st_ino == st.st_ino, "what runs is the old one");
	check(!stat(arg, &now) && now.st_ino != st.st_ino, "what was written is a copy");
	n = open(path, O_WRONLY);
	check_is(n < 0 ? -errno : 0, -EPERM, "what runs has no name here by which to write");
	close(fd);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void program(const struct guest *g)
{
	char first[128], second[128], line[600];

	snprintf(first, sizeof(first), "%s/prog", on->dir);
	snprintf(second, sizeof(second), "%s/prog2", on->dir);
	unlink(first);
	unlink(second);
	snprintf(line, sizeof(line), "cp /proc/%d/exe %s && ln %s %s", getpid(), first, first, second);
	check(!system(line), "%s: a program", on->type);
	check_is(attr_set(first, IUNLINK, IUNLINK), 0, "is unified");
	in_guest(g, running, second);
	snprintf(line, sizeof(line), "cmp /proc/%d/exe %s", getpid(), first);
	check(!system(line), "%s: the other guest's is as it was", on->type);
	attr_set(first, 0, IUNLINK);
	unlink(first);
	unlink(second);
}

static void once(const struct guest *g, void (*fn)(void *), void *arg, const char *what)
{
	fresh();
	in_guest(g, fn, arg);
	others_are_same(what);
}

static void all(const struct guest *g)
{
	for (size_t i = 0; i < WAYS; i++) {
		once(g, reading, (void *)&ways[i], ways[i].what);
		/* A mapping that was made for writing needs no change. */
		if (ways[i].fn != d_mprotect)
			once(g, writing, (void *)&ways[i], ways[i].what);
	}
	once(g, by_name, NULL, "the number of a descriptor");
	once(g, by_name, pool, "an access list");
	once(g, ioctls, NULL, "ioctls");
	once(g, dedupe, NULL, "FIDEDUPERANGE");
	once(g, poke, NULL, "poke");
	once(g, poke, pool, "poke a shared mapping");
	once(g, tmpfile_link, NULL, "O_TMPFILE and linkat");
	program(g);
}

static void test(struct fs *fs)
{
	int fd;

	on = fs;
	snprintf(pool, sizeof(pool), "%s/pool", fs->dir);
	snprintf(other, sizeof(other), "%s/other", fs->dir);
	snprintf(name, sizeof(name), "%s/name", fs->dir);
	snprintf(from, sizeof(from), "%s/from", fs->dir);
	for (int i = 0; i < SIZE; i++)
		content[i] = 'a' + i % 23;
	for (int i = 0; i < 2; i++) {
		fd = open(i ? from : pool, O_CREAT | O_WRONLY, 0644);
		check(write(fd, content, SIZE) == SIZE && !fsync(fd) && !close(fd), "%s: a file", fs->type);
	}
	check(!link(pool, other), "%s: shared", fs->type);
	check_is(attr_set(pool, IUNLINK, IUNLINK), 0, "it is unified");
	check(!stat(pool, &before), "its state");
	others_are_same("at first");
	all(&a);
	all(&b);
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	if (argc == 4 && !strcmp(argv[1], "--poke"))
		return poke_main(argv[2], strcmp(argv[3], "shared") ? MAP_PRIVATE : MAP_SHARED);
	test_begin();
	check(guest_start(&a) && guest_start(&b), "guests A and B start");
	on_all(test);
	guest_stop(&a);
	guest_stop(&b);
	return test_end();
}
