/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_LIMIT_H
#define _LINUX_VSERVER_LIMIT_H

/*
 * Limits of contexts. What is counted keeps a reference to the context it was
 * charged to, so that it goes back there whoever frees it. Macros when off.
 */
#include <uapi/vserver/limit.h>

struct cred;
struct seq_file;
struct task_struct;
struct vx_info;

#ifdef CONFIG_VSERVER

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/jump_label.h>

DECLARE_STATIC_KEY_FALSE(vs_active);

/* Set and enforced; counted. */
#define VX_LIMIT_MASK	(BIT(VXL_NPROC) | BIT(VXL_NOFILE) | BIT(VXL_MSGQUEUE) | BIT(VXL_SHMEM))
#define VX_LIMIT_COUNTED (VX_LIMIT_MASK | BIT(VXL_SEMARY) | BIT(VXL_NSEMS))

/**
 * struct vx_limit - one limit of a context
 * @soft: VXL_INFINITY or a number; written under obj.lock, read without
 * @hard: as @soft
 * @value: what is charged
 * @min: the lowest @value seen; racy, as are all who look at it
 * @max: the highest
 * @hits: refusals
 */
struct vx_limit {
	u64		soft;
	u64		hard;
	atomic_long_t	value;
	long		min;
	long		max;
	atomic_t	hits;
};

void vx_limit_init(struct vx_info *vx);
void vx_limit_seen(struct vx_info *vx, unsigned int id, long value);
bool __vx_charge(struct vx_info *vx, unsigned int id, long n);
void __vx_uncharge(struct vx_info *vx, unsigned int id, long n);
bool __vs_fork_refused(void);
bool __vs_file_charge(const struct cred *cred);
void __vs_file_uncharge(const struct cred *cred);
bool __vx_take(struct vx_info **owner, unsigned int id, long n);
void __vx_give(struct vx_info **owner, unsigned int id, long n);
void __vx_take_sems(struct vx_info **owner, int n);
void __vx_give_sems(struct vx_info **owner, int n);
long __vs_oom_points(struct task_struct *task, long points, long totalpages);

/* May the caller's context not have one more task? */
#define vs_fork_refused() \
	(static_branch_unlikely(&vs_active) && __vs_fork_refused())
/* A file is opened with @cred; false if the context has too many. */
#define vs_file_charge(cred) \
	(!static_branch_unlikely(&vs_active) || __vs_file_charge(cred))
#define vs_file_uncharge(cred) \
	do { if (static_branch_unlikely(&vs_active)) __vs_file_uncharge(cred); } while (0)
/*
 * An object with a member vx_info, which holds the reference: charge @n to the
 * caller's context, or give back what was charged, if anything was.
 */
#define vs_limit_clear(obj)	((void)((obj)->vx_info = NULL))
#define vs_limit_take(obj, id, n) \
	(vs_limit_clear(obj), !static_branch_unlikely(&vs_active) || \
	 __vx_take(&(obj)->vx_info, id, n))
#define vs_limit_give(obj, id, n) \
	do { if ((obj)->vx_info) __vx_give(&(obj)->vx_info, id, n); } while (0)
/* The same for a set of semaphores; that is counted and cannot fail. */
#define vs_sems_take(obj, n) \
	do { \
		vs_limit_clear(obj); \
		if (static_branch_unlikely(&vs_active)) \
			__vx_take_sems(&(obj)->vx_info, n); \
	} while (0)
#define vs_sems_give(obj, n) \
	do { if ((obj)->vx_info) __vx_give_sems(&(obj)->vx_info, n); } while (0)
/* How good a victim @task is, with the bias of its context. */
#define vs_oom_points(task, points, totalpages) \
	(static_branch_unlikely(&vs_active) ? __vs_oom_points(task, points, totalpages) : (points))

#else

#define vs_fork_refused()		false
#define vs_file_charge(cred)		true
#define vs_file_uncharge(cred)		do { } while (0)
#define vs_limit_clear(obj)		do { } while (0)
#define vs_limit_take(obj, id, n)	true
#define vs_limit_give(obj, id, n)	do { } while (0)
#define vs_sems_take(obj, n)		do { } while (0)
#define vs_sems_give(obj, n)		do { } while (0)
#define vs_oom_points(task, points, totalpages)	(points)

#endif

#endif /* _LINUX_VSERVER_LIMIT_H */
