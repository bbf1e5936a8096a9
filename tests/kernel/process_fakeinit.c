// SPDX-License-Identifier: GPL-2.0
/*
 * With the fakeinit flag the recorded init is number 1 for its own context, in
 * every interface that shows or takes a number. Its real number is for the
 * host; inside it does not exist.
 */
#include <linux/capability.h>
#include <linux/futex.h>
#include <linux/kcmp.h>
#include <linux/sched.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include "handles.h"

static pid_t real;	/* the number of the init for the host */

/* What shows a number: the caller is the init, or its child asks for it. */

static long status_pid(void) { return number_in("/proc/1/status", "\nPid:\t"); }
static long status_tgid(void) { return number_in("/proc/1/status", "\nTgid:\t"); }
static long status_nspid(void) { return number_in("/proc/1/status", "\nNSpid:\t"); }
static long status_nstgid(void) { return number_in("/proc/1/status", "\nNStgid:\t"); }
static long status_nspgid(void) { return number_in("/proc/1/status", "\nNSpgid:\t"); }
static long status_nssid(void) { return number_in("/proc/1/status", "\nNSsid:\t"); }
static long pgid_of_1(void) { return err(getpgid(1)); }
static long sid_of_1(void) { return err(getsid(1)); }

static long fdinfo_of_pidfd(void)
{
	int fd = syscall(SYS_pidfd_open, 1, 0);
	long nr = fdinfo(fd, "Pid:\t"), ns = fdinfo(fd, "NSpid:\t");

	close(fd);
	return nr == ns ? nr : -EINVAL;
}

static long owner(void)
{
	int fd[2];
	long nr;

	if (pipe(fd) || fcntl(fd[0], F_SETOWN, 1))
		return -errno;
	nr = fcntl(fd[0], F_GETOWN);
	close(fd[0]);
	close(fd[1]);
	return nr;
}

static long owner_ex(void)
{
	struct f_owner_ex ex = { F_OWNER_PID, 1 };
	int fd[2];

	if (pipe(fd) || fcntl(fd[0], F_SETOWN_EX, &ex))
		return -errno;
	ex.pid = -1;
	fcntl(fd[0], F_GETOWN_EX, &ex);
	close(fd[0]);
	close(fd[1]);
	return ex.pid;
}

static long msg_sender(void)
{
	struct { long type; char text[4]; } msg = { 1, "x" };
	int id = msgget(IPC_PRIVATE, 0600);
	struct msqid_ds ds;
	long nr;

	nr = msgsnd(id, &msg, sizeof(msg.text), 0) || msgctl(id, IPC_STAT, &ds) ? -errno : ds.msg_lspid;
	msgctl(id, IPC_RMID, NULL);
	return nr;
}

static long sem_changer(void)
{
	int id = semget(IPC_PRIVATE, 1, 0600);
	long nr = semctl(id, 0, SETVAL, 1) ? -errno : semctl(id, 0, GETPID);

	semctl(id, 0, IPC_RMID);
	return nr;
}

static long shm_maker(void)
{
	int id = shmget(IPC_PRIVATE, 4096, 0600);
	struct shmid_ds ds;
	long nr = shmctl(id, IPC_STAT, &ds) ? -errno : ds.shm_cpid;

	shmctl(id, IPC_RMID, NULL);
	return nr;
}

static long peer(void)
{
	struct ucred cred = { 0 };
	socklen_t len = sizeof(cred);
	int fd[2];
	long ret;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd))
		return -errno;
	ret = err(getsockopt(fd[0], SOL_SOCKET, SO_PEERCRED, &cred, &len));
	close(fd[0]);
	close(fd[1]);
	return ret ?: cred.pid;
}

static long scm_auto(void) { return scm(0); }
static long scm_1(void) { return scm(1); }

static long get_pid(void) { return syscall(SYS_getpid); }
static long get_tid(void) { return syscall(SYS_gettid); }
static long get_pgrp(void) { return getpgrp(); }
static long get_sid(void) { return getsid(0); }

static long tid_address(void)
{
	static int tid;

	return syscall(SYS_set_tid_address, &tid);
}

static long lock_word(void)
{
	static uint32_t word;

	return err(syscall(SYS_futex, &word, FUTEX_LOCK_PI, 0, NULL)) ?: (long)(word & FUTEX_TID_MASK);
}

