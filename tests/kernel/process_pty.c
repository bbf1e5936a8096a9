// SPDX-License-Identifier: GPL-2.0
/*
 * Terminals in a devpts that contexts share: each finds its own. One that the
 * host made is a guest's once it controls a session there.
 */
#include <dirent.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <vserver/inode.h>
#include "harness.h"

#define USER	31003

static struct guest a = { .xid = 1651 };
static struct guest b = { .xid = 1652 };
static char pts[] = "/tmp/vs-pts-XXXXXX";

struct pty {
	int	master;
	int	nr;
};

static const char *name_of(int nr)
{
	static char path[64];

	snprintf(path, sizeof(path), "%s/%d", pts, nr);
	return path;
}

static struct pty pty_new(void)
{
	struct pty pty = { .nr = -1 };
	char path[64];
	int zero = 0;

	snprintf(path, sizeof(path), "%s/ptmx", pts);
	pty.master = open(path, O_RDWR | O_NOCTTY);
	check(pty.master >= 0 && !ioctl(pty.master, TIOCGPTN, &pty.nr) &&
	      !ioctl(pty.master, TIOCSPTLCK, &zero), "a new terminal (%d)", pty.nr);
	return pty;
}

static bool listed(int nr)
{
	DIR *d = opendir(pts);
	struct dirent *e;
	bool found = false;
	char name[16];

	snprintf(name, sizeof(name), "%d", nr);
	while (d && (e = readdir(d)))
		found |= !strcmp(e->d_name, name);
	if (d)
		closedir(d);
	return found;
}

/* What @who gets of terminal @nr: 0, or -ENOENT in every way that takes a path. */
static void look(const char *who, int nr, long want)
{
	struct stat st;
	char what[96];
	int fd;
#define try(call) do { \
	snprintf(what, sizeof(what), "%s: %s", who, #call); \
	check_is(err(call), want, what); \
} while (0)

	fd = err(open(name_of(nr), O_RDWR | O_NOCTTY));
	snprintf(what, sizeof(what), "%s: open", who);
	check_is(fd < 0 ? fd : 0, want, what);
	if (fd >= 0)
		close(fd);
	fd = err(open(name_of(nr), O_PATH));
	snprintf(what, sizeof(what), "%s: open O_PATH", who);
	check_is(fd < 0 ? fd : 0, want, what);
	if (fd >= 0)
		close(fd);
	try(stat(name_of(nr), &st));
	try(access(name_of(nr), F_OK));
	try(chmod(name_of(nr), 0620));
	try(chown(name_of(nr), 0, 5));
	check(listed(nr) == !want, "%s: the directory %s it", who, want ? "hides" : "lists");
}

