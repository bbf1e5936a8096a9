// SPDX-License-Identifier: GPL-2.0
/* Signals that are under way: who sent them, and whether they count. */
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/signal.h>
#include <linux/vserver/context.h>
#include <linux/vserver/task.h>
#include "pid.h"

/**
 * __vs_sender_nr - the caller's number, for a signal that it sends
 * @task: the receiver
 * @nr: the number so far
 *
 * Inside a guest a sender outside has no number.
 */
int __vs_sender_nr(struct task_struct *task, int nr)
{
	struct vx_info *vx;

	rcu_read_lock();
	vx = task_vx_rcu(task);
	if (vx_guest(vx) && vx != current_real_vx())
		nr = 0;
	rcu_read_unlock();
	return nr;
}

/**
 * __vs_init_spared - does a signal of the caller pass the receiver by?
 * @task: the receiver
 * @sig: the signal
 *
 * As the first process of a machine, the init of a fakeinit context does not
 * die of a signal from inside that it has made no provision for.
 *
 * Context: the siglock of @task held.
 */
bool __vs_init_spared(struct task_struct *task, int sig)
{
	struct sighand_struct *sighand = rcu_dereference_protected(task->sighand, true);
	struct vx_info *vx = current_real_vx();
	bool ret;

	if (!vx_guest(vx) || sig_kernel_ignore(sig) || sig_kernel_stop(sig) ||
	    sighand->action[sig - 1].sa.sa_handler != SIG_DFL ||
	    /* The second one is what was blocked before sigtimedwait(). */
	    sigismember(&task->blocked, sig) || sigismember(&task->real_blocked, sig))
		return false;
	rcu_read_lock();
	ret = task_vx_rcu(task) == vx && vx_fakeinit(vx) == task_tgid(task);
	rcu_read_unlock();
	return ret;
}
