// SPDX-License-Identifier: GPL-2.0
/*
 * Nothing in guest A names, signals, traces or changes a task of guest B or of
 * the host; the host reaches A and B by pid, but never by accident in numbers.
 */
#include <dirent.h>
#include <linux/ioprio.h>
#include <linux/kcmp.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include "harness.h"

static struct guest a = { .xid = 1201, .bcaps = TEST_BCAPS | 1ULL << 23 /* SYS_NICE */ };
static struct guest b = { .xid = 1202 };
static pid_t canary;	/* a task of the host */

/* Every call that takes a pid, aimed at one the caller may not see. */
static void foreign(void *arg)
{
	pid_t pid = *(pid_t *)arg;
	struct sched_param param = { 0 };
	struct rlimit64 rlim;
	cpu_set_t cpus;
	siginfo_t info = { .si_code = SI_QUEUE };
	char buf[8];
	struct iovec iov = { buf, sizeof(buf) };
	void *head = NULL, *page = &param;
	size_t len;
	int status;

	check_is(err(kill(pid, 0)), -ESRCH, "kill");
	check_is(err(kill(-pid, 0)), -ESRCH, "kill of a group");
	check_is(err(syscall(SYS_tkill, pid, 0)), -ESRCH, "tkill");
	check_is(err(syscall(SYS_tgkill, pid, pid, 0)), -ESRCH, "tgkill");
	check_is(err(syscall(SYS_rt_sigqueueinfo, pid, SIGUSR1, &info)), -ESRCH, "rt_sigqueueinfo");
	check_is(err(syscall(SYS_rt_tgsigqueueinfo, pid, pid, SIGUSR1, &info)), -ESRCH,
		 "rt_tgsigqueueinfo");
	check_is(err(syscall(SYS_pidfd_open, pid, 0)), -ESRCH, "pidfd_open");
	check_is(err(ptrace(PTRACE_ATTACH, pid, 0, 0)), -ESRCH, "ptrace attach");
	check_is(err(ptrace(PTRACE_SEIZE, pid, 0, 0)), -ESRCH, "ptrace seize");
	check_is(err(process_vm_readv(pid, &iov, 1, &iov, 1, 0)), -ESRCH, "process_vm_readv");
	check_is(err(process_vm_writev(pid, &iov, 1, &iov, 1, 0)), -ESRCH, "process_vm_writev");
	check_is(err(syscall(SYS_kcmp, pid, getpid(), KCMP_VM, 0, 0)), -ESRCH, "kcmp");
	check_is(err(syscall(SYS_move_pages, pid, 1, &page, NULL, &status, 0)), -ESRCH, "move_pages");
	check_is(err(syscall(SYS_migrate_pages, pid, 1, NULL, NULL)), -ESRCH, "migrate_pages");
	check_is(err(syscall(SYS_get_robust_list, pid, &head, &len)), -ESRCH, "get_robust_list");
	check_is(err(syscall(SYS_prlimit64, pid, RLIMIT_NOFILE, NULL, &rlim)), -ESRCH, "prlimit");
	check_is(err(getpgid(pid)), -ESRCH, "getpgid");
	check_is(err(getsid(pid)), -ESRCH, "getsid");
	check_is(err(setpgid(pid, 0)), -ESRCH, "setpgid");
	check_is(err(sched_getscheduler(pid)), -ESRCH, "sched_getscheduler");
	check_is(err(sched_setscheduler(pid, SCHED_OTHER, &param)), -ESRCH, "sched_setscheduler");
	check_is(err(sched_getparam(pid, &param)), -ESRCH, "sched_getparam");
	check_is(err(sched_getaffinity(pid, sizeof(cpus), &cpus)), -ESRCH, "sched_getaffinity");
	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	check_is(err(sched_setaffinity(pid, sizeof(cpus), &cpus)), -ESRCH, "sched_setaffinity");
	errno = 0;
	check(getpriority(PRIO_PROCESS, pid) == -1 && errno == ESRCH, "getpriority: ESRCH");
	check_is(err(setpriority(PRIO_PROCESS, pid, 5)), -ESRCH, "setpriority");
	check_is(err(syscall(SYS_ioprio_get, 1, pid)), -ESRCH, "ioprio_get");
	check_is(err(syscall(SYS_ioprio_set, 1, pid, 2 << 13 | 7)), -ESRCH, "ioprio_set");
	check_is(err(waitpid(pid, NULL, WNOHANG)), -ECHILD, "waitpid");
}

static bool nice_is(pid_t pid, int nice)
{
	errno = 0;
	return getpriority(PRIO_PROCESS, pid) == nice && !errno;
}

