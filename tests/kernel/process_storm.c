// SPDX-License-Identifier: GPL-2.0
/*
 * A storm: workers on the host create, enter, configure, ask, kill and watch a
 * few contexts at the same time, while what runs inside forks, executes,
 * threads, exits and leaves orphans. Each result must be one that the race
 * allows, and in the end no context, no object and no task is left.
 *
 * VS_STORM is the number of operations, all kinds together. Native only: the
 * races are the kernel's, whatever the size of a pointer.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <pthread.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include "harness.h"

#define XID_FIRST	1480
#define XIDS		8
#define WORKERS		6
#define SHORT		8000	/* operations, if VS_STORM does not say */

#define STORM_SPACES	(CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNS | CLONE_NEWPID | CLONE_FS)

enum {
	CREATE, SETUP, SPACES, NET, MIGRATE, NET_MIGRATE, ENTER, KILL, FLAGS, WORDS, NAMES, STATS,
	WAIT, PROC, FORK, EXEC, THREAD, REFUSED, BEYOND, KINDS
};

/* What may come out beside success. */
static const struct {
	const char	*name;
	int		may[4];
} kinds[KINDS] = {
	[CREATE]	= { "create", { EEXIST, EBUSY } },
	[SETUP]		= { "set up" },
	[SPACES]	= { "store spaces", { ESRCH } },
	[NET]		= { "network context", { EEXIST, EBUSY, ESRCH, EADDRNOTAVAIL } },
	[MIGRATE]	= { "migrate", { ESRCH, EFAULT } },
	[NET_MIGRATE]	= { "net_migrate", { ESRCH, EFAULT } },
	[ENTER]		= { "enter spaces", { ESRCH, EINVAL } },
	[KILL]		= { "kill", { ESRCH } },
	[FLAGS]		= { "flags", { ESRCH } },
	[WORDS]		= { "words", { ESRCH } },
	[NAMES]		= { "names", { ESRCH, EINVAL } },
	[STATS]		= { "ask", { ESRCH } },
	[WAIT]		= { "wait_exit", { ESRCH } },
	[PROC]		= { "read /proc", { ENOENT, ESRCH, ENOTDIR } },
	/* The stored pid namespace may be dead; then it has no place for a child, or a thread. */
	[FORK]		= { "fork inside", { ENOMEM } },
	[EXEC]		= { "exec inside" },
	[THREAD]	= { "thread inside", { EAGAIN, EINVAL, ENOMEM } },
	[REFUSED]	= { "what is refused" },
	[BEYOND]	= { "what is out of sight" },
};

static struct {
	long	left;			/* operations */
	long	done[KINDS], good[KINDS];
	int	odd_kind, odd_error;	/* the first result that may not be */
	long	odd;
} *shared;

static pid_t host_pid;
static int self_exe;

static unsigned int rnd(unsigned int n)
{
	static unsigned long long state;
	static pid_t owner;
	struct timespec ts;

	if (owner != getpid() || !state) {
		clock_gettime(CLOCK_MONOTONIC, &ts);
		owner = getpid();
		state = ts.tv_nsec * 2862933555777941757ULL + syscall(SYS_gettid) + 1;
	}
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 16) % n;
}

static long tell(int kind, long ret)
{
	int i;

	__atomic_add_fetch(&shared->done[kind], 1, __ATOMIC_RELAXED);
	__atomic_sub_fetch(&shared->left, 1, __ATOMIC_RELAXED);
	if (ret >= 0) {
		__atomic_add_fetch(&shared->good[kind], 1, __ATOMIC_RELAXED);
		return ret;
	}
	for (i = 0; i < 4; i++)
		if (kinds[kind].may[i] == -ret)
			return ret;
	if (!__atomic_fetch_add(&shared->odd, 1, __ATOMIC_RELAXED)) {
		shared->odd_kind = kind;
		shared->odd_error = -ret;
	}
	return ret;
}

/* An errno that must come, and no other. */
static void tell_must(int kind, long ret, int error)
{
	tell(kind, ret == -error ? 0 : ret < 0 ? ret : -EUCLEAN);
}

/* A program of the guest: it lives shortly, or until it is killed. */
static void leaf(void)
{
	switch (rnd(4)) {
	case 0:
		usleep(rnd(20000));
		break;
	case 1:
		raise(SIGKILL);
		break;
	case 2:
		ualarm(200000, 0);
		pause();
	}
	_exit(0);
}

static void *thread(void *arg)
{
	usleep(rnd(2000));
	return NULL;
}

