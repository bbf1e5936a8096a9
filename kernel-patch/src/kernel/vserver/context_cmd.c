// SPDX-License-Identifier: GPL-2.0
/*
 * Commands on process contexts. The permission pipeline ran before; here is
 * what each does and which errors it adds. See uapi/vserver/context.h.
 */
#include <linux/nsproxy.h>
#include <linux/pid_namespace.h>
#include <linux/sched/loadavg.h>
#include <linux/sched/signal.h>
#include <linux/sched/stat.h>
#include <linux/sched/task.h>
#include <linux/string.h>
#include <linux/syscalls.h>
#include <linux/utsname.h>
#include <linux/vserver/context.h>
#include <linux/vserver/switch.h>

/* EINVAL, EEXIST, EBUSY, ENOMEM, ENOEXEC. */
long vc_ctx_create(struct vs_call *call)
{
	const struct vcmd_ctx_create *data = call->data;
	struct vx_info *old = current_real_vx();
	struct vx_info *vx;
	int err = 0;

	vx = vx_create(call->id, data ? data->flagword : VXF_INIT_SET);
	if (IS_ERR(vx))
		return PTR_ERR(vx);
	/* The oldest form also gives the context names and IPC of its own. */
	if (!data) {
		err = ksys_unshare(CLONE_NEWUTS | CLONE_NEWIPC);
		if (!err)
			err = vx_set_space(vx, CLONE_NEWUTS | CLONE_NEWIPC, 0);
		if (err)
			vx_migrate(old);
	}
	put_vx_info(vx);
	return err ?: call->id;
}

/*
 * EACCES the context is private and set up, EFAULT it is shutting down, EINVAL
 * no credentials are stored, ENOMEM.
 */
long vc_ctx_migrate(struct vs_call *call)
{
	const struct vcmd_ctx_migrate *data = call->data;
	struct vx_info *vx = call->vx;
	const struct cred *as = NULL;
	unsigned long flags;
	int err;

	if (vx_flag(vx, VXF_INFO_PRIVATE) && !vx_flag(vx, VXF_STATE_SETUP))
		return -EACCES;
	/* A member, which is in set-up here, has no other use of it. */
	if (current_real_vx() && data && (data->flagword & ~VXM_DEFAULT_SIGNALS))
		return -EPERM;
	if (data && (data->flagword & VXM_USER)) {
		as = vx_space_cred(vx);
		if (!as)
			return -EINVAL;
	}
	err = vx_migrate_as(vx, as);
	put_cred(as);
	if (err || !data)
		return err;
	vx_set_init(vx, data->flagword);
	if ((data->flagword & VXM_DEFAULT_SIGNALS) && lock_task_sighand(current, &flags)) {
		flush_signal_handlers(current, true);
		unlock_task_sighand(current, &flags);
	}
	return 0;
}

/* The last result that is not EPERM wins; signal 0 only asks. */
static int kill_one(struct task_struct *task, int sig, int ret)
{
	int err = group_send_sig_info(sig, SEND_SIG_PRIV, task, PIDTYPE_TGID);

	return err == -EPERM && ret != -ESRCH ? ret : err;
}

/**
 * vx_kill - send a signal to the tasks of a context
 * @vx: the context
 * @sig: the signal, which cannot be refused
 * @spare: a process that does not get it, or NULL
 *
 * Return: 0 or the last error; -ESRCH nobody was there.
 */
int vx_kill(struct vx_info *vx, int sig, struct pid *spare)
{
	struct task_struct *task;
	int ret = -ESRCH;

	read_lock(&tasklist_lock);
	rcu_read_lock();
	for_each_process(task)
		if (task_vx_rcu(task) == vx && task_tgid(task) != spare)
			ret = kill_one(task, sig, ret);
	rcu_read_unlock();
	read_unlock(&tasklist_lock);
	return ret;
}

