// SPDX-License-Identifier: GPL-2.0
/* Network contexts: one function per command; addresses are in address.c. */
#include <errno.h>
#include <string.h>

#include "internal.h"

nid_t vc_net_create(nid_t nid)
{
	return (nid_t)vc_syscall(VCMD_net_create, nid, NULL);
}

nid_t vc_net_create_flags(nid_t nid, uint64_t flagword)
{
	struct vcmd_net_create data = { .flagword = flagword };

	return (nid_t)vc_syscall(VCMD_net_create, nid, &data);
}

int vc_net_migrate(nid_t nid)
{
	return (int)vc_syscall(VCMD_net_migrate, nid, NULL);
}

static int change4(uint32_t cmd, nid_t nid, const struct vc_net_addr *addr)
{
	struct vcmd_net_addr_ipv4_v2 data = {
		.type = addr->vna_type & ~(NXA_TYPE_IPV4 | NXA_TYPE_IPV6),
		.flags = addr->vna_flags,
		.ip = addr->vna_v4_ip,
		.ip2 = addr->vna_v4_ip2,
		.mask = addr->vna_v4_mask,
	};

	/* 0.0.0.0 has always meant: every address. */
	if (data.type == NXA_TYPE_ADDR && !data.ip.s_addr) {
		data.type = NXA_TYPE_MASK;
		data.mask.s_addr = 0;
	}
	return vc_syscall(cmd, nid, &data) < 0 ? -1 : 0;
}

static int change6(uint32_t cmd, nid_t nid, const struct vc_net_addr *addr)
{
	struct vcmd_net_addr_ipv6_v1 data = {
		.type = addr->vna_type & ~(NXA_TYPE_IPV4 | NXA_TYPE_IPV6),
		.flags = addr->vna_flags,
		.prefix = addr->vna_prefix,
		.ip = addr->vna_v6_ip,
		.mask = addr->vna_v6_mask,
	};

	if (data.type == NXA_TYPE_ADDR && IN6_IS_ADDR_UNSPECIFIED(&data.ip)) {
		data.type = NXA_TYPE_MASK;
		data.prefix = 0;
		memset(&data.mask, 0, sizeof(data.mask));
	}
	/* The structure has no room for the end of a range. */
	if (data.type & NXA_TYPE_RANGE) {
		errno = EINVAL;
		return -1;
	}
	if (vc_syscall(cmd, nid, &data) >= 0)
		return 0;
	/* A kernel without IPv6 does not know the command: another matter than no support. */
	if (errno == ENOSYS && vc_get_version() >= 0)
		errno = EAFNOSUPPORT;
	return -1;
}

int vc_net_add(nid_t nid, const struct vc_net_addr *addr)
{
	if (addr->vna_type & NXA_TYPE_IPV6)
		return change6(VCMD_net_add_ipv6, nid, addr);
	return change4(VCMD_net_add_ipv4, nid, addr);
}

static int remove_all(nid_t nid)
{
	struct vcmd_net_addr_ipv4_v2 all4 = { .type = NXA_TYPE_ANY };
	struct vcmd_net_addr_ipv6_v1 all6 = { .type = NXA_TYPE_ANY };

	if (vc_syscall(VCMD_net_rem_ipv4, nid, &all4) < 0)
		return -1;
	if (vc_syscall(VCMD_net_remove_ipv6, nid, &all6) < 0 && errno != ENOSYS)
		return -1;
	return 0;
}

int vc_net_remove(nid_t nid, const struct vc_net_addr *addr)
{
	if ((addr->vna_type & NXA_TYPE_ANY) == NXA_TYPE_ANY)
		return remove_all(nid);
	if (addr->vna_type & NXA_TYPE_IPV6)
		return change6(VCMD_net_remove_ipv6, nid, addr);
	return change4(VCMD_net_rem_ipv4, nid, addr);
}

int vc_get_nflags(nid_t nid, struct vc_net_flags *flags)
{
	struct vcmd_net_flags_v0 data = { 0 };

	if (vc_syscall(VCMD_get_nflags, nid, &data) < 0)
		return -1;
	flags->flagword = data.flagword;
	flags->mask = data.mask;
	return 0;
}

int vc_set_nflags(nid_t nid, const struct vc_net_flags *flags)
{
	struct vcmd_net_flags_v0 data = { .flagword = flags->flagword, .mask = flags->mask };

	return (int)vc_syscall(VCMD_set_nflags, nid, &data);
}

int vc_get_ncaps(nid_t nid, struct vc_net_caps *caps)
{
	struct vcmd_net_caps_v0 data = { 0 };

	if (vc_syscall(VCMD_get_ncaps, nid, &data) < 0)
		return -1;
	caps->ncaps = data.ncaps;
	caps->cmask = data.cmask;
	return 0;
}

int vc_set_ncaps(nid_t nid, const struct vc_net_caps *caps)
{
	struct vcmd_net_caps_v0 data = { .ncaps = caps->ncaps, .cmask = caps->cmask };

	return (int)vc_syscall(VCMD_set_ncaps, nid, &data);
}

int vc_get_nx_info(nid_t nid, struct vc_nx_info *info)
{
	struct vcmd_nx_info_v0 data = { 0 };

	if (nid == VS_ID_HOST || nid == VS_ID_WATCH) {
		info->nid = nid;
		return 0;
	}
	if (vc_syscall(VCMD_nx_info, nid, &data) < 0)
		return -1;
	info->nid = data.nid;
	return 0;
}

nid_t vc_get_task_nid(pid_t pid)
{
	return (nid_t)vc_syscall(VCMD_task_nid, (uint32_t)pid, NULL);
}
