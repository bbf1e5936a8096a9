// SPDX-License-Identifier: GPL-2.0
/* The commands on network contexts: results, errnos, who may, what /proc says. */
#include "network.h"

#define NID	3020

static char text[8192];

static long add(unsigned int type, const char *ip, const char *ip2, const char *mask)
{
	struct vcmd_net_addr_ipv4_v2 a = { .type = type };

	inet_pton(AF_INET, ip, &a.ip);
	inet_pton(AF_INET, ip2, &a.ip2);
	inet_pton(AF_INET, mask, &a.mask);
	return vs(VCMD_net_add_ipv4, NID, &a);
}

static long rem(unsigned int type, const char *ip, const char *ip2, const char *mask)
{
	struct vcmd_net_addr_ipv4_v2 a = { .type = type };

	inet_pton(AF_INET, ip, &a.ip);
	inet_pton(AF_INET, ip2, &a.ip2);
	inet_pton(AF_INET, mask, &a.mask);
	return vs(VCMD_net_rem_ipv4, NID, &a);
}

static long six(unsigned int cmd, unsigned int type, const char *ip, int prefix, const char *mask)
{
	struct vcmd_net_addr_ipv6_v1 a = { .type = type, .prefix = prefix };

	inet_pton(AF_INET6, ip, &a.ip);
	inet_pton(AF_INET6, mask, &a.mask);
	return vs(cmd, NID, &a);
}

static const char *info(void)
{
	if (!read_file("/proc/virtnet/3020/info", text, sizeof(text)))
		return "";
	return text;
}

static void create_errors(void)
{
	struct vcmd_net_create f = { NXF_TEST };

	check_is(vs(VCMD_net_create, 0, NULL), -EINVAL, "create 0");
	check_is(vs(VCMD_net_create, 1, NULL), -EINVAL, "create 1");
	check_is(vs(VCMD_net_create, 65536, NULL), -EINVAL, "create 65536");
	check_is(vs(VCMD_net_create, -1, NULL), -EINVAL, "create a dynamic one");
	check_is(vs(VCMD_net_create, NID, (void *)8), -EFAULT, "create with a bad pointer");
	check_is(net_make(NID, NXF_TEST), 0, "create");
	check_is(vs(VCMD_net_create, NID, &f), -EEXIST, "create it again");
	check_is(vs(VCMD_net_migrate, NID + 1, NULL), -ESRCH, "migrate to one that is not there");
	check_is(vs(VCMD_net_migrate, -1, NULL), -ESRCH, "the host has no own one");
	check_is(vs(VCMD_net_add_ipv4, NID, NULL), -EFAULT, "add without data");
	f.flagword |= NXF_STATE_SETUP;
	check_is(net_make(NID + 2, f.flagword), 0, "create one in set-up");
	check_is(vs(VCMD_net_create, NID + 2, &f), -EBUSY, "create one that is in set-up");
	net_drop(NID + 2);
}

