/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_TASK_H
#define _LINUX_VSERVER_TASK_H

/*
 * Hooks in the life of tasks and credentials. Macros when off, so that the
 * rest of the kernel compiles to what it would be without us.
 */

#include <linux/pid.h>

struct cred;
struct pid_namespace;
struct task_struct;
struct user_namespace;
struct vx_info;

#ifdef CONFIG_VSERVER

#include <linux/jump_label.h>

DECLARE_STATIC_KEY_FALSE(vs_active);

void __vs_cred_get(struct cred *cred);
void __vs_cred_put(struct cred *cred);
void __vs_task_born(struct task_struct *task);
void __vs_task_exit(struct task_struct *task, long code, bool group_dead);
struct task_struct *__vs_child_reaper(struct task_struct *father);
int __vs_nr(int nr, struct pid_namespace *ns);
int __vs_ppid(struct task_struct *task, int nr, struct pid_namespace *ns);
pid_t __vs_task_vnr(struct task_struct *task, enum pid_type type);
struct pid *__vs_find_get_own(int nr);
struct pid *__vs_find_pid(int nr, struct pid_namespace *ns, bool own);
struct task_struct *__vs_find_task(int nr, struct pid_namespace *ns);
int __vs_pid_vnr(struct pid *pid, int nr);
int __vs_pid_shown(struct pid *pid, int nr);
int __vs_nr_for(struct task_struct *task, struct pid *pid, int nr);
int __vs_sender_nr(struct task_struct *task, int nr);
bool __vs_init_spared(struct task_struct *task, int sig);
struct task_struct *__vs_reach_task(struct task_struct *task);
bool __vs_task_visible(struct task_struct *task);
bool __vs_task_own(struct task_struct *task);
bool __vs_task_killall(struct task_struct *task);
bool vs_may_signal(const struct vx_info *vx, struct task_struct *task);
struct task_struct *__vs_kill_target(struct task_struct *task);
bool vs_may_unshare(struct user_namespace *ns, unsigned long flags);
bool __vs_in_guest(void);
u32 __vs_caller_xid(void);

/* @cred was copied byte for byte from another: take its own references. */
#define vs_cred_get(cred) \
	do { if (static_branch_unlikely(&vs_active)) __vs_cred_get(cred); } while (0)
/* @cred goes away. */
#define vs_cred_put(cred) \
	do { if (static_branch_unlikely(&vs_active)) __vs_cred_put(cred); } while (0)
/* @task can be seen from now on; nothing can fail any more. */
#define vs_task_born(task) \
	do { if (static_branch_unlikely(&vs_active)) __vs_task_born(task); } while (0)
/* @task, the caller, is about to tell its parent that it is dead. */
#define vs_task_exit(task, code, group_dead) \
	do { \
		if (static_branch_unlikely(&vs_active)) \
			__vs_task_exit(task, code, group_dead); \
	} while (0)
/* Who inherits the children of @father, or NULL for the kernel's own choice. */
#define vs_child_reaper(father) \
	(static_branch_unlikely(&vs_active) ? __vs_child_reaper(father) : NULL)

/* A number given by the caller: translated, and with @own only what it may reach. */
#define vs_find_pid(nr, ns, own) \
	(static_branch_unlikely(&vs_active) ? __vs_find_pid(nr, ns, own) : find_pid_ns(nr, ns))
#define vs_find_task(nr, ns) \
	(static_branch_unlikely(&vs_active) ? __vs_find_task(nr, ns) : find_task_by_pid_ns(nr, ns))
/* Any number, for waiting: a child may have entered a context. */
#define vs_find_any(nr) \
	vs_find_pid(nr, task_active_pid_ns(current), false)
/* A pid of the caller's own context, with a reference. */
#define vs_find_get_own(nr) \
	(static_branch_unlikely(&vs_active) ? __vs_find_get_own(nr) : find_get_pid(nr))
/* Is a number in @ns one that the caller is to see? */
#define vs_translates(ns) \
	(static_branch_unlikely(&vs_active) && !(ns))
#define vs_task_vnr(task, type)	__vs_task_vnr(task, type)
/* The number @nr of @pid as the caller is to see it. */
#define vs_pid_vnr(pid, nr) \
	(static_branch_unlikely(&vs_active) ? __vs_pid_vnr(pid, nr) : (nr))
