// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/virtual/XID/denied: what was refused to a context, for the host alone;
 * and the lines in the kernel's log that kernel.vserver_log_refused allows.
 */
#include <dirent.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include "refused.h"

#define LINES	20	/* of the ring */

static struct guest a = { .xid = 1451 }, b = { .xid = 1452 };
static struct guest mounts = {
	.xid = 1454, .ccaps = VXC_SECURE_MOUNT | VXC_BINARY_MOUNT, .umask = CLONE_NEWNS,
};

static struct guest all = { .xid = 1453, .bcaps = ~0ULL, .umask = CLONE_NEWUTS };
static char dir[] = "/tmp/vs-refuse-XXXXXX";
static const char disk[] = "/vs-refuse-disk";	/* not where nodes are none */

/* One of each kind that a process context refuses; all by the guest's root. */

static void do_mount(void *arg)
{
	check_is(err(mount("none", dir, "tmpfs", 0, NULL)), -EPERM, "mount");
}

static void do_file_handle(void *arg)
{
	struct {
		struct file_handle h;
		char bytes[128];
	} fh = { .h.handle_bytes = 128 };
	int mount_id, fd = open("/", O_RDONLY);

	name_to_handle_at(AT_FDCWD, "/etc/passwd", &fh.h, &mount_id, 0);
	check_is(err(open_by_handle_at(fd, &fh.h, O_RDONLY)), -EPERM, "open_by_handle_at");
}

static void do_files(void *arg)
{
	check_is(err(open("/proc/sys/kernel/pid_max", O_WRONLY)), -EACCES, "write pid_max");
	check_is(err(chmod("/proc/sys", 0777)), -EPERM, "chmod /proc/sys");
}

static void do_machine(void *arg)
{
	union bpf_attr bpf = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1 };
	int tty = posix_openpt(O_RDWR | O_NOCTTY);

	check_is(err(syscall(SYS_bpf, BPF_MAP_CREATE, &bpf, sizeof(bpf))), -EPERM, "bpf");
	check_is(err(ioctl(tty, TIOCSTI, "x")), -EPERM, "TIOCSTI");
	close(tty);
	check_is(err(syscall(SYS_socket, AF_PACKET, SOCK_RAW, 3)), -EPERM, "a packet socket");
	check_is(err(unshare(CLONE_NEWUSER)), -EPERM, "a user namespace");
}

/* What is open to nobody in a guest, and not for want of a capability. */
static void do_more(void *arg)
{
	char path[64];

	check_is(err(open(disk, O_RDONLY)), -EPERM, "open a disk");
	snprintf(path, sizeof(path), "%s/fs", dir);
	check_is(err(open(path, O_RDONLY)), -EACCES, "open a control file");
}

static void do_watch(void *arg)
{
	int fd = fanotify_init(FAN_CLASS_NOTIF, O_RDONLY);

	check(fd >= 0, "a group of watches, with CAP_SYS_ADMIN");
	check_is(err(fanotify_mark(fd, FAN_MARK_ADD | FAN_MARK_MOUNT, FAN_OPEN, AT_FDCWD, dir)), -EPERM,
		 "watch a mount");
	close(fd);
}

static void do_mounts(void *arg)
{
	check_is(err(unshare(CLONE_NEWNS)), 0, "a namespace of mounts");
	check_is(err(mount("none", dir, "devtmpfs", 0, NULL)), -EPERM, "mount devtmpfs");
}

