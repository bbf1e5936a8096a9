// SPDX-License-Identifier: GPL-2.0
/*
 * Mounts by context capabilities: which kinds, by the old and the new calls,
 * always without devices unless allowed, and never what the host made.
 */
#include <dirent.h>
#include <linux/mount.h>
#include <sys/sysmacros.h>
#include "ccap.h"

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif

#define MOUNT	VXC_SECURE_MOUNT
#define BINARY	(VXC_SECURE_MOUNT | VXC_BINARY_MOUNT)

static struct guest a = { .xid = 1421 }, b = { .xid = 1422, .bcaps = TEST_BCAPS | 1 << 21 };
static char dir[] = "/tmp/vs-mount-XXXXXX", disk[32];
static char path[128];
static int userns;

static const char *in(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static long do_mount(const char *what, const char *type, unsigned long flags, const char *opts)
{
	return err(mount(what, in("to"), type, flags, opts));
}

/* The same with the new calls; @attr are MOUNT_ATTR_ flags. */
static long new_mount(const char *what, const char *type, unsigned int attr)
{
	long fs = err(syscall(SYS_fsopen, type, 0)), fd, ret;

	if (fs < 0)
		return fs;
	syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "source", what, 0);
	ret = err(syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
	if (ret < 0) {
		close(fs);
		return ret;
	}
	fd = err(syscall(SYS_fsmount, fs, 0, attr));
	close(fs);
	if (fd < 0)
		return fd;
	ret = err(syscall(SYS_move_mount, fd, "", AT_FDCWD, in("to"), MOVE_MOUNT_F_EMPTY_PATH));
	close(fd);
	return ret;
}

static long unmount(void)
{
	return err(umount2(in("to"), 0));
}

/* Is the option among those of what is mounted last at dir/to? */
static bool has(const char *option)
{
	static char buf[65536];
	char *line, *found = NULL, want[160];

	if (!read_file("/proc/self/mounts", buf, sizeof(buf)))
		return false;
	snprintf(want, sizeof(want), " %s ", in("to"));
	for (line = strtok(buf, "\n"); line; line = strtok(NULL, "\n"))
		if (strstr(line, want))
			found = line;
	return found && strstr(found, option);
}

static long set_attr(const char *at, uint64_t set, uint64_t clear)
{
	struct mount_attr attr = { .attr_set = set, .attr_clr = clear };

	return err(syscall(SYS_mount_setattr, AT_FDCWD, at, 0, &attr, sizeof(attr)));
}

/* Everything that begins with the right to mount. */
static void all_refused(void *arg)
{
	const char *how = arg;
	char what[64];
	size_t i;
	const struct {
		const char *name;
		long got;
	} calls[] = {
		{ "mount ext4", do_mount(disk, "ext4", 0, NULL) },
		{ "mount proc", do_mount("proc", "proc", 0, NULL) },
		{ "mount devpts", do_mount("devpts", "devpts", 0, NULL) },
		{ "mount tmpfs", do_mount("none", "tmpfs", 0, NULL) },
		{ "bind", do_mount("/usr", NULL, MS_BIND, NULL) },
		{ "remount", err(mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL)) },
		{ "make shared", err(mount(NULL, "/", NULL, MS_SHARED, NULL)) },
		{ "umount", err(umount2("/proc", MNT_DETACH)) },
		{ "pivot_root", err(syscall(SYS_pivot_root, ".", ".")) },
		{ "fsopen", err(syscall(SYS_fsopen, "proc", 0)) },
		{ "fspick", err(syscall(SYS_fspick, AT_FDCWD, "/", 0)) },
		{ "open_tree", err(syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE)) },
		{ "move_mount", err(syscall(SYS_move_mount, AT_FDCWD, "/proc", AT_FDCWD, in("to"),
					    0)) },
		{ "mount_setattr", set_attr("/", MOUNT_ATTR_NOSUID, 0) },
	};

	for (i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		snprintf(what, sizeof(what), "%s: %s", how, calls[i].name);
		check_is(calls[i].got, -EPERM, what);
	}
}

static void not_raw(void *arg)
{
	raw_without(CAP_SYS_ADMIN);
	all_refused(arg);
}

static void as_user(void *arg)
{
	if (setresuid(1000, 1000, 1000))
		_exit(1);
	all_refused(arg);
}

