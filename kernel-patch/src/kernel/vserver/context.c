// SPDX-License-Identifier: GPL-2.0
/*
 * Process contexts: creation, membership, the recorded init, the end.
 *
 * A task is a member through its credentials. They are inherited by fork,
 * kept by exec and by every change of user, and replaced by a migration; a
 * task that is born or dies is counted by one hook each.
 */
#include <linux/cred.h>
#include <linux/io_uring.h>
#include <linux/percpu.h>
#include <linux/pid_namespace.h>
#include <linux/ratelimit.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/vserver/account.h>
#include <linux/vserver/context.h>
#include <linux/vserver/family.h>
#include <linux/vserver/helper.h>
#include <linux/vserver/network.h>
#include <linux/vserver/refuse.h>
#include <linux/vserver/task.h>

static struct kmem_cache *vx_cache;

static void vx_shutdown(struct vs_object *obj);
static void vx_free(struct vs_object *obj);

struct vs_class vx_class = {
	.name		= "context",
	.ids		= XARRAY_INIT(vx_class.ids, 0),
	.one_time	= VXF_ONE_TIME,
	.persistent	= VXF_PERSISTENT,
	.helper		= VXF_SC_HELPER,
	.up		= "startup",
	.up_cmd		= VS_HELPER_STARTUP,
	.down		= "shutdown",
	.down_cmd	= VS_HELPER_SHUTDOWN,
	.shutdown	= vx_shutdown,
	.free		= vx_free,
};

struct vx_info vx_watch = {
	.obj = {
		.id	= VS_ID_WATCH,
		.class	= &vx_class,
		.usecnt	= REFCOUNT_INIT(1),
		.claims	= ATOMIC_INIT(1),
		.lock	= __SPIN_LOCK_UNLOCKED(vx_watch.obj.lock),
	},
	.bcaps	= ~0ULL,
};

static void vx_free(struct vs_object *obj)
{
	struct vx_info *vx = vx_of(obj);

	put_pid(rcu_dereference_protected(vx->init, 1));
	put_pid(rcu_dereference_protected(vx->reaper, 1));
	put_pid(vx->helper);
	vx_keys_free(vx);
	kfree(vx->refused);
	vx_virt_free(vx);
	free_percpu(vx->counts);
	kmem_cache_free(vx_cache, vx);
}

static void vx_shutdown(struct vs_object *obj)
{
	vx_space_clear(vx_of(obj));
	vx_keys_end(vx_of(obj));
}

/**
 * vx_create - make a context and move the caller into it
 * @id: its number, VS_ID_MIN to VS_ID_MAX
 * @flags: its first flag word
 *
 * Return: the context with a reference, or an ERR_PTR: -EINVAL @id out of
 * range, -EEXIST, -EBUSY it exists and is in set-up, -ENOMEM, -ENOEXEC the
 * helper failed.
 */
struct vx_info *vx_create(u32 id, u64 flags)
{
	static atomic_long_t last_serial;
	struct vx_info *vx, *old;
	int err;

	if (id < VS_ID_MIN || id > VS_ID_MAX)
		return ERR_PTR(-EINVAL);
	vx = kmem_cache_zalloc(vx_cache, GFP_KERNEL_ACCOUNT);
	if (!vx)
		return ERR_PTR(-ENOMEM);
	vx->refused = vs_refusals_new();
	if (!vx->refused || vx_keys_init(vx)) {
		kfree(vx->refused);
		kmem_cache_free(vx_cache, vx);
		return ERR_PTR(-ENOMEM);
	}
	vx->serial = atomic_long_inc_return(&last_serial);
	vs_object_init(&vx->obj, &vx_class, id, flags);
	vx->bcaps = ~0ULL;
	mutex_init(&vx->space_lock);
	ratelimit_default_init(&vx->wlimit);
	vx_limit_init(vx);
	/* Guests that reboot in a loop: five times a minute, and no word in the log. */
	ratelimit_state_init(&vx->helper_rate, 60 * HZ, 5);
	ratelimit_set_flags(&vx->helper_rate, RATELIMIT_MSG_ON_RELEASE);

