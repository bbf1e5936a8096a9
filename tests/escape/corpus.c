// SPDX-License-Identifier: GPL-2.0
/*
 * The attack corpus: what root of a default guest tries, and what must happen.
 *
 *	corpus			on the host: make two guests, run every case, look after each
 *	corpus --cases		in the guest: run a case for each line on standard input
 *	corpus --canary		in the second guest: answer whether all is as it was
 *
 * A case passes if each of its attempts ends as the table says, no canary has
 * changed (files, tasks, sockets, shared memory, settings and mounts of the host
 * and of the second guest), and the kernel's log holds no report.
 */
#include "attack.h"
#include "files.h"
#include "machine.h"
#include "tasks.h"
#include "net.h"
#include "host.h"

static const struct attempt table[] = {
	FILE_ATTEMPTS, MACHINE_ATTEMPTS, TASK_ATTEMPTS, NET_ATTEMPTS,
};

#define ATTEMPTS ((int)(sizeof(table) / sizeof(table[0])))

static void result_text(char *buf, size_t size, long result)
{
	if (result < 0 && strerrorname_np(-result))
		snprintf(buf, size, "%s", strerrorname_np(-result));
	else
		snprintf(buf, size, "%ld", result);
}

/* In the guest: one attempt in a child, which may change its root or hang. */
static void attempt_run(const struct attempt *a, int n)
{
	long result = -EINTR;
	char text[32];
	int fd[2];
	pid_t pid;

	if (pipe(fd))
		_exit(95);
	pid = fork();
	if (!pid) {
		close(fd[0]);
		alarm(60);
		result = a->run();
		_exit(write(fd[1], &result, sizeof(result)) != sizeof(result));
	}
	close(fd[1]);
	if (read(fd[0], &result, sizeof(result)) != sizeof(result))
		result = -ECHILD;
	close(fd[0]);
	waitpid(pid, NULL, 0);
	result_text(text, sizeof(text), result);
	printf("%d %s %s\n", n, a->id, text);
}

static int cases(void)
{
	char line[64];
	int i;

	for (i = 3; i < 1024; i++)
		entry.open_files += fcntl(i, F_GETFD) >= 0;
	/* A parent in the guest would be the wrong one to ask. */
	entry.traceme = getppid() ? -ECHILD : ERR(ptrace(PTRACE_TRACEME, 0, 0, 0));
	i = open("/root/prey", O_RDONLY);
	if (i < 0 || read(i, &prey, sizeof(prey)) != sizeof(prey))
		return 94;
	close(i);
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		for (i = 0; i < ATTEMPTS; i++)
			if (!strcmp(table[i].id, line))
				attempt_run(&table[i], i);
		puts("done");
		fflush(stdout);
	}
	return 0;
}

static bool expected(const char *want, const char *got)
{
	size_t n;

	for (; *want; want += n + (want[n] == '|')) {
		n = strcspn(want, "|");
		if (strlen(got) == n && !strncmp(want, got, n))
			return true;
	}
	return false;
}

/* On the host: have a case run and compare; false if the guest does not answer any more. */
static bool case_run(struct talk *guest, const char *id)
{
	char line[128], got[64], of[16];
	int n, seen = 0, rows = 0, i;

	for (i = 0; i < ATTEMPTS; i++)
		rows += !strcmp(table[i].id, id);
	fprintf(guest->to, "%s\n", id);
	fflush(guest->to);
	while (fgets(line, sizeof(line), guest->from) && strcmp(line, "done\n")) {
		if (sscanf(line, "%d %15s %63s", &n, of, got) != 3 || n < 0 || n >= ATTEMPTS)
			continue;
		seen++;
		check(expected(table[n].want, got), "%s: %s: %s, wanted %s", id, table[n].what, got,
		      table[n].want);
	}
	check(seen == rows, "%s: all %d attempts were made (%d)", id, rows, seen);
	return !strcmp(line, "done\n");
}

int main(int argc, char **argv)
{
	struct talk guest, other;
	bool goes_on = true;
	int i;

	if (argc == 2 && !strcmp(argv[1], "--power"))
		return -use_power();
	if (argc == 2 && !strcmp(argv[1], "--canary"))
		return guest_canary();
	if (argc == 2 && !strcmp(argv[1], "--cases"))
		return cases();
	test_begin();
	if (!host_begin(&guest, &other)) {
		host_end(NULL, NULL);
		return test_end();
	}
	for (i = 0; i < ATTEMPTS && goes_on; i++) {
		if (i && !strcmp(table[i].id, table[i - 1].id))
			continue;
		if (!strcmp(table[i].id, "A06"))
			send_tasks_in();
		goes_on = case_run(&guest, table[i].id);
		check(goes_on, "%s: the guest goes on", table[i].id);
		canaries(table[i].id, &other);
	}
	host_end(&guest, &other);
	return test_end();
}
