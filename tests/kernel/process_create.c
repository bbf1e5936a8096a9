// SPDX-License-Identifier: GPL-2.0
/* Who may call, making contexts, joining them, and how they end. */
#include "harness.h"

static struct guest a = { .xid = 1001 }, b = { .xid = 1002 };

static void version(void)
{
	check_is(vs(VCMD_get_version, 63, NULL), VS_API_VERSION, "get_version");
	check(vs(VCMD_get_vci, 0, NULL) & VCI_NO_DYNAMIC, "get_vci: ids are static");
	check(vs(VCMD_get_vci, 0, NULL) & VCI_SPACES, "get_vci: spaces");
	check(vs(VCMD_get_vci, 0, NULL) & VCI_PPTAG, "get_vci: tasks have tags");
	check((vs(VCMD_get_vci, 0, NULL) >> 24 & 7) == 4, "get_vci: files have theirs in the inode");
}

static void unknown(void)
{
	check_is(vs(0x00020000, 0, NULL), -ENOSYS, "unknown number");
	check_is(vs(VCMD_ctx_create + 1, 2, NULL), -ENOSYS, "version never given out");
	check_is(vs(VCMD_ctx_create | 0x8000, 2, NULL), -ENOSYS, "reserved bit set");
	check_is(vs(0xffffffff, 0, NULL), -ENOSYS, "all bits set");
}

static void unprivileged(void *arg)
{
	struct vcmd_ctx_create create = { VXF_INIT_SET };

	if (setresuid(1000, 1000, 1000))
		_exit(1);
	check_is(vs(VCMD_get_version, 0, NULL), -ENOSYS, "a user cannot tell that the call exists");
	check_is(vs(VCMD_ctx_create, 1003, &create), -ENOSYS, "a user cannot create");
	check_is(vs(VCMD_ctx_migrate, VS_ID_WATCH, NULL), -ENOSYS, "a user cannot watch");
}

static void create_errors(void *arg)
{
	static const unsigned int bad[] = { 0, 1, 65536, 0x7fffffff, -1u, -2u };
	struct vcmd_ctx_create create = { VXF_INIT_SET };
	char what[64];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(what, sizeof(what), "create with id %d", (int)bad[i]);
		check_is(vs(VCMD_ctx_create, bad[i], &create), -EINVAL, what);
	}
	check_is(vs(VCMD_ctx_create, 1003, (void *)8), -EFAULT, "create with a bad pointer");
	check_is(vs(VCMD_task_xid, 0, NULL), 0, "failed creations leave the caller outside");
	check_is(vs(VCMD_ctx_create, a.xid, &create), -EEXIST, "create an existing one");
	check_is(vs(VCMD_ctx_create, 65535, &create), 65535, "create with the largest id");
	check_is(vs(VCMD_task_xid, 0, NULL), 65535, "the creator is a member");
}

static void on_signal(int sig)
{
	(void)sig;
}

/* Numbers of the signals that are not at their default. */
static int not_default(void)
{
	struct sigaction sa;
	int sig, n = 0;

	for (sig = 1; sig <= SIGRTMAX; sig++)
		n += !sigaction(sig, NULL, &sa) && sa.sa_handler != SIG_DFL;
	return n;
}

static void take_signals(void)
{
	signal(SIGHUP, SIG_IGN);
	signal(SIGTERM, on_signal);
	signal(SIGRTMAX, SIG_IGN);
	check_is(not_default(), 3, "two signals are ignored, one is handled");
}

static void signals_of_member(void *arg)
{
	struct vcmd_ctx_migrate dfl = { VXM_DEFAULT_SIGNALS }, none = { 0 };

	take_signals();
	check_is(vs(VCMD_ctx_migrate, VS_ID_WATCH + 5000, &dfl), -ESRCH, "enter a context that is not there");
	check_is(not_default(), 3, "which changes no signal");
	check_is(vs(VCMD_ctx_migrate, a.xid, &none), 0, "enter without the flag");
	check_is(not_default(), 3, "nor does that");
}

static void signals_of_entering(void *arg)
{
	struct vcmd_ctx_migrate dfl = { VXM_DEFAULT_SIGNALS };

	take_signals();
	check_is(vs(VCMD_ctx_migrate, a.xid, &dfl), 0, "enter with default signals");
	check_is(not_default(), 0, "none is ignored or handled any more");
	check_is(vs(VCMD_ctx_migrate, a.xid, &dfl), -ENOSYS, "not again from inside");
}

