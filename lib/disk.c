// SPDX-License-Identifier: GPL-2.0
/* Tags and disk limits: one function per command. */
#include "internal.h"

tag_t vc_get_task_tag(pid_t pid)
{
	return (tag_t)vc_syscall(VCMD_task_tag, (uint32_t)pid, NULL);
}

int vc_tag_migrate(tag_t tag)
{
	return (int)vc_syscall(VCMD_tag_migrate, tag, NULL);
}

int vc_tag_create(tag_t tag)
{
	return vc_tag_migrate(tag);
}

int vc_add_dlimit(const char *path, xid_t xid, uint32_t flags)
{
	struct vcmd_ctx_dlimit_base_v0 data = { .name = path, .flags = flags };

	return (int)vc_syscall(VCMD_add_dlimit, xid, &data);
}

int vc_rem_dlimit(const char *path, xid_t xid, uint32_t flags)
{
	struct vcmd_ctx_dlimit_base_v0 data = { .name = path, .flags = flags };

	return (int)vc_syscall(VCMD_rem_dlimit, xid, &data);
}

int vc_set_dlimit(const char *path, xid_t xid, uint32_t flags, const struct vc_ctx_dlimit *limits)
{
	struct vcmd_ctx_dlimit_v0 data = {
		path, limits->space_used, limits->space_total, limits->inodes_used,
		limits->inodes_total, limits->reserved, flags,
	};

	return (int)vc_syscall(VCMD_set_dlimit, xid, &data);
}

int vc_get_dlimit(const char *path, xid_t xid, uint32_t flags, struct vc_ctx_dlimit *limits)
{
	struct vcmd_ctx_dlimit_v0 data = { .name = path, .flags = flags };

	if (vc_syscall(VCMD_get_dlimit, xid, &data) < 0)
		return -1;
	*limits = (struct vc_ctx_dlimit){ data.space_used, data.space_total, data.inodes_used,
					  data.inodes_total, data.reserved };
	return 0;
}
