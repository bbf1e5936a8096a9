// SPDX-License-Identifier: GPL-2.0
/*
 * vserver(2): look the command up, decide whether the caller may, find the
 * context, copy in, run, copy out. In this order; the first check that fails
 * gives the result.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/pid_namespace.h>
#include <linux/sched/task.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>
#include <linux/vserver/context.h>
#include <linux/vserver/network.h>
#include <linux/vserver/refuse.h>
#include <linux/vserver/switch.h>
#include <uapi/vserver/compat.h>

/* Negative numbers name the caller's own. */
static struct vx_info *arg_vx(u32 id)
{
	struct vx_info *vx = current_real_vx();

	if ((s32)id >= 0)
		return vx_of(vs_object_find(&vx_class, id));
	return vx_guest(vx) ? get_vx_info(vx) : NULL;
}

static struct nx_info *arg_nx(u32 id)
{
	struct nx_info *nx = current_real_nx();

	if ((s32)id >= 0)
		return nx_of(vs_object_find(&nx_class, id));
	return nx_guest(nx) ? get_nx_info(nx) : NULL;
}

/* Does the call concern the caller's own context? */
static bool is_own(const struct vs_command *command, const struct vs_call *call)
{
	if (command->arg == VS_ARG_CTX)
		return call->vx == current_real_vx();
	if (command->arg == VS_ARG_NET)
		return call->nx == current_real_nx();
	return false;
}

/* Host and spectator may ask about everybody. */
static bool may_ask(void)
{
	return !vx_guest(current_real_vx());
}

/*
 * Where the caller must be capable: in the initial user namespace or, while its
 * context is set up, in one that root made for the guest.
 */
static struct user_namespace *judge(void)
{
	struct user_namespace *ns = current_user_ns();

	if (ns->parent == &init_user_ns && uid_eq(ns->owner, GLOBAL_ROOT_UID) &&
	    vx_flag(current_real_vx(), VXF_STATE_SETUP))
		return ns;
	return &init_user_ns;
}

/* What can be decided before the context is known. */
static int may_call(const struct vs_command *command)
{
	struct user_namespace *ns = judge();

	/* Who may not use it cannot tell whether it exists. */
	if (!ns_capable_noaudit(ns, CAP_SYS_ADMIN))
		return -ENOSYS;
	if (command->perm > 1 && !ns_capable(ns, CAP_SYS_ADMIN))
		return -EPERM;
	if ((command->flags & VS_CMD_ARES) == VS_CMD_ARES && !ns_capable(ns, CAP_SYS_RESOURCE))
		return -EPERM;
	/* A network context alone does not take the host's power away. */
	if ((command->flags & VS_CMD_HOST) && current_real_vx())
		return -EPERM;
	if ((command->flags & VS_CMD_ADMIN) && current_real_vx() &&
	    !((command->flags & VS_CMD_SETUP) && vx_flag(current_real_vx(), VXF_STATE_SETUP)))
		return -EPERM;
	return 0;
}

/* What the target decides. */
static int may_target(const struct vs_command *command, const struct vs_call *call)
{
	if (command->arg == VS_ARG_NONE)
		return 0;
	if ((command->flags & VS_CMD_INFO) && !may_ask() && !is_own(command, call))
		return -EPERM;
	if (!(command->flags & VS_CMD_ADMIN))
		return 0;
	/* In set-up one configures oneself and nobody else. */
	if (current_real_vx() && !is_own(command, call))
		return -EPERM;
	if (command->flags & VS_CMD_LAST)
		return 0;
	if (call->vx && !vx_flag(call->vx, VXF_STATE_ADMIN))
		return -EACCES;
	if (call->nx && !nx_flag(call->nx, NXF_STATE_ADMIN))
		return -EACCES;
	return 0;
}

static long vs_run(const struct vs_command *command, struct vs_call *call, void __user *udata)
{
	u8 data[VS_DATA_MAX] __aligned(8);
	size_t size = command->size;
	long ret;

	if (command->size32 && in_compat_syscall()) {
		call->compat = true;
		size = command->size32;
	}
	if (size && (udata || !(command->flags & VS_CMD_NULLOK))) {
		memset(data, 0, sizeof(data));
		if ((command->flags & VS_CMD_IN) &&
		    copy_from_user(data, udata, size))
			return -EFAULT;
		call->data = data;
	}
	ret = command->run(call);
	if (call->data &&
	    ((command->flags & VS_CMD_ALWAYS) || (ret >= 0 && (command->flags & VS_CMD_OUT))) &&
	    copy_to_user(udata, data, size))
		return -EFAULT;
	return ret;
}

static long do_vserver(u32 cmd, u32 id, void __user *udata)
{
	const struct vs_command *command = vs_command_find(cmd);
	struct vs_call call = { .id = id, .udata = udata };
	long ret;

	if (!command)
		return -ENOSYS;
	ret = may_call(command);
	if (ret)
		return vs_refuse(current_real_vx(), VS_REFUSED_COMMAND, cmd, ret);
	if ((command->flags & VS_CMD_WATCH) && id == VS_ID_WATCH) {
		/* Also in set-up, which is about oneself. */
		if (current_real_vx())
			return vs_refuse(current_real_vx(), VS_REFUSED_COMMAND, cmd, -EPERM);
		ret = command->arg == VS_ARG_CTX ? vx_migrate(&vx_watch) : nx_migrate(&nx_watch);
		return ret ?: VS_ID_WATCH;
	}
	if (command->arg == VS_ARG_CTX) {
		call.vx = arg_vx(id);
		if (!call.vx)
			return -ESRCH;
	} else if (command->arg == VS_ARG_NET) {
		call.nx = arg_nx(id);
		if (!call.nx)
			return -ESRCH;
	}
	ret = may_target(command, &call);
	if (ret)
		vs_refuse(current_real_vx(), VS_REFUSED_COMMAND, cmd, ret);
	else
		ret = vs_run(command, &call, udata);
	put_vx_info(call.vx);
	put_nx_info(call.nx);
	return ret;
}

