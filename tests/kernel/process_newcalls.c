// SPDX-License-Identifier: GPL-2.0
/*
 * Calls that Linux learned after the first Linux-VServer, and what they may do
 * in a guest. Those that only take the number of a task are in
 * process_isolation.c.
 */
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/landlock.h>
#include <linux/membarrier.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/userfaultfd.h>
#include <stddef.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/swap.h>
#include <sys/timerfd.h>
#include "handles.h"

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif
#ifndef PR_SCHED_CORE
#define PR_SCHED_CORE		62
#define PR_SCHED_CORE_GET	0
#define PR_SCHED_CORE_SHARE_TO	2
#endif
#ifndef PR_SET_PTRACER
#define PR_SET_PTRACER 0x59616d61
#endif

static struct guest a = { .xid = 1701 }, all = { .xid = 1702, .bcaps = ~0ULL }, b = { .xid = 1703 };
static pid_t canary;
static char project[] = "/var/tmp/vs-newcalls-XXXXXX";

/* A task elsewhere, by calls that process_isolation.c does not try. */
static void foreign(void *arg)
{
	pid_t pid = *(pid_t *)arg;
	struct { uint32_t version; int pid; } hdr = { 0x20080522, pid };
	struct { uint32_t words[3]; } data[2];
	struct { uint32_t size; char rest[60]; } attr = { 0 };
	clockid_t clock = (clockid_t)(~(unsigned int)pid << 3 | 2);
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1 };
	struct f_owner_ex ex = { F_OWNER_PID, pid };
	struct timespec ts;
	timer_t timer;
	uint64_t cookie;
	long ret;

	check_is(err(syscall(SYS_capget, &hdr, data)), -ESRCH, "capget");
	check_is(err(syscall(SYS_sched_getattr, pid, &attr, 56, 0)), -ESRCH, "sched_getattr");
	attr.size = 56;
	check_is(err(syscall(SYS_sched_setattr, pid, &attr, 0)), -ESRCH, "sched_setattr");
	check_is(err(sched_rr_get_interval(pid, &ts)), -ESRCH, "sched_rr_get_interval");
	check_is(err(clock_gettime(clock, &ts)), -EINVAL, "read its clock");
	check_is(err(clock_nanosleep(clock, 0, &ts, NULL)) ? -1 : 0, -1, "sleep by its clock");
	check_is(err(syscall(SYS_timer_create, clock, NULL, &timer)), -EINVAL, "a timer on its clock");
	event._sigev_un._tid = pid;
	check_is(err(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer)), -EINVAL,
		 "a timer that signals it");
	event._sigev_un._tid = syscall(SYS_gettid);
	check_is(err(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer)), 0, "one that signals oneself");
	check_is(err(fcntl(STDIN_FILENO, F_SETOWN_EX, &ex)), -ESRCH, "F_SETOWN_EX");
	ret = err(prctl(PR_SET_PTRACER, pid, 0, 0, 0));
	check_is(ret, -EINVAL, "let it trace oneself");
	ret = err(prctl(PR_SCHED_CORE, PR_SCHED_CORE_GET, getpid(), 0, &cookie));
	if (ret == -EINVAL || ret == -ENODEV) {
		check(true, "core scheduling # SKIP the kernel has none");
		return;
	}
	check_is(err(prctl(PR_SCHED_CORE, PR_SCHED_CORE_GET, pid, 0, &cookie)), -ESRCH, "read its core cookie");
	check_is(err(prctl(PR_SCHED_CORE, PR_SCHED_CORE_SHARE_TO, pid, 0, 0)), -ESRCH, "give it a core cookie");
}

static long set_tid(pid_t tid)
{
	struct clone_args args = {
		.exit_signal = SIGCHLD, .set_tid = (uintptr_t)&tid, .set_tid_size = 1,
	};
	long pid = err(syscall(SYS_clone3, &args, sizeof(args)));

	if (!pid)
		_exit(0);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return pid;
}

/* A number that nobody has. */
static pid_t free_tid(void)
{
	char buf[32];
	pid_t tid;

	read_file("/proc/sys/kernel/pid_max", buf, sizeof(buf));
	for (tid = atoi(buf) - 1; alive(tid); tid--)
		;
	return tid;
}

static long uffd(unsigned int flags)
{
	long fd = err(syscall(SYS_userfaultfd, flags));

	return fd < 0 ? fd : close(fd);
}

/* As seccomp's supervisor: who asks, and by which number. */
static void supervise(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpriority, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { 4, code };
	struct seccomp_notif_resp resp = { .val = 15 };
	struct seccomp_notif req = { 0 };
	int sv[2], fd, status = 0;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv))
		_exit(1);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &prog);
		if (fd < 0 || !send_fd(sv[1], fd))
			_exit(1);
		close(fd);
		_exit(syscall(SYS_getpriority, 0, 0));
	}
	fd = recv_fd(sv[0]);
	check(fd >= 0 && !ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &req) && (pid_t)req.pid == pid,
	      "seccomp: the supervisor is told the number (%u)", req.pid);
	resp.id = req.id;
	check_is(err(ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &resp)), 0, "seccomp: it answers");
	check(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 15, "seccomp: and is obeyed");
}