/* Not of a format that is known: the kernel looks for a module. */
static void do_exec(void *arg)
{
	char path[64], *argv[] = { path, NULL };
	int fd;

	snprintf(path, sizeof(path), "%s/what", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	if (write(fd, "\1\2\3\4", 4) != 4)
		_exit(1);
	close(fd);
	check_is(err(execv(path, argv)), -ENOEXEC, "an unknown format");
	unlink(path);
}

static void do_namespace(void *arg)
{
	check_is(err(unshare(CLONE_NEWIPC | CLONE_NEWUTS)), 0, "unshare with CAP_SYS_ADMIN");
}

static void do_masked_namespace(void *arg)
{
	check_is(err(unshare(CLONE_NEWIPC | CLONE_NEWUTS)), -EPERM, "unshare without CAP_SYS_ADMIN");
}

static void do_command(void *arg)
{
	struct vcmd_ctx_caps_v1 caps = { ~0ULL, ~0ULL };

	check_is(vs(VCMD_set_ccaps, VS_ID_SELF, &caps), -ENOSYS, "set_ccaps");
}

static void do_admin_command(void *arg)
{
	struct vcmd_ctx_caps_v1 caps = { ~0ULL, ~0ULL };

	check_is(vs(VCMD_set_ccaps, VS_ID_SELF, &caps), -EPERM, "set_ccaps with CAP_SYS_ADMIN");
}

static void do_foreign_command(void *arg)
{
	struct vcmd_vx_info_v0 info;

	check_is(vs(VCMD_vx_info, b.xid, &info), -EPERM, "vx_info of another");
}

static void each_kind(void)
{
	struct refused *r;
	time_t now = time(NULL);

	check(refused_read(a.xid) && !refused_lines && !refused_total, "nothing was refused yet");
	in_guest(&a, do_mount, NULL);
	check_refused(a.xid, "capability", CAP_SYS_ADMIN, "-", EPERM, SYS_mount);
	r = refused_find(a.xid, "capability");
	check(r && r->seq == 1 && r->count == 1 && refused_total == 1, "it is the first");
	check(r && r->pid > 1 && !strcmp(r->comm, "process_refuse"), "by whom: %d %s",
	      r ? r->pid : 0, r ? r->comm : "");
	check(r && r->time >= now - 2 && r->time < now + 60, "and when");
	in_guest(&a, do_file_handle, NULL);
	check_refused(a.xid, "handle", 0, "-", EPERM, SYS_open_by_handle_at);
	in_guest(&a, do_files, NULL);
	r = refused_find(a.xid, "write");
	check(r && !strcmp(r->object, "proc:pid_max") && r->error == EACCES,
	      "a file is named: %s", r ? r->object : "");
	r = refused_find(a.xid, "attribute");
	check(r && !strcmp(r->object, "proc:sys") && r->error == EPERM, "a directory, too: %s",
	      r ? r->object : "");
	in_guest(&a, do_machine, NULL);
	check_refused(a.xid, "machine", 0, "-", EPERM, SYS_bpf);
	check_refused(a.xid, "ioctl", TIOCSTI, "-", EPERM, SYS_ioctl);
	check_refused(a.xid, "socket", AF_PACKET, "3/3", EPERM, SYS_socket);
	check_refused(a.xid, "namespace", CLONE_NEWUSER, "-", EPERM, SYS_unshare);
	in_guest(&a, do_exec, NULL);
	check_refused(a.xid, "module", 0, "binfmt-0403", EPERM, SYS_execve);
	in_guest(&a, do_masked_namespace, NULL);
	check_refused(a.xid, "namespace", CLONE_NEWIPC | CLONE_NEWUTS, "-", EPERM, SYS_unshare);
	in_guest(&a, do_command, NULL);
	check_refused(a.xid, "command", VCMD_set_ccaps, "-", ENOSYS, __NR_vserver);
	in_guest(&all, do_namespace, NULL);
	check(!refused_find(all.xid, "namespace"), "what is allowed leaves no line");
	in_guest(&all, do_admin_command, NULL);
	check_refused(all.xid, "command", VCMD_set_ccaps, "-", EPERM, __NR_vserver);
	in_guest(&all, do_foreign_command, NULL);
	check_refused(all.xid, "command", VCMD_vx_info, "-", EPERM, __NR_vserver);
	check(refused_read(b.xid) && !refused_lines, "another guest's file is still empty");
}

/* Beyond capabilities: these say what it was. */
static void by_lists(void)
{
	char fs[64];

	snprintf(fs, sizeof(fs), "%s/fs", dir);
	check_is(err(mknod(disk, S_IFBLK | 0666, makedev(7, 0))), 0, "a node for a disk");
	check_is(err(mkdir(fs, 0755)) ?: err(mount("none", fs, "debugfs", 0, NULL)), 0, "debugfs");
	in_guest(&a, do_more, NULL);
	check_refused(a.xid, "device", 0, "b7:0", EPERM, SYS_openat);
	check_refused(a.xid, "open", refused_find(a.xid, "open") ? refused_find(a.xid, "open")->number : 0,
		      "debugfs:/", EACCES, SYS_openat);
	in_guest(&all, do_watch, NULL);
	check_refused(all.xid, "watch", FAN_OPEN, "-", EPERM, SYS_fanotify_mark);
	in_guest(&mounts, do_mounts, NULL);
	check_refused(mounts.xid, "mount", 0, "devtmpfs", EPERM, SYS_mount);
	umount(fs);
	rmdir(fs);
	unlink(disk);
}

static void five_times(void *arg)
{
	int i;

	for (i = 0; i < 5; i++)
		mount("none", dir, "tmpfs", 0, NULL);
}

/* What Unix refuses, and questions that no one needs answered with yes. */
static void ordinary(void *arg)
{
	void *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	check(p != MAP_FAILED, "memory, for which the kernel asks if there is CAP_SYS_ADMIN");
	check_is(err(kill(a.pid, 0)), -ESRCH, "a task that is not there");
	if (setresuid(1000, 1000, 1000))
		_exit(1);
	check_is(err(mount("none", dir, "tmpfs", 0, NULL)), -EPERM, "a user may not mount");
	check_is(err(chown(dir, 1000, 1000)), -EPERM, "nor chown");
}

static void counting(void)
{
	unsigned long long total;
	struct refused *r;

	in_guest(&b, five_times, NULL);
	r = refused_find(b.xid, "capability");
	check(r && r->count == 5 && r->seq == 5 && refused_lines == 1, "repeats are counted in one line");
	total = refused_total;
	in_guest(&b, ordinary, NULL);
	check(refused_read(b.xid) && refused_total == total, "no line for what is not the context's doing");
}

static void many_kinds(void *arg)
{
	int family;

	for (family = 100; family < 100 + 3 * LINES; family++)
		syscall(SYS_socket, family % 46 < 30 ? AF_X25 : AF_CAN, SOCK_DGRAM, family);
}

static void odd_name(void *arg)
{
	prctl(PR_SET_NAME, "a\tb\n\033[1m \\");
	mount("none", dir, "tmpfs", 0, NULL);
}

static void ring(void)
{
	struct refused *r;
	int i, wrong = 0;

	in_guest(&b, many_kinds, NULL);
	check(refused_read(b.xid) && refused_lines == LINES, "%d lines stay", refused_lines);
	check(!refused_find(b.xid, "capability"), "the oldest go");
	for (i = 1; i < refused_lines; i++)
		wrong += refused[i].seq != refused[i - 1].seq + 1;
	check(!wrong && refused[LINES - 1].seq == refused_total, "the newest, in order");
	in_guest(&b, odd_name, NULL);
	r = refused_find(b.xid, "capability");
	check(r && !strcmp(r->comm, "a\\011b\\012\\033[1m \\134"), "a hostile name: %s", r ? r->comm : "");
}

static bool listed(void)
{
	struct dirent *entry;
	bool found = false;
	DIR *d = opendir("/proc/virtual/1451");

	while (d && (entry = readdir(d)))
		found |= !strcmp(entry->d_name, "denied");
	if (d)
		closedir(d);
	return found;
}

static void inside(void *arg)
{
	int fd = *(int *)arg;
	char c;

	check_is(err(open("/proc/virtual/1451/denied", O_RDONLY)), -ENOENT, "it is not there in the guest");
	check(!listed(), "nor listed");
	check_is(err(pread(fd, &c, 1, 0)), -EACCES, "a held one stays closed");
	check(access("/proc/virtual/1451/status", R_OK) == 0, "other files of its own are there");
}

static void inside_other(void *arg)
{
	check_is(err(open("/proc/virtual/1451/denied", O_RDONLY)), -ENOENT, "nor in another guest");
}

static void user(void *arg)
{
	if (setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000))
		_exit(1);
	check_is(err(open("/proc/virtual/1451/denied", O_RDONLY)), -EACCES, "a user of the host may not read it");
}