static void read_dir(const char *path)
{
	struct dirent *entry;
	char name[512], buf[4096];
	DIR *d = opendir(path);

	while (d && (entry = readdir(d))) {
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		/* Above the tasks there are files that wait for something to happen. */
		if (entry->d_type == DT_REG && strcmp(path, "/proc"))
			read_file(name, buf, sizeof(buf));
		if (rnd(8))
			continue;
		snprintf(name, sizeof(name), "%s/%s/status", path, entry->d_name);
		read_file(name, buf, sizeof(buf));
		snprintf(name, sizeof(name), "%s/%s/vinfo", path, entry->d_name);
		read_file(name, buf, sizeof(buf));
	}
	if (d)
		closedir(d);
}

static void do_fork(void)
{
	char *argv[] = { "storm", "--leaf", NULL };
	pid_t pid = fork();

	tell(FORK, pid < 0 ? -errno : 0);
	if (pid)
		return;
	if (rnd(2) && fork())
		_exit(0);	/* the child is an orphan */
	if (rnd(3))
		leaf();
	tell(EXEC, 0);
	/* Only a failure comes back. */
	tell(EXEC, err(syscall(SYS_execveat, self_exe, "", argv, environ, AT_EMPTY_PATH)));
	_exit(1);
}

static void do_thread(void)
{
	pthread_t t;
	int ret = pthread_create(&t, NULL, thread, NULL);

	tell(THREAD, -ret);
	if (!ret && rnd(2))
		pthread_join(t, NULL);
}

/* What a task of a guest does with its life. */
static void live(void)
{
	int steps = 1 + rnd(6);

	while (steps--) {
		switch (rnd(8)) {
		case 0 ... 2:
			do_fork();
			break;
		case 3:
			do_thread();
			break;
		case 4:
			tell_must(REFUSED, err(mount("none", "/", "tmpfs", 0, NULL)), EPERM);
			tell_must(REFUSED, err(unshare(CLONE_NEWNET)), EPERM);
			break;
		case 5:
			/* In a pid namespace of its own the number may be somebody else's. */
			if (getpid() > host_pid)
				tell_must(BEYOND, err(kill(host_pid, 0)), ESRCH);
			kill(-1, rnd(3) ? 0 : SIGKILL);
			break;
		case 6:
			read_dir(rnd(2) ? "/proc" : "/proc/self");
			break;
		case 7:
			close(socket(rnd(2) ? AF_INET : AF_UNIX, SOCK_DGRAM, 0));
			while (waitpid(-1, NULL, WNOHANG) > 0)
				;
		}
	}
	if (rnd(2))
		usleep(rnd(5000));
}

/* In a child: a new guest with all that belongs to one. */
static void create(unsigned int xid)
{
	static const uint64_t some[] = { 0, VXF_INFO_INIT, VXF_PERSISTENT, VXF_HIDE_VINFO };
	struct vcmd_ctx_create make = { VXF_INIT_SET | some[rnd(4)] };
	struct vcmd_net_create net = { NXF_STATE_ADMIN | (rnd(4) ? 0 : NXF_PERSISTENT) };
	struct vcmd_bcaps bcaps = { TEST_BCAPS, ~0ULL };
	struct vcmd_ctx_flags_v0 end = { 0, VXF_STATE_SETUP | (rnd(2) ? VXF_STATE_INIT : 0) };
	struct vcmd_space_mask_v2 store = { 0, 0 };
	struct vcmd_vhi_name_v0 name = { .field = VHIN_CONTEXT };
	unsigned long spaces = rnd(3) ? 0 : CLONE_NEWUTS | CLONE_NEWIPC | (rnd(2) ? CLONE_NEWNS : 0) |
					    (rnd(2) ? CLONE_NEWPID : 0);

	if (rnd(2))
		tell(NET, vs(VCMD_net_create, xid, &net));
	if (spaces)
		tell(SPACES, err(unshare(spaces)));
	if (tell(CREATE, vs(VCMD_ctx_create, xid, &make)) < 0)
		return;
	if (spaces && (spaces & CLONE_NEWPID) && fork())
		return;		/* the child is process 1 of the new space */
	store.mask = spaces | CLONE_FS;
	if (rnd(2))
		tell(SETUP, vs(VCMD_set_space, VS_ID_SELF, &store));
	snprintf(name.name, sizeof(name.name), "storm %u", xid);
	tell(SETUP, vs(VCMD_set_vhi_name, VS_ID_SELF, &name));
	tell(SETUP, vs(VCMD_set_bcaps, VS_ID_SELF, &bcaps));
	tell(SETUP, vs(VCMD_set_cflags, VS_ID_SELF, &end));
	live();
}

