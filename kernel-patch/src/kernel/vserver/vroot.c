// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/vrootN: a name for a disk that gives no access to it. quotactl(2) on
 * the node goes to the disk it is bound to, nothing can be read or written. So
 * the tools for quota work in a guest that has the context capability for it.
 */
#include <linux/blkdev.h>
#include <linux/file.h>
#include <linux/init.h>
#include <linux/kdev_t.h>
#include <linux/minmax.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/vserver/context.h>
#include <linux/vserver/vroot.h>
#include <uapi/vserver/vroot.h>

#define VROOT_MAJOR	4	/* reserved for aliases of disks */
#define VROOT_MAX	256

/* The disks, by minor number: a reference to the opened node, or NULL. */
static struct file *bound[VROOT_MAX];
static DEFINE_MUTEX(bindings);
static unsigned int max_vroot = 8;
core_param(max_vroot, max_vroot, uint, 0444);

/* EBUSY, EBADF, EINVAL it is no disk, or one of ours. */
static int vroot_set(unsigned int minor, unsigned int fd)
{
	struct file *file = fget(fd);
	int err = 0;

	if (!file)
		return -EBADF;
	if (!S_ISBLK(file_inode(file)->i_mode) || imajor(file_inode(file)) == VROOT_MAJOR)
		err = -EINVAL;
	mutex_lock(&bindings);
	if (bound[minor])
		err = -EBUSY;
	if (!err)
		bound[minor] = file;
	mutex_unlock(&bindings);
	if (err)
		fput(file);
	return err;
}

/* ENXIO, EBUSY. */
static int vroot_clear(struct block_device *bdev, unsigned int minor)
{
	struct file *old = NULL;
	int err = 0;

	mutex_lock(&bindings);
	if (!bound[minor])
		err = -ENXIO;
	else if (atomic_read(&bdev->bd_openers) > 1)
		err = -EBUSY;
	else
		swap(old, bound[minor]);
	mutex_unlock(&bindings);
	if (old)
		fput(old);
	return err;
}

/* EPERM not the host; EINVAL. */
static int vroot_ioctl(struct block_device *bdev, fmode_t mode, unsigned int cmd,
		       unsigned long arg)
{
	unsigned int minor = MINOR(bdev->bd_dev);

	if (cmd != VROOT_SET_DEV && cmd != VROOT_CLR_DEV)
		return -EINVAL;
	if (vx_guest(current_vx()) || !capable(CAP_SYS_ADMIN))
		return -EPERM;
	return cmd == VROOT_SET_DEV ? vroot_set(minor, arg) : vroot_clear(bdev, minor);
}

static void vroot_submit_bio(struct bio *bio)
{
	bio_io_error(bio);
}

static const struct block_device_operations vroot_ops = {
	.owner		= THIS_MODULE,
	.submit_bio	= vroot_submit_bio,
	.ioctl		= vroot_ioctl,
	.compat_ioctl	= vroot_ioctl,
};

/**
 * vs_vroot - the disk behind a device number
 * @dev: any device number
 *
 * Return: what a vroot device is bound to; @dev itself if it is none, or free.
 */
dev_t vs_vroot(dev_t dev)
{
	if (MAJOR(dev) != VROOT_MAJOR || MINOR(dev) >= VROOT_MAX)
		return dev;
	mutex_lock(&bindings);
	if (bound[MINOR(dev)])
		dev = file_inode(bound[MINOR(dev)])->i_rdev;
	mutex_unlock(&bindings);
	return dev;
}

static int __init vroot_add(unsigned int minor)
{
	struct gendisk *disk = blk_alloc_disk(NUMA_NO_NODE);
	int err;

	if (!disk)
		return -ENOMEM;
	disk->major = VROOT_MAJOR;
	disk->first_minor = minor;
	disk->minors = 1;
	disk->flags |= GENHD_FL_NO_PART;
	disk->fops = &vroot_ops;
	snprintf(disk->disk_name, sizeof(disk->disk_name), "vroot%u", minor);
	err = add_disk(disk);
	if (err)
		put_disk(disk);
	return err;
}

static int __init vroot_init(void)
{
	unsigned int minor;
	int err = register_blkdev(VROOT_MAJOR, "vroot");

	max_vroot = clamp(max_vroot, 1U, (unsigned int)VROOT_MAX);
	for (minor = 0; !err && minor < max_vroot; minor++)
		err = vroot_add(minor);
	if (err)
		pr_warn("vserver: no further vroot device: %d\n", err);
	return err;
}
device_initcall(vroot_init);