	vx->counts = alloc_percpu_gfp(struct vs_counts, GFP_KERNEL_ACCOUNT);
	err = vx->counts ? 0 : -ENOMEM;
	if (!err)
		err = vx_virt_init(vx);
	if (!err)
		err = vs_object_hash(&vx->obj);
	if (err == -EEXIST) {
		old = vx_of(vs_object_find(&vx_class, id));
		if (vx_flag(old, VXF_STATE_SETUP))
			err = -EBUSY;
		put_vx_info(old);
	}
	if (!err) {
		err = vs_object_up(&vx->obj) ?: vx_migrate(vx);
		/* Without its first member the context must not stay. */
		if (err)
			vs_object_set_flags(&vx->obj, 0, VXF_PERSISTENT);
		vs_object_unclaim(&vx->obj);
		vx_virt_start();
	}
	if (err) {
		put_vx_info(vx);
		return ERR_PTR(err);
	}
	return vx;
}

static void vx_join(struct vx_info *vx)
{
	if (!vx_guest(vx))
		return;
	atomic_inc(&vx->obj.tasks);
	vx_limit_seen(vx, VXL_NPROC,
		      atomic_long_inc_return(&vx->limit[VXL_NPROC].value));
}

static void vx_leave(struct vx_info *vx)
{
	if (vx_guest(vx)) {
		atomic_dec(&vx->obj.tasks);
		vs_object_unclaim(&vx->obj);
	}
}

/**
 * vx_migrate_as - move the calling thread
 * @vx: where to; NULL the host, &vx_watch the spectator
 * @as: whose user, groups, capabilities and user namespace to take; NULL to
 *	keep one's own
 *
 * Until it executes a program the caller stays out of reach of the others in
 * the context, because its memory and descriptors come from outside.
 *
 * A limit on tasks does not stop the host's from entering.
 *
 * Return: 0, -EFAULT the context is shutting down, -ENOMEM.
 */
int vx_migrate_as(struct vx_info *vx, const struct cred *as)
{
	struct vx_info *old = current_real_vx();
	struct cred *new;
	int err = 0;

	if (vx == old && !as)
		return 0;
	/* Workers that act for the caller would stay where they are. */
	io_uring_task_cancel();
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	if (as)
		err = vx_cred_adopt(new, as);
	if (!err && vx_guest(vx) && !vs_object_claim(&vx->obj))
		err = -EFAULT;
	if (err) {
		abort_creds(new);
		return err;
	}
	/* The old reference is kept until the old claim is dropped. */
	new->vx_info = get_vx_info(vx);
	new->vs_entered = vx_guest(vx);
	if (vx_guest(vx) || vx_guest(old)) {
		if (vs_account_move(new))
			goto no_memory;
		vx_keys_leave(new);
	}
	vx_join(vx);
	commit_creds(new);
	vs_pty_enter();
	if (vx_guest(old))
		__vx_uncharge(old, VXL_NPROC, 1);
	vx_leave(old);
	put_vx_info(old);
	return 0;

no_memory:
	if (vx_guest(vx))
		vs_object_unclaim(&vx->obj);
	abort_creds(new);
	put_vx_info(old);
	return -ENOMEM;
}

int vx_migrate(struct vx_info *vx)
{
	return vx_migrate_as(vx, NULL);
}

/**
 * vx_set_init - give the caller a role in its context
 * @vx: the context, of which the caller is a member
 * @what: VXM_SET_INIT, the recorded init; VXM_SET_REAPER, the one that inherits
 *	orphans; or both
 */
void vx_set_init(struct vx_info *vx, unsigned int what)
{
	struct pid *init = NULL, *reaper = NULL;
	struct pid *pid = task_tgid(current);

	spin_lock(&vx->obj.lock);
	if (what & VXM_SET_INIT) {
		init = rcu_replace_pointer(vx->init, get_pid(pid),
					   lockdep_is_held(&vx->obj.lock));
		WRITE_ONCE(vx->obj.flags, vx->obj.flags & ~VXF_STATE_INIT);
	}
	if (what & VXM_SET_REAPER)
		reaper = rcu_replace_pointer(vx->reaper, get_pid(pid),
					     lockdep_is_held(&vx->obj.lock));
	spin_unlock(&vx->obj.lock);
	/*
	 * Readers use them under RCU, which put_pid() does not wait for. A process of
	 * which one thread alone was in the context may have ended unnoticed.
	 */
	if (init || reaper)
		synchronize_rcu();
	put_pid(init);
	put_pid(reaper);
}

/**
 * task_xid - the context number of a task
 * @task: any task
 */
u32 task_xid(const struct task_struct *task)
{
	u32 id;

	rcu_read_lock();
	id = vx_id(task_vx_rcu(task));
	rcu_read_unlock();
	return id;
}

void __vs_cred_get(struct cred *cred)
{
	get_vx_info(cred->vx_info);
	get_nx_info(cred->nx_info);
}

