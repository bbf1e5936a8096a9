// SPDX-License-Identifier: GPL-2.0
/*
 * vserver NAME build: makes a guest or nothing. The configuration is written
 * under a hidden name and gets its own when all is done; the root directory
 * is removed again when something fails.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <vserver-files.h>

#include "build.h"
#include "cmd.h"
#include "conf.h"
#include "mounts.h"
#include "out.h"
#include "rmtree.h"
#include "run.h"

#define LOCK_SECONDS	5

static bool is_empty(const char *path)
{
	DIR *dir = opendir(path);
	bool empty = true;
	struct dirent *e;

	while (dir && (e = readdir(dir)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..") &&
		    strcmp(e->d_name, "lost+found"))
			empty = false;
	if (dir)
		closedir(dir);
	return empty;
}

static int move_away(const struct build *b, const char *path)
{
	char *old = xprintf("%s.~%lld~", path, (long long)time(NULL));
	int ret = 0;

	if (rename(path, old))
		ret = failed(b->name, "cannot rename %s to %s: %s", path, old, strerror(errno));
	else
		verbose(b->name, "%s is now %s", path, old);
	free(old);
	return ret;
}

/* Whether what we want to make exists, and then whether that is allowed. */
static int check_room(struct build *b)
{
	struct vc_guest *guest;
	struct stat st;
	bool running;

	if (!lstat(b->confdir, &st)) {
		guest = vc_guest_open(b->confdir, NULL);
		running = guest && guest->xid != VC_NOCTX;
		vc_guest_free(guest);
		if (running)
			return failed(b->name, "cannot build: a guest of this name is running");
		if (!b->force)
			return failed(b->name, "cannot build: %s exists (`vserver %s build --force` renames it)",
				      b->confdir, b->name);
		if (!opt.dry_run && move_away(b, b->confdir))
			return -1;
	}
	if (!lstat(b->root, &st) && !b->known_there && (!S_ISDIR(st.st_mode) || !is_empty(b->root))) {
		if (!b->force)
			return failed(b->name, "cannot build: %s is not empty (`vserver %s build --force` renames it)",
				      b->root, b->name);
		if (!opt.dry_run && move_away(b, b->root))
			return -1;
	}
	return 0;
}

/*
 * A task of a guest that got out of its root ends here. Only where guests live: another directory may be one that
 * tasks of contexts without a root of their own need.
 */
static void close_off(const struct build *b, const char *parent, bool made)
{
	struct stat st, base;

	if (!made && (stat(parent, &st) || stat(vc_vdirbase(), &base) || st.st_dev != base.st_dev ||
		      st.st_ino != base.st_ino))
		return;
	if (vc_set_iattr(parent, VC_NOCTX, VS_IATTR_BARRIER, VS_IATTR_BARRIER))
		verbose(b->name, "no barrier on %s: %s", parent, vc_reason(VCMD_set_iattr, errno));
}

static int make_dirs(struct build *b)
{
	char *parent = xstrdup(b->root), *slash = strrchr(parent, '/');
	bool made;
	int ret = 0;

	*slash = 0;
	/* A setuid program of a guest must not be in reach of the host's users. */
	made = access(parent, F_OK);
	if (*parent && make_path(parent, 0700))
		ret = failed(b->name, "cannot make %s: %s", parent, strerror(errno));
	else if (*parent)
		close_off(b, parent, made);
	free(parent);
	if (ret)
		return ret;
	if (mkdir(b->root, 0755)) {
		if (errno != EEXIST)
			return failed(b->name, "cannot make %s: %s", b->root, strerror(errno));
		/* Ours to remove only if it held nothing. */
		b->made_root = is_empty(b->root);
	} else {
		b->made_root = true;
	}
	parent = xstrdup(b->newconf);
	slash = strrchr(parent, '/');
	*slash = 0;
	if (make_path(parent, 0755))
		ret = failed(b->name, "cannot make %s: %s", parent, strerror(errno));
	free(parent);
	/* A build that was killed left it; we have the lock. */
	if (!ret && rmtree(b->newconf))
		ret = failed(b->name, "cannot remove %s: %s", b->newconf, strerror(errno));
	if (!ret && mkdir(b->newconf, 0755))
		ret = failed(b->name, "cannot make %s: %s", b->newconf, strerror(errno));
	b->made_conf = !ret;
	return ret;
}

