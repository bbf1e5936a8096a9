// SPDX-License-Identifier: GPL-2.0
/*
 * The look-up filter: which tasks a caller can name, and by which number.
 *
 * A task in another context is not found. The filter sits where the kernel
 * turns a number given by the caller into a task, and so serves every call
 * that takes a pid. Walks over all tasks ask for each one.
 *
 *	a guest sees	the members of its own context
 *	the spectator	sees everybody and reaches nobody
 *	the host	sees everybody, or with kernel.vserver_host_view=0 only
 *			tasks that are in no context
 *
 * In a context with the fakeinit flag the recorded init has number 1 and its
 * real number does not exist. The translation belongs to numbers that the
 * caller gives or receives, never to what the kernel stores. It is made in the
 * initial pid namespace only: any other has a process 1 of its own.
 */
#include <linux/ctype.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/proc_fs.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/uaccess.h>
#include <linux/vserver/context.h>
#include <linux/vserver/owner.h>
#include <linux/vserver/proc.h>
#include <linux/vserver/sysctl.h>
#include <linux/vserver/task.h>
#include "pid.h"

/* Everything below runs for the task that asks, whatever it acts as. */
static bool vx_unfiltered(const struct vx_info *vx)
{
	if (current->flags & PF_KTHREAD)
		return true;
	return vx == &vx_watch || (!vx && READ_ONCE(vs_host_view));
}

/* May the caller see what belongs to any context? */
bool vs_unfiltered(void)
{
	return vx_unfiltered(current_real_vx());
}

/* May a caller in @vx see @task? The caller holds rcu_read_lock(). */
static bool vx_sees(const struct vx_info *vx, const struct task_struct *task)
{
	return task_vx_rcu(task) == vx;
}

/*
 * With the fakeinit flag, once set-up is over: the init of the caller's context.
 * One that lives in a pid namespace of the guest needs no other number. Under RCU.
 */
struct pid *vx_fakeinit(const struct vx_info *vx)
{
	struct pid *init;

	if (!vx_guest(vx) || !vx_flag(vx, VXF_INFO_INIT) || vx_flag(vx, VXF_STATE_SETUP))
		return NULL;
	init = rcu_dereference(vx->init);
	return init && !init->level ? init : NULL;
}

static struct pid *vx_translate(const struct vx_info *vx, int nr, struct pid_namespace *ns)
{
	struct pid *init = ns == &init_pid_ns ? vx_fakeinit(vx) : NULL;

	if (init) {
		int real = pid_nr_ns(init, ns);

		if (nr == 1)
			return init;
		if (nr == real)
			return NULL;
	}
	return find_pid_ns(nr, ns);
}

/* Does @pid name a task, group or session with a member that @vx sees? */
static bool vx_sees_pid(const struct vx_info *vx, struct pid *pid)
{
	struct task_struct *task;
	enum pid_type type;

	for (type = PIDTYPE_PID; type < PIDTYPE_MAX; type++)
		hlist_for_each_entry_rcu(task, &pid->tasks[type], pid_links[type],
					 lockdep_is_held(&tasklist_lock))
			if (vx_sees(vx, task))
				return true;
	return false;
}

/**
 * __vs_find_pid - turn a number given by the caller into a pid
 * @nr: the number
 * @ns: the pid namespace in which it counts
 * @own: only if the caller may reach a task of it; waiting for a child does
 *	not need that, since the child may have entered a context
 *
 * Context: rcu_read_lock() or tasklist_lock held.
 */
struct pid *__vs_find_pid(int nr, struct pid_namespace *ns, bool own)
{
	struct vx_info *vx = current_real_vx();
	struct pid *pid;

	if (vx_unfiltered(vx))
		return find_pid_ns(nr, ns);
	rcu_read_lock();
	pid = vx_translate(vx, nr, ns);
	if (pid && own && !vx_sees_pid(vx, pid))
		pid = NULL;
	rcu_read_unlock();
	return pid;
}

/**
 * __vs_find_task - turn a number given by the caller into a task
 * @nr: the number
 * @ns: the pid namespace in which it counts
 *
 * Context: rcu_read_lock() held.
 */
struct task_struct *__vs_find_task(int nr, struct pid_namespace *ns)
{
	struct vx_info *vx = current_real_vx();
	struct task_struct *task;