static bool in_setup(unsigned int xid)
{
	struct vcmd_ctx_flags_v0 flags;

	return vs(VCMD_get_cflags, xid, &flags) || (flags.flagword & VXF_STATE_SETUP);
}

/* In a child: join a guest, with or without its namespaces. */
static void enter(unsigned int xid)
{
	struct vcmd_space_mask_v2 all = { 0, 0 };
	bool setup;

	if (rnd(2))
		tell(NET_MIGRATE, vs(VCMD_net_migrate, xid, NULL));
	if (rnd(2))
		tell(ENTER, vs(VCMD_enter_space, xid, &all));
	setup = in_setup(xid);
	if (tell(MIGRATE, vs(VCMD_ctx_migrate, xid, NULL)) || setup)
		return;
	live();
}

static void child(void (*fn)(unsigned int xid), unsigned int xid)
{
	pid_t pid = fork();

	if (!pid) {
		fn(xid);
		_exit(0);
	}
	if (pid > 0 && rnd(3))
		waitpid(pid, NULL, 0);
}

static void do_kill(unsigned int xid)
{
	static const int signals[] = { 0, SIGTERM, SIGKILL, SIGKILL };
	struct vcmd_ctx_kill_v0 kill = { (int)rnd(3) - 1, signals[rnd(4)] };

	tell(KILL, vs(VCMD_ctx_kill, xid, &kill));
}

static void do_flags(unsigned int xid)
{
	uint64_t mask = VXF_PERSISTENT | VXF_HIDE_VINFO | VXF_INFO_INIT;
	struct vcmd_ctx_flags_v0 flags = { rnd(3) ? 0 : mask, rnd(2) ? mask : VXF_PERSISTENT };
	struct vcmd_net_flags_v0 nflags = { rnd(3) ? 0 : NXF_PERSISTENT, NXF_PERSISTENT };

	tell(FLAGS, vs(VCMD_set_cflags, xid, &flags));
	tell(FLAGS, vs(VCMD_set_nflags, xid, &nflags));
}

static void do_words(unsigned int xid)
{
	struct vcmd_ctx_caps_v1 ccaps = { rnd(2) ? VXC_SET_UTSNAME : 0, VXC_SET_UTSNAME };
	struct vcmd_net_addr_ipv4_v2 add = { .type = NXA_TYPE_ADDR };
	struct vcmd_umask umask;

	tell(WORDS, vs(VCMD_set_ccaps, xid, &ccaps));
	tell(WORDS, vs(VCMD_get_umask, xid, &umask));
	add.ip.s_addr = htonl(0x0a630000 + rnd(16));
	add.mask.s_addr = htonl(0xffffff00);
	vs(rnd(2) ? VCMD_net_add_ipv4 : VCMD_net_rem_ipv4, xid, &add);
}

static void do_names(unsigned int xid)
{
	struct vcmd_vhi_name_v0 name = { .field = rnd(2) ? VHIN_CONTEXT : VHIN_NODENAME, .name = "storm" };

	tell(NAMES, vs(rnd(2) ? VCMD_set_vhi_name : VCMD_get_vhi_name, xid, &name));
}

static void do_ask(unsigned int xid)
{
	struct vcmd_ctx_stat_v0 stat;
	struct vcmd_virt_stat_v0 virt;
	struct vcmd_vx_info_v0 info;

	tell(STATS, vs(VCMD_ctx_stat, xid, &stat));
	tell(STATS, vs(VCMD_virt_stat, xid, &virt));
	if (!tell(STATS, vs(VCMD_vx_info, xid, &info)) && info.initpid)
		tell(STATS, vs(VCMD_task_xid, info.initpid, NULL));
}

