// SPDX-License-Identifier: GPL-2.0
/* Process contexts and spaces: one function per command. */
#include <errno.h>
#include <string.h>

#include "internal.h"

xid_t vc_ctx_create(xid_t xid, const struct vc_ctx_flags *flags)
{
	struct vcmd_ctx_create data = { .flagword = flags ? flags->flagword : VXF_INIT_SET };

	return (xid_t)vc_syscall(VCMD_ctx_create, xid, &data);
}

int vc_ctx_migrate(xid_t xid, uint64_t flags)
{
	struct vcmd_ctx_migrate data = { .flagword = flags };

	return (int)vc_syscall(VCMD_ctx_migrate, xid, &data);
}

int vc_ctx_stat(xid_t xid, struct vc_ctx_stat *stat)
{
	struct vcmd_ctx_stat_v0 data = { 0 };

	if (vc_syscall(VCMD_ctx_stat, xid, &data) < 0)
		return -1;
	stat->usecnt = data.usecnt;
	stat->tasks = data.tasks;
	return 0;
}

int vc_virt_stat(xid_t xid, struct vc_virt_stat *stat)
{
	struct vcmd_virt_stat_v0 data = { 0 };

	if (vc_syscall(VCMD_virt_stat, xid, &data) < 0)
		return -1;
	stat->offset = data.offset;
	stat->uptime = data.uptime;
	stat->nr_threads = data.nr_threads;
	stat->nr_running = data.nr_running;
	stat->nr_uninterruptible = data.nr_uninterruptible;
	stat->nr_onhold = data.nr_onhold;
	stat->nr_forks = data.nr_forks;
	memcpy(stat->load, data.load, sizeof(stat->load));
	return 0;
}

int vc_ctx_kill(xid_t xid, pid_t pid, int sig)
{
	struct vcmd_ctx_kill_v0 data = { .pid = pid, .sig = sig };

	return (int)vc_syscall(VCMD_ctx_kill, xid, &data);
}

int vc_wait_exit_status(xid_t xid, struct vc_exit *how)
{
	struct vcmd_wait_exit_v0 data = { 0 };

	if (vc_syscall(VCMD_wait_exit, xid, &data) < 0)
		return -1;
	how->reboot_cmd = data.reboot_cmd;
	how->exit_code = data.exit_code;
	return 0;
}

int vc_wait_exit(xid_t xid)
{
	struct vc_exit how;

	return vc_wait_exit_status(xid, &how);
}

int vc_get_cflags(xid_t xid, struct vc_ctx_flags *flags)
{
	struct vcmd_ctx_flags_v0 data = { 0 };

	if (vc_syscall(VCMD_get_cflags, xid, &data) < 0)
		return -1;
	flags->flagword = data.flagword;
	flags->mask = data.mask;
	return 0;
}

int vc_set_cflags(xid_t xid, const struct vc_ctx_flags *flags)
{
	struct vcmd_ctx_flags_v0 data = { .flagword = flags->flagword, .mask = flags->mask };

	return (int)vc_syscall(VCMD_set_cflags, xid, &data);
}

int vc_get_umask(xid_t xid, struct vc_umask *umask)
{
	struct vcmd_umask data = { 0 };

	if (vc_syscall(VCMD_get_umask, xid, &data) < 0)
		return -1;
	umask->umask = data.umask;
	umask->mask = data.mask;
	return 0;
}

int vc_set_umask(xid_t xid, const struct vc_umask *umask)
{
	struct vcmd_umask data = { .umask = umask->umask, .mask = umask->mask };

	return (int)vc_syscall(VCMD_set_umask, xid, &data);
}

int vc_get_wmask(xid_t xid, struct vc_wmask *wmask)
{
	struct vcmd_wmask data = { 0 };

	if (vc_syscall(VCMD_get_wmask, xid, &data) < 0)
		return -1;
	wmask->wmask = data.wmask;
	wmask->mask = data.mask;
	return 0;
}

int vc_set_wmask(xid_t xid, const struct vc_wmask *wmask)
{
	struct vcmd_wmask data = { .wmask = wmask->wmask, .mask = wmask->mask };

	return (int)vc_syscall(VCMD_set_wmask, xid, &data);
}

