/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_PROC_H
#define _LINUX_VSERVER_PROC_H

/* Hooks of procfs; macros when off. */

#include <linux/vserver/task.h>

struct ctl_table;
struct ctl_table_header;
struct file;
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
bool __vs_proc_entry_name(struct task_struct *task, const char *name);
bool __vs_proc_pid_visible(struct pid *pid);
bool __vs_proc_watches(void);
bool __vs_proc_shown(const struct dentry *dentry, const char *name);
bool __vs_sysctl_denied(struct ctl_table_header *head, struct ctl_table *table);
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

/* The same where only the pid is at hand. */
#define vs_proc_pid_visible(pid) \
	(!static_branch_unlikely(&vs_active) || __vs_proc_pid_visible(pid))
/* Is the caller a spectator, from whom the mount option hidepid hides nothing? */
#define vs_proc_watches() \
	(static_branch_unlikely(&vs_active) && __vs_proc_watches())

/*
 * Files that are not a task's. May the caller find the one that @dentry names?
 * May it see @name in the open directory @file? As d_revalidate: @ret if so.
 */
#define vs_proc_shown(dentry) \
	(!static_branch_unlikely(&vs_active) || __vs_proc_shown(dentry, NULL))
#define vs_proc_listed(file, name) \
	(!static_branch_unlikely(&vs_active) || __vs_proc_shown((file)->f_path.dentry, name))
#define vs_proc_seen(dentry, ret) \
	(vs_proc_shown(dentry) ? (ret) : -ENOENT)
/* May the caller, whatever the mode says, not write to a file of /proc/sys? */
#define vs_sysctl_denied(head, table) \
	(static_branch_unlikely(&vs_active) && __vs_sysctl_denied(head, table))
/* May the caller not see the file @name in the directory of @task? */
#define vs_proc_skips(task, name) \
	(static_branch_unlikely(&vs_active) && !__vs_proc_entry_name(task, name))

#else

#define vs_proc_init()				do { } while (0)
#define vs_proc_status(m, task)			do { } while (0)
#define vs_proc_find(nr, ns)			find_task_by_pid_ns(nr, ns)
#define vs_proc_valid(task, dentry)		1
#define vs_proc_task(task)			(task)
#define vs_proc_entry(task, dentry)		true
#define vs_proc_skips(task, name)		false
#define vs_proc_pid_visible(pid)		true
#define vs_proc_watches()			false
#define vs_proc_shown(dentry)			true
#define vs_proc_listed(file, name)		true
#define vs_proc_seen(dentry, ret)		(ret)
#define vs_sysctl_denied(head, table)		false

#endif

#endif /* _LINUX_VSERVER_PROC_H */
