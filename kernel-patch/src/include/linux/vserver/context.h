/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_CONTEXT_H
#define _LINUX_VSERVER_CONTEXT_H

#include <linux/cred.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/vserver/count.h>
#include <linux/vserver/object.h>
#include <uapi/vserver/context.h>
#include <uapi/vserver/space.h>

struct fs_struct;
struct nsproxy;

/**
 * struct vx_space - a stored set of namespaces
 * @mask: CLONE_ bits that were ever stored
 * @nsproxy: NULL until a namespace was stored
 * @fs: NULL until CLONE_FS was stored
 */
struct vx_space {
	unsigned long	mask;
	struct nsproxy	*nsproxy;
	struct fs_struct *fs;
};

/**
 * struct vx_info - a process context
 * @obj: number, life, flags, context capabilities
 * @bcaps: capability bounding word; bit n is capability n. Read without a
 *	lock, written under obj.lock
 * @umask: CLONE_ bits that tasks inside may unshare; as @bcaps
 * @wmask: CLONE_ bits whose unsharing is logged; as @bcaps
 * @init: the recorded init or NULL; holds a reference; written under
 *	obj.lock, read under RCU
 * @reaper: the process that inherits orphans, or NULL; as @init
 * @exit_code: of the init, else of the last task; under obj.lock
 * @init_done: @exit_code came from the init; under obj.lock
 * @reboot_cmd: the last reboot(2) command given inside
 * @counts: what its tasks moved through sockets; per processor
 * @space: stored namespaces; under @space_lock
 * @space_lock: taken outside obj.lock
 * @name: VHIN_CONTEXT; under obj.lock
 */
struct vx_info {
	struct vs_object	obj;
	u64			bcaps;
	u64			umask;
	u64			wmask;
	struct pid __rcu	*init;
	struct pid __rcu	*reaper;
	int			exit_code;
	bool			init_done;
	int			reboot_cmd;
	struct vs_counts __percpu *counts;
	struct vx_space		space[VS_SPACES];
	struct mutex		space_lock;
	char			name[VHI_SIZE];
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

/* A real context, neither host nor spectator. */
static inline bool vx_guest(const struct vx_info *vx)
{
	return vx && vx != &vx_watch;
}

static inline bool vx_flag(const struct vx_info *vx, u64 flag)
{
	return vx && (READ_ONCE(vx->obj.flags) & flag);
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
struct vx_info *vx_create(u32 id, u64 flags);
int vx_migrate(struct vx_info *vx);
void vx_set_init(struct vx_info *vx, unsigned int what);
int vx_set_space(struct vx_info *vx, unsigned long mask, unsigned int index);
int vx_enter_space(struct vx_info *vx, unsigned long mask, unsigned int index);
void vx_space_clear(struct vx_info *vx);

/* What can be stored, and what a new guest gets if nobody says otherwise. */
#define VX_SPACE_MASK	 (CLONE_FS | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | \
			  CLONE_NEWPID | CLONE_NEWNET)
#define VX_SPACE_DEFAULT (CLONE_FS | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC)

/* In kernel/nsproxy.c, beside the cache it uses. */
struct nsproxy *vs_mix_nsproxy(struct nsproxy *from, struct nsproxy *rest, unsigned long mask);

#endif /* _LINUX_VSERVER_CONTEXT_H */