static void ipv4_entries(void)
{
	struct vcmd_net_addr_ipv4_v1 v1 = { .type = NXA_TYPE_ADDR };
	struct vcmd_net_addr_v0 v0 = { .type = NXA_TYPE_IPV4, .count = 2 };
	struct vcmd_net_addr_v0 any = { .type = NXA_TYPE_ANY };

	check_is(add(NXA_TYPE_ADDR, "10.98.0.1", "0.0.0.0", "255.255.255.0"), 0, "add an address");
	check_is(add(NXA_TYPE_ADDR, "10.98.0.1", "0.0.0.0", "255.255.255.0"), -EEXIST,
		 "add it again");
	check_is(add(NXA_TYPE_ADDR, "10.98.0.1", "0.0.0.0", "255.255.0.0"), 0,
		 "add it with another mask");
	check_is(add(NXA_TYPE_MASK, "10.97.0.0", "0.0.0.0", "255.255.0.0"), 0, "add a mask");
	check_is(add(NXA_TYPE_RANGE, "10.96.0.250", "10.96.1.5", "0.0.0.0"), 0, "add a range");
	check_is(add(NXA_TYPE_RANGE, "10.96.1.5", "10.96.0.250", "0.0.0.0"), -EINVAL,
		 "add a range that is upside down");
	check_is(add(NXA_TYPE_ANY, "10.98.0.1", "0.0.0.0", "0.0.0.0"), -EINVAL, "add ANY");
	check_is(add(NXA_TYPE_IPV4, "10.98.0.1", "0.0.0.0", "0.0.0.0"), -EINVAL, "add type IPV4");
	check_is(add(0, "10.98.0.1", "0.0.0.0", "0.0.0.0"), -EINVAL, "add type 0");
	check_is(add(NXA_TYPE_ADDR | NXA_MOD_BCAST, "10.98.0.255", "0.0.0.0", "0.0.0.0"), 0,
		 "set the broadcast address");
	check_is(add(NXA_TYPE_ADDR | NXA_MOD_LBACK, "127.5.5.5", "0.0.0.0", "0.0.0.0"), 0,
		 "set the loopback address");
	info();
	check(strstr(text, "ID:\t3020\n"), "info: the number");
	check(strstr(text, "\nBcast:\t10.98.0.255\n"), "info: broadcast");
	check(strstr(text, "\nLback:\t127.5.5.5\n"), "info: loopback");
	check(strstr(text, "\n0:\t[10.98.0.1-0.0.0.0/255.255.255.0:0010]\n"), "info: entry 0");
	check(strstr(text, "\n2:\t[10.97.0.0-0.0.0.0/255.255.0.0:0020]\n"), "info: entry 2");
	check(strstr(text, "\n3:\t[10.96.0.250-10.96.1.5/0.0.0.0:0040]\n"), "info: entry 3");

	check_is(rem(NXA_TYPE_ADDR, "10.98.0.2", "0.0.0.0", "255.255.255.0"), -ESRCH,
		 "remove an address that is not there");
	check_is(rem(NXA_TYPE_ADDR, "10.98.0.1", "0.0.0.0", "255.0.0.0"), -ESRCH,
		 "remove one with another mask");
	check_is(rem(NXA_TYPE_MASK, "10.97.0.0", "0.0.0.0", "255.255.0.0"), 0, "remove a mask");
	check_is(rem(NXA_TYPE_RANGE, "10.96.0.250", "10.96.1.5", "0.0.0.0"), 0, "remove a range");
	check_is(rem(NXA_TYPE_ADDR | NXA_MOD_LBACK, "127.5.5.5", "0.0.0.0", "0.0.0.0"), -EINVAL,
		 "the loopback address cannot be removed");
	check_is(rem(NXA_TYPE_ANY, "1.2.3.4", "5.6.7.8", "9.9.9.9"), 0, "clear");
	check(!strstr(info(), "\n0:\t["), "info: no entry is left");

	inet_pton(AF_INET, "10.98.0.7", &v1.ip);
	inet_pton(AF_INET, "255.255.255.0", &v1.mask);
	check_is(vs(VCMD_net_add_ipv4_v1, NID, &v1), 0, "version 1: add");
	check_is(vs(VCMD_net_add_ipv4_v1, NID, &v1), -EEXIST, "version 1: add it again");
	check_is(vs(VCMD_net_rem_ipv4_v1, NID, &v1), 0, "version 1: remove");
	check_is(vs(VCMD_net_rem_ipv4_v1, NID, &v1), -ESRCH, "version 1: remove it again");
	v1.type = NXA_TYPE_RANGE;
	check_is(vs(VCMD_net_add_ipv4_v1, NID, &v1), -EINVAL, "version 1: no range");

	inet_pton(AF_INET, "10.98.0.8", &v0.ip[0]);
	inet_pton(AF_INET, "10.98.0.9", &v0.ip[1]);
	check_is(vs(VCMD_net_add, NID, &v0), 2, "version 0: add two");
	inet_pton(AF_INET, "10.98.0.10", &v0.ip[0]);
	check_is(vs(VCMD_net_add, NID, &v0), -EEXIST, "version 0: the second is there");
	check(!strstr(info(), "10.98.0.10"), "and the first was not added then");
	v0.count = 5;
	check_is(vs(VCMD_net_add, NID, &v0), -EINVAL, "version 0: five");
	check_is(vs(VCMD_net_remove, NID, &v0), -EINVAL, "version 0: remove one");
	check_is(vs(VCMD_net_remove, NID, &any), 0, "version 0: remove all");
}

