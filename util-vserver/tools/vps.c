// SPDX-License-Identifier: GPL-2.0
/* vps: ps(1) for all contexts, with a column that tells the context. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctxname.h"
#include "out.h"
#include "procs.h"
#include "prog.h"

#define FIELD	20	/* width of the new column */

static const struct opt opts[] = { { 0 } };
static const char *const usage[] = { "[ARGUMENTS OF PS...]", "--json", NULL };

static const struct prog prog = {
	.name = "vps",
	.summary = "Run ps(1) for the processes of all contexts and add a column CONTEXT.",
	.usage = usage,
	.opts = opts,
	.notes =
"--json shows the processes of all contexts and takes no arguments of ps.\n"
"The output must have a column PID. MAIN is the host, ALL_PROC a spectator.\n"
"Exit status: that of ps; 255 any other error.\n",
	.error = 255,
	.wrapper = true,
};

/* Names that were looked up, newest last. */
static struct name {
	xid_t	xid;
	char	*name;
} *names;
static size_t name_count;

static const char *name_of(xid_t xid)
{
	size_t i;

	if (xid == VS_ID_HOST)
		return "MAIN";
	if (xid == VS_ID_WATCH)
		return "ALL_PROC";
	for (i = 0; i < name_count; i++)
		if (names[i].xid == xid)
			return names[i].name;
	names = must_alloc(reallocarray(names, name_count + 1, sizeof(*names)));
	names[name_count].xid = xid;
	names[name_count].name = ctx_name(xid, NULL);
	if (!names[name_count].name)
		names[name_count].name = must_alloc(strdup("ERR"));
	return names[name_count++].name;
}

/* Leaves room for the column when ps would fill the terminal. */
static void narrow_columns(void)
{
	struct winsize ws;
	char text[16];

	if (getenv("COLUMNS") || !isatty(STDOUT_FILENO) ||
	    ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) < 0 || ws.ws_col <= 2 * FIELD)
		return;
	snprintf(text, sizeof(text), "%d", ws.ws_col - FIELD);
	setenv("COLUMNS", text, 1);
}

static FILE *start_ps(char **argv, pid_t *pid)
{
	int ends[2];
	FILE *f;

	if (pipe(ends) < 0)
		fail("cannot create a pipe: %s", why());
	*pid = fork();
	if (*pid < 0)
		fail("cannot fork: %s", why());
	if (!*pid) {
		narrow_columns();
		if (dup2(ends[1], STDOUT_FILENO) < 0)
			fail("cannot redirect the output of ps: %s", why());
		close(ends[0]);
		close(ends[1]);
		/* A spectator sees all processes, whatever the host may see. */
		if (vc_ctx_migrate(VS_ID_WATCH, 0) < 0)
			fail("cannot become a spectator: %s", vc_reason(VCMD_ctx_migrate, errno));
		argv[0] = "ps";
		execvp(argv[0], argv);
		fail("cannot execute ps: %s", why());
	}
	close(ends[1]);
	f = fdopen(ends[0], "r");
	return must_alloc(f);
}

/* Where the column PID ends and the how many-th it is; false without one. */
static bool find_column(const char *header, size_t *end, int *field)
{
	const char *p = header, *word;
	int nr = 0;

	while (*p) {
		p += strspn(p, " ");
		word = p;
		p += strcspn(p, "\n ");
		if (p - word == 3 && !strncmp(word, "PID", 3)) {
			*end = p - header;
			*field = nr;
			return true;
		}
		nr++;
		if (*p == '\n')
			break;
	}
	return false;
}

/*
 * The number that ends where the heading ends. A wide number or an
 * overflowing column before it shifts it: then the field is counted.
 */
static pid_t pid_in(const char *line, size_t *end, int field)
{
	size_t len = strcspn(line, "\n"), from = *end;
	const char *p = line;

	if (*end <= len && (*end == len || line[*end] == ' ')) {
		while (from && isdigit((unsigned char)line[from - 1]))
			from--;
		if (from < *end && (!from || line[from - 1] == ' '))
			return atoi(line + from);
	}
	for (;; field--) {
		p += strspn(p, " ");
		if (!field)
			break;
		p += strcspn(p, "\n ");
	}
	from = strspn(p, "0123456789");
	*end = p + from - line;
	return from && (p[from] == ' ' || p[from] == '\n' || !p[from]) ? atoi(p) : -1;
}

static void print_line(const char *line, size_t end, const char *text)
{
	size_t len = strcspn(line, "\n");

	if (end > len)
		end = len;
	printf("%.*s %-*s", (int)end, line, FIELD, text);
	/* The blank behind the PID was printed; a long text needs one of its own. */
	if (strlen(text) >= FIELD)
		putchar(' ');
	fputs(line + end + (line[end] == ' '), stdout);
	if (line[len] != '\n')
		putchar('\n');
}

/* All processes of all contexts, without ps. */
static int print_json(void)
{
	struct proc *list;
	int i, n;

	if (vc_ctx_migrate(VS_ID_WATCH, 0) < 0)
		fail("cannot become a spectator: %s", vc_reason(VCMD_ctx_migrate, errno));
	n = procs_read(VC_NOCTX, &list);
	if (n < 0)
		fail("cannot read /proc: %s", why());
	out_start(true, true);
	for (i = 0; i < n; i++) {
		if (list[i].xid == VC_NOCTX)
			continue;
		out_open(NULL);
		out_u64("pid", NULL, list[i].pid);
		out_u64("context", NULL, list[i].xid);
		out_str("name", NULL, name_of(list[i].xid));
		out_u64("ppid", NULL, list[i].ppid);
		out_u64("uid", NULL, list[i].uid);
		out_u64("vsz", NULL, list[i].vsz);
		out_u64("rss", NULL, list[i].rss);
		out_str("command", NULL, list[i].command);
		out_close();
	}
	out_finish(255);
	procs_free(list, n);
	return 0;
}

int main(int argc, char **argv)
{
	char *line = NULL, text[FIELD + 256];
	size_t size = 0, column = 0, end;
	const char *arg;
	pid_t child, pid;
	int field = 0;
	xid_t xid;
	FILE *ps;

	/* All options but these two are for ps. */
	opt_start(&prog, argc, argv);
	if (argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "--version")))
		opt_next(&arg);
	if (vc_get_version() < 0)
		fail("cannot read the contexts: %s", vc_reason(VCMD_get_version, errno));
	if (argc == 2 && !strcmp(argv[1], "--json"))
		return print_json();
	ps = start_ps(argv, &child);
	if (getline(&line, &size, ps) < 0)
		vc_exitLikeProcess(child, 255);
	if (!find_column(line, &column, &field)) {
		fclose(ps);
		waitpid(child, NULL, 0);
		fail("cannot find a column PID in the output of ps");
	}
	print_line(line, column, "CONTEXT");
	while (getline(&line, &size, ps) > 0) {
		end = column;
		pid = pid_in(line, &end, field);
		if (pid < 0) {
			fputs(line, stdout);
			continue;
		}
		xid = vc_get_task_xid(pid);
		if (xid == VC_NOCTX)
			snprintf(text, sizeof(text), "%5s %s", "?", "ERR");
		else
			snprintf(text, sizeof(text), "%5u %s", xid, name_of(xid));
		print_line(line, end, text);
	}
	free(line);
	fclose(ps);
	if (fflush(stdout) || ferror(stdout))
		fail("cannot write to standard output: %s", why());
	vc_exitLikeProcess(child, 255);
}
