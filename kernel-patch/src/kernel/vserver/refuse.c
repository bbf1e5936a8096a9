// SPDX-License-Identifier: GPL-2.0
/*
 * What was refused to a context lately: /proc/virtual/XID/denied, for the host.
 *
 * A ring of fixed size is allocated with the context. A refusal that is like
 * one in the ring is counted there; any other takes the place of the one that
 * did not occur for the longest time. Refusals may come from anywhere, with
 * locks held and interrupts off: nothing here sleeps, allocates or takes a
 * lock of somebody else, and messages go out later.
 *
 * Each line of the file, separated by tabs, oldest first:
 *
 *	NUMBER TIME COUNT KIND WHICH OBJECT ERRNO CALL PID COMMAND
 *
 * NUMBER counts all refusals of the context and is that of the last one of
 * this line. TIME is that one's, in seconds since 1970. CALL is the system
 * call, 64:NR or 32:NR. Pid and command are those of the last; - is nothing.
 */
#include <linux/capability.h>
#include <linux/compat.h>
#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/security.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/string_helpers.h>
#include <linux/timekeeping.h>
#include <linux/vserver/context.h>
#include <linux/vserver/refuse.h>
#include <linux/vserver/sysctl.h>
#include <asm/syscall.h>

/* With the header somewhat less than 2 KiB. */
#define REFUSALS	20
#define OBJECT_LEN	40

/* Within this time a context gets kernel.vserver_log_refused lines in the log. */
#define LOG_WINDOW	(5 * HZ)

/**
 * struct vs_refusal - one line
 * @seq: number of the last refusal like this; 0 the place is free
 * @time: of the last, wall clock, ns
 * @number: see enum vs_refusal_kind
 * @count: how many
 * @pid: of the last, in the initial pid namespace; 0 from an interrupt
 * @error: errno, negative
 * @call: system call, -1 none
 * @kind: enum vs_refusal_kind
 * @compat: @call counts as for 32 bit
 * @comm: of the last
 * @object: text, or empty
 */
struct vs_refusal {
	u64	seq;
	u64	time;
	u64	number;
	u32	count;
	pid_t	pid;
	s16	error;
	s16	call;
	u8	kind;
	bool	compat;
	char	comm[TASK_COMM_LEN];
	char	object[OBJECT_LEN];
};

/**
 * struct vs_refusals - those of a context
 * @lock: all members; innermost, taken with interrupts off
 * @seq: refusals so far
 * @window: when the present time for log lines began, jiffies
 * @lines: log lines in it
 * @dropped: lines that were not logged
 * @entry: in no order
 */
struct vs_refusals {
	raw_spinlock_t		lock;
	u64			seq;
	unsigned long		window;
	unsigned int		lines;
	unsigned int		dropped;
	struct vs_refusal	entry[REFUSALS];
};

static const char * const kinds[VS_REFUSED_KINDS] = {
	[VS_REFUSED_CAPABILITY]	= "capability",
	[VS_REFUSED_NAMESPACE]	= "namespace",
	[VS_REFUSED_TRACE]	= "trace",
	[VS_REFUSED_SIGNAL]	= "signal",
	[VS_REFUSED_MACHINE]	= "machine",
	[VS_REFUSED_MODULE]	= "module",
	[VS_REFUSED_IOCTL]	= "ioctl",
	[VS_REFUSED_WRITE]	= "write",
	[VS_REFUSED_ATTRIBUTE]	= "attribute",
	[VS_REFUSED_HANDLE]	= "handle",
	[VS_REFUSED_OPEN]	= "open",
	[VS_REFUSED_DEVICE]	= "device",
	[VS_REFUSED_MOUNT]	= "mount",
	[VS_REFUSED_WATCH]	= "watch",
	[VS_REFUSED_BARRIER]	= "barrier",
	[VS_REFUSED_SOCKET]	= "socket",
	[VS_REFUSED_BIND]	= "bind",
	[VS_REFUSED_CONNECT]	= "connect",
	[VS_REFUSED_SOURCE]	= "source",
	[VS_REFUSED_NETLINK]	= "netlink",
	[VS_REFUSED_COMMAND]	= "command",
	[VS_REFUSED_EVENT]	= "event",
};

/**
 * vs_refusals_new - the memory of a new context
 *
 * Return: to be freed with kfree(), or NULL.
 */
struct vs_refusals *vs_refusals_new(void)
{
	struct vs_refusals *log = kzalloc(sizeof(*log), GFP_KERNEL_ACCOUNT);

