// SPDX-License-Identifier: GPL-2.0
/*
 * Disk limits: all files of a tag on a file system together, whatever it is
 * that needs space, and until it is really free again.
 */
#include <linux/quota.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include "dlimit.h"

static struct guest a = { .xid = 3111 };
static struct guest b = { .xid = 3112, .bcaps = ~0ULL, .ccaps = VXC_QUOTA_CTL };

static void commands(const struct tagfs *fs)
{
	struct vcmd_ctx_dlimit_v0 d;

	check_is(vs(VCMD_get_dlimit, TAG, &(struct vcmd_ctx_dlimit_v0){ .name = MNT }), -ESRCH,
		 "no limit");
	check_is(rem(MNT, TAG), -ESRCH, "none to remove");
	check_is(set(0, 1, 0, 1, 0), -ESRCH, "none to set");
	check_is(add(MNT "/nowhere", TAG), -ENOENT, "a path that is none");
	check_is(add((char *)8, TAG), -EFAULT, "a pointer that is none");
	check_is(vs(VCMD_add_dlimit, TAG, NULL), -EFAULT, "no structure");
	check_is(add(MNT, TAG), 0, "a limit");
	check_is(add(MNT, TAG), -EEXIST, "not twice");
	d = get(TAG, 0);
	check(!d.space_used && !d.space_total && !d.inodes_used && !d.inodes_total && !d.reserved,
	      "%s: it is of nothing", fs->name);
	check_is(set(0, 1, 0, 1, 101), -EINVAL, "reserved: more than 100 percent");
	check_is(set(2, 1, 0, 1, 0), -EINVAL, "more space used than there is");
	check_is(set(0, 1, 2, 1, 0), -EINVAL, "more inodes");
	check_is(set(0, 5000, 0, 70, 15), 0, "values");
	d = get(TAG, 0);
	check(d.space_total == 5000 && d.inodes_total == 70 && d.reserved == 15,
	      "%s: are kept: %u %u %u", fs->name, d.space_total, d.inodes_total, d.reserved);
	check_is(set(KEEP, KEEP, KEEP, 80, KEEP), 0, "one of them");
	d = get(TAG, 0);
	check(d.space_total == 5000 && d.inodes_total == 80 && d.reserved == 15, "is changed");
	d = get(TAG, VS_DLIM_SHIFT);
	check(d.space_total == 5000 * 1024 && d.flags == VS_DLIM_SHIFT, "in bytes");
	d = (struct vcmd_ctx_dlimit_v0){ MNT, 0, 20, KEEP, KEEP, KEEP, VS_DLIM_SHIFT | 3 << 2 };
	check_is(vs(VCMD_set_dlimit, TAG, &d), 0, "20 GiB");
	check(get(TAG, 0).space_total == 20 * MIB, "are so many KiB");
	d = get(TAG, VS_DLIM_SHIFT);
	check(d.space_total == 20 * MIB && VS_DLIM_TOTAL(d.flags) == 1, "and in the smallest unit");
	check_is(set(0, INF, 0, INF, 0), 0, "without end");
	d = get(TAG, 0);
	check(d.space_total == INF && d.inodes_total == INF, "is so, too");
	check_is(rem(MNT, TAG), 0, "away");
	check_is(rem(MNT, TAG), -ESRCH, "not twice");
}

static void in_the_guest(const struct tagfs *fs)
{
	struct vcmd_ctx_dlimit_v0 d = { .name = MNT };

	check_is(add(MNT, TAG), -EPERM, "a guest adds no limit");
	check_is(rem(MNT, TAG), -EPERM, "removes none");
	check_is(set(0, INF, 0, INF, 0), -EPERM, "sets none");
	check_is(vs(VCMD_get_dlimit, 200, &d), -EPERM, "asks for no other's");
	check_is(vs(VCMD_get_dlimit, TAG, &d), 0, "but for its own");
}

/* A guest with leave for quota, on a file system that it sees in whole. */
static void quota_of_guest(const struct tagfs *fs)
{
	struct if_dqblk block = { .dqb_bhardlimit = 0, .dqb_valid = QIF_BLIMITS };
	int fd = open(MNT, O_RDONLY);

	check_is(err(syscall(SYS_quotactl_fd, fd, QCMD(Q_SETQUOTA, PRJQUOTA), TAG, &block)), -EPERM,
		 "a guest sets no quota of its tag");
	check_is(err(syscall(SYS_quotactl_fd, fd, QCMD(Q_GETQUOTA, PRJQUOTA), 200, &block)), -EPERM,
		 "nor reads that of another");
	close(fd);
}