/* A signal that waits: its sender by sigwaitinfo and by signalfd. */
static long waiting(int sig, bool by_fd)
{
	struct timespec now = { 0 };
	struct signalfd_siginfo sfd;
	siginfo_t info = { 0 };
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, sig);
	if (!by_fd)
		return sigtimedwait(&set, &info, &now) == sig ? info.si_pid : -errno;
	fd = signalfd(-1, &set, SFD_NONBLOCK);
	if (read(fd, &sfd, sizeof(sfd)) != sizeof(sfd))
		return -errno;
	close(fd);
	return sfd.ssi_pid;
}

static long own_kill(void) { return kill(1, SIGUSR1) ? -errno : waiting(SIGUSR1, false); }
static long own_tgkill(void) { return syscall(SYS_tgkill, 1, 1, SIGUSR1) ? -errno : waiting(SIGUSR1, false); }
static long own_signalfd(void) { return kill(1, SIGUSR1) ? -errno : waiting(SIGUSR1, true); }

static long own_sigqueue(void)
{
	union sigval value = { 0 };

	return sigqueue(1, SIGUSR1, value) ? -errno : waiting(SIGUSR1, false);
}

/* The kernel names the caller as the sender of this one. */
static long own_sigpipe(void)
{
	int fd[2];

	if (pipe(fd) || close(fd[0]) || write(fd[1], "x", 1) != -1 || errno != EPIPE)
		return -EINVAL;
	close(fd[1]);
	return waiting(SIGPIPE, false);
}

static int terminal = -1;

static long foreground(void)
{
	pid_t nr = -1;

	return ioctl(terminal, TIOCGPGRP, &nr) ? -errno : nr;
}

static long set_foreground(void)
{
	pid_t nr = 1;

	return ioctl(terminal, TIOCSPGRP, &nr) ? -errno : foreground();
}

static long session(void)
{
	pid_t nr = -1;

	return ioctl(terminal, TIOCGSID, &nr) ? -errno : nr;
}