	if (vx_unfiltered(vx))
		return find_task_by_pid_ns(nr, ns);
	task = pid_task(vx_translate(vx, nr, ns), PIDTYPE_PID);
	return task && vx_sees(vx, task) ? task : NULL;
}

/**
 * __vs_reach_task - filter the task behind a handle that the caller holds
 * @task: a task with a reference, or NULL
 *
 * A handle may have been passed in from outside, past every number.
 *
 * Return: @task, or NULL with the reference dropped.
 */
struct task_struct *__vs_reach_task(struct task_struct *task)
{
	struct vx_info *vx = current_real_vx();
	bool sees;

	if (!task || vx_unfiltered(vx))
		return task;
	rcu_read_lock();
	sees = vx_sees(vx, task);
	rcu_read_unlock();
	if (sees)
		return task;
	put_task_struct(task);
	return NULL;
}

/**
 * __vs_pid_vnr - the number of a pid as the caller is to see it
 * @pid: the pid
 * @nr: its number in the caller's pid namespace
 */
int __vs_pid_vnr(struct pid *pid, int nr)
{
	struct vx_info *vx = current_real_vx();

	if (!nr || !vx_guest(vx))
		return nr;
	rcu_read_lock();
	if (vx_fakeinit(vx) == pid)
		nr = 1;
	rcu_read_unlock();
	return nr;
}

/**
 * __vs_pid_shown - a number for the caller to look at
 * @pid: the pid
 * @nr: its number in the caller's pid namespace
 *
 * Who locks a file, has sent a message or owns a terminal may be in another
 * context: then the number is 0, as for a task of an outer pid namespace. Of a
 * pid without tasks nobody knows any more whose it was.
 */
int __vs_pid_shown(struct pid *pid, int nr)
{
	struct vx_info *vx = current_real_vx();
	enum pid_type type;
	bool dead = true;

	if (!nr || !vx_guest(vx))
		return nr;
	rcu_read_lock();
	for (type = PIDTYPE_PID; dead && type < PIDTYPE_MAX; type++)
		dead = hlist_empty(&pid->tasks[type]);
	if (!dead && !vx_sees_pid(vx, pid))
		nr = 0;
	rcu_read_unlock();
	return __vs_pid_vnr(pid, nr);
}

/**
 * __vs_nr_for - a number as somebody else is to see it
 * @task: who is told of it
 * @pid: the pid
 * @nr: its number in the pid namespace of @task
 */
int __vs_nr_for(struct task_struct *task, struct pid *pid, int nr)
{
	rcu_read_lock();
	if (nr && vx_fakeinit(task_vx_rcu(task)) == pid)
		nr = 1;
	rcu_read_unlock();
	return nr;
}

/**
 * __vs_nr - a number as the caller is to see it, where the pid is not at hand
 * @nr: the number
 * @ns: the pid namespace in which it counts
 */
int __vs_nr(int nr, struct pid_namespace *ns)
{
	struct vx_info *vx = current_real_vx();
	struct pid *init;

	if (nr <= 0 || !vx_guest(vx))
		return nr;
	rcu_read_lock();
	init = vx_fakeinit(vx);
	if (init && pid_nr_ns(init, ns) == nr)
		nr = 1;
	rcu_read_unlock();
	return nr;
}

/**
 * __vs_ppid - the number of a task's parent as the caller is to see it
 * @task: the task
 * @nr: the number of its parent in @ns
 * @ns: the pid namespace in which it counts
 *
 * A parent outside is number 0, as for the first task of a machine; only the
 * host's init, which inherits the orphans of a guest without one, is shown.
 */
int __vs_ppid(struct task_struct *task, int nr, struct pid_namespace *ns)
{
	struct vx_info *vx = current_real_vx();
	struct task_struct *parent;

	if (!nr || !vx_guest(vx))
		return nr;
	rcu_read_lock();
	parent = rcu_dereference(task->real_parent);
	if (vx_sees(vx, parent))
		nr = __vs_nr(nr, ns);
	else if (!is_global_init(parent) || vx_fakeinit(vx) == task_tgid(task))
		nr = 0;
	rcu_read_unlock();
	return nr;
}

/**
 * __vs_task_vnr - a task's number as the caller is to see it
 * @task: the task
 * @type: of itself, its group or its session
 */
