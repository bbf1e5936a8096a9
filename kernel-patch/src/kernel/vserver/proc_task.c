// SPDX-License-Identifier: GPL-2.0
/*
 * The directories of tasks in /proc: which of their files a reader finds, and
 * whether a name that is cached is right for it. See pid.c for who sees whom.
 */
#include <linux/ctype.h>
#include <linux/pid.h>
#include <linux/proc_fs.h>
#include <linux/sched/task.h>
#include <linux/string.h>
#include <linux/vserver/context.h>
#include <linux/vserver/proc.h>
#include <linux/vserver/task.h>
#include "pid.h"

/**
 * __vs_proc_entry_name - may the caller see a file in a task's directory?
 * @task: the task, which the caller may see
 * @name: of the file
 *
 * Of the host's init a guest gets to see what ps(1) shows, and not, say, the
 * mounts or descriptors of the host. Of a task whose context hides its numbers
 * nobody sees the files that tell them.
 */
bool __vs_proc_entry_name(struct task_struct *task, const char *name)
{
	static const char * const numbers[] = { "vinfo", "ninfo" };
	static const char * const shown[] = { "stat", "statm", "status", "cmdline", "comm" };
	bool hides;

	if (match_string(numbers, ARRAY_SIZE(numbers), name) >= 0) {
		rcu_read_lock();
		hides = vx_flag(task_vx_rcu(task), VXF_HIDE_VINFO);
		rcu_read_unlock();
		if (hides)
			return false;
	}
	return !vx_guest(current_real_vx()) || __vs_task_own(task) ||
	       match_string(shown, ARRAY_SIZE(shown), name) >= 0;
}

bool __vs_proc_entry(struct task_struct *task, const struct dentry *dentry)
{
	return __vs_proc_entry_name(task, dentry->d_name.name);
}

/**
 * __vs_proc_valid - is a cached name in /proc right for the caller?
 * @task: the task behind it
 * @dentry: the name
 *
 * Mounts of /proc may be shared. "1" is somebody else for each context with an
 * own init, so a wrong one is dropped and looked up anew. Any other name that
 * the caller may not see does not exist for it, but stays for the others.
 *
 * Return: 1 it is right, 0 look it up again, -ENOENT it does not exist.
 * Context: rcu_read_lock() held, perhaps in RCU path walk.
 */
int __vs_proc_valid(struct task_struct *task, const struct dentry *dentry)
{
	const struct qstr *name = &dentry->d_name;
	struct task_struct *want;

	if (name->len == 1 && name->name[0] == '1') {
		want = __vs_proc_find(1, proc_pid_ns(dentry->d_sb));
		if (want != task)
			return want ? 0 : -ENOENT;
		return 1;
	}
	if (!__vs_task_visible(task))
		return -ENOENT;
	/* The files below a directory have names, the directory a number. */
	if (!isdigit(name->name[0]))
		return __vs_proc_entry(task, dentry) ? 1 : -ENOENT;
	return vx_fakeinit(current_real_vx()) == task_pid(task) ? -ENOENT : 1;
}

/**
 * __vs_proc_task - filter the task behind an open file of /proc
 * @task: a task with a reference, or NULL
 *
 * Return: @task, or NULL with the reference dropped.
 */
struct task_struct *__vs_proc_task(struct task_struct *task)
{
	if (task && !__vs_task_visible(task)) {
		put_task_struct(task);
		task = NULL;
	}
	return task;
}

/* A pid whose task is gone is anybody's: its number says nothing any more. */
bool __vs_proc_pid_visible(struct pid *pid)
{
	struct task_struct *task;
	bool ret;

	rcu_read_lock();
	task = pid_task(pid, PIDTYPE_PID);
	ret = !task || __vs_task_visible(task);
	rcu_read_unlock();
	return ret;
}

bool __vs_proc_watches(void)
{
	return current_real_vx() == &vx_watch;
}
