// SPDX-License-Identifier: GPL-2.0
/*
 * Device nodes and files of the kernel that are there although they should not
 * be: what a guest may open is a list, whatever the modes of the node say.
 */
#include <linux/tty.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include "harness.h"

static struct guest a = { .xid = 1901 },
	maker = { .xid = 1903, .bcaps = TEST_BCAPS | 1ULL << 27 /* MKNOD */ },
	all = { .xid = 1904, .bcaps = ~(1ULL << 27) };
static char dir[] = "/var/tmp/vs-devices-XXXXXX";

static const struct node {
	const char *name;
	unsigned int type, major, minor;
	bool open;
} nodes[] = {
	{ "null", S_IFCHR, 1, 3, true }, { "zero", S_IFCHR, 1, 5, true }, { "full", S_IFCHR, 1, 7, true },
	{ "random", S_IFCHR, 1, 8, true }, { "urandom", S_IFCHR, 1, 9, true },
	{ "ptmx", S_IFCHR, 5, 2, true },
	{ "mem", S_IFCHR, 1, 1, false }, { "port", S_IFCHR, 1, 4, false }, { "kmsg", S_IFCHR, 1, 11, false },
	{ "ttyS0", S_IFCHR, 4, 64, false }, { "console", S_IFCHR, 5, 1, false },
	{ "misc", S_IFCHR, 10, 99, false }, { "hwrng", S_IFCHR, 10, 183, false },
	{ "tun", S_IFCHR, 10, 200, false }, { "fuse", S_IFCHR, 10, 229, false },
	{ "dm", S_IFCHR, 10, 236, false }, { "loop-control", S_IFCHR, 10, 237, false },
	{ "autofs", S_IFCHR, 10, 235, false }, { "btrfs", S_IFCHR, 10, 234, false },
	{ "cpuid", S_IFCHR, 203, 0, false }, { "msr", S_IFCHR, 202, 0, false },
	{ "nobody", S_IFCHR, 240, 0, false }, { "vport", S_IFCHR, 241, 1, false },
	{ "loop", S_IFBLK, 7, 0, false }, { "disk", S_IFBLK, 254, 0, false }, { "ram", S_IFBLK, 1, 0, false },
};

#define NODES	(sizeof(nodes) / sizeof(nodes[0]))

static const char *at(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void open_all(void *arg)
{
	const char *who = arg;
	char what[128];
	size_t i;
	int fd;

	for (i = 0; i < NODES; i++) {
		fd = open(at(nodes[i].name), O_RDWR | O_NONBLOCK | O_NOCTTY);
		snprintf(what, sizeof(what), "%s: open %s", who, nodes[i].name);
		if (nodes[i].open)
			check(fd >= 0, "%s", what);
		else
			check_is(fd < 0 ? -errno : fd, -EPERM, what);
		close(fd);
	}
	fd = open(at("disk"), O_PATH);
	check(fd >= 0, "%s: a handle that does nothing", who);
	snprintf(what, sizeof(what), "/proc/self/fd/%d", fd);
	check_is(err(open(what, O_RDONLY)), -EPERM, "and does not open either");
	close(fd);
	check_is(err(truncate(at("disk"), 0)), -EINVAL, "nor can be truncated");
}

/* A terminal of its own works, with the usual line discipline only. */
static void terminal(void *arg)
{
	static const int others[] = { 1, 2, 3, 13, 15, 21, 27 };
	int ptmx = open("/dev/ptmx", O_RDWR | O_NOCTTY), pts, unlock = 0, disc = N_TTY, fd;
	char what[64];
	size_t i;

	setsid();
	ioctl(ptmx, TIOCSPTLCK, &unlock);
	pts = ioctl(ptmx, TIOCGPTPEER, O_RDWR);
	check(pts >= 0, "a terminal of its own");
	check_is(err(ioctl(pts, TIOCSCTTY, 0)), 0, "to control it by");
	fd = open("/dev/tty", O_RDWR);
	check(fd >= 0, "open /dev/tty");
	check_is(err(ioctl(pts, TIOCSETD, &disc)), 0, "set the line discipline that it has");
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		disc = others[i];
		snprintf(what, sizeof(what), "set line discipline %d", disc);
		check_is(err(ioctl(pts, TIOCSETD, &disc)), -EPERM, what);
	}
	signal(SIGHUP, SIG_IGN);
}

static void as_maker(void *arg)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/made", dir);
	check_is(err(mknod(path, S_IFCHR | 0600, makedev(10, 183))), 0, "with mknod a guest makes a node");
	unlink(path);
	fd = open(at("loop"), O_RDONLY | O_NONBLOCK);
	check(fd >= 0 || errno == ENXIO, "and opens any");
	close(fd);
}

