// SPDX-License-Identifier: GPL-2.0
/* vroot devices: quota of a disk for a guest that has no node of the disk. */
#include <linux/quota.h>
#include <sys/sysmacros.h>
#include <vserver/vroot.h>
#include "tagfs.h"

#define NODE	"/dev/vroot-test"	/* /tmp has no devices */
#define UID	1234

static struct guest a = { .xid = 3121, .bcaps = ~0ULL, .ccaps = VXC_QUOTA_CTL };
static struct guest b = { .xid = 3122 };

static long quota(int cmd, struct if_dqblk *block)
{
	return err(syscall(SYS_quotactl, QCMD(cmd, USRQUOTA), NODE, UID, block));
}

static void with_leave(void *arg)
{
	struct if_dqblk block = { .dqb_bhardlimit = 5000, .dqb_valid = QIF_BLIMITS };

	check_is(quota(Q_SETQUOTA, &block), 0, "a guest with quota_ctl sets the quota of a user");
	memset(&block, 0, sizeof(block));
	check_is(quota(Q_GETQUOTA, &block), 0, "and reads it");
	check_is(block.dqb_bhardlimit, 5000, "as it was set");
}

static void without(void *arg)
{
	struct if_dqblk block = { 0 };

	check_is(quota(Q_GETQUOTA, &block), -EPERM, "a guest without does not");
	check_is(err(open(NODE, O_RDONLY)), -EPERM, "nor does it open the node");
}

static void unbound(void *arg)
{
	struct if_dqblk block = { 0 };

	check_is(quota(Q_GETQUOTA, &block), -ENODEV, "there is no quota any more");
}

static void bind_in_guest(void *arg)
{
	int *fds = arg;

	check_is(err(ioctl(fds[0], VROOT_CLR_DEV, 0)), -EPERM, "a guest frees no device");
	check_is(err(ioctl(fds[0], VROOT_SET_DEV, fds[1])), -EPERM, "nor does it bind one");
}

static void bindings(const char *disk)
{
	int fds[] = { open(NODE, O_RDONLY), open(disk, O_RDONLY) };
	int other, null = open("/dev/null", O_RDONLY);
	char byte;

	check(fds[0] >= 0 && fds[1] >= 0, "vroot device and disk");
	check_is(err(read(fds[0], &byte, 1)), 0, "it holds nothing");
	check_is(err(ioctl(fds[0], VROOT_CLR_DEV, 0)), -ENXIO, "it is not bound");
	check_is(err(ioctl(fds[0], VROOT_SET_DEV, -1)), -EBADF, "to no descriptor");
	check_is(err(ioctl(fds[0], VROOT_SET_DEV, null)), -EINVAL, "to no disk");
	check_is(err(ioctl(fds[0], VROOT_SET_DEV, fds[0])), -EINVAL, "nor to itself");
	check_is(err(ioctl(fds[0], 0x5602, 0)), -EINVAL, "another ioctl");
	check_is(err(ioctl(fds[0], VROOT_SET_DEV, fds[1])), 0, "to a disk");
	check_is(err(ioctl(fds[0], VROOT_SET_DEV, fds[1])), -EBUSY, "once");
	in_guest(&a, bind_in_guest, fds);
	in_guest(&a, with_leave, NULL);
	in_guest(&b, without, NULL);
	other = open(NODE, O_RDONLY);
	check_is(err(ioctl(fds[0], VROOT_CLR_DEV, 0)), -EBUSY, "not free while open elsewhere");
	close(other);
	check_is(err(ioctl(fds[0], VROOT_CLR_DEV, 0)), 0, "free");
	in_guest(&a, unbound, NULL);
	close(fds[0]);
	close(fds[1]);
	close(null);
}

int main(int argc, char **argv)
{
	static const struct tagfs fs = {
		"ext4", "mke2fs -q -F -t ext4 -O quota", "ext4", "rw", "e2fsck -f -n",
	};
	char disk[64] = "";

	test_sleeper(argc, argv);
	test_begin();
	umask(0);
	check(guest_start(&a) && guest_start(&b), "two guests run");
	check_is(err(mknod(NODE, S_IFBLK | 0666, makedev(4, 0))), 0, "a node");
	if (tagfs_up(&fs)) {
		run("findmnt -no SOURCE " MNT " > /tmp/vroot-disk");
		read_file("/tmp/vroot-disk", disk, sizeof(disk));
		*strchrnul(disk, '\n') = '\0';
		bindings(disk);
		tagfs_down(&fs);
	}
	unlink(NODE);
	unlink("/tmp/vroot-disk");
	guest_stop(&a);
	guest_stop(&b);
	return test_end();
}
