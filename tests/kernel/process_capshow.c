// SPDX-License-Identifier: GPL-2.0
/*
 * A guest is told of the capabilities that it can use: capget, /proc/PID/status
 * and prctl. What is stored stays, and the host sees that.
 */
#include "ccap.h"

#define NEVER	((uint64_t)1 << CAP_SYS_MODULE | (uint64_t)1 << CAP_SYS_BOOT | \
		 (uint64_t)1 << CAP_SYS_PACCT)
#define KEPT	(TEST_BCAPS & ~NEVER)

static struct guest a = { .xid = 1451 };
static uint64_t full;

static uint64_t line(pid_t pid, const char *name)
{
	char path[64], buf[8192], *at;

	snprintf(path, sizeof(path), pid ? "/proc/%d/status" : "/proc/self/status", pid);
	if (!read_file(path, buf, sizeof(buf)))
		return 0;
	at = strstr(buf, name);
	return at ? strtoull(at + strlen(name), NULL, 16) : 0;
}

static uint64_t bounding(void)
{
	uint64_t set = 0;
	int cap;

	for (cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (prctl(PR_CAPBSET_READ, cap) == 1)
			set |= 1ULL << cap;
	return set;
}

static uint64_t get(pid_t pid, int which)
{
	struct __user_cap_header_struct hdr = { _LINUX_CAPABILITY_VERSION_3, pid };
	struct __user_cap_data_struct d[2] = { };

	syscall(SYS_capget, &hdr, d);
	switch (which) {
	case 'e':
		return d[0].effective | (uint64_t)d[1].effective << 32;
	case 'p':
		return d[0].permitted | (uint64_t)d[1].permitted << 32;
	}
	return d[0].inheritable | (uint64_t)d[1].inheritable << 32;
}

static void shows(uint64_t want, pid_t other)
{
	check(get(0, 'e') == want, "capget, effective (%llx)", (unsigned long long)get(0, 'e'));
	check(get(0, 'p') == want, "capget, permitted");
	check(get(other, 'e') == want, "capget of another task");
	check(line(0, "CapEff:\t") == want, "CapEff (%llx)", (unsigned long long)line(0,
										      "CapEff:\t"));
	check(line(0, "CapPrm:\t") == want, "CapPrm");
	check(line(0, "CapBnd:\t") == want, "CapBnd");
	check(line(other, "CapBnd:\t") == want, "CapBnd of another task");
	check(bounding() == want, "prctl (%llx)", (unsigned long long)bounding());
}

static void inside(void *arg)
{
	shows(*(uint64_t *)arg, a.pid);
	check_is(err(prctl(PR_CAPBSET_READ, CAP_LAST_CAP + 1)), -EINVAL,
		 "a capability that is none");
}

/* Inheritable and ambient sets, which a task makes itself. */
static void made(void *arg)
{
	struct __user_cap_header_struct hdr = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2] = {
		{ ~0U, ~0U, ~0U }, { 0x1ff, 0x1ff, 0x1ff },
	};

	check_is(err(syscall(SYS_capset, &hdr, d)), 0, "set all");
	check(get(0, 'i') == KEPT, "inheritable");
	check(line(0, "CapInh:\t") == KEPT, "CapInh");
	check_is(err(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_ADMIN, 0, 0)), 0,
		 "raise an ambient one that it cannot use");
	check_is(err(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0)), 0,
		 "and one it can");
	check_is(err(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_SYS_ADMIN, 0, 0)), 0,
		 "the first is not shown");
	check_is(err(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0)), 1,
		 "the second is");
	check(line(0, "CapAmb:\t") == 1ULL << CAP_CHOWN, "CapAmb");
	check_is(err(unshare(CLONE_NEWUTS)), -EPERM, "nothing was gained");
}

static long set(uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
	struct __user_cap_header_struct hdr = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2] = {
		{ effective, permitted, inheritable },
		{ effective >> 32, permitted >> 32, inheritable >> 32 },
	};

	return err(syscall(SYS_capset, &hdr, d));
}

/* Who has dropped one that it could not use may ask for it; it gets it in no case. */
static void asks(void *arg)
{
	const uint64_t admin = 1ULL << CAP_SYS_ADMIN, setpcap = 1ULL << CAP_SETPCAP, chown = 1ULL << CAP_CHOWN;
	bool manages = *(bool *)arg;

	check_is(set(0, setpcap | chown, 0), 0, "drop most");
	check_is(set(chown | admin, setpcap | chown | admin, admin), manages ? 0 : -EPERM,
		 manages ? "with SETPCAP: ask for one that is kept back" :
		 "without SETPCAP: ask for one that is kept back");
	check_is(set(chown | admin, setpcap | chown, 0), manages ? 0 : -EPERM, "ask for its effect alone");
	check(!((get(0, 'e') | get(0, 'p') | get(0, 'i')) & admin), "it has not got it");
	check_is(err(unshare(CLONE_NEWUTS)), -EPERM, "and cannot use it");
	check_is(set(chown, setpcap | chown | 1ULL << CAP_FOWNER, 0), -EPERM, "one that is not kept back is gone");
	check_is(set(0, chown, 0), 0, "drop SETPCAP");
	check_is(set(chown | admin, chown | admin, 0), -EPERM, "who does not manage them any more gets EPERM");
}

static void in_setup(void *arg)
{
	struct vcmd_ctx_create create = { VXF_INIT_SET };
	struct vcmd_bcaps none = { 0, ~0ULL };

	check_is(vs(VCMD_ctx_create, 1452, &create), 1452, "a context in set-up");
	check_is(vs(VCMD_set_bcaps, VS_ID_SELF, &none), 0, "without any capability");
	shows(full, 0);
}

int main(int argc, char **argv)
{
	bool manages = false;
	uint64_t want = KEPT;
	struct vcmd_bcaps bcaps = { ~0ULL, ~0ULL };

	test_sleeper(argc, argv);
	test_begin();
	full = (2ULL << CAP_LAST_CAP) - 1;
	check(guest_start(&a), "a guest starts");
	shows(full, a.pid);
	in_guest(&a, inside, &want);
	in_guest(&a, made, NULL);
	in_guest(&a, asks, &manages);
	manages = true;
	bcaps.bcaps = TEST_BCAPS | 1ULL << CAP_SETPCAP;
	check_is(vs(VCMD_set_bcaps, a.xid, &bcaps), 0, "SETPCAP in the bounding word");
	in_guest(&a, asks, &manages);
	bcaps.bcaps = ~0ULL;
	check_is(vs(VCMD_set_bcaps, a.xid, &bcaps), 0, "all bits in the bounding word");
	want = 0xffffffffULL & ~NEVER;
	in_guest(&a, inside, &want);
	shows(full, a.pid);
	in_child(in_setup, NULL);
	guest_stop(&a);
	return test_end();
}
