// SPDX-License-Identifier: GPL-2.0
/* Storing namespaces in a context and entering them. */
#include <sys/mount.h>
#include "harness.h"

#define ALL	(CLONE_FS | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET)
#define XID	1501

static char dir[] = "/tmp/vs-space-XXXXXX";
static int ready[2], done[2];

static ino_t ns(const char *name)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	return stat(path, &st) ? 0 : st.st_ino;
}

static long set(unsigned int id, uint64_t mask, unsigned int index)
{
	struct vcmd_space_mask_v2 space = { mask, index };

	return vs(VCMD_set_space, id, &space);
}

static long enter(unsigned int id, uint64_t mask, unsigned int index)
{
	struct vcmd_space_mask_v2 space = { mask, index };

	return vs(VCMD_enter_space, id, &space);
}

static void masks(void)
{
	struct vcmd_space_mask_v1 mask = { 0 };

	check_is(vs(VCMD_get_space_mask, 0, &mask), 0, "get_space_mask");
	check(mask.mask == (ALL | CLONE_NEWUSER), "fs, mnt, uts, ipc, user, pid and net (%llx)",
	      (unsigned long long)mask.mask);
	check_is(vs(VCMD_get_space_default, 0, &mask), 0, "get_space_default");
	check(mask.mask == (CLONE_FS | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC), "without pid and net");
	check_is(vs(VCMD_get_space_mask_v0, 0, &mask), 0, "get_space_mask_v0");
	check(mask.mask == (ALL | CLONE_NEWUSER) - CLONE_NEWPID - CLONE_NEWNET,
	      "the old form knows no pid and net (%llx)", (unsigned long long)mask.mask);
	check_is(vs(VCMD_get_space_mask, 0, (void *)8), -EFAULT, "a bad pointer");
}

