// SPDX-License-Identifier: GPL-2.0
/* Limits of a context: commands, exact counts, and what is refused. */
#include <pthread.h>
#include <vserver/limit.h>
#include "harness.h"

/* nproc, nofile, msgqueue, shmem */
#define MASK	0x810c0

static struct guest a = { .xid = 1851 }, b = { .xid = 1852 };

static long set(unsigned int xid, int id, uint64_t soft, uint64_t hard)
{
	struct vcmd_ctx_rlimit_v0 limit = { id, 0, soft, hard };

	return vs(VCMD_set_rlimit, xid, &limit);
}

static struct vcmd_rlimit_stat_v0 stat_of(unsigned int xid, int id)
{
	struct vcmd_rlimit_stat_v0 st = { .id = id };
	long ret = vs(VCMD_rlimit_stat, xid, &st);

	if (ret)
		check_is(ret, 0, "rlimit_stat");
	return st;
}

static void commands(void)
{
	struct vcmd_ctx_rlimit_v0 limit = { VXL_NPROC, 7, 7, 7 };
	struct vcmd_ctx_rlimit_mask_v0 mask = { 1, 1, 1 };
	struct vcmd_rlimit_stat_v0 st = { .id = VXL_SEMARY };
	static const unsigned int bad[] = { 0, 5, 8, 9, 10, 16, 17, 18, 20, 21, 22, 23, 24, 31, 32, ~0u };
	size_t i;

	check_is(vs(VCMD_get_rlimit_mask, 0, &mask), 0, "get_rlimit_mask");
	check(mask.minimum == 0 && mask.softlimit == 0 && mask.maximum == MASK,
	      "what is enforced, and nothing else (%x)", mask.maximum);
	check_is(vs(VCMD_get_rlimit, a.xid, &limit), 0, "get_rlimit");
	check(limit.minimum == 0 && limit.softlimit == VXL_INFINITY && limit.maximum == VXL_INFINITY,
	      "there is no limit at first");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		limit.id = bad[i];
		if (vs(VCMD_get_rlimit, a.xid, &limit) != -EINVAL || set(a.xid, bad[i], 1, 1) != -EINVAL)
			check(false, "limit %u cannot be set", bad[i]);
	}
	check(true, "all others cannot be set or asked for");
	check_is(vs(VCMD_rlimit_stat, a.xid, &st), 0, "statistics of what is only counted");
	st.id = 22;
	check_is(vs(VCMD_rlimit_stat, a.xid, &st), -EINVAL, "and of nothing else");
	st.id = 1000;
	check_is(vs(VCMD_rlimit_stat, a.xid, &st), -EINVAL, "nor of what does not exist");
	check_is(set(a.xid, VXL_SHMEM, 100, 50), 0, "a soft limit above the hard one");
	limit.id = VXL_SHMEM;
	vs(VCMD_get_rlimit, a.xid, &limit);
	check(limit.softlimit == 50 && limit.maximum == 50, "is lowered");
	check_is(set(a.xid, VXL_SHMEM, VXL_KEEP, 60), 0, "keep the soft one");
	vs(VCMD_get_rlimit, a.xid, &limit);
	check(limit.softlimit == 50 && limit.maximum == 60, "it is kept");
	check_is(set(a.xid, VXL_SHMEM, 20, VXL_KEEP), 0, "keep the hard one");
	vs(VCMD_get_rlimit, a.xid, &limit);
	check(limit.softlimit == 20 && limit.maximum == 60, "it is kept");
	set(a.xid, VXL_SHMEM, VXL_INFINITY, VXL_INFINITY);
	check_is(set(1899, VXL_NPROC, 1, 1), -ESRCH, "no such context");
	check_is(vs(VCMD_set_rlimit, a.xid, (void *)8), -EFAULT, "a bad pointer");
	check_is(vs(VCMD_reset_hits, 1899, NULL), -ESRCH, "reset_hits: no such context");
}

/* A guest that may call, and may not do this. */
static void from_inside(void *arg)
{
	check_is(set(VS_ID_SELF, VXL_NPROC, VXL_INFINITY, VXL_INFINITY), -EPERM, "a guest cannot lift its limit");
	check_is(vs(VCMD_reset_hits, a.xid, NULL), -EPERM, "nor reset the counts of another");
	check_is(vs(VCMD_reset_minmax, a.xid, NULL), -EPERM, "nor the extremes");
	check_is(vs(VCMD_reset_hits, VS_ID_SELF, NULL), 0, "its own it may");
}

