// SPDX-License-Identifier: GPL-2.0
/* Uptime, load and processors as a context sees them with the flags that ask for it. */
#include <sys/mount.h>
#include <sys/sysinfo.h>
#include "harness.h"

static struct guest plain = { .xid = 1711 };
static struct guest up = { .xid = 1712, .flags = VXF_VIRT_UPTIME };
static struct guest load = { .xid = 1713, .flags = VXF_VIRT_LOAD };
static struct guest cpu = { .xid = 1714, .flags = VXF_VIRT_CPU };
static char buf[65536];

static double uptime(double *idle)
{
	double up_now = -1, idle_now = -1;

	if (read_file("/proc/uptime", buf, sizeof(buf)))
		sscanf(buf, "%lf %lf", &up_now, &idle_now);
	if (idle)
		*idle = idle_now;
	return up_now;
}

/* The number after a word at the beginning of a line. */
static long long field(const char *path, const char *word)
{
	char *line;

	if (!read_file(path, buf, sizeof(buf)))
		return -1;
	line = strncmp(buf, word, strlen(word)) ? strstr(buf, word) : buf;
	while (line && line != buf && line[-1] != '\n')
		line = strstr(line + 1, word);
	return line ? strtoll(line + strlen(word), NULL, 10) : -1;
}

/* Start of a task in ticks since boot: field 22 of its stat. */
static long long start_of(pid_t pid)
{
	long long start = -1;
	char path[64], *p;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (!read_file(path, buf, sizeof(buf)))
		return -1;
	p = strrchr(buf, ')');
	if (p)
		sscanf(p + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %lld",
		       &start);
	return start;
}

struct times {
	double		up;
	double		idle;
	long long	btime;
	long long	start;	/* of the guest's sleeping task */
	time_t		now;
	long		sysinfo;
};

static void times_now(struct times *t, pid_t pid)
{
	struct sysinfo info;

	t->up = uptime(&t->idle);
	t->btime = field("/proc/stat", "btime ");
	t->start = start_of(pid);
	t->now = time(NULL);
	t->sysinfo = sysinfo(&info) ? -1 : info.uptime;
}

static bool near(double x, double y, double by)
{
	return x - y <= by && y - x <= by;
}

static void uptime_of_machine(void *arg)
{
	const struct times *host = arg;
	struct times t;

	times_now(&t, plain.pid);
	check(near(t.up, host->up, 5), "without the flag: the machine's uptime (%.2f, %.2f)", t.up, host->up);
	check(near(t.btime, host->btime, 1), "its boot time");
	check(t.sysinfo >= host->sysinfo, "its uptime in sysinfo");
	check(t.idle >= host->idle, "its idle time");
}

static void uptime_inside(void *arg)
{
	const struct times *host = arg;
	struct times t;
	double age = field("/proc/virtual/1712/cvirt", "BiasUptime:\t");

	times_now(&t, up.pid);
	check(t.up >= 0 && near(t.up, host->up - age, 5), "uptime counts from the context (%.2f of %.2f)",
	      t.up, host->up);
	check(t.up < host->up - age / 2, "and is less than the machine's");
	check(t.idle >= 0 && t.idle < host->idle, "so is the idle time (%.2f of %.2f)", t.idle, host->idle);
	check(near(t.btime + t.up, t.now, 2), "boot time and uptime make now");
	check(t.sysinfo >= (long)t.up && t.sysinfo <= (long)t.up + 3, "sysinfo agrees (%ld)", t.sysinfo);
	check(t.start >= 0 && t.start <= 400, "the first task started soon after the boot (%lld)", t.start);
	check(near(t.btime + t.start / 100.0, host->btime + host->start / 100.0, 2),
	      "and at the same moment as the host sees");
	/* This task entered: it is older than the context, and no less than 0. */
	check(start_of(getpid()) >= 0, "a task that entered");
}

static void check_uptime(void)
{
	struct times host;

	times_now(&host, up.pid);
	check(near(host.btime + host.up, host.now, 2), "the host's own figures fit");
	in_guest(&plain, uptime_of_machine, &host);
	in_guest(&up, uptime_inside, &host);
	/* The reader decides, not the task that is looked at. */
	check(start_of(up.pid) == host.start && host.start > 100, "the host sees the real start");
}

/* Load: some tasks that run, in one context. */
static void spin(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		__asm__ volatile("");
}

#define SPINNERS	3

