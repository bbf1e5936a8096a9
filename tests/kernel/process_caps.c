// SPDX-License-Identifier: GPL-2.0
/*
 * The bounding word, and what is refused to a guest whatever it has: things
 * that act on the one kernel all share.
 */
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/kexec.h>
#include <linux/perf_event.h>
#include <linux/reboot.h>
#include <linux/sched.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/swap.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/un.h>
#include "harness.h"

static struct guest a = { .xid = 1401 }, all = { .xid = 1402, .bcaps = ~0ULL };
static char dir[] = "/tmp/vs-caps-XXXXXX";

static void mounts(void)
{
	check_is(err(mount("none", dir, "tmpfs", 0, NULL)), -EPERM, "mount");
	check_is(err(mount("/", dir, NULL, MS_BIND, NULL)), -EPERM, "bind mount");
	check_is(err(mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL)), -EPERM, "remount");
	check_is(err(umount2("/proc", MNT_DETACH)), -EPERM, "umount");
	check_is(err(syscall(SYS_pivot_root, ".", ".")), -EPERM, "pivot_root");
	check_is(err(syscall(SYS_fsopen, "tmpfs", 0)), -EPERM, "fsopen");
	check_is(err(syscall(SYS_fspick, AT_FDCWD, "/", 0)), -EPERM, "fspick");
	check_is(err(syscall(SYS_open_tree, AT_FDCWD, "/", 1)), -EPERM, "open_tree with clone");
	check_is(err(syscall(SYS_move_mount, AT_FDCWD, "/proc", AT_FDCWD, dir, 0)), -EPERM, "move_mount");
	check_is(err(mknod("/tmp/vs-caps-node", S_IFBLK | 0600, makedev(254, 0))), -EPERM,
		 "make a block device");
	check_is(err(mknod("/tmp/vs-caps-node", S_IFCHR | 0600, makedev(1, 1))), -EPERM,
		 "make a character device");
	check_is(err(swapon("/tmp/nothing", 0)), -EPERM, "swapon");
}

static void namespaces(void *arg)
{
	static const struct {
		unsigned long flag;
		const char *name;
	} ns[] = {
		{ CLONE_NEWNS, "mnt" }, { CLONE_NEWUTS, "uts" }, { CLONE_NEWIPC, "ipc" },
		{ CLONE_NEWUSER, "user" }, { CLONE_NEWPID, "pid" }, { CLONE_NEWNET, "net" },
		{ CLONE_NEWCGROUP, "cgroup" }, { CLONE_NEWTIME, "time" },
	};
	struct clone_args args;
	char what[64], path[64];
	size_t i;
	int fd;

	for (i = 0; i < sizeof(ns) / sizeof(ns[0]); i++) {
		snprintf(what, sizeof(what), "unshare %s", ns[i].name);
		check_is(err(unshare(ns[i].flag)), -EPERM, what);
		memset(&args, 0, sizeof(args));
		args.flags = ns[i].flag;
		snprintf(what, sizeof(what), "clone3 %s", ns[i].name);
		check_is(err(syscall(SYS_clone3, &args, sizeof(args))), -EPERM, what);
		snprintf(path, sizeof(path), "/proc/self/ns/%s", ns[i].name);
		fd = open(path, O_RDONLY);
		snprintf(what, sizeof(what), "setns %s", ns[i].name);
		/* A user namespace is never entered twice; the others need the capability. */
		check_is(err(setns(fd, 0)), ns[i].flag == CLONE_NEWUSER ? -EINVAL : -EPERM, what);
		close(fd);
	}
}