	if (log)
		raw_spin_lock_init(&log->lock);
	return log;
}

/* Who is at work, and in which call; in an interrupt nobody in particular. */
static void fill_task(struct vs_refusal *r)
{
	r->call = -1;
	if (!in_task())
		return;
	r->pid = task_tgid_nr(current);
	/* The lock of the name must not be taken here; half a new name is harmless. */
	strscpy(r->comm, current->comm, sizeof(r->comm));
	if (current->flags & (PF_KTHREAD | PF_IO_WORKER))
		return;
	r->call = syscall_get_nr(current, current_pt_regs());
	r->compat = in_compat_syscall();
}

static bool alike(const struct vs_refusal *a, const struct vs_refusal *b)
{
	return a->kind == b->kind && a->number == b->number && a->error == b->error &&
	       a->call == b->call && a->compat == b->compat &&
	       !strcmp(a->object, b->object) && !strcmp(a->comm, b->comm);
}

/* True if @r is a new line. */
static bool keep(struct vs_refusals *log, struct vs_refusal *r)
{
	struct vs_refusal *e, *oldest = log->entry;

	lockdep_assert_held(&log->lock);
	r->seq = ++log->seq;
	for (e = log->entry; e < log->entry + REFUSALS; e++) {
		if (e->seq && alike(e, r)) {
			e->seq = r->seq;
			e->time = r->time;
			e->pid = r->pid;
			e->count++;
			return false;
		}
		if (e->seq < oldest->seq)
			oldest = e;
	}
	r->count = 1;
	*oldest = *r;
	return true;
}

/* May a line be logged? @dropped: how many were not since the last. */
static bool may_log(struct vs_refusals *log, unsigned int *dropped)
{
	int limit = READ_ONCE(vs_log_refused);

	lockdep_assert_held(&log->lock);
	if (!limit)
		return false;
	if (!log->lines || time_after(jiffies, log->window + LOG_WINDOW)) {
		log->window = jiffies;
		log->lines = 0;
	}
	if (log->lines >= limit) {
		log->dropped++;
		return false;
	}
	log->lines++;
	*dropped = log->dropped;
	log->dropped = 0;
	return true;
}

static void note(const struct vx_info *vx, struct vs_refusal *r)
{
	struct vs_refusals *log = vx->refused;
	unsigned int dropped = 0;
	unsigned long flags;
	bool print;

	raw_spin_lock_irqsave(&log->lock, flags);
	print = keep(log, r) && may_log(log, &dropped);
	raw_spin_unlock_irqrestore(&log->lock, flags);
	if (!print)
		return;
	if (dropped)
		printk_deferred(KERN_NOTICE "vserver: context %u: %u refusals were not logged\n",
				vx->obj.id, dropped);
	printk_deferred(KERN_NOTICE
			"vserver: context %u: refused %s %llu %*pE (%d) to %*pE[%d] in call %d\n",
			vx->obj.id, kinds[r->kind], r->number, (int)strlen(r->object), r->object,
			r->error, (int)strlen(r->comm), r->comm, r->pid, r->call);
}

/**
 * vs_refuse_object - remember a refusal
 * @vx: the context to which something is refused; only those of guests remember
 * @kind: what
 * @number: which, see enum vs_refusal_kind
 * @err: what the caller will get, a negative errno
 * @fmt: the object, as for printf()
 *
 * Return: @err.
 * Context: any but NMI; takes a lock of its own only.
 */
int vs_refuse_object(const struct vx_info *vx, enum vs_refusal_kind kind, u64 number, int err,
		     const char *fmt, ...)
{
	struct vs_refusal r = { .kind = kind, .number = number, .error = err };
	va_list ap;

	if (!vx_guest(vx))
		return err;
	va_start(ap, fmt);
	vsnprintf(r.object, sizeof(r.object), fmt, ap);
	va_end(ap);
	r.time = ktime_get_real_fast_ns();
	fill_task(&r);
	note(vx, &r);
	return err;
}

/**
 * vs_refuse - remember a refusal that has no object but a number
 * @vx: as vs_refuse_object(), and so are the others
 * @kind: what
 * @number: which
 * @err: negative errno
 *
 * Return: @err.
 */
int vs_refuse(const struct vx_info *vx, enum vs_refusal_kind kind, u64 number, int err)
{
	return vs_refuse_object(vx, kind, number, err, "%s", "");
}