pid_t __vs_task_vnr(struct task_struct *task, enum pid_type type)
{
	struct pid *pid;
	pid_t nr;

	rcu_read_lock();
	/* The slots are not marked as RCU's, but what is in them is freed by it. */
	pid = type == PIDTYPE_PID ? READ_ONCE(task->thread_pid) :
				    READ_ONCE(task->signal->pids[type]);
	nr = __vs_pid_vnr(pid, pid_nr_ns(pid, task_active_pid_ns(current)));
	rcu_read_unlock();
	return nr;
}

/**
 * __vs_find_get_own - a pid that the caller may reach, with a reference
 * @nr: the number
 */
struct pid *__vs_find_get_own(int nr)
{
	struct pid *pid;

	rcu_read_lock();
	pid = get_pid(__vs_find_pid(nr, task_active_pid_ns(current), true));
	rcu_read_unlock();
	return pid;
}

/**
 * __vs_pid_seen - may the caller know the number of a task, group or session?
 * @pid: which
 *
 * Context: rcu_read_lock() held.
 */
bool __vs_pid_seen(struct pid *pid)
{
	struct vx_info *vx = current_real_vx();

	return vx_unfiltered(vx) || vx_sees_pid(vx, pid);
}

/**
 * __vs_task_visible - may the caller look at a task in /proc?
 * @task: the task
 *
 * Beside its own tasks a guest that never chose an init sees the host's as
 * number 1, so that it does not look like a machine without one.
 *
 * Context: rcu_read_lock() held, or a reference to @task.
 */
bool __vs_task_visible(struct task_struct *task)
{
	struct vx_info *vx = current_real_vx();
	bool ret;

	if (vx_unfiltered(vx))
		return true;
	rcu_read_lock();
	ret = vx_sees(vx, task);
	rcu_read_unlock();
	if (!ret && is_global_init(task))
		ret = vx_flag(vx, VXF_INFO_INIT) && vx_flag(vx, VXF_STATE_INIT);
	return ret;
}

/**
 * __vs_task_own - is a task in the caller's own context?
 * @task: the task
 *
 * For operations that act on many tasks at once: they never cross contexts.
 */
bool __vs_task_own(struct task_struct *task)
{
	bool ret;

	rcu_read_lock();
	ret = task_vx_rcu(task) == current_real_vx();
	rcu_read_unlock();
	return ret;
}

/**
 * vs_may_signal - may a task in one context signal another task?
 * @vx: the sender's context
 * @task: the receiver
 *
 * The spectator may signal itself, a guest its own; the host everybody, or in
 * strict view its own.
 */
bool vs_may_signal(const struct vx_info *vx, struct task_struct *task)
{
	bool ret;

	if (!vx && READ_ONCE(vs_host_view))
		return true;
	rcu_read_lock();
	ret = vx_sees(vx, task);
	rcu_read_unlock();
	return ret;
}

/**
 * __vs_kill_target - the receiver of a signal, if the caller may reach it
 * @task: the receiver or NULL
 *
 * kill_pid_info() tries again as long as sending fails with ESRCH, so a task
 * that the caller may not reach must be no task for it.
 */
struct task_struct *__vs_kill_target(struct task_struct *task)
{
	if (!task || (current->flags & PF_KTHREAD))
		return task;
	return vs_may_signal(current_real_vx(), task) ? task : NULL;
}

/**
 * __vs_task_killall - does kill(-1) of the caller reach a task?
 * @task: the task
 *
 * Only in the caller's own context, and not its recorded init.
 */
bool __vs_task_killall(struct task_struct *task)
{
	struct vx_info *vx = current_real_vx();
	bool ret;

	rcu_read_lock();
	ret = task_vx_rcu(task) == vx &&
	      !(vx_guest(vx) && rcu_access_pointer(vx->init) == task_tgid(task));
	rcu_read_unlock();
	return ret;
}

/*
 * /proc. A directory is named by the number that the reader sees; the init of
 * a fakeinit context is "1" to its own context and nobody else.
 */

/**
 * __vs_proc_find - the task behind a name in /proc
 * @nr: the name
 * @ns: the pid namespace of the mount
 *
 * Context: rcu_read_lock() held.
 */
struct task_struct *__vs_proc_find(int nr, struct pid_namespace *ns)
{
	struct vx_info *vx = current_real_vx();
	struct task_struct *task;

	if (vx_unfiltered(vx))
		return find_task_by_pid_ns(nr, ns);
	task = pid_task(vx_translate(vx, nr, ns), PIDTYPE_PID);
	return task && __vs_task_visible(task) ? task : NULL;
}
