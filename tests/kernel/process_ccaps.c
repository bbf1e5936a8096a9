// SPDX-License-Identifier: GPL-2.0
/*
 * Context capabilities. Each gives out one use of a POSIX capability that the
 * bounding word keeps back: it takes the one bit, and the capability in the
 * task's own effective set.
 */
#include <linux/quota.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/quota.h>
#include <sys/resource.h>
#include <sys/xattr.h>
#include "ccap.h"

static struct guest a = { .xid = 1411 };
static char file[] = "/tmp/vs-ccaps-XXXXXX", on_disk[] = "/var/tmp/vs-ccaps-XXXXXX";

static long hostname(void)
{
	return err(sethostname("inside", 6));
}

static long domainname(void)
{
	return err(setdomainname("inside", 6));
}

static long raise_limit(void)
{
	struct rlimit low = { 1 << 30, 1 << 30 }, high = { 1 << 30, RLIM_INFINITY };

	return err(setrlimit(RLIMIT_FSIZE, &low)) ?: err(setrlimit(RLIMIT_FSIZE, &high));
}

/* Of a task of the same context and another user. */
static long read_limit(void)
{
	struct rlimit limit;
	pid_t pid;
	int up[2];
	long ret;
	char c;

	if (pipe(up))
		return -errno;
	pid = fork();
	if (!pid) {
		if (setresuid(1000, 1000, 1000) || write(up[1], "r", 1) != 1)
			_exit(1);
		pause();
	}
	if (read(up[0], &c, 1) != 1)
		return -EIO;
	ret = err(prlimit(pid, RLIMIT_CORE, NULL, &limit));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return ret;
}

static long set_security(void)
{
	return err(setxattr(file, "security.vs", "v", 1, 0));
}

static long remove_security(void)
{
	return err(removexattr(file, "security.vs"));
}

static long set_trusted(void)
{
	return err(setxattr(file, "trusted.vs", "v", 1, 0));
}

static long get_trusted(void)
{
	char buf[8];

	return err(getxattr(file, "trusted.vs", buf, sizeof(buf)));
}

static long list_in(const char *path)
{
	char buf[256], *name;
	ssize_t n = listxattr(path, buf, sizeof(buf));

	for (name = buf; n > 0 && name < buf + n; name += strlen(name) + 1)
		if (!strcmp(name, "trusted.vs"))
			return 0;
	return n < 0 ? -errno : -ENODATA;
}

static long list_trusted(void)
{
	return list_in(file);
}

/* The file system on the disk has a list of its own. */
static long list_disk(void)
{
	return list_in(on_disk);
}

static long remove_trusted(void)
{
	return err(removexattr(file, "trusted.vs"));
}

/* On a terminal that is nobody's. */
static long type_in(void)
{
	int tty = posix_openpt(O_RDWR | O_NOCTTY);
	long ret = err(ioctl(tty, TIOCSTI, "x"));

	close(tty);
	return ret;
}

/* On its own, from which the host has gone. */
static long type_in_own(void)
{
	int tty = posix_openpt(O_RDWR | O_NOCTTY), slave;
	long ret;

	if (grantpt(tty) || unlockpt(tty))
		return -EIO;
	if (fork()) {
		int status = 0;

		wait(&status);
		return -(long)WEXITSTATUS(status);
	}
	setsid();
	slave = open(ptsname(tty), O_RDWR);
	ret = slave < 0 ? -EBADF : err(ioctl(slave, TIOCSTI, "x"));
	_exit(-ret);
}

static long log_open(void)
{
	return err(klogctl(1, NULL, 0));
}

static long log_read_all(void)
{
	char buf[64];

	return err(klogctl(3, buf, sizeof(buf)));
}

static long log_read_clear(void)
{
	char buf[64];

	return err(klogctl(4, buf, sizeof(buf)));
}

static long log_clear(void)
{
	return err(klogctl(5, NULL, 0));
}

static long log_level(void)
{
	return err(klogctl(8, NULL, 1));
}

static long log_unread(void)
{
	return err(klogctl(9, NULL, 0));
}

static long log_size(void)
{
	return err(klogctl(10, NULL, 0));
}

