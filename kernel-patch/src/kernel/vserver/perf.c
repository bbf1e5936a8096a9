// SPDX-License-Identifier: GPL-2.0
/*
 * Performance counters. A guest counts what its own tasks do in user mode; it
 * learns nothing of the kernel, of a processor or of others. Which task is
 * asked of when an event is opened; afterwards it stays where it is, since a
 * task of a guest never leaves it.
 *
 * An event belongs to the context of who opened it. Only there its descriptor
 * is of use, and what it records is meant for a reader there.
 */
#include <linux/cred.h>
#include <linux/perf_event.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/vserver/context.h>
#include <linux/vserver/perf.h>
#include <linux/vserver/refuse.h>
#include "lsm.h"
#include "pid.h"

/* What a sample may hold: of the task, its user mode, and the event itself. */
#define SAMPLES \
	(PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_ADDR | \
	 PERF_SAMPLE_READ | PERF_SAMPLE_CALLCHAIN | PERF_SAMPLE_ID | PERF_SAMPLE_CPU | \
	 PERF_SAMPLE_PERIOD | PERF_SAMPLE_STREAM_ID | PERF_SAMPLE_RAW | PERF_SAMPLE_REGS_USER | \
	 PERF_SAMPLE_STACK_USER | PERF_SAMPLE_WEIGHT | PERF_SAMPLE_WEIGHT_STRUCT | \
	 PERF_SAMPLE_DATA_SRC | PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_TRANSACTION | \
	 PERF_SAMPLE_DATA_PAGE_SIZE | PERF_SAMPLE_CODE_PAGE_SIZE)

/*
 * Kinds of events by list. A counter of the processor is read, but does not
 * sample: its interrupt may come when the kernel runs again and would tell where.
 * For samples there are the clocks, which look where they interrupt.
 */
static bool event_listed(const struct perf_event_attr *attr)
{
	switch (attr->type) {
	case PERF_TYPE_HARDWARE:
	case PERF_TYPE_HW_CACHE:
		return !attr->sample_period;
	case PERF_TYPE_SOFTWARE:
		return attr->config <= PERF_COUNT_SW_DUMMY;
	}
	return false;
}

static int refuse_event(const struct vx_info *vx, const struct perf_event_attr *attr, int err)
{
	return vs_refuse_object(vx, VS_REFUSED_EVENT, 0, err, "%u:%#llx", attr->type, attr->config);
}

/*
 * In a guest an event that is not on the list is not there, -ENOENT, so that a
 * program which tries several goes on. The rest is -EACCES, as for an ordinary
 * user of a machine. What such a user gets and what is empty for own tasks is
 * left out without a word, because programs ask for it whenever they can.
 */
static int vs_perf_event_open(struct perf_event_attr *attr, int type)
{
	const struct vx_info *vx = current_vx();

	if (!vx_confined(vx))
		return 0;
	if (type != PERF_SECURITY_OPEN)
		return refuse_event(vx, attr, -EACCES);
	if (!event_listed(attr))
		return refuse_event(vx, attr, -ENOENT);
	/* Capabilities do not help: they are for the tasks of the guest. */
	if (!attr->exclude_kernel || (attr->sample_type & ~SAMPLES) ||
	    attr->namespaces || attr->cgroup || attr->text_poke)
		return refuse_event(vx, attr, -EACCES);
	attr->exclude_hv = 1;
	attr->exclude_callchain_kernel = 1;
	attr->ksymbol = 0;
	attr->bpf_event = 0;
	return 0;
}

/* An inherited event has no descriptor, and asks its parent for numbers. */
static int vs_perf_event_alloc(struct perf_event *event)
{
	if (!event->parent)
		event->vs_owner = get_vx_info(current_vx());
	return 0;
}

static void vs_perf_event_free(struct perf_event *event)
{
	put_vx_info(event->vs_owner);
}

/**
 * __vs_perf_own - may the caller use an event whose descriptor it has?
 * @event: the event
 *
 * One that came from elsewhere may tell of a processor or of the kernel. The
 * host is trusted with everybody's.
 */
bool __vs_perf_own(const struct perf_event *event)
{
	const struct vx_info *vx = current_vx();

	if (!vx_guest(vx) || event->vs_owner == vx)
		return true;
	refuse_event(vx, &event->attr, -EPERM);
	return false;
}

/* Reading, mapping and changing. */
static int vs_perf_event_use(struct perf_event *event)
{
	return __vs_perf_own(event) ? 0 : -EPERM;
}

/**
 * __vs_perf_target - may the caller attach an event to a task?
 * @task: the task
 *
 * Beside mainline's test, which a capability passes: a guest's own tasks, but
 * not one that came in and still runs a program from outside.
 */
bool __vs_perf_target(struct task_struct *task)
{
	const struct vx_info *vx = current_vx();
	bool ret;

	if (!vx_guest(vx))
		return true;
	rcu_read_lock();
	ret = task_vx_rcu(task) == vx && (task == current || !__task_cred(task)->vs_entered);
	rcu_read_unlock();
	return ret;
}

/**
 * __vs_perf_nr - the number of a task as the reader of an event is to see it
 * @event: the event; not an inherited one
 * @task: the task
 * @type: of itself or its group
 * @nr: its number in the reader's pid namespace
 *
 * Context: any, with interrupts off.
 */
u32 __vs_perf_nr(const struct perf_event *event, struct task_struct *task, enum pid_type type,
		 u32 nr)
{
	const struct vx_info *vx = event->vs_owner;
	struct pid *init;

	if (!nr || !vx_guest(vx))
		return nr;
	rcu_read_lock();
	if (task_vx_rcu(task) != vx) {
		nr = 0;
	} else {
		init = vx_fakeinit(vx);
		if (init && pid_nr_ns(init, event->ns) == nr)
			nr = 1;
	}
	rcu_read_unlock();
	return nr;
}

static struct security_hook_list vs_perf_hooks[] __lsm_ro_after_init = {
	LSM_HOOK_INIT(perf_event_open, vs_perf_event_open),
	LSM_HOOK_INIT(perf_event_alloc, vs_perf_event_alloc),
	LSM_HOOK_INIT(perf_event_free, vs_perf_event_free),
	LSM_HOOK_INIT(perf_event_read, vs_perf_event_use),
	LSM_HOOK_INIT(perf_event_write, vs_perf_event_use),
};

void __init vs_perf_lsm_init(void)
{
	security_add_hooks(vs_perf_hooks, ARRAY_SIZE(vs_perf_hooks), "vserver");
}
