// SPDX-License-Identifier: GPL-2.0
/* The administrator's scripts around start and stop. */
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf.h"
#include "present.h"
#include "scripts.h"

/* Left behind by package managers and editors. */
static const char * const ignored[] = {
	"*.rpmsave", "*.rpmnew", "*.rpmorig", "*.cfsaved*", "*.dpkg-*", "*.~*~", "*~", ".*",
};

bool script_ignored(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
		if (!fnmatch(ignored[i], name, 0))
			return true;
	return false;
}

static int usable(const struct dirent *e)
{
	return !script_ignored(e->d_name);
}

static int run_one(const struct vc_guest *guest, const char *flavor, const char *path,
		   const char *cwd)
{
	char *argv[5] = { (char *)"/bin/bash", (char *)path, (char *)flavor, guest->name, NULL };
	struct strlist env = { 0 };
	struct stat st;
	int status;

	if (stat(path, &st))
		return failed(guest->name, "cannot run %s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return 0;
	if ((st.st_uid && st.st_uid != geteuid()) || st.st_mode & 0022)
		return failed(guest->name, "cannot run %s: it may be written by others than root", path);
	env_set(&env, "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	env_set(&env, "VSERVER_NAME", guest->name);
	env_set(&env, "VSERVER_DIR", guest->dir);
	env_set(&env, "VSERVER_ROOT", guest->vdir ? guest->vdir : "");
	verbose(guest->name, "running %s", path);
	/* What is not executable is read by a shell. */
	status = run_program(guest->name, st.st_mode & 0111 ? argv + 1 : argv, env.v, cwd);
	strlist_free(&env);
	if (status > 0)
		return failed(guest->name, "%s failed with status %d", path, status);
	return status;
}

/* 1 something was run, 0 nothing is there, -1. */
static int run_dir(const struct vc_guest *guest, const char *dir, const char *flavor,
		   const char *cwd)
{
	struct dirent **list = NULL;
	char *path, *file;
	int i, n, ret = 0;

	if (!present_exists(dir, "scripts"))
		return 0;
	path = xprintf("%s/scripts/%s", dir, flavor);
	if (!access(path, R_OK))
		ret = run_one(guest, flavor, path, cwd) ? -1 : 1;
	free(path);
	path = xprintf("%s/scripts/%s.d", dir, flavor);
	n = scandir(path, &list, usable, alphasort);
	for (i = 0; i < n; i++) {
		if (ret >= 0) {
			file = xprintf("%s/%s", path, list[i]->d_name);
			ret = run_one(guest, flavor, file, cwd) ? -1 : 1;
			free(file);
		}
		free(list[i]);
	}
	free(list);
	free(path);
	return ret;
}

int scripts_run(const struct vc_guest *guest, const char *flavor, const char *cwd)
{
	int ret = run_dir(guest, guest->dir, flavor, cwd);

	if (!ret)
		ret = run_dir(guest, conf_defaults(), flavor, cwd);
	return ret < 0 ? -1 : 0;
}

bool scripts_any(const struct vc_guest *guest)
{
	return present_exists(guest->dir, "scripts") || present_exists(conf_defaults(), "scripts");
}
