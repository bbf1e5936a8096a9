// SPDX-License-Identifier: GPL-2.0
/*
 * A unified file is copied before anything changes it: each way of writing and
 * of changing attributes, from a guest and from the host, with everything that
 * is stored with the file, and nothing that others see of it changes.
 */
#include <sys/sendfile.h>
#include <sys/xattr.h>
#include "files.h"

static struct guest a = { .xid = 1851 };

static char pool[128], name[160], copy_dir[128];

static const char text[] = "what all guests share\n";

/* What must never change of the file in the pool. */
struct state {
	struct stat st;
	char data[64], acl[64], cap[64], user[64];
	ssize_t acl_size, cap_size, user_size;
	long attr;
};

static void look(const char *path, struct state *s)
{
	memset(s, 0, sizeof(*s));
	if (stat(path, &s->st))
		check(false, "%s is there: %s", path, strerror(errno));
	read_file(path, s->data, sizeof(s->data));
	s->acl_size = getxattr(path, "system.posix_acl_access", s->acl, sizeof(s->acl));
	s->cap_size = getxattr(path, "security.capability", s->cap, sizeof(s->cap));
	s->user_size = getxattr(path, "user.note", s->user, sizeof(s->user));
	s->attr = attr_get(path);
}

static struct state before;

/* Link count and the time of its change apart. */
static void pool_is_same(const char *what)
{
	struct state now;

	look(pool, &now);
	check(now.st.st_ino == before.st.st_ino && now.st.st_mode == before.st.st_mode &&
	      now.st.st_uid == before.st.st_uid && now.st.st_gid == before.st.st_gid &&
	      now.st.st_size == before.st.st_size && !memcmp(now.data, before.data, sizeof(now.data)) &&
	      now.st.st_mtim.tv_sec == before.st.st_mtim.tv_sec &&
	      now.st.st_mtim.tv_nsec == before.st.st_mtim.tv_nsec &&
	      now.acl_size == before.acl_size && !memcmp(now.acl, before.acl, sizeof(now.acl)) &&
	      now.cap_size == before.cap_size && !memcmp(now.cap, before.cap, sizeof(now.cap)) &&
	      now.user_size == before.user_size && !memcmp(now.user, before.user, sizeof(now.user)) &&
	      now.attr == IUNLINK, "%s: the pool's file is as it was", what);
}