static void nothing(int sig)
{
}

/* There is nothing to read, for ever: a signal ends the wait. */
static long log_read(void)
{
	struct sigaction act = { .sa_handler = nothing };
	char buf[64];

	sigaction(SIGALRM, &act, NULL);
	alarm(1);
	return err(klogctl(2, buf, sizeof(buf)));
}

static long write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	long ret;

	if (fd < 0)
		return -errno;
	ret = err(write(fd, text, strlen(text)));
	close(fd);
	return ret < 0 ? ret : 0;
}

static long oom_lower(void)
{
	return write_file("/proc/self/oom_score_adj", "-500");
}

static long oom_lower_legacy(void)
{
	return write_file("/proc/self/oom_adj", "-5");
}

/* The first time it is free, also to a user. */
static long login_uid(void)
{
	return write_file("/proc/self/loginuid", "1000") ?:
	       write_file("/proc/self/loginuid", "1001");
}

/* Somebody's quota; there is none, which is found out after the permission. */
static long quota(void)
{
	struct dqblk blk;

	return err(quotactl(QCMD(Q_GETQUOTA, USRQUOTA), "/dev/vda", 4711, (void *)&blk));
}

static long quota_fd(void)
{
	struct dqblk blk;
	int fd = open("/", O_RDONLY | O_DIRECTORY);
	long ret = err(syscall(SYS_quotactl_fd, fd, QCMD(Q_GETQUOTA, USRQUOTA), 4711, &blk));

	close(fd);
	return ret;
}

static const struct use {
	const char *name;
	uint64_t ccap;
	int cap;
	long (*op)(void);
	long refused, granted;
} uses[] = {
	{ "sethostname", VXC_SET_UTSNAME, CAP_SYS_ADMIN, hostname, -EPERM, 0 },
	{ "setdomainname", VXC_SET_UTSNAME, CAP_SYS_ADMIN, domainname, -EPERM, 0 },
	{ "raise a hard limit", VXC_SET_RLIMIT, CAP_SYS_RESOURCE, raise_limit, -EPERM, 0 },
	{ "prlimit of another user's task", VXC_SET_RLIMIT, CAP_SYS_RESOURCE, read_limit, -EPERM,
	 0 },
	{ "set security.*", VXC_FS_SECURITY, CAP_SYS_ADMIN, set_security, -EPERM, 0 },
	{ "remove security.*", VXC_FS_SECURITY, CAP_SYS_ADMIN, remove_security, -EPERM, 0 },
	{ "set trusted.*", VXC_FS_TRUSTED, CAP_SYS_ADMIN, set_trusted, -EPERM, 0 },
	{ "read trusted.*", VXC_FS_TRUSTED, CAP_SYS_ADMIN, get_trusted, -ENODATA, 1 },
	{ "list trusted.*", VXC_FS_TRUSTED, CAP_SYS_ADMIN, list_trusted, -ENODATA, 0 },
	{ "list trusted.* on disk", VXC_FS_TRUSTED, CAP_SYS_ADMIN, list_disk, -ENODATA, 0 },
	{ "remove trusted.*", VXC_FS_TRUSTED, CAP_SYS_ADMIN, remove_trusted, -EPERM, 0 },
	{ "type into a terminal", VXC_TIOCSTI, CAP_SYS_ADMIN, type_in, -EPERM, 0 },
	{ "type into one's own", VXC_TIOCSTI, CAP_SYS_ADMIN, type_in_own, -EPERM, 0 },
	{ "open the log", VXC_SYSLOG, CAP_SYSLOG, log_open, -EPERM, 0 },
	{ "read all of the log", VXC_SYSLOG, CAP_SYSLOG, log_read_all, -EPERM, 0 },
	{ "read and clear the log", VXC_SYSLOG, CAP_SYSLOG, log_read_clear, -EPERM, 0 },
	{ "clear the log", VXC_SYSLOG, CAP_SYSLOG, log_clear, -EPERM, 0 },
	{ "set the console's level", VXC_SYSLOG, CAP_SYSLOG, log_level, -EPERM, 0 },
	{ "size of what is unread", VXC_SYSLOG, CAP_SYSLOG, log_unread, -EPERM, 0 },
	{ "size of the log", VXC_SYSLOG, CAP_SYSLOG, log_size, -EPERM, 0 },
	{ "wait for the log", VXC_SYSLOG, CAP_SYSLOG, log_read, -EPERM, -EINTR },
	{ "lower oom_score_adj", VXC_OOM_ADJUST, CAP_SYS_RESOURCE, oom_lower, -EACCES, 0 },
	{ "lower oom_adj", VXC_OOM_ADJUST, CAP_SYS_RESOURCE, oom_lower_legacy, -EACCES, 0 },
	{ "change the login uid", VXC_AUDIT_CONTROL, CAP_AUDIT_CONTROL, login_uid, -EPERM, 0 },
	{ "quotactl", VXC_QUOTA_CTL, CAP_SYS_ADMIN, quota, -EPERM, -ESRCH },
	{ "quotactl_fd", VXC_QUOTA_CTL, CAP_SYS_ADMIN, quota_fd, -EPERM, -ESRCH },
};

