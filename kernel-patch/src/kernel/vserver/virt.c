// SPDX-License-Identifier: GPL-2.0
/*
 * What a context is told about the machine where its flags ask for figures of
 * its own: uptime, load, processors. Memory is in virt_mem.c.
 *
 * Load is sampled: while contexts exist a worker walks the tasks every five
 * seconds, as often as the kernel samples its own, and adds what it finds to
 * the averages. So tasks outside pay nothing, and no path of the scheduler
 * knows of contexts.
 */
#include <linux/kernel_stat.h>
#include <linux/percpu.h>
#include <linux/pid_namespace.h>
#include <linux/sched/loadavg.h>
#include <linux/sched/signal.h>
#include <linux/time64.h>
#include <linux/timekeeping.h>
#include <linux/vserver/context.h>
#include <linux/vserver/virt.h>

/* Uptime: everything counts from the creation of the reader's context. */

static const struct vx_info *reader_with(u64 flag)
{
	const struct vx_info *vx = current_real_vx();

	return vx_flag(vx, flag) ? vx : NULL;
}

void __vs_virt_uptime(struct timespec64 *uptime)
{
	const struct vx_info *vx = reader_with(VXF_VIRT_UPTIME);

	if (!vx)
		return;
	*uptime = timespec64_sub(*uptime, ns_to_timespec64(vx->obj.born));
	/* A time namespace may say that the machine is younger than the context. */
	if (uptime->tv_sec < 0)
		*uptime = (struct timespec64){ };
}

void __vs_virt_btime(struct timespec64 *boottime)
{
	const struct vx_info *vx = reader_with(VXF_VIRT_UPTIME);

	if (vx)
		*boottime = timespec64_add(*boottime, ns_to_timespec64(vx->obj.born));
}

/* A task that is older than the context, because it entered, started with it. */
u64 __vs_virt_start(u64 start)
{
	const struct vx_info *vx = reader_with(VXF_VIRT_UPTIME);

	if (!vx)
		return start;
	return start > vx->obj.born ? start - vx->obj.born : 0;
}

/* The sum that /proc/uptime shows. */
static u64 idle_time(void)
{
	struct kernel_cpustat stat;
	u64 idle = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		kcpustat_cpu_fetch(&stat, cpu);
		idle += get_idle_time(&stat, cpu);
	}
	return idle;
}

u64 __vs_virt_idle(u64 idle)
{
	const struct vx_info *vx = reader_with(VXF_VIRT_UPTIME);

	if (!vx)
		return idle;
	return idle > vx->idle_born ? idle - vx->idle_born : 0;
}

/* Load. */

static bool is_running(const struct task_struct *task)
{
	return READ_ONCE(task->__state) == TASK_RUNNING;
}

static bool is_blocked(const struct task_struct *task)
{
	unsigned int state = READ_ONCE(task->__state);

	return (state & TASK_UNINTERRUPTIBLE) && !(state & TASK_NOLOAD);
}

/**
 * vx_count - what the tasks of a context do right now
 * @vx: the context
 * @count: filled in
 */
void vx_count(const struct vx_info *vx, struct vx_count *count)
{
	struct task_struct *group, *task;

	memset(count, 0, sizeof(*count));
	rcu_read_lock();
	for_each_process_thread(group, task) {
		if (task_vx_rcu(task) != vx)
			continue;
		if (is_running(task))
			count->running++;
		else if (task->in_iowait)
			count->iowait++;
		if (is_blocked(task))
			count->blocked++;
	}
	rcu_read_unlock();
}

static void load_sample(struct work_struct *work);
static DECLARE_DELAYED_WORK(load_work, load_sample);
static DEFINE_SPINLOCK(load_lock);	/* of the two below */
static bool load_sampling;
static unsigned long load_last;

/* One walk over the tasks serves all contexts. */
static void load_update(unsigned int periods)
{
	static const unsigned long decay[] = { EXP_1, EXP_5, EXP_15 };
	struct task_struct *group, *task;
	struct vs_object *obj;
	struct vx_info *vx;
	unsigned long id;
	int i;

	rcu_read_lock();
	for_each_process_thread(group, task) {
		vx = task_vx_rcu(task);
		if (vx_guest(vx) && (is_running(task) || is_blocked(task)))
			vx->load_active++;
	}
	xa_for_each(&vx_class.ids, id, obj) {
		vx = vx_of(obj);
		for (i = 0; i < ARRAY_SIZE(decay); i++)
			WRITE_ONCE(vx->load[i],
				   calc_load_n(vx->load[i], decay[i],
					       vx->load_active * FIXED_1, periods));
		vx->load_active = 0;
		vx->load_updates++;
	}
	rcu_read_unlock();
}