static void machine(void)
{
	struct timeval tv = { 1000, 0 };
	struct timespec ts = { 1000, 0 };
	struct timex tx = { .modes = ADJ_OFFSET };

	check_is(err(syscall(SYS_init_module, "x", 1, "")), -EPERM, "init_module");
	check_is(err(syscall(SYS_finit_module, 0, "", 0)), -EPERM, "finit_module");
	check_is(err(syscall(SYS_delete_module, "ext4", 0)), -EPERM, "delete_module");
	check_is(err(syscall(SYS_kexec_load, 0, 0, NULL, KEXEC_ARCH_X86_64)), -EPERM, "kexec_load");
#ifdef SYS_kexec_file_load	/* not for 32-bit programs */
	check_is(err(syscall(SYS_kexec_file_load, 0, 0, 1, "", 0)), -EPERM, "kexec_file_load");
#endif
	check_is(err(syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
			     LINUX_REBOOT_CMD_CAD_OFF, NULL)), 0, "reboot: switch ctrl-alt-del is nothing");
	check_is(err(syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
			     LINUX_REBOOT_CMD_RESTART, NULL)), -EPERM, "reboot: restart");
	/* The one before may still be at work. */
	check(wait_until(err(syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
				     LINUX_REBOOT_CMD_POWER_OFF, NULL)) == -EPERM), "reboot: power off");
	check_is(err(settimeofday(&tv, NULL)), -EPERM, "settimeofday");
	check_is(err(clock_settime(CLOCK_REALTIME, &ts)), -EPERM, "clock_settime");
	check_is(err(adjtimex(&tx)), -EPERM, "adjtimex");
	check_is(err(syscall(SYS_iopl, 3)), -EPERM, "iopl");
	check_is(err(syscall(SYS_ioperm, 0x80, 1, 1)), -EPERM, "ioperm");
	check_is(err(klogctl(3, NULL, 0)), -EPERM, "syslog: read");
	check_is(err(klogctl(5, NULL, 0)), -EPERM, "syslog: clear");
	check_is(err(klogctl(8, NULL, 1)), -EPERM, "syslog: console level");
	check_is(err(klogctl(10, NULL, 0)), -EPERM, "syslog: size");
	check_is(err(open("/dev/mem", O_RDONLY)), -EPERM, "open /dev/mem");
	check_is(err(sethostname("evil", 4)), -EPERM, "sethostname");
	check_is(err(syscall(SYS_acct, "/tmp/acct")), -EPERM, "acct");
	check_is(err(syscall(SYS_quotactl, 0x80000800, "/dev/vda", 0, NULL)), -EPERM, "quotactl");
}

/* Refused even to a guest whose bounding word is all ones. */
static void never(void *arg)
{
	struct {
		struct file_handle h;
		char bytes[128];
	} fh = { .h.handle_bytes = 128 };
	struct perf_event_attr perf = {
		.type = PERF_TYPE_SOFTWARE, .size = sizeof(perf), .config = PERF_COUNT_SW_TASK_CLOCK,
	};
	union bpf_attr bpf = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1 };
	int mount_id, fd, tty;

	check_is(err(name_to_handle_at(AT_FDCWD, "/etc/passwd", &fh.h, &mount_id, 0)), 0,
		 "a file has a handle");
	fd = open("/", O_RDONLY);
	check_is(err(open_by_handle_at(fd, &fh.h, O_RDONLY)), -EPERM, "open_by_handle_at");
	check_is(err(syscall(SYS_bpf, BPF_MAP_CREATE, &bpf, sizeof(bpf))), -EPERM, "bpf");
	check_is(err(syscall(SYS_perf_event_open, &perf, 0, -1, -1, 0)), -EACCES,
		 "count what the kernel does");
	check_is(err(syscall(SYS_init_module, "x", 1, "")), -EPERM, "init_module");
	check_is(err(syscall(SYS_kexec_load, 0, 0, NULL, KEXEC_ARCH_X86_64)), -EPERM, "kexec_load");
	check_is(err(syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
			     LINUX_REBOOT_CMD_RESTART, NULL)), -EPERM, "reboot");
	check_is(err(unshare(CLONE_NEWUSER)), -EPERM, "a user namespace");
	check_is(err(klogctl(5, NULL, 0)), -EPERM, "clear the kernel's log");

	tty = posix_openpt(O_RDWR | O_NOCTTY);
	check(tty >= 0, "a terminal");
	check_is(err(ioctl(tty, TIOCSTI, "x")), -EPERM, "type into a terminal");
	check_is(err(ioctl(tty, TIOCCONS)), -EPERM, "take the console's output");
	close(tty);
}

