// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/virtual and /proc/virtnet: a directory for each context the reader may
 * see, with files about it.
 *
 * Nothing is made when a context is: a directory is looked up by number in the
 * table of contexts, and checked again each time its name is used.
 */
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/vserver/context.h>
#include <linux/vserver/fs.h>
#include <linux/vserver/proc.h>
#include <linux/vserver/procfs.h>
#include <linux/vserver/switch.h>
#include "internal.h"

static const struct vs_proc_root *const vs_roots[] = { &vs_proc_virtual, &vs_proc_virtnet };

/*
 * An inode of ours has no pid and no proc entry; the word for a descriptor
 * number holds which object it belongs to.
 */
#define KEY(root_nr, id)	((root_nr) << 24 | (id))
#define KEY_ROOT(inode)		vs_roots[PROC_I(inode)->fd >> 24]
#define KEY_ID(inode)		(PROC_I(inode)->fd & 0xffffff)

/**
 * vs_proc_own - does an inode of procfs belong to a process the caller may see?
 * @inode: the inode
 *
 * Context: any; may run in RCU path walk.
 */
bool vs_proc_own(const struct inode *inode)
{
	struct task_struct *task;
	bool ret = false;

	rcu_read_lock();
	task = pid_task(READ_ONCE(PROC_I(inode)->pid), PIDTYPE_PID);
	if (task)
		ret = vs_task_own(task);
	rcu_read_unlock();
	return ret;
}

/**
 * vs_proc_setting - is an inode of procfs a setting below /proc/sys?
 * @inode: the inode
 */
bool vs_proc_setting(const struct inode *inode)
{
	return inode->i_sb->s_magic == PROC_SUPER_MAGIC && PROC_I(inode)->sysctl;
}

static bool vs_alive(const struct vs_proc_root *root, u32 id)
{
	bool ret;

	rcu_read_lock();
	ret = xa_load(&root->class->ids, id);
	rcu_read_unlock();
	return ret;
}

/* @file is null for a directory. */
static bool vs_file_seen(const struct vs_proc_file *file)
{
	return !file || !file->host || !vx_guest(current_real_vx());
}

static int vs_dir_revalidate(struct dentry *dentry, unsigned int flags)
{
	const struct inode *inode;
	int ret = 0;

	rcu_read_lock();
	inode = d_inode_rcu(dentry);
	if (inode && vs_alive(KEY_ROOT(inode), KEY_ID(inode)))
		ret = KEY_ROOT(inode)->sees(KEY_ID(inode)) && vs_file_seen(inode->i_private) ?
		      1 : -ENOENT;
	rcu_read_unlock();
	return ret;
}

static const struct dentry_operations vs_dir_dentry_ops = {
	.d_revalidate	= vs_dir_revalidate,
	.d_delete	= always_delete_dentry,
};

static struct dentry *vs_instantiate(struct inode *dir, struct dentry *dentry, umode_t mode,
				     u32 key, void *private,
				     const struct inode_operations *iop,
				     const struct file_operations *fop)
{
	struct inode *inode = new_inode(dir->i_sb);

	if (!inode)
		return ERR_PTR(-ENOMEM);
	inode->i_ino = get_next_ino();
	inode->i_mode = mode;
	inode->i_mtime = inode->i_atime = inode->i_ctime = current_time(inode);
	if (S_ISDIR(mode))
		set_nlink(inode, 2);
	if (iop)
		inode->i_op = iop;
	inode->i_fop = fop;
	inode->i_private = private;
	inode->i_flags |= S_IMMUTABLE;
	PROC_I(inode)->fd = key;
	d_set_d_op(dentry, &vs_dir_dentry_ops);
	return d_splice_alias(inode, dentry);
}

/* The files of one context. */

static int vs_file_show(struct seq_file *m, void *v)
{
	struct inode *inode = m->private;
	const struct vs_proc_file *file = inode->i_private;
	struct vs_object *obj;

	if (!KEY_ROOT(inode)->sees(KEY_ID(inode)) || !vs_file_seen(file))
		return -EACCES;
	obj = vs_object_find(KEY_ROOT(inode)->class, KEY_ID(inode));
	if (!obj)
		return -ESRCH;
	file->show(m, obj);
	vs_object_put(obj);
	return 0;
}

static int vs_file_open(struct inode *inode, struct file *file)
{
	return single_open(file, vs_file_show, inode);
}

static const struct file_operations vs_file_ops = {
	.open		= vs_file_open,
	.read_iter	= seq_read_iter,
	.llseek		= seq_lseek,
	.release	= single_release,
};

static struct dentry *vs_dir_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	const struct vs_proc_file *file;

	if (!vs_alive(KEY_ROOT(dir), KEY_ID(dir)) || !KEY_ROOT(dir)->sees(KEY_ID(dir)))
		return ERR_PTR(-ENOENT);
	for (file = KEY_ROOT(dir)->files; file->name; file++)
		if (vs_file_seen(file) && dentry->d_name.len == strlen(file->name) &&
		    !memcmp(dentry->d_name.name, file->name, dentry->d_name.len))
			return vs_instantiate(dir, dentry, S_IFREG | (file->host ? 0400 : 0444),
					      PROC_I(dir)->fd, (void *)file, NULL, &vs_file_ops);
	return ERR_PTR(-ENOENT);
}

