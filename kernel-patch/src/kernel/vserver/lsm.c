// SPDX-License-Identifier: GPL-2.0
/*
 * The built-in security module: decisions about single accesses, where
 * mainline keeps a hook for them. It is always on and always first.
 *
 * Each hook says whose context decides: the credentials that are passed, the
 * caller, or an object's maker. A task in set-up is the host's administrator
 * at work and is not confined yet.
 */
#include <linux/binfmts.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/kernel_read_file.h>
#include <linux/lsm_hooks.h>
#include <linux/magic.h>
#include <linux/perf_event.h>
#include <linux/ptrace.h>
#include <linux/security.h>
#include <linux/tty.h>
#include <linux/vserver/access.h>
#include <linux/vserver/cap.h>
#include <linux/vserver/context.h>
#include <linux/vserver/cow.h>
#include <linux/vserver/fs.h>
#include <linux/vserver/network.h>
#include <linux/vserver/refuse.h>
#include <linux/vserver/sysctl.h>
#include <linux/vserver/tag.h>
#include <linux/vserver/task.h>
#include <linux/vserver/unshare.h>
#include "lsm.h"

/*
 * The credentials decide: under override_creds they are not the caller's. A
 * context capability that the caller of security_capable() names stands for
 * the bounding word; the raw set is commoncap's to test.
 */
static int vs_capable(const struct cred *cred, struct user_namespace *ns, int cap,
		      unsigned int opts)
{
	const struct vx_info *vx = cred->vx_info;
	unsigned int leave = opts & VS_OPT_GRANTED;

	if (leave == VS_OPT_GRANTED)
		return 0;
	if (leave && vx_guest(vx) &&
	    vx_ccap(vx, BIT_ULL((leave >> VS_OPT_SHIFT) - 1)))
		return 0;
	return vs_cap_bound(vx, cap) ? 0 : vs_refuse_cap(cred, cap, opts);
}

/* commoncap asks itself, past the hook above, in these two. */
static int vs_mmap_addr(unsigned long addr)
{
	if (addr < dac_mmap_min_addr)
		return vs_capable(current_cred(), &init_user_ns, CAP_SYS_RAWIO, CAP_OPT_NONE);
	return 0;
}

static int vs_vm_enough_memory(struct mm_struct *mm, long pages)
{
	/* Not positive: no share of the administrator's reserve. */
	return !vs_capable(current_cred(), &init_user_ns, CAP_SYS_ADMIN, CAP_OPT_NOAUDIT);
}

static int refuse_trace(const struct vx_info *vx, struct task_struct *task, unsigned int mode)
{
	if (mode & PTRACE_MODE_NOAUDIT)
		return -EPERM;
	return vs_refuse(vx, VS_REFUSED_TRACE, task_tgid_nr(task), -EPERM);
}

/*
 * The caller wants to read or change @child. A task that has entered a context
 * and not yet executed a program holds memory and descriptors of the outside.
 */
static int vs_ptrace_access_check(struct task_struct *child, unsigned int mode)
{
	struct vx_info *vx = current_real_vx(), *theirs;
	bool entered, admin;

	rcu_read_lock();
	theirs = task_vx_rcu(child);
	entered = __task_cred(child)->vs_entered;
	admin = !vx_guest(theirs) || vx_flag(theirs, VXF_STATE_ADMIN);
	rcu_read_unlock();

	if (vx_guest(vx))
		return theirs == vx && !entered ? 0 : refuse_trace(vx, child, mode);
	if (vx == &vx_watch && (mode & PTRACE_MODE_ATTACH) && theirs != vx)
		return -EPERM;
	return admin ? 0 : -EACCES;
}

/* The caller offers itself to @parent. */
static int vs_ptrace_traceme(struct task_struct *parent)
{
	return __vs_task_own(parent) ? 0 : refuse_trace(current_real_vx(), parent, 0);
}

/* With credentials it is they who send, not the caller. */
static int vs_task_kill(struct task_struct *task, struct kernel_siginfo *info, int sig,
			const struct cred *cred)
{
	const struct vx_info *vx = cred ? cred->vx_info : current_real_vx();

	if (!cred && (current->flags & PF_KTHREAD))
		return 0;
	return vs_may_signal(vx, task) ? 0 : vs_refuse(vx, VS_REFUSED_SIGNAL, sig, -ESRCH);
}

/* A new session keyring for the parent starts from blank credentials. */
static void vs_cred_transfer(struct cred *new, const struct cred *old)
{
	new->vx_info = old->vx_info;
	new->nx_info = old->nx_info;
	new->vs_entered = old->vs_entered;
	new->vs_tag = old->vs_tag;
	__vs_cred_get(new);
}

static void vs_bprm_committing_creds(struct linux_binprm *bprm)
{
	bprm->cred->vs_entered = false;
}

/* What acts on the whole machine is refused to whoever is confined. */
static int deny_confined(void)
{
	const struct vx_info *vx = current_vx();

	return vx_confined(vx) ? vs_refuse(vx, VS_REFUSED_MACHINE, 0, -EPERM) : 0;
}

/* With leave a guest gets a log of its own, see vs_syslog_empty(). */
static int vs_syslog(int type)
{
	if (!vx_confined(current_vx()) || vx_capable(CAP_SYSLOG, VXC_SYSLOG))
		return 0;
	return deny_confined();
}

static int vs_settime(const struct timespec64 *ts, const struct timezone *tz)
{
	return ns_capable(&init_user_ns, CAP_SYS_TIME) ? 0 : deny_confined();
}

