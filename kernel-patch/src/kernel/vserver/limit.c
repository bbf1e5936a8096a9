// SPDX-License-Identifier: GPL-2.0
/*
 * Limits of contexts: what all tasks of a context together may have.
 *
 * Tasks are counted, exactly, from when they become members until they leave or
 * somebody has waited for their end. Everything else is charged to the context
 * of who makes it and given back to that context when it is freed, perhaps by
 * somebody else.
 */
#include <linux/cred.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/vserver/context.h>
#include <linux/vserver/limit.h>

/**
 * vx_limit_init - no limits, nothing charged
 * @vx: a new context
 */
void vx_limit_init(struct vx_info *vx)
{
	int i;

	for (i = 0; i < VXL_NR; i++) {
		vx->limit[i].soft = VXL_INFINITY;
		vx->limit[i].hard = VXL_INFINITY;
	}
}

/**
 * vx_limit_seen - remember the extremes
 * @vx: the context
 * @id: VXL_ number
 * @value: the present one
 */
void vx_limit_seen(struct vx_info *vx, unsigned int id, long value)
{
	struct vx_limit *limit = &vx->limit[id];

	if (value > READ_ONCE(limit->max))
		WRITE_ONCE(limit->max, value);
	if (value < READ_ONCE(limit->min))
		WRITE_ONCE(limit->min, value);
}

static bool within(const struct vx_limit *limit, u64 value)
{
	/* VXL_INFINITY is the highest number there is. */
	return value <= READ_ONCE(limit->soft) || value <= READ_ONCE(limit->hard);
}

/**
 * __vx_charge - count something against a limit
 * @vx: a real context
 * @id: VXL_ number
 * @n: how much, not negative
 *
 * Return: false if that would exceed the limit; then nothing was charged.
 * Context: any; does not sleep.
 */
bool __vx_charge(struct vx_info *vx, unsigned int id, long n)
{
	struct vx_limit *limit = &vx->limit[id];
	long value = atomic_long_add_return(n, &limit->value);

	if (!within(limit, value)) {
		atomic_long_sub(n, &limit->value);
		atomic_inc(&limit->hits);
		return false;
	}
	vx_limit_seen(vx, id, value);
	return true;
}

/**
 * __vx_uncharge - the opposite
 * @vx: the context that was charged
 * @id: VXL_ number
 * @n: how much
 */
void __vx_uncharge(struct vx_info *vx, unsigned int id, long n)
{
	vx_limit_seen(vx, id, atomic_long_sub_return(n, &vx->limit[id].value));
}

/**
 * __vs_fork_refused - may the caller's context not have one more task?
 *
 * Asked early, so that a fork bomb costs little, and again under tasklist_lock
 * just before the task is counted, which makes the limit exact.
 */
bool __vs_fork_refused(void)
{
	struct vx_info *vx = current_real_vx();
	struct vx_limit *limit;

	if (!vx_guest(vx))
		return false;
	limit = &vx->limit[VXL_NPROC];
	if (within(limit, (u64)atomic_long_read(&limit->value) + 1))
		return false;
	atomic_inc(&limit->hits);
	return true;
}

/* The opener's context pays as long as the file lives, wherever it is passed to. */
bool __vs_file_charge(const struct cred *cred)
{
	return !vx_guest(cred->vx_info) || __vx_charge(cred->vx_info, VXL_NOFILE, 1);
}

void __vs_file_uncharge(const struct cred *cred)
{
	if (vx_guest(cred->vx_info))
		__vx_uncharge(cred->vx_info, VXL_NOFILE, 1);
}

/**
 * __vx_take - charge an object to the caller's context
 * @owner: where the object keeps the reference; NULL so far, and stays NULL if
 *	the caller is in no context
 * @id: VXL_ number
 * @n: how much
 *
 * Return: false if that would exceed the limit.
 */
bool __vx_take(struct vx_info **owner, unsigned int id, long n)
{
	struct vx_info *vx = current_real_vx();

	if (!vx_guest(vx))
		return true;
	if (!__vx_charge(vx, id, n))
		return false;
	*owner = get_vx_info(vx);
	return true;
}

/**
 * __vx_give - give back what __vx_take() charged, and the reference
 * @owner: where the object keeps it
 * @id: VXL_ number
 * @n: how much
 */
void __vx_give(struct vx_info **owner, unsigned int id, long n)
{
	struct vx_info *vx = *owner;

	*owner = NULL;
	__vx_uncharge(vx, id, n);
	put_vx_info(vx);
}

void __vx_take_sems(struct vx_info **owner, int n)
{
	/* Neither has a limit. */
	if (__vx_take(owner, VXL_NSEMS, n) && *owner)
		__vx_charge(*owner, VXL_SEMARY, 1);
}

void __vx_give_sems(struct vx_info **owner, int n)
{
	__vx_uncharge(*owner, VXL_SEMARY, 1);
	__vx_give(owner, VXL_NSEMS, n);
}

/**
 * __vs_oom_points - add the bias of a task's context to its badness
 * @task: the task, which need not be the caller
 * @points: the badness without it, in pages
 * @totalpages: of the memory that ran out
 *
 * The result stays on the scale that oom_score_adj spans, as /proc shows it.
 */
long __vs_oom_points(struct task_struct *task, long points, long totalpages)
{
	struct vx_info *vx;

	rcu_read_lock();
	vx = task_vx_rcu(task);
	if (vx_guest(vx) && READ_ONCE(vx->oom_bias))
		points = clamp_t(s64, points + READ_ONCE(vx->oom_bias), -totalpages,
				 2 * totalpages);
	rcu_read_unlock();
	return points;
}
