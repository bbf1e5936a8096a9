// SPDX-License-Identifier: GPL-2.0
/*
 * Core dumps: a guest's never reach a program of the host unless the host says
 * so, and files are written inside the guest.
 */
#include <sys/resource.h>
#include "harness.h"

#define USER	31005

static struct guest a = { .xid = 1641 };
static struct guest rooted = { .xid = 1642 };
static char dir[] = "/tmp/vs-core-XXXXXX";
static char self[256];
static char old_pattern[256], old_dumpable[16];

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	check(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), "%s = %s", path, text);
	close(fd);
}

static void pattern(const char *text)
{
	write_file("/proc/sys/kernel/core_pattern", text);
}

static const char *in_dir(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

/* The host's handler: say that it ran, and as whom. */
static int handler(const char *marker)
{
	char buf[4096];
	int fd = open(marker, O_WRONLY | O_CREAT, 0600);

	while (read(0, buf, sizeof(buf)) > 0)
		;
	return fd < 0;
}

/* A child dies of SIGABRT; did that leave a core? */
static bool crash(uid_t uid)
{
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	int status = 0;
	pid_t pid = fork();

	if (!pid) {
		setrlimit(RLIMIT_CORE, &unlimited);
		if (uid && setresuid(uid, uid, uid))
			_exit(1);
		abort();
	}
	waitpid(pid, &status, 0);
	check(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "a task aborts");
	return WCOREDUMP(status);
}

static void file(void *arg)
{
	check_is(err(chdir(dir)), 0, "a directory");
	check(crash(0), "it leaves a core");
	check_is(err(unlink("core.vs")), 0, "in the directory where it was");
}

static void to_pipe(void *arg)
{
	bool want = *(bool *)arg;

	check(crash(0) == want, "the core goes %s", want ? "to the handler" : "nowhere");
}

/* Root changes to a user: the dump of what it knew is root's, by an absolute path. */
static void secret(void *arg)
{
	bool want = *(bool *)arg;

	check(crash(USER) == want, "a dump with root's secrets is %s", want ? "written" : "not written");
}

static bool exists(const char *path)
{
	struct stat st;

	return !lstat(path, &st);
}

/* In a child: the root of the guest is @dir. */
static void store_root(void *arg)
{
	struct vcmd_space_mask_v2 space = { CLONE_FS, 0 };

	check_is(err(chroot(dir)), 0, "a directory as the root");
	check_is(vs(VCMD_set_space, rooted.xid, &space), 0, "stored in the guest");
}

static void pipes(void)
{
	char text[1024], marker[512];
	bool yes = true, no = false;

	snprintf(marker, sizeof(marker), "%s/marker", dir);
	snprintf(text, sizeof(text), "|%s --core %s", self, marker);
	if (strlen(text) > 127) {
		check(false, "the pattern is too long: %s", text);
		return;
	}
	pattern(text);
	in_child(to_pipe, &yes);
	check(wait_until(exists(marker)), "the host's own: the handler ran");
	unlink(marker);

	in_guest(&a, to_pipe, &no);
	usleep(300000);
	check(!exists(marker), "A's: it did not run");

	write_file("/proc/sys/kernel/vserver_core_pipe", "1");
	in_guest(&a, to_pipe, &yes);
	check(wait_until(exists(marker)), "kernel.vserver_core_pipe allows it");
	unlink(marker);
	write_file("/proc/sys/kernel/vserver_core_pipe", "0");
}

static void secrets(void)
{
	bool yes = true, no = false;
	char host[512];

	write_file("/proc/sys/fs/suid_dumpable", "2");
	snprintf(host, sizeof(host), "%s/core.abs", dir);
	pattern(host);
	in_child(secret, &yes);
	check_is(err(unlink(host)), 0, "the host's lies at the path");

	in_guest(&a, secret, &no);
	check(!exists(host), "A, for which no root is stored, does not write below the host's");

	pattern("/core.inside");
	in_child(store_root, NULL);
	in_guest(&rooted, secret, &yes);
	check(!exists("/core.inside"), "a guest with a root does not write to the host's");
	check_is(err(unlink(in_dir("core.inside"))), 0, "but to its own");
	unlink("/core.inside");
}

int main(int argc, char **argv)
{
	ssize_t n;

	if (argc == 3 && !strcmp(argv[1], "--core"))
		return handler(argv[2]);
	test_sleeper(argc, argv);
	test_begin();
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	check(n > 0 && mkdtemp(dir) && !chmod(dir, 0755), "a directory");
	check(read_file("/proc/sys/kernel/core_pattern", old_pattern, sizeof(old_pattern)) &&
	      read_file("/proc/sys/fs/suid_dumpable", old_dumpable, sizeof(old_dumpable)), "the settings");
	old_pattern[strcspn(old_pattern, "\n")] = '\0';
	old_dumpable[strcspn(old_dumpable, "\n")] = '\0';
	check(guest_start(&a) && guest_start(&rooted), "two guests run");

	pattern("core.vs");
	in_child(file, NULL);
	in_guest(&a, file, NULL);
	pipes();
	secrets();

	write_file("/proc/sys/fs/suid_dumpable", old_dumpable);
	pattern(old_pattern);
	guest_stop(&a);
	guest_stop(&rooted);
	check_is(err(rmdir(dir)), 0, "nothing else was written");
	return test_end();
}