/* EINVAL no such signal, ESRCH nothing matched, EACCES only the init may be reached. */
long vc_ctx_kill(struct vs_call *call)
{
	const struct vcmd_ctx_kill_v0 *data = call->data;
	struct vx_info *vx = call->vx;
	bool admin = vx_flag(vx, VXF_STATE_ADMIN);
	struct task_struct *task;
	struct pid *init;
	int sig = data->sig;
	int ret = -ESRCH;

	if (!valid_signal(sig))
		return -EINVAL;
	rcu_read_lock();
	init = get_pid(rcu_dereference(vx->init));
	rcu_read_unlock();

	if (!admin && (data->pid > 1 || (data->pid < 1 && init))) {
		ret = -EACCES;
	} else if (data->pid == 0 || data->pid == -1) {
		ret = vx_kill(vx, sig, data->pid ? init : NULL);
	} else if (data->pid == 1 && init) {
		/* Without power over the context its init is asked, not killed. */
		if (!admin && atomic_read(&vx->obj.tasks) > 1)
			sig = SIGINT;
		ret = kill_pid(init, sig, 1);
	} else if (data->pid > 1) {
		rcu_read_lock();
		task = find_task_by_pid_ns(data->pid, &init_pid_ns);
		if (task && task_vx_rcu(task) == vx)
			ret = group_send_sig_info(sig, SEND_SIG_PRIV, task, PIDTYPE_TGID);
		rcu_read_unlock();
	}
	put_pid(init);
	return ret;
}

/* ERESTARTSYS. The structure is filled in any case. */
long vc_wait_exit(struct vs_call *call)
{
	struct vcmd_wait_exit_v0 *data = call->data;
	struct vx_info *vx = call->vx;
	int ret = vs_object_wait(&vx->obj);

	spin_lock(&vx->obj.lock);
	data->reboot_cmd = vx->reboot_cmd;
	data->exit_code = vx->exit_code;
	spin_unlock(&vx->obj.lock);
	return ret;
}

/* ESRCH. */
long vc_task_xid(struct vs_call *call)
{
	struct task_struct *task;
	long ret = -ESRCH;

	rcu_read_lock();
	task = vc_find_task(call->id);
	if (task)
		ret = vx_id(task_vx_rcu(task));
	rcu_read_unlock();
	return ret;
}

long vc_vx_info(struct vs_call *call)
{
	struct vcmd_vx_info_v0 *data = call->data;

	data->xid = call->vx->obj.id;
	rcu_read_lock();
	data->initpid = pid_nr(rcu_dereference(call->vx->init));
	rcu_read_unlock();
	return 0;
}

long vc_ctx_stat(struct vs_call *call)
{
	struct vcmd_ctx_stat_v0 *data = call->data;

	data->usecnt = refcount_read(&call->vx->obj.usecnt);
	data->tasks = atomic_read(&call->vx->obj.claims);
	return 0;
}

long vc_virt_stat(struct vs_call *call)
{
	struct vcmd_virt_stat_v0 *data = call->data;
	struct vx_info *vx = call->vx;
	struct vx_count count;
	int i;

	memset(data, 0, sizeof(*data));
	data->uptime = ktime_get_boottime_ns() - vx->obj.born;
	data->nr_threads = atomic_read(&vx->obj.tasks);
	data->nr_forks = atomic_read(&vx->obj.forks);
	vx_count(vx, &count);
	data->nr_running = count.running;
	data->nr_uninterruptible = count.blocked;
	for (i = 0; i < ARRAY_SIZE(data->load); i++)
		data->load[i] = READ_ONCE(vx->load[i]);
	return 0;
}

long vc_get_cflags(struct vs_call *call)
{
	struct vcmd_ctx_flags_v0 *data = call->data;

	data->flagword = READ_ONCE(call->vx->obj.flags);
	data->mask = vs_mask_mask(data->flagword, VXF_ONE_TIME);
	return 0;
}

/* A member that ends the search for an init becomes it. */
long vc_set_cflags(struct vs_call *call)
{
	const struct vcmd_ctx_flags_v0 *data = call->data;
	struct vx_info *vx = call->vx;
	u64 changed = vs_object_set_flags(&vx->obj, data->flagword, data->mask);

	if ((changed & VXF_STATE_INIT) && current_real_vx() == vx)
		vx_set_init(vx, VXM_SET_INIT | VXM_SET_REAPER);
	return 0;
}

