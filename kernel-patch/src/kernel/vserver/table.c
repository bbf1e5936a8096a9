// SPDX-License-Identifier: GPL-2.0
/*
 * The command table. Dispatch, permission checks, copying in and out, the
 * tests and the generated documentation read it; a command is complete when
 * its row is here. Sorted by word.
 */
#include <linux/bsearch.h>
#include <linux/kernel.h>
#include <linux/vserver/switch.h>
#include <uapi/vserver/compat.h>
#include <uapi/vserver/context.h>
#include <uapi/vserver/dlimit.h>
#include <uapi/vserver/inode.h>
#include <uapi/vserver/limit.h>
#include <uapi/vserver/network.h>
#include <uapi/vserver/space.h>

#define CMD(_name, _perm, _arg, _flags, _size, _run) \
	{ .name = #_name, .word = VCMD_##_name, .perm = _perm, .arg = VS_ARG_##_arg, \
	  .flags = _flags, .size = _size, .run = _run }
/* A structure that 32-bit programs lay out differently. */
#define CMD32(_name, _perm, _arg, _flags, _size, _size32, _run) \
	{ .name = #_name, .word = VCMD_##_name, .perm = _perm, .arg = VS_ARG_##_arg, \
	  .flags = _flags, .size = _size, .size32 = _size32, .run = _run }
#define S(type)		sizeof(struct vcmd_##type)

#define GET		(VS_CMD_INFO | VS_CMD_INOUT)
#define SET		(VS_CMD_ARES | VS_CMD_SETUP | VS_CMD_IN)
#define ENTER		(VS_CMD_ADMIN)

