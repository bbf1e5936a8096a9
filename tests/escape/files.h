/* SPDX-License-Identifier: GPL-2.0 */
/* Group A: the file tree. Group G: mounts. */
#include <dirent.h>
#include <linux/fs.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

static struct stat root_before;

/* 0 if the root directory is what it was. */
static long same_root(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return -errno;
	return st.st_ino == root_before.st_ino && st.st_dev == root_before.st_dev ? 0 : -EXDEV;
}

static long double_chroot(void)
{
	int fd = open("/", O_RDONLY | O_DIRECTORY), i;

	stat("/", &root_before);
	mkdir("/tmp/chroot", 0755);
	if (chroot("/tmp/chroot"))
		return -errno;
	if (fchdir(fd))
		return -errno;
	for (i = 0; i < 64; i++)
		if (chdir(".."))
			return -errno;
	if (chroot("."))
		return -errno;
	return same_root("/");
}

static long climb_by_descriptor(void)
{
	struct open_how how = { .flags = O_PATH | O_DIRECTORY };
	int fd = open("/", O_PATH | O_DIRECTORY), up;
	char path[64];

	stat("/", &root_before);
	mkdir("/tmp/chroot", 0755);
	if (chroot("/tmp/chroot"))
		return -errno;
	up = syscall(SYS_openat2, fd, "../../../..", &how, sizeof(how));
	if (up < 0)
		return -errno;
	if (fchdir(up))
		return -errno;
	snprintf(path, sizeof(path), "./../../..");
	return same_root(path);
}

static long flags_of_root(void)
{
	int fd = open("/..", O_RDONLY), flags = FS_IMMUTABLE_FL;

	return ALL_ARE(-EPERM, ERR(ioctl(fd, FS_IOC_SETFLAGS, &flags)),
		       ERR(setxattr("/..", "trusted.x", "x", 1, 0)));
}

static long climb_after_chmod(void)
{
	chmod("/..", 0777);
	chmod("/", 0777);
	return double_chroot();
}

union handle {
	struct file_handle h;
	char bytes[sizeof(struct file_handle) + 128];
};

static long own_handle(void)
{
	union handle fh = { .h.handle_bytes = 128 };
	int mount, root = open("/", O_RDONLY);

	if (name_to_handle_at(AT_FDCWD, "/etc/passwd", &fh.h, &mount, 0))
		return -errno;
	return ERR(open_by_handle_at(root, &fh.h, O_RDONLY));
}

static long host_handle(void)
{
	union handle fh = { .h = { prey.handle_size, prey.handle_type } };
	int root = open("/", O_RDONLY);

	memcpy(fh.h.f_handle, prey.handle, prey.handle_size);
	return ALL_ARE(-EPERM, ERR(open_by_handle_at(root, &fh.h, O_RDONLY)),
		       ERR(open_by_handle_at(AT_FDCWD, &fh.h, O_RDWR)));
}

static long guessed_handles(void)
{
	int root = open("/", O_RDONLY), ino;
	long ret = -EPERM;

	for (ino = 2; ino < 100 && ret == -EPERM; ino++) {
		union handle fh = { .h = { 8, 1 } };

		memcpy(fh.h.f_handle, &ino, 4);
		ret = ERR(open_by_handle_at(root, &fh.h, O_RDONLY));
	}
	return ret;
}

static long inherited_files(void)
{
	return entry.open_files;
}

static long inherited_cwd(void)
{
	char cwd[4096];

	if (!getcwd(cwd, sizeof(cwd)))
		return -errno;
	return cwd[0] == '/' ? 0 : -EXDEV;
}

/* How many running programs can be opened for writing, while the host sends tasks in. */
static long write_to_programs(void)
{
	int rounds, n = 0;

	for (rounds = 0; rounds < 40; rounds++) {
		DIR *proc = opendir("/proc");
		struct dirent *e;

		while (proc && (e = readdir(proc))) {
			char path[300];

			snprintf(path, sizeof(path), "/proc/%s/exe", e->d_name);
			if (e->d_name[0] > '0' && e->d_name[0] <= '9' && !try_open(path, O_RDWR))
				n++;
		}
		if (proc)
			closedir(proc);
		usleep(20000);
	}
	return n;
}

/* Of every number: which links lead anywhere that is not a task of the guest. */
static long links_of_others(void)
{
	static const char *const names[] = { "root", "cwd", "exe", "environ", "mem", "maps", "ns/mnt", "fd" };
	int last = prey.host_pid > prey.guest_pid ? prey.host_pid : prey.guest_pid, pid;
	struct stat st;
	char path[64];
	size_t i;

	for (pid = 1; pid <= last + 50; pid++) {
		if (!kill(pid, 0))
			continue;	/* one's own */
		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			snprintf(path, sizeof(path), "/proc/%d/%s", pid, names[i]);
			if (!lstat(path, &st))
				return pid;
		}
	}
	return 0;
}