static void *thread(void *arg)
{
	pause();
	return NULL;
}

/* With room for three tasks beside the sleeper and this one. */
static void tasks(void *arg)
{
	pthread_t t;
	pid_t pid[3];
	int i;

	for (i = 0; i < 2; i++) {
		pid[i] = fork();
		if (!pid[i])
			for (;;)
				pause();
	}
	check(pid[0] > 0 && pid[1] > 0, "two children");
	check_is(-pthread_create(&t, NULL, thread, NULL), 0, "a thread counts like a process");
	check_is(err(fork()), -EAGAIN, "then no more");
	check_is(-pthread_create(&t, NULL, thread, NULL), -EAGAIN, "no thread either");
	check_is(err(vfork()), -EAGAIN, "nor by vfork");
	kill(pid[0], SIGKILL);
	waitpid(pid[0], NULL, 0);
	pid[0] = fork();
	if (!pid[0])
		_exit(0);
	check(pid[0] > 0, "a child that was waited for makes room at once");
	/* Not waited for, but dead: wait only looks. */
	waitid(P_PID, pid[0], NULL, WEXITED | WNOWAIT);
	check_is(err(fork()), -EAGAIN, "one that is dead keeps its place");
	waitpid(pid[0], NULL, 0);
	pid[2] = fork();
	if (!pid[2])
		_exit(0);
	check(pid[2] > 0, "until somebody has waited for it");
	waitpid(pid[2], NULL, 0);
	kill(pid[1], SIGKILL);
	waitpid(pid[1], NULL, 0);
}

/* Who never waits would use up the numbers of the machine. */
static void zombies(void *arg)
{
	int i, n = 0;
	pid_t pid;

	for (i = 0; i < 500; i++) {
		pid = fork();
		if (!pid)
			_exit(0);
		n += pid > 0;
	}
	check(n == 48, "a bomb of zombies ends at the limit (%d)", n);
	while (wait(NULL) > 0)
		;
	signal(SIGCHLD, SIG_IGN);
	for (i = n = 0; i < 200; i++) {
		pid = fork();
		if (!pid)
			_exit(0);
		n += pid > 0;
		waitpid(pid, NULL, 0);
	}
	check(n == 200, "whose end nobody wants to know takes no place (%d)", n);
}

static void bomb(void)
{
	/* Whoever comes to be does the same. */
	for (;;)
		fork();
}

static void full(void *arg)
{
	check(true, "the host may enter a guest that is full");
	check_is(err(fork()), -EAGAIN, "and is bound there like the rest");
}

static void elsewhere(void *arg)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	check(pid > 0 && waitpid(pid, NULL, 0) == pid, "another guest is not concerned");
}

static void nproc(void)
{
	struct vcmd_rlimit_stat_v0 st;
	char path[64], buf[4096], *line;
	struct vcmd_ctx_kill_v0 all = { 0, SIGKILL };
	long most = 0, now;
	pid_t pid;
	int i;

	check_is(set(a.xid, VXL_NPROC, 5, 5), 0, "at most five tasks");
	in_guest(&a, tasks, NULL);
	wait_until(stat_of(a.xid, VXL_NPROC).value == 1);
	st = stat_of(a.xid, VXL_NPROC);
	check(st.value == 1 && st.maximum == 5 && st.hits == 4, "counted: now %d, most %d, refused %d",
	      (int)st.value, (int)st.maximum, st.hits);
	check_is(vs(VCMD_reset_hits, a.xid, NULL), 0, "reset_hits");
	check_is(vs(VCMD_reset_minmax, a.xid, NULL), 0, "reset_minmax");
	st = stat_of(a.xid, VXL_NPROC);
	check(st.hits == 0 && st.minimum == 1 && st.maximum == 1, "both begin anew");
	snprintf(path, sizeof(path), "/proc/virtual/%u/limit", a.xid);
	check(read_file(path, buf, sizeof(buf)) &&
	      !strncmp(buf, "Limit\t current\t     min/max\t\t    soft/hard\t\thits\n", 47) &&
	      (line = strchr(buf, '\n')) &&
	      !strncmp(line, "\nPROC:\t       1\t       1/       1\t       5/       5\t     0\nVM:\t", 60),
	      "/proc/virtual/XID/limit");

	/* The bomb: forks on both processors until the end. */
	check_is(set(a.xid, VXL_NPROC, 50, 50), 0, "at most fifty tasks");
	in_guest(&a, zombies, NULL);
	wait_until(stat_of(a.xid, VXL_NPROC).value == 1);
	check_is(vs(VCMD_reset_hits, a.xid, NULL), 0, "reset_hits");
	pid = fork();
	if (!pid) {
		if (!vs(VCMD_ctx_migrate, a.xid, NULL))
			bomb();
		_exit(1);
	}
	wait_until(stat_of(a.xid, VXL_NPROC).hits > 1000);
	for (i = 0; i < 200; i++) {
		now = stat_of(a.xid, VXL_NPROC).value;
		most = now > most ? now : most;
	}
	st = stat_of(a.xid, VXL_NPROC);
	check(most == 50 && st.value == 50, "a fork bomb ends at fifty tasks (%ld)", most);
	check(st.hits > 1000, "and is refused the rest (%u)", st.hits);
	in_guest(&a, full, NULL);
	in_guest(&b, elsewhere, NULL);
	vs(VCMD_ctx_kill, a.xid, &all);
	waitpid(pid, NULL, 0);
	waitpid(a.pid, NULL, 0);
	a.pid = 0;
}