/* A guest with its own names, mounts and root, as start would make it. */
static void guest(void)
{
	struct vcmd_ctx_create create = { VXF_INIT_SET };
	struct vcmd_bcaps bcaps = { TEST_BCAPS, ~0ULL };
	struct vcmd_ctx_flags_v0 endsetup = { 0, VXF_STATE_SETUP };
	char c;

	close(done[1]);
	if (unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", dir, "tmpfs", 0, NULL) || chdir(dir) || mkdir("inside", 0755))
		_exit(1);
	check_is(vs(VCMD_ctx_create, XID, &create), XID, "create");
	check_is(enter(VS_ID_SELF, 0, 0), -EPERM, "enter from inside");
	check_is(set(VS_ID_SELF, CLONE_THREAD, 0), -EINVAL, "store what is no namespace");
	check_is(set(VS_ID_SELF, 1ULL << 40, 0), -EINVAL, "store a bit that is none");
	check_is(set(VS_ID_SELF, CLONE_NEWUTS, 2), -EINVAL, "store in a third slot");
	check_is(set(VS_ID_SELF, CLONE_NEWUTS | CLONE_NEWIPC, 0), 0, "store uts and ipc in slot 0");
	if (chroot("."))
		_exit(1);
	check_is(set(VS_ID_SELF, CLONE_NEWNS | CLONE_FS, 1), 0, "store mnt and fs in slot 1");
	sethostname("stored", 6);
	vs(VCMD_set_bcaps, VS_ID_SELF, &bcaps);
	vs(VCMD_set_cflags, VS_ID_SELF, &endsetup);
	if (write(ready[1], "r", 1) != 1 || read(done[0], &c, 1) < 0)
		_exit(1);
	_exit(0);
}

static void enter_it(void *arg)
{
	ino_t mnt = ns("mnt"), uts = ns("uts"), ipc = ns("ipc"), net = ns("net");
	char name[65], cwd[64];

	check_is(enter(XID, CLONE_NEWNET, 0), -EINVAL, "enter what was never stored");
	check_is(enter(XID, CLONE_NEWUTS | CLONE_NEWNET, 0), -EINVAL, "or only in part");
	check(ns("uts") == uts, "nothing was entered by halves");
	check_is(enter(XID, CLONE_NEWNS, 0), -EINVAL, "mnt is not in slot 0");
	check_is(enter(XID, 0, 2), -EINVAL, "there is no slot 2");
	check_is(enter(1599, 0, 0), -ESRCH, "there is no such context");
	check_is(enter(XID, CLONE_NEWUTS, 0), 0, "enter uts");
	check(ns("uts") != uts && ns("ipc") == ipc && ns("mnt") == mnt, "that and nothing else");
	check(!gethostname(name, sizeof(name)) && !strcmp(name, "stored"), "the name is the guest's");
	check_is(enter(XID, 0, 0), 0, "enter all that is in slot 0");
	check(ns("ipc") != ipc && ns("net") == net, "ipc, and not net");
	check_is(enter(XID, CLONE_NEWNS | CLONE_FS, 1), 0, "enter mnt and fs from slot 1");
	check(access("/inside", F_OK) == 0, "the root is the guest's");
	check(getcwd(cwd, sizeof(cwd)) && !strcmp(cwd, "/"), "so is the working directory (%s)", cwd);
	check_is(err(chdir("/proc/self")), -ENOENT, "the host's mounts are not there");
}

static void empty(void)
{
	struct guest g = { .xid = 1502 };

	check(guest_start(&g), "a guest that stored nothing");
	check_is(enter(g.xid, 0, 0), -EINVAL, "enter nothing");
	check_is(enter(g.xid, CLONE_NEWNS | CLONE_FS, 1), -EINVAL, "nor from slot 1");
	check_is(enter(g.xid, CLONE_FS, 0), -EINVAL, "nor the root");
	guest_stop(&g);
}

/* The old forms, and the pid space for children. */
static void old_forms(void *arg)
{
	struct vcmd_space_mask_v1 mask = { CLONE_NEWPID };
	pid_t child, second;
	int status;

	if (unshare(CLONE_NEWUTS | CLONE_NEWPID))
		_exit(1);
	check_is(vs(VCMD_ctx_create_v0, 1503, NULL), 1503, "create, the oldest form");
	check_is(vs(VCMD_set_space_v1, VS_ID_SELF, &mask), 0, "store pid, the old form");
	mask.mask = CLONE_VM;
	check_is(vs(VCMD_set_space_v1, VS_ID_SELF, &mask), -EINVAL, "the old form checks, too");
	/* The first child is init of the pid space and holds it. */
	child = fork();
	if (!child) {
		pause();
		_exit(0);
	}
	second = fork();
	if (!second)
		_exit(getpid() == 2 ? 0 : 1);
	waitpid(second, &status, 0);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 0, "children are born in the pid space");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static void pid_space(void *arg)
{
	struct vcmd_space_mask_v1 mask = { CLONE_NEWPID };
	pid_t child;
	int status;

	check_is(vs(VCMD_enter_space_v1, 1504, &mask), 0, "enter a pid space, the old form");
	check(getpid() > 2, "the caller keeps its number");
	child = fork();
	if (!child)
		_exit(getpid() == 2 ? 0 : 1);
	waitpid(child, &status, 0);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 0, "its child is number 2 inside");
}

static void with_pid_space(void)
{
	struct vcmd_ctx_create create = { VXF_INIT_SET };
	int up[2];
	pid_t pid, init = 0;
	char c;

	if (pipe(up))
		exit(1);
	pid = fork();
	if (!pid) {
		if (unshare(CLONE_NEWPID) || vs(VCMD_ctx_create, 1504, &create) != 1504 ||
		    set(VS_ID_SELF, CLONE_NEWPID, 0))
			_exit(1);
		init = fork();
		if (!init) {
			if (write(up[1], "r", 1) != 1)
				_exit(1);
			pause();
		}
		waitpid(init, NULL, 0);
		_exit(0);
	}
	check(read(up[0], &c, 1) == 1, "a guest with a pid space is up");
	in_child(pid_space, NULL);
	vs(VCMD_ctx_kill, 1504, &(struct vcmd_ctx_kill_v0){ 0, SIGKILL });
	waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
	char buf[8192], c;
	pid_t pid;

	test_sleeper(argc, argv);
	test_begin();
	if (!mkdtemp(dir) || pipe(ready) || pipe(done))
		return 1;
	masks();
	pid = fork();
	if (!pid)
		guest();
	close(ready[1]);
	check(read(ready[0], &c, 1) == 1, "a guest with stored spaces is up");
	in_child(enter_it, NULL);
	close(done[1]);
	waitpid(pid, NULL, 0);
	check_is(enter(XID, 0, 0), -ESRCH, "it is gone");
	check(read_file("/proc/mounts", buf, sizeof(buf)) && !strstr(buf, dir), "and no mount is left");
	empty();
	in_child(old_forms, NULL);
	with_pid_space();
	rmdir(dir);
	return test_end();
}
