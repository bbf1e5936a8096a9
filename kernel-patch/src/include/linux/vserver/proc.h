/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_PROC_H
#define _LINUX_VSERVER_PROC_H

/* Hooks of procfs; macros when off. */

#include <linux/vserver/task.h>

struct pid_namespace;
struct proc_dir_entry;
struct dentry;
struct seq_file;
struct task_struct;

#ifdef CONFIG_VSERVER

struct task_struct *__vs_proc_find(int nr, struct pid_namespace *ns);
int __vs_proc_valid(struct task_struct *task, const struct dentry *dentry);
struct task_struct *__vs_proc_task(struct task_struct *task);
bool __vs_proc_entry(struct task_struct *task, const struct dentry *dentry);
void vs_proc_init(void);
void vs_proc_status(struct seq_file *m, struct task_struct *task);
int vs_proc_vinfo(struct seq_file *m, struct pid_namespace *ns, struct pid *pid,
		  struct task_struct *task);
int vs_proc_ninfo(struct seq_file *m, struct pid_namespace *ns, struct pid *pid,
		  struct task_struct *task);

/* The task behind the name @nr in a mount of @ns, if the caller may see it. */
#define vs_proc_find(nr, ns) \
	(static_branch_unlikely(&vs_active) ? __vs_proc_find(nr, ns) : find_task_by_pid_ns(nr, ns))
/* Is the cached name @dentry of @task right for the caller? As d_revalidate. */
#define vs_proc_valid(task, dentry) \
	(static_branch_unlikely(&vs_active) ? __vs_proc_valid(task, dentry) : 1)
/* May the caller see the file named @dentry in the directory of @task? */
#define vs_proc_entry(task, dentry) \
	(!static_branch_unlikely(&vs_active) || __vs_proc_entry(task, dentry))
/* @task or NULL, with a reference: NULL if the caller may not see it. */
#define vs_proc_task(task) \
	(static_branch_unlikely(&vs_active) ? __vs_proc_task(task) : (task))

#else

#define vs_proc_init()				do { } while (0)
#define vs_proc_status(m, task)			do { } while (0)
#define vs_proc_find(nr, ns)			find_task_by_pid_ns(nr, ns)
#define vs_proc_valid(task, dentry)		1
#define vs_proc_task(task)			(task)
#define vs_proc_entry(task, dentry)		true

#endif

#endif /* _LINUX_VSERVER_PROC_H */