/**
 * vs_refuse_cap - remember that a context keeps a capability from its member
 * @cred: the credentials
 * @cap: the capability
 * @opts: as of the capable hook
 *
 * Who has not got the capability would be refused in any case, and who only
 * asks wants nothing yet.
 *
 * Return: -EPERM.
 */
int vs_refuse_cap(const struct cred *cred, int cap, unsigned int opts)
{
	if (!(opts & CAP_OPT_NOAUDIT) && cap_raised(cred->cap_effective, cap))
		vs_refuse(cred->vx_info, VS_REFUSED_CAPABILITY, cap, -EPERM);
	return -EPERM;
}

/**
 * vs_refuse_inode - remember what the caller may not do to a file
 * @kind: what
 * @inode: the file
 * @err: negative errno
 *
 * Return: @err.
 * Context: process context, perhaps in RCU path walk; @inode is not locked.
 */
int vs_refuse_inode(enum vs_refusal_kind kind, const struct inode *inode, int err)
{
	spinlock_t *lock = (spinlock_t *)&inode->i_lock;
	struct dentry *name;

	spin_lock(lock);
	name = hlist_entry_safe(inode->i_dentry.first, struct dentry, d_u.d_alias);
	if (name)
		vs_refuse_object(current_vx(), kind, inode->i_ino, err, "%s:%pd",
				 inode->i_sb->s_type->name, name);
	else
		vs_refuse_object(current_vx(), kind, inode->i_ino, err, "%s:",
				 inode->i_sb->s_type->name);
	spin_unlock(lock);
	return err;
}

/**
 * vs_refuse_addr4 - remember an address that the caller may not use
 * @kind: for what
 * @addr: the address
 * @err: negative errno
 *
 * Interrupts use addresses too, and for nobody in particular: not remembered.
 *
 * Return: @err.
 */
int vs_refuse_addr4(enum vs_refusal_kind kind, __be32 addr, int err)
{
	if (in_task())
		vs_refuse_object(current_vx(), kind, 0, err, "%pI4", &addr);
	return err;
}

/* The same for IPv6. */
int vs_refuse_addr6(enum vs_refusal_kind kind, const struct in6_addr *addr, int err)
{
	if (in_task())
		vs_refuse_object(current_vx(), kind, 0, err, "%pI6c", addr);
	return err;
}

/* Names may come from guests: no control characters, nothing that looks like another column. */
static void show_text(struct seq_file *m, const char *text, const char *also)
{
	if (!*text)
		seq_putc(m, '-');
	else
		seq_escape_mem(m, text, strlen(text), ESCAPE_NAP | ESCAPE_APPEND | ESCAPE_OCTAL,
			       also);
}

static void show_refusal(struct seq_file *m, const struct vs_refusal *r)
{
	u64 seconds = r->time;
	u32 ns = do_div(seconds, NSEC_PER_SEC);

	seq_printf(m, "%llu\t%llu.%09u\t%u\t%s\t%llu\t", r->seq, seconds, ns, r->count,
		   kinds[r->kind], r->number);
	show_text(m, r->object, " \\");
	seq_printf(m, "\t%d\t", -r->error);
	if (r->call < 0)
		seq_putc(m, '-');
	else
		seq_printf(m, "%d:%d", r->compat || !IS_ENABLED(CONFIG_64BIT) ? 32 : 64, r->call);
	seq_printf(m, "\t%d\t", r->pid);
	show_text(m, r->comm, "\\");
	seq_putc(m, '\n');
}

static int by_seq(const void *va, const void *vb)
{
	const struct vs_refusal *a = va, *b = vb;

	return a->seq < b->seq ? -1 : a->seq > b->seq;
}

/**
 * vs_refusals_show - the file of a context
 * @m: where to
 * @obj: the process context
 */
void vs_refusals_show(struct seq_file *m, struct vs_object *obj)
{
	struct vs_refusals *log = vx_of(obj)->refused;
	struct vs_refusal *copy;
	u64 total;
	int i;

	copy = kmalloc(sizeof(log->entry), GFP_KERNEL);
	if (!copy)
		return;
	raw_spin_lock_irq(&log->lock);
	total = log->seq;
	memcpy(copy, log->entry, sizeof(log->entry));
	raw_spin_unlock_irq(&log->lock);
	sort(copy, REFUSALS, sizeof(*copy), by_seq, NULL);

	seq_printf(m, "Refused:\t%llu\n", total);
	for (i = 0; i < REFUSALS; i++)
		if (copy[i].seq)
			show_refusal(m, &copy[i]);
	kfree(copy);
}
