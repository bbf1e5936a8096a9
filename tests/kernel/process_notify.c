// SPDX-License-Identifier: GPL-2.0
/*
 * inotify and fanotify on a file that several contexts share: a change is told
 * to all who watch, that somebody reads it to his own context and the host.
 */
#include <poll.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include "handles.h"

static struct guest a = { .xid = 1801 }, b = { .xid = 1802 }, all = { .xid = 1803, .bcaps = ~0ULL };
static char dir[] = "/var/tmp/vs-notify-XXXXXX";
static char file[64], other[64];
static int sock[2];

#define READS	(IN_OPEN | IN_ACCESS | IN_CLOSE_NOWRITE)
#define WRITES	(IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_CREATE | IN_DELETE)

static void read_it(void *arg)
{
	char c;
	int fd = open(file, O_RDONLY);

	if (fd < 0 || read(fd, &c, 1) != 1)
		check(false, "read the file");
	close(fd);
}

static void write_it(void *arg)
{
	int fd = open(file, O_WRONLY);

	if (fd < 0 || write(fd, "x", 1) != 1 || fchmod(fd, 0644))
		check(false, "write the file");
	close(fd);
	close(open(other, O_CREAT | O_WRONLY, 0600));
	unlink(other);
}

/* All events that are waiting. */
static uint32_t events(int fd)
{
	char buf[4096] __attribute__((aligned(8)));
	struct pollfd poll1 = { fd, POLLIN, 0 };
	uint32_t mask = 0;
	ssize_t n, pos;

	while (poll(&poll1, 1, 0) == 1 && (n = read(fd, buf, sizeof(buf))) > 0)
		for (pos = 0; pos < n; ) {
			struct inotify_event *e = (void *)(buf + pos);

			mask |= e->mask & IN_ALL_EVENTS;
			pos += sizeof(*e) + e->len;
		}
	return mask;
}

static int watch(void)
{
	int fd = inotify_init1(IN_CLOEXEC);

	if (inotify_add_watch(fd, dir, IN_ALL_EVENTS) < 0 || inotify_add_watch(fd, file, IN_ALL_EVENTS) < 0)
		check(false, "watch the directory and the file");
	return fd;
}

/* The watch is made in A and looked at by the host, so that it is never read too early. */
static void watch_in_a(void *arg)
{
	int fd = watch();

	read_it(NULL);
	check(!(~events(fd) & READS), "A is told of its own reading");
	check(send_fd(sock[1], fd), "pass the watch out");
}

static void inotify(void)
{
	int theirs, own = watch();

	in_guest(&a, watch_in_a, NULL);
	theirs = recv_fd(sock[0]);
	check(!(~events(own) & READS), "the host is told of A's reading");
	in_child(read_it, NULL);
	check_is(events(theirs) & READS, 0, "A is not told of the host's reading");
	in_guest(&b, read_it, NULL);
	check_is(events(theirs) & READS, 0, "nor of B's");
	check(!(~events(own) & READS), "the host is, of both");
	in_guest(&b, write_it, NULL);
	check(!(~events(theirs) & (IN_MODIFY | IN_ATTRIB | IN_CREATE | IN_DELETE)),
	      "A is told what B changes");
	in_child(write_it, NULL);
	check(!(~events(theirs) & WRITES), "and what the host changes");
	in_guest(&a, read_it, NULL);
	check(!(~events(theirs) & READS), "and of itself again");
	close(theirs);
	close(own);
}

/* fanotify without privilege reports file handles, and a number only of the own process. */
static uint64_t fan_events(int fd, int *pid)
{
	char buf[4096] __attribute__((aligned(8)));
	struct pollfd poll1 = { fd, POLLIN, 0 };
	struct fanotify_event_metadata *e;
	uint64_t mask = 0;
	ssize_t n;

	*pid = -1;
	while (poll(&poll1, 1, 0) == 1 && (n = read(fd, buf, sizeof(buf))) > 0)
		for (e = (void *)buf; FAN_EVENT_OK(e, n); e = FAN_EVENT_NEXT(e, n)) {
			mask |= e->mask;
			*pid = e->pid;
			if (e->fd >= 0)
				close(e->fd);
		}
	return mask;
}

