/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_FAMILY_H
#define _LINUX_VSERVER_FAMILY_H

/* Hooks between parents and children; macros when off. */

#include <linux/vserver/task.h>

#ifdef CONFIG_VSERVER

void __vs_task_reaped(struct task_struct *task);
bool __vs_sibling_refused(void);

/* Nobody will wait for @task any more; its number becomes free. */
#define vs_task_reaped(task) \
	do { if (static_branch_unlikely(&vs_active)) __vs_task_reaped(task); } while (0)
/* Would clone @flags give a child to a parent in another context? */
#define vs_sibling_refused(flags) \
	(((flags) & (CLONE_PARENT | CLONE_THREAD)) == CLONE_PARENT && \
	 static_branch_unlikely(&vs_active) && __vs_sibling_refused())

#else

#define vs_task_reaped(task)		do { } while (0)
#define vs_sibling_refused(flags)	false

#endif

#endif /* _LINUX_VSERVER_FAMILY_H */
