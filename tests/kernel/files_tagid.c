// SPDX-License-Identifier: GPL-2.0
/*
 * The mount option tagid=N: all that is on a file system belongs to one tag, whoever made it and whatever kind of file
 * system it is, and nothing of that is stored.
 */
#include <sys/sysmacros.h>
#include "tagfs.h"

#define TAG	100

static struct guest a = { .xid = 3131 };
static struct guest b = { .xid = 3132, .bcaps = ~0ULL, .ccaps = VXC_SECURE_MOUNT | VXC_BINARY_MOUNT };

/* Those that can keep tags do not here; the others cannot at all. */
static const struct tagfs kinds[] = {
	{ "ext4", "mke2fs -q -F -t ext4 -O project", "ext4", "tagid=100", "e2fsck -f -n" },
	{ "ext4 without projects", "mke2fs -q -F -t ext4", "ext4", "tagid=100", "e2fsck -f -n" },
	{ "xfs", "mkfs.xfs -q -f", "xfs", "tagid=100", "xfs_repair -n" },
	{ "f2fs", "mkfs.f2fs -q -f -O extra_attr,project_quota", "f2fs", "tagid=100", "fsck.f2fs --dry-run" },
	{ "btrfs", "mkfs.btrfs -q -f", "btrfs", "tagid=100", "btrfs check --readonly" },
	{ "tmpfs", NULL, "tmpfs", "size=300m,tagid=100,mode=1777" },
};

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

static void make(const struct tagfs *fs)
{
	umask(0);
	check_is(err(close(open(MNT "/file", O_CREAT | O_RDWR, 0666))), 0, "a file");
	check_is(err(mkdir(MNT "/dir", 0777)), 0, "a directory");
	check_is(err(symlink("file", MNT "/link")), 0, "a symbolic link");
	check_is(err(mkfifo(MNT "/fifo", 0666)), 0, "a pipe");
	check_is(err(mknod(MNT "/node", S_IFCHR | 0666, makedev(1, 3))), 0, "a device");
}

static void all_are(const struct tagfs *fs, const char *when)
{
	static const char *const names[] = { "", "/file", "/dir", "/link", "/fifo", "/node", "/before" };
	char path[64];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]) - !fs->mkfs; i++) {
		snprintf(path, sizeof(path), MNT "%s", names[i]);
		check(tag_of(path) == TAG, "%s: %s: %s belongs to the tag: %ld", fs->name, when, path, tag_of(path));
	}
}

static void stranger(const struct tagfs *fs)
{
	struct stat st;

	check_is(err(open(MNT, O_RDONLY | O_DIRECTORY)), -EACCES, "a stranger may not list");
	check_is(err(stat(MNT "/file", &st)), -EACCES, "nor search");
	check_is(err(mkdir(MNT "/new", 0777)), -EACCES, "nor make something");
	check_is(err(chdir(MNT)), -EACCES, "nor go in");
	check_is(err(chmod(MNT, 0700)), -EACCES, "nor change the mode");
}

static void passes(const struct tagfs *fs)
{
	int fd = open(MNT "/file", O_RDWR);

	check(fd >= 0 && write(fd, "x", 1) == 1, "its tag, host and spectator may write");
	close(fd);
	check_is(err(close(open(MNT "/own", O_CREAT | O_RDWR, 0666))), 0, "and make files");
	check_is(err(unlink(MNT "/own")), 0, "and remove them");
}

static void no_change(const struct tagfs *fs)
{
	check_is(set_tag(MNT "/file", 200), -EINVAL, "the tag of a file cannot be changed");
	check_is(set_tag(MNT "/file", 0), -EINVAL, "nor taken away");
	check_is(set_tag(MNT "/file", TAG), 0, "what it is can be said");
	check_is(tag_of(MNT "/file"), TAG, "it stays");
}

static void in_the_guest(const struct tagfs *fs)
{
	passes(fs);
	check_is(err(close(open(MNT "/guest", O_CREAT | O_RDWR, 0666))), 0, "a guest makes a file");
	check_is(err(mount("none", "/mnt", "tmpfs", 0, "tagid=200")), -EPERM, "gives no file system to a tag");
	check_is(err(mount("none", MNT, "none", MS_REMOUNT, "tagid=200")), -EPERM, "nor this one to another");
}