static void ipv6_entries(void)
{
	check_is(six(VCMD_net_add_ipv6, NXA_TYPE_ADDR, "fd98::1", 64, "::"), 0, "IPv6: add");
	check_is(six(VCMD_net_add_ipv6, NXA_TYPE_ADDR, "fd98::1", 64, "ffff::"), -EEXIST,
		 "IPv6: add it again, the mask does not count");
	check_is(six(VCMD_net_add_ipv6, NXA_TYPE_MASK, "fd97::", 64, "ffff:ffff::"), 0,
		 "IPv6: add a mask");
	check_is(six(VCMD_net_add_ipv6, NXA_TYPE_RANGE, "fd97::", 64, "::"), -EINVAL,
		 "IPv6: no range");
	check(strstr(info(), "\n0:\t[fd98:0000:0000:0000:0000:0000:0000:0001/"
		     "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/64:0010]\n"), "info: IPv6 entry 0");
	check(strstr(text, "\n1:\t[fd97:0000:0000:0000:0000:0000:0000:0000/"
		     "ffff:ffff:0000:0000:0000:0000:0000:0000/64:0020]\n"), "info: IPv6 entry 1");
	check_is(six(VCMD_net_remove_ipv6, NXA_TYPE_MASK, "fd97::", 64, "ffff:ffff::"), 0,
		 "IPv6: remove a mask");
	check_is(six(VCMD_net_remove_ipv6, NXA_TYPE_ADDR, "fd98::2", 64, "::"), -ESRCH,
		 "IPv6: remove what is not there");
	check_is(six(VCMD_net_remove_ipv6, NXA_TYPE_ANY, "ff::", 1, "f::"), 0, "IPv6: clear");
}

static void words(void)
{
	struct vcmd_net_flags_v0 f = { 0 };
	struct vcmd_net_caps_v0 c = { 0 };
	struct vcmd_nx_info_v0 n = { 0 };

	check_is(vs(VCMD_nx_info, NID, &n), 0, "nx_info");
	check_is(n.nid, NID, "nx_info: the number");
	check_is(vs(VCMD_nx_info, 0, &n), -ESRCH, "nx_info of the host");
	check_is(vs(VCMD_nx_info, 1, &n), -ESRCH, "nx_info of the spectator");
	check_is(vs(VCMD_get_nflags, NID, &f), 0, "get_nflags");
	check(f.flagword == NXF_TEST, "the flags are those of the creation: %llx",
	      (unsigned long long)f.flagword);
	check(f.mask == ~NXF_STATE_SETUP, "set-up cannot be set: %llx", (unsigned long long)f.mask);
	check_is(net_set_flags(NID, NXF_STATE_SETUP | NXF_SINGLE_IP, ~0ULL & ~NXF_PERSISTENT &
			       ~NXF_STATE_ADMIN), 0, "set_nflags");
	vs(VCMD_get_nflags, NID, &f);
	check(f.flagword == (NXF_SINGLE_IP | NXF_PERSISTENT | NXF_STATE_ADMIN),
	      "only what can be set is: %llx", (unsigned long long)f.flagword);
	add(NXA_TYPE_ADDR, "10.98.0.1", "0.0.0.0", "255.255.255.0");
	vs(VCMD_get_nflags, NID, &f);
	check(f.flagword & NXF_SINGLE_IP, "single_ip stays with one address");
	add(NXA_TYPE_ADDR, "10.98.0.2", "0.0.0.0", "255.255.255.0");
	vs(VCMD_get_nflags, NID, &f);
	check(!(f.flagword & NXF_SINGLE_IP), "single_ip goes with the second");
	c.ncaps = NXC_RAW_ICMP | NXC_TUN_CREATE;
	c.cmask = NXC_RAW_ICMP;
	check_is(vs(VCMD_set_ncaps, NID, &c), 0, "set_ncaps");
	check_is(vs(VCMD_get_ncaps, NID, &c), 0, "get_ncaps");
	check(c.ncaps == NXC_RAW_ICMP && c.cmask == ~0ULL, "the mask counts: %llx",
	      (unsigned long long)c.ncaps);
}

static void child(void *arg)
{
	(void)arg;
	check_is(vs(VCMD_task_nid, 0, NULL), NID, "inside: children inherit it");
}

static void member(void *arg)
{
	struct vcmd_nx_info_v0 n = { 0 };

	(void)arg;
	check_is(vs(VCMD_task_nid, 0, NULL), NID, "inside: the own number");
	check_is(vs(VCMD_nx_info, VS_ID_SELF, &n), 0, "inside: nx_info of oneself");
	check_is(n.nid, NID, "inside: and it is the right one");
	check(read_file("/proc/self/ninfo", text, sizeof(text)) &&
	      strstr(text, "NID:\t3020\nNCaps:\t0000000000000100\n"), "inside: ninfo");
	check(strstr(text, "\nV4Root[1]:\t[10.98.0.2-0.0.0.0/255.255.255.0:0010]\n"),
	      "inside: ninfo lists addresses");
	check(read_file("/proc/virtnet/3020/status", text, sizeof(text)) &&
	      strstr(text, "Tasks:\t1\n"), "inside: one task");
	check(access("/proc/virtnet/3011", F_OK), "inside: another context is not there");
	in_child(child, NULL);
}

