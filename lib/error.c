// SPDX-License-Identifier: GPL-2.0
/*
 * Failures in words. The sentence is made where the failure is seen, because
 * only there it is known what was tried on which object.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "text.h"

static void fill(struct vc_error *err, int code, const char *reason, const char *fmt, va_list ap)
{
	int len;

	if (!err)
		return;
	err->code = code;
	len = vsnprintf(err->text, sizeof(err->text), fmt, ap);
	if (len < 0)
		len = 0;
	if (reason && (size_t)len < sizeof(err->text))
		snprintf(err->text + len, sizeof(err->text) - len, ": %s", reason);
}

int vc_error_set(struct vc_error *err, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(err, code, NULL, fmt, ap);
	va_end(ap);
	errno = code;
	return -1;
}

int vc_error_call(struct vc_error *err, uint32_t cmd, const char *fmt, ...)
{
	int code = errno;
	va_list ap;

	va_start(ap, fmt);
	fill(err, code, vc_reason(cmd, code), fmt, ap);
	va_end(ap);
	errno = code;
	return -1;
}

/* What a number means to one command, where it is not what it always means. */
static const struct {
	uint32_t	cmd;
	int		code;
	const char	*text;
} reasons[] = {
	{ VCMD_get_iattr, ENOTTY, "files of this kind have no such attributes" },
	{ VCMD_get_iattr, EACCES, "permission denied" },
	{ VCMD_set_iattr, ENOTTY, "files of this kind have no such attributes" },
	{ VCMD_set_iattr, EINVAL, "an attribute is not for files of this kind" },
	{ VCMD_set_iattr, EOPNOTSUPP, "an attribute is not for files of this kind" },
	{ VCMD_set_iattr, EACCES, "permission denied" },
	{ VCMD_ctx_create, EINVAL, "the number must be 2 to 65535" },
	{ VCMD_ctx_create, EEXIST, "the context exists already" },
	{ VCMD_ctx_create, EBUSY, "the context exists and is being set up" },
	{ VCMD_ctx_create, ENOEXEC, "the helper (sysctl kernel.vshelper) refused" },
	{ VCMD_net_create, EINVAL, "the number must be 2 to 65535" },
	{ VCMD_net_create, EEXIST, "the network context exists already" },
	{ VCMD_net_create, EBUSY, "the network context exists and is being set up" },
	{ VCMD_net_create, ENOEXEC, "the helper (sysctl kernel.vshelper) refused" },
	{ VCMD_ctx_migrate, EACCES, "the context is private or closed for administration" },
	{ VCMD_ctx_migrate, EFAULT, "the context is shutting down" },
	{ VCMD_net_migrate, EACCES, "the network context is private or closed for administration" },
	{ VCMD_net_migrate, EFAULT, "the network context is shutting down" },
	{ VCMD_net_migrate, ESRCH, "no such network context" },
	{ VCMD_ctx_kill, ESRCH, "no such process in the context, or no such context" },
	{ VCMD_ctx_kill, EINVAL, "no such signal" },
	{ VCMD_ctx_kill, EACCES, "the context may only be reached through its init" },
	{ VCMD_enter_space, EACCES, "the context is private or closed for administration" },
	{ VCMD_enter_space, EINVAL, "the context has no such spaces" },
	{ VCMD_set_space, EINVAL, "the kernel cannot store such spaces" },
	{ VCMD_net_add_ipv4, EEXIST, "the network context has it already" },
	{ VCMD_net_add_ipv6, EEXIST, "the network context has it already" },
	{ VCMD_net_add_ipv4, ESRCH, "no such network context" },
	{ VCMD_net_add_ipv6, ESRCH, "no such network context" },
	{ VCMD_net_add_ipv6, EAFNOSUPPORT, "the kernel has no IPv6" },
	{ VCMD_net_rem_ipv4, ESRCH, "the network context does not have it, or does not exist" },
	{ VCMD_net_remove_ipv6, ESRCH, "the network context does not have it, or does not exist" },
	{ VCMD_net_remove_ipv6, EAFNOSUPPORT, "the kernel has no IPv6" },
	{ VCMD_task_xid, ESRCH, "no such process" },
	{ VCMD_task_nid, ESRCH, "no such process" },
	{ VCMD_task_tag, ESRCH, "no such process" },
	{ VCMD_add_dlimit, EEXIST, "there is a limit already" },
	{ VCMD_add_dlimit, EINVAL, "all that is on this file system belongs to another tag (mount option tagid)" },
	{ VCMD_add_dlimit, EOPNOTSUPP, "this file system has no disk limits (XFS: mount it with prjquota)" },
	{ VCMD_rem_dlimit, ESRCH, "there is no limit" },
	{ VCMD_set_dlimit, ESRCH, "there is no limit" },
	{ VCMD_set_dlimit, EINVAL, "more is used than there is, or reserved is above 100" },
	{ VCMD_get_dlimit, ESRCH, "there is no limit" },
	{ VCMD_nx_info, ESRCH, "no such network context" },
	{ VCMD_get_nflags, ESRCH, "no such network context" },
	{ VCMD_set_nflags, ESRCH, "no such network context" },
	{ VCMD_get_ncaps, ESRCH, "no such network context" },
	{ VCMD_set_ncaps, ESRCH, "no such network context" },
	{ VCMD_set_vhi_name, EINVAL, "the context has no UTS space of its own" },
	{ VCMD_get_vhi_name, EINVAL, "the context has no UTS space of its own" },
	{ VCMD_set_vhi_name, ENAMETOOLONG, "longer than 64 bytes" },
};

const char *vc_reason(uint32_t cmd, int code)
{
	const char *text;
	int saved = errno;
	bool known, hidden;
	size_t i;

	if (code == ENOSYS) {
		known = vc_get_version() >= 0;
		hidden = access("/proc/virtual", F_OK) == 0;
		errno = saved;
		if (known)
			return "this kernel's vserver support lacks the command";
		/* The kernel says the same to those who may not know of it. */
		if (hidden)
			return "only root on the host may do this";
		return "this kernel has no vserver support";
	}
	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].cmd == cmd && reasons[i].code == code)
			return reasons[i].text;
	switch (code) {
	case EPERM:
		return "only root on the host may do this";
	case ESRCH:
		return "no such context";
	case EACCES:
		return "the context is closed for administration";
	}
	text = strerrordesc_np(code);
	return text ? text : "unknown error";
}

char *str_format(const char *fmt, ...)
{
	va_list ap, again;
	char *text;

	va_start(ap, fmt);
	va_copy(again, ap);
	if (!format_plain(&text, fmt, ap) && vasprintf(&text, fmt, again) < 0)
		text = NULL;
	va_end(again);
	va_end(ap);
	return text;
}

bool str_number(const char *str, uint64_t max, uint64_t *value)
{
	uint64_t v = 0;

	if (!*str)
		return false;
	for (; *str; str++) {
		if (*str < '0' || *str > '9')
			return false;
		if (v > (UINT64_MAX - 9) / 10)
			return false;
		v = v * 10 + (*str - '0');
	}
	if (v > max)
		return false;
	*value = v;
	return true;
}
