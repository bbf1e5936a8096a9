/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_CONTEXT_H
#define _LINUX_VSERVER_CONTEXT_H

#include <linux/cred.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/ratelimit_types.h>
#include <linux/sched.h>
#include <linux/vserver/limit.h>
#include <linux/vserver/count.h>
#include <linux/vserver/object.h>
#include <uapi/vserver/context.h>
#include <uapi/vserver/space.h>

struct fs_struct;
struct key_tag;
struct nsproxy;
struct seq_file;
struct user_namespace;
struct vs_refusals;

/**
 * struct vx_space - a stored set of namespaces
 * @mask: CLONE_ bits that were ever stored
 * @nsproxy: NULL until a namespace was stored
 * @fs: NULL until CLONE_FS was stored
 * @cred: NULL until CLONE_NEWUSER was stored
 */
struct vx_space {
	unsigned long	mask;
	struct nsproxy	*nsproxy;
	struct fs_struct *fs;
	const struct cred *cred;
};

/* Processor time of the members of a context on one processor, in ns. */
struct vx_cputime {
	u64	user;
	u64	system;
};

/* How many threads of a context run, sleep uninterruptibly, wait for a disk. */
struct vx_count {
	unsigned int	running;
	unsigned int	blocked;
	unsigned int	iowait;
};

/**
 * struct vx_info - a process context
 * @obj: number, life, flags, context capabilities
 * @bcaps: capability bounding word; bit n is capability n. Read without a
 *	lock, written under obj.lock
 * @umask: CLONE_ bits that tasks inside may unshare; as @bcaps
 * @wmask: CLONE_ bits whose unsharing is logged; as @bcaps
 * @wlimit: how often; has its own lock
 * @init: the recorded init or NULL; holds a reference; written under
 *	obj.lock, read under RCU
 * @reaper: the process that inherits orphans, or NULL; as @init
 * @exit_code: of the init, else of the last task; under obj.lock
 * @init_done: @exit_code came from the init; under obj.lock
 * @reboot_cmd: the last reboot(2) command given inside; under obj.lock
 * @oom_bias: pages added to what a task uses when a victim is sought; as @bcaps
 * @prio_bias: kept for tools; as @bcaps
 * @limit: by VXL_ number
 * @helper: the process started by the last reboot(2), or NULL; owned by who
 *	holds @helper_busy
 * @helper_busy: bit 0, a reboot(2) is being handled
 * @helper_rate: how often that may happen
 * @counts: what its tasks moved through sockets; per processor
 * @space: stored namespaces; under @space_lock
 * @space_lock: taken outside obj.lock
 * @cgroup_root: number of the control group that it was given, 0 none; as @bcaps
 * @serial: not 0 and never used twice, for objects that cannot hold a
 *	reference; constant
 * @key_tag: domain of the keys made inside; holds a reference; constant
 * @name: VHIN_CONTEXT; under obj.lock
 * @refused: what was refused lately; constant, has a lock of its own
 * @idle_born: idle time of all processors at creation, ns; constant
 * @cputime: per processor; written there, read without a lock
 * @load: averages over 1, 5 and 15 minutes, fixed point as avenrun; written by
 *	the sampling worker, read without a lock
 * @load_active: what the worker counts in one walk; nobody else looks at it
 * @load_updates: how often @load was computed; as @load
 */
struct vx_info {
	struct vs_object	obj;
	u64			bcaps;
	u64			umask;
	u64			wmask;
	struct ratelimit_state	wlimit;
	struct pid __rcu	*init;
	struct pid __rcu	*reaper;
	int			exit_code;
	bool			init_done;
	int			reboot_cmd;
	int			prio_bias;
	s64			oom_bias;
	struct vx_limit		limit[VXL_NR];
	struct pid		*helper;
	unsigned long		helper_busy;
	struct ratelimit_state	helper_rate;
	struct vs_counts __percpu *counts;
	struct vx_space		space[VS_SPACES];
	struct mutex		space_lock;
	u64			cgroup_root;
	unsigned long		serial;
#ifdef CONFIG_KEYS
	struct key_tag		*key_tag;
#endif
	char			name[VHI_SIZE];
	struct vs_refusals	*refused;
	u64			idle_born;
	struct vx_cputime __percpu *cputime;
	unsigned long		load[3];
	unsigned long		load_active;
	unsigned int		load_updates;
};

extern struct vs_class vx_class;
/* The spectator, context 1. Not hashed, never freed. */
extern struct vx_info vx_watch;

static inline struct vx_info *vx_of(struct vs_object *obj)
{
	return obj ? container_of(obj, struct vx_info, obj) : NULL;
}

