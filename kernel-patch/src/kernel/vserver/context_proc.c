// SPDX-License-Identifier: GPL-2.0
/* What /proc shows of process contexts and of the tasks in them. */
#include <linux/ipc_namespace.h>
#include <linux/jiffies.h>
#include <linux/nsproxy.h>
#include <linux/sched/loadavg.h>
#include <linux/seq_file.h>
#include <linux/utsname.h>
#include <linux/vserver/context.h>
#include <linux/vserver/network.h>
#include <linux/vserver/proc.h>
#include <linux/vserver/procfs.h>
#include <linux/vserver/refuse.h>

static void show_info(struct seq_file *m, struct vs_object *obj)
{
	struct vx_info *vx = vx_of(obj);
	int init;

	rcu_read_lock();
	init = pid_nr(rcu_dereference(vx->init));
	rcu_read_unlock();
	seq_printf(m, "ID:\t%d\nInfo:\t%p\nInit:\t%d\nOOM:\t%lld\n", obj->id, vx, init,
		   READ_ONCE(vx->oom_bias));
}

static void show_status(struct seq_file *m, struct vs_object *obj)
{
	struct vx_info *vx = vx_of(obj);
	u64 bcaps = READ_ONCE(vx->bcaps);

	seq_printf(m, "UseCnt:\t%d\n", refcount_read(&obj->usecnt));
	seq_printf(m, "Tasks:\t%d\n", atomic_read(&obj->tasks));
	seq_printf(m, "Flags:\t%016llx\n", READ_ONCE(obj->flags));
	seq_printf(m, "BCaps:\t%08x%08x\n", upper_32_bits(bcaps), lower_32_bits(bcaps));
	seq_printf(m, "CCaps:\t%016llx\n", READ_ONCE(obj->caps));
	seq_printf(m, "Umask:\t%16llx\n", READ_ONCE(vx->umask));
	seq_printf(m, "Wmask:\t%16llx\n", READ_ONCE(vx->wmask));
	seq_printf(m, "Spaces:\t%08lx %08lx\n", vx->space[0].mask, vx->space[1].mask);
}

static void show_space(struct seq_file *m, struct vx_info *vx, int index)
{
	struct nsproxy *ns;

	mutex_lock(&vx->space_lock);
	ns = vx->space[index].nsproxy;
	if (ns) {
		seq_printf(m, "NSProxy:\t%p [%p,%p,%p]\n", ns, ns->mnt_ns, ns->uts_ns, ns->ipc_ns);
		down_read(&uts_sem);
		seq_printf(m,
			   "SysName:\t%.*s\nNodeName:\t%.*s\nRelease:\t%.*s\nVersion:\t%.*s\n"
			   "Machine:\t%.*s\nDomainName:\t%.*s\n",
			   __NEW_UTS_LEN, ns->uts_ns->name.sysname,
			   __NEW_UTS_LEN, ns->uts_ns->name.nodename,
			   __NEW_UTS_LEN, ns->uts_ns->name.release,
			   __NEW_UTS_LEN, ns->uts_ns->name.version,
			   __NEW_UTS_LEN, ns->uts_ns->name.machine,
			   __NEW_UTS_LEN, ns->uts_ns->name.domainname);
		up_read(&uts_sem);
	}
	mutex_unlock(&vx->space_lock);
}

static void show_nsproxy(struct seq_file *m, struct vs_object *obj)
{
	show_space(m, vx_of(obj), 0);
}

static void show_nsproxy1(struct seq_file *m, struct vs_object *obj)
{
	show_space(m, vx_of(obj), 1);
}

static void show_cvirt(struct seq_file *m, struct vs_object *obj)
{
	const struct vx_info *vx = vx_of(obj);
	struct vx_count count;
	u64 bias = obj->born;
	u32 rem = do_div(bias, NSEC_PER_SEC);
	unsigned long load[3];
	int i;

	vx_count(vx, &count);
	/* Rounded as /proc/loadavg does. */
	for (i = 0; i < ARRAY_SIZE(load); i++)
		load[i] = READ_ONCE(vx->load[i]) + FIXED_1 / 200;
	seq_printf(m, "BiasUptime:\t%llu.%02lu\n", bias, rem / (NSEC_PER_SEC / 100));
	seq_printf(m, "nr_threads:\t%d\n", atomic_read(&obj->tasks));
	seq_printf(m, "nr_running:\t%u\n", count.running);
	seq_printf(m, "nr_unintr:\t%u\n", count.blocked);
	/* Nothing is held back any more: hard limits of processor time are cgroup's. */
	seq_puts(m, "nr_onhold:\t0\n");
	seq_printf(m, "load_updates:\t%u\n", READ_ONCE(vx->load_updates));
	seq_printf(m, "loadavg:\t%lu.%02lu %lu.%02lu %lu.%02lu\n",
		   LOAD_INT(load[0]), LOAD_FRAC(load[0]), LOAD_INT(load[1]), LOAD_FRAC(load[1]),
		   LOAD_INT(load[2]), LOAD_FRAC(load[2]));
	seq_printf(m, "total_forks:\t%d\n", atomic_read(&obj->forks));
}

