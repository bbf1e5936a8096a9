// SPDX-License-Identifier: GPL-2.0
/* Files of tasks: numbers of children, and the mount option hidepid. */
#include <dirent.h>
#include <grp.h>
#include <sys/mount.h>
#include "harness.h"

static struct guest a = { .xid = 1761, .flags = VXF_INFO_INIT };
static struct guest b = { .xid = 1762 };
static char dir[] = "/tmp/task.XXXXXX", buf[4096];

static void stay(const struct guest *g, unsigned int flags, int out)
{
	struct vcmd_ctx_migrate data = { flags };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (vs(VCMD_ctx_migrate, g->xid, &data) || write(out, "s", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static pid_t child_in(const struct guest *g, unsigned int flags)
{
	int out[2];
	pid_t pid;
	char c;

	if (pipe(out))
		return -1;
	pid = fork();
	if (!pid)
		stay(g, flags, out[1]);
	close(out[1]);
	if (read(out[0], &c, 1) != 1)
		pid = -1;
	close(out[0]);
	return pid;
}

/* One child is the init of A, one is in B, one is in the same context and no init. */
static void children(void *arg)
{
	pid_t init, foreign, own;
	char want[64];

	init = child_in(&a, VXM_SET_INIT);
	foreign = child_in(&b, 0);
	own = child_in(&a, 0);
	check(init > 0 && foreign > 0 && own > 0, "three children");
	snprintf(want, sizeof(want), "%d %d %d ", init, foreign, own);
	check(read_file("/proc/thread-self/children", buf, sizeof(buf)) && !strcmp(buf, want),
	      "the host sees all (%s)", buf);
	check_is(vs(VCMD_ctx_migrate, a.xid, NULL), 0, "their parent enters A");
	snprintf(want, sizeof(want), "1 %d ", own);
	check(read_file("/proc/thread-self/children", buf, sizeof(buf)) && !strcmp(buf, want),
	      "and sees those of A, the init as 1 (%s)", buf);
}

static bool lists(pid_t pid)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	bool found = false;

	while (d && (e = readdir(d)))
		found |= atoi(e->d_name) == pid;
	if (d)
		closedir(d);
	return found;
}

static void watches(void *arg)
{
	check_is(vs(VCMD_ctx_migrate, VS_ID_WATCH, NULL), 1, "become a spectator");
	check(lists(b.pid), "it sees the tasks of a closed context");
	check(!setgroups(0, NULL) && !setresgid(1000, 1000, 1000) && !setresuid(1000, 1000, 1000), "and as a user");
	check(lists(b.pid), "as well");
}

static void user(void *arg)
{
	check(!setgroups(0, NULL) && !setresgid(1000, 1000, 1000) && !setresuid(1000, 1000, 1000),
	      "a user of the host");
	check(!lists(b.pid), "does not");
}

int main(int argc, char **argv)
{
	struct vcmd_ctx_flags_v0 closed = { 0, VXF_STATE_ADMIN };

	test_sleeper(argc, argv);
	test_begin();
	if (!mkdtemp(dir))
		return 1;
	chmod(dir, 0755);
	check(guest_start(&a) && guest_start(&b), "guests A and B start");
	in_child(children, NULL);
	check_is(err(mount("none", dir, "proc", 0, "hidepid=invisible")), 0, "a mount that hides");
	check_is(vs(VCMD_set_cflags, b.xid, &closed), 0, "B is closed");
	in_child(watches, NULL);
	in_child(user, NULL);
	umount(dir);
	rmdir(dir);
	guest_stop(&a);
	guest_stop(&b);
	return test_end();
}