/* A reference; NULL is the host and needs none. */
static inline struct vx_info *get_vx_info(struct vx_info *vx)
{
	if (vx && vx != &vx_watch)
		refcount_inc(&vx->obj.usecnt);
	return vx;
}

static inline void put_vx_info(struct vx_info *vx)
{
	if (vx && vx != &vx_watch)
		vs_object_put(&vx->obj);
}

static inline u32 vx_id(const struct vx_info *vx)
{
	return vx ? vx->obj.id : VS_ID_HOST;
}

/* 0 for host and spectator. */
static inline unsigned long vx_serial(const struct vx_info *vx)
{
	return vx ? vx->serial : 0;
}

/* A real context, neither host nor spectator. */
static inline bool vx_guest(const struct vx_info *vx)
{
	return vx && vx != &vx_watch;
}

static inline bool vx_flag(const struct vx_info *vx, u64 flag)
{
	return vx && (vs_flags(&vx->obj) & flag);
}

static inline bool vx_ccap(const struct vx_info *vx, u64 cap)
{
	return vx && (vs_caps(&vx->obj) & cap);
}

/* A guest whose set-up is over: its tasks are not trusted any more. */
static inline bool vx_confined(const struct vx_info *vx)
{
	return vx_guest(vx) && !vx_flag(vx, VXF_STATE_SETUP);
}

/*
 * What the caller does now is judged by its subjective credentials; what a
 * task is, by its objective ones. They differ under override_creds.
 */
static inline struct vx_info *current_vx(void)
{
	return current_cred()->vx_info;
}

static inline struct vx_info *current_real_vx(void)
{
	return current_real_cred()->vx_info;
}

/* The context of any task; the caller holds rcu_read_lock() and takes no reference. */
static inline struct vx_info *task_vx_rcu(const struct task_struct *task)
{
	return __task_cred(task)->vx_info;
}

u32 task_xid(const struct task_struct *task);
bool vs_unfiltered(void);
struct vx_info *vx_create(u32 id, u64 flags);
int vx_migrate(struct vx_info *vx);
int vx_migrate_as(struct vx_info *vx, const struct cred *as);
int vx_kill(struct vx_info *vx, int sig, struct pid *spare);
void vx_set_init(struct vx_info *vx, unsigned int what);
int vx_set_space(struct vx_info *vx, unsigned long mask, unsigned int index);
int vx_enter_space(struct vx_info *vx, unsigned long mask, unsigned int index);
void vx_space_clear(struct vx_info *vx);
void vx_show_limits(struct seq_file *m, struct vs_object *obj);
const struct cred *vx_space_cred(struct vx_info *vx);
bool vx_owns_user_ns(struct vx_info *vx, struct user_namespace *ns);
int vx_cred_adopt(struct cred *new, const struct cred *as);
void vs_pty_enter(void);

#ifdef CONFIG_KEYS
int vx_keys_init(struct vx_info *vx);
void vx_keys_end(struct vx_info *vx);
void vx_keys_free(struct vx_info *vx);
void vx_keys_leave(struct cred *new);
#else
static inline int vx_keys_init(struct vx_info *vx) { return 0; }
static inline void vx_keys_end(struct vx_info *vx) { }
static inline void vx_keys_free(struct vx_info *vx) { }
static inline void vx_keys_leave(struct cred *new) { }
#endif

int vx_virt_init(struct vx_info *vx);
void vx_virt_start(void);
void vx_virt_free(struct vx_info *vx);
void vx_count(const struct vx_info *vx, struct vx_count *count);

/* What the oldest form of the command knows, what tools know, what can be stored. */
#define VX_SPACE_MASK_V0 (CLONE_FS | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER)
#define VX_SPACE_MASK_V1 (VX_SPACE_MASK_V0 | CLONE_NEWPID | CLONE_NEWNET)
#define VX_SPACE_MASK	 (VX_SPACE_MASK_V1 | CLONE_NEWCGROUP | CLONE_NEWTIME)
/* What mask 0 stores, and what a new guest gets if nobody says otherwise. */
#define VX_SPACE_ALL	 (VX_SPACE_MASK_V1 & ~CLONE_NEWUSER)
#define VX_SPACE_DEFAULT (CLONE_FS | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC)

/* In kernel/nsproxy.c, beside the cache it uses. */
struct nsproxy *vs_mix_nsproxy(struct nsproxy *from, struct nsproxy *rest, unsigned long mask);

#endif /* _LINUX_VSERVER_CONTEXT_H */
