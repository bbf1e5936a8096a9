/* SPDX-License-Identifier: GPL-2.0 */
/* Group D: processes. Group E: what they talk by. Group I: too many of them. */
#include <linux/capability.h>
#include <linux/kcmp.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/io.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <vserver/command.h>
#include <vserver/space.h>

static long trace(int pid)
{
	return ALL_ARE(-ESRCH, ERR(ptrace(PTRACE_ATTACH, pid, 0, 0)), ERR(ptrace(PTRACE_SEIZE, pid, 0, 0)));
}

static long trace_others(void)
{
	return ALL_ARE(-ESRCH, trace(prey.host_pid), trace(prey.guest_pid), trace(1));
}

static long trace_me(void)
{
	return entry.traceme;
}

static long by_number(int pid)
{
	char buf[8];
	struct iovec own = { buf, 8 }, its = { (void *)0x400000, 8 };
	struct rlimit limit = { 10, 10 };
	struct sched_param param = { 0 };
	unsigned long nodes = 1, size;
	void *head, *page = 0;
	cpu_set_t cpus;
	int status;

	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	return ALL_ARE(-ESRCH, ERR(process_vm_readv(pid, &own, 1, &its, 1, 0)),
		       ERR(process_vm_writev(pid, &own, 1, &its, 1, 0)),
		       ERR(syscall(SYS_pidfd_open, pid, 0)),
		       ERR(syscall(SYS_kcmp, pid, getpid(), KCMP_FILE, 0, 0)),
		       ERR(syscall(SYS_move_pages, pid, 1, &page, &status, &status, 0)),
		       ERR(syscall(SYS_migrate_pages, pid, 64, &nodes, &nodes)),
		       ERR(prlimit(pid, RLIMIT_NOFILE, &limit, NULL)),
		       ERR(sched_setaffinity(pid, sizeof(cpus), &cpus)),
		       ERR(sched_setscheduler(pid, SCHED_IDLE, &param)),
		       ERR(setpriority(PRIO_PROCESS, pid, 19)),
		       ERR(syscall(SYS_ioprio_set, 1, pid, 3 << 13)),
		       ERR(syscall(SYS_get_robust_list, pid, &head, &size)),
		       ERR(getpgid(pid)), ERR(getsid(pid)),
		       ERR(waitpid(pid, NULL, WNOHANG)) == -ECHILD ? -ESRCH : -1);
}

static long reach_others(void)
{
	return ALL_ARE(-ESRCH, by_number(prey.host_pid), by_number(prey.guest_pid));
}

static long signal_one(int pid)
{
	siginfo_t info = { .si_code = SI_QUEUE };
	struct f_owner_ex owner = { F_OWNER_PID, pid };
	int fd[2];

	if (pipe(fd))
		return -errno;
	return ALL_ARE(-ESRCH, ERR(kill(pid, SIGWINCH)), ERR(kill(-pid, SIGWINCH)),
		       ERR(syscall(SYS_tgkill, pid, pid, SIGWINCH)), ERR(syscall(SYS_tkill, pid, SIGWINCH)),
		       ERR(syscall(SYS_rt_sigqueueinfo, pid, SIGWINCH, &info)),
		       ERR(fcntl(fd[0], F_SETOWN, pid)), ERR(fcntl(fd[0], F_SETOWN_EX, &owner)));
}

static long signal_others(void)
{
	return ALL_ARE(-ESRCH, signal_one(prey.host_pid), signal_one(prey.guest_pid));
}

/* Everybody that one reaches; the canaries notice. */
static long signal_all(void)
{
	long ret = ERR(kill(-1, SIGWINCH));

	return ret == -ESRCH ? 0 : ret;
}

static long timer_on(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGWINCH };
	timer_t timer;

	event._sigev_un._tid = prey.host_pid;
	return ERR(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer));
}

static long real_time(void)
{
	struct sched_param param = { 1 };
	struct {
		uint32_t size, policy;
		uint64_t flags;
		int32_t nice;
		uint32_t prio;
		uint64_t run, dead, period;
	} attr = { sizeof(attr), SCHED_DEADLINE, 0, 0, 0, 10000000, 20000000, 20000000 };

	return ALL_ARE(-EPERM, ERR(sched_setscheduler(0, SCHED_FIFO, &param)),
		       ERR(sched_setscheduler(0, SCHED_RR, &param)), ERR(syscall(SYS_sched_setattr, 0, &attr, 0)));
}