static const struct vs_command vs_commands[] = {
	CMD(get_version,	0, NONE, 0, 0, vc_get_version),
	CMD(get_vci,		0, NONE, 0, 0, vc_get_vci),

	CMD(set_vhi_name,	7, CTX, SET, S(vhi_name_v0), vc_set_vhi_name),
	CMD(get_vhi_name,	3, CTX, GET, S(vhi_name_v0), vc_get_vhi_name),

	CMD(ctx_create_v0,	5, NONE, VS_CMD_HOST, 0, vc_ctx_create),
	CMD(ctx_create,		5, NONE, VS_CMD_HOST | VS_CMD_IN | VS_CMD_NULLOK,
	    S(ctx_create), vc_ctx_create),

	CMD(enter_space_v0,	5, CTX, ENTER, 0, vc_enter_space_v0),
	CMD(enter_space_v1,	5, CTX, ENTER | VS_CMD_IN, S(space_mask_v1), vc_enter_space_v1),
	CMD(enter_space,	5, CTX, ENTER | VS_CMD_IN, VS_SPACE_MASK_V2_SIZE, vc_enter_space),
	CMD(set_space_v1,	7, CTX, SET, S(space_mask_v1), vc_set_space_v1),
	CMD(set_space,		7, CTX, SET, VS_SPACE_MASK_V2_SIZE, vc_set_space),
	CMD(get_space_mask_v0,	0, NONE, VS_CMD_INOUT, S(space_mask_v1), vc_get_space_mask_v0),

	CMD(ctx_migrate_v0,	5, CTX, ENTER | VS_CMD_WATCH, 0, vc_ctx_migrate),
	CMD(ctx_migrate,	5, CTX,
	    ENTER | VS_CMD_SETUP | VS_CMD_WATCH | VS_CMD_IN | VS_CMD_NULLOK,
	    S(ctx_migrate), vc_ctx_migrate),

	CMD(ctx_kill,		6, CTX, VS_CMD_ARES | VS_CMD_LAST | VS_CMD_IN,
	    S(ctx_kill_v0), vc_ctx_kill),

	CMD(set_prio_bias,	7, CTX, SET, S(prio_bias), vc_set_prio_bias),
	CMD(get_prio_bias,	3, CTX, GET, S(prio_bias), vc_get_prio_bias),

	CMD(get_badness,	3, CTX, GET, S(badness_v0), vc_get_badness),
	CMD(set_badness,	7, CTX, SET, S(badness_v0), vc_set_badness),

	CMD(net_create_v0,	5, NONE, VS_CMD_HOST, 0, vc_net_create),
	CMD(net_create,		5, NONE, VS_CMD_HOST | VS_CMD_IN | VS_CMD_NULLOK,
	    S(net_create), vc_net_create),
	CMD(net_add,		8, NET, SET, S(net_addr_v0), vc_net_add),
	CMD(net_add_ipv4_v1,	8, NET, SET, S(net_addr_ipv4_v1), vc_net_add_ipv4_v1),
	CMD(net_add_ipv4,	8, NET, SET, S(net_addr_ipv4_v2), vc_net_add_ipv4),
	CMD(net_remove,		8, NET, SET, S(net_addr_v0), vc_net_remove),
	CMD(net_rem_ipv4_v1,	8, NET, SET, S(net_addr_ipv4_v1), vc_net_rem_ipv4_v1),
	CMD(net_rem_ipv4,	8, NET, SET, S(net_addr_ipv4_v2), vc_net_rem_ipv4),
	CMD(net_add_ipv6,	8, NET, SET, S(net_addr_ipv6_v1), vc_net_add_ipv6),
	CMD(net_remove_ipv6,	8, NET, SET, S(net_addr_ipv6_v1), vc_net_remove_ipv6),

	CMD(net_migrate,	5, NET, ENTER | VS_CMD_WATCH, 0, vc_net_migrate),

	CMD(tag_migrate,	5, NONE, VS_CMD_HOST, 0, vc_tag_migrate),

	/* These structures hold a pointer; the commands copy them themselves. */
	CMD(add_dlimit,		8, NONE, VS_CMD_HOST | VS_CMD_ARES, 0, vc_add_dlimit),
	CMD(rem_dlimit,		8, NONE, VS_CMD_HOST | VS_CMD_ARES, 0, vc_rem_dlimit),
	CMD(set_dlimit,		7, NONE, VS_CMD_HOST | VS_CMD_ARES, 0, vc_set_dlimit),
	CMD(get_dlimit,		3, NONE, 0, 0, vc_get_dlimit),

	/* And so do the first two of these. */
	CMD(get_iattr,		2, NONE, 0, 0, vc_get_iattr),
	CMD(set_iattr,		7, NONE, VS_CMD_HOST, 0, vc_set_iattr),
	CMD(fget_iattr,		2, NONE, VS_CMD_INOUT, S(ctx_fiattr_v0), vc_fget_iattr),
	CMD(fset_iattr,		7, NONE, VS_CMD_HOST | VS_CMD_INOUT, S(ctx_fiattr_v0),
	    vc_fset_iattr),
	CMD(swap_name,		7, NONE, VS_CMD_HOST | VS_CMD_IN, S(swap_name_v0), vc_swap_name),

	CMD(ctx_stat,		3, CTX, GET, S(ctx_stat_v0), vc_ctx_stat),
	CMD(rlimit_stat,	3, CTX, GET, S(rlimit_stat_v0), vc_rlimit_stat),
	CMD(virt_stat,		3, CTX, GET, S(virt_stat_v0), vc_virt_stat),
	CMD(sock_stat,		3, CTX, GET, S(sock_stat_v0), vc_sock_stat),

	CMD(task_xid,		2, NONE, 0, 0, vc_task_xid),
	CMD(task_nid,		2, NONE, 0, 0, vc_task_nid),
	CMD(task_tag,		2, NONE, 0, 0, vc_task_tag),
	CMD(vx_info,		3, CTX, GET, S(vx_info_v0), vc_vx_info),
	CMD(nx_info,		3, NET, GET, S(nx_info_v0), vc_nx_info),

	CMD(wait_exit,		4, CTX, GET | VS_CMD_ALWAYS, S(wait_exit_v0), vc_wait_exit),

	CMD(get_cflags,		3, CTX, GET, S(ctx_flags_v0), vc_get_cflags),
	CMD(set_cflags,		7, CTX, SET, S(ctx_flags_v0), vc_set_cflags),
	CMD(get_ccaps,		3, CTX, GET, S(ctx_caps_v1), vc_get_ccaps),
	CMD(set_ccaps,		7, CTX, SET, S(ctx_caps_v1), vc_set_ccaps),
	CMD(get_nflags,		3, NET, GET, S(net_flags_v0), vc_get_nflags),
	CMD(set_nflags,		7, NET, SET, S(net_flags_v0), vc_set_nflags),
	CMD(get_ncaps,		3, NET, GET, S(net_caps_v0), vc_get_ncaps),
	CMD(set_ncaps,		7, NET, SET, S(net_caps_v0), vc_set_ncaps),
	CMD(get_bcaps,		3, CTX, GET, S(bcaps), vc_get_bcaps),
	CMD(set_bcaps,		7, CTX, SET, S(bcaps), vc_set_bcaps),
	CMD(get_umask,		3, CTX, GET, S(umask), vc_get_umask),
	CMD(set_umask,		7, CTX, SET, S(umask), vc_set_umask),
	CMD(get_wmask,		3, CTX, GET, S(wmask), vc_get_wmask),
	CMD(set_wmask,		7, CTX, SET, S(wmask), vc_set_wmask),

	CMD(get_space_mask,	0, NONE, VS_CMD_INOUT, S(space_mask_v1), vc_get_space_mask),
	CMD(get_space_default,	0, NONE, VS_CMD_INOUT, S(space_mask_v1), vc_get_space_default),

	CMD32(get_rlimit,	3, CTX, GET, S(ctx_rlimit_v0), VS_COMPAT_RLIMIT_SIZE,
	      vc_get_rlimit),
	CMD32(set_rlimit,	7, CTX, SET, S(ctx_rlimit_v0), VS_COMPAT_RLIMIT_SIZE,
	      vc_set_rlimit),
	CMD(get_rlimit_mask,	0, NONE, VS_CMD_INOUT, S(ctx_rlimit_mask_v0), vc_get_rlimit_mask),
	CMD(reset_hits,		2, CTX, VS_CMD_INFO, 0, vc_reset_hits),
	CMD(reset_minmax,	2, CTX, VS_CMD_INFO, 0, vc_reset_minmax),

	CMD(new_s_context,	5, NONE, VS_CMD_HOST | VS_CMD_IN, S(new_s_context_v1),
	    vc_new_s_context),
	CMD(set_ipv4root,	5, NONE, VS_CMD_HOST | VS_CMD_IN, S(set_ipv4root_v3),
	    vc_set_ipv4root),
};

static int vs_command_cmp(const void *key, const void *elem)
{
	u32 word = *(const u32 *)key;
	const struct vs_command *command = elem;

	return word < command->word ? -1 : word > command->word;
}

/**
 * vs_command_find - the row of a command
 * @word: its word, version included
 *
 * Return: the row, or NULL.
 */
const struct vs_command *vs_command_find(u32 word)
{
	return bsearch(&word, vs_commands, ARRAY_SIZE(vs_commands), sizeof(vs_commands[0]),
		       vs_command_cmp);
}

/**
 * vs_command_at - walk the table
 * @nr: from 0
 *
 * Return: the row, or NULL after the last.
 */
const struct vs_command *vs_command_at(unsigned int nr)
{
	return nr < ARRAY_SIZE(vs_commands) ? &vs_commands[nr] : NULL;
}