static int oom_score(pid_t pid)
{
	char path[64], buf[32];

	snprintf(path, sizeof(path), "/proc/%d/oom_score", pid);
	return read_file(path, buf, sizeof(buf)) ? atoi(buf) : -1;
}

static void biases(void)
{
	struct vcmd_badness_v0 bad = { sysconf(_SC_PHYS_PAGES) / 2 };
	struct vcmd_prio_bias prio = { -1, 30 };
	int before = oom_score(b.pid), after;
	char buf[512];

	check_is(vs(VCMD_set_badness, b.xid, &bad), 0, "set_badness");
	after = oom_score(b.pid);
	check(before > 0 && after > before + 200, "its tasks are better victims (%d, %d)", before, after);
	check(oom_score(getpid()) < before + 100, "others are not");
	bad.bias = 0;
	check_is(vs(VCMD_get_badness, b.xid, &bad), 0, "get_badness");
	check(bad.bias == sysconf(_SC_PHYS_PAGES) / 2, "it is what was set");
	bad.bias = -1000000000;
	check_is(vs(VCMD_set_badness, b.xid, &bad), 0, "set_badness, less than nothing");
	check(oom_score(b.pid) == 0, "no victims at all (%d)", oom_score(b.pid));
	check(read_file("/proc/virtual/1852/info", buf, sizeof(buf)) && strstr(buf, "OOM:\t-1000000000\n"),
	      "/proc/virtual/XID/info");
	bad.bias = INT64_MIN;
	check_is(vs(VCMD_set_badness, b.xid, &bad), 0, "set_badness, the least there is");
	check(oom_score(b.pid) == 0, "is no more than none");
	bad.bias = INT64_MAX;
	check_is(vs(VCMD_set_badness, b.xid, &bad), 0, "set_badness, the most there is");
	check(oom_score(b.pid) == 2000, "is the end of the scale (%d)", oom_score(b.pid));

	check_is(vs(VCMD_set_prio_bias, b.xid, &prio), 0, "set_prio_bias");
	prio.prio_bias = 0;
	check_is(vs(VCMD_get_prio_bias, b.xid, &prio), 0, "get_prio_bias");
	check(prio.prio_bias == 20, "at most 20 (%d)", prio.prio_bias);
	prio = (struct vcmd_prio_bias){ 0, 0 };
	check_is(vs(VCMD_get_prio_bias, b.xid, &prio), 0, "the same on each processor");
	check(prio.prio_bias == 20, "20 there, too");
	check_is(vs(VCMD_set_prio_bias, b.xid, &prio), -EINVAL, "not to be set for one processor");
	prio.cpu_id = 100000;
	check_is(vs(VCMD_get_prio_bias, b.xid, &prio), -EINVAL, "no such processor");
	prio.cpu_id = -2;
	check_is(vs(VCMD_get_prio_bias, b.xid, &prio), -EINVAL, "nor that");
}

int main(int argc, char **argv)
{
	struct guest caller = { .xid = 1853, .bcaps = ~0ULL };

	test_sleeper(argc, argv);
	test_begin();
	check(guest_start(&a) && guest_start(&b) && guest_start(&caller), "three guests start");
	commands();
	in_guest(&caller, from_inside, NULL);
	nproc();
	biases();
	guest_stop(&b);
	guest_stop(&caller);
	return test_end();
}