static long by_open(int flags)
{
	int fd = open(name, flags, 0644);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static long w_open_write(void) { return by_open(O_WRONLY); }
static long w_open_rdwr(void) { return by_open(O_RDWR); }
static long w_open_trunc(void) { return by_open(O_WRONLY | O_TRUNC); }
static long w_open_rdtrunc(void) { return by_open(O_RDONLY | O_TRUNC); }
static long w_open_append(void) { return by_open(O_WRONLY | O_APPEND); }
static long w_open_creat(void) { return by_open(O_WRONLY | O_CREAT); }
static long w_truncate(void) { return err(truncate(name, 3)); }
static long w_chmod(void) { return err(chmod(name, 0700)); }
static long w_chown(void) { return err(chown(name, 77, 78)); }
static long w_lchown(void) { return err(lchown(name, 77, 78)); }
static long w_utimes(void) { return err(utimensat(AT_FDCWD, name, NULL, 0)); }
static long w_setxattr(void) { return err(setxattr(name, "user.note", "x", 1, 0)); }
static long w_removexattr(void) { return err(removexattr(name, "user.note")); }
static long w_removeacl(void) { return err(removexattr(name, "system.posix_acl_access")); }

static long w_write(void)
{
	int fd = open(name, O_RDWR);
	long ret = err(pwrite(fd, "WHAT", 4, 0));

	close(fd);
	return ret == 4 ? 0 : ret;
}

static long w_mmap(void)
{
	int fd = open(name, O_RDWR);
	char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	close(fd);
	if (p == MAP_FAILED)
		return -errno;
	p[0] = 'W';
	munmap(p, 4096);
	return 0;
}

static long w_sendfile(void)
{
	int in = open("/proc/self/exe", O_RDONLY), out = open(name, O_WRONLY);
	long ret = err(sendfile(out, in, NULL, 5));

	close(in);
	close(out);
	return ret < 0 ? ret : 0;
}

static long w_openat2(void)
{
	struct { uint64_t flags, mode, resolve; } how = { .flags = O_WRONLY };
	int fd = syscall(SYS_openat2, AT_FDCWD, name, &how, sizeof(how));

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* An O_PATH descriptor is a way to the name. */
static long through_fd(int flags)
{
	int fd = open(name, O_PATH), fd2;
	char path[64];
	long ret;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (flags) {
		fd2 = open(path, flags);
		ret = fd2 < 0 ? -errno : 0;
		close(fd2);
	} else {
		ret = err(chmod(path, 0700));
	}
	close(fd);
	return ret;
}

static long w_magic_open(void) { return through_fd(O_WRONLY); }
static long w_magic_chmod(void) { return through_fd(0); }

static long w_empty_chown(void)
{
	int fd = open(name, O_PATH);
	long ret = err(fchownat(fd, "", 77, 78, AT_EMPTY_PATH));

	close(fd);
	return ret;
}

static long w_symlink(void)
{
	char link[180];
	int fd;

	snprintf(link, sizeof(link), "%s.sym", name);
	if (symlink(name, link))
		return -errno;
	fd = open(link, O_WRONLY);
	unlink(link);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static const struct {
	const char *what;
	long (*fn)(void);
} ways[] = {
	{ "open for writing", w_open_write }, { "open for both", w_open_rdwr },
	{ "open with O_TRUNC", w_open_trunc }, { "for reading with O_TRUNC", w_open_rdtrunc },
	{ "open to append", w_open_append }, { "open with O_CREAT", w_open_creat },
	{ "write", w_write }, { "a shared mapping", w_mmap }, { "sendfile", w_sendfile },
	{ "openat2", w_openat2 }, { "open by magic link", w_magic_open },
	{ "open by symbolic link", w_symlink },
	{ "truncate", w_truncate }, { "chmod", w_chmod }, { "chown", w_chown }, { "lchown", w_lchown },
	{ "utimes", w_utimes }, { "setxattr", w_setxattr }, { "removexattr", w_removexattr },
	{ "remove an access list", w_removeacl }, { "chmod by magic link", w_magic_chmod },
	{ "chown with an empty path", w_empty_chown },
};

static void one_way(void *arg)
{
	size_t i = (size_t)arg;
	struct stat st;

	check_is(ways[i].fn(), 0, ways[i].what);
	check(!stat(name, &st) && st.st_ino != before.st.st_ino && st.st_nlink == 1,
	      "%s: the name has a file of its own", ways[i].what);
}

/* No temporary name. */
static bool is_empty_of_rests(void)
{
	char line[200];

	snprintf(line, sizeof(line), "! ls -A %s | grep -q '^\\.cow-'", copy_dir);
	return !system(line);
}

static void make(struct fs *fs)
{
	static const unsigned char acl[] = {
		2, 0, 0, 0, 1, 0, 7, 0, 255, 255, 255, 255, 2, 0, 4, 0, 99, 0, 0, 0, 4, 0, 5, 0,
		255, 255, 255, 255, 16, 0, 5, 0, 255, 255, 255, 255, 32, 0, 4, 0, 255, 255, 255, 255,
	};
	static const unsigned int cap[] = { 0x02000001, 1 << 10, 0, 0, 0 };
	struct timespec times[2] = { { 1000000, 111 }, { 2000000, 222222 } };

	snprintf(pool, sizeof(pool), "%s/pool", fs->dir);
	snprintf(copy_dir, sizeof(copy_dir), "%s/guest", fs->dir);
	snprintf(name, sizeof(name), "%s/file", copy_dir);
	check(write_file(pool, text) && !mkdir(copy_dir, 0755), "%s: a file", fs->type);
	check(!chown(pool, 11, 12) && !chmod(pool, 06754), "owner and mode");
	check(!setxattr(pool, "system.posix_acl_access", acl, sizeof(acl), 0), "an access list");
	check(!strcmp(fs->type, "tmpfs") || !setxattr(pool, "user.note", "note", 4, 0), "an attribute");
	check(!setxattr(pool, "trusted.note", "trust", 5, 0), "a trusted one");
	check(!setxattr(pool, "security.capability", cap, sizeof(cap), 0), "a capability");
	check(!utimensat(AT_FDCWD, pool, times, 0), "times");
	check_is(attr_set(pool, IUNLINK, IUNLINK), 0, "it is unified");
	look(pool, &before);
}

static void fresh(void)
{
	unlink(name);
	if (link(pool, name))
		check(false, "the name is there: %s", strerror(errno));
}

static void all_ways(struct fs *fs)
{
	for (size_t i = 0; i < 2 * sizeof(ways) / sizeof(ways[0]); i++) {
		size_t way = i / 2;

		/* tmpfs has no attributes user.* on 6.1. */
		if (!strcmp(fs->type, "tmpfs") && (ways[way].fn == w_setxattr || ways[way].fn == w_removexattr))
			continue;
		fresh();
		if (i & 1)
			in_guest(&a, one_way, (void *)way);
		else
			in_child(one_way, (void *)way);
		pool_is_same(ways[way].what);
	}
	check(is_empty_of_rests(), "%s: no temporary name is left", fs->type);
}

/* Everything but the number and the two attributes. */
static void is_whole(void)
{
	char trust[8];
	struct state now;
	struct stat st;

	fresh();
	/* Whoever looks at it changes the time of access. */
	stat(pool, &st);
	check_is(by_open(O_RDWR), 0, "open it");
	look(name, &now);
	check(now.attr == 0, "the copy has no attributes");
	check(now.st.st_mode == before.st.st_mode && now.st.st_uid == 11 && now.st.st_gid == 12,
	      "mode %o and owner", now.st.st_mode);
	check(now.st.st_mtim.tv_sec == 2000000 && now.st.st_mtim.tv_nsec == before.st.st_mtim.tv_nsec &&
	      now.st.st_atim.tv_sec == st.st_atim.tv_sec && now.st.st_atim.tv_nsec == st.st_atim.tv_nsec,
	      "times");
	check(now.acl_size > 0 && now.acl_size == before.acl_size && !memcmp(now.acl, before.acl, sizeof(now.acl)),
	      "access list");
	check(now.cap_size > 0 && now.cap_size == before.cap_size && !memcmp(now.cap, before.cap, sizeof(now.cap)),
	      "capability");
	check(now.user_size == before.user_size && !memcmp(now.user, before.user, sizeof(now.user)), "attribute");
	check(getxattr(name, "trusted.note", trust, sizeof(trust)) == 5 && !memcmp(trust, "trust", 5),
	      "trusted attribute");
	check(!strcmp(now.data, text), "contents");
}

static void test(struct fs *fs)
{
	make(fs);
	is_whole();
	all_ways(fs);
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	test_begin();
	check(guest_start(&a), "guest A starts");
	check((vs(VCMD_get_vci, 0, NULL) & (VCI_COWBL | VCI_FULLCOWBL)) == (VCI_COWBL | VCI_FULLCOWBL),
	      "get_vci tells that links are broken");
	on_all(test);
	guest_stop(&a);
	return test_end();
}