static long link_of(int pid, const char *name)
{
	char path[64], buf[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return ERR(readlink(path, buf, sizeof(buf)));
}

static long links_of_canaries(void)
{
	return ALL_ARE(-ENOENT, link_of(prey.host_pid, "root"), link_of(prey.host_pid, "exe"),
		       link_of(prey.host_pid, "ns/mnt"), link_of(prey.guest_pid, "root"),
		       link_of(prey.guest_pid, "cwd"), link_of(prey.guest_pid, "fd/0"));
}

static long make_devices(void)
{
	return ALL_ARE(-EPERM, ERR(mknod("/tmp/disk", S_IFBLK | 0600, makedev(254, 0))),
		       ERR(mknod("/tmp/mem", S_IFCHR | 0600, makedev(1, 1))),
		       ERR(mknod("/tmp/port", S_IFCHR | 0600, makedev(1, 4))),
		       ERR(mknod("/root/loop", S_IFCHR | 0600, makedev(10, 237))),
		       ERR(mknod("/root/null", S_IFCHR | 0600, makedev(1, 3))));
}

/* The host has put these there by mistake. */
static long open_devices(void)
{
	return ALL_ARE(-EPERM, try_open("/root/left-disk", O_RDONLY), try_open("/root/left-mem", O_RDWR),
		       try_open("/root/left-kmsg", O_RDONLY));
}

static long mount_one(const char *type)
{
	return ERR(mount("none", "/mnt", type, 0, NULL));
}

static long mount_devices(void)
{
	return ALL_ARE(-EPERM, mount_one("devtmpfs"), ERR(mount("/root/left-disk", "/mnt", "ext4", 0, NULL)));
}

static long old_mounts(void)
{
	return ALL_ARE(-EPERM, mount_one("tmpfs"), ERR(mount("/", "/mnt", NULL, MS_BIND | MS_REC, NULL)),
		       ERR(mount(NULL, "/", NULL, MS_REMOUNT, NULL)),
		       ERR(mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_NOSUID, NULL)),
		       ERR(mount("/proc", "/mnt", NULL, MS_MOVE, NULL)),
		       ERR(mount(NULL, "/", NULL, MS_SHARED | MS_REC, NULL)),
		       ERR(umount2("/proc", 0)), ERR(umount2("/", MNT_DETACH)),
		       ERR(syscall(SYS_pivot_root, "/", "/mnt")));
}

static long new_mounts(void)
{
	struct mount_attr attr = { .attr_clr = MOUNT_ATTR_NODEV };

	return ALL_ARE(-EPERM, ERR(syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE)),
		       ERR(syscall(SYS_move_mount, AT_FDCWD, "/proc", AT_FDCWD, "/mnt", 0)),
		       ERR(syscall(SYS_fsopen, "tmpfs", 0)), ERR(syscall(SYS_fspick, AT_FDCWD, "/", 0)),
		       ERR(syscall(SYS_mount_setattr, AT_FDCWD, "/", 0, &attr, sizeof(attr))));
}

#define FILE_ATTEMPTS \
	{ "A01", "chroot twice and climb", double_chroot, "0" }, \
	{ "A01", "climb from a descriptor", climb_by_descriptor, "0" }, \
	{ "A02", "change attributes of what is above", flags_of_root, "EPERM" }, \
	{ "A02", "climb after chmod", climb_after_chmod, "0" }, \
	{ "A04", "open a file of one's own by handle", own_handle, "EPERM" }, \
	{ "A04", "open a file of the host by handle", host_handle, "EPERM" }, \
	{ "A04", "guess handles", guessed_handles, "EPERM" }, \
	{ "A05", "descriptors that came along", inherited_files, "0" }, \
	{ "A05", "the working directory", inherited_cwd, "0" }, \
	{ "A06", "write to programs that run", write_to_programs, "0" }, \
	{ "A07", "links of tasks elsewhere", links_of_others, "0" }, \
	{ "A07", "links of the canaries", links_of_canaries, "ENOENT" }, \
	{ "A09", "make device nodes", make_devices, "EPERM" }, \
	{ "A09", "open device nodes that are there", open_devices, "EPERM" }, \
	{ "A09", "mount devices", mount_devices, "EPERM" }, \
	{ "G01", "mount(2) and its like", old_mounts, "EPERM" }, \
	{ "G01", "the new calls", new_mounts, "EPERM" }