struct loads {
	double	avg[3];
	int	running;
	int	threads;
	long	last_pid;
	long	info[3];
	int	procs;
};

static void loads_now(struct loads *l)
{
	struct sysinfo info = { 0 };
	int i;

	memset(l, 0, sizeof(*l));
	if (!read_file("/proc/loadavg", buf, sizeof(buf)) ||
	    sscanf(buf, "%lf %lf %lf %d/%d %ld", &l->avg[0], &l->avg[1], &l->avg[2], &l->running,
		   &l->threads, &l->last_pid) != 6)
		check(false, "read /proc/loadavg (%s)", buf);
	sysinfo(&info);
	for (i = 0; i < 3; i++)
		l->info[i] = info.loads[i];
	l->procs = info.procs;
}

static void load_inside(void *arg)
{
	struct vcmd_virt_stat_v0 stat;
	struct loads l;
	int i;

	loads_now(&l);
	check(l.running >= SPINNERS + 1 && l.running <= SPINNERS + 2, "those that run, and the reader (%d)",
	      l.running);
	check(l.threads == SPINNERS + 2, "all threads of the context (%d)", l.threads);
	check(l.procs == l.threads, "sysinfo agrees");
	check(l.last_pid == 0, "the machine's last pid is not told");
	check(l.avg[0] >= 0.15 && l.avg[0] <= SPINNERS + 2, "a load of its own (%.2f)", l.avg[0]);
	for (i = 0; i < 3; i++)
		check(near(l.info[i] / 65536.0, l.avg[i], 0.3), "sysinfo has the same (%.2f)", l.avg[i]);
	check(field("/proc/stat", "procs_running ") == l.running, "/proc/stat has as many running");
	check(field("/proc/stat", "processes ") < 50, "and its own forks");
	check(field("/proc/virtual/1713/cvirt", "nr_running:\t") == l.running, "so has cvirt");
	check(field("/proc/virtual/1713/cvirt", "load_updates:\t") > 0, "which was computed");
	check_is(vs(VCMD_virt_stat, VS_ID_SELF, &stat), -ENOSYS, "virt_stat is for root of the host");
}

static void load_other(void *arg)
{
	struct loads l;

	loads_now(&l);
	check(l.threads > SPINNERS + 2, "without the flag: the machine's threads (%d)", l.threads);
	check(l.procs == l.threads || near(l.procs, l.threads, 10), "sysinfo agrees (%d)", l.procs);
	check(l.last_pid == 0, "but not its last pid");
	check(field("/proc/virtual/1711/cvirt", "nr_running:\t") == 1, "one task of it runs");
	check(field("/proc/virtual/1711/cvirt", "loadavg:\t") == 0, "it has no load");
}

