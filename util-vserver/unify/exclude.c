// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "exclude.h"
#include "prog.h"

#define DATABASE	"var/lib/dpkg/status"
#define DATABASE_MAX	(256L << 20)
#define LINE_MAX_LEN	8192

void exclude_add(struct exclude *list, const char *pattern, enum verdict verdict)
{
	if (!(list->n & (list->n - 1)))
		list->rules = must_alloc(realloc(list->rules, (list->n ? 2 * list->n : 1) * sizeof(*list->rules)));
	list->rules[list->n].pattern = must_alloc(strdup(pattern));
	list->rules[list->n++].verdict = verdict;
}

int exclude_read(struct exclude *list, const char *path)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	enum verdict v;
	ssize_t len;
	char *p;
	int ret;

	if (!f) {
		complain("cannot open %s: %s", path, why());
		return -1;
	}
	while ((len = getline(&line, &size, f)) > 0) {
		while (len && strchr(" \t\r\n", line[len - 1]))
			line[--len] = 0;
		p = line + strspn(line, " \t");
		if (!*p || *p == '#')
			continue;
		v = *p == '+' ? UNIFY_IT : *p == '~' ? SKIP_IT : COPY_IT;
		if (strchr("+~-", *p))
			p++;
		if (*p)
			exclude_add(list, p, v);
	}
	ret = ferror(f) ? -1 : 0;
	if (ret)
		complain("cannot read %s: %s", path, why());
	free(line);
	fclose(f);
	return ret;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

enum verdict exclude_verdict(const struct exclude *list, const char *path)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (!fnmatch(list->rules[i].pattern, path, FNM_PATHNAME))
			return list->rules[i].verdict;
	if (list->n_plain && bsearch(&path, list->plain, list->n_plain, sizeof(*list->plain), by_name))
		return COPY_IT;
	return UNIFY_IT;
}

void exclude_free(struct exclude *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		free(list->rules[i].pattern);
	for (i = 0; i < list->n_plain; i++)
		free(list->plain[i]);
	free(list->plain);
	free(list->rules);
	*list = (struct exclude){ 0 };
}

static void add_plain(struct exclude *list, const char *path)
{
	size_t n = list->n_plain++;

	if (!(n & (n - 1)))
		list->plain = must_alloc(realloc(list->plain, (n ? 2 * n : 1) * sizeof(*list->plain)));
	list->plain[n] = must_alloc(strdup(path));
}

/* Lines " /PATH CHECKSUM [obsolete]" below "Conffiles:". */
static int read_status(struct exclude *list, FILE *f)
{
	static char line[LINE_MAX_LEN];
	bool inside = false;
	char *end;
	int n = 0;

	while (fgets(line, sizeof(line), f)) {
		if (line[0] != ' ') {
			inside = !strncmp(line, "Conffiles:", 10);
			continue;
		}
		end = strchr(line + 1, ' ');
		if (!inside || line[1] != '/' || !end)
			continue;
		*end = 0;
		add_plain(list, line + 1);
		n++;
	}
	return n;
}

int exclude_conffiles(struct exclude *list, int rootfd)
{
	struct open_how how = {
		.flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS,
	};
	int fd = syscall(SYS_openat2, rootfd, DATABASE, &how, sizeof(how)), n;
	struct stat st;
	FILE *f;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0 || fstat(fd, &st)) {
		complain("cannot open %s of the guest: %s", DATABASE, why());
		return -1;
	}
	if (!S_ISREG(st.st_mode) || st.st_size > DATABASE_MAX) {
		complain("cannot use %s of the guest: %s", DATABASE,
			 S_ISREG(st.st_mode) ? "it is too large" : "it is not a regular file");
		close(fd);
		return -1;
	}
	f = must_alloc(fdopen(fd, "r"));
	n = read_status(list, f);
	if (list->n_plain)
		qsort(list->plain, list->n_plain, sizeof(*list->plain), by_name);
	fclose(f);
	return n;
}