static void spectator(void *arg)
{
	check_is(vs(VCMD_ctx_migrate, VS_ID_WATCH, NULL), VS_ID_WATCH, "become a spectator");
	check(refused_read(a.xid) && refused_lines, "a spectator may");
}

static void who_reads(void)
{
	int fd = open("/proc/virtual/1451/denied", O_RDONLY);

	check(fd >= 0 && listed(), "the host reads");
	check_is(err(open("/proc/virtual/1451/denied", O_WRONLY)) < 0, 1, "nobody writes");
	in_guest(&a, inside, &fd);
	in_guest(&b, inside_other, NULL);
	in_child(user, NULL);
	in_child(spectator, NULL);
	close(fd);
}

#define STORM	5000

static void storm(void *arg)
{
	int i;

	for (i = 0; i < STORM; i++)
		mount("none", dir, "tmpfs", 0, NULL);
}

static void at_once(void)
{
	unsigned long long before;
	unsigned int count;
	pid_t pid[4];
	int i;

	check(refused_read(all.xid) && refused_lines, "before the storm");
	refused_find(a.xid, "capability");
	before = refused_total;
	count = refused_find(a.xid, "capability")->count;
	for (i = 0; i < 4; i++) {
		pid[i] = fork();
		if (!pid[i]) {
			in_guest(&a, storm, NULL);
			_exit(0);
		}
	}
	for (i = 0; i < 4; i++)
		waitpid(pid[i], NULL, 0);
	check(refused_read(a.xid) && refused_total == before + 4 * STORM, "every refusal counts, also at once");
	check(refused_find(a.xid, "capability")->count == count + 4 * STORM, "in its line");
}

