// SPDX-License-Identifier: GPL-2.0
/*
 * Control groups as a guest sees them: its own tasks in the lists, nothing to be
 * written, and no task elsewhere to be moved by a descriptor from outside.
 */
#include <sys/mount.h>
#include "handles.h"

static struct guest a = { .xid = 2001 }, b = { .xid = 2002 };
static char dir[] = "/var/tmp/vs-cgroup-XXXXXX";
static pid_t canary;

/* The numbers in a list: which of the three are there, and how many more? */
struct list {
	bool host, a, b;
	int more;
};

static struct list parse(char *text, pid_t self)
{
	struct list list = { 0 };
	char *line, *save;
	pid_t pid;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		pid = atoi(line);
		if (pid == canary)
			list.host = true;
		else if (pid == a.pid)
			list.a = true;
		else if (pid == b.pid)
			list.b = true;
		else if (pid != self)
			list.more++;
	}
	return list;
}

static struct list list(const char *path)
{
	static char text[65536];

	if (!read_file(path, text, sizeof(text)))
		check(false, "read %s", path);
	return parse(text, getpid());
}

static void from_a(void *arg)
{
	struct list l = list(arg);

	check(l.a && !l.host && !l.b && !l.more, "%s: A sees its own (%d %d %d, %d more)", (char *)arg, l.host,
	      l.a, l.b, l.more);
	check_is(err(open(arg, O_WRONLY)), -EACCES, "A does not write to it");
}

static void from_b(void *arg)
{
	struct list l = list(arg);

	check(l.b && !l.host && !l.a && !l.more, "%s: B sees its own (%d more)", (char *)arg, l.more);
}

static void seen(const char *path)
{
	struct list l;

	in_guest(&a, from_a, (void *)path);
	in_guest(&b, from_b, (void *)path);
	l = list(path);
	check(l.host && l.a && l.b, "%s: the host sees all", path);
	/* What was read before by somebody else makes no difference. */
	in_guest(&a, from_a, (void *)path);
}

static long put(int fd, pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	return err(pwrite(fd, text, strlen(text), 0));
}

/* A descriptor that the host has opened for writing. */
static void held(void *arg)
{
	int fd = *(int *)arg;

	check_is(put(fd, canary), -ESRCH, "A does not move a task of the host");
	check_is(put(fd, b.pid), -ESRCH, "nor one of B");
	check(put(fd, a.pid) > 0, "its own it may, by a descriptor that it was given");
}

/* One list read in pieces, with others in between. */
static void in_pieces(void *arg)
{
	int *fd = arg, seq = fd[0];
	static char text[65536];
	ssize_t n;
	struct list l;

	if (read(fd[1], text, 1) != 1)
		_exit(1);
	n = pread(seq, text, sizeof(text) - 1, 0);
	text[n < 0 ? 0 : n] = '\0';
	l = parse(text, getpid());
	check(n > 0 && !l.host && !l.b, "A reads a list that the host has just read");
}

static void shared_list(const char *path)
{
	int fd[2], pair[2];
	static char text[65536];
	pid_t child;

	if (pipe(pair))
		exit(1);
	fd[0] = open(path, O_RDONLY);
	fd[1] = pair[0];
	child = fork();
	if (!child) {
		in_guest(&a, in_pieces, fd);
		_exit(0);
	}
	check(pread(fd[0], text, sizeof(text), 0) > 0, "the host reads a list");
	if (write(pair[1], "x", 1) != 1)
		exit(1);
	waitpid(child, NULL, 0);
	close(fd[0]);
}

/*
 * A hierarchy ends with its last unmount only if no group is left in it, and a
 * removed group goes a moment later. What stays would be in every /proc/PID/cgroup.
 */
static bool hierarchy_gone(const char *path, const char *type, const char *options)
{
	char text[4096];
	int i;

	umount2(path, MNT_DETACH);
	/* It goes a moment after its unmount, too; mounted meanwhile it would be a new one. */
	for (i = 0; i < 50; i++) {
		if (!read_file("/proc/self/cgroup", text, sizeof(text)))
			return false;
		if (!strstr(text, strchr(options, ',') + 1))
			return true;
		usleep(10000);
	}
	mount("none", path, type, 0, options);
	return false;
}

static void hierarchy(const char *type, const char *options, bool v1)
{
	char path[128], sub[160], subprocs[192], file[192];
	int fd;

	snprintf(path, sizeof(path), "%s/mnt", dir);
	if (mount("none", path, type, 0, options)) {
		check(errno == ENODEV, "%s # SKIP the kernel has none", type);
		return;
	}
	snprintf(file, sizeof(file), "%s/cgroup.procs", path);
	seen(file);
	shared_list(file);
	snprintf(file, sizeof(file), "%s/%s", path, v1 ? "tasks" : "cgroup.threads");
	seen(file);
	snprintf(sub, sizeof(sub), "%s/vs-test", path);
	snprintf(subprocs, sizeof(subprocs), "%s/cgroup.procs", sub);
	mkdir(sub, 0777);
	fd = open(subprocs, O_WRONLY);
	check(fd >= 0, "the host opens a list for writing");
	in_guest(&a, held, &fd);
	close(fd);
	/* Back to the root, or the directory cannot go. */
	snprintf(file, sizeof(file), "%s/cgroup.procs", path);
	fd = open(file, O_WRONLY);
	check(put(fd, a.pid) > 0 && put(fd, canary) > 0, "the host moves any");
	close(fd);
	check_is(err(rmdir(sub)), 0, "and nobody else was there");
	if (v1)
		check(wait_until(hierarchy_gone(path, type, options)), "the hierarchy is gone");
	else
		umount2(path, MNT_DETACH);
}

int main(int argc, char **argv)
{
	char path[128];

	test_sleeper(argc, argv);
	test_begin();
	if (!mkdtemp(dir) || chmod(dir, 0755))
		return 1;
	snprintf(path, sizeof(path), "%s/mnt", dir);
	mkdir(path, 0755);
	canary = fork();
	if (!canary) {
		setsid();
		for (;;)
			pause();
	}
	check(guest_start(&a) && guest_start(&b), "guests A and B start");
	hierarchy("cgroup2", NULL, false);
	hierarchy("cgroup", "none,name=vs-test", true);
	guest_stop(&a);
	guest_stop(&b);
	kill(canary, SIGKILL);
	waitpid(canary, NULL, 0);
	rmdir(path);
	rmdir(dir);
	return test_end();
}