struct try {
	const struct use *use;
	const char *how;
	int without;
	uid_t uid;
	long want;
};

static void try(void *arg)
{
	const struct try *t = arg;
	char what[128];

	raw_without(t->without);
	if (t->uid && setresuid(t->uid, t->uid, t->uid))
		_exit(1);
	snprintf(what, sizeof(what), "%s, %s", t->use->name, t->how);
	check_is(t->use->op(), t->want, what);
}

static void ccaps(void)
{
	const struct use *u;
	struct try t;

	for (u = uses; u < uses + sizeof(uses) / sizeof(*uses); u++) {
		/* A value for the tries to find; the attribute may be there. */
		if (u->ccap == VXC_FS_SECURITY)
			setxattr(file, "security.vs", "v", 1, 0);
		if (u->ccap == VXC_FS_TRUSTED)
			setxattr(file, "trusted.vs", "v", 1, 0);
		give(&a, 0);
		t = (struct try){ u, "without any", -1, 0, u->refused };
		in_own_ns(&a, try, &t);
		give(&a, ~u->ccap);
		t = (struct try){ u, "with all others", -1, 0, u->refused };
		in_own_ns(&a, try, &t);
		give(&a, u->ccap);
		t = (struct try){ u, "not in the own set", u->cap, 0, u->refused };
		in_own_ns(&a, try, &t);
		t = (struct try){ u, "with the one", -1, 0, u->granted };
		in_own_ns(&a, try, &t);
	}
}

static void level(void *arg)
{
	check_is(log_level(), 0, "with leave the level of the console is set");
}

static void user_tries(void *arg)
{
	if (setresuid(1000, 1000, 1000))
		_exit(1);
	check_is(hostname(), -EPERM, "a user with all of them: sethostname");
	check_is(set_trusted(), -EPERM, "set trusted.*");
	check_is(type_in(), -EPERM, "type into a terminal");
	check_is(log_clear(), -EPERM, "clear the log");
	check_is(oom_lower(), -EACCES, "lower oom_score_adj");
}

/* What all of them together do not give. */
static void still_refused(void *arg)
{
	char after[64];

	check_is(err(syscall(SYS_acct, "/tmp/acct")), -EPERM, "with all of them: acct");
	check_is(err(mknod("/tmp/vs-ccaps-node", S_IFCHR | 0600, 0x101)), -EPERM, "mknod");
	check_is(err(klogctl(10, NULL, 0)), 0, "the log has no size");
	check_is(err(open("/dev/kmsg", O_RDONLY)), -EPERM, "read /dev/kmsg");
	check_is(err(open("/dev/kmsg", O_WRONLY)), -EPERM, "write /dev/kmsg");
	check_is(err(klogctl(8, NULL, 9)), -EINVAL, "a level that is none");
	check_is(err(klogctl(3, NULL, 1)), -EINVAL, "no buffer");
	check_is(err(klogctl(99, NULL, 1)), -EINVAL, "an action that is none");
	check_is(write_file("/proc/self/oom_score_adj", "-1000"), 0,
		 "ask to be exempt from the killer");
	check(read_file("/proc/self/oom_score_adj", after, sizeof(after)) && !strcmp(after,
										     "-999\n"),
	      "nobody is (%.4s)", after);
	check_is(write_file("/proc/self/oom_score_adj", "0"), 0, "back");
	check_is(write_file("/proc/self/oom_adj", "-17"), 0, "ask in the old way");
	check(read_file("/proc/self/oom_score_adj", after, sizeof(after)) && !strcmp(after,
										     "-999\n"),
	      "nobody is (%.4s)", after);

	check_is(err(setxattr("/sys/kernel", "trusted.vs", "v", 1, 0)), -EPERM,
		 "an attribute of the kernel's own files, trusted");
	check_is(err(setxattr("/sys/kernel", "security.vs", "v", 1, 0)), -EPERM, "security");
}

