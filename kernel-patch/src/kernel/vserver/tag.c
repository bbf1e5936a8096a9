// SPDX-License-Identifier: GPL-2.0
/*
 * Tags of files and tasks, and the mount options tag, tagid and notagcheck.
 *
 * The tag of a file is its project id; there is no format of our own. So a file
 * system that is mounted with the option keeps its project ids for tags, all
 * ordinary tools can read them, and fsck knows them. Without the option they
 * mean nothing to us.
 *
 * With tagid=N all that is on a file system belongs to the tag N. Nothing is
 * stored, so that any kind will do, and none has to ask for it. It is a matter of
 * the superblock: a look-up knows the inode and not the mount that led to it, and
 * what is charged must not depend on the way.
 */
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/fs_parser.h>
#include <linux/mount.h>
#include <linux/quota.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/vserver/context.h>
#include <linux/vserver/dlimit.h>
#include <linux/vserver/switch.h>
#include <linux/vserver/tag.h>
#include "lsm.h"

DEFINE_STATIC_KEY_FALSE(vs_tagging);

/*
 * Host and spectator may use what belongs to anybody, and all may use what is
 * the host's. Whose credentials they are decides, not who is at work with them.
 */
bool __vs_tag_denied(const struct inode *inode)
{
	u32 own = current_cred()->vs_tag, tag;

	if (own <= VS_ID_WATCH)
		return false;
	tag = vs_tag_in(inode->i_sb, READ_ONCE(inode->i_tag));
	return tag && tag != own && !(inode->i_sb->s_iflags & SB_I_NOTAGCHECK);
}

/**
 * __vs_tag_change - give an inode to another tag
 * @inode: an inode of a tagged file system; what it takes is charged anew
 * @tag: the tag, which the file system has noted
 */
void __vs_tag_change(struct inode *inode, u32 tag)
{
	if (static_branch_unlikely(&vs_limiting))
		__vs_dlimit_move(inode, tag);
	else
		WRITE_ONCE(inode->i_tag, tag);
}

/**
 * vs_tag_set - set the tag of a file
 * @path: the file, on a tagged file system
 * @tag: the tag
 *
 * Return: 0, -EPERM it is immutable, or an error of the file system.
 */
int vs_tag_set(const struct path *path, u32 tag)
{
	struct iattr attr = { .ia_valid = ATTR_TAG, .ia_tag = tag };
	struct inode *inode = d_inode(path->dentry);
	int err = mnt_want_write(path->mnt);

	if (err)
		return err;
	inode_lock(inode);
	err = notify_change(&init_user_ns, path->dentry, &attr, NULL);
	inode_unlock(inode);
	mnt_drop_write(path->mnt);
	return err;
}

/* Those that ask for the tag where they read, make and change inodes. */
static bool can_tag(const struct file_system_type *type)
{
	return !strcmp(type->name, "ext4") || !strcmp(type->name, "xfs") ||
	       !strcmp(type->name, "tmpfs") || !strcmp(type->name, "f2fs");
}

/* Such a file system gets its options in one piece, and so asks vs_tag_option(). */
static bool parses_itself(const struct file_system_type *type)
{
	return !type->init_fs_context;
}

static int option_allowed(struct fs_context *fc, const char *option)
{
	if (current_real_vx() || !capable(CAP_SYS_ADMIN)) {
		errorf(fc, "vserver: the option %s is for the host", option);
		return -EPERM;
	}
	return 0;
}

static int parse_tagid(struct fs_context *fc, const char *value)
{
	u16 tag;
	int err = option_allowed(fc, "tagid");

	if (err)
		return err;
	if (kstrtou16(value, 10, &tag) || tag < VS_ID_MIN)
		return invalf(fc, "vserver: tagid is a number from %u to %u", VS_ID_MIN, VS_ID_MAX);
	fc->vs_tagid = tag;
	if (fc->purpose == FS_CONTEXT_FOR_RECONFIGURE)
		return vs_tagid_mount(fc->root->d_sb, fc);
	static_branch_enable(&vs_tagging);
	return 0;
}

/*
 * Options are parsed before there are locks of the superblock, and so the
 * static key can be set here.
 */
static int tag_parse_param(struct fs_context *fc, struct fs_parameter *param)
{
	bool tag = !strcmp(param->key, "tag");
	int err;

	if (!strcmp(param->key, "tagid"))
		return param->type == fs_value_is_string ? parse_tagid(fc, param->string) :
		       invalf(fc, "vserver: the option tagid needs a number");
	if (!strcmp(param->key, "notag"))
		return can_tag(fc->fs_type) && !parses_itself(fc->fs_type) ? 0 : -ENOPARAM;
	if (!tag && strcmp(param->key, "notagcheck"))
		return -ENOPARAM;
	if (param->type != fs_value_is_flag)
		return invalf(fc, "vserver: the option %s has no value", param->key);
	err = option_allowed(fc, param->key);
	if (err)
		return err;
	if (tag && !can_tag(fc->fs_type))
		return invalf(fc, "vserver: %s cannot keep tags", fc->fs_type->name);
	if (parses_itself(fc->fs_type) && can_tag(fc->fs_type)) {
		if (tag)
			static_branch_enable(&vs_tagging);
		return -ENOPARAM;
	}
	fc->s_iflags |= tag ? SB_I_TAGGED : SB_I_NOTAGCHECK;
	if (fc->purpose == FS_CONTEXT_FOR_RECONFIGURE)
		return vs_tag_mounted(fc->root->d_sb, fc->s_iflags);
	if (tag)
		static_branch_enable(&vs_tagging);
	return 0;
}

