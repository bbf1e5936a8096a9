// SPDX-License-Identifier: GPL-2.0
/* What /proc shows of network contexts and of the tasks in them. */
#include <linux/seq_file.h>
#include <linux/vserver/context.h>
#include <linux/vserver/network.h>
#include <linux/vserver/proc.h>
#include <linux/vserver/procfs.h>

/* The two special addresses and the entries; numbers restart for IPv6. */
static void show_set(struct seq_file *m, const struct nx_info *nx, const char *special,
		     const char *v4, const char *v6)
{
	const struct nx_set *set;
	unsigned int i;

	rcu_read_lock();
	set = rcu_dereference(nx->set);
	seq_printf(m, special, &set->bcast, &set->lback);
	for (i = 0; i < set->n4; i++) {
		const struct nx_v4 *e = &set->v4[i];

		seq_printf(m, v4, i, &e->ip, &e->ip2, &e->mask, e->type);
	}
	for (i = 0; i < set->n6; i++) {
		const struct nx_v6 *e = &set->v6[i];

		seq_printf(m, v6, i, &e->ip, &e->mask, e->prefix, e->type);
	}
	rcu_read_unlock();
}

static void show_info(struct seq_file *m, struct vs_object *obj)
{
	seq_printf(m, "ID:\t%d\nInfo:\t%p\n", obj->id, obj);
	show_set(m, nx_of(obj), "Bcast:\t%pI4\nLback:\t%pI4\n",
		 "%d:\t[%pI4-%pI4/%pI4:%04x]\n", "%d:\t[%pI6/%pI6/%d:%04x]\n");
}

static void show_status(struct seq_file *m, struct vs_object *obj)
{
	seq_printf(m, "UseCnt:\t%d\n", refcount_read(&obj->usecnt));
	seq_printf(m, "Tasks:\t%d\n", atomic_read(&obj->tasks));
	seq_printf(m, "Flags:\t%016llx\n", READ_ONCE(obj->flags));
	seq_printf(m, "NCaps:\t%016llx\n", READ_ONCE(obj->caps));
}

static void show_cacct(struct seq_file *m, struct vs_object *obj)
{
	vs_counts_show(m, nx_of(obj)->counts);
}

static const struct vs_proc_file nx_files[] = {
	{ "info",	show_info },
	{ "status",	show_status },
	{ "cacct",	show_cacct },
	{ }
};

/* Who is confined in either way sees its own network context only. */
static bool nx_sees(u32 id)
{
	struct nx_info *nx = current_real_nx();

	if (nx_guest(nx))
		return nx->obj.id == id;
	return !vx_guest(current_real_vx());
}

const struct vs_proc_root vs_proc_virtnet = {
	.name	= "virtnet",
	.class	= &nx_class,
	.files	= nx_files,
	.sees	= nx_sees,
};

/* /proc/PID/ninfo */
int vs_proc_ninfo(struct seq_file *m, struct pid_namespace *ns, struct pid *pid,
		  struct task_struct *task)
{
	struct nx_info *nx;
	bool hidden;

	rcu_read_lock();
	nx = get_nx_info(__task_cred(task)->nx_info);
	hidden = vx_flag(task_vx_rcu(task), VXF_HIDE_VINFO);
	rcu_read_unlock();
	if (!hidden) {
		seq_printf(m, "NID:\t%d\n", nx_id(nx));
		if (nx_guest(nx)) {
			seq_printf(m, "NCaps:\t%016llx\nNFlags:\t%016llx\n",
				   READ_ONCE(nx->obj.caps), READ_ONCE(nx->obj.flags));
			show_set(m, nx, "V4Root[bcast]:\t%pI4\nV4Root[lback]:\t%pI4\n",
				 "V4Root[%d]:\t[%pI4-%pI4/%pI4:%04x]\n",
				 "V6Root[%d]:\t[%pI6/%pI6/%d:%04x]\n");
		}
	}
	put_nx_info(nx);
	return hidden ? -ENOENT : 0;
}