static void script_env(const struct build *b, struct strlist *env, const char *tmp)
{
	struct strlist dirs = { 0 };
	size_t i;
	char **p;

	env_set(env, "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	env_set(env, "LC_ALL", "C.UTF-8");
	env_set(env, "HOME", "/root");
	env_set(env, "TMPDIR", tmp);
	env_set(env, "VS_NAME", b->name);
	env_set(env, "VS_ROOT", b->root);
	env_set(env, "VS_HOSTNAME", b->hostname ? b->hostname : b->name);
	env_set(env, "VS_CONFDIR", vc_confdir());
	env_set(env, "VS_METHODDIR", xprintf("%s/build-methods", package_dir()));
	env_set(env, "VS_DIST", b->dist ? b->dist : "");
	env_set(env, "VS_DEBUG", b->debug || opt.debug ? "1" : "");
	build_dist_dirs(b, &dirs);
	for (i = 0; i < dirs.n; i++)
		strlist_addf(env, "VS_DISTDIR%zu=%s", i, dirs.v[i]);
	strlist_free(&dirs);
	for (p = environ; *p; p++)
		if (strstr(*p, "_proxy=") || !strncmp(*p, "TERM=", 5))
			strlist_add(env, *p);
}

/*
 * Runs a script of the package on the new root: all of the host but @place is
 * read-only to it and to what it starts, whatever links the tree contains.
 */
static int run_script(const struct build *b, char **argv, const char *place)
{
	const char *const writable[] = { place, NULL };
	char *tmp = xprintf("%s/.build", vc_rundir());
	struct strlist env = { 0 };
	int status = 0;
	pid_t pid;

	if (make_path(tmp, 0700)) {
		free(tmp);
		return failed(b->name, "cannot make %s/.build: %s", vc_rundir(), strerror(errno));
	}
	script_env(b, &env, tmp);
	fflush(NULL);
	pid = fork();
	if (!pid) {
		reset_signals();
		setpgid(0, 0);
		umask(022);
		if (mounts_sandbox(b->name, writable, tmp))
			_exit(EX_FAIL);
		execve(argv[0], argv, env.v);
		failed(b->name, "cannot run %s: %s", argv[0], strerror(errno));
		_exit(EX_CANNOT);
	}
	strlist_free(&env);
	free(tmp);
	if (pid < 0)
		return failed(b->name, "cannot fork: %s", strerror(errno));
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		if (interrupted)
			kill(-pid, SIGTERM);
	if (interrupted)
		return failed(b->name, "interrupted by signal %d", (int)interrupted);
	if (WIFSIGNALED(status))
		return failed(b->name, "%s was ended by signal %d", argv[0], WTERMSIG(status));
	if (WEXITSTATUS(status))
		return failed(b->name, "%s failed with status %d", argv[0], WEXITSTATUS(status));
	return 0;
}

static int run_method(struct build *b)
{
	char **argv, *place = xstrdup(b->root);
	int n, i, ret;

	/* Links to the files of another guest need both in one mount. Its program never follows a tree's links. */
	if (!strcmp(b->method, "clone"))
		*strrchr(place, '/') = 0;
	for (n = 0; b->args[n]; n++)
		;
	argv = xcalloc(n + 2, sizeof(*argv));
	argv[0] = b->script;
	for (i = 0; i < n; i++)
		argv[i + 1] = b->args[i];
	ret = run_script(b, argv, *place ? place : b->root);
	free(place);
	free(argv);
	return ret;
}

/* What the distribution needs before or after: its first script of that name. */
static int run_hook(struct build *b, const char *hook)
{
	char *argv[3] = { NULL, b->root, NULL };
	struct strlist dirs = { 0 };
	int ret = 0;
	size_t i;

	build_dist_dirs(b, &dirs);
	for (i = 0; i < dirs.n; i++) {
		argv[0] = xprintf("%s/%s", dirs.v[i], hook);
		if (!access(argv[0], X_OK)) {
			verbose(b->name, "running %s", argv[0]);
			ret = run_script(b, argv, b->root);
			free(argv[0]);
			break;
		}
		free(argv[0]);
	}
	strlist_free(&dirs);
	return ret;
}

static int fill(struct build *b)
{
	if (run_hook(b, "initpre") || run_method(b))
		return -1;
	b->family = build_guess_dist(b);
	return build_root(b) || run_hook(b, "initpost") || build_tag(b) ? -1 : 0;
}

static int finish(struct build *b)
{
	if (rename(b->newconf, b->confdir))
		return failed(b->name, "cannot rename %s to %s: %s", b->newconf, b->confdir,
			      strerror(errno));
	b->made_conf = b->made_root = false;
	return 0;
}

static const struct {
	const char	*what;
	int		(*run)(struct build *b);
} steps[] = {
	{ "make the directories", make_dirs },
	{ "write the configuration", build_config },
	{ "fill the root directory", fill },
	{ "name the guest", finish },
};

static void undo(struct build *b)
{
	if (b->keep) {
		fprintf(stderr, "vserver: %s: kept: %s %s\n", b->name, b->root,
			b->made_conf ? b->newconf : "");
		return;
	}
	if (b->made_root && rmtree(b->root))
		caution(b->name, "cannot remove %s: %s", b->root, strerror(errno));
	if (b->made_conf && rmtree(b->newconf))
		caution(b->name, "cannot remove %s: %s", b->newconf, strerror(errno));
}

static void show(const struct build *b)
{
	out_start(opt.json, false);
	out_str("guest", "%s: ", b->name);
	out_str("root", "root %s, ", b->root);
	out_str("configuration", "configuration %s, ", b->confdir);
	out_u64("context", "context %" PRIu64 ", ", b->xid);
	out_str("method", "method %s\n", b->script);
	out_finish(EX_FAIL);
}

static int build_locked(struct build *b)
{
	size_t i;
	int ret;

	if (check_room(b) || build_number(b))
		return -1;
	if (opt.dry_run) {
		show(b);
		return 0;
	}
	for (i = 0, ret = 0; i < sizeof(steps) / sizeof(*steps) && !ret; i++) {
		verbose(b->name, "%s", steps[i].what);
		ret = steps[i].run(b);
		if (!ret && interrupted)
			ret = failed(b->name, "interrupted by signal %d", (int)interrupted);
		if (ret)
			failed(b->name, "build failed: cannot %s", steps[i].what);
	}
	/* Complete by the time the signal came: it stays. */
	if (ret && i == sizeof(steps) / sizeof(*steps) && !b->made_conf)
		return 0;
	if (ret)
		undo(b);
	return ret;
}

static char *absolute(const char *path)
{
	char *cwd, *full;

	if (*path == '/')
		return xstrdup(path);
	cwd = getcwd(NULL, 0);
	full = xprintf("%s/%s", cwd ? cwd : "", path);
	free(cwd);
	return full;
}

static void set_paths(struct build *b)
{
	char *base = absolute(b->rootbase ? b->rootbase : vc_vdirbase());
	char *conf = b->confdir ? absolute(b->confdir) : xprintf("%s/%s", vc_confdir(), b->name);
	char *slash;

	b->root = xprintf("%s/%s", base, b->name);
	free(base);
	free(b->confdir);
	b->confdir = conf;
	slash = strrchr(conf, '/');
	b->newconf = xprintf("%.*s/.%s.building", (int)(slash - conf), conf, slash + 1);
}

int cmd_build(const char *id, struct vc_guest *guest, int argc, char **argv)
{
	struct build b = { .name = id };
	int ret, lock;

	(void)guest;
	ret = build_options(&b, argc, argv);
	if (ret)
		return ret - 1;
	umask(022);
	set_paths(&b);
	catch_signals();
	lock = run_lock(b.name, b.name, LOCK_SECONDS);
	if (lock < 0)
		return EX_FAIL;
	ret = build_locked(&b);
	run_unlock(lock, b.name);
	return ret ? EX_FAIL : 0;
}
