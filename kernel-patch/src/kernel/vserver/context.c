// SPDX-License-Identifier: GPL-2.0
/*
 * Process contexts: creation, membership, the recorded init, the end.
 *
 * A task is a member through its credentials. They are inherited by fork,
 * kept by exec and by every change of user, and replaced by a migration; a
 * task that is born or dies is counted by one hook each.
 */
#include <linux/cred.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/vserver/context.h>
#include <linux/vserver/network.h>
#include <linux/vserver/task.h>

static void vx_shutdown(struct vs_object *obj);
static void vx_free(struct vs_object *obj);

struct vs_class vx_class = {
	.name		= "context",
	.ids		= XARRAY_INIT(vx_class.ids, 0),
	.one_time	= VXF_ONE_TIME,
	.persistent	= VXF_PERSISTENT,
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
	kfree(vx);
}

static void vx_shutdown(struct vs_object *obj)
{
	vx_space_clear(vx_of(obj));
}

/**
 * vx_create - make a context and move the caller into it
 * @id: its number, VS_ID_MIN to VS_ID_MAX
 * @flags: its first flag word
 *
 * Return: the context with a reference, or an ERR_PTR: -EINVAL @id out of
 * range, -EEXIST, -EBUSY it exists and is in set-up, -ENOMEM.
 */
struct vx_info *vx_create(u32 id, u64 flags)
{
	struct vx_info *vx, *old;
	int err;

	if (id < VS_ID_MIN || id > VS_ID_MAX)
		return ERR_PTR(-EINVAL);
	vx = kzalloc(sizeof(*vx), GFP_KERNEL_ACCOUNT);
	if (!vx)
		return ERR_PTR(-ENOMEM);
	vs_object_init(&vx->obj, &vx_class, id, flags);
	vx->bcaps = ~0ULL;
	mutex_init(&vx->space_lock);

	err = vs_object_hash(&vx->obj);
	if (err == -EEXIST) {
		old = vx_of(vs_object_find(&vx_class, id));
		if (vx_flag(old, VXF_STATE_SETUP))
			err = -EBUSY;
		put_vx_info(old);
	}
	if (!err) {
		err = vx_migrate(vx);
		/* Without its first member the context must not stay. */
		if (err)
			vs_object_set_flags(&vx->obj, 0, VXF_PERSISTENT);
		vs_object_unclaim(&vx->obj);
	}
	if (err) {
		put_vx_info(vx);
		return ERR_PTR(err);
	}
	return vx;
}

static void vx_join(struct vx_info *vx)
{
	if (vx_guest(vx))
		atomic_inc(&vx->obj.tasks);
}

static void vx_leave(struct vx_info *vx)
{
	if (vx_guest(vx)) {
		atomic_dec(&vx->obj.tasks);
		vs_object_unclaim(&vx->obj);
	}
}

/**
 * vx_migrate - move the calling thread
 * @vx: where to; NULL the host, &vx_watch the spectator
 *
 * Until it executes a program the caller stays out of reach of the others in
 * the context, because its memory and descriptors come from outside.
 *
 * Return: 0, -EFAULT the context is shutting down, -ENOMEM.
 */
int vx_migrate(struct vx_info *vx)
{
	struct vx_info *old = current_real_vx();
	struct cred *new;

	if (vx == old)
		return 0;
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	if (vx_guest(vx) && !vs_object_claim(&vx->obj)) {
		abort_creds(new);
		return -EFAULT;
	}
	/* The old reference is kept until the old claim is dropped. */
	new->vx_info = get_vx_info(vx);
	new->vs_entered = vx_guest(vx);
	vx_join(vx);
	commit_creds(new);
	vx_leave(old);
	put_vx_info(old);
	return 0;
}

/**
 * vx_set_init - record the caller as the init of its context
 * @vx: the context, of which the caller is a member
 *
 * The caller also becomes the one that inherits orphans.
 */
void vx_set_init(struct vx_info *vx)
{
	struct pid *old, *new = get_task_pid(current, PIDTYPE_TGID);

	write_lock_irq(&tasklist_lock);
	spin_lock(&vx->obj.lock);
	old = rcu_replace_pointer(vx->init, new, lockdep_is_held(&vx->obj.lock));
	WRITE_ONCE(vx->obj.flags, vx->obj.flags & ~VXF_STATE_INIT);
	vx->reaper = current->group_leader;
	spin_unlock(&vx->obj.lock);
	write_unlock_irq(&tasklist_lock);
	/* Readers use it under RCU, and pids are freed after a grace period. */
	put_pid(old);
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
		atomic_inc(&vx->obj.tasks);
		atomic_inc(&vx->obj.forks);
	}
	nx_task_born(cred->nx_info);
}

/* Before the parent is told, so that it finds the final state. */
void __vs_task_exit(struct task_struct *task, long code)
{
	struct vx_info *vx = current_real_vx();
	struct pid *init = NULL;

	if (vx_guest(vx)) {
		bool last = thread_group_empty(task) || task->signal->live.counter == 0;

		if (last && rcu_access_pointer(vx->init) == task_tgid(task)) {
			spin_lock(&vx->obj.lock);
			if (rcu_access_pointer(vx->init) == task_tgid(task)) {
				init = rcu_replace_pointer(vx->init, NULL, 1);
				vx->init_done = true;
				vx->exit_code = code;
			}
			spin_unlock(&vx->obj.lock);
			put_pid(init);
		} else {
			spin_lock(&vx->obj.lock);
			if (!vx->init_done)
				vx->exit_code = code;
			spin_unlock(&vx->obj.lock);
		}
		if (last && READ_ONCE(vx->reaper) == task->group_leader) {
			write_lock_irq(&tasklist_lock);
			if (vx->reaper == task->group_leader)
				vx->reaper = NULL;
			write_unlock_irq(&tasklist_lock);
		}
		vx_leave(vx);
	}
	nx_task_exit(current_real_cred()->nx_info);
}

/*
 * Under tasklist_lock. Orphans of a context go to its reaper as long as that
 * lives; the kernel's choice is right for everybody else.
 */
struct task_struct *__vs_child_reaper(struct task_struct *father)
{
	struct vx_info *vx;
	struct task_struct *reaper = NULL;

	rcu_read_lock();
	vx = task_vx_rcu(father);
	if (vx_guest(vx) && vx->reaper && !same_thread_group(vx->reaper, father) &&
	    !(vx->reaper->signal->flags & SIGNAL_GROUP_EXIT) &&
	    task_active_pid_ns(vx->reaper) == task_active_pid_ns(father))
		reaper = vx->reaper;
	rcu_read_unlock();
	return reaper;
}
