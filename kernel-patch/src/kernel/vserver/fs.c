// SPDX-License-Identifier: GPL-2.0
/*
 * File systems that are windows into the kernel. A guest's root is uid 0 and
 * owns their files, so no capability stands between it and, say, sysrq-trigger
 * or a module parameter: writing is refused here, at the one place that every
 * way of opening for write passes.
 */
#include <linux/export.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/vserver/context.h>
#include <linux/vserver/fs.h>
#include <linux/vserver/refuse.h>

/* Private to their file systems. */
#define CONFIGFS_MAGIC	0x62656570
#define FUSE_CTL_MAGIC	0x65735543
#define NFSD_MAGIC	0x6e667364
#define RPC_PIPE_MAGIC	0x67596969

/**
 * vs_control_fs - is a file system the kernel's and nothing for a guest?
 * @sb: the superblock
 *
 * These control or show the insides of the one kernel that all share. They are
 * not made for a guest; a bind mount could bring them there by mistake.
 */
bool vs_control_fs(const struct super_block *sb)
{
	switch (sb->s_magic) {
	case DEBUGFS_MAGIC:
	case TRACEFS_MAGIC:
	case SECURITYFS_MAGIC:
	case PSTOREFS_MAGIC:
	case EFIVARFS_MAGIC:
	case BPF_FS_MAGIC:
	case CONFIGFS_MAGIC:
	case RDTGROUP_SUPER_MAGIC:
	case BINDERFS_SUPER_MAGIC:
	case FUSE_CTL_MAGIC:
	case NFSD_MAGIC:
	case RPC_PIPE_MAGIC:
		return true;
	}
	return false;
}

/**
 * vs_kernel_fs - is an inode a window into the kernel?
 * @inode: the inode
 *
 * Files of a process that the caller may see are not, they are its own.
 */
bool vs_kernel_fs(const struct inode *inode)
{
	switch (inode->i_sb->s_magic) {
	case PROC_SUPER_MAGIC:
		return !vs_proc_own(inode);
	case SYSFS_MAGIC:
	case BINFMTFS_MAGIC:
	case CGROUP_SUPER_MAGIC:
	case CGROUP2_SUPER_MAGIC:
	case SELINUX_MAGIC:
	case SMACK_MAGIC:
	case AAFS_MAGIC:
		return true;
	}
	return vs_control_fs(inode->i_sb);
}

/* May run in RCU path walk. The settings below /proc/sys are asked one by one. */
bool __vs_deny_write(const struct inode *inode)
{
	return vx_confined(current_vx()) && vs_kernel_fs(inode) && !vs_proc_setting(inode) &&
	       vs_refuse_inode(VS_REFUSED_WRITE, inode, -EACCES);
}

/*
 * The mark between the guests and the tree that holds them. May run in RCU path
 * walk. The credentials decide: what an overlay reads below itself, it reads
 * for the host that mounted it.
 */
bool __vs_barred(const struct inode *inode)
{
	return vx_confined(current_vx()) &&
	       vs_refuse_inode(VS_REFUSED_BARRIER, inode, -EACCES);
}

/* A file handle names an inode wherever it is. */
bool __vs_deny_handle(void)
{
	const struct vx_info *vx = current_vx();

	return vx_confined(vx) && vs_refuse(vx, VS_REFUSED_HANDLE, 0, -EPERM);
}

/**
 * vs_deny_setattr - may the caller not change mode, owner or times?
 * @inode: the inode
 * @attr: what it wants to change
 *
 * Never of a file of the kernel, and in /proc not even of its own. To cut a
 * file off is writing, and is there for opening with O_TRUNC.
 */
bool vs_deny_setattr(const struct inode *inode, const struct iattr *attr)
{
	if (!vx_confined(current_vx()))
		return false;
	if (attr->ia_valid & ATTR_SIZE)
		return __vs_deny_write(inode);
	return (inode->i_sb->s_magic == PROC_SUPER_MAGIC || vs_kernel_fs(inode)) &&
	       vs_refuse_inode(VS_REFUSED_ATTRIBUTE, inode, -EPERM);
}

/* Its pid is no use: that of a flock() or an open file description outlives its task. */
bool __vs_lock_visible(const struct file_lock *fl)
{
	const struct vx_info *vx = current_real_vx();

	if (vs_unfiltered())
		return true;
	return fl->fl_file && fl->fl_file->f_cred->vx_info == vx;
}

bool __vs_hide_mounts(void)
{
	const struct vx_info *vx = current_real_vx();

	return vx_confined(vx) && vx_flag(vx, VXF_HIDE_MOUNT);
}

bool __vs_in_context(void)
{
	return vx_confined(current_real_vx());
}

bool __vs_in_guest(void)
{
	return vx_confined(current_vx());
}
EXPORT_SYMBOL_GPL(__vs_in_guest);

u32 __vs_caller_xid(void)
{
	return vx_id(current_real_vx());
}