static void quota_of_host(void)
{
	struct if_dqblk block;
	int fd = open(MNT, O_RDONLY);

	check_is(err(syscall(SYS_quotactl_fd, fd, QCMD(Q_GETQUOTA, PRJQUOTA), TAG, &block)), 0,
		 "the host reads the quota of a tag");
	check_is(block.dqb_bhardlimit, 8 * 1024, "which is its limit");
	close(fd);
}

/* With a limit of 8 MiB and 40 inodes. */
static void fills(const struct tagfs *fs)
{
	int fd = open(MNT "/d/sparse", O_CREAT | O_RDWR, 0666), i;
	long n = fill(MNT "/d/big", 20 * MIB);
	char path[64], value[1024] = "";

	check(n > 6 * MIB && n <= 8 * MIB, "%s: it writes %ld bytes of 8 MiB", fs->name, n);
	for (i = 0; i < 16 && fill(MNT "/d/big", 4096) > 0; i++)
		;
	check_is(fill(MNT "/d/big", 64 * 1024) < 16 * 1024, 1, "and then no more");
	check_is(err(fallocate(fd, 0, 0, MIB)), -ENOSPC, "no space can be reserved");
	check_is(err(ftruncate(fd, 100 * MIB)), 0, "a hole needs none");
	check_is(err(pwrite(fd, value, 1, 50 * MIB) > 0 ? fsync(fd) : -1) < 0 ||
		 get(TAG, 0).space_used <= 8 * 1024, 1, "what is written into it does");
	close(fd);
	for (i = 0; i < 5000; i++) {
		snprintf(path, sizeof(path), MNT "/d/dir%d", i);
		if (mkdir(path, 0777))
			break;
	}
	check_is(-errno, -ENOSPC, "directories end");
	check(i < 40, "%s: after %d", fs->name, i);
}

static void other(const struct tagfs *fs)
{
	check_is(fill(MNT "/free", 10 * MIB), 10 * MIB, "another tag has room");
	check_is(err(unlink(MNT "/free")), 0, "and gives it back");
}

static void inodes(const struct tagfs *fs)
{
	char path[64];
	int i, fd = -1;

	for (i = 0; i < 100; i++) {
		snprintf(path, sizeof(path), MNT "/d/f%d", i);
		fd = open(path, O_CREAT | O_WRONLY, 0666);
		if (fd < 0)
			break;
		close(fd);
	}
	check_is(fd < 0 ? -errno : 0, -ENOSPC, "inodes end");
	check_is(err(mkdir(MNT "/d/sub", 0777)), -ENOSPC, "no directory");
	check_is(err(symlink("x", MNT "/d/sym")), -ENOSPC, "no symbolic link");
	check_is(err(mkfifo(MNT "/d/pipe", 0666)), -ENOSPC, "no pipe");
	check_is(err(open(MNT "/d", O_TMPFILE | O_RDWR, 0666)), -ENOSPC, "no file without a name");
	check_is(err(link(MNT "/d/f0", MNT "/d/hard")), 0, "a further name needs none");
	check_is(err(unlink(MNT "/d/f1")), 0, "one less");
	check(wait_until(!mkfifo(MNT "/d/pipe", 0666)), "one more");
}

/* Deleted and still open: counted until it is closed. */
static void deleted(const struct tagfs *fs)
{
	long before = space_used(), during;
	int fd;

	check_is(fill(MNT "/d/open", 2 * MIB), 2 * MIB, "two MiB");
	fd = open(MNT "/d/open", O_RDONLY);
	check_is(err(unlink(MNT "/d/open")), 0, "are deleted while open");
	during = space_used();
	check(during >= before + 2048, "%s: they count: %ld, before %ld", fs->name, during, before);
	close(fd);
	check(wait_until(space_used() <= before), "until they are closed");
}

static void sizes(const struct tagfs *fs)
{
	struct vcmd_ctx_dlimit_v0 d = get(TAG, 0);
	struct statfs st;

	check_is(err(statfs(MNT, &st)), 0, "the size of the file system");
	check((long)(st.f_blocks * st.f_bsize) == 16 * MIB, "%s: is the limit", fs->name);
	check(st.f_files == 50, "and of inodes");
	check((long)(st.f_bfree * st.f_bsize) <= 16 * MIB - (long)d.space_used * 1024, "less what is used");
	check((long)((st.f_bfree - st.f_bavail) * st.f_bsize) >= 4 * MIB - 8192, "a quarter is reserved");
	check(st.f_ffree == 50 - d.inodes_used, "and so are the inodes");
}

