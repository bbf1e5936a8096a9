// SPDX-License-Identifier: GPL-2.0
/*
 * Attributes of files: set and read by path and descriptor, kept through
 * unmounting, recycling and fsck, out of the reach of chattr and of guests.
 */
#include "files.h"

static struct guest a = { .xid = 1821 };
/* One that may use chattr +i. */
static struct guest b = { .xid = 1822, .bcaps = TEST_BCAPS | 1ULL << 9 };

static long setflags(const char *path, unsigned int flags)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	long word = flags, ret = err(ioctl(fd, FS_IOC_SETFLAGS, &word));

	close(fd);
	return ret;
}

static long getflags(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	unsigned int word = 0;
	long ret = err(ioctl(fd, FS_IOC_GETFLAGS, &word));

	close(fd);
	return ret ?: (long)word;
}

static void is_attr(const char *path, long want, const char *what)
{
	check_is(attr_get(path), want, what);
}

static const char *file, *dir;

/* One after another and together; COW and a barrier on a file change nothing. */
static void set_and_get(struct fs *fs)
{
	struct vcmd_ctx_fiattr_v0 attr = { 0 };
	int fd;

	is_attr(file, 0, "a new file has none");
	check_is(attr_set(file, IUNLINK, IUNLINK), 0, "set both");
	is_attr(file, IUNLINK, "and read them");
	check_is(attr_set(file, 0, VS_IATTR_IMMUTABLE), 0, "clear one");
	is_attr(file, VS_IATTR_IXUNLINK, "leaves the other");
	check_is(attr_set(file, VS_IATTR_IMMUTABLE, IUNLINK), 0, "set one and clear the other");
	is_attr(file, VS_IATTR_IMMUTABLE, "is one step");
	check_is(attr_set(file, VS_IATTR_IXUNLINK, VS_IATTR_IXUNLINK), 0, "set one on an immutable file");
	is_attr(file, IUNLINK, "the result is both");
	check_is(attr_set(file, VS_IATTR_BARRIER | VS_IATTR_COW, VS_IATTR_BARRIER | VS_IATTR_COW), 0,
		 "a barrier on a file, and cow");
	is_attr(file, IUNLINK, "are ignored");
	check_is(attr_set(file, 0, VS_IATTR_HIDE), -EINVAL, "a bit of /proc");
	check_is(attr_set(dir, VS_IATTR_BARRIER, VS_IATTR_BARRIER), 0, "a barrier on a directory");
	is_attr(dir, VS_IATTR_BARRIER, "is there");

	fd = open(file, O_RDONLY);
	check_is(vs(VCMD_fget_iattr, fd, &attr), 0, "ask by descriptor");
	check(attr.flags == (IUNLINK | VS_IATTR_TAG) && (attr.mask & ~VS_IATTR_TAG) == (IUNLINK | VS_IATTR_COW),
	      "%s: flags %x of %x", fs->type, attr.flags, attr.mask);
	attr = (struct vcmd_ctx_fiattr_v0){ .mask = IUNLINK };
	check_is(vs(VCMD_fset_iattr, fd, &attr), 0, "set by descriptor");
	is_attr(file, 0, "clears both");
	close(fd);
	fd = open(dir, O_PATH);
	attr = (struct vcmd_ctx_fiattr_v0){ 0 };
	check_is(vs(VCMD_fget_iattr, fd, &attr), 0, "ask about a directory");
	check(attr.mask & VS_IATTR_BARRIER, "%s: a directory can have a barrier", fs->type);
	close(fd);
	check_is(attr_set(file, IUNLINK, IUNLINK), 0, "for what follows: both");
}

