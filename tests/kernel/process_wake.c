// SPDX-License-Identifier: GPL-2.0
/*
 * Timers and futexes, which name their tasks by number: they work in a guest,
 * also for the process that is number 1 there, and find nobody outside.
 */
#include <linux/futex.h>
#include "harness.h"

static struct guest b = { .xid = 1672 };
static struct guest c = { .xid = 1673 };

static volatile struct {
	uint32_t	pi;	/* a priority inheriting lock, in memory that all share */
	uint32_t	robust;
} *shared;

static volatile int hits;

static void on_timer(int sig, siginfo_t *info, void *ctx)
{
	if (info->si_code == SI_TIMER)
		hits++;
}

static long futex(volatile uint32_t *word, int op, uint32_t value, const struct timespec *to)
{
	return err(syscall(SYS_futex, word, op, value, to, NULL, 0));
}

static void timers(const char *who)
{
	struct sigaction act = { .sa_sigaction = on_timer, .sa_flags = SA_SIGINFO };
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	struct itimerspec soon = { .it_value.tv_nsec = 1000000 };
	timer_t timer;

	hits = 0;
	sigaction(SIGUSR1, &act, NULL);
	check_is(err(timer_create(CLOCK_MONOTONIC, &ev, &timer)), 0, who);
	check_is(err(timer_settime(timer, 0, &soon, NULL)), 0, "set it");
	check(wait_until(hits == 1), "it signals the process");
	timer_delete(timer);

	ev.sigev_notify = SIGEV_THREAD_ID;
	ev._sigev_un._tid = gettid();
	check_is(err(timer_create(CLOCK_MONOTONIC, &ev, &timer)), 0, "a timer for the own thread");
	check_is(err(timer_settime(timer, 0, &soon, NULL)), 0, "set it");
	check(wait_until(hits == 2), "it signals the thread");
	timer_delete(timer);

	ev._sigev_un._tid = c.pid;
	check_is(err(timer_create(CLOCK_MONOTONIC, &ev, &timer)), -EINVAL, "none for a thread outside");
	check_is(err(timer_create((~(clockid_t)c.pid << 3) | 2, &ev, &timer)), -EINVAL,
		 "no processor clock of a process outside");
}

/* Another task of A waits for the lock of the first. */
static void contender(void *arg)
{
	struct timespec to;

	clock_gettime(CLOCK_REALTIME, &to);
	to.tv_sec += 60;
	check_is(futex(&shared->pi, FUTEX_LOCK_PI, 0, &to), 0, "a second task gets the lock after it");
	check_is(shared->pi & FUTEX_TID_MASK, gettid(), "the word has its number");
	check_is(futex(&shared->pi, FUTEX_UNLOCK_PI, 0, NULL), 0, "and gives it back");
}

/* In B: a lock whose word names a task of C. */
static void outsider(void *arg)
{
	struct timespec to = { 0, 0 };

	shared->pi = c.pid;
	check_is(futex(&shared->pi, FUTEX_LOCK_PI, 0, &to), -ESRCH, "the owner of a lock is not found outside");
}

/* A task dies with a lock that is in its robust list. */
static void owner_dies(void *arg)
{
	static struct {
		struct robust_list	entry;
		uint32_t		*word;
	} node;
	static struct robust_list_head head;

	head.list.next = &node.entry;
	node.entry.next = &head.list;
	/* The word lies elsewhere, in memory that stays: the offset leads there. */
	head.futex_offset = (long)&shared->robust - (long)&node.entry;
	check_is(err(syscall(SYS_set_robust_list, &head, sizeof(head))), 0, "a robust list");
	shared->robust = gettid();
}

static void robust(const char *who)
{
	shared->robust = 0;
	in_child(owner_dies, NULL);
	check(shared->robust & FUTEX_OWNER_DIED, "%s: the lock of a dead task is marked", who);
}

/* A guest in which the caller is number 1. */
static void become_init(unsigned int xid)
{
	struct vcmd_ctx_create create = { VXF_INIT_SET | VXF_INFO_INIT };
	struct vcmd_ctx_flags_v0 flags = { 0, VXF_STATE_INIT | VXF_STATE_SETUP };
	struct vcmd_bcaps bcaps = { TEST_BCAPS, ~0ULL };

	check_is(vs(VCMD_ctx_create, xid, &create), xid, "a guest with an init");
	check_is(vs(VCMD_set_bcaps, VS_ID_SELF, &bcaps), 0, "and few capabilities");
	check_is(vs(VCMD_set_cflags, VS_ID_SELF, &flags), 0, "which is the caller");
	check_is(gettid(), 1, "number 1");
}

/* Number 1 itself dies with one. */
static void dying_init(void *arg)
{
	become_init(1674);
	owner_dies(NULL);
	check_is(shared->robust, 1, "its lock says so");
}

/* The first process of A, number 1 there. */
static void as_init(void *arg)
{
	pid_t pid;

	become_init(1671);
	timers("a timer of number 1");
	robust("a child of number 1");

	shared->pi = gettid();
	pid = fork();
	if (!pid) {
		contender(NULL);
		_exit(0);
	}
	check(wait_until(shared->pi & FUTEX_WAITERS), "a second task waits for the lock of number 1");
	check_is(futex(&shared->pi, FUTEX_UNLOCK_PI, 0, NULL), 0, "number 1 gives it up");
	waitpid(pid, NULL, 0);
}

static void in_b(void *arg)
{
	timers("a timer in a guest");
	robust("a task of a guest");
	outsider(NULL);
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	test_begin();
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(guest_start(&b) && guest_start(&c), "two guests run");
	in_child(as_init, NULL);
	in_guest(&b, in_b, NULL);
	shared->robust = 0;
	in_child(dying_init, NULL);
	check(shared->robust & FUTEX_OWNER_DIED, "the lock of a dead number 1 is marked");
	guest_stop(&b);
	guest_stop(&c);
	return test_end();
}