/* The same for a guest with all capabilities. */
static void never(void *arg)
{
	struct fsxattr attr = { 0 };
	int fd = open(project, O_RDWR), audit;

	check_is(set_tid(free_tid()), -EPERM, "choose the number of a child");
	check_is(uffd(0), -EPERM, "userfaultfd for faults of the kernel");
	check_is(uffd(UFFD_USER_MODE_ONLY), 0, "userfaultfd for own faults");
	check_is(uffd(0x40000000), -EINVAL, "userfaultfd with flags nobody knows");
	check_is(err(swapon("/nothing", 0)), -EPERM, "swapon");
	check_is(err(swapoff("/nothing")), -EPERM, "swapoff");
	check_is(err(iopl(3)), -EPERM, "iopl");
	check_is(err(ioperm(0x80, 1, 1)), -EPERM, "ioperm");
	check_is(err(timerfd_create(CLOCK_BOOTTIME_ALARM, 0)), -EPERM, "a timer that wakes the machine");
	check_is(err(acct(project)), -EPERM, "accounting of processes");
	check_is(err(syscall(SYS_bpf, 0, NULL, 0)), -EPERM, "bpf");
	check_is(err(socket(AF_NETLINK, SOCK_RAW, NETLINK_CONNECTOR)), -EPROTONOSUPPORT,
		 "the events of all processes");
	check_is(err(socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC)), -EPROTONOSUPPORT,
		 "taskstats and other generic netlink");
	audit = socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT);
	check_is(err(setsockopt(audit, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &(int){ AUDIT_NLGRP_READLOG },
				sizeof(int))), -EPERM, "read the audit log");
	check_is(err(ioctl(fd, FS_IOC_FSGETXATTR, &attr)), 0, "read the project of a file");
	check_is(err(ioctl(fd, FS_IOC_FSSETXATTR, &attr)), 0, "write it back as it was");
	attr.fsx_projid = 4711;
	check_is(err(ioctl(fd, FS_IOC_FSSETXATTR, &attr)), -EPERM, "change it");
	attr.fsx_projid = 0;
	attr.fsx_xflags ^= FS_XFLAG_PROJINHERIT;
	check_is(err(ioctl(fd, FS_IOC_FSSETXATTR, &attr)), -EPERM, "let files inherit it");
	close(fd);
	close(audit);
}

/* What works in a guest as elsewhere. */
static void works(void *arg)
{
	struct landlock_ruleset_attr rules = { .handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE };
	long host_secret = *(long *)arg, fd;

	fd = err(syscall(SYS_landlock_create_ruleset, &rules, sizeof(rules), 0));
	check(fd >= 0, "landlock: make a set of rules");
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	check_is(err(syscall(SYS_landlock_restrict_self, fd, 0)), 0, "landlock: be bound by it");
	fd = err(syscall(SYS_memfd_create, "x", 0));
	check(fd >= 0, "memfd_create");
	fd = err(syscall(SYS_memfd_secret, 0));
	check((fd >= 0) == (host_secret >= 0) && (fd >= 0 || fd == host_secret), "memfd_secret as on the host");
	check(syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0) > 0, "membarrier");
	supervise();
}

static void host(void *arg)
{
	int fd = open(project, O_RDWR), tid = free_tid();
	struct fsxattr attr;

	check_is(set_tid(tid), tid, "host: choose the number of a child");
	check_is(uffd(0), 0, "host: userfaultfd");
	check_is(err(swapoff("/nothing")), -ENOENT, "host: swapoff asks for the file");
	check_is(err(ioperm(0x80, 1, 1)), 0, "host: ioperm");
	check_is(err(ioctl(fd, FS_IOC_FSGETXATTR, &attr)), 0, "host: read the project of a file");
	close(fd);
}

int main(int argc, char **argv)
{
	long secret;

	test_sleeper(argc, argv);
	test_begin();
	close(mkstemp(project));
	canary = fork();
	if (!canary) {
		setsid();
		for (;;)
			pause();
	}
	check(guest_start(&a) && guest_start(&all) && guest_start(&b), "three guests start");
	in_child(host, NULL);
	secret = err(syscall(SYS_memfd_secret, 0));
	in_guest(&a, foreign, &canary);
	in_guest(&a, foreign, &b.pid);
	in_guest(&b, foreign, &a.pid);
	in_guest(&a, never, NULL);
	in_guest(&all, never, NULL);
	in_guest(&a, works, &secret);
	guest_stop(&a);
	guest_stop(&all);
	guest_stop(&b);
	kill(canary, SIGKILL);
	waitpid(canary, NULL, 0);
	unlink(project);
	return test_end();
}