/* The same, and 0 if it is of another context's task. */
#define vs_pid_shown(pid, nr) \
	(static_branch_unlikely(&vs_active) ? __vs_pid_shown(pid, nr) : (nr))
/* The number @nr of @pid as @task, who is told of it, is to see it. */
#define vs_nr_for(task, pid, nr) \
	(static_branch_unlikely(&vs_active) ? __vs_nr_for(task, pid, nr) : (nr))
/* The number @nr of the caller, who sends a signal, as @task is to see it. */
#define vs_sender_nr(task, nr) \
	(static_branch_unlikely(&vs_active) ? __vs_sender_nr(task, nr) : (nr))
/* Does the caller's signal pass the init of its own context by? */
#define vs_init_spared(task, sig) \
	(static_branch_unlikely(&vs_active) && __vs_init_spared(task, sig))
/* @task or NULL, with a reference; NULL if the caller may not reach it. */
#define vs_reach_task(task) \
	(static_branch_unlikely(&vs_active) ? __vs_reach_task(task) : (task))
/* The same where only the number @nr in @ns is at hand. */
#define vs_nr(nr, ns) \
	(static_branch_unlikely(&vs_active) ? __vs_nr(nr, ns) : (nr))
/* The number @nr of the parent of @task as the caller is to see it. */
#define vs_ppid(task, nr, ns) \
	(static_branch_unlikely(&vs_active) ? __vs_ppid(task, nr, ns) : (nr))
/* May the caller look at @task? */
#define vs_task_visible(task) \
	(!static_branch_unlikely(&vs_active) || __vs_task_visible(task))
/* Is @task in the caller's own context? For operations on many tasks at once. */
#define vs_task_own(task) \
	(!static_branch_unlikely(&vs_active) || __vs_task_own(task))
#define vs_task_killall(task) \
	(!static_branch_unlikely(&vs_active) || __vs_task_killall(task))
/* @task or NULL; NULL if the caller may not send it a signal. */
#define vs_kill_target(task, fromuser) \
	(static_branch_unlikely(&vs_active) && (fromuser) ? __vs_kill_target(task) : (task))
/* Is the caller in a context that is neither host, spectator nor in set-up? */
#define vs_in_guest() \
	(static_branch_unlikely(&vs_active) && __vs_in_guest())
/* The caller's context, to tell apart what is kept for several readers. */
#define vs_caller_xid() \
	(static_branch_unlikely(&vs_active) ? __vs_caller_xid() : 0)
/* Was what @key belongs to made for a reader in the caller's context? */
#define vs_key_match(key)	((key).xid == vs_caller_xid())
#define vs_key_set(key)		((key).xid = vs_caller_xid())

#else

#define vs_cred_get(cred)		do { } while (0)
#define vs_cred_put(cred)		do { } while (0)
#define vs_task_born(task)		do { } while (0)
#define vs_task_exit(task, code, dead)	do { } while (0)
#define vs_child_reaper(father)		NULL
#define vs_find_pid(nr, ns, own)	find_pid_ns(nr, ns)
#define vs_find_task(nr, ns)		find_task_by_pid_ns(nr, ns)
#define vs_find_any(nr)			find_vpid(nr)
#define vs_find_get_own(nr)		find_get_pid(nr)
#define vs_translates(ns)		false
#define vs_task_vnr(task, type)		0
#define vs_pid_vnr(pid, nr)		(nr)
#define vs_pid_shown(pid, nr)		(nr)
#define vs_nr_for(task, pid, nr)	(nr)
#define vs_sender_nr(task, nr)		(nr)
#define vs_init_spared(task, sig)	false
#define vs_reach_task(task)		(task)
#define vs_nr(nr, ns)			(nr)
#define vs_ppid(task, nr, ns)		(nr)
#define vs_task_visible(task)		true
#define vs_task_own(task)		true
#define vs_task_killall(task)		true
#define vs_may_unshare(ns, flags)	ns_capable(ns, CAP_SYS_ADMIN)
#define vs_kill_target(task, fromuser)	(task)
#define vs_in_guest()			false
#define vs_key_match(key)		true
#define vs_key_set(key)			do { } while (0)

#endif

#endif /* _LINUX_VSERVER_TASK_H */