static void check_load(void)
{
	struct vcmd_virt_stat_v0 stat = { 0 };
	pid_t pids[SPINNERS];
	struct loads l;
	int i;

	for (i = 0; i < SPINNERS; i++) {
		pids[i] = fork();
		if (!pids[i]) {
			if (vs(VCMD_ctx_migrate, load.xid, NULL))
				_exit(1);
			spin();
		}
	}
	/* One sample of three that run makes 3 * (1 - exp(-5/60)), about a quarter. */
	check(wait_until(!vs(VCMD_virt_stat, load.xid, &stat) && stat.load[0] >= 350),
	      "the load of the context rises (%u/2048)", stat.load[0]);
	check(stat.nr_running == SPINNERS && stat.nr_threads == SPINNERS + 1, "%u run, of %u",
	      stat.nr_running, stat.nr_threads);
	in_guest(&load, load_inside, NULL);
	in_guest(&plain, load_other, NULL);
	loads_now(&l);
	check(l.last_pid > 0 && l.threads > SPINNERS + 2, "the host sees all");
	for (i = 0; i < SPINNERS; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
}

/* Ticks of a context by processor, as /proc/virtual/XID/sched adds them up. */
static long long ticks(const char *path, int which)
{
	long long t[3], sum = 0;
	char *line, *save = NULL;
	int nr;

	if (!read_file(path, buf, sizeof(buf)))
		return -1;
	for (line = strtok_r(buf, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (sscanf(line, "cpu %d: %lld %lld %lld", &nr, &t[0], &t[1], &t[2]) == 4)
			sum += t[which];
	return sum;
}

static void work(void *arg)
{
	struct timespec start, now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
	do {
		if (arg)
			getppid();
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	} while ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 < 300);
}

static void check_time(void)
{
	long long before = ticks("/proc/virtual/1711/sched", 0) + ticks("/proc/virtual/1711/sched", 1);
	long long other = ticks("/proc/virtual/1714/sched", 0) + ticks("/proc/virtual/1714/sched", 1);
	long long after;

	check(read_file("/proc/virtual/1711/sched", buf, sizeof(buf)) &&
	      !strncmp(buf, "PrioBias:\t       0\ncpu 0: ", 26), "the file sched");
	in_guest(&plain, work, (void *)1);
	after = ticks("/proc/virtual/1711/sched", 0) + ticks("/proc/virtual/1711/sched", 1);
	check(after - before >= 15 && after - before <= 300, "the work of a context is its time (%lld)",
	      after - before);
	check(ticks("/proc/virtual/1714/sched", 0) + ticks("/proc/virtual/1714/sched", 1) - other < 15,
	      "and not another's");
}

/* Processors: a cpuset with the first one. */
static int cpus(const char *path, const char *word)
{
	char *p;
	int n = 0;

	if (!read_file(path, buf, sizeof(buf)))
		return -1;
	for (p = buf; (p = strstr(p, word)); p++)
		n += (p == buf || p[-1] == '\n') && (word[0] != 'c' || (p[3] >= '0' && p[3] <= '9'));
	return n;
}

static char group[64];

static bool write_file(const char *name, const char *text)
{
	char path[128];
	int fd;
	bool ok;

	snprintf(path, sizeof(path), "%s/%s", group, name);
	fd = open(path, O_WRONLY);
	ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (fd >= 0)
		close(fd);
	return ok;
}

static void cpu_inside(void *arg)
{
	long long sum[2] = { 0 }, user[2] = { 0 };
	int shown = *(int *)arg;
	char *p;

	check(cpus("/proc/stat", "cpu") == shown, "/proc/stat has %d processors (%d)", shown,
	      cpus("/proc/stat", "cpu"));
	check(cpus("/proc/cpuinfo", "processor") == shown, "/proc/cpuinfo as well");
	if (shown != 1)
		return;
	/* The first line adds up those that are shown: here it equals the second. */
	read_file("/proc/stat", buf, sizeof(buf));
	p = strstr(buf, "cpu0 ");
	if (p)
		sscanf(p, "cpu0 %lld %*d %*d %lld", &user[1], &sum[1]);
	if (sscanf(buf, "cpu %lld %*d %*d %lld", &user[0], &sum[0]) != 2)
		p = NULL;
	check(p && user[0] == user[1] && near(sum[0], sum[1], 2), "the sum is that of the one (%lld, %lld)",
	      sum[0], sum[1]);
}

static void in_group(void *arg)
{
	int n = *(int *)arg;

	check(write_file("cgroup.procs", "0"), "enter the cpuset");
	in_guest(n == 1 ? &cpu : &plain, cpu_inside, arg);
}

static void check_cpu(void)
{
	int all = sysconf(_SC_NPROCESSORS_ONLN), one = 1;
	char top[] = "/tmp/virt.XXXXXX";

	if (!mkdtemp(top))
		return;
	check(all > 1, "the machine has several processors (%d)", all);
	in_guest(&cpu, cpu_inside, &all);
	check_is(err(mount("none", top, "cgroup2", 0, NULL)), 0, "control groups");
	strcpy(group, top);
	check(write_file("cgroup.subtree_control", "+cpuset"), "with cpusets");
	snprintf(group, sizeof(group), "%s/vs-virt", top);
	check_is(err(mkdir(group, 0755)), 0, "a cpuset");
	check(write_file("cpuset.cpus", "0"), "with one processor");
	in_child(in_group, &one);
	in_child(in_group, &all);
	check(wait_until(!rmdir(group)), "the cpuset goes");
	umount(top);
	rmdir(top);
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	test_begin();
	/* Old enough that a guest's figures differ from the machine's. */
	check(wait_until(uptime(NULL) >= 15), "the machine is up for a while");
	check(guest_start(&plain) && guest_start(&up) && guest_start(&load) && guest_start(&cpu),
	      "guests start");
	check_uptime();
	check_load();
	check_time();
	check_cpu();
	guest_stop(&plain);
	guest_stop(&up);
	guest_stop(&load);
	guest_stop(&cpu);
	return test_end();
}