static void kernel_files(void *arg)
{
	static const char *const files[] = {
		"/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/kernel/sysrq",
		"/proc/sys/kernel/vserver_host_view", "/proc/sys/net/ipv4/ip_forward",
		"/proc/sys/vm/drop_caches", "/proc/sys/vm/overcommit_memory", "/proc/sysrq-trigger",
		"/proc/irq/default_smp_affinity", "/proc/sys/kernel/pid_max",
		"/sys/power/state", "/sys/kernel/mm/transparent_hugepage/enabled", "/sys/kernel/profiling",
		"/sys/devices/system/cpu/cpu1/online", "/sys/kernel/debug/clear_warn_once",
	};
	char what[96];
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		/* Most of /proc it does not find; process_setting.c shows it them and tries again. */
		if (access(files[i], F_OK))
			continue;
		snprintf(what, sizeof(what), "write %s", files[i]);
		check_is(err(open(files[i], O_WRONLY)), -EACCES, what);
	}
	check_is(err(chmod("/proc/sys", 0777)), -EPERM, "chmod in /proc");
	check_is(err(chown("/proc/uptime", 1, 1)), -EPERM, "chown in /proc");
	check_is(err(chmod("/sys/kernel", 0777)), -EPERM, "chmod in /sys");
	check_is(err(truncate("/proc/sys/kernel/pid_max", 0)), -EACCES, "truncate in /proc");
	check(open("/proc/self/oom_score_adj", O_WRONLY) >= 0, "its own files in /proc it may write");
	check(open("/proc/self/comm", O_WRONLY) >= 0, "its name, too");
	check(open("/proc/sys/kernel/ostype", O_RDONLY) >= 0, "and others it may read");
}

/* What is masked is masked for good: exec as root brings nothing back. */
static void no_regain(void *arg)
{
	struct __user_cap_header_struct hdr = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	check(!syscall(SYS_capget, &hdr, data), "capget");
	data[0].effective = data[0].permitted = ~0U;
	data[1].effective = data[1].permitted = 0x1ff;
	check_is(err(syscall(SYS_capset, &hdr, data)), 0, "raise all sets");
	check_is(err(mount("none", dir, "tmpfs", 0, NULL)), -EPERM, "mount is still refused");
	check_is(err(chown(dir, 0, 0)), 0, "what the bounding word has still works");
	check_is(err(setresuid(1000, 1000, 1000)), 0, "become a user");
	check_is(err(chown(dir, 1, 1)), -EPERM, "who has nothing");
}

/* The unshare mask allows single kinds to root. */
static void allowed(void *arg)
{
	check_is(err(unshare(CLONE_NEWUTS)), 0, "unshare uts, which the mask has");
	check_is(err(unshare(CLONE_NEWIPC)), -EPERM, "unshare ipc, which it has not");
	check_is(err(unshare(CLONE_NEWUTS | CLONE_NEWIPC)), -EPERM, "both at once");
	if (setresuid(1000, 1000, 1000))
		_exit(1);
	check_is(err(unshare(CLONE_NEWUTS)), -EPERM, "a user may not");
}

static void confined(void *arg)
{
	mounts();
	in_child(namespaces, NULL);
	machine();
	in_child(never, NULL);
	kernel_files(NULL);
	in_child(no_regain, NULL);
}

static void in_setup(void *arg)
{
	struct vcmd_ctx_create create = { VXF_INIT_SET };
	struct vcmd_bcaps none = { 0, ~0ULL };

	check_is(vs(VCMD_ctx_create, 1403, &create), 1403, "a context in set-up");
	check_is(vs(VCMD_set_bcaps, VS_ID_SELF, &none), 0, "without any capability");
	check_is(err(unshare(CLONE_NEWNS)), 0, "is not confined yet");
	check_is(err(mount("none", dir, "tmpfs", 0, NULL)), 0, "and mounts for the guest");
	check_is(err(umount2(dir, 0)), 0, "and unmounts");
}

/* Without a helper nobody can handle a reboot. */
static void set_helper(const char *path)
{
	int fd = open("/proc/sys/kernel/vshelper", O_WRONLY);

	check(fd >= 0 && write(fd, path, strlen(path)) > 0, "the helper is %s", path);
	close(fd);
}

int main(int argc, char **argv)
{
	struct guest u = { .xid = 1404, .umask = CLONE_NEWUTS };

	test_sleeper(argc, argv);
	test_begin();
	if (!mkdtemp(dir))
		return 1;
	check(guest_start(&a) && guest_start(&all) && guest_start(&u), "three guests start");
	set_helper("/none");
	in_guest(&a, confined, NULL);
	in_guest(&all, never, NULL);
	in_guest(&all, kernel_files, NULL);
	in_guest(&u, allowed, NULL);
	in_child(in_setup, NULL);
	check_is(err(open("/proc/sys/kernel/core_pattern", O_WRONLY)) >= 0, 1, "the host writes as ever");
	guest_stop(&a);
	set_helper("/sbin/vshelper");
	guest_stop(&all);
	guest_stop(&u);
	rmdir(dir);
	return test_end();
}