static int vs_kernel_module_request(char *name)
{
	const struct vx_info *vx = current_vx();

	return vx_confined(vx) ?
	       vs_refuse_object(vx, VS_REFUSED_MODULE, 0, -EPERM, "%s", name) : 0;
}

static int vs_kernel_load_data(enum kernel_load_data_id id, bool contents)
{
	return id == LOADING_FIRMWARE ? 0 : deny_confined();
}

static int vs_kernel_read_file(struct file *file, enum kernel_read_file_id id, bool contents)
{
	return id == READING_FIRMWARE ? 0 : deny_confined();
}

/*
 * Doors into the kernel itself, which mainline lists for its lockdown: memory
 * and registers of the machine, tracing, debugging.
 */
static int vs_locked_down(enum lockdown_reason what)
{
	return in_task() ? deny_confined() : 0;
}

#ifdef CONFIG_BPF_SYSCALL
static int vs_bpf(int cmd, union bpf_attr *attr, unsigned int size)
{
	return deny_confined();
}
#endif

/* Private to ext4. */
#define EXT4_SETVERSION		_IOW('f', 4, long)
#define EXT4_32_SETVERSION	_IOW('f', 4, int)
#define EXT4_MIGRATE		_IO('f', 9)

/* Typing into a terminal, one's own included, reaches whoever is behind it. */
static int vs_file_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	const struct vx_info *vx = current_vx();

	switch (cmd) {
	case TIOCSTI:
		if (vx_confined(vx) && (!vx_ccap(vx, VXC_TIOCSTI) ||
					!vx_capable(CAP_SYS_ADMIN, VXC_TIOCSTI)))
			return vs_refuse(vx, VS_REFUSED_IOCTL, cmd, -EPERM);
		break;
	case TIOCLINUX:
	case TIOCCONS:
	case PERF_EVENT_IOC_SET_BPF:
		/* A program for an event can only have come from outside. */
		if (vx_confined(vx))
			return vs_refuse(vx, VS_REFUSED_IOCTL, cmd, -EPERM);
		break;
	case FS_IOC_SETVERSION:
	case EXT4_SETVERSION:
#ifdef CONFIG_64BIT
	case FS_IOC32_SETVERSION:
	case EXT4_32_SETVERSION:
#endif
	case EXT4_MIGRATE:
		/* All that these ask for is an owner, and a unified file has many. */
		if (vx_confined(vx) && (file_inode(file)->i_flags & S_IXUNLINK))
			return vs_refuse(vx, VS_REFUSED_IOCTL, cmd, -EPERM);
		break;
	}
	return S_ISSOCK(file_inode(file)->i_mode) ? nx_file_ioctl(cmd) : 0;
}

/*
 * The inodes of kernel file systems are shared with everybody, tagged ones with
 * nobody. And here the inode is locked: a file that was unified since a truncation
 * was allowed is not cut off, though not every file system looks at the flags for
 * that.
 */
static int vs_inode_setattr(struct dentry *dentry, struct iattr *attr)
{
	const struct inode *inode = d_inode(dentry);

	if (vs_tag_denied(inode))
		return -EACCES;
	if ((attr->ia_valid & ATTR_SIZE) && vs_is_cow(inode))
		return -EPERM;
	return vs_deny_setattr(inode, attr) ? -EPERM : 0;
}

static struct security_hook_list vs_hooks[] __lsm_ro_after_init = {
	LSM_HOOK_INIT(capable, vs_capable),
	LSM_HOOK_INIT(mmap_addr, vs_mmap_addr),
	LSM_HOOK_INIT(vm_enough_memory, vs_vm_enough_memory),
	LSM_HOOK_INIT(userns_create, vs_userns_create),
	LSM_HOOK_INIT(ptrace_access_check, vs_ptrace_access_check),
	LSM_HOOK_INIT(ptrace_traceme, vs_ptrace_traceme),
	LSM_HOOK_INIT(task_kill, vs_task_kill),
	LSM_HOOK_INIT(cred_transfer, vs_cred_transfer),
	LSM_HOOK_INIT(bprm_committing_creds, vs_bprm_committing_creds),
	LSM_HOOK_INIT(syslog, vs_syslog),
	LSM_HOOK_INIT(settime, vs_settime),
	LSM_HOOK_INIT(kernel_module_request, vs_kernel_module_request),
	LSM_HOOK_INIT(kernel_load_data, vs_kernel_load_data),
	LSM_HOOK_INIT(kernel_read_file, vs_kernel_read_file),
#ifdef CONFIG_BPF_SYSCALL
	LSM_HOOK_INIT(bpf, vs_bpf),
#endif
	LSM_HOOK_INIT(socket_create, nx_socket_create),
	LSM_HOOK_INIT(file_ioctl, vs_file_ioctl),
	LSM_HOOK_INIT(file_ioctl_compat, vs_file_ioctl),
	LSM_HOOK_INIT(inode_setattr, vs_inode_setattr),
	LSM_HOOK_INIT(file_open, vs_file_open),
	LSM_HOOK_INIT(path_notify, vs_path_notify),
	LSM_HOOK_INIT(locked_down, vs_locked_down),
};

static int __init vs_lsm_init(void)
{
	security_add_hooks(vs_hooks, ARRAY_SIZE(vs_hooks), "vserver");
	vs_key_lsm_init();
	vs_ipc_lsm_init();
	vs_owner_lsm_init();
	vs_perf_lsm_init();
	vs_tag_lsm_init();
	return 0;
}

DEFINE_LSM(vserver) = {
	.name	= "vserver",
	.order	= LSM_ORDER_FIRST,
	.init	= vs_lsm_init,
	.blobs	= &vs_blob_sizes,
};
