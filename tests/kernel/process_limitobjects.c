// SPDX-License-Identifier: GPL-2.0
/* Limits on open files, shared memory and message queues: who pays, and for how long. */
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <vserver/limit.h>
#include "harness.h"

#define PAGE	4096

static struct guest a = { .xid = 1861 }, b = { .xid = 1862 };

static long set(int id, uint64_t max)
{
	struct vcmd_ctx_rlimit_v0 limit = { id, 0, VXL_INFINITY, max };

	return vs(VCMD_set_rlimit, a.xid, &limit);
}

static long value(int id)
{
	struct vcmd_rlimit_stat_v0 st = { .id = id };

	return vs(VCMD_rlimit_stat, a.xid, &st) ?: (long)st.value;
}

static unsigned int hits(int id)
{
	struct vcmd_rlimit_stat_v0 st = { .id = id };

	return vs(VCMD_rlimit_stat, a.xid, &st) ? 0 : st.hits;
}

/* With room for four open files. */
static void files(void *arg)
{
	int fd[8], pair[2], i;

	for (i = 0; i < 4; i++)
		fd[i] = open("/dev/null", O_RDONLY);
	check(fd[3] >= 0, "four files");
	check_is(err(open("/dev/null", O_RDONLY)), -ENFILE, "no fifth");
	check_is(err(pipe(pair)), -ENFILE, "no pipe");
	check_is(err(socket(AF_UNIX, SOCK_STREAM, 0)), -ENFILE, "no socket");
	check_is(err(syscall(SYS_memfd_create, "x", 0)), -ENFILE, "no memory file");
	check_is(err(open("/dev", O_PATH)), -ENFILE, "not even a path");
	i = dup(fd[0]);
	check(i >= 0, "another number for the same file costs nothing");
	close(fd[0]);
	check_is(err(open("/dev/null", O_RDONLY)), -ENFILE, "as long as a number is left the file is open");
	close(i);
	fd[0] = open("/dev/null", O_RDONLY);
	check(fd[0] >= 0, "one is closed, one is opened");
	close(fd[0]);
	close(fd[1]);
	check(!pipe(pair), "a pipe takes two");
	check_is(err(open("/dev/null", O_RDONLY)), -ENFILE, "then it is full again");
}

static void other_files(void *arg)
{
	check(open("/dev/null", O_RDONLY) >= 0, "another guest is not concerned");
}

struct pass {
	int	sock[2];
};

static void send_file(void *arg)
{
	struct pass *pass = arg;
	char c = 'x', control[CMSG_SPACE(sizeof(int))] = "";
	struct iovec iov = { &c, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	int fd = open("/dev/zero", O_RDONLY);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	check(fd >= 0 && sendmsg(pass->sock[1], &msg, 0) == 1, "a guest passes a file to the host");
}

static void passed(long base)
{
	char c, control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &c, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct pass pass;
	int fd;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pass.sock))
		exit(1);
	in_guest(&a, send_file, &pass);
	check(wait_until(value(VXL_NOFILE) == base + 1), "it pays as long as the file is under way (%ld)",
	      value(VXL_NOFILE) - base);
	check(recvmsg(pass.sock[0], &msg, 0) == 1, "the host takes it");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	check(value(VXL_NOFILE) == base + 1, "and as long as the host has it");
	close(fd);
	check(wait_until(value(VXL_NOFILE) == base), "and no longer");
}

static void nofile(void)
{
	long base = value(VXL_NOFILE);

	check(base > 0, "the program of the sleeping task is an open file (%ld)", base);
	check_is(set(VXL_NOFILE, base + 4), 0, "room for four more");
	in_guest(&a, files, NULL);
	in_guest(&b, other_files, NULL);
	check(hits(VXL_NOFILE) == 7, "refused seven times (%u)", hits(VXL_NOFILE));
	check(wait_until(value(VXL_NOFILE) == base), "all is given back (%ld)", value(VXL_NOFILE) - base);
	passed(base);
	set(VXL_NOFILE, VXL_INFINITY);
}

static int shm, sem;

