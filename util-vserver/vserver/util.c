// SPDX-License-Identifier: GPL-2.0
/* Small things that every subcommand needs: messages, memory, files, programs. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cmd.h"
#include "present.h"
#include "text.h"
#include "util.h"

volatile sig_atomic_t interrupted;

void (*message_hook)(bool warning, const char *text);
static const char *alias_path, *alias_shown;

void message_alias(const char *path, const char *shown)
{
	alias_path = path;
	alias_shown = shown;
}

/* The path that @text speaks of gets the name that it is known by. */
static void show_alias(char *text, size_t size)
{
	char *at = alias_path ? strstr(text, alias_path) : NULL, *rest;

	if (!at)
		return;
	rest = xstrdup(at + strlen(alias_path));
	snprintf(at, size - (at - text), "%s%s", alias_shown, rest);
	free(rest);
}

/* One write per line, so that lines of parent and child never mix. */
static void say(FILE *to, const char *guest, const char *prefix, const char *fmt, va_list ap)
{
	char text[2048], line[2200];

	vsnprintf(text, sizeof(text), fmt, ap);
	show_alias(text, sizeof(text));
	if (message_hook && to == stderr) {
		message_hook(*prefix, text);
		return;
	}
	snprintf(line, sizeof(line), "vserver: %s%s%s%s\n", guest ? guest : "", guest ? ": " : "", prefix,
		 text);
	fflush(stdout);
	fputs(line, to);
	fflush(to);
}

int failed(const char *guest, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(stderr, guest, "", fmt, ap);
	va_end(ap);
	return -1;
}

int caution(const char *guest, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(stderr, guest, "warning: ", fmt, ap);
	va_end(ap);
	return 0;
}

void verbose(const char *guest, const char *fmt, ...)
{
	va_list ap;

	if (!opt.verbose)
		return;
	va_start(ap, fmt);
	say(stdout, guest, "", fmt, ap);
	va_end(ap);
}

static void *checked(void *p)
{
	if (!p) {
		fputs("vserver: out of memory\n", stderr);
		exit(EX_FAIL);
	}
	return p;
}

void *xcalloc(size_t n, size_t size)
{
	return checked(calloc(n ? n : 1, size));
}

void *xrealloc(void *old, size_t size)
{
	return checked(realloc(old, size));
}

char *xstrdup(const char *s)
{
	return checked(strdup(s));
}

static char *format(const char *fmt, va_list ap)
{
	va_list again;
	char *s;

	va_copy(again, ap);
	if (!format_plain(&s, fmt, ap) && vasprintf(&s, fmt, again) < 0)
		s = NULL;
	va_end(again);
	return checked(s);
}

char *xprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = format(fmt, ap);
	va_end(ap);
	return s;
}

void strlist_take(struct strlist *list, char *s)
{
	list->v = xrealloc(list->v, (list->n + 2) * sizeof(*list->v));
	list->v[list->n++] = s;
	list->v[list->n] = NULL;
}

void strlist_add(struct strlist *list, const char *s)
{
	strlist_take(list, xstrdup(s));
}

void strlist_addf(struct strlist *list, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = format(fmt, ap);
	va_end(ap);
	strlist_take(list, s);
}

void strlist_free(struct strlist *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		free(list->v[i]);
	free(list->v);
	*list = (struct strlist){ NULL, 0 };
}

void env_set(struct strlist *env, const char *name, const char *value)
{
	size_t len = strlen(name), i;

	for (i = 0; i < env->n; i++) {
		if (!strncmp(env->v[i], name, len) && env->v[i][len] == '=') {
			free(env->v[i]);
			env->v[i] = xprintf("%s=%s", name, value);
			return;
		}
	}
	strlist_addf(env, "%s=%s", name, value);
}

char *read_fd(int fd, size_t max, size_t *len)
{
	struct stat st;
	size_t n = 0;
	ssize_t got;
	char *buf;

	if (fstat(fd, &st))
		return NULL;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return NULL;
	}
	buf = xcalloc(1, max + 2);
	while ((got = read(fd, buf + n, max + 1 - n)) > 0)
		n += got;
	if (got < 0)
		goto error;
	if (n > max || (!len && memchr(buf, 0, n))) {
		errno = n > max ? EFBIG : EINVAL;
		goto error;
	}
	buf[n] = 0;
	if (len)
		*len = n;
	return buf;
error:
	free(buf);
	return NULL;
}

char *read_file_at(int dirfd, const char *path, size_t max, size_t *len)
{
	int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int saved;
	char *buf;

	if (fd < 0)
		return NULL;
	buf = read_fd(fd, max, len);
	saved = errno;
	close(fd);
	errno = saved;
	return buf;
}

bool needs_backslash(const char *line, char c)
{
	return line[strspn(line, "\\")] == c;
}