/**
 * sys_vserver - the one system call
 * @cmd: VCMD_ word
 * @id: a context number, or what the command says
 * @data: the command's structure
 *
 * One entry serves 64-bit and 32-bit callers: few structures differ between them
 * in the bytes that are copied, and the table says which. A command whose
 * structure holds a pointer copies it itself.
 */
SYSCALL_DEFINE3(vserver, u32, cmd, u32, id, void __user *, data)
{
	return do_vserver(cmd, id, data);
}

long vc_get_version(struct vs_call *call)
{
	return VS_API_VERSION;
}

/**
 * vs_vci - the configuration word
 *
 * Tools choose their calls by it: bits say what is there, not what is planned.
 */
u32 vs_vci(void)
{
	u32 vci = VCI_NO_DYNAMIC | VCI_SPACES | VCI_NETV2 | VCI_TAG_INTERN | VCI_PPTAG;

	if (IS_ENABLED(CONFIG_VSERVER_PROC_SECURE))
		vci |= VCI_PROC_SECURE;
	if (IS_ENABLED(CONFIG_VSERVER_COWBL))
		vci |= VCI_COWBL | VCI_FULLCOWBL;
	if (IS_ENABLED(CONFIG_MEMCG))
		vci |= VCI_MEMCG;
	if (IS_ENABLED(CONFIG_MEMCG) && IS_ENABLED(CONFIG_SWAP))
		vci |= VCI_MEMCG_SWAP;
	return vci;
}

long vc_get_vci(struct vs_call *call)
{
	return vs_vci();
}

/**
 * vc_find_task - the task named in a call
 * @id: a pid of the initial pid namespace, untranslated; 0 the caller
 *
 * A task that the caller may not see is not found.
 *
 * Context: rcu_read_lock() held.
 */
struct task_struct *vc_find_task(u32 id)
{
	struct task_struct *task;

	if (!id)
		return current;
	task = find_task_by_pid_ns(id, &init_pid_ns);
	if (!task || (vx_guest(current_real_vx()) && task_vx_rcu(task) != current_real_vx()))
		return NULL;
	return task;
}

static_assert(sizeof(struct vcmd_vx_info_v0) == 8);
static_assert(sizeof(struct vcmd_ctx_stat_v0) == 8);
static_assert(sizeof(struct vcmd_ctx_create) == 8);
static_assert(sizeof(struct vcmd_ctx_migrate) == 8);
static_assert(sizeof(struct vcmd_ctx_flags_v0) == 16);
static_assert(sizeof(struct vcmd_ctx_caps_v1) == 16);
static_assert(sizeof(struct vcmd_bcaps) == 16);
static_assert(sizeof(struct vcmd_umask) == 16);
static_assert(sizeof(struct vcmd_wmask) == 16);
static_assert(sizeof(struct vcmd_vhi_name_v0) == 72);
static_assert(sizeof(struct vcmd_virt_stat_v0) == 48);
static_assert(sizeof(struct vcmd_sock_stat_v0) == 40);
static_assert(sizeof(struct vcmd_space_mask_v1) == 8);
static_assert(offsetof(struct vcmd_space_mask_v2, index) == 8);
static_assert(sizeof(struct vcmd_ctx_kill_v0) == 8);
static_assert(sizeof(struct vcmd_wait_exit_v0) == 8);
static_assert(sizeof(struct vcmd_ctx_rlimit_v0) == (IS_ENABLED(CONFIG_X86_32) ? 28 : 32));
static_assert(sizeof(struct vcmd_ctx_rlimit_mask_v0) == 12);
static_assert(sizeof(struct vcmd_rlimit_stat_v0) == 32);
static_assert(sizeof(struct vcmd_badness_v0) == 8);
static_assert(sizeof(struct vcmd_prio_bias) == 8);
static_assert(sizeof(struct vcmd_new_s_context_v1) == 8);
static_assert(sizeof(struct vcmd_set_ipv4root_v3) == 132);
#if defined(CONFIG_COMPAT) && defined(CONFIG_X86)
static_assert(sizeof(struct vs_compat_rlimit) == 28);
#endif
static_assert(sizeof(struct vcmd_nx_info_v0) == 4);
static_assert(sizeof(struct vcmd_net_create) == 8);
static_assert(sizeof(struct vcmd_net_addr_v0) == 36);
static_assert(sizeof(struct vcmd_net_addr_ipv4_v1) == 12);
static_assert(sizeof(struct vcmd_net_addr_ipv4_v2) == 16);
static_assert(sizeof(struct vcmd_net_addr_ipv6_v1) == 40);
static_assert(sizeof(struct vcmd_net_flags_v0) == 16);
static_assert(sizeof(struct vcmd_net_caps_v0) == 16);