/* It may wait for ever: killed after a while, if the context is not. */
static void do_wait(unsigned int xid)
{
	struct vcmd_ctx_flags_v0 flags = { 0, VXF_PERSISTENT };
	struct vcmd_ctx_kill_v0 die = { 0, SIGKILL };
	struct vcmd_wait_exit_v0 gone;
	pid_t pid = fork();

	if (!pid) {
		tell(WAIT, vs(VCMD_wait_exit, xid, &gone));
		_exit(0);
	}
	if (pid < 0)
		return;
	usleep(rnd(10000));
	if (rnd(2)) {
		tell(FLAGS, vs(VCMD_set_cflags, xid, &flags));
		tell(KILL, vs(VCMD_ctx_kill, xid, &die));
		usleep(rnd(20000));
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void do_proc(unsigned int xid)
{
	char path[64], buf[4096];
	static const char * const files[] = { "info", "status", "nsproxy", "cvirt", "denied" };

	snprintf(path, sizeof(path), "/proc/virtual/%u/%s", xid, files[rnd(5)]);
	errno = 0;
	tell(PROC, read_file(path, buf, sizeof(buf)) ? 0 : -errno);
	if (!rnd(4))
		read_dir(rnd(2) ? "/proc/virtual" : "/proc/virtnet");
	if (!rnd(8))
		read_dir("/proc");
}

static void worker(void)
{
	static void (*const ops[9])(unsigned int xid) = {
		do_kill, do_flags, do_words, do_names, do_ask, do_ask, do_wait, do_proc, do_proc,
	};

	while (__atomic_load_n(&shared->left, __ATOMIC_RELAXED) > 0) {
		unsigned int xid = XID_FIRST + rnd(XIDS), what = rnd(16);

		if (what < 4)
			child(create, xid);
		else if (what < 7)
			child(enter, xid);
		else
			ops[what - 7](xid);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	_exit(0);
}

/* One number of /proc/virtual/status or /proc/virtnet/status. */
static long count(const char *path, const char *title)
{
	char buf[1024], *line;

	if (!read_file(path, buf, sizeof(buf)))
		return -1;
	line = strstr(buf, title);
	return line ? atol(line + strlen(title)) : -1;
}

static bool nothing_left(void)
{
	struct vcmd_ctx_flags_v0 flags = { 0, VXF_PERSISTENT };
	struct vcmd_net_flags_v0 nflags = { 0, NXF_PERSISTENT };
	struct vcmd_ctx_kill_v0 kill = { 0, SIGKILL };
	unsigned int xid;

	for (xid = XID_FIRST; xid < XID_FIRST + XIDS; xid++) {
		vs(VCMD_set_cflags, xid, &flags);
		vs(VCMD_set_nflags, xid, &nflags);
		vs(VCMD_ctx_kill, xid, &kill);
	}
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	return !count("/proc/virtual/status", "#CActive:") && !count("/proc/virtnet/status", "#CActive:");
}

/* On kernels that count the objects of a cache: after it was emptied. */
static void check_slab(const char *name)
{
	char path[128], buf[256];
	bool empty;
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/shrink", name);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, "1", 1) != 1)
		return;
	close(fd);
	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/objects", name);
	if (!read_file(path, buf, sizeof(buf)))
		return;
	empty = wait_until(read_file(path, buf, sizeof(buf)) && !atoi(buf));
	check(empty, "slab %s: %d objects", name, atoi(buf));
}

int main(int argc, char **argv)
{
	const char *wanted = getenv("VS_STORM");
	long total = wanted ? atol(wanted) : SHORT, objects, networks;
	pid_t pid[WORKERS];
	int i, status, running = WORKERS, bad = 0;

	if (argc == 2 && !strcmp(argv[1], "--leaf"))
		leaf();
	test_begin();
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || total < 1)
		return 1;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	host_pid = getpid();
	self_exe = open("/proc/self/exe", O_RDONLY);
	objects = count("/proc/virtual/status", "#CTotal:");
	networks = count("/proc/virtnet/status", "#CTotal:");
	check(objects >= 0 && networks >= 0, "objects before: %ld and %ld", objects, networks);
	shared->left = total;
	for (i = 0; i < WORKERS; i++) {
		pid[i] = fork();
		if (!pid[i])
			worker();
	}
	/* Orphans come here, too. */
	while (running) {
		pid_t ended = waitpid(-1, &status, 0);

		for (i = 0; i < WORKERS; i++) {
			if (pid[i] == ended) {
				running--;
				bad += status != 0;
			}
		}
	}
	check(!bad && shared->left <= 0, "%d workers end well after %ld operations", WORKERS,
	      total - shared->left);
	check(wait_until(nothing_left()), "no context is left");
	check(wait_until(waitpid(-1, NULL, WNOHANG) < 0), "and no task");
	for (i = 0; i < KINDS; i++)
		check(shared->good[i] > 0, "%s: %ld times, %ld with success", kinds[i].name, shared->done[i],
		      shared->good[i]);
	check(!shared->odd, "no result that may not be%s%s%s%s", shared->odd ? ": " : "",
	      shared->odd ? kinds[shared->odd_kind].name : "", shared->odd ? ", " : "",
	      shared->odd ? strerrorname_np(shared->odd_error) : "");
	/* Some are held by credentials that the kernel frees a little later. */
	check(wait_until(count("/proc/virtual/status", "#CTotal:") <= objects), "no object of a process context");
	check(wait_until(count("/proc/virtnet/status", "#CTotal:") <= networks), "nor of a network context");
	check_slab("vx_info");
	check_slab("nx_info");
	return test_end();
}