/* A symbolic link and a device have none, and can have none. */
static void others(struct fs *fs)
{
	const char *link = in_fs(fs, "link"), *node = in_fs(fs, "node");
	struct vcmd_ctx_iattr_v1 attr = { .name = link, .mask = ~0U };

	check(!symlink("file", link) && !mknod(node, S_IFCHR | 0600, 0x103), "a link and a device");
	check_is(vs(VCMD_get_iattr, 0, &attr), 0, "ask about the link");
	check(!(attr.mask & ~VS_IATTR_TAG) && attr.flags == VS_IATTR_TAG, "it has and can have none");
	check_is(attr_set(link, IUNLINK, IUNLINK), -EOPNOTSUPP, "none is set");
	check_is(attr_set(node, IUNLINK, IUNLINK), -EOPNOTSUPP, "nor on the device");
	check_is(attr_set(link, 0, IUNLINK), 0, "what is clear can be cleared");
	unlink(link);
	unlink(node);
}

/* Out of the caches, off the disk. */
static void lasts(struct fs *fs)
{
	char name[64];
	int fd;

	/* Off the list of unused inodes, which some file systems keep warm. */
	sync();
	fd = open("/proc/sys/vm/drop_caches", O_WRONLY);
	check(write(fd, "3", 1) == 1, "drop the caches");
	close(fd);
	is_attr(file, IUNLINK, "both are kept");
	is_attr(dir, VS_IATTR_BARRIER, "and the barrier");
	if (!fs_again(fs))
		return;
	is_attr(file, IUNLINK, "both last over a mount");
	is_attr(dir, VS_IATTR_BARRIER, "and the barrier");
	check_is(attr_set(dir, 0, VS_IATTR_BARRIER), 0, "clear it");
	fs_again(fs);
	is_attr(dir, 0, "it stays clear");
	check_is(attr_set(dir, VS_IATTR_BARRIER, VS_IATTR_BARRIER), 0, "and set it again");
	/* Nothing is inherited: not from the directory, nor from who had the inode. */
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "many%d", i);
		write_file(in_fs(fs, name), "x");
		attr_set(in_fs(fs, name), IUNLINK, IUNLINK);
	}
	fs_again(fs);
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "many%d", i);
		attr_set(in_fs(fs, name), 0, IUNLINK);
		attr_set(in_fs(fs, name), VS_IATTR_IXUNLINK, IUNLINK);
		attr_set(in_fs(fs, name), i & 1 ? 0 : IUNLINK, IUNLINK);
		unlink(in_fs(fs, name));
	}
	for (int i = 0; i < 80; i++) {
		snprintf(name, sizeof(name), "dir/new%d", i);
		write_file(in_fs(fs, name), "x");
		if (attr_get(in_fs(fs, name)))
			check(false, "%s: a new file has attributes", fs->type);
	}
	fs_again(fs);
	for (int i = 0; i < 80; i++) {
		snprintf(name, sizeof(name), "dir/new%d", i);
		if (attr_get(in_fs(fs, name)))
			check(false, "%s: a new file has attributes on disk", fs->type);
	}
}

/* chattr as root of the host. */
static void chattr(struct fs *fs)
{
	long flags = getflags(file);

	check(flags > 0 && (flags & FS_IXUNLINK_FL) && (flags & FS_IMMUTABLE_FL), "%s: lsattr sees the flag (%lx)",
	      fs->type, flags);
	check(getflags(dir) & FS_BARRIER_FL, "%s: and the barrier", fs->type);
	check_is(setflags(dir, getflags(dir)), -EACCES, "a barrier forbids chattr");
	check_is(setflags(dir, 0), -EACCES, "of any kind");
	check_is(setflags(file, flags & ~(FS_IMMUTABLE_FL | FS_IXUNLINK_FL)), 0, "chattr -i");
	is_attr(file, VS_IATTR_IXUNLINK, "a word without the flag leaves it");
	check_is(attr_set(file, 0, IUNLINK), 0, "clear it");
	flags = getflags(file);
	check_is(setflags(file, flags | FS_IXUNLINK_FL), 0, "the host may set it so");
	is_attr(file, VS_IATTR_IXUNLINK, "it is set");
	check_is(setflags(file, flags | FS_BARRIER_FL), -EPERM, "but no barrier");
	check_is(attr_set(file, IUNLINK, IUNLINK), 0, "both again");
}

