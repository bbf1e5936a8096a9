/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_VIRT_H
#define _LINUX_VSERVER_VIRT_H

/*
 * Hooks where the kernel tells about the machine as a whole. A context whose
 * flags ask for it is told about itself instead; the reader decides, never the
 * task that is looked at. Macros when off.
 */

#include <linux/types.h>

struct seq_file;
struct sysinfo;
struct task_struct;
struct timespec64;

#ifdef CONFIG_VSERVER

#include <linux/jump_label.h>

DECLARE_STATIC_KEY_FALSE(vs_active);

void __vs_virt_uptime(struct timespec64 *uptime);
void __vs_virt_btime(struct timespec64 *boottime);
u64 __vs_virt_idle(u64 idle);
u64 __vs_virt_start(u64 start);
void __vs_virt_load(unsigned long *loads, unsigned long offset, int shift);
unsigned int __vs_nr_running(unsigned int nr);
unsigned int __vs_nr_iowait(unsigned int nr);
int __vs_nr_threads(int nr);
unsigned long __vs_nr_forks(unsigned long nr);
int __vs_last_pid(int nr);
bool __vs_cpu_shown(unsigned int cpu);
void __vs_skip_cpus(loff_t *cpu);
bool vs_cpuset_has(unsigned int cpu);
void __vs_account_time(struct task_struct *task, u64 time, bool system);
bool __vs_virt_meminfo(struct seq_file *m);
void __vs_virt_sysinfo(struct sysinfo *info);
bool __vs_virt_swaps(struct seq_file *m, bool header);

/* What happened before the context was made is taken off. */
#define vs_virt_uptime(uptime) \
	do { if (static_branch_unlikely(&vs_active)) __vs_virt_uptime(uptime); } while (0)
#define vs_virt_btime(boottime) \
	do { if (static_branch_unlikely(&vs_active)) __vs_virt_btime(boottime); } while (0)
#define vs_virt_idle(idle) \
	(static_branch_unlikely(&vs_active) ? __vs_virt_idle(idle) : (idle))
#define vs_virt_start(start) \
	(static_branch_unlikely(&vs_active) ? __vs_virt_start(start) : (start))

/* Load averages and numbers of tasks. */
#define vs_virt_load(loads, offset, shift) \
	do { \
		if (static_branch_unlikely(&vs_active)) \
			__vs_virt_load(loads, offset, shift); \
	} while (0)
#define vs_nr_running(nr) \
	(static_branch_unlikely(&vs_active) ? __vs_nr_running(nr) : (nr))
#define vs_nr_iowait(nr) \
	(static_branch_unlikely(&vs_active) ? __vs_nr_iowait(nr) : (nr))
#define vs_nr_threads(nr) \
	(static_branch_unlikely(&vs_active) ? __vs_nr_threads(nr) : (nr))
#define vs_nr_forks(nr) \
	(static_branch_unlikely(&vs_active) ? __vs_nr_forks(nr) : (nr))
/* The last number given to a task: of the whole machine, so not for a guest. */
#define vs_last_pid(nr) \
	(static_branch_unlikely(&vs_active) ? __vs_last_pid(nr) : (nr))

/* Is the reader to see @cpu? */
#define vs_cpu_shown(cpu) \
	(!static_branch_unlikely(&vs_active) || __vs_cpu_shown(cpu))
/* Move *@cpu to the next one that is to be seen, itself if it is. */
#define vs_skip_cpus(cpu) \
	do { if (static_branch_unlikely(&vs_active)) __vs_skip_cpus(cpu); } while (0)

/* @task was on its processor for another @time. */
#define vs_account_time(task, time, system) \
	do { \
		if (static_branch_unlikely(&vs_active)) \
			__vs_account_time(task, time, system); \
	} while (0)

/* True: everything is printed already. */
#define vs_virt_meminfo(m) \
	(static_branch_unlikely(&vs_active) && __vs_virt_meminfo(m))
#define vs_virt_swaps(m, header) \
	(static_branch_unlikely(&vs_active) && __vs_virt_swaps(m, header))
/* Memory as in meminfo; @info counts in pages. */
#define vs_virt_sysinfo(info) \
	do { if (static_branch_unlikely(&vs_active)) __vs_virt_sysinfo(info); } while (0)

#else

#define vs_virt_uptime(uptime)			do { } while (0)
#define vs_virt_btime(boottime)			do { } while (0)
#define vs_virt_idle(idle)			(idle)
#define vs_virt_start(start)			(start)
#define vs_virt_load(loads, offset, shift)	do { } while (0)
#define vs_nr_running(nr)			(nr)
#define vs_nr_iowait(nr)			(nr)
#define vs_nr_threads(nr)			(nr)
#define vs_nr_forks(nr)				(nr)
#define vs_last_pid(nr)				(nr)
#define vs_cpu_shown(cpu)			true
#define vs_skip_cpus(cpu)			do { } while (0)
#define vs_account_time(task, time, system)	do { } while (0)
#define vs_virt_meminfo(m)			false
#define vs_virt_swaps(m, header)		false
#define vs_virt_sysinfo(info)			do { } while (0)

#endif

#endif /* _LINUX_VSERVER_VIRT_H */