/* The kinds; each by both calls. */
static void kinds(void *arg)
{
	static const struct {
		const char *type, *what;
		long secure, binary;
	} types[] = {
		{ "ext4", disk, 0, 0 },
		{ "proc", "proc", 0, 0 },
		{ "devpts", "devpts", 0, 0 },
		{ "tmpfs", "none", -EPERM, 0 },
		{ "mqueue", "none", -EPERM, 0 },
		{ "sysfs", "none", -EPERM, -EPERM },
		{ "cgroup2", "none", -EPERM, -EPERM },
		{ "devtmpfs", "none", -EPERM, -EPERM },
		{ "debugfs", "none", -EPERM, -EPERM },
		{ "tracefs", "none", -EPERM, -EPERM },
		{ "securityfs", "none", -EPERM, -EPERM },
		{ "binfmt_misc", "none", -EPERM, -EPERM },
		{ "bpf", "none", -EPERM, -EPERM },
		{ "ramfs", "none", -EPERM, -EPERM },
	};
	bool binary = arg;
	char what[96];
	size_t i;
	long want, got;

	for (i = 0; i < sizeof(types) / sizeof(*types); i++) {
		want = binary ? types[i].binary : types[i].secure;
		snprintf(what, sizeof(what), "%s: mount %s",
			 binary ? "binary_mount" : "secure_mount",
			 types[i].type);
		got = do_mount(types[i].what, types[i].type, 0, NULL);
		if (got == -ENODEV)
			continue;	/* not in this kernel */
		if (check_is(got, want, what) && !got) {
			check(has("nodev"), "  without devices");
			check_is(unmount(), 0, "  and unmount it");
		}
		snprintf(what, sizeof(what), "%s: fsopen, fsmount, move_mount %s",
			 binary ? "binary_mount" : "secure_mount", types[i].type);
		if (check_is(new_mount(types[i].what, types[i].type, 0), want, what) && !want) {
			check(has("nodev"), "  without devices");
			check_is(unmount(), 0, "  and unmount it");
		}
	}
}

/* Changes to what the guest mounted itself. */
static void own(void *arg)
{
	struct stat st;
	long fd;

	check_is(do_mount("none", "tmpfs", MS_RDONLY, "size=64k"), 0, "tmpfs, read only");
	check_is(err(mount(NULL, in("to"), NULL, MS_REMOUNT, "size=128k")), 0,
		 "remount it writable");
	check(has("rw,") && has("size=128k") && has("nodev"), "it is, and still without devices");
	check_is(err(mount(NULL, in("to"), NULL, MS_REMOUNT | MS_BIND, NULL)), 0,
		 "remount the mount");
	check(has("nodev"), "and still");
	check_is(set_attr(in("to"), 0, MOUNT_ATTR_NODEV), -EPERM, "mount_setattr: allow devices");
	check_is(set_attr(in("to"), MOUNT_ATTR_NOEXEC, 0), 0, "no execution");
	check_is(set_attr(in("to"), 0, MOUNT_ATTR_NOEXEC), 0, "and back");
	fd = err(syscall(SYS_fspick, AT_FDCWD, in("to"), 0));
	check(fd >= 0, "fspick");
	syscall(SYS_fsconfig, fd, FSCONFIG_SET_STRING, "size", "256k", 0);
	check_is(err(syscall(SYS_fsconfig, fd, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0)), 0,
		 "change the options");
	close(fd);
	check(has("size=256k"), "they changed");

	mkdir(in("moved"), 0755);
	check_is(err(mount("/usr", in("moved"), NULL, MS_BIND, NULL)), 0, "bind");
	fd = err(syscall(SYS_open_tree, AT_FDCWD, in("to"), OPEN_TREE_CLONE));
	check(fd >= 0, "open_tree with a copy");
	check_is(err(syscall(SYS_move_mount, fd, "", AT_FDCWD, in("moved"),
			     MOVE_MOUNT_F_EMPTY_PATH)),
		 0, "put the copy elsewhere");
	close(fd);
	check_is(set_attr(in("moved"), 0, MOUNT_ATTR_NODEV), -EPERM, "no devices there, either");
	check_is(err(umount2(in("moved"), 0)), 0, "unmount the copy");
	check_is(err(umount2(in("moved"), 0)), 0, "and what was below");
	check(!stat(in("moved"), &st), "the directory");
	check_is(unmount(), 0, "unmount the tmpfs");
}

