/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_OBJECT_H
#define _LINUX_VSERVER_OBJECT_H

#include <linux/atomic.h>
#include <linux/jump_label.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

struct vs_object;

/**
 * struct vs_class - what process contexts and network contexts differ in
 * @name: for messages
 * @ids: number to object; readers under RCU, writers under its lock
 * @total: allocated objects
 * @active: objects in @ids
 * @one_time: flags that can be cleared but never set again
 * @persistent: the flag that keeps an object without tasks
 * @helper: the flag that asks for a call of the helper at both ends
 * @up: name of the call at the beginning
 * @up_cmd: its VS_HELPER_ number
 * @down: name of the call at the end
 * @down_cmd: its VS_HELPER_ number
 * @shutdown: drop what the object holds; runs once in a worker after the last
 *	claim is gone, may sleep
 * @free: release the memory; runs after a grace period, must not sleep
 */
struct vs_class {
	const char	*name;
	struct xarray	ids;
	atomic_t	total;
	atomic_t	active;
	u64		one_time;
	u64		persistent;
	u64		helper;
	const char	*up;
	u32		up_cmd;
	const char	*down;
	u32		down_cmd;
	void		(*shutdown)(struct vs_object *obj);
	void		(*free)(struct vs_object *obj);
};

/* Bits of vs_object.state. */
#define VS_OBJ_HASHED	0	/* can be found by number */
#define VS_OBJ_DEAD	1	/* shut down; waiters may go */

/**
 * struct vs_object - the common part of a process or network context
 * @id: the number; constant
 * @class: constant
 * @usecnt: references; the memory goes with the last. The creator's, one
 *	while hashed, one per credential set and socket, one per look-up.
 * @claims: what keeps the context alive: live tasks, the PERSISTENT flag, and
 *	the creator until it has moved in. At zero the context is unhashed and
 *	shut down; it never rises from zero.
 * @tasks: live tasks that are members
 * @forks: tasks that were born inside
 * @flags: read without a lock; written under @lock
 * @caps: context or network capabilities; read without a lock, written under @lock
 * @lock: @flags, @caps and small fields of the containing structure; innermost
 * @state: VS_OBJ_ bits
 * @born: CLOCK_BOOTTIME in ns at creation; constant
 * @wait: sleepers in wait_exit
 * @work: shutdown
 * @rcu: look-ups run under RCU
 */
struct vs_object {
	u32			id;
	struct vs_class		*class;
	refcount_t		usecnt;
	atomic_t		claims;
	atomic_t		tasks;
	atomic_t		forks;
	u64			flags;
	u64			caps;
	spinlock_t		lock;
	unsigned long		state;
	u64			born;
	wait_queue_head_t	wait;
	union {
		struct work_struct	work;
		struct rcu_head		rcu;
	};
};

/* Set for good when the first context is created; hot paths test it first. */
DECLARE_STATIC_KEY_FALSE(vs_active);

void vs_object_init(struct vs_object *obj, struct vs_class *class, u32 id, u64 flags);
int vs_object_hash(struct vs_object *obj);
int vs_object_up(struct vs_object *obj);
struct vs_object *vs_object_find(struct vs_class *class, u32 id);
bool vs_object_claim(struct vs_object *obj);
void vs_object_unclaim(struct vs_object *obj);
void vs_object_put(struct vs_object *obj);
int vs_object_wait(struct vs_object *obj);
u64 vs_object_set_flags(struct vs_object *obj, u64 flags, u64 mask);
void vs_object_set_caps(struct vs_object *obj, u64 caps, u64 mask);

/* Assign the bits of @new that are in @mask. */
static inline u64 vs_mask_assign(u64 old, u64 new, u64 mask)
{
	return (old & ~mask) | (new & mask);
}

/* As above, but bits of @one_time can only go from set to clear. */
static inline u64 vs_mask_flags(u64 old, u64 new, u64 mask, u64 one_time)
{
	return vs_mask_assign(old, new, mask & ~(one_time & ~old));
}

/* The bits of a flag word that can still be changed. */
static inline u64 vs_mask_mask(u64 flags, u64 one_time)
{
	return ~(one_time & ~flags);
}

/* A kernel that tests the tests can be told to overlook bits; see kernel/vserver/mute.c. */
#ifdef CONFIG_VSERVER_MUTE
u64 vs_heeded_flags(const struct vs_object *obj);
u64 vs_heeded_caps(const struct vs_object *obj);
#else
static inline u64 vs_heeded_flags(const struct vs_object *obj) { return ~0ULL; }
static inline u64 vs_heeded_caps(const struct vs_object *obj) { return ~0ULL; }
#endif

/* The words as the rules read them. */
static inline u64 vs_flags(const struct vs_object *obj)
{
	return READ_ONCE(obj->flags) & vs_heeded_flags(obj);
}

static inline u64 vs_caps(const struct vs_object *obj)
{
	return READ_ONCE(obj->caps) & vs_heeded_caps(obj);
}

#endif /* _LINUX_VSERVER_OBJECT_H */