/* A remount and a second mount must not say otherwise. */
static void again(const struct tagfs *fs)
{
	char option[32];

	check_is(err(mount("none", MNT, NULL, MS_REMOUNT, "tagid=200")), -EINVAL, "another tag by a remount");
	check_is(err(mount("none", MNT, NULL, MS_REMOUNT, "tagid=100")), 0, "the same");
	check_is(err(mount("none", MNT, NULL, MS_REMOUNT, "")), 0, "none: as it is");
	check(mount_shows(",tagid=100"), "%s: the mount says so", fs->name);
	if (!fs->mkfs)
		return;
	for (int i = 0; i < 3; i++) {
		strcpy(option, i == 0 ? "tagid=200" : i == 1 ? "tagid=100" : "rw");
		check(!run("mount -t %s -o %s $(findmnt -no SOURCE " MNT ") /mnt", fs->type, option) == !!i,
		      "%s: a second mount with %s", fs->name, option);
		if (i)
			check_is(tag_of("/mnt/file"), TAG, "has the same tag");
		run("umount /mnt");
	}
}

/* Where space is counted it can be limited, as any tag's. */
static void limit(const struct tagfs *fs)
{
	struct vcmd_ctx_dlimit_base_v0 add = { .name = MNT };
	struct vcmd_ctx_dlimit_v0 set = { MNT, 0, 4096, 0, 100, 0, 0 };
	static char buf[65536];
	long ret, n = 0, size = 0;
	int fd;

	check_is(vs(VCMD_add_dlimit, 200, &add), -EINVAL, "a limit of another tag is none");
	ret = vs(VCMD_add_dlimit, TAG, &add);
	if (!strcmp(fs->type, "xfs") || !strcmp(fs->type, "btrfs")) {
		check_is(ret, -EOPNOTSUPP, "no limit where nothing is counted");
		return;
	}
	check_is(ret, 0, "a limit");
	check_is(vs(VCMD_set_dlimit, TAG, &set), 0, "of 4 MiB");
	fd = open(MNT "/big", O_CREAT | O_WRONLY, 0666);
	while (n < 200 && write(fd, buf, sizeof(buf)) == sizeof(buf) && !fsync(fd))
		n++;
	size = n * sizeof(buf);
	check(size > 3 << 20 && size <= 4 << 20, "%s: the host fills it, too: %ld bytes", fs->name, size);
	close(fd);
	check_is(err(unlink(MNT "/big")), 0, "away with it");
	check_is(vs(VCMD_rem_dlimit, TAG, &add), 0, "and with the limit");
}

static void one(const struct tagfs *fs)
{
	/* Something that was there before. */
	if (!tagfs_make(fs))
		return;
	if (fs->mkfs && check(tagfs_mount_as(fs, "rw"), "%s: without the option", fs->name)) {
		check_is(err(close(open(MNT "/before", O_CREAT | O_RDWR, 0666))), 0, "a file");
		chmod(MNT, 0777);
		check(!mount_shows("tagid"), "the mount says nothing");
		check_is(err(mount("none", MNT, NULL, MS_REMOUNT, "tagid=100")), -EINVAL, "a remount is too late");
		check(run("mount -t %s -o tagid=100 $(findmnt -no SOURCE " MNT ") /mnt", fs->type),
		      "so is a second mount");
		check(!run("umount " MNT), "unmounted");
	}
	if (!check(tagfs_mount_as(fs, fs->options), "%s: mounted with the option", fs->name))
		return;
	check(mount_shows(",tagid=100"), "the mount says so");
	as_tag(0, make, fs);
	all_are(fs, "made by the host");
	as_tag(TAG, passes, fs);
	as_tag(0, passes, fs);
	as_tag(1, passes, fs);
	as_tag(200, stranger, fs);
	as_tag(0, no_change, fs);
	as_guest(&a, TAG, in_the_guest, fs);
	as_guest(&b, TAG, in_the_guest, fs);
	check_is(tag_of(MNT "/guest"), TAG, "which belongs to the tag");
	as_guest(&a, 200, stranger, fs);
	again(fs);
	limit(fs);
	check(!run("umount " MNT), "unmounted");
	if (!fs->mkfs)
		return;
	check(tagfs_mount_as(fs, fs->options), "%s: mounted again", fs->name);
	all_are(fs, "after a new mount");
	check(!run("umount " MNT) && tagfs_mount_as(fs, "tagid=200"), "and for another tag");
	as_tag(TAG, stranger, fs);
	check_is(tag_of(MNT "/before"), 200, "all is the other's");
	check(!run("umount " MNT) && tagfs_mount_as(fs, "rw"), "%s: and without", fs->name);
	check_is(tag_of(MNT "/before"), -ENODATA, "nothing was stored");
	tagfs_down(fs);
}