static void in_a(void *arg)
{
	check_is(setflags(file, 0), -EPERM, "a guest does not clear the flags");
	check_is(setflags(file, FS_NODUMP_FL | FS_IMMUTABLE_FL | FS_IXUNLINK_FL), -EPERM, "nor add one");
	check_is(attr_set(file, 0, IUNLINK), -ENOSYS, "nor has it the command");
	check_is(setflags(arg, FS_IXUNLINK_FL), -EPERM, "nor protects a file so");
}

static void in_b(void *arg)
{
	struct fsxattr x = { 0 };
	int fd = open(file, O_RDONLY);

	check_is(setflags(file, 0), -EPERM, "even with linux_immutable");
	check_is(setflags(file, FS_NODUMP_FL | FS_IMMUTABLE_FL | FS_IXUNLINK_FL), -EPERM, "of any kind");
	check_is(err(ioctl(fd, FS_IOC_FSSETXATTR, &x)), -EPERM, "by the other call");
	check_is(setflags(arg, FS_IXUNLINK_FL), -EPERM, "or to protect a file");
	check_is(setflags(arg, FS_IMMUTABLE_FL), 0, "its own it may make immutable");
	check_is(setflags(arg, 0), 0, "and changeable");
	close(fd);
}

static void user(void *arg)
{
	check(!setgid(1000) && !setuid(1000), "a user of the host");
	check_is(setflags(arg, FS_IXUNLINK_FL), -EPERM, "may not protect its file");
	check_is(setflags(arg, FS_NODUMP_FL), 0, "but the usual");
}

static void attacks(struct fs *fs)
{
	const char *own = in_fs(fs, "own");
	int fd;

	check(write_file(own, "x") && !chown(own, 1000, 1000), "a user's file");
	in_child(user, (void *)own);
	check_is(attr_set(own, VS_IATTR_IXUNLINK, IUNLINK), 0, "it is protected");
	fd = fork();
	if (!fd) {
		bool ok = !setuid(1000) && !setflags(own, 0);

		_exit(!ok || attr_get(own) != -ENOSYS);
	}
	waitpid(fd, &fd, 0);
	check(!fd, "a word of its owner is taken");
	is_attr(own, VS_IATTR_IXUNLINK, "and leaves the attribute");
	attr_set(own, 0, IUNLINK);
	chown(own, 0, 0);
	in_guest(&a, in_a, (void *)own);
	in_guest(&b, in_b, (void *)own);
	is_attr(file, IUNLINK, "the shared file is as it was");
	is_attr(own, 0, "and the other");
	attr_set(own, 0, IUNLINK);
	unlink(own);
}

static void test(struct fs *fs)
{
	static char names[2][128];

	snprintf(names[0], sizeof(names[0]), "%s/file", fs->dir);
	snprintf(names[1], sizeof(names[1]), "%s/dir", fs->dir);
	file = names[0];
	dir = names[1];
	check(write_file(file, "text") && !mkdir(dir, 0755), "%s: a file and a directory", fs->type);
	set_and_get(fs);
	others(fs);
	lasts(fs);
	chattr(fs);
	attacks(fs);
	check_is(err(mount(NULL, fs->dir, NULL, MS_REMOUNT | MS_RDONLY, NULL)), 0, "read only");
	check_is(attr_set(file, 0, IUNLINK), -EROFS, "nothing is changed");
	check_is(attr_set(file, IUNLINK, IUNLINK), 0, "but nothing need be");
}

/* A file system that keeps no attributes. */
static void elsewhere(void)
{
	struct vcmd_ctx_iattr_v1 attr = { .name = "/sys/kernel", .mask = ~0U };

	check_is(vs(VCMD_get_iattr, 0, &attr), 0, "sysfs");
	check(!attr.mask && attr.flags == VS_IATTR_TAG, "can have none");
	check_is(attr_set("/sys/kernel", VS_IATTR_BARRIER, VS_IATTR_BARRIER), -EOPNOTSUPP, "nor keep one");
	check_is(attr_set("/sys/kernel", 0, VS_IATTR_BARRIER), 0, "unless nothing changes");
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	test_begin();
	check(guest_start(&a) && guest_start(&b), "guests A and B start");
	on_all(test);
	elsewhere();
	guest_stop(&a);
	guest_stop(&b);
	return test_end();
}
