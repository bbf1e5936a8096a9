// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "prog.h"
#include "walk.h"

static bool wanted(const struct walk *w, const char *name)
{
	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return false;
	return w->all || name[0] != '.';
}

static char *join(const char *dir, const char *name)
{
	size_t len = strlen(dir);
	char *path;

	if (asprintf(&path, "%s%s%s", dir, len && dir[len - 1] == '/' ? "" : "/", name) < 0)
		must_alloc(NULL);
	return path;
}

static bool walk_dir(const struct walk *w, const char *path, dev_t dev);

/* One name of a directory, in the pass for files or in that for directories. */
static bool walk_name(const struct walk *w, const char *dir, const char *name, bool dirs, dev_t dev)
{
	char *path = join(dir, name);
	bool ok = true, is_dir;
	struct stat st;

	if (lstat(path, &st) < 0) {
		/* Files of /proc come and go. */
		if (errno != ENOENT && !dirs) {
			complain("cannot look at %s: %s", path, why());
			ok = false;
		}
		free(path);
		return ok;
	}
	is_dir = S_ISDIR(st.st_mode);
	if (is_dir == dirs && !(w->one_fs && st.st_dev != dev)) {
		ok = w->visit(path, w->arg);
		if (is_dir && w->recurse)
			ok &= walk_dir(w, path, dev);
	}
	free(path);
	return ok;
}

static bool walk_dir(const struct walk *w, const char *path, dev_t dev)
{
	struct dirent **names;
	int n = scandir(path, &names, NULL, alphasort), i, dirs;
	bool ok = true;

	if (n < 0) {
		complain("cannot read the directory %s: %s", path, why());
		return false;
	}
	for (dirs = 0; dirs < 2; dirs++)
		for (i = 0; i < n; i++)
			if (wanted(w, names[i]->d_name))
				ok &= walk_name(w, path, names[i]->d_name, dirs, dev);
	for (i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return ok;
}

bool walk(const struct walk *w, const char *path)
{
	struct stat st;
	bool ok;

	/* What cannot be looked at is for the visitor to say. */
	if (lstat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return w->visit(path, w->arg);
	if (!w->recurse && !w->dir_itself)
		return walk_dir(w, path, st.st_dev);
	ok = w->visit(path, w->arg);
	if (w->recurse)
		ok &= walk_dir(w, path, st.st_dev);
	return ok;
}
