// SPDX-License-Identifier: GPL-2.0
/*
 * The life of a context, process or network alike.
 *
 * A context has references, which keep its memory, and claims, which keep it
 * alive. It is found by number from creation until the last claim is gone;
 * then a worker drops what it holds and wakes those who wait for its end. The
 * last reference may be dropped much later and from any context, by a socket
 * or by the credentials of an open file, so that path only frees memory.
 */
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/vserver/helper.h>
#include <linux/vserver/object.h>

DEFINE_STATIC_KEY_FALSE(vs_active);
EXPORT_SYMBOL_GPL(vs_active);

/*
 * Where contexts end. Not a queue of the system: the end may wait for a helper,
 * and starting that needs the system's. The number bounds the helpers at work.
 */
static struct workqueue_struct *vs_wq;

static int __init vs_object_setup(void)
{
	vs_wq = alloc_workqueue("vserver", WQ_UNBOUND, 32);
	return vs_wq ? 0 : -ENOMEM;
}
core_initcall(vs_object_setup);

/**
 * vs_object_init - fill a new object
 * @obj: zeroed memory
 * @class: its class
 * @id: its number
 * @flags: its first flag word
 *
 * The caller owns one reference and one claim.
 */
void vs_object_init(struct vs_object *obj, struct vs_class *class, u32 id, u64 flags)
{
	obj->id = id;
	obj->class = class;
	obj->flags = flags;
	obj->born = ktime_get_boottime_ns();
	refcount_set(&obj->usecnt, 1);
	atomic_set(&obj->claims, 1);
	spin_lock_init(&obj->lock);
	init_waitqueue_head(&obj->wait);
	atomic_inc(&class->total);
}

/**
 * vs_object_hash - make an object visible under its number
 * @obj: a new object
 *
 * If the flags say so the object claims itself, so that it persists.
 *
 * Return: 0, -EEXIST if the number is in use, -ENOMEM.
 * Context: process context without locks, because of the static key.
 */
int vs_object_hash(struct vs_object *obj)
{
	struct vs_class *class = obj->class;
	int err;

	if (!static_key_enabled(&vs_active))
		static_branch_enable(&vs_active);
	if (vs_flags(obj) & class->persistent)
		atomic_inc(&obj->claims);
	refcount_inc(&obj->usecnt);
	set_bit(VS_OBJ_HASHED, &obj->state);
	err = xa_insert(&class->ids, obj->id, obj, GFP_KERNEL);
	if (err) {
		clear_bit(VS_OBJ_HASHED, &obj->state);
		refcount_dec(&obj->usecnt);
		return err == -EBUSY ? -EEXIST : err;
	}
	atomic_inc(&class->active);
	return 0;
}

/**
 * vs_object_up - let the helper prepare a new context, if its flags say so
 * @obj: the object, which is hashed
 *
 * Return: 0, -ENOEXEC the helper failed; then it will not be told of the end.
 * Context: process context; waits for the helper.
 */
int vs_object_up(struct vs_object *obj)
{
	if (!(vs_flags(obj) & obj->class->helper))
		return 0;
	if (!vs_helper_call(obj, obj->class->up, obj->class->up_cmd))
		return 0;
	vs_object_set_flags(obj, 0, obj->class->helper);
	return -ENOEXEC;
}

/**
 * vs_object_find - look a context up by number
 * @class: which kind
 * @id: the number; those of host and spectator are never found
 *
 * Return: the object with a reference, or NULL.
 */
struct vs_object *vs_object_find(struct vs_class *class, u32 id)
{
	struct vs_object *obj;

	rcu_read_lock();
	obj = xa_load(&class->ids, id);
	if (obj && !refcount_inc_not_zero(&obj->usecnt))
		obj = NULL;
	rcu_read_unlock();
	return obj;
}

static void vs_object_shutdown(struct work_struct *work)
{
	struct vs_object *obj = container_of(work, struct vs_object, work);

	/* First what it holds: a helper that hangs must not keep mounts busy. */
	obj->class->shutdown(obj);
	if (vs_flags(obj) & obj->class->helper)
		vs_helper_call(obj, obj->class->down, obj->class->down_cmd);
	/* Pairs with the test in vs_object_wait(). */
	smp_mb__before_atomic();
	set_bit(VS_OBJ_DEAD, &obj->state);
	wake_up_all(&obj->wait);
	vs_object_put(obj);
}

/**
 * vs_object_claim - keep a context alive
 * @obj: an object to which the caller has a reference
 *
 * Return: false if it is shutting down already.
 */
bool vs_object_claim(struct vs_object *obj)
{
	return atomic_inc_not_zero(&obj->claims);
}

/**
 * vs_object_unclaim - drop a claim
 * @obj: an object to which the caller has a reference
 *
 * With the last one the number becomes free at once and the rest is left to a
 * worker: a task that exits must neither sleep long nor wait for a helper.
 */
void vs_object_unclaim(struct vs_object *obj)
{
	if (!atomic_dec_and_test(&obj->claims))
		return;
	if (!test_and_clear_bit(VS_OBJ_HASHED, &obj->state))
		return;
	xa_erase(&obj->class->ids, obj->id);
	atomic_dec(&obj->class->active);
	/* The reference of the hash goes over to the worker. */
	INIT_WORK(&obj->work, vs_object_shutdown);
	queue_work(vs_wq, &obj->work);
}

static void vs_object_free_rcu(struct rcu_head *head)
{
	struct vs_object *obj = container_of(head, struct vs_object, rcu);
	struct vs_class *class = obj->class;

	class->free(obj);
	atomic_dec(&class->total);
}

/**
 * vs_object_put - drop a reference
 * @obj: the object
 *
 * Context: any.
 */
void vs_object_put(struct vs_object *obj)
{
	if (refcount_dec_and_test(&obj->usecnt))
		call_rcu(&obj->rcu, vs_object_free_rcu);
}

/**
 * vs_object_wait - sleep until a context is gone
 * @obj: the object
 *
 * Return: 0, or -ERESTARTSYS when a signal came first.
 */
int vs_object_wait(struct vs_object *obj)
{
	return wait_event_interruptible(obj->wait, test_bit(VS_OBJ_DEAD, &obj->state));
}

/**
 * vs_object_set_flags - assign flags
 * @obj: the object; it is claimed by the caller or the caller is the host
 * @flags: new values
 * @mask: which of them
 *
 * A change of the persistent flag takes or drops a claim.
 *
 * Return: the bits that changed.
 */
u64 vs_object_set_flags(struct vs_object *obj, u64 flags, u64 mask)
{
	struct vs_class *class = obj->class;
	bool unclaim = false;
	u64 old, new;

	spin_lock(&obj->lock);
	old = obj->flags;
	new = vs_mask_flags(old, flags, mask, class->one_time);
	if ((old ^ new) & class->persistent & vs_heeded_flags(obj)) {
		if (!(new & class->persistent))
			unclaim = true;
		else if (!vs_object_claim(obj))
			new &= ~class->persistent;	/* too late to live on */
	}
	WRITE_ONCE(obj->flags, new);
	spin_unlock(&obj->lock);
	if (unclaim)
		vs_object_unclaim(obj);
	return old ^ new;
}

/**
 * vs_object_set_caps - assign context or network capabilities
 * @obj: the object
 * @caps: new values
 * @mask: which of them
 */
void vs_object_set_caps(struct vs_object *obj, u64 caps, u64 mask)
{
	spin_lock(&obj->lock);
	WRITE_ONCE(obj->caps, vs_mask_assign(obj->caps, caps, mask));
	spin_unlock(&obj->lock);
}