static void memory(void *arg)
{
	int *ids = arg, second;
	char *p;

	ids[0] = shmget(IPC_PRIVATE, 7 * PAGE + 1, IPC_CREAT | 0600);
	check(ids[0] >= 0, "eight pages");
	check_is(err(shmget(IPC_PRIVATE, 3 * PAGE, IPC_CREAT | 0600)), -ENOSPC, "not three more");
	second = shmget(IPC_PRIVATE, 2 * PAGE, IPC_CREAT | 0600);
	check(second >= 0, "but two");
	p = shmat(second, NULL, 0);
	check(p != (void *)-1 && !shmctl(second, IPC_RMID, NULL), "removed while in use");
	check_is(err(shmget(IPC_PRIVATE, PAGE, IPC_CREAT | 0600)), -ENOSPC, "it counts until the last use ends");
	shmdt(p);
	second = shmget(IPC_PRIVATE, PAGE, IPC_CREAT | 0600);
	check(second >= 0, "and makes room at once");
	shmctl(second, IPC_RMID, NULL);
	ids[1] = semget(IPC_PRIVATE, 3, IPC_CREAT | 0600);
	check(ids[1] >= 0, "three semaphores");
}

static void shmem(void)
{
	int *ids = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	check_is(set(VXL_SHMEM, 10), 0, "at most ten pages of shared memory");
	in_guest(&a, memory, ids);
	shm = ids[0];
	sem = ids[1];
	check(value(VXL_SHMEM) == 8, "what a task leaves behind stays charged (%ld)", value(VXL_SHMEM));
	check(value(VXL_SEMARY) == 1 && value(VXL_NSEMS) == 3, "semaphores are counted");
	check(!shmctl(shm, IPC_RMID, NULL), "the host removes it");
	check(value(VXL_SHMEM) == 0, "and the guest has it back");
	check(!semctl(sem, 0, IPC_RMID), "likewise the semaphores");
	check(value(VXL_SEMARY) == 0 && value(VXL_NSEMS) == 0, "none are left");
}

static void queues(void *arg)
{
	struct mq_attr attr = { .mq_maxmsg = 4, .mq_msgsize = 256 };
	mqd_t q = mq_open("/vs-limit", O_RDWR | O_CREAT, 0600, &attr);

	check(q >= 0, "a queue of 1 KiB");
	check(value(VXL_MSGQUEUE) == -ENOSYS, "(seen from inside: nothing)");
	check_is(err(mq_open("/vs-limit2", O_RDWR | O_CREAT, 0600, &attr)), -EMFILE, "no second");
	check_is(err(mq_open("/vs-limit2", O_RDWR, 0600, NULL)), -ENOENT, "which was not made by halves");
}

static void msgqueue(void)
{
	check_is(set(VXL_MSGQUEUE, 2000), 0, "at most 2000 bytes of message queues");
	in_guest(&a, queues, NULL);
	check(value(VXL_MSGQUEUE) > 1024 && value(VXL_MSGQUEUE) < 2000, "a queue counts as long as its name (%ld)",
	      value(VXL_MSGQUEUE));
	check(hits(VXL_MSGQUEUE) == 1, "one was refused");
	check(!mq_unlink("/vs-limit"), "the host removes it");
	check(value(VXL_MSGQUEUE) == 0, "and the guest has it back");
}

/* What outlives the guest gives back to memory that is still there. */
static void outlive(void *arg)
{
	*(int *)arg = shmget(IPC_PRIVATE, PAGE, IPC_CREAT | 0600);
}

int main(int argc, char **argv)
{
	int *id = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	test_sleeper(argc, argv);
	test_begin();
	check(guest_start(&a) && guest_start(&b), "two guests start");
	nofile();
	shmem();
	msgqueue();
	in_guest(&a, outlive, id);
	guest_stop(&a);
	guest_stop(&b);
	check(wait_until(value(VXL_NOFILE) == -ESRCH), "the guest is gone");
	check(!shmctl(*id, IPC_RMID, NULL), "its memory is removed later");
	return test_end();
}