/* In A: make a terminal and tell its number; keep it until told to go. */
static void maker(void *arg)
{
	int *fd = arg;
	struct pty pty = pty_new();
	char c;
	int slave;

	look("A", pty.nr, 0);
	slave = ioctl(pty.master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	check(slave >= 0, "A opens the other end by the master");
	close(slave);
	if (write(fd[1], &pty.nr, sizeof(int)) != sizeof(int) || read(fd[2], &c, 1) != 1)
		_exit(1);
}

static void own(void *arg)
{
	look("A, a second task", *(int *)arg, 0);
}

static void not_a(void *arg)
{
	look("A", *(int *)arg, -ENOENT);
}

static void not_b(void *arg)
{
	look("B", *(int *)arg, -ENOENT);
}

static void ordinary(void *arg)
{
	if (setresuid(USER, USER, USER))
		_exit(1);
	look("an ordinary user of the host", *(int *)arg, -ENOENT);
}

static void host_view(const char *value)
{
	int fd = open("/proc/sys/kernel/vserver_host_view", O_WRONLY);

	check(fd >= 0 && write(fd, value, 1) == 1, "kernel.vserver_host_view=%s", value);
	close(fd);
}

static void spectator(void *arg)
{
	struct stat st;

	vs(VCMD_ctx_migrate, VS_ID_WATCH, NULL);
	check_is(err(stat(name_of(*(int *)arg), &st)), 0, "the spectator sees it");
}

static void of_a(void)
{
	int to[2], from[2], fd[3], nr = -1;
	pid_t pid;

	if (pipe(to) || pipe(from))
		exit(1);
	fd[1] = from[1];
	fd[2] = to[0];
	pid = fork();
	if (!pid) {
		in_guest(&a, maker, fd);
		_exit(0);
	}
	check(read(from[0], &nr, sizeof(nr)) == sizeof(nr), "A has a terminal");
	in_guest(&a, own, &nr);
	in_guest(&b, not_b, &nr);
	look("the host's root", nr, 0);
	in_child(ordinary, &nr);
	host_view("0");
	look("the host's root, without the view", nr, -ENOENT);
	in_child(spectator, &nr);
	host_view("1");
	check_is(write(to[1], "g", 1), 1, "let it go");
	waitpid(pid, NULL, 0);
}

/* The master is a handle: who holds it opens the other end, as the host's tools do. */
static void by_master(void *arg)
{
	struct pty *pty = arg;
	int slave = ioctl(pty->master, TIOCGPTPEER, O_RDWR | O_NOCTTY);

	check(slave >= 0, "a held master of the host opens its other end");
	look("A, which holds the master", pty->nr, -ENOENT);
}

/* Like enter: the leader of a session takes the terminal and becomes a member. */
static void enter(void *arg)
{
	struct pty *pty = arg;
	int slave = ioctl(pty->master, TIOCGPTPEER, O_RDWR | O_NOCTTY);

	setsid();
	signal(SIGHUP, SIG_IGN);
	check_is(err(ioctl(slave, TIOCSCTTY, 0)), 0, "the host takes its terminal");
	check_is(vs(VCMD_ctx_migrate, a.xid, NULL), 0, "and enters A");
	look("A, which the terminal entered", pty->nr, 0);
	in_child(own, &pty->nr);
}

static void take_inside(void *arg)
{
	struct pty *pty = arg;
	int slave = ioctl(pty->master, TIOCGPTPEER, O_RDWR | O_NOCTTY);

	signal(SIGHUP, SIG_IGN);
	check_is(vs(VCMD_ctx_migrate, a.xid, NULL), 0, "enter A with a terminal of the host");
	look("A, before it controls a session", pty->nr, -ENOENT);
	setsid();
	check_is(err(ioctl(slave, TIOCSCTTY, 0)), 0, "take it inside");
	look("A, once it does", pty->nr, 0);
	check_is(err(vhangup()), 0, "A hangs up its own");
	check_is(err(write(slave, "x", 1)), -EIO, "which ends it");
}

/* That would end the session, whose leader is the host's. */
static void hang_up(void *arg)
{
	check_is(err(vhangup()), -EPERM, "A hangs up the terminal from which it was entered");
}

/* Whose terminal it stays: the shell from which the administrator works. */
static void not_leader(void *arg)
{
	struct pty *pty = arg;
	int slave = ioctl(pty->master, TIOCGPTPEER, O_RDWR | O_NOCTTY);

	setsid();
	signal(SIGHUP, SIG_IGN);
	check_is(err(ioctl(slave, TIOCSCTTY, 0)), 0, "a session of the host");
	in_guest(&a, not_a, &pty->nr);
	in_guest(&a, hang_up, NULL);
	check_is(err(write(slave, "x", 1)), 1, "the host goes on in its session");
	look("the host's root", pty->nr, 0);
}

static void of_host(void)
{
	struct pty pty = pty_new();

	look("the host's root", pty.nr, 0);
	in_guest(&a, not_a, &pty.nr);
	in_guest(&a, by_master, &pty);
	in_child(not_leader, &pty);
	in_guest(&a, not_a, &pty.nr);
	in_child(enter, &pty);
	in_guest(&b, not_b, &pty.nr);
	look("the host's root", pty.nr, 0);
	close(pty.master);

	pty = pty_new();
	in_child(take_inside, &pty);
	in_guest(&a, own, &pty.nr);
	in_guest(&b, not_b, &pty.nr);
	close(pty.master);
}

/* The context as the tag of a file; a negative errno. */
static long tag_of(const char *path)
{
	struct vcmd_ctx_iattr_v1 attr = { .name = path, .tag = 77777 };
	long ret = vs(VCMD_get_iattr, 0, &attr);

	if (ret)
		return ret;
	return attr.mask & VS_IATTR_TAG ? (long)attr.tag : -ENODATA;
}

static long change(const char *path, unsigned int tag, unsigned int flags)
{
	struct vcmd_ctx_iattr_v1 attr = { .name = path, .tag = tag, .flags = flags, .mask = flags };

	return vs(VCMD_set_iattr, 0, &attr);
}

static void no_tags(void *arg)
{
	check_is(tag_of(name_of(*(int *)arg)), -ENOSYS, "A asks for no tag");
	check_is(change(name_of(*(int *)arg), b.xid, VS_IATTR_TAG), -ENOSYS, "and gives nothing away");
}

/* lsxid and chxid on a terminal. */
static void tags(void)
{
	struct pty pty = pty_new();
	struct vcmd_ctx_fiattr_v0 attr = { 0 };
	char path[64];

	check_is(tag_of(name_of(pty.nr)), 0, "a terminal of the host has the tag 0");
	check_is(tag_of(pts), -ENODATA, "the directory has none");
	snprintf(path, sizeof(path), "%s/ptmx", pts);
	check_is(tag_of(path), -ENODATA, "nor has ptmx");
	check_is(change(name_of(pty.nr), 0, VS_IATTR_IMMUTABLE), -EOPNOTSUPP, "other attributes are not kept");
	check_is(change(name_of(pty.nr), 0, VS_IATTR_HIDE), -EINVAL, "those of /proc are none here");
	check_is(change(path, a.xid, VS_IATTR_TAG), -EINVAL, "ptmx is for all");
	check_is(change(name_of(pty.nr), 1653, VS_IATTR_TAG), -ESRCH, "it cannot belong to nobody");
	check_is(change(name_of(pty.nr), 1, VS_IATTR_TAG), -ESRCH, "nor to the spectator");
	check_is(change(name_of(pty.nr), a.xid, VS_IATTR_TAG), 0, "the host gives it to A");
	check_is(tag_of(name_of(pty.nr)), a.xid, "whose tag it has then");
	in_guest(&a, own, &pty.nr);
	in_guest(&a, no_tags, &pty.nr);
	in_guest(&b, not_b, &pty.nr);
	check_is(change(name_of(pty.nr), 0, VS_IATTR_TAG), 0, "and takes it back");
	in_guest(&a, not_a, &pty.nr);
	attr.tag = b.xid;
	attr.mask = VS_IATTR_TAG;
	check_is(vs(VCMD_fset_iattr, open(name_of(pty.nr), O_PATH), &attr), 0, "by descriptor");
	in_guest(&b, own, &pty.nr);
	close(pty.master);
}

/* A number that comes again belongs to whoever has it now. */
static void in_a_then_b(void *arg)
{
	struct pty pty = pty_new();

	close(pty.master);
	*(int *)arg = pty.nr;
}

static void reuse_b(void *arg)
{
	struct pty pty = pty_new();

	check_is(pty.nr, *(int *)arg, "B gets the number that A had");
	look("B", pty.nr, 0);
	if (write(((int *)arg)[1], "r", 1) != 1)
		_exit(1);
	pause();
}

int main(int argc, char **argv)
{
	int *nr, fd[2];
	pid_t pid;
	char c;

	test_sleeper(argc, argv);
	test_begin();
	nr = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(mkdtemp(pts) && !mount("devpts", pts, "devpts", 0, "newinstance,ptmxmode=0666,mode=0620"),
	      "a devpts for all");
	chmod(pts, 0755);
	check(guest_start(&a) && guest_start(&b), "two guests run");
	of_a();
	of_host();
	tags();

	if (pipe(fd))
		exit(1);
	in_guest(&a, in_a_then_b, nr);
	nr[1] = fd[1];
	pid = fork();
	if (!pid) {
		vs(VCMD_ctx_migrate, b.xid, NULL);
		reuse_b(nr);
		_exit(0);
	}
	check_is(read(fd[0], &c, 1), 1, "B has a terminal");
	in_guest(&a, not_a, nr);
	guest_stop(&b);
	waitpid(pid, NULL, 0);
	guest_stop(&a);
	check_is(err(umount2(pts, MNT_DETACH)), 0, "unmount");
	check_is(err(rmdir(pts)), 0, "and remove");
	return test_end();
}
