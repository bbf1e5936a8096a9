// SPDX-License-Identifier: GPL-2.0
/* Flags, capabilities, masks and names of a context. */
#include "harness.h"

static struct guest a = { .xid = 1101 };

static void words(void)
{
	struct vcmd_ctx_caps_v1 ccaps = { VXC_SET_UTSNAME | VXC_RAW_ICMP, ~0ULL };
	struct vcmd_bcaps bcaps = { 1ULL << 40 | 1, 1ULL << 40 | 3 };
	struct vcmd_umask umask = { CLONE_NEWUTS, ~0ULL };
	struct vcmd_wmask wmask = { CLONE_NEWNET, ~0ULL };

	check_is(vs(VCMD_set_ccaps, a.xid, &ccaps), 0, "set_ccaps");
	ccaps.ccaps = 0;
	ccaps.cmask = VXC_RAW_ICMP;
	check_is(vs(VCMD_set_ccaps, a.xid, &ccaps), 0, "set_ccaps of one bit");
	check_is(vs(VCMD_get_ccaps, a.xid, &ccaps), 0, "get_ccaps");
	check(ccaps.ccaps == VXC_SET_UTSNAME && ccaps.cmask == ~0ULL, "only that bit changed");

	check_is(vs(VCMD_set_bcaps, a.xid, &bcaps), 0, "set_bcaps");
	check_is(vs(VCMD_get_bcaps, a.xid, &bcaps), 0, "get_bcaps");
	check(bcaps.bcaps == ((TEST_BCAPS & ~3ULL) | 1ULL << 40 | 1), "the masked bits of 64 changed (%llx)",
	      (unsigned long long)bcaps.bcaps);
	check_is(vs(VCMD_set_umask, a.xid, &umask), 0, "set_umask");
	umask.umask = 0;
	check_is(vs(VCMD_get_umask, a.xid, &umask), 0, "get_umask");
	check(umask.umask == CLONE_NEWUTS, "umask keeps what was set");
	check_is(vs(VCMD_set_wmask, a.xid, &wmask), 0, "set_wmask");
	wmask.wmask = 0;
	check_is(vs(VCMD_get_wmask, a.xid, &wmask), 0, "get_wmask");
	check(wmask.wmask == CLONE_NEWNET, "wmask keeps what was set");
	check_is(vs(VCMD_get_wmask, a.xid, (void *)8), -EFAULT, "a bad pointer");
	check_is(vs(VCMD_get_wmask, a.xid, NULL), -EFAULT, "no pointer");
	check_is(vs(VCMD_get_wmask, 1199, &wmask), -ESRCH, "no such context");
}

static void one_time(void)
{
	struct vcmd_ctx_flags_v0 flags = { ~0ULL, VXF_STATE_SETUP | VXF_VIRT_LOAD };

	check_is(vs(VCMD_set_cflags, a.xid, &flags), 0, "try to go back to set-up");
	check_is(vs(VCMD_get_cflags, a.xid, &flags), 0, "get_cflags");
	check(!(flags.flagword & VXF_STATE_SETUP), "set-up, once over, stays over");
	check(flags.flagword & VXF_VIRT_LOAD, "an ordinary flag beside it was set");
	check(flags.mask == (~VXF_ONE_TIME | VXF_STATE_INIT | VXF_STATE_ADMIN), "the mask says so");
}

static void names(void)
{
	struct vcmd_vhi_name_v0 name = { .field = VHIN_CONTEXT };
	int i;

	memset(name.name, 'x', sizeof(name.name));
	check_is(vs(VCMD_set_vhi_name, a.xid, &name), 0, "set the context's name");
	memset(name.name, 0, sizeof(name.name));
	check_is(vs(VCMD_get_vhi_name, a.xid, &name), 0, "get the context's name");
	check(strlen(name.name) == VHI_SIZE - 1 && name.name[0] == 'x', "it is cut, and ends");
	strcpy(name.name, "/etc/vservers/web1");
	vs(VCMD_set_vhi_name, a.xid, &name);
	memset(name.name, 0, sizeof(name.name));
	vs(VCMD_get_vhi_name, a.xid, &name);
	check(!strcmp(name.name, "/etc/vservers/web1"), "a path survives byte for byte");
	for (i = VHIN_SYSNAME; i <= VHIN_DOMAINNAME; i++) {
		name.field = i;
		check_is(vs(VCMD_get_vhi_name, a.xid, &name), -EINVAL, "a name of the host's UTS space");
	}
	name.field = 7;
	check_is(vs(VCMD_get_vhi_name, a.xid, &name), -EINVAL, "a field that does not exist");
	name.field = -1u;
	check_is(vs(VCMD_set_vhi_name, a.xid, &name), -EINVAL, "and another");
}

static void uts(void *arg)
{
	struct vcmd_ctx_create create = { VXF_INIT_SET };
	struct vcmd_space_mask_v2 space = { CLONE_NEWUTS, 0 };
	struct vcmd_vhi_name_v0 name = { .field = VHIN_NODENAME };
	char host[65];

	check_is(vs(VCMD_ctx_create, 1102, &create), 1102, "a context in set-up");
	check_is(vs(VCMD_set_space, VS_ID_SELF, &space), 0, "store the host's names");
	strcpy(name.name, "evil");
	check_is(vs(VCMD_set_vhi_name, VS_ID_SELF, &name), -EINVAL, "the host's name is not to be changed");
	if (unshare(CLONE_NEWUTS))
		_exit(1);
	check_is(vs(VCMD_set_space, VS_ID_SELF, &space), 0, "store own names");
	strcpy(name.name, "web1");
	check_is(vs(VCMD_set_vhi_name, VS_ID_SELF, &name), 0, "set the host name");
	check(!gethostname(host, sizeof(host)) && !strcmp(host, "web1"), "the task sees it");
	name.field = VHIN_MACHINE;
	strcpy(name.name, "i686");
	check_is(vs(VCMD_set_vhi_name, VS_ID_SELF, &name), 0, "set the machine");
	memset(name.name, 0, sizeof(name.name));
	check_is(vs(VCMD_get_vhi_name, VS_ID_SELF, &name), 0, "get the machine");
	check(!strcmp(name.name, "i686"), "the machine is what was set");
}

static void statistics(void)
{
	struct vcmd_virt_stat_v0 stat;
	struct vcmd_vx_info_v0 info;
	uint64_t first;

	check_is(vs(VCMD_virt_stat, a.xid, &stat), 0, "virt_stat");
	check(stat.nr_threads == 1, "one thread (%u)", stat.nr_threads);
	check(stat.offset == 0, "no bias of the wall clock");
	first = stat.uptime;
	usleep(10000);
	vs(VCMD_virt_stat, a.xid, &stat);
	check(stat.uptime >= first + 10000000, "the uptime goes on");
	check_is(vs(VCMD_vx_info, a.xid, &info), 0, "vx_info");
	check(info.xid == a.xid && info.initpid == 0, "no init was chosen");
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	test_begin();
	check(guest_start(&a), "guest A starts");
	words();
	one_time();
	names();
	in_child(uts, NULL);
	statistics();
	guest_stop(&a);
	return test_end();
}