void __vs_cred_put(struct cred *cred)
{
	put_vx_info(cred->vx_info);
	put_nx_info(cred->nx_info);
}

/* Under tasklist_lock; the parent's claims keep both contexts from dying. */
void __vs_task_born(struct task_struct *task)
{
	const struct cred *cred = rcu_dereference_protected(task->real_cred, 1);
	struct vx_info *vx = cred->vx_info;

	if (vx_guest(vx)) {
		atomic_inc(&vx->obj.claims);
		atomic_inc(&vx->obj.forks);
		vx_join(vx);
	}
	nx_task_born(cred->nx_info);
}

/* Forget @task's process as init and reaper; true if it was the init. */
static bool vx_forget(struct vx_info *vx, struct pid *pid)
{
	struct pid *init = NULL, *reaper = NULL;

	lockdep_assert_held(&vx->obj.lock);
	if (rcu_access_pointer(vx->init) == pid)
		init = rcu_replace_pointer(vx->init, NULL,
					   lockdep_is_held(&vx->obj.lock));
	if (rcu_access_pointer(vx->reaper) == pid)
		reaper = rcu_replace_pointer(vx->reaper, NULL,
					     lockdep_is_held(&vx->obj.lock));
	put_pid(init);
	put_pid(reaper);
	return init;
}

/* Before the parent is told, so that it finds the final state. */
void __vs_task_exit(struct task_struct *task, long code, bool group_dead)
{
	struct vx_info *vx = current_real_vx();

	if (vx_guest(vx)) {
		spin_lock(&vx->obj.lock);
		if (group_dead && vx_forget(vx, task_tgid(task))) {
			vx->init_done = true;
			vx->exit_code = code;
		} else if (!vx->init_done) {
			vx->exit_code = code;
		}
		spin_unlock(&vx->obj.lock);
		vx_leave(vx);
	}
	nx_task_exit(current_real_cred()->nx_info);
}

/*
 * A task that is dead is no member any more, but it keeps its number and some
 * memory until somebody has waited for it: until then the limit counts it.
 */
void __vs_task_reaped(struct task_struct *task)
{
	struct vx_info *vx;

	rcu_read_lock();
	vx = task_vx_rcu(task);
	if (vx_guest(vx))
		__vx_uncharge(vx, VXL_NPROC, 1);
	rcu_read_unlock();
}

/*
 * A child of the caller's parent is a child that the parent did not make. Outside
 * the context it would not expect it, nor wait for it.
 */
bool __vs_sibling_refused(void)
{
	struct vx_info *vx = current_real_vx();
	bool foreign;

	if (!vx_confined(vx))
		return false;
	rcu_read_lock();
	foreign = task_vx_rcu(rcu_dereference(current->real_parent)) != vx;
	rcu_read_unlock();
	return foreign;
}

static struct task_struct *alive_thread(struct task_struct *task)
{
	struct task_struct *thread;

	for_each_thread(task, thread)
		if (!(thread->flags & PF_EXITING))
			return thread;
	return NULL;
}

/*
 * Under tasklist_lock. Orphans of a context go to the nearest subreaper inside
 * it, then to its reaper as long as that lives; otherwise, and for everybody
 * else, the kernel's own choice is right.
 */
struct task_struct *__vs_child_reaper(struct task_struct *father)
{
	struct task_struct *reaper = NULL, *up;
	struct vx_info *vx;

	rcu_read_lock();
	vx = task_vx_rcu(father);
	if (!vx_guest(vx) || !rcu_access_pointer(vx->reaper))
		goto out;
	if (father->signal->has_child_subreaper) {
		/* As in find_new_reaper(): not beyond the pid namespace. */
		for (up = rcu_dereference(father->real_parent);
		     !reaper && task_vx_rcu(up) == vx &&
		     task_active_pid_ns(up) == task_active_pid_ns(father);
		     up = rcu_dereference(up->real_parent))
			if (up->signal->is_child_subreaper)
				reaper = alive_thread(up);
	}
	if (!reaper) {
		up = pid_task(rcu_dereference(vx->reaper), PIDTYPE_TGID);
		if (up && !same_thread_group(up, father) &&
		    task_active_pid_ns(up) == task_active_pid_ns(father))
			reaper = alive_thread(up);
	}
out:
	rcu_read_unlock();
	return reaper;
}

static int __init vx_cache_init(void)
{
	vx_cache = KMEM_CACHE(vx_info, SLAB_ACCOUNT | SLAB_PANIC);
	return 0;
}
core_initcall(vx_cache_init);