static void in_setup(void *arg)
{
	struct vcmd_ctx_migrate dfl = { VXM_DEFAULT_SIGNALS }, user = { VXM_USER };
	struct vcmd_ctx_migrate more = { VXM_DEFAULT_SIGNALS | VXM_SET_REAPER };
	struct vcmd_ctx_create create = { VXF_INIT_SET };
	struct vcmd_bcaps bcaps = { 0, ~0ULL };

	check_is(vs(VCMD_ctx_create, 1003, &create), 1003, "create");
	check_is(vs(VCMD_ctx_create, 1004, &create), -EPERM, "create from inside, in set-up");
	check_is(vs(VCMD_ctx_migrate, a.xid, NULL), -EPERM, "leave for another, in set-up");
	check_is(vs(VCMD_ctx_migrate, VS_ID_WATCH, NULL), -EPERM, "become spectator, in set-up");
	take_signals();
	check_is(vs(VCMD_ctx_migrate, a.xid, &dfl), -EPERM, "leave for another with default signals, in set-up");
	check_is(not_default(), 3, "signals are what they were");
	check_is(vs(VCMD_ctx_migrate, VS_ID_SELF, &more), -EPERM, "take a role in one's own context so, in set-up");
	check_is(vs(VCMD_ctx_migrate, VS_ID_SELF, &user), -EPERM, "or stored credentials");
	check_is(not_default(), 3, "signals are what they were");
	check_is(vs(VCMD_ctx_migrate, VS_ID_SELF, &dfl), 0, "default signals for oneself, in set-up");
	check_is(not_default(), 0, "no signal is ignored or handled");
	check_is(vs(VCMD_set_bcaps, a.xid, &bcaps), -EPERM, "configure another, in set-up");
	check_is(vs(VCMD_get_bcaps, a.xid, &bcaps), -EPERM, "ask about another, in set-up");
	check_is(vs(VCMD_get_bcaps, VS_ID_SELF, &bcaps), 0, "ask about oneself");
	check(bcaps.bcaps == ~0ULL, "all capabilities are left at first");
	check_is(vs(VCMD_get_bcaps, 1003, &bcaps), 0, "ask about oneself by number");
}

static void busy(void *arg)
{
	struct vcmd_ctx_create create = { VXF_INIT_SET };

	check_is(vs(VCMD_ctx_create, 1003, &create), -EBUSY, "create one that is in set-up");
}