/* Operations on many: they act in A and nowhere else. */
static void many(void *arg)
{
	int status;
	pid_t own = fork();

	if (!own) {
		setsid();
		for (;;)
			pause();
	}
	check(wait_until(getsid(own) == own), "a second task in A");
	check_is(err(setpriority(PRIO_USER, 0, 7)), 0, "renice the user's tasks");
	check(nice_is(own, 7), "the own task is reniced");
	check_is(err(syscall(SYS_ioprio_set, IOPRIO_WHO_USER, 0, 2 << 13 | 6)), 0,
		 "change the I/O priority of the user's tasks");
	check_is(syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, own), 2 << 13 | 6, "the own task's changed");
	check_is(err(kill(-1, SIGKILL)), 0, "kill everybody");
	check(waitpid(own, &status, 0) == own && WIFSIGNALED(status), "the own task is dead");
}

static int count_procs(bool *foreigner)
{
	DIR *dir = opendir("/proc");
	struct dirent *d;
	int n = 0;

	*foreigner = false;
	while (dir && (d = readdir(dir)))
		if (d->d_name[0] >= '0' && d->d_name[0] <= '9') {
			pid_t pid = atoi(d->d_name);

			n++;
			*foreigner |= pid == canary || pid == b.pid || pid == 1;
		}
	if (dir)
		closedir(dir);
	return n;
}

static void proc(void *arg)
{
	static const char *const files[] = {
		"", "/status", "/stat", "/mem", "/environ", "/maps", "/root", "/cwd", "/exe", "/fd",
		"/ns/mnt", "/task", "/cmdline", "/oom_score_adj", "/vinfo", "/ninfo",
	};
	const pid_t pids[] = { canary, b.pid, 1, 2 };
	char path[64], what[96];
	bool foreigner;
	size_t i, k;

	check(count_procs(&foreigner) == 2, "/proc lists the two tasks of A");
	check(!foreigner, "and nobody else's");
	for (k = 0; k < 4; k++)
		for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
			snprintf(path, sizeof(path), "/proc/%d%s", pids[k], files[i]);
			snprintf(what, sizeof(what), "open %s of %s", files[i][0] ? files[i] : "the directory",
				 k == 0 ? "the host's task" : k == 1 ? "B's task" : k == 2 ? "init" : "kthreadd");
			check_is(err(open(path, O_RDONLY)), -ENOENT, what);
		}
	snprintf(path, sizeof(path), "/proc/%d/status", a.pid);
	check(access(path, R_OK) == 0, "the own guest's tasks are there");
}

/* Held from outside: a descriptor of /proc/PID is no way around. */
static void held(void *arg)
{
	const int *fd = arg;
	char buf[64];

	check_is(err(pread(fd[0], buf, sizeof(buf), 0)), -ESRCH, "read a held /proc/PID/status of B");
	check_is(err(openat(fd[1], "status", O_RDONLY)), -ESRCH, "open below a held /proc/PID of B");
	check_is(err(openat(fd[1], "root/", O_RDONLY)), -ESRCH, "follow a link below it");
	check_is(err(syscall(SYS_pidfd_send_signal, fd[2], 0, NULL, 0)), -ESRCH, "signal by a held pidfd");
	check_is(err(syscall(SYS_pidfd_getfd, fd[2], 0, 0)), -EPERM, "take a descriptor by a held pidfd");
}

static void traceme(void *arg)
{
	check_is(err(ptrace(PTRACE_TRACEME, 0, 0, 0)), -EPERM, "offer oneself to a tracer outside");
}

/* A task that has entered but not executed a program yet. */
static void entered(void *arg)
{
	int *fd = arg;
	pid_t pid = getpid();

	if (write(fd[1], &pid, sizeof(pid)) != sizeof(pid))
		_exit(1);
	pause();
}

static void trace_entered(void *arg)
{
	pid_t pid = *(pid_t *)arg;
	char path[64], buf[8];
	struct iovec iov = { buf, sizeof(buf) };

	check_is(err(kill(pid, 0)), 0, "A sees a task that has just entered");
	check_is(err(ptrace(PTRACE_ATTACH, pid, 0, 0)), -EPERM, "but cannot trace it");
	check_is(err(process_vm_readv(pid, &iov, 1, &iov, 1, 0)), -EPERM, "nor read its memory");
	snprintf(path, sizeof(path), "/proc/%d/fd/1", pid);
	check_is(err(open(path, O_WRONLY)), -EACCES, "nor open its descriptors");
	snprintf(path, sizeof(path), "/proc/%d/root/", pid);
	check_is(err(open(path, O_RDONLY)), -EACCES, "nor go through its root");
	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	check_is(err(open(path, O_RDONLY)), -EACCES, "nor open its memory");
	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	check_is(err(open(path, O_RDONLY)), -EACCES, "nor open its program");

	check_is(err(ptrace(PTRACE_ATTACH, a.pid, 0, 0)), 0, "a task of its own, after exec, it traces");
	waitpid(a.pid, NULL, __WALL);
	check_is(err(ptrace(PTRACE_DETACH, a.pid, 0, 0)), 0, "and lets go");
}