int list_dir(int fd, struct strlist *names)
{
	struct dirent **list = NULL;
	int i, n = scandirat(fd, ".", &list, NULL, alphasort);

	for (i = 0; i < n; i++) {
		if (strcmp(list[i]->d_name, ".") && strcmp(list[i]->d_name, ".."))
			strlist_add(names, list[i]->d_name);
		free(list[i]);
	}
	free(list);
	return n < 0 ? -1 : 0;
}

int write_all(int fd, const void *buf, size_t len)
{
	const char *p = buf;
	ssize_t n;

	while (len) {
		n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		len -= n;
	}
	return 0;
}

int write_file_at(int dirfd, const char *path, const char *text)
{
	int fd = openat(dirfd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	int ret, saved;

	if (fd < 0)
		return -1;
	ret = write_all(fd, text, strlen(text));
	saved = errno;
	if (close(fd) && !ret)
		return -1;
	errno = saved;
	return ret;
}

int make_path(const char *path, mode_t mode)
{
	char *copy, *p;
	int ret = 0;

	/* Most often all of it is there. */
	if (!mkdir(path, mode) || errno == EEXIST)
		return 0;
	if (errno != ENOENT)
		return -1;
	copy = xstrdup(path);
	for (p = copy + 1; *p && !ret; p++) {
		if (*p != '/')
			continue;
		*p = 0;
		if (mkdir(copy, 0755) && errno != EEXIST)
			ret = -1;
		*p = '/';
	}
	if (!ret && mkdir(copy, mode) && errno != EEXIST)
		ret = -1;
	free(copy);
	return ret;
}

int reopen_fd(int procfd, int fd, int flags)
{
	char name[16];

	snprintf(name, sizeof(name), "%d", fd);
	return openat(procfd, name, flags | O_CLOEXEC);
}

char *read_proc_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), saved;
	size_t n = 0, size = 4096;
	char *buf = xcalloc(1, size + 1);
	ssize_t got;

	while (fd >= 0 && (got = read(fd, buf + n, size - n)) > 0) {
		n += got;
		if (n == size)
			buf = xrealloc(buf, (size *= 2) + 1);
	}
	saved = errno;
	if (fd < 0 || got < 0) {
		free(buf);
		buf = NULL;
	} else {
		buf[n] = 0;
	}
	if (fd >= 0)
		close(fd);
	errno = saved;
	return buf;
}

#ifdef VS_FAULTS
void fault_point(const char *what, const char *step)
{
	const char *fault = getenv("VS_FAULT");
	size_t len = strlen(what);

	if (fault && !strncmp(fault, what, len) && fault[len] == ':' && !strcmp(fault + len + 1, step))
		raise(SIGKILL);
}
#endif

long long now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000LL + ts.tv_nsec / 1000;
}

void debug_step(const char *guest, const char *step, const char *what, long long since)
{
	if (opt.debug)
		fprintf(stderr, "vserver: %s: %8.1f ms  %-10s %s\n", guest, (now_us() - since) / 1000.0, step,
			what);
}

long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

void sleep_ms(unsigned int ms)
{
	struct timespec ts = { ms / 1000, (ms % 1000) * 1000000L };

	nanosleep(&ts, NULL);
}

static void on_signal(int sig)
{
	interrupted = sig;
}

static const int caught[] = { SIGINT, SIGTERM, SIGHUP };

void catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };
	size_t i;

	/* No SA_RESTART: a blocking call ends, and its caller looks at the flag. */
	for (i = 0; i < sizeof(caught) / sizeof(*caught); i++)
		sigaction(caught[i], &sa, NULL);
}

void reset_signals(void)
{
	/* As the kernel has it: all words zero is the default. */
	static const unsigned long dfl[4];
	sigset_t none;
	int sig;

	for (sig = 1; sig < NSIG; sig++)
		syscall(SYS_rt_sigaction, sig, dfl, NULL, sizeof(unsigned long));
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

int run_program(const char *guest, char *const argv[], char *const env[], const char *cwd)
{
	char *const plain[3] = {
		(char *)"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		(char *)"LC_ALL=C.UTF-8", NULL
	};
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return failed(guest, "cannot run %s: %s", argv[0], strerror(errno));
	if (!pid) {
		reset_signals();
		if (cwd && chdir(cwd)) {
			failed(guest, "cannot change to %s: %s", cwd, strerror(errno));
			_exit(EX_CANNOT);
		}
		execvpe(argv[0], argv, env ? env : plain);
		failed(guest, "cannot run %s: %s", argv[0], strerror(errno));
		_exit(errno == ENOENT ? EX_NOTFOUND : EX_CANNOT);
	}
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return failed(guest, "cannot wait for %s: %s", argv[0], strerror(errno));
		if (interrupted)
			kill(pid, SIGTERM);
	}
	/* It may have changed the configuration. */
	present_forget();
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