static void while_in_setup(void)
{
	struct vcmd_ctx_create create = { VXF_INIT_SET };
	int fd[2];
	char c;
	pid_t pid;

	if (pipe(fd))
		exit(1);
	pid = fork();
	if (!pid) {
		c = vs(VCMD_ctx_create, 1003, &create) == 1003;
		if (write(fd[1], &c, 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	check(read(fd[0], &c, 1) == 1 && c, "another process sets a context up");
	in_child(busy, NULL);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void migrate_inside(void *arg)
{
	check_is(vs(VCMD_task_xid, 0, NULL), -ENOSYS, "a confined guest cannot tell that the call exists");
	check_is(vs(VCMD_ctx_migrate, b.xid, NULL), -ENOSYS, "A cannot enter B");
	check_is(vs(VCMD_ctx_migrate, VS_ID_WATCH, NULL), -ENOSYS, "A cannot watch");
}

/* A guest that kept the capability to call. */
static void privileged_inside(void *arg)
{
	struct vcmd_ctx_migrate dfl = { VXM_DEFAULT_SIGNALS };
	struct vcmd_ctx_create create = { VXF_INIT_SET };
	struct vcmd_ctx_flags_v0 flags = { 0, 0 };
	struct vcmd_bcaps bcaps = { ~0ULL, ~0ULL };
	struct vcmd_space_mask_v2 space = { 0, 0 };
	struct vcmd_ctx_kill_v0 kill = { b.pid, SIGKILL };

	check_is(vs(VCMD_task_xid, 0, NULL), 1005, "with CAP_SYS_ADMIN a guest may ask for its own number");
	check_is(vs(VCMD_task_xid, b.pid, NULL), -ESRCH, "but not for a task of B");
	check_is(vs(VCMD_task_xid, getppid(), NULL), 1005, "getppid shows no task outside");
	check_is(vs(VCMD_ctx_create, 1006, &create), -EPERM, "and not create");
	check_is(vs(VCMD_ctx_migrate, b.xid, NULL), -EPERM, "nor enter B");
	check_is(vs(VCMD_ctx_migrate, VS_ID_WATCH, NULL), -EPERM, "nor watch");
	check_is(vs(VCMD_ctx_migrate, VS_ID_SELF, &dfl), -EPERM, "nor move to where it is");
	check_is(vs(VCMD_net_create, 1006, NULL), -EPERM, "nor create a network context");
	check_is(vs(VCMD_net_migrate, VS_ID_WATCH, NULL), -EPERM, "nor watch the network");
	check_is(vs(VCMD_set_bcaps, VS_ID_SELF, &bcaps), -EPERM, "nor raise its own capabilities");
	check_is(vs(VCMD_set_cflags, VS_ID_SELF, &flags), -EPERM, "nor change its own flags");
	check_is(vs(VCMD_set_cflags, b.xid, &flags), -EPERM, "nor those of B");
	check_is(vs(VCMD_get_cflags, VS_ID_SELF, &flags), 0, "it may read its own flags");
	check_is(vs(VCMD_get_cflags, b.xid, &flags), -EPERM, "but not those of B");
	check_is(vs(VCMD_enter_space, b.xid, &space), -EPERM, "nor enter the spaces of B");
	check_is(vs(VCMD_ctx_kill, b.xid, &kill), -EPERM, "nor kill in B");
}

static void migrate(void *arg)
{
	struct vcmd_ctx_migrate none = { 0 };

	check_is(vs(VCMD_ctx_migrate, 1999, NULL), -ESRCH, "enter one that does not exist");
	check_is(vs(VCMD_ctx_migrate, 0, NULL), -ESRCH, "enter the host");
	check_is(vs(VCMD_ctx_migrate, VS_ID_SELF, NULL), -ESRCH, "the host has no context of its own");
	check_is(vs(VCMD_ctx_migrate, a.xid, (void *)8), -EFAULT, "enter with a bad pointer");
	check_is(vs(VCMD_task_xid, 0, NULL), 0, "still outside");
	check_is(vs(VCMD_ctx_migrate, a.xid, &none), 0, "enter A");
	migrate_inside(NULL);
}

static void watch(void *arg)
{
	struct vcmd_ctx_flags_v0 flags;

	check_is(vs(VCMD_ctx_migrate, VS_ID_WATCH, NULL), 1, "become spectator");
	check_is(vs(VCMD_task_xid, 0, NULL), 1, "the spectator's number");
	check_is(vs(VCMD_task_xid, a.pid, NULL), a.xid, "it sees the tasks of A");
	check_is(vs(VCMD_get_cflags, a.xid, &flags), 0, "and may ask about A");
	check_is(vs(VCMD_set_cflags, a.xid, &flags), -EPERM, "but not change it");
	check_is(err(kill(a.pid, 0)), -ESRCH, "nor signal its tasks");
	check_is(vs(VCMD_ctx_migrate, VS_ID_SELF, NULL), -EPERM, "nor move on");
}

static void private_one(void)
{
	struct guest p = { .xid = 1007, .flags = VXF_INFO_PRIVATE };
	struct vcmd_space_mask_v2 space = { 0, 0 };

	check(guest_start(&p), "a private guest starts");
	check_is(vs(VCMD_ctx_migrate, p.xid, NULL), -EACCES, "nobody enters a private guest");
	check_is(vs(VCMD_enter_space, p.xid, &space), -EACCES, "nor its spaces");
	guest_stop(&p);
}

static void no_admin(void)
{
	struct guest n = { .xid = 1008 };
	struct vcmd_ctx_flags_v0 off = { 0, VXF_STATE_ADMIN }, on = { ~0ULL, VXF_STATE_ADMIN };
	struct vcmd_ctx_kill_v0 kill = { 1, SIGKILL }, all = { 0, SIGKILL };

	check(guest_start(&n), "a guest to be given up starts");
	check_is(vs(VCMD_set_cflags, n.xid, &off), 0, "the host gives up its power");
	check_is(vs(VCMD_set_cflags, n.xid, &on), -EACCES, "and cannot take it back");
	check_is(vs(VCMD_ctx_migrate, n.xid, NULL), -EACCES, "nor enter");
	check_is(vs(VCMD_get_cflags, n.xid, &on), 0, "it may still look");
	check(!(on.mask & VXF_STATE_ADMIN) && (on.mask & VXF_STATE_INIT), "the mask tells what can change");
	kill.pid = n.pid;
	check_is(vs(VCMD_ctx_kill, n.xid, &kill), -EACCES, "single tasks cannot be signalled");
	check_is(vs(VCMD_ctx_kill, n.xid, &all), 0, "without an init all can");
	waitpid(n.pid, NULL, 0);
}

static void wait_in_child(void *arg)
{
	struct vcmd_wait_exit_v0 data = { -1, -1 };
	int *ready = arg;

	if (write(*ready, "r", 1) != 1)
		_exit(1);
	check_is(vs(VCMD_wait_exit, 1009, &data), 0, "wait for the end of a context");
	check(data.exit_code == SIGKILL, "the exit code is that of the last task (%d)", data.exit_code);
	check(data.reboot_cmd == 0, "nobody rebooted");
}

static void life(void)
{
	struct guest g = { .xid = 1009 };
	struct vcmd_ctx_flags_v0 flags = { VXF_PERSISTENT, VXF_PERSISTENT };
	struct vcmd_ctx_stat_v0 stat;
	int fd[2];
	pid_t pid;
	char c;

	check(guest_start(&g), "a guest starts");
	check_is(vs(VCMD_ctx_stat, g.xid, &stat), 0, "ctx_stat");
	check(stat.tasks == 1, "one claim for one task (%u)", stat.tasks);
	check_is(vs(VCMD_set_cflags, g.xid, &flags), 0, "make it persistent");
	check_is(vs(VCMD_ctx_stat, g.xid, &stat), 0, "ctx_stat");
	check(stat.tasks == 2, "one claim more (%u)", stat.tasks);
	guest_stop(&g);
	check_is(vs(VCMD_ctx_stat, g.xid, &stat), 0, "it outlives its last task");
	check(stat.tasks == 1, "by one claim (%u)", stat.tasks);

	if (pipe(fd))
		exit(1);
	pid = fork();
	if (!pid) {
		wait_in_child(&fd[1]);
		_exit(0);
	}
	if (read(fd[0], &c, 1) != 1)
		exit(1);
	usleep(20000);
	check(waitpid(pid, NULL, WNOHANG) == 0, "who waits for the end is still waiting");
	flags.flagword = 0;
	check_is(vs(VCMD_set_cflags, g.xid, &flags), 0, "let it go");
	check_is(vs(VCMD_ctx_stat, g.xid, &stat), -ESRCH, "its number is free at once");
	check(waitpid(pid, NULL, 0) == pid, "and who waited comes back");
}

static void interrupted(int sig)
{
}

static void wait_interrupted(void *arg)
{
	struct vcmd_wait_exit_v0 data;
	struct sigaction act = { .sa_handler = interrupted };

	sigaction(SIGALRM, &act, NULL);
	alarm(1);
	check_is(vs(VCMD_wait_exit, a.xid, &data), -EINTR, "a signal ends the wait");
}

static void reuse(void)
{
	struct guest g = { .xid = 1010 };
	int i, bad = 0;

	for (i = 0; i < 20; i++) {
		if (!guest_start(&g))
			bad++;
		guest_stop(&g);
	}
	check(!bad, "a number can be used again as soon as its last task was waited for");
}

int main(int argc, char **argv)
{
	struct guest p = { .xid = 1005, .bcaps = ~0ULL };

	test_sleeper(argc, argv);
	test_begin();
	version();
	unknown();
	in_child(unprivileged, NULL);
	check(guest_start(&a) && guest_start(&b), "guests A and B start");
	check_is(vs(VCMD_task_xid, a.pid, NULL), a.xid, "the host sees who is where");
	check_is(vs(VCMD_task_xid, 1, NULL), 0, "process 1 is the host's");
	check_is(vs(VCMD_task_xid, 99999999, NULL), -ESRCH, "no such task");
	in_child(create_errors, NULL);
	in_child(in_setup, NULL);
	in_child(signals_of_member, NULL);
	in_child(signals_of_entering, NULL);
	while_in_setup();
	in_child(migrate, NULL);
	in_child(watch, NULL);
	check(guest_start(&p), "a guest that keeps all capabilities starts");
	in_guest(&p, privileged_inside, NULL);
	guest_stop(&p);
	private_one();
	no_admin();
	life();
	in_child(wait_interrupted, NULL);
	reuse();
	guest_stop(&a);
	guest_stop(&b);
	return test_end();
}
