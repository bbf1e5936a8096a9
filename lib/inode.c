// SPDX-License-Identifier: GPL-2.0
/* Attributes of files: one function per command. */
#include "internal.h"

int vc_get_iattr(const char *path, xid_t *xid, uint32_t *flags, uint32_t *mask)
{
	struct vcmd_ctx_iattr_v1 data = { .name = path, .tag = VC_NOCTX, .flags = *flags, .mask = *mask };

	if (vc_syscall(VCMD_get_iattr, 0, &data) < 0)
		return -1;
	if (xid)
		*xid = data.tag;
	*flags = data.flags;
	*mask = data.mask;
	return 0;
}

int vc_set_iattr(const char *path, xid_t xid, uint32_t flags, uint32_t mask)
{
	struct vcmd_ctx_iattr_v1 data = { .name = path, .tag = xid, .flags = flags, .mask = mask };

	return (int)vc_syscall(VCMD_set_iattr, 0, &data);
}

int vc_fget_iattr(int fd, xid_t *xid, uint32_t *flags, uint32_t *mask)
{
	struct vcmd_ctx_fiattr_v0 data = { .tag = VC_NOCTX, .flags = *flags, .mask = *mask };

	if (vc_syscall(VCMD_fget_iattr, (xid_t)fd, &data) < 0)
		return -1;
	if (xid)
		*xid = data.tag;
	*flags = data.flags;
	*mask = data.mask;
	return 0;
}

int vc_fset_iattr(int fd, xid_t xid, uint32_t flags, uint32_t mask)
{
	struct vcmd_ctx_fiattr_v0 data = { .tag = xid, .flags = flags, .mask = mask };

	return (int)vc_syscall(VCMD_fset_iattr, (xid_t)fd, &data);
}

int vc_swap_name(int dirfd, const char *name, int newdirfd, const char *newname, int fd)
{
	struct vcmd_swap_name_v0 data = {
		.name = (uintptr_t)name, .newname = (uintptr_t)newname, .newdir = newdirfd, .fd = fd,
	};

	return (int)vc_syscall(VCMD_swap_name, (xid_t)dirfd, &data);
}