/* The calls that newer mount(8) makes. */
static void by_new_calls(void)
{
	long ctx = syscall(SYS_fsopen, "tmpfs", 0), mnt;

	check_is(err(syscall(SYS_fsconfig, ctx, FSCONFIG_SET_FLAG, "tagid", NULL, 0)), -EINVAL, "it needs a number");
	check_is(err(syscall(SYS_fsconfig, ctx, FSCONFIG_SET_STRING, "tagid", "0", 0)), -EINVAL, "not the host's");
	check_is(err(syscall(SYS_fsconfig, ctx, FSCONFIG_SET_STRING, "tagid", "1", 0)), -EINVAL, "nor the spectator's");
	check_is(err(syscall(SYS_fsconfig, ctx, FSCONFIG_SET_STRING, "tagid", "65536", 0)), -EINVAL, "of 16 bits");
	check_is(err(syscall(SYS_fsconfig, ctx, FSCONFIG_SET_STRING, "tagid", "1x", 0)), -EINVAL, "and nothing else");
	check_is(err(syscall(SYS_fsconfig, ctx, FSCONFIG_SET_STRING, "tagid", "65535", 0)), 0, "the option");
	check_is(err(syscall(SYS_fsconfig, ctx, FSCONFIG_CMD_CREATE, NULL, NULL, 0)), 0, "makes one");
	mnt = syscall(SYS_fsmount, ctx, 0, 0);
	check_is(err(syscall(SYS_move_mount, mnt, "", AT_FDCWD, MNT, MOVE_MOUNT_F_EMPTY_PATH)), 0, "mounted");
	close(mnt);
	close(ctx);
	check(mount_shows(",tagid=65535") && tag_of(MNT) == 65535, "with that tag");
	check(!run("umount " MNT), "unmounted");
}

static void mistakes(void)
{
	static const char *const wrong[] = {
		"tagid", "tagid=", "tagid=0", "tagid=1", "tagid=65536", "tagid=99999999999", "tagid=-2", "tagid=2x",
		"tag,tagid=100", "tagid=100,tag",
	};
	const struct tagfs *fs;
	char line[64];

	for (fs = kinds; fs < kinds + sizeof(kinds) / sizeof(kinds[0]); fs++) {
		/* One that parses by itself, one that does not, one that cannot keep tags. */
		if (strcmp(fs->name, "f2fs") && strcmp(fs->name, "tmpfs") && strcmp(fs->name, "btrfs"))
			continue;
		if (!tagfs_make(fs))
			continue;
		for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
			check(!tagfs_mount_as(fs, wrong[i]), "%s: not mounted with %s", fs->name, wrong[i]);
		snprintf(line, sizeof(line), "tagid=300,%s,tagid=100", fs->mkfs ? "noatime" : "size=9m");
		check(tagfs_mount_as(fs, line) && mount_shows(",tagid=100"), "%s: the last counts", fs->name);
		run("umount " MNT);
	}
	check_is(err(mount("none", "/mnt", "sysfs", 0, "tagid=100")), -EINVAL, "a file system that is there already");
	unlink(IMAGE);
}

int main(int argc, char **argv)
{
	const struct tagfs *fs;

	test_sleeper(argc, argv);
	test_begin();
	check(guest_start(&a) && guest_start(&b), "two guests run");
	for (fs = kinds; fs < kinds + sizeof(kinds) / sizeof(kinds[0]); fs++)
		one(fs);
	by_new_calls();
	mistakes();
	guest_stop(&a);
	guest_stop(&b);
	return test_end();
}