/* User, system and held ticks by processor, and a bias of the priority there. */
static void show_sched(struct seq_file *m, struct vs_object *obj)
{
	const struct vx_info *vx = vx_of(obj);
	const struct vx_cputime *time;
	int cpu;

	seq_printf(m, "PrioBias:\t%8d\n", READ_ONCE(vx->prio_bias));
	for_each_online_cpu(cpu) {
		time = per_cpu_ptr(vx->cputime, cpu);
		seq_printf(m, "cpu %d: %lld %lld %lld %d\n", cpu,
			   nsec_to_clock_t(READ_ONCE(time->user)),
			   nsec_to_clock_t(READ_ONCE(time->system)), 0LL, 0);
	}
}

static void show_cacct(struct seq_file *m, struct vs_object *obj)
{
	int i;

	vs_counts_show(m, vx_of(obj)->counts);
	/* The places of counters that have had no content for long. */
	seq_printf(m, "\nslab:\t %8u %8u %8u %8u\n\n", 0, 0, 0, 0);
	for (i = 0; i < 5; i++)
		seq_printf(m, "page[%d]: %8u %8u %8u %8u\t %8u %8u %8u %8u\n",
			   i, 0, 0, 0, 0, 0, 0, 0, 0);
}

static const struct vs_proc_file vx_files[] = {
	{ "info",	show_info },
	{ "status",	show_status },
	{ "limit",	vx_show_limits },
	{ "nsproxy",	show_nsproxy },
	{ "nsproxy1",	show_nsproxy1 },
	{ "cvirt",	show_cvirt },
	{ "denied",	vs_refusals_show, true },
	{ "sched",	show_sched },
	{ "cacct",	show_cacct },
	{ }
};

/* Host and spectator see all, a guest itself. */
static bool vx_sees(u32 id)
{
	struct vx_info *vx = current_real_vx();

	return !vx_guest(vx) || vx->obj.id == id;
}

const struct vs_proc_root vs_proc_virtual = {
	.name	= "virtual",
	.class	= &vx_class,
	.files	= vx_files,
	.sees	= vx_sees,
};

/* A task's context, unless its flags hide it; with a reference. */
static struct vx_info *get_task_vx(struct task_struct *task)
{
	struct vx_info *vx;

	rcu_read_lock();
	vx = get_vx_info(task_vx_rcu(task));
	rcu_read_unlock();
	return vx;
}

/**
 * vs_proc_status - the lines of /proc/PID/status
 * @m: where to
 * @task: the task
 */
void vs_proc_status(struct seq_file *m, struct task_struct *task)
{
	struct vx_info *vx = get_task_vx(task);

	if (!vx_flag(vx, VXF_HIDE_VINFO))
		seq_printf(m, "VxID:\t%d\nNxID:\t%d\n", vx_id(vx), task_nid(task));
	put_vx_info(vx);
}

/* /proc/PID/vinfo */
int vs_proc_vinfo(struct seq_file *m, struct pid_namespace *ns, struct pid *pid,
		  struct task_struct *task)
{
	struct vx_info *vx = get_task_vx(task);
	int ret = 0, init;

	if (vx_flag(vx, VXF_HIDE_VINFO)) {
		ret = -ENOENT;
		goto out;
	}
	seq_printf(m, "XID:\t%d\n", vx_id(vx));
	if (vx_guest(vx)) {
		rcu_read_lock();
		init = pid_nr(rcu_dereference(vx->init));
		rcu_read_unlock();
		seq_printf(m, "BCaps:\t%016llx\nCCaps:\t%016llx\nCFlags:\t%016llx\nCIPid:\t%d\n",
			   READ_ONCE(vx->bcaps), READ_ONCE(vx->obj.caps),
			   READ_ONCE(vx->obj.flags), init);
	}
out:
	put_vx_info(vx);
	return ret;
}