/* Without an UTS namespace of its own a guest has the host's name. */
static void shared_name(void *arg)
{
	check_is(hostname(), -EPERM, "the host's own name");
	check_is(domainname(), -EPERM, "nor its domain");
}

/* A part of a file system: the quota of the rest is not the guest's. */
static void part(void *arg)
{
	struct dqblk blk;
	int fd = open(arg, O_RDONLY | O_DIRECTORY);

	check_is(err(syscall(SYS_quotactl_fd, fd, QCMD(Q_GETQUOTA, USRQUOTA), 4711, &blk)), -EPERM,
		 "quota of a file system of which it has a part");
	close(fd);
	if (chroot("/usr"))
		_exit(1);
	fd = open("/", O_RDONLY | O_DIRECTORY);
	check_is(err(syscall(SYS_quotactl_fd, fd, QCMD(Q_GETQUOTA, USRQUOTA), 4711, &blk)), -EPERM,
		 "also from below a root of its own");
}

static void bind_and_enter(void *arg)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("/usr", "/mnt", NULL, MS_BIND, NULL))
		_exit(1);
	in_guest(&a, part, "/mnt");
}

/* A descriptor of a terminal that a task of the host has as its own. */
static void foreign_tty(void *arg)
{
	int *fd = arg;

	raw_without(-1);
	check_is(err(ioctl(fd[0], TIOCSTI, "x")), -EPERM, "type into a terminal of the host");
	check_is(err(ioctl(fd[1], TIOCSTI, "x")), -EPERM, "nor into its other end");
}

static void host_tty(void *arg)
{
	int fd[2];

	fd[1] = posix_openpt(O_RDWR | O_NOCTTY);
	setsid();
	if (fd[1] < 0 || grantpt(fd[1]) || unlockpt(fd[1]))
		_exit(1);
	fd[0] = open(ptsname(fd[1]), O_RDWR);
	check(fd[0] >= 0, "a terminal of the host");
	in_guest(&a, foreign_tty, fd);
	check_is(err(ioctl(fd[0], TIOCSTI, "x")), 0, "the host types");
}

int main(int argc, char **argv)
{
	char before[64], after[64];
	int fd;

	test_sleeper(argc, argv);
	test_begin();
	fd = mkstemp(file);
	if (fd < 0)
		return 1;
	close(fd);
	fd = mkstemp(on_disk);
	check(fd >= 0 && !setxattr(on_disk, "trusted.vs", "v", 1, 0), "a file on the disk");
	close(fd);
	check(guest_start(&a), "a guest starts");
	ccaps();
	check_is(give(&a, ~0ULL), 0, "all context capabilities");
	in_own_ns(&a, user_tries, NULL);
	in_own_ns(&a, still_refused, NULL);
	check(read_file("/proc/sys/kernel/printk", before, sizeof(before)), "the console's level");
	in_guest(&a, level, NULL);
	check(read_file("/proc/sys/kernel/printk", after, sizeof(after)) && !strcmp(before, after),
	      "and stays as it was");
	in_guest(&a, shared_name, NULL);
	in_child(bind_and_enter, NULL);
	in_child(host_tty, NULL);
	guest_stop(&a);
	unlink(file);
	unlink(on_disk);
	return test_end();
}
