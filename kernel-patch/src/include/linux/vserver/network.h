/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_NETWORK_H
#define _LINUX_VSERVER_NETWORK_H

#include <linux/cred.h>
#include <linux/vserver/object.h>
#include <uapi/vserver/network.h>

/**
 * struct nx_info - a network context
 * @obj: number, life, flags, network capabilities
 */
struct nx_info {
	struct vs_object	obj;
};

extern struct vs_class nx_class;
/* The spectator of all sockets, network context 1. Not hashed, never freed. */
extern struct nx_info nx_watch;

static inline struct nx_info *nx_of(struct vs_object *obj)
{
	return obj ? container_of(obj, struct nx_info, obj) : NULL;
}

/* A reference; NULL is the host and needs none. */
static inline struct nx_info *get_nx_info(struct nx_info *nx)
{
	if (nx && nx != &nx_watch)
		refcount_inc(&nx->obj.usecnt);
	return nx;
}

static inline void put_nx_info(struct nx_info *nx)
{
	if (nx && nx != &nx_watch)
		vs_object_put(&nx->obj);
}

static inline u32 nx_id(const struct nx_info *nx)
{
	return nx ? nx->obj.id : VS_ID_HOST;
}

/* A real network context, neither host nor spectator. */
static inline bool nx_guest(const struct nx_info *nx)
{
	return nx && nx != &nx_watch;
}

static inline bool nx_flag(const struct nx_info *nx, u64 flag)
{
	return nx && (READ_ONCE(nx->obj.flags) & flag);
}

static inline struct nx_info *current_nx(void)
{
	return current_cred()->nx_info;
}

static inline struct nx_info *current_real_nx(void)
{
	return current_real_cred()->nx_info;
}

u32 task_nid(const struct task_struct *task);
struct nx_info *nx_create(u32 id, u64 flags);
int nx_migrate(struct nx_info *nx);
void nx_task_born(struct nx_info *nx);
void nx_task_exit(struct nx_info *nx);

#endif /* _LINUX_VSERVER_NETWORK_H */
