// SPDX-License-Identifier: GPL-2.0
/*
 * Network contexts: creation and membership. As with process contexts a task
 * is a member through its credentials; sockets hold a reference of their own
 * and never follow the task that made them.
 */
#include <linux/cred.h>
#include <linux/io_uring.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vserver/helper.h>
#include <linux/vserver/network.h>

static struct kmem_cache *nx_cache;

static void nx_shutdown(struct vs_object *obj)
{
	nx_set_drop(nx_of(obj));
}

static void nx_free(struct vs_object *obj)
{
	struct nx_info *nx = nx_of(obj);

	/* Readers of the set had a grace period since the last reference. */
	kvfree(rcu_dereference_protected(nx->set, 1));
	free_percpu(nx->counts);
	kmem_cache_free(nx_cache, nx);
}

struct vs_class nx_class = {
	.name		= "network context",
	.ids		= XARRAY_INIT(nx_class.ids, 0),
	.one_time	= NXF_ONE_TIME,
	.persistent	= NXF_PERSISTENT,
	.helper		= NXF_SC_HELPER,
	.up		= "netup",
	.up_cmd		= VS_HELPER_NETUP,
	.down		= "netdown",
	.down_cmd	= VS_HELPER_NETDOWN,
	.shutdown	= nx_shutdown,
	.free		= nx_free,
};

struct nx_info nx_watch = {
	.obj = {
		.id	= VS_ID_WATCH,
		.class	= &nx_class,
		.usecnt	= REFCOUNT_INIT(1),
		.claims	= ATOMIC_INIT(1),
		.lock	= __SPIN_LOCK_UNLOCKED(nx_watch.obj.lock),
	},
};

/**
 * nx_create - make a network context and move the caller into it
 * @id: its number, VS_ID_MIN to VS_ID_MAX
 * @flags: its first flag word
 *
 * Return: the context with a reference, or an ERR_PTR: -EINVAL @id out of
 * range, -EEXIST, -EBUSY it exists and is in set-up, -ENOMEM, -ENOEXEC the
 * helper failed.
 */
struct nx_info *nx_create(u32 id, u64 flags)
{
	struct nx_info *nx, *old;
	int err;

	if (id < VS_ID_MIN || id > VS_ID_MAX)
		return ERR_PTR(-EINVAL);
	nx = kmem_cache_zalloc(nx_cache, GFP_KERNEL_ACCOUNT);
	if (!nx)
		return ERR_PTR(-ENOMEM);
	vs_object_init(&nx->obj, &nx_class, id, flags);
	nx->counts = alloc_percpu_gfp(struct vs_counts, GFP_KERNEL_ACCOUNT);
	err = nx->counts ? nx_set_init(nx) : -ENOMEM;
	if (!err) {
		err = vs_object_hash(&nx->obj);
		if (err)
			nx_set_drop(nx);
	}
	if (err == -EEXIST) {
		old = nx_of(vs_object_find(&nx_class, id));
		if (nx_flag(old, NXF_STATE_SETUP))
			err = -EBUSY;
		put_nx_info(old);
	}
	if (!err) {
		err = vs_object_up(&nx->obj) ?: nx_migrate(nx);
		if (err)
			vs_object_set_flags(&nx->obj, 0, NXF_PERSISTENT);
		vs_object_unclaim(&nx->obj);
	}
	if (err) {
		put_nx_info(nx);
		return ERR_PTR(err);
	}
	return nx;
}

static void nx_leave(struct nx_info *nx)
{
	if (nx_guest(nx)) {
		atomic_dec(&nx->obj.tasks);
		vs_object_unclaim(&nx->obj);
	}
}

/**
 * nx_migrate - move the calling thread
 * @nx: where to; NULL the host, &nx_watch the spectator
 *
 * Return: 0, -EFAULT the context is shutting down, -ENOMEM.
 */
int nx_migrate(struct nx_info *nx)
{
	struct nx_info *old = current_real_nx();
	struct cred *new;

	if (nx == old)
		return 0;
	/* Workers that act for the caller would stay where they are. */
	io_uring_task_cancel();
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	if (nx_guest(nx)) {
		if (!vs_object_claim(&nx->obj)) {
			abort_creds(new);
			return -EFAULT;
		}
		atomic_inc(&nx->obj.tasks);
	}
	/* The old reference is kept until the old claim is dropped. */
	new->nx_info = get_nx_info(nx);
	commit_creds(new);
	nx_leave(old);
	put_nx_info(old);
	return 0;
}

/**
 * task_nid - the network context number of a task
 * @task: any task
 */
u32 task_nid(const struct task_struct *task)
{
	u32 id;

	rcu_read_lock();
	id = nx_id(__task_cred(task)->nx_info);
	rcu_read_unlock();
	return id;
}

/* A task became visible; its parent's claim keeps the context alive. */
void nx_task_born(struct nx_info *nx)
{
	if (nx_guest(nx)) {
		atomic_inc(&nx->obj.claims);
		atomic_inc(&nx->obj.tasks);
	}
}

/* The caller is about to be dead. */
void nx_task_exit(struct nx_info *nx)
{
	nx_leave(nx);
}

static int __init nx_cache_init(void)
{
	nx_cache = KMEM_CACHE(nx_info, SLAB_ACCOUNT | SLAB_PANIC);
	return 0;
}
core_initcall(nx_cache_init);