long vc_get_ccaps(struct vs_call *call)
{
	struct vcmd_ctx_caps_v1 *data = call->data;

	data->ccaps = READ_ONCE(call->vx->obj.caps);
	data->cmask = ~0ULL;
	return 0;
}

long vc_set_ccaps(struct vs_call *call)
{
	const struct vcmd_ctx_caps_v1 *data = call->data;

	vs_object_set_caps(&call->vx->obj, data->ccaps, data->cmask);
	return 0;
}

static long get_word(const u64 *word, u64 *value, u64 *mask)
{
	*value = READ_ONCE(*word);
	*mask = ~0ULL;
	return 0;
}

static long set_word(struct vx_info *vx, u64 *word, u64 value, u64 mask)
{
	spin_lock(&vx->obj.lock);
	WRITE_ONCE(*word, vs_mask_assign(*word, value, mask));
	spin_unlock(&vx->obj.lock);
	return 0;
}

long vc_get_bcaps(struct vs_call *call)
{
	struct vcmd_bcaps *data = call->data;

	return get_word(&call->vx->bcaps, &data->bcaps, &data->bmask);
}

long vc_set_bcaps(struct vs_call *call)
{
	const struct vcmd_bcaps *data = call->data;

	return set_word(call->vx, &call->vx->bcaps, data->bcaps, data->bmask);
}

long vc_get_umask(struct vs_call *call)
{
	struct vcmd_umask *data = call->data;

	return get_word(&call->vx->umask, &data->umask, &data->mask);
}

long vc_set_umask(struct vs_call *call)
{
	const struct vcmd_umask *data = call->data;

	return set_word(call->vx, &call->vx->umask, data->umask, data->mask);
}

long vc_get_wmask(struct vs_call *call)
{
	struct vcmd_wmask *data = call->data;

	return get_word(&call->vx->wmask, &data->wmask, &data->mask);
}

long vc_set_wmask(struct vs_call *call)
{
	const struct vcmd_wmask *data = call->data;

	return set_word(call->vx, &call->vx->wmask, data->wmask, data->mask);
}

static char *uts_field(struct new_utsname *uts, u32 field)
{
	switch (field) {
	case VHIN_SYSNAME:
		return uts->sysname;
	case VHIN_NODENAME:
		return uts->nodename;
	case VHIN_RELEASE:
		return uts->release;
	case VHIN_VERSION:
		return uts->version;
	case VHIN_MACHINE:
		return uts->machine;
	case VHIN_DOMAINNAME:
		return uts->domainname;
	}
	return NULL;
}

/* Copy a name between the caller's structure and where it lives. */
static long vhi_name(struct vx_info *vx, struct vcmd_vhi_name_v0 *data, bool set)
{
	struct nsproxy *nsproxy;
	long ret = -EINVAL;
	char *name;

	data->name[VHI_SIZE - 1] = '\0';
	if (data->field == VHIN_CONTEXT) {
		spin_lock(&vx->obj.lock);
		memcpy(set ? vx->name : data->name, set ? data->name : vx->name, VHI_SIZE);
		spin_unlock(&vx->obj.lock);
		return 0;
	}
	BUILD_BUG_ON(VHI_SIZE != __NEW_UTS_LEN + 1);
	mutex_lock(&vx->space_lock);
	nsproxy = vx->space[0].nsproxy;
	name = nsproxy ? uts_field(&nsproxy->uts_ns->name, data->field) : NULL;
	/* The host's own name is not a guest's to change. */
	if (name && !(set && nsproxy->uts_ns == &init_uts_ns)) {
		if (set)
			down_write(&uts_sem);
		else
			down_read(&uts_sem);
		memcpy(set ? name : data->name, set ? data->name : name, VHI_SIZE);
		if (set)
			up_write(&uts_sem);
		else
			up_read(&uts_sem);
		ret = 0;
	}
	mutex_unlock(&vx->space_lock);
	return ret;
}

/* EINVAL no such field, or no namespaces stored in space 0. */
long vc_get_vhi_name(struct vs_call *call)
{
	return vhi_name(call->vx, call->data, false);
}

/* The same; also EINVAL when the stored UTS namespace is the host's. */
long vc_set_vhi_name(struct vs_call *call)
{
	return vhi_name(call->vx, call->data, true);
}
