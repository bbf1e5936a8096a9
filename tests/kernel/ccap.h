/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For tests of context capabilities: one guest whose words the host changes
 * between the tries, and tasks in it with namespaces of their own.
 */
#ifndef VS_TEST_CCAP_H
#define VS_TEST_CCAP_H

#include <linux/capability.h>
#include <sys/mount.h>
#include "harness.h"

static inline long give(const struct guest *g, uint64_t ccaps)
{
	struct vcmd_ctx_caps_v1 data = { ccaps, ~0ULL };

	return vs(VCMD_set_ccaps, g->xid, &data);
}

static inline long give_umask(const struct guest *g, uint64_t umask)
{
	struct vcmd_umask data = { umask, ~0ULL };

	return vs(VCMD_set_umask, g->xid, &data);
}

static inline long give_flags(const struct guest *g, uint64_t flags, uint64_t mask)
{
	struct vcmd_ctx_flags_v0 data = { flags, mask };

	return vs(VCMD_set_cflags, g->xid, &data);
}

/* All capabilities are permitted; the effective ones are all but @cap (-1: all). */
static inline void raw_without(int cap)
{
	struct __user_cap_header_struct hdr = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = {
		{ .effective = ~0U, .permitted = ~0U },
		{ .effective = 0x1ff, .permitted = 0x1ff },
	};

	if (cap >= 0)
		data[cap / 32].effective &= ~(1U << (cap % 32));
	if (syscall(SYS_capset, &hdr, data))
		check(false, "capset: %s", strerrorname_np(errno));
}

struct own_ns {
	const struct guest *guest;
	void (*fn)(void *arg);
	void *arg;
};

static inline void __in_own_ns(void *data)
{
	struct own_ns *own = data;
	long ret;

	ret = err(unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC)) ?:
	      err(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) ?:
	      vs(VCMD_ctx_migrate, own->guest->xid, NULL);
	if (ret) {
		check(false, "enter guest %u: %s", own->guest->xid, strerrorname_np(-ret));
		return;
	}
	own->fn(own->arg);
}

/* Run @fn as a task of the guest in mount, UTS and IPC namespaces of its own. */
static inline void in_own_ns(const struct guest *g, void (*fn)(void *), void *arg)
{
	struct own_ns own = { g, fn, arg };

	in_child(__in_own_ns, &own);
}

#endif /* VS_TEST_CCAP_H */
