// SPDX-License-Identifier: GPL-2.0
/* The oldest forms of commands, which take no structure. */
#include <sys/utsname.h>
#include "harness.h"

static struct guest a = { .xid = 1471 }, closed = { .xid = 1472, .flags = VXF_INFO_PRIVATE };

static pid_t host;

static void store(void *arg)
{
	struct vcmd_ctx_create create = { VXF_INIT_SET };
	struct vcmd_space_mask_v1 uts = { CLONE_NEWUTS };
	struct utsname name;
	int *ready = arg;
	char c;

	check_is(err(unshare(CLONE_NEWUTS)), 0, "a name of its own");
	check_is(err(sethostname("stored", 6)), 0, "which is set");
	check_is(vs(VCMD_ctx_create, 1473, &create), 1473, "a context");
	check_is(vs(VCMD_set_space_v1, VS_ID_SELF, &uts), 0, "store the name");
	uname(&name);
	check(!strcmp(name.nodename, "stored"), "it is there");
	if (write(ready[1], "x", 1) != 1 || read(ready[2], &c, 1) < 0)
		_exit(1);
}

static void enter_space(void *arg)
{
	struct utsname name;

	check_is(vs(VCMD_enter_space_v0, 1473, NULL), 0, "enter_space_v0");
	uname(&name);
	check(!strcmp(name.nodename, "stored"), "the stored name is the caller's now");
	check_is(vs(VCMD_task_xid, 0, NULL), 0, "who stays on the host");
}

static void migrate(void *arg)
{
	check_is(vs(VCMD_ctx_migrate_v0, closed.xid, NULL), -EACCES, "ctx_migrate_v0 into a private context");
	check_is(vs(VCMD_ctx_migrate_v0, 1479, NULL), -ESRCH, "into none");
	check_is(vs(VCMD_ctx_migrate_v0, a.xid, NULL), 0, "into a guest");
	check_is(err(kill(host, 0)), -ESRCH, "where the host is out of sight");
	check_is(vs(VCMD_ctx_migrate_v0, a.xid, NULL), -ENOSYS, "and the call does not exist");
}

static void spectator(void *arg)
{
	check_is(vs(VCMD_ctx_migrate_v0, VS_ID_WATCH, NULL), VS_ID_WATCH, "ctx_migrate_v0 to watch");
	check_is(vs(VCMD_task_xid, 0, NULL), VS_ID_WATCH, "the caller watches");
}

static void net_create(void *arg)
{
	struct vcmd_net_flags_v0 flags = { 0 };

	check_is(vs(VCMD_net_create_v0, 1, NULL), -EINVAL, "net_create_v0 of 1");
	check_is(vs(VCMD_net_create_v0, 65536, NULL), -EINVAL, "of 65536");
	check_is(vs(VCMD_net_create_v0, 1471, NULL), 1471, "of a free number");
	check_is(vs(VCMD_task_nid, 0, NULL), 1471, "the caller is in it");
	check_is(vs(VCMD_get_nflags, VS_ID_SELF, &flags), 0, "its flags");
	check(flags.flagword & NXF_STATE_ADMIN, "it may be administered");
	check_is(vs(VCMD_net_create_v0, 1471, NULL), flags.flagword & NXF_STATE_SETUP ? -EBUSY : -EEXIST,
		 "the same number again");
}

static void net_inside(void *arg)
{
	check_is(vs(VCMD_net_create_v0, 1474, NULL), -ENOSYS, "not from a guest");
}

int main(int argc, char **argv)
{
	int ready[2], go[2], ends[3];
	pid_t pid;
	char c;

	test_sleeper(argc, argv);
	test_begin();
	host = getpid();
	check(guest_start(&a) && guest_start(&closed), "two guests start");
	check_is(vs(VCMD_enter_space_v0, a.xid, NULL), -EINVAL, "nothing is stored");
	check_is(vs(VCMD_enter_space_v0, 1479, NULL), -ESRCH, "no such context");
	if (pipe2(ready, O_CLOEXEC) || pipe2(go, O_CLOEXEC))
		return 1;
	ends[1] = ready[1];
	ends[2] = go[0];
	pid = fork();
	if (!pid) {
		close(go[1]);
		store(ends);
		_exit(0);
	}
	close(ready[1]);
	check(read(ready[0], &c, 1) == 1, "the context waits");
	in_child(enter_space, NULL);
	close(go[1]);
	waitpid(pid, NULL, 0);
	in_child(migrate, NULL);
	in_child(spectator, NULL);
	in_child(net_create, NULL);
	in_guest(&a, net_inside, NULL);
	guest_stop(&a);
	guest_stop(&closed);
	return test_end();
}