static bool set_log(const char *value)
{
	int fd = open("/proc/sys/kernel/vserver_log_refused", O_WRONLY);
	bool ok = fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value);

	close(fd);
	return ok;
}

/* Lines of context @xid in the kernel's log from @fd on. */
static int logged(int fd, unsigned int xid)
{
	char record[1024], want[64];
	int n = 0;
	ssize_t len;

	snprintf(want, sizeof(want), "vserver: context %u: refused socket", xid);
	while ((len = read(fd, record, sizeof(record) - 1)) > 0) {
		record[len] = '\0';
		n += !!strstr(record, want);
	}
	return n;
}

static void log_lines(void)
{
	int fd[2], i;

	for (i = 0; i < 2; i++) {
		fd[i] = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
		lseek(fd[i], 0, SEEK_END);
	}
	in_guest(&b, many_kinds, NULL);
	check_is(logged(fd[0], b.xid), 0, "by default nothing is logged");
	check_is(set_log("1001"), false, "a limit that is too high");
	check_is(set_log("-1"), false, "or too low");
	check_is(set_log("3"), true, "three lines in five seconds");
	in_guest(&b, many_kinds, NULL);
	in_guest(&all, many_kinds, NULL);
	check_is(logged(fd[0], b.xid), 3, "three lines of one guest");
	check_is(logged(fd[1], all.xid), 3, "and three of another");
	close(fd[0]);
	close(fd[1]);
	check_is(set_log("0"), true, "off again");
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	test_begin();
	if (!mkdtemp(dir))
		return 1;
	check(guest_start(&a) && guest_start(&b) && guest_start(&all) && guest_start(&mounts),
	      "four guests start");
	each_kind();
	by_lists();
	counting();
	ring();
	who_reads();
	at_once();
	log_lines();
	guest_stop(&a);
	guest_stop(&b);
	guest_stop(&all);
	guest_stop(&mounts);
	rmdir(dir);
	return test_end();
}