static int vs_dir_iterate(struct file *file, struct dir_context *ctx)
{
	struct inode *dir = file_inode(file);
	const struct vs_proc_file *entry;
	loff_t nr = 2;

	if (!dir_emit_dots(file, ctx))
		return 0;
	for (entry = KEY_ROOT(dir)->files; entry->name; entry++, nr++) {
		if (nr < ctx->pos || !vs_file_seen(entry))
			continue;
		if (!dir_emit(ctx, entry->name, strlen(entry->name), nr, DT_REG))
			return 0;
		ctx->pos = nr + 1;
	}
	return 0;
}

static const struct inode_operations vs_dir_inode_ops = {
	.lookup		= vs_dir_lookup,
};

static const struct file_operations vs_dir_ops = {
	.read		= generic_read_dir,
	.iterate_shared	= vs_dir_iterate,
	.llseek		= generic_file_llseek,
};

/* The directory above: two files, then the contexts by number. */

static int vs_info_show(struct seq_file *m, void *v)
{
	seq_printf(m, "VCIVersion:\t%04x:%04x\n", VS_API_VERSION >> 16, VS_API_VERSION & 0xffff);
	seq_printf(m, "VCISyscall:\t%d\n", __NR_vserver);
	seq_printf(m, "VCIKernel:\t%08x\n", vs_vci());
	return 0;
}

static int vs_status_show(struct seq_file *m, void *v)
{
	const struct vs_proc_root *root = m->private;

	seq_printf(m, "#CTotal:\t%d\n", atomic_read(&root->class->total));
	seq_printf(m, "#CActive:\t%d\n", atomic_read(&root->class->active));
	if (root->status)
		root->status(m);
	return 0;
}

/* Plain decimal without leading zeroes, 2 and up. */
static bool name_to_id(const struct qstr *name, u32 *id)
{
	unsigned int nr = name_to_int(name);

	if (nr < VS_ID_MIN || nr > VS_ID_MAX)
		return false;
	*id = nr;
	return true;
}

static unsigned int root_nr(const struct vs_proc_root *root)
{
	return root == vs_roots[1];
}

static struct dentry *vs_root_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	const struct vs_proc_root *root = pde_data(dir);
	u32 id;

	if (!name_to_id(&dentry->d_name, &id))
		return proc_lookup(dir, dentry, flags);
	if (!root->sees(id) || !vs_alive(root, id))
		return ERR_PTR(-ENOENT);
	return vs_instantiate(dir, dentry, S_IFDIR | 0555, KEY(root_nr(root), id), NULL,
			      &vs_dir_inode_ops, &vs_dir_ops);
}

/* Positions from here on are numbers of contexts. */
#define ID_OFFSET	1024

static int vs_root_iterate(struct file *file, struct dir_context *ctx)
{
	const struct vs_proc_root *root = pde_data(file_inode(file));
	struct vs_object *obj;
	unsigned long id;
	char name[12];
	int ret, len;

	if (ctx->pos < ID_OFFSET) {
		ret = proc_readdir(file, ctx);
		/* Zero also when the reader's buffer is full. */
		if (ret <= 0 && ctx->pos < 4)
			return ret;
		ctx->pos = ID_OFFSET;
	}
	for (id = ctx->pos - ID_OFFSET; ; id++) {
		rcu_read_lock();
		obj = xa_find(&root->class->ids, &id, VS_ID_MAX, XA_PRESENT);
		rcu_read_unlock();
		if (!obj)
			return 0;
		ctx->pos = ID_OFFSET + id;
		if (root->sees(id)) {
			len = snprintf(name, sizeof(name), "%lu", id);
			if (!dir_emit(ctx, name, len, ID_OFFSET + id, DT_DIR))
				return 0;
		}
		ctx->pos++;
	}
}

static int vs_root_getattr(struct user_namespace *mnt_userns, const struct path *path,
			   struct kstat *stat, u32 mask, unsigned int flags)
{
	struct inode *inode = d_inode(path->dentry);
	const struct vs_proc_root *root = pde_data(inode);

	generic_fillattr(&init_user_ns, inode, stat);
	if (root->sees(VS_ID_WATCH))
		stat->nlink = 2 + atomic_read(&root->class->active);
	return 0;
}

static const struct inode_operations vs_root_inode_ops = {
	.lookup		= vs_root_lookup,
	.getattr	= vs_root_getattr,
};

static const struct file_operations vs_root_ops = {
	.read		= generic_read_dir,
	.iterate_shared	= vs_root_iterate,
	.llseek		= generic_file_llseek,
};

/**
 * vs_proc_init - make the two directories
 */
void __init vs_proc_init(void)
{
	struct proc_dir_entry *dir;
	int i;

	for (i = 0; i < ARRAY_SIZE(vs_roots); i++) {
		dir = proc_mkdir_data(vs_roots[i]->name, 0555, NULL, (void *)vs_roots[i]);
		if (!dir)
			return;
		/* Nobody can look yet. */
		dir->proc_iops = &vs_root_inode_ops;
		dir->proc_dir_ops = &vs_root_ops;
		proc_create_single_data("info", 0444, dir, vs_info_show, NULL);
		proc_create_single_data("status", 0444, dir, vs_status_show,
					(void *)vs_roots[i]);
	}
}
