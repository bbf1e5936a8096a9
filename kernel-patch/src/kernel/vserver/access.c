// SPDX-License-Identifier: GPL-2.0
/*
 * Files that are more than their bytes: devices, windows into the kernel,
 * and handles that keep acting for who made them.
 */
#include <linux/blkdev.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/fsnotify_backend.h>
#include <linux/kdev_t.h>
#include <linux/magic.h>
#include <linux/major.h>
#include <linux/miscdevice.h>
#include <linux/vserver/access.h>
#include <linux/vserver/context.h>
#include <linux/vserver/fs.h>
#include <linux/vserver/network.h>
#include <linux/vserver/refuse.h>

/*
 * The devices of a guest. A node for any other may be in its file system by
 * mistake of an administrator, from a backup or a hard link. The first ones hold
 * nothing of anybody; for the last ones the context has leave.
 */
static bool device_listed(const struct cred *cred, dev_t dev)
{
	switch (MAJOR(dev)) {
	case MEM_MAJOR:
		switch (MINOR(dev)) {
		case 3:	/* null */
		case 5:	/* zero */
		case 7:	/* full */
		case 8:	/* random */
		case 9:	/* urandom */
			return true;
		}
		return false;
	case TTYAUX_MAJOR:
		/* tty, the caller's own terminal, and ptmx; not the console. */
		return MINOR(dev) == 0 || MINOR(dev) == 2;
	case UNIX98_PTY_SLAVE_MAJOR ... UNIX98_PTY_SLAVE_MAJOR + UNIX98_PTY_MAJOR_COUNT - 1:
		return true;
	case MISC_MAJOR:
		switch (MINOR(dev)) {
		case TUN_MINOR:
			return nx_guest(cred->nx_info) &&
			       nx_ncap(cred->nx_info, NXC_TUN_CREATE);
		case LOOP_CTRL_MINOR:
			return vx_ccap(cred->vx_info, VXC_ADMIN_CLOOP);
		case MAPPER_CTRL_MINOR:
			return vx_ccap(cred->vx_info, VXC_ADMIN_MAPPER);
		}
		return false;
	}
	return false;
}

/*
 * Disks come with the leave to make them; their drivers know whose they are.
 * The name tells the driver, numbers are given out as they come.
 */
static bool disk_listed(const struct cred *cred, dev_t dev)
{
	u64 leave = vs_caps(&cred->vx_info->obj) & (VXC_ADMIN_CLOOP | VXC_ADMIN_MAPPER);
	struct block_device *bdev = leave ? blkdev_get_no_open(dev) : NULL;
	bool ret;

	if (!bdev)
		return false;
	ret = ((leave & VXC_ADMIN_CLOOP) && strstarts(bdev->bd_disk->disk_name, "loop")) ||
	      ((leave & VXC_ADMIN_MAPPER) && strstarts(bdev->bd_disk->disk_name, "dm-"));
	blkdev_put_no_open(bdev);
	return ret;
}

/* Who may make every node may open it. */
static bool device_allowed(const struct cred *cred, const struct inode *inode)
{
	if (READ_ONCE(cred->vx_info->bcaps) & BIT_ULL(CAP_MKNOD))
		return true;
	return S_ISCHR(inode->i_mode) ? device_listed(cred, inode->i_rdev) :
					disk_listed(cred, inode->i_rdev);
}

/**
 * vs_file_open - may a file be opened at all?
 * @file: the file; its credentials, those of the opener, decide
 *
 * Return: 0, -EPERM a device that is not for guests, -EACCES a control file of
 * the kernel, which is not to be read either.
 */
int vs_file_open(struct file *file)
{
	const struct cred *cred = file->f_cred;
	const struct inode *inode = file_inode(file);

	if (!vx_confined(cred->vx_info))
		return 0;
	if ((S_ISCHR(inode->i_mode) || S_ISBLK(inode->i_mode)) && !device_allowed(cred, inode))
		return vs_refuse_object(cred->vx_info, VS_REFUSED_DEVICE, 0, -EPERM, "%c%u:%u",
					S_ISCHR(inode->i_mode) ? 'c' : 'b', imajor(inode),
					iminor(inode));
	return vs_control_fs(inode->i_sb) ? vs_refuse_inode(VS_REFUSED_OPEN, inode, -EACCES) : 0;
}

/**
 * __vs_file_own - does a handle act for the caller's contexts?
 * @file: the handle
 *
 * What is done through a ring of io_uring is done as who made it, or as its
 * workers. In the hands of another context it would be a way out of one's own,
 * or into another.
 */
bool __vs_file_own(const struct file *file)
{
	const struct cred *cred = current_cred();

	return file->f_cred->vx_info == cred->vx_info && file->f_cred->nx_info == cred->nx_info;
}

/*
 * inotify and fanotify. Files may be shared with others: one file system for
 * several guests, unified files, a directory bound into two guests. A change of
 * a file is to be seen by whoever may look at it. That somebody reads or
 * executes it is not, and stays within his context.
 */
#define NOTIFY_TRACELESS \
	(FS_ACCESS | FS_OPEN | FS_OPEN_EXEC | FS_CLOSE_NOWRITE | ALL_FSNOTIFY_PERM_EVENTS)

/* The context that a new group belongs to, with a reference. */
struct vx_info *__vs_notify_get(void)
{
	return get_vx_info(current_real_vx());
}

void __vs_notify_put(struct vx_info *vx)
{
	put_vx_info(vx);
}

/**
 * __vs_notify - is an event for a group?
 * @vx: the context of the group's maker
 * @mask: the event, which the caller causes
 */
bool __vs_notify(const struct vx_info *vx, u32 mask)
{
	if (!vx_guest(vx) || vx == current_real_vx())
		return true;
	return mask & ALL_FSNOTIFY_EVENTS & ~NOTIFY_TRACELESS;
}

/*
 * A mark on a mount or a file system tells of files that the caller could not
 * open, and a permission event makes others wait for the answer.
 */
int vs_path_notify(const struct path *path, u64 mask, unsigned int obj_type)
{
	const struct vx_info *vx = current_vx();

	if (!vx_confined(vx))
		return 0;
	if (obj_type != FSNOTIFY_OBJ_TYPE_INODE || (mask & ALL_FSNOTIFY_PERM_EVENTS))
		return vs_refuse(vx, VS_REFUSED_WATCH, mask, -EPERM);
	return 0;
}
