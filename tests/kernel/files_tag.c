// SPDX-License-Identifier: GPL-2.0
/*
 * Tags: what a task makes belongs to its tag, nobody with another tag gets at
 * it, and the file system keeps that where it keeps project ids.
 */
#include <sys/sysmacros.h>
#include "tagfs.h"

static struct guest a = { .xid = 3101 };
static struct guest b = { .xid = 3102 };

static long project_of(const char *path)
{
	struct fsxattr attr;
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
	long ret = fd < 0 ? -errno : err(ioctl(fd, FS_IOC_FSGETXATTR, &attr));

	close(fd);
	return ret ?: (long)attr.fsx_projid;
}

static long set_project(const char *path, unsigned int id)
{
	struct fsxattr attr;
	int fd = open(path, O_RDONLY);
	long ret = fd < 0 ? -errno : err(ioctl(fd, FS_IOC_FSGETXATTR, &attr));

	attr.fsx_projid = id;
	ret = ret ?: err(ioctl(fd, FS_IOC_FSSETXATTR, &attr));
	close(fd);
	return ret;
}

static long touch(const char *path)
{
	int fd = open(path, O_CREAT | O_RDWR, 0666);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static const char *const own[] = {
	MNT "/file", MNT "/dir", MNT "/link", MNT "/fifo", MNT "/node", MNT "/linked",
};

#define OWN	(sizeof(own) / sizeof(own[0]))

static void make_own(const struct tagfs *fs)
{
	char path[32];
	int fd;

	umask(0);
	check_is(vs(VCMD_task_tag, 0, NULL), 100, "the task has its tag");
	check_is(touch(own[0]), 0, "it makes a file");
	check_is(err(mkdir(own[1], 0777)), 0, "a directory");
	check_is(err(symlink("file", own[2])), 0, "a symbolic link");
	check_is(err(mkfifo(own[3], 0666)), 0, "a pipe");
	check_is(err(mknod(own[4], S_IFCHR | 0666, makedev(1, 3))), 0, "a device");
	fd = open(MNT, O_TMPFILE | O_RDWR, 0666);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	check_is(err(linkat(AT_FDCWD, path, AT_FDCWD, own[5], AT_SYMLINK_FOLLOW)), 0,
		 "a file without a name, which then gets one");
	close(fd);
	check_is(touch(MNT "/dir/inner"), 0, "a file in the directory");
}

static void all_are(const struct tagfs *fs, long tag, const char *when)
{
	char what[80];
	size_t i;

	for (i = 0; i < OWN; i++) {
		snprintf(what, sizeof(what), "%s: %s %s", fs->name, own[i], when);
		check_is(tag_of(own[i]), tag, what);
	}
	if (fs->mkfs) {
		check_is(project_of(own[0]), tag, "the project of the file");
		check_is(project_of(own[1]), tag, "that of the directory");
	}
}

/* With another tag. */
static void stranger(const struct tagfs *fs)
{
	struct stat st;

	check_is(err(open(own[0], O_RDONLY)), -EACCES, "a stranger may not read");
	check_is(err(open(own[0], O_WRONLY)), -EACCES, "nor write");
	check_is(err(open(own[1], O_RDONLY | O_DIRECTORY)), -EACCES, "nor list");
	check_is(err(chdir(own[1])), -EACCES, "nor go in");
	check_is(err(stat(MNT "/dir/inner", &st)), -EACCES, "nor search");
	check_is(err(truncate(own[0], 0)), -EACCES, "nor cut off");
	check_is(err(chmod(own[0], 0600)), -EACCES, "nor change the mode");
	check_is(err(lchown(own[2], 1, 1)), -EACCES, "nor the owner, of a symbolic link");
	check_is(err(utimensat(AT_FDCWD, own[0], NULL, 0)), -EACCES, "nor the times");
	check_is(err(stat(own[0], &st)), 0, "but look at it from outside");
	check_is(err(open(MNT "/host", O_RDWR)) >= 0 ? 0 : -errno, 0, "and use what is the host's");
	check_is(touch(MNT "/other"), 0, "and make files of its own");
	check_is(err(link(own[0], MNT "/hard")), 0, "a further name of the file takes nothing away");
	check_is(err(rename(MNT "/hard", MNT "/renamed")), 0, "nor another name");
	check_is(err(unlink(MNT "/renamed")), 0, "and is gone");
}

static void passes(const struct tagfs *fs)
{
	check_is(err(open(own[0], O_RDWR)) >= 0 ? 0 : -errno, 0, "it may read and write");
	check_is(err(chmod(own[0], 0666)), 0, "and change the mode");
	check_is(err(access(MNT "/dir/inner", F_OK)), 0, "and search");
}

/* In a guest, which has its task's tag. */
static void in_the_guest(const struct tagfs *fs)
{
	struct vcmd_ctx_fiattr_v0 attr = { .tag = 5, .mask = VS_IATTR_TAG };
	int fd = open(own[0], O_RDWR);

	check_is(vs(VCMD_tag_migrate, 200, NULL), -ENOSYS, "a guest cannot change its tag");
	check_is(set_tag(own[0], 200), -ENOSYS, "nor that of its files");
	check_is(vs(VCMD_fset_iattr, fd, &attr), -ENOSYS, "not by descriptor");
	if (fs->mkfs)
		check_is(set_project(own[0], 200), -EPERM, "nor their project");
	check_is(touch(MNT "/guest"), 0, "it makes a file");
	check_is(err(unlink(MNT "/guest")), 0, "and removes it");
}

/* The same with all capabilities. */
static void in_the_strong_guest(const struct tagfs *fs)
{
	check_is(vs(VCMD_task_tag, 0, NULL), 100, "the tag stays in the guest");
	check_is(vs(VCMD_tag_migrate, 200, NULL), -EPERM, "root with all capabilities cannot, either");
	check_is(vs(VCMD_tag_migrate, 0, NULL), -EPERM, "nor become the host");
	check_is(set_tag(own[0], 200), -EPERM, "nor give files away");
	check_is(err(mount("none", "/mnt", "tmpfs", 0, "tag")), -EPERM, "nor mount with tags");
	check_is(err(mount("none", "/mnt", "tmpfs", 0, "notagcheck")), -EPERM, "or without a check");
}

static void change_tags(const struct tagfs *fs)
{
	struct vcmd_ctx_fiattr_v0 attr = { .tag = 300, .mask = VS_IATTR_TAG };
	size_t i;
	int fd;

	for (i = 0; i < OWN; i++)
		check_is(set_tag(own[i], 200), 0, "the host gives it to another tag");
	check_is(set_tag(MNT "/dir/inner", 200), 0, "with what is in it");
	all_are(fs, 200, "belongs to the other");
	as_tag(200, passes, fs);
	fd = open(own[0], O_RDONLY);
	check_is(vs(VCMD_fset_iattr, fd, &attr), 0, "by descriptor");
	check_is(vs(VCMD_fget_iattr, fd, &attr) ?: (long)attr.tag, 300, "it is there");
	close(fd);
	if (fs->mkfs) {
		check_is(set_project(own[0], 100), 0, "the host may use the project, too");
		check_is(tag_of(own[0]), 100, "which is the tag");
	}
	for (i = 0; i < OWN; i++)
		check_is(set_tag(own[i], 100), 0, "and back");
	check_is(set_tag(MNT "/dir/inner", 100), 0, "as what is in it");
	fd = open(own[0], O_RDONLY);
	if (fs->mkfs) {
		unsigned int flags = FS_IMMUTABLE_FL;

		check_is(err(ioctl(fd, FS_IOC_SETFLAGS, &flags)), 0, "an immutable file");
		check_is(set_tag(own[0], 200), -EPERM, "keeps its tag");
		flags = 0;
		check_is(err(ioctl(fd, FS_IOC_SETFLAGS, &flags)), 0, "as long as it is");
	}
	close(fd);
}

static bool mount_shows(const char *option)
{
	char text[8192], *line;

	if (!read_file("/proc/mounts", text, sizeof(text)))
		return false;
	line = strstr(text, " " MNT " ");
	if (!line)
		return false;
	*strchrnul(line, '\n') = '\0';
	return strstr(line, option);
}

static void again(const struct tagfs *fs)
{
	if (!fs->mkfs)
		return;
	check(!run("umount " MNT) && tagfs_mount_as(fs, fs->options), "%s: mounted again", fs->name);
	all_are(fs, 100, "is as before");
	as_tag(200, stranger, fs);
}

/* The calls that newer mount(8) makes: each option by itself. */
static void by_new_calls(const struct tagfs *fs)
{
	char device[64] = "none\n";
	long ctx, mnt = -1;

	if (!fs->mkfs)
		return;
	check(!run("umount " MNT) && !run("losetup -f --show " IMAGE " > /tmp/tagfs.dev") &&
	      read_file("/tmp/tagfs.dev", device, sizeof(device)), "%s: a device", fs->name);
	device[strcspn(device, "\n")] = '\0';
	ctx = syscall(SYS_fsopen, fs->type, 0);
	check_is(err(syscall(SYS_fsconfig, ctx, FSCONFIG_SET_STRING, "source", device, 0)) ?:
		 err(syscall(SYS_fsconfig, ctx, FSCONFIG_SET_FLAG, "tag", NULL, 0)), 0, "the option by itself");
	if (check_is(err(syscall(SYS_fsconfig, ctx, FSCONFIG_CMD_CREATE, NULL, NULL, 0)), 0, "makes one with tags"))
		mnt = syscall(SYS_fsmount, ctx, 0, 0);
	close(ctx);
	check_is(err(syscall(SYS_move_mount, mnt, "", AT_FDCWD, MNT, MOVE_MOUNT_F_EMPTY_PATH)), 0, "mounted");
	close(mnt);
	check(mount_shows(",tag"), "which the mount says");
	all_are(fs, 100, "is as before");
	check(!run("umount " MNT) && !run("losetup -d %s", device) && tagfs_mount_as(fs, fs->options), "as it was");
	unlink("/tmp/tagfs.dev");
}

static void one(const struct tagfs *fs)
{
	if (!tagfs_up(fs))
		return;
	check(mount_shows(",tag"), "%s: the mount says so", fs->name);
	check_is(touch(MNT "/host"), 0, "a file of the host");
	chmod(MNT "/host", 0666);
	check_is(tag_of(MNT "/host"), 0, "belongs to nobody");
	as_tag(100, make_own, fs);
	all_are(fs, 100, "belongs to the tag");
	as_tag(100, passes, fs);
	as_tag(200, stranger, fs);
	as_tag(0, passes, fs);
	as_tag(1, passes, fs);
	as_tag(0x10064, passes, fs);
	as_guest(&a, 100, in_the_guest, fs);
	as_guest(&b, 100, in_the_strong_guest, fs);
	change_tags(fs);
	again(fs);
	by_new_calls(fs);
	check(!run("mount -o remount,%s " MNT, fs->options), "mounted anew with the same options");
	check(mount_shows(",tag"), "with tags as before");
	tagfs_down(fs);
}

static void options(const struct tagfs *fs)
{
	if (!tagfs_make(fs) || !check(tagfs_mount_as(fs, fs->mkfs ? "rw" : "size=300m"),
				      "%s: without tags", fs->name))
		return;
	check(!mount_shows(",tag"), "the mount says nothing");
	check_is(touch(MNT "/file"), 0, "a file");
	check_is(tag_of(MNT "/file") < 0, 1, "has no tag");
	check_is(set_tag(MNT "/file", 1) < 0, 1, "and gets none");
	check_is(err(mount("none", MNT, "none", MS_REMOUNT, "tag")), -EINVAL, "nor when remounted");
	/* f2fs looks at no options of a second mount. */
	if (fs->mkfs && strcmp(fs->type, "f2fs"))
		check(run("mount -t %s -o tag $(findmnt -no SOURCE " MNT ") /mnt", fs->type),
		      "nor by a second mount");
	tagfs_down(fs);

	if (!tagfs_make(fs) || !check(tagfs_mount_as(fs, "tag,notagcheck"), "%s: without a check",
				      fs->name))
		return;
	umask(0);
	chmod(MNT, 0777);
	check(mount_shows(",notagcheck"), "the mount says so");
	as_tag(100, make_own, fs);
	all_are(fs, 100, "belongs to the tag");
	as_tag(200, passes, fs);
	tagfs_down(fs);
}

static void cannot(void)
{
	const struct tagfs no_project = { "ext4 without projects", "mke2fs -q -F -t ext4", "ext4" };
	const struct tagfs btrfs = { "btrfs", "mkfs.btrfs -q -f", "btrfs" };

	check(tagfs_make(&no_project) && !tagfs_mount_as(&no_project, "tag"),
	      "ext4 without the feature project cannot");
	check(!run("dmesg | tail -n 20 | grep -q 'tune2fs -O project'"), "and says what to do");
	check(!run("tune2fs -O project " IMAGE) &&
	      tagfs_mount_as(&no_project, "tag"), "having done it, it can");
	run("umount " MNT);
	check(tagfs_make(&btrfs) && !tagfs_mount_as(&btrfs, "tag"), "btrfs cannot");
	check(tagfs_mount_as(&btrfs, "rw"), "but be mounted without");
	run("umount " MNT);
	unlink(IMAGE);
	check_is(err(mount("none", "/mnt", "tmpfs", 0, "tag=1")), -EINVAL, "the option has no value");
	check_is(err(mount("none", "/mnt", "sysfs", 0, "tag")), -EINVAL, "sysfs has no tags");
}

int main(int argc, char **argv)
{
	const struct tagfs *fs;

	test_sleeper(argc, argv);
	test_begin();
	b.bcaps = ~0ULL;
	check(guest_start(&a) && guest_start(&b), "two guests run");
	FOR_EACH_TAGFS(fs)
		one(fs);
	FOR_EACH_TAGFS(fs)
		options(fs);
	cannot();
	guest_stop(&a);
	guest_stop(&b);
	return test_end();
}