static void just_entered(void)
{
	int fd[2];
	pid_t pid, child;

	if (pipe(fd))
		exit(1);
	child = fork();
	if (!child) {
		in_guest(&a, entered, fd);
		_exit(0);
	}
	check(read(fd[0], &pid, sizeof(pid)) == sizeof(pid), "a task enters A");
	in_guest(&a, trace_entered, &pid);
	kill(pid, SIGCONT);
	kill(child, SIGKILL);
	kill(pid, SIGKILL);
	waitpid(child, NULL, 0);
	check(wait_until(!alive(pid)), "it is gone");
}

static void host(void)
{
	struct rlimit64 rlim;
	char path[64];
	int fd[3];

	check_is(err(kill(a.pid, 0)), 0, "the host signals A by pid");
	check_is(err(syscall(SYS_prlimit64, a.pid, RLIMIT_NOFILE, NULL, &rlim)), 0, "and reads its limits");
	check_is(err(setpriority(PRIO_PROCESS, b.pid, 1)), 0, "and renices B");
	check_is(err(ptrace(PTRACE_ATTACH, a.pid, 0, 0)), 0, "and traces A");
	waitpid(a.pid, NULL, __WALL);
	ptrace(PTRACE_DETACH, a.pid, 0, 0);
	snprintf(path, sizeof(path), "/proc/%d/status", b.pid);
	fd[0] = open(path, O_RDONLY);
	snprintf(path, sizeof(path), "/proc/%d", b.pid);
	fd[1] = open(path, O_RDONLY | O_DIRECTORY);
	fd[2] = syscall(SYS_pidfd_open, b.pid, 0);
	check(fd[0] >= 0 && fd[1] >= 0 && fd[2] >= 0, "the host opens the files of B in /proc");
	in_guest(&a, held, fd);
	close(fd[0]);
	close(fd[1]);
	close(fd[2]);
}

/* The host's own mass operations stay out of the guests. */
static void host_many(void *arg)
{
	if (setresuid(4711, 4711, 4711))
		_exit(1);
	check_is(err(kill(-1, SIGKILL)), 0, "kill(-1) of a host user goes to the host's tasks");
}

static void user_in_guest(void *arg)
{
	int *fd = arg;
	pid_t pid = getpid();

	if (setresuid(4711, 4711, 4711) || write(fd[1], &pid, sizeof(pid)) != sizeof(pid))
		_exit(1);
	pause();
}

static void same_user(void)
{
	int fd[2];
	pid_t pid, child;

	if (pipe(fd))
		exit(1);
	child = fork();
	if (!child) {
		in_guest(&a, user_in_guest, fd);
		_exit(0);
	}
	check(read(fd[0], &pid, sizeof(pid)) == sizeof(pid), "a task of user 4711 in A");
	in_child(host_many, NULL);
	check(alive(pid), "it is alive");
	kill(child, SIGKILL);
	kill(pid, SIGKILL);
	waitpid(child, NULL, 0);
	check(wait_until(!alive(pid)), "until it is killed by number");
}

static void set_view(const char *value)
{
	int fd = open("/proc/sys/kernel/vserver_host_view", O_WRONLY);

	check(fd >= 0 && write(fd, value, 1) == 1, "kernel.vserver_host_view=%s", value);
	close(fd);
}

static void strict_view(void)
{
	struct vcmd_ctx_kill_v0 kill0 = { a.pid, 0 };
	char path[64];

	set_view("0");
	check_is(err(kill(a.pid, 0)), -ESRCH, "strict: the host does not signal A by pid");
	check_is(err(ptrace(PTRACE_ATTACH, a.pid, 0, 0)), -ESRCH, "strict: nor trace it");
	snprintf(path, sizeof(path), "/proc/%d/status", a.pid);
	check_is(err(open(path, O_RDONLY)), -ENOENT, "strict: nor see it in /proc");
	check_is(err(kill(canary, 0)), 0, "strict: its own tasks it does");
	check_is(vs(VCMD_ctx_kill, a.xid, &kill0), 0, "strict: ctx_kill reaches A");
	check_is(vs(VCMD_task_xid, a.pid, NULL), a.xid, "strict: so does task_xid");
	set_view("1");
	check_is(err(kill(a.pid, 0)), 0, "and back");
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	test_begin();
	canary = fork();
	if (!canary) {
		setsid();
		for (;;)
			pause();
	}
	check(guest_start(&a) && guest_start(&b), "guests A and B start");
	host();
	in_guest(&a, foreign, &canary);
	in_guest(&a, foreign, &b.pid);
	in_guest(&b, foreign, &a.pid);
	in_guest(&a, proc, NULL);
	in_guest(&a, traceme, NULL);
	just_entered();
	same_user();
	strict_view();
	in_guest(&a, many, NULL);
	guest_stop(&a);		/* dead already: it was reached by its own kind */
	check(alive(canary) && nice_is(canary, 0), "the host's task lives and has its priority");
	check(alive(b.pid) && nice_is(b.pid, 1), "B's task lives and has its priority");
	guest_stop(&b);
	kill(canary, SIGKILL);
	waitpid(canary, NULL, 0);
	return test_end();
}