static void fanotify_plain(void *arg)
{
	int fd = err(fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_FID, O_RDONLY)), pid;

	check(fd >= 0, "fanotify with file handles");
	check_is(err(fanotify_mark(fd, FAN_MARK_ADD, FAN_OPEN | FAN_CLOSE, AT_FDCWD, file)), 0, "mark a file");
	read_it(NULL);
	check((fan_events(fd, &pid) & FAN_OPEN) && pid == getpid(), "own events with the number");
	check_is(err(fanotify_mark(fd, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN, AT_FDCWD, file)), -EPERM,
		 "mark the file system");
	check_is(err(fanotify_mark(fd, FAN_MARK_ADD | FAN_MARK_MOUNT, FAN_OPEN, AT_FDCWD, file)), -EPERM,
		 "mark the mount");
	check_is(err(fanotify_init(FAN_CLASS_CONTENT, O_RDONLY)), -EPERM, "fanotify with a say");
	check(send_fd(sock[1], fd), "pass it out");
}

/* With all capabilities: numbers, descriptors and decisions, but not about others. */
static void fanotify_all(void *arg)
{
	int fd = err(fanotify_init(FAN_CLASS_NOTIF, O_RDONLY)), say, pid;

	check(fd >= 0, "fanotify with descriptors");
	check_is(err(fanotify_mark(fd, FAN_MARK_ADD, FAN_OPEN | FAN_MODIFY, AT_FDCWD, file)), 0, "mark a file");
	check_is(err(fanotify_mark(fd, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN, AT_FDCWD, file)), -EPERM,
		 "mark the file system");
	check_is(err(fanotify_mark(fd, FAN_MARK_ADD | FAN_MARK_MOUNT, FAN_OPEN, AT_FDCWD, file)), -EPERM,
		 "mark the mount");
	say = fanotify_init(FAN_CLASS_CONTENT, O_RDONLY);
	check_is(err(fanotify_mark(say, FAN_MARK_ADD, FAN_OPEN_PERM, AT_FDCWD, file)), -EPERM,
		 "decide who may open a file");
	/* Somebody in the guest opens it, somebody on the host writes. */
	if (write(sock[1], "r", 1) != 1 || read(sock[1], &pid, 1) != 1)
		_exit(1);
	check(fan_events(fd, &pid) == FAN_MODIFY && pid == 0, "a foreign writer has no number (%d)", pid);
}

static void write_and_stay(void)
{
	int fd;
	char c;

	if (read(sock[0], &c, 1) != 1)
		return;
	fd = open(file, O_WRONLY);
	if (fd < 0 || write(fd, "y", 1) != 1 || write(sock[0], "w", 1) != 1)
		check(false, "write the file");
	close(fd);
}

static void fanotify(void)
{
	int fd, pid;
	pid_t child;

	in_guest(&a, fanotify_plain, NULL);
	fd = recv_fd(sock[0]);
	in_child(read_it, NULL);
	in_guest(&b, read_it, NULL);
	check_is(fan_events(fd, &pid), 0, "nothing of the others' reading");
	close(fd);
	child = fork();
	if (!child) {
		in_guest(&all, fanotify_all, NULL);
		_exit(0);
	}
	write_and_stay();
	waitpid(child, NULL, 0);
}

int main(int argc, char **argv)
{
	int fd;

	test_sleeper(argc, argv);
	test_begin();
	if (!mkdtemp(dir) || chmod(dir, 0755) || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sock))
		return 1;
	snprintf(file, sizeof(file), "%s/file", dir);
	snprintf(other, sizeof(other), "%s/other", dir);
	fd = open(file, O_CREAT | O_WRONLY, 0644);
	if (fd < 0 || write(fd, "0", 1) != 1)
		return 1;
	close(fd);
	check(guest_start(&a) && guest_start(&b) && guest_start(&all), "three guests start");
	inotify();
	fanotify();
	guest_stop(&a);
	guest_stop(&b);
	guest_stop(&all);
	unlink(file);
	rmdir(dir);
	return test_end();
}
