// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts that share an IPC namespace: objects of System V belong to the
 * context that made them, and message queues notify within a context.
 */
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include "harness.h"

#define KEY	0x7653a001
#define USER	31002
#define QUEUE	"/vs-test-queue"

#ifndef MSG_STAT_ANY
#define MSG_STAT_ANY	13
#define SHM_STAT_ANY	15
#define SEM_STAT_ANY	20
#endif

static struct guest a = { .xid = 1621 };
static struct guest b = { .xid = 1622 };

static struct {
	int	msg, sem, shm;	/* of A */
	int	host_msg;
	int	notified;
} *shared;

union semun {
	int		val;
	struct semid_ds	*buf;
};

static int index_of(const char *path, int id)
{
	char buf[8192], *line;
	int n, key, got;

	if (!read_file(path, buf, sizeof(buf)))
		return -2;
	for (line = strtok(buf, "\n"), n = -1; line; line = strtok(NULL, "\n"), n++)
		if (n >= 0 && sscanf(line, "%d %d", &key, &got) == 2 && got == id)
			return n;
	return -1;
}

static bool listed(const char *what, int id)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/sysvipc/%s", what);
	return index_of(path, id) >= 0;
}

static void make(void *arg)
{
	union semun value = { .val = 3 };

	shared->msg = msgget(KEY, IPC_CREAT | IPC_EXCL | 0666);
	shared->sem = semget(KEY, 1, IPC_CREAT | IPC_EXCL | 0666);
	shared->shm = shmget(KEY, 4096, IPC_CREAT | IPC_EXCL | 0666);
	check(shared->msg >= 0 && shared->sem >= 0 && shared->shm >= 0, "A makes a queue, a semaphore, a segment");
	check_is(err(semctl(shared->sem, 0, SETVAL, value)), 0, "and sets the semaphore");
}

/* The whole set of calls, each of which must give @want when it may only look or use. */
static void use(long want, const char *who)
{
	struct { long type; char text[4]; } m = { 1, "vs" };
	struct sembuf op = { 0, 0, IPC_NOWAIT };
	struct msqid_ds mds;
	struct shmid_ds sds;
	struct semid_ds semds;
	union semun value = { .buf = &semds };
	char what[96];
	void *p;
#define try(expect, call) do { \
	snprintf(what, sizeof(what), "%s: %s", who, #call); \
	check_is(err(call), expect, what); \
} while (0)

	try(want ?: shared->msg, msgget(KEY, 0));
	try(want ?: shared->sem, semget(KEY, 1, 0));
	try(want ?: shared->shm, shmget(KEY, 4096, 0));
	try(want, msgsnd(shared->msg, &m, sizeof(m.text), IPC_NOWAIT));
	try(want ?: 4, msgrcv(shared->msg, &m, sizeof(m.text), 0, IPC_NOWAIT));
	try(want, msgctl(shared->msg, IPC_STAT, &mds));
	try(want, semctl(shared->sem, 0, IPC_STAT, value));
	try(want ?: 3, semctl(shared->sem, 0, GETVAL, value));
	op.sem_op = -1;
	try(want, semop(shared->sem, &op, 1));
	op.sem_op = 1;
	try(want, semop(shared->sem, &op, 1));
	try(want, shmctl(shared->shm, IPC_STAT, &sds));
	p = shmat(shared->shm, NULL, 0);
	snprintf(what, sizeof(what), "%s: shmat", who);
	check_is(p == (void *)-1 ? -errno : 0, want, what);
	if (p != (void *)-1)
		shmdt(p);
	check(listed("msg", shared->msg) == !want && listed("sem", shared->sem) == !want &&
	      listed("shm", shared->shm) == !want, "%s: /proc/sysvipc %s", who, want ? "hides them" : "lists them");
}

/* By index, which asks for no permission, and what the owner's uid would allow. */
static void change(long want, const char *who)
{
	union semun value = { .val = 3 };
	struct semid_ds semds;
	struct msqid_ds mds = { .msg_perm.mode = 0666, .msg_qbytes = 4096 };
	struct msqid_ds mtmp;
	struct shmid_ds sds = { .shm_perm.mode = 0666 }, stmp;
	char what[96];

	try(want, msgctl(shared->msg, IPC_SET, &mds));
	try(want, shmctl(shared->shm, IPC_SET, &sds));
	try(want, shmctl(shared->shm, SHM_LOCK, NULL));
	try(want, shmctl(shared->shm, SHM_UNLOCK, NULL));
	try(want, semctl(shared->sem, 0, SETVAL, value));
	if (!want)
		return;
	value.buf = &semds;
	try(want, msgctl(shared->msg & 0x7fff, MSG_STAT_ANY, &mtmp));
	try(want, shmctl(shared->shm & 0x7fff, SHM_STAT_ANY, &stmp));
	try(want, semctl(shared->sem & 0x7fff, 0, SEM_STAT_ANY, value));
	try(want, msgctl(shared->msg, IPC_RMID, NULL));
	try(want, shmctl(shared->shm, IPC_RMID, NULL));
	try(want, semctl(shared->sem, 0, IPC_RMID));
}