/**
 * vs_tag_mounted - do the options fit a superblock that was there before?
 * @sb: the superblock
 * @iflags: SB_I_ bits that the options ask for
 *
 * Inodes in memory would not have their tags, or be judged otherwise all of a
 * sudden.
 *
 * Return: 0, or -EINVAL it is mounted without.
 */
int vs_tag_mounted(struct super_block *sb, unsigned int iflags)
{
	if (!(iflags & ~sb->s_iflags & (SB_I_TAGGED | SB_I_NOTAGCHECK)))
		return 0;
	pr_notice("vserver: %s: the options tag and notagcheck are for the first mount\n",
		  sb->s_id);
	return -EINVAL;
}

/**
 * vs_tagid_mount - give all that is on a file system to one tag
 * @sb: the superblock, locked
 * @fc: its context
 *
 * As long as no mount leads to the superblock nobody can have seen an inode.
 *
 * Return: 0, -EINVAL it is mounted otherwise, -ENOMEM.
 */
int vs_tagid_mount(struct super_block *sb, const struct fs_context *fc)
{
	if (!fc->vs_tagid || fc->vs_tagid == vs_tagid(sb))
		return 0;
	if (vs_tagged(sb) || vs_tagid(sb) || !list_empty(&sb->s_mounts)) {
		pr_notice("vserver: %s: the option tagid is for the first mount, and not beside tag\n",
			  sb->s_id);
		return -EINVAL;
	}
	return vs_dlimit_all(sb, fc->vs_tagid);
}

/**
 * vs_tag_option - parse an option of a file system that parses under its locks
 * @sb: the superblock, which is being filled or mounted anew
 * @option: the option
 * @remount: it was there before
 *
 * tag_eat_options() has seen it and asked whether the caller may.
 *
 * Return: 1, 0 another option, -EINVAL.
 */
int vs_tag_option(struct super_block *sb, const char *option, bool remount)
{
	unsigned int iflags;

	if (!strcmp(option, "notag"))
		return 1;
	if (!strcmp(option, "tag"))
		iflags = SB_I_TAGGED;
	else if (!strcmp(option, "notagcheck"))
		iflags = SB_I_NOTAGCHECK;
	else
		return 0;
	if (remount)
		return vs_tag_mounted(sb, iflags) ?: 1;
	sb->s_iflags |= iflags;
	return 1;
}

/* Mount data that is a text, whatever the flag of its type says. */
static bool takes_text(const struct file_system_type *type)
{
	return !(type->fs_flags & FS_BINARY_MOUNTDATA) || !strcmp(type->name, "btrfs");
}

/**
 * vs_tagid_option - parse the option tagid, and take it away
 * @fc: of a file system that gets its options in one piece
 * @options: these
 *
 * Return: 0, -EINVAL, -EPERM.
 */
int vs_tagid_option(struct fs_context *fc, char *options)
{
	char value[8], *at, *end;
	int err;

	if (!takes_text(fc->fs_type))
		return 0;
	for (at = options; *at;) {
		end = strchrnul(at, ',');
		if (strncmp(at, "tagid=", 6)) {
			at = *end ? end + 1 : end;
			continue;
		}
		strscpy(value, at + 6, min_t(size_t, sizeof(value), end - at - 5));
		err = parse_tagid(fc, value);
		if (err)
			return err;
		memmove(at, *end ? end + 1 : end, strlen(*end ? end + 1 : end) + 1);
	}
	return 0;
}

static bool has_option(const char *options, const char *name)
{
	size_t len = strlen(name);
	const char *at;

	for (at = options; (at = strstr(at, name)); at += len)
		if ((at == options || at[-1] == ',') && (!at[len] || at[len] == ','))
			return true;
	return false;
}

/* The options of mount(2) in one piece, before there are locks. */
static int tag_eat_options(char *options, void **mnt_opts)
{
	bool tag = has_option(options, "tag");

	if (!tag && !has_option(options, "notagcheck"))
		return 0;
	if (current_real_vx() || !capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (tag)
		static_branch_enable(&vs_tagging);
	return 0;
}

static int tag_show_options(struct seq_file *m, struct super_block *sb)
{
	if (vs_tagged(sb))
		seq_puts(m, ",tag");
	if (vs_tagid(sb))
		seq_printf(m, ",tagid=%u", vs_tagid(sb));
	if (sb->s_iflags & SB_I_NOTAGCHECK)
		seq_puts(m, ",notagcheck");
	return 0;
}

/* With leave for quota a guest could give itself more: the projects are the tags. */
static int tag_quotactl(int cmds, int type, int id, struct super_block *sb)
{
	return sb && type == PRJQUOTA && vs_tagged(sb) && vx_confined(current_vx()) ? -EPERM : 0;
}

static struct security_hook_list tag_hooks[] __lsm_ro_after_init = {
	LSM_HOOK_INIT(fs_context_parse_param, tag_parse_param),
	LSM_HOOK_INIT(sb_eat_lsm_opts, tag_eat_options),
	LSM_HOOK_INIT(sb_show_options, tag_show_options),
	LSM_HOOK_INIT(sb_free_security, vs_dlimit_free),
	LSM_HOOK_INIT(quotactl, tag_quotactl),
};

void __init vs_tag_lsm_init(void)
{
	security_add_hooks(tag_hooks, ARRAY_SIZE(tag_hooks), "vserver");
}

/* ESRCH. */
long vc_task_tag(struct vs_call *call)
{
	struct task_struct *task;
	long ret = -ESRCH;

	rcu_read_lock();
	task = vc_find_task(call->id);
	if (task)
		ret = __task_cred(task)->vs_tag;
	rcu_read_unlock();
	return ret;
}

/* ENOMEM. */
long vc_tag_migrate(struct vs_call *call)
{
	struct cred *new = prepare_creds();

	if (!new)
		return -ENOMEM;
	new->vs_tag = call->id;
	return commit_creds(new);
}