int vc_get_bcaps(xid_t xid, struct vc_ctx_caps *caps)
{
	struct vcmd_bcaps data = { 0 };

	if (vc_syscall(VCMD_get_bcaps, xid, &data) < 0)
		return -1;
	caps->bcaps = data.bcaps;
	caps->bmask = data.bmask;
	return 0;
}

int vc_set_bcaps(xid_t xid, const struct vc_ctx_caps *caps)
{
	struct vcmd_bcaps data = { .bcaps = caps->bcaps, .bmask = caps->bmask };

	return (int)vc_syscall(VCMD_set_bcaps, xid, &data);
}

int vc_get_ccaps(xid_t xid, struct vc_ctx_caps *caps)
{
	struct vcmd_ctx_caps_v1 data = { 0 };

	if (vc_get_bcaps(xid, caps) < 0 || vc_syscall(VCMD_get_ccaps, xid, &data) < 0)
		return -1;
	caps->ccaps = data.ccaps;
	caps->cmask = data.cmask;
	return 0;
}

int vc_set_ccaps(xid_t xid, const struct vc_ctx_caps *caps)
{
	struct vcmd_ctx_caps_v1 data = { .ccaps = caps->ccaps, .cmask = caps->cmask };

	if (caps->bmask && vc_set_bcaps(xid, caps) < 0)
		return -1;
	if (caps->cmask && vc_syscall(VCMD_set_ccaps, xid, &data) < 0)
		return -1;
	return 0;
}

int vc_get_vx_info(xid_t xid, struct vc_vx_info *info)
{
	struct vcmd_vx_info_v0 data = { 0 };

	/* The kernel keeps no object for the host and the spectators. */
	if (xid == VS_ID_HOST || xid == VS_ID_WATCH) {
		info->xid = xid;
		info->initpid = -1;
		return 0;
	}
	if (vc_syscall(VCMD_vx_info, xid, &data) < 0)
		return -1;
	info->xid = data.xid;
	info->initpid = (pid_t)data.initpid;
	return 0;
}

xid_t vc_get_task_xid(pid_t pid)
{
	return (xid_t)vc_syscall(VCMD_task_xid, (uint32_t)pid, NULL);
}

static const char *const vhi_fields[] = {
	[VHIN_CONTEXT] = "context",
	[VHIN_SYSNAME] = "sysname",
	[VHIN_NODENAME] = "nodename",
	[VHIN_RELEASE] = "release",
	[VHIN_VERSION] = "version",
	[VHIN_MACHINE] = "machine",
	[VHIN_DOMAINNAME] = "domainname",
};

const char *vc_vhi_field(unsigned int type)
{
	return type < sizeof(vhi_fields) / sizeof(vhi_fields[0]) ? vhi_fields[type] : NULL;
}

int vc_get_vhi_name(xid_t xid, vc_uts_type type, char *val, size_t len)
{
	struct vcmd_vhi_name_v0 data = { .field = type };
	size_t used;

	if (vc_syscall(VCMD_get_vhi_name, xid, &data) < 0)
		return -1;
	used = strnlen(data.name, sizeof(data.name));
	if (used >= len) {
		errno = ENOSPC;
		return -1;
	}
	memcpy(val, data.name, used);
	val[used] = '\0';
	return 0;
}

int vc_set_vhi_name(xid_t xid, vc_uts_type type, const char *val, size_t len)
{
	struct vcmd_vhi_name_v0 data = { .field = type };

	if (len >= sizeof(data.name)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(data.name, val, len);
	return (int)vc_syscall(VCMD_set_vhi_name, xid, &data);
}

int vc_enter_namespace(xid_t xid, uint64_t mask, uint32_t index)
{
	struct vcmd_space_mask_v2 data = { .mask = mask, .index = index };

	return (int)vc_syscall(VCMD_enter_space, xid, &data);
}

int vc_set_namespace(xid_t xid, uint64_t mask, uint32_t index)
{
	struct vcmd_space_mask_v2 data = { .mask = mask, .index = index };

	return (int)vc_syscall(VCMD_set_space, xid, &data);
}

static uint64_t space_word(uint32_t cmd)
{
	struct vcmd_space_mask_v1 data = { 0 };

	return vc_syscall(cmd, 0, &data) < 0 ? UINT64_MAX : data.mask;
}

uint64_t vc_get_space_mask(void)
{
	return space_word(VCMD_get_space_mask);
}

uint64_t vc_get_space_default(void)
{
	return space_word(VCMD_get_space_default);
}