/* The network capability tun_create is what opens the tunnel device. */
static void with_tun(void *arg)
{
	struct vcmd_net_caps_v0 caps = { NXC_TUN_CREATE, NXC_TUN_CREATE };
	int fd;

	check_is(vs(VCMD_net_create, 1905, NULL), 1905, "a network context");
	if (arg)
		check_is(vs(VCMD_set_ncaps, VS_ID_SELF, &caps), 0, "with tun_create");
	check_is(vs(VCMD_ctx_migrate, a.xid, NULL), 0, "in guest A");
	fd = open(at("tun"), O_RDWR);
	if (arg)
		check(fd >= 0, "opens the tunnel device");
	else
		check_is(fd < 0 ? -errno : fd, -EPERM, "does not open the tunnel device");
	close(fd);
}

/* Windows into the kernel, mounted where a guest can see them. */
static const struct window {
	const char *type, *file;
	long read;	/* what a guest gets */
} windows[] = {
	{ "debugfs", "clear_warn_once", -EACCES }, { "debugfs", "", -EACCES },
	{ "debugfs", "sched/debug", -EACCES }, { "tracefs", "trace", -EACCES },
	{ "securityfs", "lsm", -EACCES }, { "configfs", "", -EACCES }, { "bpf", "", -EACCES },
	{ "fusectl", "", -EACCES }, { "binfmt_misc", "status", 0 }, { "sysfs", "kernel/uevent_seqnum", 0 },
	{ "cgroup2", "cgroup.controllers", 0 },
};

static void look(void *arg)
{
	const struct window *w = arg;
	char path[192], what[256];
	int fd;

	snprintf(path, sizeof(path), "%s/window/%s", dir, w->file);
	snprintf(what, sizeof(what), "%s/%s: read", w->type, w->file);
	fd = open(path, O_RDONLY);
	check_is(fd < 0 ? -errno : 0, w->read, what);
	close(fd);
	snprintf(what, sizeof(what), "%s/%s: write", w->type, w->file);
	check_is(err(open(path, O_WRONLY)), w->file[0] ? -EACCES : -EISDIR, what);
	snprintf(path, sizeof(path), "%s/window/vs-new", dir);
	snprintf(what, sizeof(what), "%s: a new directory", w->type);
	check_is(err(mkdir(path, 0700)), -EACCES, what);
}

static void window(const struct window *w)
{
	char path[192], file[256];

	snprintf(path, sizeof(path), "%s/window", dir);
	if (mount("none", path, w->type, 0, NULL)) {
		check(errno == ENODEV, "%s # SKIP the kernel has none", w->type);
		return;
	}
	snprintf(file, sizeof(file), "%s/%s", path, w->file);
	if (access(file, F_OK)) {
		check(true, "%s/%s # SKIP it is not there", w->type, w->file);
	} else {
		in_guest(&a, look, (void *)w);
		in_guest(&all, look, (void *)w);
		check(access(file, R_OK) == 0 && open(file, O_RDONLY) >= 0, "%s/%s: the host reads it",
		      w->type, w->file);
	}
	umount2(path, MNT_DETACH);
}

int main(int argc, char **argv)
{
	char path[128];
	size_t i;

	test_sleeper(argc, argv);
	test_begin();
	if (!mkdtemp(dir) || chmod(dir, 0755))
		return 1;
	umask(0);
	for (i = 0; i < NODES; i++)
		if (mknod(at(nodes[i].name), nodes[i].type | 0666, makedev(nodes[i].major, nodes[i].minor)))
			check(false, "make %s", nodes[i].name);
	snprintf(path, sizeof(path), "%s/window", dir);
	mkdir(path, 0755);
	check(guest_start(&a) && guest_start(&maker) && guest_start(&all), "three guests start");
	in_guest(&a, open_all, "default guest");
	in_guest(&all, open_all, "all but mknod");
	in_guest(&a, terminal, NULL);
	in_guest(&maker, as_maker, NULL);
	in_child(with_tun, NULL);
	in_child(with_tun, "");
	for (i = 0; i < sizeof(windows) / sizeof(windows[0]); i++)
		window(&windows[i]);
	check(open(at("console"), O_RDWR | O_NOCTTY) >= 0, "the host opens the console");
	check(open(at("mem"), O_RDONLY) >= 0, "and memory");
	for (i = 0; i < NODES; i++)
		unlink(at(nodes[i].name));
	rmdir(path);
	rmdir(dir);
	guest_stop(&a);
	guest_stop(&maker);
	guest_stop(&all);
	return test_end();
}