static void wipe(void)
{
	run("rm -rf " MNT "/d; mkdir " MNT "/d; chmod 777 " MNT "/d");
	set_tag(MNT "/d", TAG);
}

static void with_reserve(const struct tagfs *fs)
{
	long n = fill(MNT "/d/user", 20 * MIB);

	check(n > 10 * MIB && n <= 12 * MIB, "%s: has the rest of 16 MiB: %ld", fs->name, n);
}

static void moves(const struct tagfs *fs)
{
	long before = space_used(), inodes = inodes_used();

	check_is(fill(MNT "/d/of-the-host", 3 * MIB), 3 * MIB, "a file of the host");
	check(space_used() <= before + 64, "%s: is not charged", fs->name);
	check_is(set_tag(MNT "/d/of-the-host", TAG), 0, "the tag gets it");
	check(space_used() >= before + 3072 && inodes_used() == inodes + 1,
	      "and pays: %ld, before %ld", space_used(), before);
	check_is(set_tag(MNT "/d/of-the-host", 0), 0, "it gives it back");
	check(space_used() <= before + 64 && inodes_used() == inodes, "and does not");
}

/* What is used stays what it is over an unmount, where quota counts. */
static void again(const struct tagfs *fs)
{
	long used = space_used(), count = inodes_used();
	struct vcmd_ctx_dlimit_v0 d;

	check(!run("umount " MNT) && tagfs_mount_as(fs, fs->options), "%s: mounted again", fs->name);
	check_is(add(MNT, TAG), 0, "the limit has to be given again");
	d = get(TAG, 0);
	if (fs->quota)
		check(d.space_used == used && d.inodes_used == count,
		      "what is used is known: %u of %ld", d.space_used, used);
	else
		check(!d.space_used && !d.inodes_used, "what is used has to be given, too");
	check_is(set(used, 16 * 1024, count, 50, 25), 0, "it is");
	check_is(space_used(), used, "and is as before");
}

static void one(const struct tagfs *fs)
{
	if (!tagfs_up(fs))
		return;
	commands(fs);
	check_is(add(MNT, TAG), 0, "a limit");
	check_is(set(0, 8 * 1024, 0, 40, 0), 0, "of 8 MiB and 40 inodes");
	wipe();
	as_guest(&b, TAG, in_the_guest, fs);
	if (fs->quota) {
		quota_of_host();
		as_guest(&b, TAG, quota_of_guest, fs);
	}
	/* The quota of ext4 lets CAP_SYS_RESOURCE pass, which a guest has not. */
	as_guest(&a, TAG, fills, fs);
	check(space_used() <= 8 * 1024 + 64, "%s: no more is used", fs->name);
	as_tag(200, other, fs);
	wipe();
	check(wait_until(space_used() <= 64), "%s: all is free again: %ld", fs->name, space_used());
	check(wait_until(inodes_used() == 1), "but one directory");
	check_is(set(KEEP, 16 * 1024, KEEP, 12, KEEP), 0, "more space, less inodes");
	as_guest(&a, TAG, inodes, fs);
	check_is(inodes_used(), 12, "all are used");
	wipe();
	check(wait_until(inodes_used() == 1), "all but one is free");
	check_is(set(KEEP, KEEP, KEEP, 50, 25), 0, "a quarter is reserved");
	as_tag(TAG, deleted, fs);
	as_tag(TAG, sizes, fs);
	as_guest(&a, TAG, with_reserve, fs);
	wipe();
	check(wait_until(inodes_used() == 1), "all but one is free");
	moves(fs);
	if (fs->mkfs)
		again(fs);
	check_is(rem(MNT, TAG), 0, "no limit any more");
	as_tag(TAG, other, fs);
	tagfs_down(fs);
}

static void cannot(void)
{
	const struct tagfs btrfs = { "btrfs", "mkfs.btrfs -q -f", "btrfs" };
	const struct tagfs xfs = { "xfs", "mkfs.xfs -q -f", "xfs" };

	check(tagfs_make(&btrfs) && tagfs_mount_as(&btrfs, "rw"), "btrfs");
	check_is(add(MNT, TAG), -EOPNOTSUPP, "has no limits");
	run("umount " MNT);
	check(tagfs_make(&xfs) && tagfs_mount_as(&xfs, "tag"), "xfs without project quota");
	check_is(add(MNT, TAG), -EOPNOTSUPP, "has none, either");
	run("umount " MNT);
	unlink(IMAGE);
	check_is(add("/proc", TAG), -EOPNOTSUPP, "nor /proc");
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
	cannot();
	guest_stop(&a);
	guest_stop(&b);
	return test_end();
}