static void in_a(void *arg)
{
	struct msqid_ds mds;

	use(0, "A, a second task");
	change(0, "A, a second task");
	check_is(err(msgget(KEY + 1, 0)), -EACCES, "A: a queue of the host");
	check_is(err(msgctl(shared->host_msg, IPC_STAT, &mds)), -EACCES, "A: its state");
	check_is(err(msgctl(shared->host_msg, IPC_RMID, NULL)), -EACCES, "A: its removal");
	check(!listed("msg", shared->host_msg), "A: the list hides it");
}

static void in_b(void *arg)
{
	use(-EACCES, "B");
	change(-EACCES, "B");
}

static void ordinary(void *arg)
{
	if (setresuid(USER, USER, USER))
		_exit(1);
	use(-EACCES, "an ordinary user of the host");
}

static void spectator(void *arg)
{
	struct msqid_ds mds;
	struct sembuf op = { 0, 1, IPC_NOWAIT };

	check_is(vs(VCMD_ctx_migrate, VS_ID_WATCH, NULL), VS_ID_WATCH, "become the spectator");
	check_is(err(msgctl(shared->msg, IPC_STAT, &mds)), 0, "which looks");
	check(listed("msg", shared->msg), "and sees the list");
	check_is(err(msgctl(shared->msg, IPC_RMID, NULL)), -EACCES, "and removes nothing");
	check_is(err(semop(shared->sem, &op, 1)), -EACCES, "and changes nothing");
}

static void host(void)
{
	use(0, "the host's root");
	change(0, "the host's root");
	check_is(err(msgctl(shared->msg, IPC_RMID, NULL)), 0, "and removes the queue");
	check_is(err(semctl(shared->sem, 0, IPC_RMID)), 0, "the semaphore");
	check_is(err(shmctl(shared->shm, IPC_RMID, NULL)), 0, "the segment");
}

static void on_notify(int sig, siginfo_t *info, void *ctx)
{
	if (info->si_code == SI_MESGQ)
		shared->notified++;
}

static void send(void *arg)
{
	mqd_t q = mq_open(QUEUE, O_WRONLY | O_NONBLOCK);

	check_is(err(mq_send(q, "x", 1, 0)), 0, arg);
	mq_close(q);
}

static void drain(mqd_t q)
{
	char buf[64];

	check_is(err(mq_receive(q, buf, sizeof(buf), NULL)), 1, "the message is there");
}

/* A process of B waits; its own kin may wake it, A and the host may not. */
static void waiter(void *arg)
{
	struct sigaction act = { .sa_sigaction = on_notify, .sa_flags = SA_SIGINFO };
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	int *fd = arg;
	char c;
	mqd_t q = mq_open(QUEUE, O_RDWR | O_NONBLOCK);

	sigaction(SIGUSR1, &act, NULL);
	check_is(err(mq_notify(q, &ev)), 0, "B waits for a message");
	if (write(fd[1], "r", 1) != 1 || read(fd[2], &c, 1) != 1)
		_exit(1);
	check_is(shared->notified, 0, "a message from A has not signalled B");
	drain(q);
	if (write(fd[1], "r", 1) != 1 || read(fd[2], &c, 1) != 1)
		_exit(1);
	check_is(shared->notified, 0, "one from the host neither");
	drain(q);
	in_child(send, "one from B");
	check(wait_until(shared->notified == 1), "one from B has");
}

static void notify(void)
{
	struct mq_attr attr = { .mq_maxmsg = 4, .mq_msgsize = 64 };
	mqd_t q = mq_open(QUEUE, O_CREAT | O_RDWR, 0666, &attr);
	int to[2], from[2], fd[3];
	pid_t pid;
	char c;

	if (pipe(to) || pipe(from))
		exit(1);
	check(q != (mqd_t)-1, "a message queue");
	fd[1] = from[1];
	fd[2] = to[0];
	pid = fork();
	if (!pid) {
		in_guest(&b, waiter, fd);
		_exit(0);
	}
	check_is(read(from[0], &c, 1), 1, "B is ready");
	in_guest(&a, send, "a message from A");
	check_is(write(to[1], "g", 1), 1, "go on");
	check_is(read(from[0], &c, 1), 1, "B is ready again");
	in_child(send, "a message from the host");
	check_is(write(to[1], "g", 1), 1, "go on");
	waitpid(pid, NULL, 0);
	mq_close(q);
	mq_unlink(QUEUE);
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	test_begin();
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(guest_start(&a) && guest_start(&b), "two guests run");
	shared->host_msg = msgget(KEY + 1, IPC_CREAT | 0666);
	check(shared->host_msg >= 0, "a queue of the host");
	in_guest(&a, make, NULL);
	in_guest(&a, in_a, NULL);
	in_guest(&b, in_b, NULL);
	in_child(ordinary, NULL);
	in_child(spectator, NULL);
	host();
	notify();
	msgctl(shared->host_msg, IPC_RMID, NULL);
	guest_stop(&a);
	guest_stop(&b);
	return test_end();
}