static void load_sample(struct work_struct *work)
{
	unsigned int periods = (jiffies - load_last) / LOAD_FREQ;

	if (periods)
		load_update(periods);
	spin_lock(&load_lock);
	load_last += periods * LOAD_FREQ;
	load_sampling = atomic_read(&vx_class.active);
	if (load_sampling)
		queue_delayed_work(system_unbound_wq, &load_work,
				   load_last + LOAD_FREQ - jiffies);
	spin_unlock(&load_lock);
}

/**
 * vx_virt_start - a context can be found from now on
 *
 * Sampling ends by itself when there is none left.
 */
void vx_virt_start(void)
{
	spin_lock(&load_lock);
	if (!load_sampling) {
		load_sampling = true;
		load_last = jiffies;
		queue_delayed_work(system_unbound_wq, &load_work, LOAD_FREQ);
	}
	spin_unlock(&load_lock);
}

void __vs_virt_load(unsigned long *loads, unsigned long offset, int shift)
{
	const struct vx_info *vx = reader_with(VXF_VIRT_LOAD);
	int i;

	for (i = 0; vx && i < ARRAY_SIZE(vx->load); i++)
		loads[i] = (READ_ONCE(vx->load[i]) + offset) << shift;
}

unsigned int __vs_nr_running(unsigned int nr)
{
	const struct vx_info *vx = reader_with(VXF_VIRT_LOAD);
	struct vx_count count;

	if (!vx)
		return nr;
	vx_count(vx, &count);
	return count.running;
}

unsigned int __vs_nr_iowait(unsigned int nr)
{
	const struct vx_info *vx = reader_with(VXF_VIRT_LOAD);
	struct vx_count count;

	if (!vx)
		return nr;
	vx_count(vx, &count);
	return count.iowait;
}

int __vs_nr_threads(int nr)
{
	const struct vx_info *vx = reader_with(VXF_VIRT_LOAD);

	return vx ? atomic_read(&vx->obj.tasks) : nr;
}

unsigned long __vs_nr_forks(unsigned long nr)
{
	const struct vx_info *vx = reader_with(VXF_VIRT_LOAD);

	return vx ? atomic_read(&vx->obj.forks) : nr;
}

int __vs_last_pid(int nr)
{
	return vx_guest(current_real_vx()) && task_active_pid_ns(current) == &init_pid_ns ? 0 : nr;
}

/* Processors. */

bool __vs_cpu_shown(unsigned int cpu)
{
	return !IS_ENABLED(CONFIG_CPUSETS) || !reader_with(VXF_VIRT_CPU) || vs_cpuset_has(cpu);
}

void __vs_skip_cpus(loff_t *cpu)
{
	while (*cpu < nr_cpu_ids && !__vs_cpu_shown(*cpu))
		*cpu = cpumask_next(*cpu, cpu_online_mask);
}

/* In the timer's interrupt, mostly. */
void __vs_account_time(struct task_struct *task, u64 time, bool system)
{
	struct vx_info *vx;

	rcu_read_lock();
	vx = task_vx_rcu(task);
	if (vx_guest(vx)) {
		if (system)
			this_cpu_add(vx->cputime->system, time);
		else
			this_cpu_add(vx->cputime->user, time);
	}
	rcu_read_unlock();
}

/**
 * vx_virt_init - prepare the figures of a new context
 * @vx: the context
 *
 * Return: 0, -ENOMEM.
 */
int vx_virt_init(struct vx_info *vx)
{
	vx->cputime = alloc_percpu_gfp(struct vx_cputime, GFP_KERNEL_ACCOUNT);
	if (!vx->cputime)
		return -ENOMEM;
	vx->idle_born = idle_time();
	return 0;
}

/* Context: any; the context has no tasks any more. */
void vx_virt_free(struct vx_info *vx)
{
	free_percpu(vx->cputime);
}
