// SPDX-License-Identifier: GPL-2.0
/*
 * Control groups that the host gives to a guest: below the root of the cgroup
 * namespace stored in its context it does as it likes, in the root what a group is
 * given for, anywhere else nothing.
 */
#include <linux/sched.h>
#include <sys/mount.h>
#include <sys/xattr.h>
#include "handles.h"

static struct guest a = { .xid = 2003, .umask = CLONE_NEWCGROUP }, b = { .xid = 2004 };
static char dir[] = "/var/tmp/vs-delegate-XXXXXX";
static pid_t canary;

/* The tree: T/a is given to A, T/b to B, T/other to nobody. */
static const char *at(const char *name)
{
	static char path[8][128];
	static int turn;
	char *p = path[turn++ % 8];

	snprintf(p, sizeof(*path), "%s/vs-delegate/%s", dir, name);
	return p;
}

/* Who and what, in one line. */
static const char *line(const char *who, const char *what)
{
	static char text[160];

	snprintf(text, sizeof(text), "%s: %s", who, what);
	return text;
}

static long can_open(const char *name)
{
	int fd = open(at(name), O_WRONLY);
	long ret = fd < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return ret;
}

static long put(const char *name, const char *text)
{
	int fd = open(at(name), O_WRONLY);
	long ret = fd < 0 ? -errno : 0;

	if (!ret && write(fd, text, strlen(text)) < 0)
		ret = -errno;
	if (fd >= 0)
		close(fd);
	return ret;
}

static long put_pid(const char *name, pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	return put(name, text);
}

/* What `vserver NAME start` does for a guest of style systemd. */
struct gift {
	const struct guest *guest;
	const char *group;	/* null: the root of the tree */
	bool own;		/* in a namespace of its own */
};

static void __give(void *arg)
{
	struct vcmd_space_mask_v2 space = { CLONE_NEWCGROUP, 0 };
	struct gift *gift = arg;

	if ((gift->group && put_pid(gift->group, 0)) || (gift->own && unshare(CLONE_NEWCGROUP)))
		check(false, "go to %s: %s", gift->group, strerrorname_np(errno));
	check_is(vs(VCMD_set_space, gift->guest->xid, &space), 0, "the host stores a cgroup namespace");
}

static void give(const struct guest *guest, const char *group, bool own)
{
	struct gift gift = { guest, group, own };

	in_child(__give, &gift);
}

static long into(const char *name)
{
	int fd = open(at(name), O_RDONLY | O_DIRECTORY);
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = fd,
	};
	long ret = syscall(SYS_clone3, &args, sizeof(args));

	if (!ret)
		_exit(0);
	ret = ret < 0 ? -errno : 0;
	while (wait(NULL) > 0)
		;
	close(fd);
	return ret;
}

static void nothing(void *arg)
{
	check_is(err(mkdir(at("a/new"), 0755)), -EACCES, line(arg, "no group below T/a"));
	check_is(can_open("a/cgroup.procs"), -EACCES, line(arg, "nor may it write to T/a"));
	check_is(can_open("a/sub/cgroup.procs"), -EACCES, line(arg, "nor below"));
	check_is(err(chmod(at("a/sub"), 0700)), -EPERM, line(arg, "nor change modes there"));
	check_is(err(setxattr(at("a/sub"), "user.vs", "x", 1, 0)), -EPERM, line(arg, "nor attributes"));
}

static void outside(void)
{
	static const char * const names[] = {
		"cgroup.procs", "b/cgroup.procs", "other/cgroup.procs", "other/cgroup.threads",
		"other/cgroup.subtree_control", "ab/cgroup.procs", "b/cgroup.freeze", "b/cgroup.kill",
	};
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		check_is(can_open(names[i]), -EACCES, line("A is not to write", names[i]));
	check_is(err(mkdir(at("new"), 0755)), -EACCES, "A: no group beside its own");
	check_is(err(mkdir(at("b/new"), 0755)), -EACCES, "A: nor in that of B");
	check_is(err(mkdir(at("a/../b/new"), 0755)), -EACCES, "A: by a detour neither");
	check_is(err(rmdir(at("a"))), -EACCES, "A: its own it cannot remove");
	check_is(into("other"), -EACCES, "A: no child is born in another group");
	check_is(into("a/x"), -EACCES, "A: nor from outside in its own");
	check_is(put_pid("a/x/cgroup.procs", 0), -EACCES, "A: who is outside stays there");
	check_is(err(unshare(CLONE_NEWCGROUP)), 0, "A: it has leave to make a namespace");
	check_is(can_open("other/cgroup.procs"), -EACCES, "A: which gives it nothing");
	check_is(err(mkdir(at("new"), 0755)), -EACCES, "A: nothing at all");
}