/* What the host made in the guest's namespace: in("host") is bound read only, nodev. */
static void hosts(void *arg)
{
	struct mount_attr idmap = { .attr_set = MOUNT_ATTR_IDMAP };
	char there[128];
	long fd;

	snprintf(there, sizeof(there), "%s/host", dir);
	check_is(err(umount2(there, 0)), -EPERM, "umount what the host mounted");
	check_is(err(umount2(there, MNT_DETACH)), -EPERM, "detach it");
	check_is(err(umount2("/proc", MNT_DETACH)), -EPERM, "detach /proc");
	check_is(err(mount(there, in("to"), NULL, MS_MOVE, NULL)), -EINVAL, "move it away");
	check_is(err(mount(NULL, there, NULL, MS_REMOUNT | MS_BIND, NULL)), -EPERM,
		 "make it writable");
	check_is(err(mount(NULL, there, NULL, MS_REMOUNT, NULL)), -EPERM, "the file system");
	check_is(err(mount(NULL, there, NULL, MS_REMOUNT | MS_RDONLY | MS_NODEV, NULL)), -EPERM,
		 "or another option of it");
	check_is(set_attr(there, 0, MOUNT_ATTR_RDONLY), -EPERM, "mount_setattr: make it writable");
	check_is(set_attr(there, 0, MOUNT_ATTR_NODEV), -EPERM, "allow devices");
	fd = err(syscall(SYS_fspick, AT_FDCWD, there, 0));
	check(fd >= 0, "fspick");
	check_is(err(syscall(SYS_fsconfig, fd, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0)), -EPERM,
		 "change options of the host's file system");
	close(fd);

	check_is(err(mount(there, in("to"), NULL, MS_BIND, NULL)), 0, "bind it elsewhere");
	check_is(err(mount(NULL, in("to"), NULL, MS_REMOUNT | MS_BIND, NULL)), -EPERM,
		 "the copy is as read only");
	check_is(set_attr(in("to"), 0, MOUNT_ATTR_RDONLY), -EPERM, "in each way");
	check_is(unmount(), 0, "but can be unmounted");
	check_is(err(mount(dir, in("to"), NULL, MS_BIND, NULL)), -EINVAL, "bind what is below it");
	check_is(err(mount(dir, in("to"), NULL, MS_BIND | MS_REC, NULL)), 0,
		 "together it can be bound");
	snprintf(there, sizeof(there), "%s/to/host", dir);
	check_is(err(mount(NULL, there, NULL, MS_REMOUNT | MS_BIND, NULL)), -EPERM,
		 "and is read only there");
	check_is(err(umount2(in("to"), MNT_DETACH)), 0, "unmount the tree");
	idmap.userns_fd = userns;
	check_is(do_mount("none", "tmpfs", 0, NULL), 0, "a tmpfs");
	check_is(err(syscall(SYS_mount_setattr, AT_FDCWD, in("to"), 0, &idmap, sizeof(idmap))),
		 -EPERM,
		 "map its ids");
	check_is(unmount(), 0, "unmount");
}

/* The disk from which the host runs: it may be mounted, and not reconfigured. */
static void shared_disk(void *arg)
{
	long fd;

	check_is(do_mount(disk, "ext4", 0, NULL), 0, "a disk that the host has mounted, too");
	check_is(err(mount(NULL, in("to"), NULL, MS_REMOUNT, "commit=7")), -EPERM,
		 "change its options");
	check_is(err(mount(NULL, in("to"), NULL, MS_REMOUNT | MS_RDONLY, NULL)), -EPERM,
		 "make it read only");
	fd = err(syscall(SYS_fspick, AT_FDCWD, in("to"), 0));
	check(fd >= 0, "fspick");
	check_is(err(syscall(SYS_fsconfig, fd, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0)), -EPERM,
		 "in the new way");
	close(fd);
	check_is(err(mount(NULL, in("to"), NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL)), 0,
		 "its own mount may become read only");
	check_is(unmount(), 0, "and unmount");
}

static void devices(void *arg)
{
	check_is(do_mount("none", "tmpfs", 0, NULL), 0, "dev_mount: tmpfs");
	check(!has("nodev"), "with devices");
	check_is(unmount(), 0, "unmount");
	check_is(new_mount("none", "tmpfs", 0), 0, "the same with the new calls");
	check(!has("nodev"), "with devices");
	check_is(set_attr(in("to"), MOUNT_ATTR_NODEV, 0), 0, "without");
	check_is(set_attr(in("to"), 0, MOUNT_ATTR_NODEV), 0, "and with them");
	check_is(unmount(), 0, "unmount");
}

/* In the host's namespace a guest mounts nothing. */
static void shared_namespace(void *arg)
{
	all_refused("in the host's namespace");
}

