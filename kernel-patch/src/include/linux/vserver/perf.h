/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_PERF_H
#define _LINUX_VSERVER_PERF_H

/* Hooks of performance counters; macros when off. The decisions are in perf.c. */

#include <linux/vserver/task.h>

struct perf_event;

#ifdef CONFIG_VSERVER

bool __vs_perf_own(const struct perf_event *event);
bool __vs_perf_target(struct task_struct *task);
u32 __vs_perf_nr(const struct perf_event *event, struct task_struct *task, enum pid_type type,
		 u32 nr);

/* May the caller use the descriptor of @event, also as a group or for output? */
#define vs_perf_own(event) \
	(!static_branch_unlikely(&vs_active) || __vs_perf_own(event))
/* May the caller attach an event to @task, whatever its capabilities? */
#define vs_perf_target(task) \
	(!static_branch_unlikely(&vs_active) || __vs_perf_target(task))
/* The number @nr of @task as whoever opened @event is to see it. */
#define vs_perf_nr(event, task, type, nr) \
	(static_branch_unlikely(&vs_active) ? __vs_perf_nr(event, task, type, nr) : (nr))

#else

#define vs_perf_own(event)			true
#define vs_perf_target(task)			true
#define vs_perf_nr(event, task, type, nr)	(nr)

#endif

#endif /* _LINUX_VSERVER_PERF_H */
