// SPDX-License-Identifier: GPL-2.0
/*
 * What a guest may do with a capability that its bounding word keeps back, and
 * which capabilities it is told to have.
 */
#include <linux/cred.h>
#include <linux/export.h>
#include <linux/security.h>
#include <linux/syslog.h>
#include <linux/tty.h>
#include <linux/uaccess.h>
#include <linux/utsname.h>
#include <linux/vserver/cap.h>
#include <linux/vserver/context.h>
#include <linux/vserver/refuse.h>
#include "lsm.h"

/*
 * The one capability check. The context capability travels in @opts to the
 * security module, which lets it stand for the bounding word; the raw set and
 * other modules are asked as ever.
 */
bool __vx_ns_capable(struct user_namespace *ns, int cap, unsigned int opts)
{
	if (security_capable(current_cred(), ns, cap, opts))
		return false;
	current->flags |= PF_SUPERPRIV;
	return true;
}
EXPORT_SYMBOL_GPL(__vx_ns_capable);

/* The context capability is for a guest's own names, not for those of the host. */
bool __vs_may_set_name(struct uts_namespace *ns)
{
	if (ns == &init_uts_ns)
		return ns_capable(ns->user_ns, CAP_SYS_ADMIN);
	return vx_ns_capable(ns->user_ns, CAP_SYS_ADMIN, VXC_SET_UTSNAME);
}

/* The reader decides: a guest learns what it can use, the host what is stored. */
bool __vs_shows_cap(int cap)
{
	return vs_cap_bound(current_vx(), cap);
}

void __vs_show_caps(kernel_cap_t *set)
{
	const struct vx_info *vx = current_vx();
	int cap;

	if (!vx_confined(vx))
		return;
	for (cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (!vs_cap_bound(vx, cap))
			cap_lower(*set, cap);
}

/*
 * Who manages capabilities may ask for one that is kept back, and does not get
 * it. systemd wants CAP_SYS_ADMIN for the moment before it filters the system
 * calls of a service, looks whether it has got it, and can do without.
 */
void __vs_ask_caps(kernel_cap_t *effective, kernel_cap_t *permitted, kernel_cap_t *inheritable)
{
	const kernel_cap_t *held = &current_cred()->cap_permitted;
	const struct vx_info *vx = current_vx();
	int cap;

	if (!vx_confined(vx) || !vs_cap_bound(vx, CAP_SETPCAP) || !cap_raised(*held, CAP_SETPCAP))
		return;
	for (cap = 0; cap <= CAP_LAST_CAP; cap++) {
		if (vs_cap_bound(vx, cap) || cap_raised(*held, cap))
			continue;
		cap_lower(*effective, cap);
		cap_lower(*permitted, cap);
		cap_lower(*inheritable, cap);
	}
}

bool __vs_flag(u64 flag)
{
	return vx_flag(current_vx(), flag);
}

/* Does a task of another context have @tty as its controlling terminal? */
static bool controls_others(struct tty_struct *tty, const struct vx_info *vx)
{
	struct task_struct *task;
	struct pid *session;
	bool others = false;

	if (!tty)
		return false;
	spin_lock_irq(&tty->ctrl.lock);
	session = get_pid(tty->ctrl.session);
	spin_unlock_irq(&tty->ctrl.lock);
	read_lock(&tasklist_lock);
	rcu_read_lock();
	do_each_pid_task(session, PIDTYPE_SID, task) {
		others |= task_vx_rcu(task) != vx;
	} while_each_pid_task(session, PIDTYPE_SID, task);
	rcu_read_unlock();
	read_unlock(&tasklist_lock);
	put_pid(session);
	return others;
}

/* A pair of terminals is one. */
bool __vs_tty_foreign(struct tty_struct *tty)
{
	const struct vx_info *vx = current_vx();

	return vx_confined(vx) && (controls_others(tty, vx) || controls_others(tty->link, vx));
}

/* The same of the caller's controlling terminal. */
bool __vs_own_tty_foreign(void)
{
	struct tty_struct *tty = get_current_tty();
	bool foreign = tty && __vs_tty_foreign(tty);

	tty_kref_put(tty);
	if (foreign)
		vs_refuse(current_vx(), VS_REFUSED_MACHINE, 0, -EPERM);
	return foreign;
}

/**
 * vs_syslog_empty - the kernel's log as a guest sees it
 * @type: SYSLOG_ACTION_
 * @buf: of the caller
 * @len: its size, or a level
 *
 * Nothing was ever logged, and setting a level has no effect. The caller may
 * use the log: that was tested.
 *
 * Return: 0, -EINVAL, -EFAULT, -ERESTARTSYS when the wait for the first record
 * is ended by a signal.
 */
long vs_syslog_empty(int type, char __user *buf, int len)
{
	static DECLARE_WAIT_QUEUE_HEAD(first_record);

	switch (type) {
	case SYSLOG_ACTION_READ:
	case SYSLOG_ACTION_READ_ALL:
	case SYSLOG_ACTION_READ_CLEAR:
		if (!buf || len < 0)
			return -EINVAL;
		if (len && !access_ok(buf, len))
			return -EFAULT;
		if (len && type == SYSLOG_ACTION_READ)
			return wait_event_interruptible(first_record, false);
		return 0;
	case SYSLOG_ACTION_CONSOLE_LEVEL:
		return len < 1 || len > 8 ? -EINVAL : 0;
	case SYSLOG_ACTION_CLOSE:
	case SYSLOG_ACTION_OPEN:
	case SYSLOG_ACTION_CLEAR:
	case SYSLOG_ACTION_CONSOLE_OFF:
	case SYSLOG_ACTION_CONSOLE_ON:
	case SYSLOG_ACTION_SIZE_UNREAD:
	case SYSLOG_ACTION_SIZE_BUFFER:
		return 0;
	}
	return -EINVAL;
}