static void spectator(void *arg)
{
	(void)arg;
	check_is(vs(VCMD_task_nid, 0, NULL), 1, "spectator: the own number");
	check(!access("/proc/virtnet/3020", F_OK), "spectator: sees contexts");
}

static void from_guest(void *arg)
{
	struct vcmd_net_addr_ipv4_v2 a = { .type = NXA_TYPE_ADDR };
	struct vcmd_nx_info_v0 n;

	(void)arg;
	/* A default guest has no CAP_SYS_ADMIN and cannot tell that the call exists. */
	check_is(vs(VCMD_net_create, NID + 5, NULL), -ENOSYS, "guest: create");
	check_is(vs(VCMD_net_add_ipv4, NID, &a), -ENOSYS, "guest: add");
	check_is(vs(VCMD_nx_info, NID, &n), -ENOSYS, "guest: nx_info");
}

static void from_strong_guest(void *arg)
{
	struct vcmd_net_addr_ipv4_v2 a = { .type = NXA_TYPE_ADDR };
	struct vcmd_net_flags_v0 f = { 0 };
	struct vcmd_nx_info_v0 n;

	(void)arg;
	check_is(vs(VCMD_net_create, NID + 5, NULL), -EPERM, "guest with SYS_ADMIN: create");
	check_is(vs(VCMD_net_migrate, NID, NULL), -EPERM, "guest with SYS_ADMIN: migrate");
	check_is(vs(VCMD_net_migrate, 1, NULL), -EPERM, "guest with SYS_ADMIN: spectator");
	check_is(vs(VCMD_net_add_ipv4, NID, &a), -EPERM, "guest with SYS_ADMIN: add");
	check_is(vs(VCMD_set_nflags, NID, &f), -EPERM, "guest with SYS_ADMIN: set_nflags");
	check_is(vs(VCMD_nx_info, NID, &n), -EPERM, "guest with SYS_ADMIN: nx_info");
}

/* A context that lives by its one task. */
static pid_t start_member(unsigned int nid)
{
	struct vcmd_net_create create = { NXF_TEST & ~NXF_PERSISTENT };
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		vs(VCMD_net_create, nid, &create);
		for (;;)
			pause();
	}
	wait_until(vs(VCMD_task_nid, pid, NULL) == (long)nid);
	return pid;
}

static void frozen(void)
{
	struct vcmd_net_addr_ipv4_v2 a = { .type = NXA_TYPE_ADDR };
	unsigned int nid = NID + 3;
	pid_t pid = start_member(nid);

	check_is(vs(VCMD_task_nid, pid, NULL), nid, "the number of another task");
	check_is(net_set_flags(nid, NXF_INFO_PRIVATE, NXF_INFO_PRIVATE), 0, "make it private");
	check_is(vs(VCMD_net_migrate, nid, NULL), -EACCES, "nobody may enter");
	check_is(net_set_flags(nid, 0, NXF_STATE_ADMIN), 0, "freeze it");
	check_is(vs(VCMD_net_add_ipv4, nid, &a), -EACCES, "nothing can be added");
	check_is(net_set_flags(nid, 0, NXF_INFO_PRIVATE), -EACCES, "nor changed");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	check_is(vs(VCMD_net_migrate, nid, NULL), -ESRCH, "it ends with its last task");
}

int main(int argc, char **argv)
{
	struct guest g = { .xid = 3021 }, s = { .xid = 3022, .bcaps = ~0ULL };

	test_sleeper(argc, argv);
	test_begin();
	check_is(vs(VCMD_task_nid, 0, NULL), 0, "the host's number");
	check_is(vs(VCMD_task_nid, 999999, NULL), -ESRCH, "no such task");
	create_errors();
	ipv4_entries();
	ipv6_entries();
	words();
	in_net(NID, member, NULL);
	in_net(1, spectator, NULL);
	if (check(guest_start(&g), "start a guest"))
		in_guest(&g, from_guest, NULL);
	if (check(guest_start(&s), "start a guest with all capabilities"))
		in_guest(&s, from_strong_guest, NULL);
	guest_stop(&g);
	guest_stop(&s);
	net_drop(NID);
	frozen();
	return test_end();
}
