// SPDX-License-Identifier: GPL-2.0
/* vsysctl: write kernel settings that a directory names, then run a program. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chain.h"
#include "prog.h"

#define VALUE_MAX	127

enum { OPT_XID = 1, OPT_DIR, OPT_MISSINGOK };

static const struct opt opts[] = {
	{ "dir", 0, OPT_DIR, "DIR", "each directory in it has the files setting and value" },
	{ "missingok", 0, OPT_MISSINGOK, NULL, "no error when DIR is not there" },
	{ "xid", 0, OPT_XID, "ID", NULL },
	{ 0 }
};

static const char *const usage[] = { "--dir DIR [--missingok] [--] PROG [ARG...]", NULL };

static const struct prog prog = {
	.name = "vsysctl",
	.summary = "Write settings below /proc/sys of the own namespaces, then run a program.",
	.usage = usage,
	.opts = opts,
	.notes = "Exit status: that of PROG; 255 any error.\n",
	.error = 255,
	.wrapper = true,
};

static char *scalar(const char *dir, const char *name, const char *file)
{
	struct vc_error err;
	char *path, *text = NULL;

	if (asprintf(&path, "%s/%s", name, file) < 0)
		must_alloc(NULL);
	if (vc_cfg_scalar(dir, path, &text, &err) < 0)
		fail("%s", err.text);
	if (!text)
		fail("%s/%s: missing", dir, path);
	free(path);
	return text;
}

static void apply(const char *dir, const char *name)
{
	char *setting = scalar(dir, name, "setting"), *value = scalar(dir, name, "value"), *path, *p;
	int fd;

	if (strlen(value) > VALUE_MAX)
		fail("%s/%s/value: more than %d bytes", dir, name, VALUE_MAX);
	for (p = setting; *p; p++)
		if (*p == '.')
			*p = '/';
	/* Dots became slashes: nothing is left that could climb. */
	if (asprintf(&path, "/proc/sys/%s", setting) < 0)
		must_alloc(NULL);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, strlen(value)) != (ssize_t)strlen(value))
		fail("cannot write '%s' to %s: %s", value, path, why());
	close(fd);
	free(path);
	free(setting);
	free(value);
}

static int visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

int main(int argc, char **argv)
{
	const char *arg, *dir = NULL;
	bool missingok = false;
	struct dirent **list;
	char **rest;
	int id, i, n;

	opt_start(&prog, argc, argv);
	while ((id = opt_next(&arg))) {
		if (id == OPT_DIR)
			dir = arg;
		else if (id == OPT_MISSINGOK)
			missingok = true;
	}
	rest = opt_rest();
	if (!dir || !*rest)
		fail_usage("wanted: --dir and a program");
	n = scandir(dir, &list, visible, alphasort);
	if (n < 0 && !(missingok && errno == ENOENT))
		fail("cannot read %s: %s", dir, why());
	for (i = 0; i < n; i++)
		apply(dir, list[i]->d_name);
	chain_exec(rest);
}