static void from_a(void *arg)
{
	check_is(err(mkdir(at("a/x"), 0755)), 0, "A: a group of its own");
	check_is(err(mkdir(at("a/x/y"), 0755)), 0, "A: and one in it");
	check_is(err(rmdir(at("a/x/y"))), 0, "A: which it removes");
	check_is(put("a/x/cgroup.max.descendants", "5"), 0, "A: a limit in it");
	check_is(put("a/sub/cgroup.max.descendants", "5"), 0, "A: also where the host made the group");
	check_is(put("a/cgroup.max.descendants", "5"), -EACCES, "A: the limits of the first are the host's");
	check_is(can_open("a/cgroup.max.depth"), -EACCES, "A: all of them");
	check_is(can_open("a/cgroup.freeze"), -EACCES, "A: it is frozen by the host alone");
	check_is(can_open("a/cgroup.kill"), -EACCES, "A: and killed");
	check_is(can_open("a/cgroup.type"), -EACCES, "A: its type stays");
	check_is(can_open("a/cgroup.subtree_control"), 0, "A: controllers it shares out");
	check_is(can_open("a/cgroup.procs"), 0, "A: tasks it may take");
	check_is(err(chown(at("a/x/cgroup.procs"), 1000, 1000)), 0, "A: it gives a group away");
	check_is(err(chmod(at("a/x"), 0700)), 0, "A: modes, too");
	check_is(err(setxattr(at("a/x"), "user.vs", "x", 1, 0)), 0, "A: and attributes");
	check_is(err(chown(at("a/cgroup.procs"), 1000, 1000)), -EPERM, "A: not those of the first");
	check_is(err(chmod(at("a"), 0777)), -EPERM, "A: nor its mode");
	check_is(err(chmod(at("other"), 0777)), -EPERM, "A: nor those of others");
	check_is(err(setxattr(at("other"), "user.vs", "x", 1, 0)), -EPERM, "A: or attributes");
	outside();
}

static void moves(void *arg)
{
	check_is(put_pid("a/x/cgroup.procs", a.pid), 0, "A: its task goes where it says");
	check_is(put_pid("a/cgroup.procs", a.pid), 0, "A: and back");
	check_is(put_pid("a/x/cgroup.procs", canary), -ESRCH, "A: no task of the host that is there");
	check_is(put_pid("a/x/cgroup.procs", b.pid), -ESRCH, "A: nor one of B");
	check_is(put_pid("a/x/cgroup.procs", 0), 0, "A: the caller, who is there by now");
	check_is(into("a/x"), 0, "A: a child is born in its group");
	check_is(into("other"), -EACCES, "A: and not in another");
	check_is(put_pid("other/cgroup.procs", 0), -EACCES, "A: it does not leave");
}

/* Enters A from within its group, as `vserver NAME exec` does. */
static void moves_in(void *arg)
{
	if (put_pid("a/cgroup.procs", 0))
		check(false, "the host goes to T/a: %s", strerrorname_np(errno));
	in_guest(&a, moves, NULL);
}

/* A descriptor of A in the hands of B. */
static void with_gift(void *arg)
{
	char text[16];

	check_is(err(write(*(int *)arg, "0", 1)), -EACCES, "B: no way into a group of A");
	snprintf(text, sizeof(text), "%d", a.pid);
	check_is(err(write(*(int *)arg, text, strlen(text))), -ESRCH, "B: nor for a task of A");
}

static void open_in_a(void *arg)
{
	check(send_fd(*(int *)arg, open(at("a/x/cgroup.procs"), O_WRONLY)), "A hands a list over");
}

static void handed(void)
{
	int pair[2], fd;

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair))
		exit(1);
	in_guest(&a, open_in_a, &pair[0]);
	fd = recv_fd(pair[1]);
	in_guest(&b, with_gift, &fd);
	close(fd);
	close(pair[0]);
	close(pair[1]);
}

static void make_tree(bool make)
{
	static const char * const names[] = { "", "a", "a/sub", "b", "ab", "other" };
	int i;

	for (i = make ? 0 : 5; i >= 0 && i < 6; i += make ? 1 : -1)
		check_is(make ? err(mkdir(at(names[i]), 0755)) : err(rmdir(at(names[i]))), 0,
			 line(make ? "make" : "remove", at(names[i])));
}

static void again(void *arg)
{
	check_is(err(mkdir(at("b/new"), 0755)), -EACCES, "B: a name is not a group");
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	test_begin();
	if (!mkdtemp(dir) || mount("none", dir, "cgroup2", 0, NULL))
		return 1;
	canary = fork();
	if (!canary)
		for (;;)
			pause();
	check(guest_start(&a) && guest_start(&b), "guests A and B start");
	make_tree(true);
	in_guest(&a, nothing, "before");
	give(&a, "a/cgroup.procs", false);
	in_guest(&a, nothing, "the host's namespace");
	give(&a, NULL, true);
	in_guest(&a, nothing, "the root of the tree");
	give(&a, "a/cgroup.procs", true);
	give(&b, "b/cgroup.procs", true);
	in_guest(&b, nothing, "B");
	in_guest(&a, from_a, NULL);
	check(!put_pid("a/cgroup.procs", a.pid) && !put_pid("a/cgroup.procs", canary), "tasks go to T/a");
	in_child(moves_in, NULL);
	handed();
	check(!put_pid("../cgroup.procs", a.pid) && !put_pid("../cgroup.procs", canary), "and leave");
	check(!rmdir(at("b")) && !mkdir(at("b"), 0755), "a group of the same name");
	in_guest(&b, again, NULL);
	give(&a, "a/cgroup.procs", false);
	in_guest(&a, nothing, "taken back");
	guest_stop(&a);
	guest_stop(&b);
	kill(canary, SIGKILL);
	waitpid(canary, NULL, 0);
	check_is(err(rmdir(at("a/x"))), 0, "remove T/a/x");
	make_tree(false);
	umount2(dir, MNT_DETACH);
	rmdir(dir);
	return test_end();
}