static long high_priority(void)
{
	return ERR(setpriority(PRIO_PROCESS, 0, -20));
}

static const unsigned long spaces[] = {
	CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWCGROUP, CLONE_NEWTIME,
	CLONE_NEWUSER, CLONE_NEWUSER | CLONE_NEWNS, CLONE_NEWUSER | CLONE_NEWNET,
};

static long new_spaces(void)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	size_t i;
	long ret;

	for (i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++) {
		ret = ERR(unshare(spaces[i]));
		if (ret != -EPERM)
			return ret;
		args.flags = spaces[i];
		ret = ERR(syscall(SYS_clone3, &args, sizeof(args)));
		if (!ret)
			_exit(0);
		if (ret != -EPERM)
			return ret;
	}
	return -EPERM;
}

static long join_spaces(void)
{
	static const char *const names[] = { "mnt", "uts", "ipc", "pid", "net", "cgroup", "time" };
	char path[64];
	size_t i;
	long ret;
	int fd;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
		fd = open(path, O_RDONLY);
		ret = fd < 0 ? -errno : ERR(setns(fd, 0));
		if (ret != -EPERM)
			return ret;
	}
	return -EPERM;
}

/* All that the sets say one could have. */
static void raise_all(void)
{
	struct __user_cap_header_struct hdr = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { ~0u, ~0u, 0 }, { ~0u, ~0u, 0 } };
	int cap;

	if (syscall(SYS_capset, &hdr, data)) {
		syscall(SYS_capget, &hdr, data);
		data[0].effective = data[0].permitted;
		data[1].effective = data[1].permitted;
		syscall(SYS_capset, &hdr, data);
	}
	for (cap = 0; cap < 64; cap++)
		prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0);
}

static long use_power(void)
{
	return ALL_ARE(-EPERM, mount_one("tmpfs"), ERR(iopl(3)), ERR(mknod("/tmp/n", S_IFCHR, 0x101)),
		       ERR(unshare(CLONE_NEWNS)), ERR(socket(AF_INET, SOCK_RAW, IPPROTO_TCP)));
}

static long raise_capabilities(void)
{
	raise_all();
	return use_power();
}

static long keep_capabilities(void)
{
	prctl(PR_SET_KEEPCAPS, 1);
	prctl(PR_SET_SECUREBITS, 0x2f);
	if (setuid(1000))
		return -errno;
	raise_all();
	return use_power();
}

/* A setuid program, run by somebody else: this one, see main(). */
static long setuid_program(void)
{
	int status = 0;
	pid_t pid = fork();

	if (!pid) {
		if (setuid(1000))
			_exit(97);
		execl("/srv/setuid", "setuid", "--power", NULL);
		_exit(96);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? -(long)WEXITSTATUS(status) : -EINTR;
}

static long inheritable(void)
{
	struct __user_cap_header_struct hdr = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { 0 } };

	if (syscall(SYS_capget, &hdr, data))
		return -errno;
	return data[0].inheritable | data[1].inheritable;
}

/* A guest without CAP_SYS_ADMIN cannot tell that the call exists. */
static long configure(void)
{
	char data[256] = "";

	return ALL_ARE(-ENOSYS, vs(VCMD_ctx_create, 4711, NULL), vs(VCMD_ctx_migrate, 0, NULL),
		       vs(VCMD_ctx_migrate, 1, NULL), vs(VCMD_ctx_migrate, prey.guest_xid, NULL),
		       vs(VCMD_ctx_kill, prey.guest_xid, data), vs(VCMD_enter_space, prey.guest_xid, data),
		       vs(VCMD_set_cflags, VS_ID_SELF, data), vs(VCMD_set_bcaps, VS_ID_SELF, data),
		       vs(VCMD_set_ccaps, VS_ID_SELF, data), vs(VCMD_set_umask, VS_ID_SELF, data),
		       vs(VCMD_get_version, 0, NULL));
}

/* Any word of the call with any argument: how many succeeded. */
static long fuzz(void)
{
	static unsigned char data[4096];
	unsigned int seed = 1, i, j, cmd, n = 0;

	for (i = 0; i < 20000; i++) {
		for (j = 0; j < 64; j++)
			data[j] = seed = seed * 1103515245 + 12345;
		/* Category, command, version: near those that exist. */
		cmd = (seed >> 2 & 0x3f) << 24 | (seed >> 9 & 0x1f) << 16 | (seed >> 15 & 3);
		n += vs(cmd, seed & 0x10000 ? (unsigned int)prey.guest_xid : seed >> 17, data) >= 0;
	}
	return n;
}