static void open_terminal(void)
{
	int ptmx = open("/dev/ptmx", O_RDWR | O_NOCTTY), unlock = 0;

	ioctl(ptmx, TIOCSPTLCK, &unlock);
	terminal = ioctl(ptmx, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	check(terminal >= 0 && !ioctl(terminal, TIOCSCTTY, 0), "a terminal for the init");
}

struct shown {
	const char *name;
	long (*get)(void);
};

static const struct shown to_itself[] = {
	{ "getpid", get_pid }, { "gettid", get_tid }, { "getpgrp", get_pgrp }, { "getsid", get_sid },
	{ "set_tid_address", tid_address }, { "the owner in a PI futex", lock_word },
	{ "SO_PEERCRED", peer }, { "SCM_CREDENTIALS by itself", scm_auto },
	{ "SCM_CREDENTIALS with 1", scm_1 }, { "si_pid after kill", own_kill },
	{ "si_pid after tgkill", own_tgkill }, { "si_pid after sigqueue", own_sigqueue },
	{ "ssi_pid of a signalfd", own_signalfd }, { "si_pid of SIGPIPE", own_sigpipe },
	{ "TIOCGPGRP", foreground }, { "TIOCSPGRP", set_foreground }, { "TIOCGSID", session },
	{ "the sender of a message in a queue", msg_sender }, { "GETPID of a semaphore", sem_changer },
	{ "the maker of shared memory", shm_maker },
}, to_all[] = {
	{ "Pid: in status", status_pid }, { "Tgid:", status_tgid }, { "NSpid:", status_nspid },
	{ "NStgid:", status_nstgid }, { "NSpgid:", status_nspgid }, { "NSsid:", status_nssid },
	{ "getpgid(1)", pgid_of_1 }, { "getsid(1)", sid_of_1 }, { "fdinfo of a pidfd", fdinfo_of_pidfd },
	{ "F_GETOWN", owner }, { "F_GETOWN_EX", owner_ex },
};

static void shows(const struct shown *shown, size_t n, const char *who)
{
	size_t i;
	long got;

	for (i = 0; i < n; i++) {
		got = shown[i].get();
		check(got == 1, "%s: %s shows 1 (%ld)", who, shown[i].name, got);
	}
}

#define SHOWS(table, who)	shows(table, sizeof(table) / sizeof((table)[0]), who)

/* What takes a number: 1 works, the real one names nobody. */

static clockid_t cpu_clock(pid_t pid)
{
	return (clockid_t)(~(unsigned int)pid << 3 | 2);
}

static long takes(int call, pid_t pid)
{
	struct __user_cap_header_struct hdr = { _LINUX_CAPABILITY_VERSION_3, pid };
	struct __user_cap_data_struct data[2];
	struct f_owner_ex ex = { F_OWNER_PID, pid };
	struct sched_param param;
	struct rlimit64 rlim;
	struct timespec ts;
	cpu_set_t cpus;
	void *head;
	size_t len;
	long ret;

	switch (call) {
	case 0: return err(kill(pid, 0));
	case 1: return err(syscall(SYS_tkill, pid, 0));
	case 2: return err(syscall(SYS_tgkill, pid, pid, 0));
	case 3: ret = err(syscall(SYS_pidfd_open, pid, 0)); break;
	case 4: return err(syscall(SYS_prlimit64, pid, RLIMIT_NOFILE, NULL, &rlim));
	case 5: return err(sched_getscheduler(pid));
	case 6: return err(sched_getparam(pid, &param));
	case 7: ret = err(sched_getaffinity(pid, sizeof(cpus), &cpus)); return ret > 0 ? 0 : ret;
	case 8: errno = 0; getpriority(PRIO_PROCESS, pid); return -errno;
	case 9: return err(setpriority(PRIO_PROCESS, pid, 0));
	case 10: ret = err(syscall(SYS_ioprio_get, 1, pid)); return ret > 0 ? 0 : ret;
	case 11: return err(syscall(SYS_capget, &hdr, data));
	case 12: return err(syscall(SYS_get_robust_list, pid, &head, &len));
	case 13: return err(syscall(SYS_kcmp, pid, pid, KCMP_VM, 0, 0));
	case 14: ret = err(getpgid(pid)); return ret > 0 ? 0 : ret;
	case 15: ret = err(getsid(pid)); return ret > 0 ? 0 : ret;
	case 16: return err(fcntl(STDIN_FILENO, F_SETOWN_EX, &ex));
	case 17: return err(sched_rr_get_interval(pid, &ts));
	case 18: return err(clock_getres(cpu_clock(pid), &ts)) ? -ESRCH : 0;
	default: return -EINVAL;
	}
	if (ret >= 0)
		close(ret);
	return ret < 0 ? ret : 0;
}

static const char *const taken[] = {
	"kill", "tkill", "tgkill", "pidfd_open", "prlimit", "sched_getscheduler", "sched_getparam",
	"sched_getaffinity", "getpriority", "setpriority", "ioprio_get", "capget",
	"get_robust_list", "kcmp", "getpgid", "getsid", "F_SETOWN_EX", "sched_rr_get_interval",
	"a clock",
};

static void takes_all(const char *who)
{
	char what[128];
	size_t i;

	for (i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		snprintf(what, sizeof(what), "%s: %s takes 1", who, taken[i]);
		check_is(takes(i, 1), 0, what);
		snprintf(what, sizeof(what), "%s: %s does not take the real number", who, taken[i]);
		check_is(takes(i, real), -ESRCH, what);
	}
}

/* Between the init and a child: who sent it, what fork returned. */
struct shared {
	int	sock[2];
	int	ready[2];
	pid_t	ptid, ctid;	/* CLONE_PARENT_SETTID, CLONE_CHILD_SETTID */
};

static void child(struct shared *s)
{
	struct timespec wait = { 5, 0 };
	siginfo_t info = { 0 };
	struct ucred cred;
	socklen_t len = sizeof(cred);
	sigset_t set;
	char c = 'r';

	check(s->ctid == getpid() && s->ctid == syscall(SYS_gettid), "child_tid, getpid and gettid agree");
	check(getppid() == 1, "child: getppid is 1 (%d)", getppid());
	check(number_in("/proc/self/status", "\nPPid:\t") == 1, "child: so is PPid:");
	check(!getsockopt(s->sock[1], SOL_SOCKET, SO_PEERCRED, &cred, &len) && cred.pid == 1,
	      "child: SO_PEERCRED of a socket of the init's is 1");
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	check(write(s->ready[1], &c, 1) == 1 && sigtimedwait(&set, &info, &wait) == SIGUSR1 &&
	      info.si_pid == 1, "child: si_pid from the init is 1 (%d)", info.si_pid);
	SHOWS(to_all, "child");
	takes_all("child");
	check_is(scm(real), -EPERM, "child: nobody sends credentials with the real number");
	/* The rest of the test shows that the init lives. */
	check_is(err(kill(1, SIGTERM)), 0, "child: the init is not terminated from inside");
	check_is(err(kill(1, SIGKILL)), 0, "child: nor killed");
	check_is(err(syscall(SYS_tgkill, 1, 1, SIGINT)), 0, "child: by no other way either");
	check_is(err(kill(1, SIGUSR2)), 0, "child: signal the init");
}

static void with_child(void)
{
	static struct shared s;
	struct clone_args args = {
		.flags = CLONE_PARENT_SETTID | CLONE_CHILD_SETTID, .exit_signal = SIGCHLD,
	};
	struct timespec wait = { 5, 0 };
	siginfo_t info = { 0 };
	sigset_t set;
	pid_t pid;
	char c;

	if (pipe(s.ready) || socketpair(AF_UNIX, SOCK_STREAM, 0, s.sock))
		_exit(1);
	args.parent_tid = (uintptr_t)&s.ptid;
	args.child_tid = (uintptr_t)&s.ctid;
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (!pid) {
		child(&s);
		_exit(7);
	}
	check(pid == s.ptid, "clone returns what parent_tid says");
	check(read(s.ready[0], &c, 1) == 1 && !kill(pid, SIGUSR1), "signal the child");
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	check(sigtimedwait(&set, &info, &wait) == SIGUSR2 && info.si_pid == pid, "si_pid from the child is its number");
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	check(sigtimedwait(&set, &info, &wait) == SIGCHLD && info.si_pid == pid, "so is that of SIGCHLD");
	check(!waitid(P_PID, pid, &info, WEXITED) && info.si_pid == pid && info.si_status == 7, "and of waitid");
}

static void block(void)
{
	static const int signals[] = { SIGUSR1, SIGUSR2, SIGPIPE, SIGCHLD };
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

/* The counters of the test, to be found again after an exec. */
static int tap_fd;

static void share_tap(bool begin)
{
	if (begin && ftruncate(tap_fd, sizeof(*tap)))
		_exit(1);
	tap = mmap(NULL, sizeof(*tap), PROT_READ | PROT_WRITE, MAP_SHARED, tap_fd, 0);
	if (tap == MAP_FAILED)
		_exit(1);
}

/* A context whose init is the caller, which then executes a program: this one. */
static void start(void *arg)
{
	struct vcmd_ctx_create create = { VXF_INIT_SET | VXF_INFO_INIT };
	struct vcmd_ctx_flags_v0 init = { 0, VXF_STATE_INIT | VXF_STATE_SETUP };
	struct vcmd_bcaps bcaps = { TEST_BCAPS, ~0ULL };
	char number[16], fd[16];

	snprintf(number, sizeof(number), "%d", getpid());
	snprintf(fd, sizeof(fd), "%d", tap_fd);
	if (unshare(CLONE_NEWIPC))
		_exit(1);
	setsid();
	block();
	check_is(vs(VCMD_ctx_create, 1311, &create), 1311, "create with fakeinit");
	vs(VCMD_set_bcaps, VS_ID_SELF, &bcaps);
	check_is(vs(VCMD_set_cflags, VS_ID_SELF, &init), 0, "choose oneself as init");
	execl("/proc/self/exe", "init", arg ?: "--init", number, fd, NULL);
	_exit(1);
}

/* From outside the init is a process as others. */
static void from_outside(int sig)
{
	pid_t pid = fork();
	int status = 0;

	if (!pid) {
		start("--wait");
		_exit(1);
	}
	check(wait_until(number_in("/proc/virtual/1311/status", "Tasks:\t") == 1) && !usleep(100000) && !kill(pid, sig),
	      "send signal %d from outside", sig);
	check(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == sig, "it ends the init");
}

static int as_init(void)
{
	open_terminal();
	SHOWS(to_itself, "init");
	SHOWS(to_all, "init");
	takes_all("init");
	check_is(err(kill(-real, 0)), -ESRCH, "init: its group has no other number than 1");
	check_is(scm(real), -EPERM, "init: not even itself sends the real number");
	with_child();
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "--init")) {
		real = atoi(argv[2]);
		tap_fd = atoi(argv[3]);
		share_tap(false);
		return as_init();
	}
	if (argc == 4 && !strcmp(argv[1], "--wait"))
		for (;;)
			pause();
	tap_fd = memfd_create("tap", 0);
	share_tap(true);
	in_child(start, NULL);
	from_outside(SIGTERM);
	from_outside(SIGKILL);
	return test_end();
}