static void leaking(void *arg)
{
	check_is(do_mount("none", "tmpfs", 0, NULL), -EPERM, "mount where it would show outside");
	check_is(new_mount("none", "tmpfs", 0), -EPERM, "with the new calls");
	check_is(do_mount("/usr", NULL, MS_BIND, NULL), -EPERM, "bind");
	check_is(err(mount(NULL, dir, NULL, MS_SLAVE, NULL)), 0, "cut that off");
	check_is(do_mount("none", "tmpfs", 0, NULL), 0, "then it may");
	check_is(unmount(), 0, "and unmount");
	check_is(err(mount(NULL, dir, NULL, MS_SHARED, NULL)), 0, "share among its own");
	check_is(do_mount("none", "tmpfs", 0, NULL), 0, "that goes, too");
	check_is(unmount(), 0, "and unmount");
}

static void leave_and_enter(void *arg)
{
	if (unshare(CLONE_NEWNS))
		_exit(1);
	in_guest(&a, leaking, NULL);
}

/* A shared mount with a peer in the namespace from which the guest's was made. */
static void make_leak(void *arg)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount(dir, dir, NULL, MS_BIND, NULL) || mount(NULL, dir, NULL, MS_SHARED, NULL))
		_exit(1);
	in_child(leave_and_enter, NULL);
	check(!has("tmpfs"), "nothing of it is seen outside");
}

static void administrator(void *arg)
{
	check_is(do_mount("none", "tmpfs", 0, NULL), 0,
		 "with sys_admin in the bounding word: tmpfs");
	check(!has("nodev"), "with devices");
	check_is(unmount(), 0, "unmount");
	check_is(err(umount2(in("host"), 0)), 0, "and what the host mounted, too");
}

/* In a namespace of the guest with a mount of the host's. */
static void with_host_mount(const struct guest *g, void (*fn)(void *), void *arg)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		if (unshare(CLONE_NEWNS | CLONE_NEWIPC) ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		    mount("/usr", in("host"), NULL, MS_BIND, NULL) ||
		    mount(NULL, in("host"), NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NODEV,
			  NULL))
			_exit(1);
		in_guest(g, fn, arg);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	check(!status, "the host mounts in the guest's namespace");
}

/* Of a task that is gone; the descriptor keeps it. */
static int make_userns(void)
{
	char name[64];
	pid_t pid;
	int up[2], fd;
	char c;

	if (pipe(up))
		return -1;
	pid = fork();
	if (!pid) {
		if (unshare(CLONE_NEWUSER) || write(up[1], "r", 1) != 1)
			_exit(1);
		pause();
	}
	close(up[1]);
	if (read(up[0], &c, 1) != 1)
		return -1;
	close(up[0]);
	snprintf(name, sizeof(name), "/proc/%d/ns/user", pid);
	fd = open(name, O_RDONLY);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return fd;
}

/* A block device with a file system: the one from which the host runs. */
static bool find_disk(void)
{
	struct stat root, node;
	struct dirent *entry;
	DIR *dev = opendir("/dev");

	if (!dev || stat("/", &root))
		return false;
	while ((entry = readdir(dev))) {
		snprintf(disk, sizeof(disk), "/dev/%.20s", entry->d_name);
		if (!stat(disk, &node) && S_ISBLK(node.st_mode) && node.st_rdev == root.st_dev)
			break;
	}
	closedir(dev);
	return entry;
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	test_begin();
	if (!mkdtemp(dir) || chmod(dir, 0755) || mkdir(in("to"), 0755) || mkdir(in("host"), 0755))
		return 1;
	check(find_disk(), "a disk (%s)", disk);
	userns = make_userns();
	check(userns >= 0, "a user namespace");
	check(guest_start(&a) && guest_start(&b), "two guests start");

	give(&a, 0);
	in_own_ns(&a, all_refused, "without any");
	give(&a, ~MOUNT);
	in_own_ns(&a, all_refused, "without secure_mount");
	give(&a, ~0ULL);
	in_own_ns(&a, not_raw, "without sys_admin");
	in_own_ns(&a, as_user, "as a user");
	in_guest(&a, shared_namespace, NULL);
	give(&a, MOUNT);
	in_own_ns(&a, kinds, NULL);
	give(&a, ~(uint64_t)(VXC_BINARY_MOUNT | VXC_DEV_MOUNT));
	in_own_ns(&a, kinds, NULL);
	give(&a, BINARY);
	in_own_ns(&a, kinds, "");
	in_own_ns(&a, own, NULL);
	in_own_ns(&a, shared_disk, NULL);
	with_host_mount(&a, hosts, NULL);
	in_child(make_leak, NULL);
	give(&a, BINARY | VXC_DEV_MOUNT);
	in_own_ns(&a, devices, NULL);
	with_host_mount(&b, administrator, NULL);

	guest_stop(&a);
	guest_stop(&b);
	rmdir(in("to"));
	rmdir(in("host"));
	rmdir(in("moved"));
	rmdir(dir);
	return test_end();
}
