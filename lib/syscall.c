// SPDX-License-Identifier: GPL-2.0
/* The call itself, and what a kernel says about its abilities. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "internal.h"

/*
 * The headers of Linux name the number on most architectures. The x32 ABI has
 * none: the bit that marks its numbers would have to be taken off.
 */
#if defined(__x86_64__) && defined(__ILP32__)
#error "the vserver system call has no number in the x32 ABI"
#endif
#ifndef __NR_vserver
#if defined(__x86_64__)
#define __NR_vserver	236
#elif defined(__i386__)
#define __NR_vserver	273
#elif defined(__ia64__)
#define __NR_vserver	1269
#else
#error "no vserver system call number was ever given to this architecture"
#endif
#endif

long vc_syscall(uint32_t cmd, xid_t id, void *data)
{
	return syscall(__NR_vserver, cmd, id, data);
}

int vc_get_version(void)
{
	/* The kernel ignores the id; earlier interfaces wanted 63. */
	return (int)vc_syscall(VCMD_get_version, 63, NULL);
}

uint64_t vc_get_vci(void)
{
	long vci = vc_syscall(VCMD_get_vci, 0, NULL);

	/* 32 bits on the wire: bit 31 must not be taken for a sign. */
	return vci == -1 ? UINT64_MAX : (uint64_t)(uint32_t)vci;
}

int vc_get_kernel(void)
{
	unsigned int major, minor, patch = 0;
	struct utsname uts;

	if (uname(&uts) < 0)
		return -1;
	if (sscanf(uts.release, "%u.%u.%u", &major, &minor, &patch) < 2) {
		errno = EINVAL;
		return -1;
	}
	if (patch > 255)
		patch = 255;
	return (int)(major << 16 | (minor & 255) << 8 | patch);
}

/* True from version @min up to @max - 1 (0: no end), if the bits @vci are there. */
static const struct feature {
	const char	*name;
	vcFeatureSet	id;
	int		min;
	int		max;
	uint64_t	vci;
} features[] = {
	{ "VKILL", vcFEATURE_VKILL, 0x10004, 0, 0 },
	{ "IATTR", vcFEATURE_IATTR, 0x10011, 0, 0 },
	{ "RLIMIT", vcFEATURE_RLIMIT, 0x10004, 0, 0 },
	{ "COMPAT", vcFEATURE_COMPAT, 0, 0, 0 },
	{ "MIGRATE", vcFEATURE_MIGRATE, 0x10012, 0, 0 },
	{ "NAMESPACE", vcFEATURE_NAMESPACE, 0x10012, 0, 0 },
	{ "SCHED", vcFEATURE_SCHED, 0x20000, 0, 0 },
	{ "VINFO", vcFEATURE_VINFO, 0x10010, 0, 0 },
	{ "VHI", vcFEATURE_VHI, 0x10010, 0, 0 },
	{ "VSHELPER0", vcFEATURE_VSHELPER0, 0x10000, 0x10010, 0 },
	{ "VSHELPER", vcFEATURE_VSHELPER, 0x10000, 0, 0 },
	{ "VWAIT", vcFEATURE_VWAIT, 0x10025, 0, 0 },
	{ "VNET", vcFEATURE_VNET, 0x20001, 0, 0 },
	{ "VSTAT", vcFEATURE_VSTAT, 0x20103, 0x20306, 0 },
	{ "PPTAG", vcFEATURE_PPTAG, 0, 0, VCI_PPTAG },
	{ "PIDSPACE", vcFEATURE_PIDSPACE, 0, -1, 0 },
	{ "SPACES", vcFEATURE_SPACES, 0, 0, VCI_SPACES },
	{ "PERSISTENT", vcFEATURE_PERSISTENT, 0x20002, 0, 0 },
	{ "PIVOT_ROOT", vcFEATURE_PIVOT_ROOT, 0x20304, 0, 0 },
	{ "MEMCG", vcFEATURE_MEMCG, 0x20306, 0, VCI_MEMCG },
	{ "DYNAMIC", vcFEATURE_DYNAMIC, 0, 0, 0 },
	{ "BME", vcFEATURE_BME, 0, -1, 0 },
};

static bool has_feature(const struct feature *f)
{
	int version = vc_get_version();
	uint64_t vci;

	if (version < 0 || version < f->min || f->max < 0 || (f->max && version >= f->max))
		return false;
	if (f->id == vcFEATURE_DYNAMIC && version < 0x20300)
		return true;
	if (!f->vci && f->id != vcFEATURE_DYNAMIC)
		return true;
	vci = vc_get_vci();
	if (vci == UINT64_MAX)
		return false;
	if (f->id == vcFEATURE_DYNAMIC)
		return !(vci & VCI_NO_DYNAMIC);
	return (vci & f->vci) == f->vci;
}

bool vc_isSupported(vcFeatureSet feature)
{
	size_t i;

	for (i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		if (features[i].id == feature)
			return has_feature(&features[i]);
	errno = EINVAL;
	return false;
}

bool vc_isSupportedString(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		if (!strcasecmp(features[i].name, name)) {
			errno = 0;
			return has_feature(&features[i]);
		}
	errno = EINVAL;
	return false;
}

const char *vc_feature_name(size_t index)
{
	return index < sizeof(features) / sizeof(features[0]) ? features[index].name : NULL;
}

vcXidType vc_getXIDType(xid_t xid)
{
	if (xid == VS_ID_HOST)
		return vcTYPE_MAIN;
	if (xid == VS_ID_WATCH)
		return vcTYPE_WATCH;
	return xid <= VS_ID_MAX ? vcTYPE_STATIC : vcTYPE_INVALID;
}

bool vc_is_dynamic_xid(xid_t xid)
{
	(void)xid;
	return false;
}

void vc_exitLikeProcess(pid_t pid, int ret)
{
	struct rlimit nocore = { 0, 0 };
	sigset_t set;
	pid_t got;
	int status, sig;

	do {
		got = waitpid(pid, &status, 0);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		exit(ret);
	if (WIFEXITED(status))
		exit(WEXITSTATUS(status));
	/* The child's core, if any, is the one to keep. */
	sig = WTERMSIG(status);
	setrlimit(RLIMIT_CORE, &nocore);
	signal(sig, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(sig);
	exit(128 + sig);
}
