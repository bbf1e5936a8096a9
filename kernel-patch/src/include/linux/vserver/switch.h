/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_SWITCH_H
#define _LINUX_VSERVER_SWITCH_H

#include <linux/compat.h>
#include <linux/types.h>
#include <uapi/vserver/command.h>

struct nx_info;
struct vx_info;

/* What the number given with a command names. */
enum vs_arg {
	VS_ARG_NONE,	/* up to the command */
	VS_ARG_CTX,	/* a process context, which must exist */
	VS_ARG_NET,	/* a network context, which must exist */
};

/* Bits of vs_command.flags. */
#define VS_CMD_INFO	0x01	/* asks: host, spectator, or about oneself */
#define VS_CMD_ADMIN	0x02	/* the host only */
#define VS_CMD_ARES	0x06	/* the same, and CAP_SYS_RESOURCE */
#define VS_CMD_SETUP	0x08	/* or about oneself while in set-up */
#define VS_CMD_HOST	0x10	/* the host only, whatever the state */
#define VS_CMD_LAST	0x20	/* also when the target may not be administered any more */
#define VS_CMD_IN	0x40	/* the structure is copied in */
#define VS_CMD_OUT	0x80	/* and back, if the command succeeded */
#define VS_CMD_ALWAYS	0x100	/* and back whatever happened */
#define VS_CMD_NULLOK	0x200	/* data may be null */
#define VS_CMD_WATCH	0x400	/* id 1 makes the caller a spectator */

#define VS_CMD_INOUT	(VS_CMD_IN | VS_CMD_OUT)

/* The largest structure of any command. */
#define VS_DATA_MAX	136

/**
 * struct vs_call - one call on its way
 * @id: as given
 * @vx: for VS_ARG_CTX the context, with a reference that the switch drops
 * @nx: for VS_ARG_NET likewise
 * @data: the structure in kernel memory, or NULL where null was given
 * @udata: the pointer as given, for commands that copy their structure themselves
 * @compat: it is laid out as 32-bit programs have it (only where that differs)
 */
struct vs_call {
	u32		id;
	bool		compat;
	struct vx_info	*vx;
	struct nx_info	*nx;
	void		*data;
	void __user	*udata;
};

/**
 * struct vs_command - one row of the table
 * @name: as in the ABI documentation
 * @word: VCMD_
 * @perm: an ordering from 0 to 9; above 1 CAP_SYS_ADMIN is asked for
 * @arg: what the number names
 * @size: bytes of the structure
 * @size32: bytes of a 32-bit program's, where its layout differs; else 0
 * @flags: VS_CMD_
 * @run: the command; returns a non-negative result or an errno
 */
struct vs_command {
	const char	*name;
	u32		word;
	u8		perm;
	u8		arg;
	u16		size;
	u16		size32;
	u16		flags;
	long		(*run)(struct vs_call *call);
};

#ifdef CONFIG_COMPAT
/* vcmd_ctx_rlimit_v0 of 32-bit programs. */
struct vs_compat_rlimit {
	u32		id;
	compat_u64	minimum;
	compat_u64	softlimit;
	compat_u64	maximum;
};

#define VS_COMPAT_RLIMIT_SIZE	sizeof(struct vs_compat_rlimit)
#else
#define VS_COMPAT_RLIMIT_SIZE	0
#endif

const struct vs_command *vs_command_find(u32 word);
const struct vs_command *vs_command_at(unsigned int nr);

/* Handlers, by file. */
long vc_get_version(struct vs_call *call);
long vc_get_vci(struct vs_call *call);

long vc_ctx_create(struct vs_call *call);
long vc_ctx_migrate(struct vs_call *call);
long vc_ctx_kill(struct vs_call *call);
long vc_wait_exit(struct vs_call *call);
long vc_task_xid(struct vs_call *call);
long vc_vx_info(struct vs_call *call);
long vc_ctx_stat(struct vs_call *call);
long vc_virt_stat(struct vs_call *call);
long vc_sock_stat(struct vs_call *call);
long vc_get_cflags(struct vs_call *call);
long vc_set_cflags(struct vs_call *call);
long vc_get_ccaps(struct vs_call *call);
long vc_set_ccaps(struct vs_call *call);
long vc_get_bcaps(struct vs_call *call);
long vc_set_bcaps(struct vs_call *call);
long vc_get_umask(struct vs_call *call);
long vc_set_umask(struct vs_call *call);
long vc_get_wmask(struct vs_call *call);
long vc_set_wmask(struct vs_call *call);
long vc_get_vhi_name(struct vs_call *call);
long vc_set_vhi_name(struct vs_call *call);

long vc_get_rlimit(struct vs_call *call);
long vc_set_rlimit(struct vs_call *call);
long vc_get_rlimit_mask(struct vs_call *call);
long vc_rlimit_stat(struct vs_call *call);
long vc_reset_hits(struct vs_call *call);
long vc_reset_minmax(struct vs_call *call);
long vc_get_badness(struct vs_call *call);
long vc_set_badness(struct vs_call *call);
long vc_get_prio_bias(struct vs_call *call);
long vc_set_prio_bias(struct vs_call *call);

long vc_new_s_context(struct vs_call *call);
long vc_set_ipv4root(struct vs_call *call);

long vc_enter_space_v0(struct vs_call *call);
long vc_enter_space_v1(struct vs_call *call);
long vc_enter_space(struct vs_call *call);
long vc_set_space_v1(struct vs_call *call);
long vc_set_space(struct vs_call *call);
long vc_get_space_mask_v0(struct vs_call *call);
long vc_get_space_mask(struct vs_call *call);
long vc_get_space_default(struct vs_call *call);

long vc_net_create(struct vs_call *call);
long vc_net_migrate(struct vs_call *call);
long vc_task_nid(struct vs_call *call);
long vc_nx_info(struct vs_call *call);
long vc_get_nflags(struct vs_call *call);
long vc_set_nflags(struct vs_call *call);
long vc_get_ncaps(struct vs_call *call);
long vc_set_ncaps(struct vs_call *call);
long vc_net_add(struct vs_call *call);
long vc_net_remove(struct vs_call *call);
long vc_net_add_ipv4_v1(struct vs_call *call);
long vc_net_add_ipv4(struct vs_call *call);
long vc_net_rem_ipv4_v1(struct vs_call *call);
long vc_net_rem_ipv4(struct vs_call *call);
long vc_net_add_ipv6(struct vs_call *call);
long vc_net_remove_ipv6(struct vs_call *call);

long vc_get_iattr(struct vs_call *call);
long vc_set_iattr(struct vs_call *call);
long vc_fget_iattr(struct vs_call *call);
long vc_fset_iattr(struct vs_call *call);
long vc_swap_name(struct vs_call *call);

long vc_task_tag(struct vs_call *call);
long vc_tag_migrate(struct vs_call *call);
long vc_add_dlimit(struct vs_call *call);
long vc_rem_dlimit(struct vs_call *call);
long vc_set_dlimit(struct vs_call *call);
long vc_get_dlimit(struct vs_call *call);

/* The number in VCMD_task_ commands: a task of the initial pid namespace. */
struct task_struct *vc_find_task(u32 id);
u32 vs_vci(void);

#endif /* _LINUX_VSERVER_SWITCH_H */
