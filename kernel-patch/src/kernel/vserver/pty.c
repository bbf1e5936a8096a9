// SPDX-License-Identifier: GPL-2.0
/*
 * Terminals in devpts. Where contexts share an instance each finds its own: a
 * terminal belongs to the context that opened its master. One that the host
 * made becomes a guest's when it is the controlling terminal of a session
 * there, as when the administrator enters, or when the host gives it away: to
 * the attributes of files the context is the terminal's tag.
 *
 * The inode keeps a number that is never used twice, 0 is the host. It needs
 * no reference and fits where devpts keeps nothing.
 */
#include <linux/capability.h>
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/major.h>
#include <linux/namei.h>
#include <linux/sched/signal.h>
#include <linux/tty.h>
#include <linux/tty_driver.h>
#include <linux/vserver/context.h>
#include <linux/vserver/iattr.h>
#include <linux/vserver/owner.h>
#include <linux/vserver/sysctl.h>
#include <uapi/linux/magic.h>
#include <uapi/vserver/inode.h>

static unsigned long pty_serial(const struct inode *inode)
{
	return (unsigned long)READ_ONCE(inode->i_private);
}

static void pty_give(struct inode *inode, struct vx_info *vx)
{
	WRITE_ONCE(inode->i_private, (void *)vx_serial(vx));
}

static bool is_terminal(const struct inode *inode)
{
	return inode && imajor(inode) == UNIX98_PTY_SLAVE_MAJOR;
}

/* May the caller see a terminal? Its directory and ptmx are for all. */
static bool pty_seen(const struct inode *inode)
{
	struct vx_info *vx = current_vx();

	if (!is_terminal(inode) || vx_serial(vx) == pty_serial(inode))
		return true;
	if (vx_guest(vx))
		return false;
	return (vx == &vx_watch || READ_ONCE(vs_host_view)) &&
	       ns_capable_noaudit(&init_user_ns, CAP_SYS_ADMIN);
}

/* An error, since 0 would throw the entry away for all. */
static int pty_revalidate(struct dentry *dentry, unsigned int flags)
{
	if (!static_branch_unlikely(&vs_active))
		return 1;
	return pty_seen(d_inode_rcu(dentry)) ? 1 : -ENOENT;
}

const struct dentry_operations vs_pty_dentry_ops = {
	.d_delete	= always_delete_dentry,
	.d_revalidate	= pty_revalidate,
};

struct pty_list {
	struct dir_context	ctx;
	struct dir_context	*orig;
	struct dentry		*dir;
};

/* dcache_readdir() holds the directory's lock and the entry, and no spinlock. */
static bool pty_emit(struct dir_context *ctx, const char *name, int len, loff_t pos, u64 ino,
		     unsigned int type)
{
	struct pty_list *list = container_of(ctx, struct pty_list, ctx);
	struct qstr qname = QSTR_INIT(name, len);
	struct dentry *dentry;
	bool seen;

	if (type == DT_CHR) {
		qname.hash = full_name_hash(list->dir, name, len);
		dentry = d_lookup(list->dir, &qname);
		seen = dentry && pty_seen(d_inode(dentry));
		dput(dentry);
		if (!seen)
			return true;
	}
	list->orig->pos = ctx->pos;
	return list->orig->actor(list->orig, name, len, pos, ino, type);
}

static int pty_readdir(struct file *file, struct dir_context *ctx)
{
	struct pty_list list = {
		.ctx	= { .actor = pty_emit, .pos = ctx->pos },
		.orig	= ctx,
		.dir	= file->f_path.dentry,
	};
	int err;

	if (!static_branch_unlikely(&vs_active))
		return dcache_readdir(file, ctx);
	err = dcache_readdir(file, &list.ctx);
	ctx->pos = list.ctx.pos;
	return err;
}

const struct file_operations vs_pty_dir_ops = {
	.open		= dcache_dir_open,
	.release	= dcache_dir_close,
	.llseek		= dcache_dir_lseek,
	.read		= generic_read_dir,
	.iterate_shared	= pty_readdir,
	.fsync		= noop_fsync,
};

void __vs_pty_new(struct inode *inode)
{
	pty_give(inode, current_vx());
}

/**
 * __vs_pty_claim - a controlling terminal that the host made becomes a guest's
 * @tty: the terminal, which the caller keeps from being freed
 *
 * Context: any; called under the caller's siglock.
 */
void __vs_pty_claim(struct tty_struct *tty)
{
	struct vx_info *vx = current_real_vx();
	struct dentry *dentry;
	struct inode *inode;

	if (!vx_guest(vx) || !(tty->driver->flags & TTY_DRIVER_DEVPTS_MEM) ||
	    tty->driver->subtype != PTY_TYPE_SLAVE)
		return;
	/* The master's last close sets the bit before it drops the entry. */
	rcu_read_lock();
	dentry = tty->driver_data;
	inode = dentry && !test_bit(TTY_OTHER_CLOSED, &tty->flags) ? d_inode_rcu(dentry) : NULL;
	if (inode && !pty_serial(inode))
		pty_give(inode, vx);
	rcu_read_unlock();
}

/**
 * vs_pty_enter - the same for a task that has entered a guest
 *
 * Only for the leader of a session: the others use a terminal that stays with
 * those who gave it to them.
 */
void vs_pty_enter(void)
{
	struct tty_struct *tty;

	if (!current->signal->leader)
		return;
	tty = get_current_tty();
	if (tty)
		__vs_pty_claim(tty);
	tty_kref_put(tty);
}

/* Its context; the host's when that has ended. */
static u32 pty_xid(const struct inode *inode)
{
	unsigned long serial = pty_serial(inode), id;
	struct vs_object *obj;
	u32 xid = VS_ID_HOST;

	rcu_read_lock();
	xa_for_each(&vx_class.ids, id, obj)
		if (vx_serial(vx_of(obj)) == serial)
			xid = id;
	rcu_read_unlock();
	return xid;
}

static bool pty_owns(const struct path *path)
{
	return path->dentry->d_sb->s_magic == DEVPTS_SUPER_MAGIC;
}

static int pty_get(const struct path *path, struct vs_iattr *attr)
{
	const struct inode *inode = d_inode(path->dentry);

	if (is_terminal(inode)) {
		attr->tag = pty_xid(inode);
		attr->mask |= VS_IATTR_TAG;
	}
	return 0;
}

/* EINVAL a bit of /proc, or no terminal; EOPNOTSUPP others; ESRCH no such context. */
static int pty_set(const struct path *path, const struct vs_iattr *attr)
{
	struct inode *inode = d_inode(path->dentry);
	struct vs_object *obj = NULL;

	if (attr->mask & VS_IATTR_PROC)
		return -EINVAL;
	if (attr->flags & attr->mask & ~(VS_IATTR_TAG | VS_IATTR_WRITE))
		return -EOPNOTSUPP;
	if (!(attr->mask & VS_IATTR_TAG))
		return 0;
	if (!is_terminal(inode))
		return -EINVAL;
	if (attr->tag != VS_ID_HOST) {
		obj = vs_object_find(&vx_class, attr->tag);
		if (!obj)
			return -ESRCH;
	}
	pty_give(inode, vx_of(obj));
	put_vx_info(vx_of(obj));
	return 0;
}

const struct vs_iattr_ops vs_iattr_pty = {
	.owns	= pty_owns,
	.get	= pty_get,
	.set	= pty_set,
};
