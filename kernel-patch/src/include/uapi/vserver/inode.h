/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef _UAPI_VSERVER_INODE_H
#define _UAPI_VSERVER_INODE_H

#include <linux/types.h>
#include <vserver/command.h>

/*
 * Attributes of files. The file is given by path, of which a last symbolic
 * link is not followed, or by a descriptor in @id.
 *
 * A "get" fills @flags with what is set, VS_IATTR_TAG always among it, and
 * @mask with what this file can have; @tag is written only where files have
 * tags. A "set" changes the bits in @mask and needs CAP_LINUX_IMMUTABLE.
 *
 * Files of /proc that are not a task's have the first three bits. They are
 * kept by name, for all mounts of /proc and all namespaces, until the next
 * boot: VS_IATTR_HIDE takes the file, and all below a directory, from the
 * guests; of those who are left, the host finds it with VS_IATTR_ADMIN and
 * the spectator with VS_IATTR_WATCH. Without VS_IATTR_HIDE all find it.
 *
 * Files of ext4, XFS (version 5), btrfs and tmpfs have the others, and they last
 * as the file does. VS_IATTR_IMMUTABLE alone: the file cannot be changed, moved
 * or linked; VS_IATTR_IXUNLINK alone: not moved or linked; both: a unified file,
 * which can be unlinked, moved and linked, and which a change gives a copy of
 * its own. No context passes a directory with VS_IATTR_BARRIER.
 * VS_IATTR_BARRIER is ignored on other files, and VS_IATTR_COW always: two bits
 * say it already. On other file systems @mask is 0.
 *
 * ENOTTY	this file has no attributes of ours;
 * EINVAL	one of the bits is not for this kind of file, or a tag is set
 *		where files have none;
 * EOPNOTSUPP	a bit for other kinds of files is to be set, or a bit would
 *		change on a file system that cannot keep it;
 * EPERM	(set) not the host, or without CAP_LINUX_IMMUTABLE;
 * ETXTBSY	(set) the file would be unified and is open for writing;
 * EROFS	(set) on what is mounted for reading only;
 * EBADF	bad descriptor; ENOMEM; and what looking up the path gives.
 */
#define VCMD_get_iattr		VS_CMD(VS_CAT_INODE, 1, 1)
#define VCMD_set_iattr		VS_CMD(VS_CAT_INODE, 2, 1)
#define VCMD_fget_iattr		VS_CMD(VS_CAT_INODE, 3, 0)
#define VCMD_fset_iattr		VS_CMD(VS_CAT_INODE, 4, 0)

struct vcmd_ctx_iattr_v1 {
#ifdef __KERNEL__
	const char __user *name;
#else
	const char *name;
#endif
	__u32	tag;
	__u32	flags;
	__u32	mask;
};

struct vcmd_ctx_fiattr_v0 {
	__u32	tag;
	__u32	flags;
	__u32	mask;
};

#define VS_IATTR_ADMIN		0x00000001
#define VS_IATTR_WATCH		0x00000002
#define VS_IATTR_HIDE		0x00000004
#define VS_IATTR_WRITE		0x00000008	/* of older kernels; ignored */
#define VS_IATTR_BARRIER	0x00010000
#define VS_IATTR_IXUNLINK	0x00020000
#define VS_IATTR_IMMUTABLE	0x00040000
#define VS_IATTR_COW		0x00080000
#define VS_IATTR_TAG		0x01000000

/*
 * The two in the words of FS_IOC_GETFLAGS and FS_IOC_SETFLAGS, and in the inodes
 * of ext4. A word to set that has not got them leaves them as they are; only
 * FS_IXUNLINK_FL can be set so, by the host with CAP_LINUX_IMMUTABLE.
 */
#define FS_BARRIER_FL		0x04000000
#define FS_IXUNLINK_FL		0x08000000

/*
 * Exchanges two names, if the first of them still leads to a given file: the
 * file of the name @name in the directory @id and that of @newname in the
 * directory @newdir change places when the first is the file that @fd is open
 * on. Both names are single ones, neither may be a directory's. As with
 * renameat2(RENAME_EXCHANGE) each name leads to one of the two at any time, and
 * nobody finds anything else; a caller that has prepared @newname replaces a file
 * that it has looked at and no other.
 *
 * ESTALE	@name is another file by now;
 * ENOENT	one of the names is not there;
 * EISDIR	one of them is a directory;
 * ENOTDIR	@id or @newdir is not one;
 * EXDEV	they are not on one mount;
 * EAGAIN	an NFS client holds one of the files;
 * EBADF	bad descriptor; EROFS; EPERM, not the host; EACCES, also for a name
 *		with a slash; and what renameat2() gives.
 */
#define VCMD_swap_name		VS_CMD(VS_CAT_INODE, 16, 0)

struct vcmd_swap_name_v0 {
	__aligned_u64	name;		/* pointers to strings */
	__aligned_u64	newname;
	__s32		newdir;
	__s32		fd;
};

#define VS_IATTR_PROC		(VS_IATTR_ADMIN | VS_IATTR_WATCH | VS_IATTR_HIDE)

#endif /* _UAPI_VSERVER_INODE_H */