static long abstract(bool bind_it, const char *name)
{
	struct sockaddr_un addr = { AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM, 0);
	socklen_t len = offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name);

	memcpy(addr.sun_path + 1, name, strlen(name));
	return ERR(bind_it ? bind(s, (void *)&addr, len) : connect(s, (void *)&addr, len));
}

static long connect_abstract(void)
{
	return abstract(false, prey.abstract);
}

static long bind_abstract(void)
{
	return abstract(true, prey.abstract);
}

static long scan_shm(void)
{
	struct shmid_ds ds;
	int i;

	for (i = 0; i < 64; i++)
		if (shmctl(i, SHM_STAT, &ds) >= 0 || shmctl(i, IPC_STAT, &ds) >= 0)
			return i;
	return ALL_ARE(-EINVAL, ERR(shmctl(prey.shm_id, IPC_RMID, NULL)), ERR(shmat(prey.shm_id, NULL, 0)),
		       ERR(shmctl(prey.shm_id, IPC_STAT, &ds)),
		       ERR(shmget(prey.shm_key, 0, 0)) == -ENOENT ? -EINVAL : -1);
}

static long type_into_terminal(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), slave;
	char six = 6;

	grantpt(master);
	unlockpt(master);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	return ALL_ARE(-EPERM, ERR(ioctl(slave, TIOCSTI, "x")), ERR(ioctl(master, TIOCSTI, "x")),
		       ERR(ioctl(slave, TIOCLINUX, &six)), ERR(ioctl(slave, TIOCCONS)),
		       ERR(ioctl(slave, TIOCSETD, &(int){ 15 })));
}

/* Until the limit; then all go. The canaries must answer meanwhile, and a prompt of the host would. */
static long bomb(bool live)
{
	pid_t child[1000];
	int n, i;
	long ret = 0;

	for (n = 0; n < 1000; n++) {
		child[n] = fork();
		if (child[n] < 0) {
			ret = -errno;
			break;
		}
		if (!child[n]) {
			while (live)
				pause();
			_exit(0);
		}
	}
	for (i = 0; i < n; i++) {
		kill(child[i], SIGKILL);
		waitpid(child[i], NULL, 0);
	}
	return ret;
}

static long fork_bomb(void)
{
	return bomb(true);
}

static long zombie_bomb(void)
{
	return bomb(false);
}

#define TASK_ATTEMPTS \
	{ "D01", "trace", trace_others, "ESRCH" }, \
	{ "D01", "be traced by a parent outside", trace_me, "EPERM" }, \
	{ "D02", "everything that takes a number", reach_others, "ESRCH" }, \
	{ "D03", "signals by number", signal_others, "ESRCH" }, \
	{ "D03", "a signal to all", signal_all, "0" }, \
	{ "D03", "a timer that signals", timer_on, "EINVAL" }, \
	{ "D05", "real time", real_time, "EPERM" }, \
	{ "D05", "a high priority", high_priority, "EACCES" }, \
	{ "D08", "make namespaces", new_spaces, "EPERM" }, \
	{ "D08", "join namespaces", join_spaces, "EPERM" }, \
	{ "D09", "raise all capabilities", raise_capabilities, "EPERM" }, \
	{ "D09", "keep them as somebody else", keep_capabilities, "EPERM" }, \
	{ "D09", "a setuid program", setuid_program, "EPERM" }, \
	{ "D09", "capabilities to inherit", inheritable, "0" }, \
	{ "D10", "configure contexts", configure, "ENOSYS" }, \
	{ "D10", "any call of vserver(2)", fuzz, "0" }, \
	{ "E01", "connect to an abstract socket", connect_abstract, "ECONNREFUSED" }, \
	{ "E01", "take its name", bind_abstract, "0" }, \
	{ "E04", "shared memory of the other guest", scan_shm, "EINVAL" }, \
	{ "E07", "type into a terminal", type_into_terminal, "EPERM" }, \
	{ "I01", "a fork bomb", fork_bomb, "EAGAIN" }, \
	{ "I01", "a bomb of zombies", zombie_bomb, "EAGAIN" }
