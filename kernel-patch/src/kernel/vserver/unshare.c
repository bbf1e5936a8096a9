// SPDX-License-Identifier: GPL-2.0
/*
 * Which namespaces a guest makes and joins. The unshare mask of its context
 * stands for CAP_SYS_ADMIN in the bounding word, kind by kind; a task needs the
 * capability in its own set all the same. The warn mask says which attempts
 * are logged.
 */
#include <linux/cred.h>
#include <linux/fs_struct.h>
#include <linux/init_task.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/nsproxy.h>
#include <linux/proc_ns.h>
#include <linux/ratelimit.h>
#include <linux/security.h>
#include <linux/vserver/cap.h>
#include <linux/vserver/context.h>
#include <linux/vserver/refuse.h>
#include <linux/vserver/unshare.h>
#include "../../fs/internal.h"
#include "../../fs/mount.h"
#include "lsm.h"

#define NS_MASK	(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | \
		 CLONE_NEWNET | CLONE_NEWCGROUP | CLONE_NEWTIME)

static void note(struct vx_info *vx, unsigned long flags, bool may)
{
	if ((flags & READ_ONCE(vx->wmask)) && __ratelimit(&vx->wlimit))
		pr_notice("vserver: context %u: %s[%d] asked for namespaces %#lx, %s\n",
			  vx->obj.id, current->comm, task_pid_nr(current), flags,
			  may ? "granted" : "refused");
	if (!may)
		vs_refuse(vx, VS_REFUSED_NAMESPACE, flags, -EPERM);
}

/**
 * vs_may_unshare - may the caller leave namespaces?
 * @ns: the user namespace that owns the new ones
 * @flags: clone flags
 *
 * With CAP_SYS_ADMIN, or in a guest with a raw CAP_SYS_ADMIN if the unshare
 * mask of its context has all the bits.
 */
bool vs_may_unshare(struct user_namespace *ns, unsigned long flags)
{
	struct vx_info *vx = current_vx();
	bool may;

	if (!vx_confined(vx))
		return ns_capable(ns, CAP_SYS_ADMIN);
	flags &= NS_MASK & ~CLONE_NEWUSER;
	may = __vx_ns_capable(ns, CAP_SYS_ADMIN,
			      flags & ~READ_ONCE(vx->umask) ? CAP_OPT_NONE : VS_OPT_GRANTED);
	note(vx, flags, may);
	return may;
}

/*
 * A user namespace is a capability to much of the kernel, which the bounding
 * word cannot tell apart: it takes the mask, whatever else a guest has.
 */
int vs_userns_create(const struct cred *cred)
{
	struct vx_info *vx = cred->vx_info;
	bool may;

	if (!vx_confined(vx))
		return 0;
	may = (READ_ONCE(vx->umask) & CLONE_NEWUSER) &&
	      cap_raised(cred->cap_effective, CAP_SYS_ADMIN);
	note(vx, CLONE_NEWUSER, may);
	return may ? 0 : -EPERM;
}

/*
 * Joining a mount namespace takes its root. A task below a root of its own
 * would leave it that way, and the first namespace is the host's.
 */
static bool may_take_root(struct mnt_namespace *ns)
{
	struct mount *top = current->nsproxy->mnt_ns->root;
	struct path root, own;
	bool may;

	if (ns == init_task.nsproxy->mnt_ns ||
	    vfs_path_lookup(top->mnt.mnt_root, &top->mnt, "/", LOOKUP_DOWN, &root))
		return false;
	get_fs_root(current->fs, &own);
	may = path_equal(&root, &own);
	path_put(&own);
	path_put(&root);
	return may;
}

/**
 * __vs_install_ns - join a namespace
 * @nsset: what setns(2) makes
 * @ns: the namespace
 *
 * The kind's own function tests the capability. In a guest whose mask has the
 * kind it runs outside the context, so that the raw sets decide.
 *
 * Return: 0, -EPERM, -ENOMEM, what the kind's function returns.
 */
int __vs_install_ns(struct nsset *nsset, struct ns_common *ns)
{
	struct vx_info *vx = current_vx();
	int kind = ns->ops->type;
	const struct cred *old;
	struct cred *raw;
	int ret;

	if (!vx_confined(vx))
		return ns->ops->install(nsset, ns);
	if (!(kind & READ_ONCE(vx->umask)) ||
	    (kind == CLONE_NEWNS && !may_take_root(container_of(ns, struct mnt_namespace, ns)))) {
		ret = ns->ops->install(nsset, ns);
	} else {
		raw = prepare_creds();
		if (!raw)
			return -ENOMEM;
		put_vx_info(raw->vx_info);
		raw->vx_info = NULL;
		old = override_creds(raw);
		ret = ns->ops->install(nsset, ns);
		revert_creds(old);
		put_cred(raw);
	}
	note(vx, kind, !ret);
	return ret;
}

static bool may_map(const struct cred *cred, struct user_namespace *ns)
{
	const struct vx_info *vx = cred->vx_info;
	bool granted = vx_confined(vx) && (READ_ONCE(vx->umask) & CLONE_NEWUSER);

	return !security_capable(cred, ns, CAP_SYS_ADMIN, granted ? VS_OPT_GRANTED : CAP_OPT_NONE);
}

/* Who may make user namespaces sets them up: the opener of uid_map, the caller. */
bool __vs_file_may_map(const struct file *file, struct user_namespace *ns)
{
	return may_map(file->f_cred, ns);
}

bool __vs_may_map(struct user_namespace *ns)
{
	return may_map(current_cred(), ns);
}
