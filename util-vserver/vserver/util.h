/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VSERVER_UTIL_H
#define VSERVER_UTIL_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "inroot.h"

/* Prints `vserver: GUEST: TEXT` to stderr (without GUEST when null); returns -1. */
int failed(const char *guest, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The same, marked as a warning; returns 0. */
int caution(const char *guest, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Who else gets messages, instead of stderr (null: nobody); and a path that is
 * shown as another, for trees that are looked at before they get their name.
 */
extern void (*message_hook)(bool warning, const char *text);
void message_alias(const char *path, const char *shown);

/* A line for the user on stdout, only with --verbose. */
void verbose(const char *guest, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Allocation that ends the program with a message when memory is out. */
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *old, size_t size);
char *xstrdup(const char *s);
char *xprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A growing, null-terminated array of strings that it owns. */
struct strlist {
	char	**v;
	size_t	n;
};

void strlist_add(struct strlist *list, const char *s);
void strlist_take(struct strlist *list, char *s);	/* a malloc'ed one, which is the list's then */
void strlist_addf(struct strlist *list, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void strlist_free(struct strlist *list);

/* Sets NAME=VALUE in an environment list, replacing an earlier one. */
void env_set(struct strlist *env, const char *name, const char *value);

/*
 * Reads a whole regular file of at most @max bytes (malloc'ed, terminated).
 * Null and errno: of open, EFBIG, EINVAL not a regular file, or NUL bytes
 * though @len is null.
 */
char *read_file_at(int dirfd, const char *path, size_t max, size_t *len);
char *read_fd(int fd, size_t max, size_t *len);

/* Writes @text to @path below @dirfd (created 0644, replaced). 0, or -1 and errno. */
int write_file_at(int dirfd, const char *path, const char *text);

/* True for a line that begins with @c, or with backslashes and then @c: it is kept by one more. */
bool needs_backslash(const char *line, char c);

/* Names in directory @fd but . and .., sorted. 0, or -1 and errno. */
int list_dir(int fd, struct strlist *names);

/* A file of /proc, whose size is not known before (malloc'ed); null and errno. */
char *read_proc_file(const char *path);

/*
 * In builds for tests (VS_FAULTS): kills the program when the environment variable
 * VS_FAULT names this point. Nothing otherwise.
 */
#ifdef VS_FAULTS
void fault_point(const char *what, const char *step);
#else
static inline void fault_point(const char *what, const char *step)
{
	(void)what;
	(void)step;
}
#endif

/* With --debug: a step and how long it took since @since (now_us). */
void debug_step(const char *guest, const char *step, const char *what, long long since);
long long now_us(void);

int write_all(int fd, const void *buf, size_t len);

/* mkdir -p, parents 0755. 0, or -1 and errno. */
int make_path(const char *path, mode_t mode);

/* Opens @fd (O_PATH) anew through @procfd, the caller's /proc/self/fd. -1 and errno. */
int reopen_fd(int procfd, int fd, int flags);

/* Milliseconds of a clock that never jumps. */
long long now_ms(void);
void sleep_ms(unsigned int ms);

/* INT, TERM and HUP set this instead of ending the program. */
extern volatile sig_atomic_t interrupted;
void catch_signals(void);
void reset_signals(void);

/*
 * Runs a program of the host and waits. @env null: PATH and the locale only.
 * Returns its exit status, 128 + signal, or -1 with a message printed.
 */
int run_program(const char *guest, char *const argv[], char *const env[], const char *cwd);

#endif
