// SPDX-License-Identifier: GPL-2.0
/* vserver NAME check: everything that is wrong or without effect in a configuration. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "cmd.h"
#include "conf.h"
#include "mount-helper.h"
#include "mounts.h"
#include "out.h"
#include "present.h"
#include "scripts.h"
#include "settings.h"

static struct findings *current;

static void gather(bool mild, const char *text)
{
	strlist_add(mild ? &current->warnings : &current->errors, text);
}

__attribute__((format(printf, 1, 2))) static void error(const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	failed(NULL, "%s", text);
}

__attribute__((format(printf, 1, 2))) static void warning(const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	caution(NULL, "%s", text);
}

static void unknown_file(const char *dir, const char *file, unsigned int where)
{
	char *near = setting_suggest(file, where);

	if (near)
		error("%s/%s: unknown file, did you mean '%s'?", dir, file, near);
	else
		error("%s/%s: unknown file", dir, file);
	free(near);
}

/* More than a setting can take, or what only looks like one. */
static void check_content(const char *dir, const char *file, const struct setting *s,
			  const struct stat *st)
{
	struct vc_error err;
	char **lines;
	int i, n;

	if (!S_ISREG(st->st_mode)) {
		error("%s/%s: not a file", dir, file);
		return;
	}
	if (s->kind == SET_EXEC) {
		if (!(st->st_mode & 0111))
			warning("%s/%s: not executable: it runs in a shell of its own, and what it sets is lost",
				dir, file);
		if (st->st_uid || st->st_mode & 0022)
			error("%s/%s: it may be written by others than root", dir, file);
		return;
	}
	if (s->kind != SET_TEXT && s->kind != SET_FLAG)
		return;
	n = vc_cfg_lines(dir, file, &lines, &err);
	if (n < 0) {
		error("%s", err.text);
		return;
	}
	if (s->kind == SET_TEXT && n > 1)
		warning("%s/%s:%d: only the first line counts", dir, file, conf_line_of(dir, file) + 1);
	if (s->kind == SET_TEXT && !n && strcmp(file, "apps/init/style"))
		warning("%s/%s: empty: without effect", dir, file);
	for (i = 0; i < n; i++)
		free(lines[i]);
	free(lines);
}

/* Targets that come into being later. */
static bool may_dangle(const char *file)
{
	return !strcmp(file, "run") || !strcmp(file, "cache") || !strcmp(file, "run.rev");
}

static void check_file(const char *dir, const char *file, unsigned int where)
{
	const struct setting *s = setting_find(file, where);
	const char *base = strrchr(file, '/');
	char *path;
	struct stat st, target;

	if (script_ignored(base ? base + 1 : file))
		return;
	if (!s) {
		unknown_file(dir, file, where);
		return;
	}
	path = xprintf("%s/%s", dir, file);
	if (s->none)
		warning("%s: without effect: %s", path, s->none);
	else if (lstat(path, &st))
		error("%s: cannot be read: %s", path, strerror(errno));
	else if (s->kind == SET_LINK && !S_ISLNK(st.st_mode))
		error("%s: not a symbolic link", path);
	else if (S_ISLNK(st.st_mode) && stat(path, &target) && !may_dangle(file))
		error("%s: the link leads nowhere: %s", path, strerror(errno));
	else if (s->kind != SET_LINK && !stat(path, &target))
		check_content(dir, file, s, &target);
	free(path);
}

static void check_files(const char *dir, unsigned int where)
{
	struct strlist files = { 0 };
	size_t i;

	if (present_files(dir, &files) && errno != ENOENT)
		error("%s: cannot be read: %s", dir, strerror(errno));
	for (i = 0; i < files.n; i++)
		check_file(dir, files.v[i], where);
	strlist_free(&files);
}

static void forget(bool mild, const char *text)
{
	(void)mild;
	(void)text;
}

static void same_address(const struct vc_guest *guest, const struct iface_conf *a,
			 const struct iface_conf *b, const char *other)
{
	char *file;

	if (!a->text || !b->text || strcmp(a->text, b->text))
		return;
	file = xprintf("%s/ip", a->dir);
	warning("%s/%s:%d: guest '%s' has the address %s as well", guest->dir, file,
		conf_line_of(guest->dir, file), other, a->text);
	free(file);
}

/* Numbers and addresses that another guest has as well. */
static void check_others(const struct vc_guest *guest, const struct guest_conf *conf, char **ids, int n)
{
	struct vc_guest *other;
	size_t a, b;
	int i;

	for (i = 0; i < n; i++) {
		struct guest_conf theirs = { 0 };

		other = vc_guest_open(ids[i], NULL);
		if (!other)
			continue;
		if (!strcmp(other->dir, guest->dir)) {
			vc_guest_free(other);
			continue;
		}
		if (guest->conf_xid != VC_NOCTX && other->conf_xid == guest->conf_xid)
			error("%s/context:%d: guest '%s' has number %u as well", guest->dir,
			      conf_line_of(guest->dir, "context"), ids[i], guest->conf_xid);
		/* What is wrong in the other's configuration is for its own check to tell. */
		message_hook = forget;
		conf_read_net(other, &theirs);
		message_hook = gather;
		for (a = 0; a < conf->n_ifaces; a++)
			for (b = 0; b < theirs.n_ifaces; b++)
				same_address(guest, &conf->ifaces[a], &theirs.ifaces[b], ids[i]);
		conf_free(&theirs);
		vc_guest_free(other);
	}
}

static void check_depends(const struct vc_guest *guest, char **ids, int n)
{
	static const char file[] = "apps/init/depends";
	struct strlist lines = { 0 };
	const char *near;
	size_t i;
	int j;

	conf_lines(guest, file, &lines);
	for (i = 0; i < lines.n; i++) {
		const char *own = strrchr(guest->dir, '/') + 1;

		for (j = 0; j < n && strcmp(ids[j], lines.v[i]); j++)
			;
		if (!strcmp(own, lines.v[i]))
			error("%s/%s: the guest cannot depend on itself", guest->dir, file);
		if (j < n)
			continue;
		near = nearest(lines.v[i], (const char *const *)ids, n);
		error("%s/%s: there is no guest '%s'%s%s%s", guest->dir, file, lines.v[i],
		      near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
	}
	strlist_free(&lines);
}

/* Whether the kernel has that type and it is on no disk: its source is any word. */
static bool has_no_disk(const char *type)
{
	char *known = read_proc_file("/proc/filesystems"), *line = xprintf("nodev\t%s\n", type);
	bool has = known && strstr(known, line);

	free(known);
	free(line);
	return has;
}

static bool is_source_missing(const struct mount_conf *m)
{
	struct stat st;

	if (*m->source != '/' || !stat(m->source, &st))
		return false;
	return mounts_is_bind(m) || !(mount_has_program(m) || has_no_disk(m->type));
}

static void check_source(const struct mount_conf *m)
{
	/* Start does without it, or is not asked to mount it. */
	bool mild = mount_has(m, "nofail") || mount_has(m, "noauto");
	char *why;

	if (is_source_missing(m))
		why = xprintf("%s does not exist on the host", m->source);
	else
		why = geteuid() ? NULL : mounts_object(m);
	if (why && mild)
		warning("%s: %s", m->where, why);
	else if (why)
		error("%s: %s", m->where, why);
	free(why);
}

static void check_mounts(const struct vc_guest *guest, const struct mount_list *list)
{
	int root = guest->vdir ? open(guest->vdir, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1, fd;
	const struct mount_conf *m;

	for (m = list->v; m < list->v + list->n; m++) {
		check_source(m);
		fd = root < 0 ? -1 : open_in_root(root, m->target, O_PATH, 0);
		if (root >= 0 && fd < 0)
			/* It may lie in a file system that is mounted before. */
			warning("%s: %s does not exist in the guest", m->where, m->target);
		if (fd >= 0)
			close(fd);
	}
	if (root >= 0)
		close(root);
}

static void check_devices(const struct vc_guest *guest, const struct guest_conf *conf)
{
	struct if_nameindex *all = if_nameindex(), *p;
	const struct iface_conf *iface;
	const char *names[256], *near;
	size_t n = 0;

	for (p = all; p && p->if_name && n < 256; p++)
		names[n++] = p->if_name;
	for (iface = conf->ifaces; iface < conf->ifaces + conf->n_ifaces; iface++) {
		/* Start makes some, and moves others into the guest's network. */
		if (!iface->dev || iface->make != DEV_FOUND || conf_net_space(conf) ||
		    if_nametoindex(iface->dev))
			continue;
		near = nearest(iface->dev, names, n);
		error("%s/%s:%d: there is no network device '%s'%s%s%s", guest->dir, iface->dev_file,
		      conf_line_of(guest->dir, iface->dev_file), iface->dev,
		      near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
	}
	if_freenameindex(all);
}

static void check_root(const struct vc_guest *guest, const struct guest_conf *conf)
{
	struct stat st;

	if (!guest->vdir || stat(guest->vdir, &st) || !S_ISDIR(st.st_mode))
		error("%s/vdir: does not lead to a directory", guest->dir);
	else if (!guest->runfile)
		error("%s/run: missing: a link to the file that holds the xid", guest->dir);
	if (guest->conf_xid == VC_NOCTX)
		error("%s/context: missing: a number from %u to %u", guest->dir, VS_ID_MIN, VS_ID_MAX);
	if (conf->pid_space && !(vc_get_space_mask() & 0x20000000) && !geteuid())
		error("%s: this kernel has no pid spaces in contexts", guest->dir);
}

void check_read(const struct vc_guest *guest, struct findings *found)
{
	struct guest_conf conf;

	current = found;
	message_hook = gather;
	conf_read(guest, &conf, false);
	conf_read_style(guest, &conf, NULL);
	message_hook = NULL;
	conf_free(&conf);
}

void check_guest(const struct vc_guest *guest, struct findings *found)
{
	struct guest_conf conf;
	struct vc_error err;
	char **ids = NULL;
	int n;

	current = found;
	message_hook = gather;
	check_files(guest->dir, IN_GUEST);
	check_files(conf_defaults(), IN_DEFAULTS);
	conf_read(guest, &conf, false);
	conf_read_style(guest, &conf, NULL);
	check_root(guest, &conf);
	check_mounts(guest, &conf.fstab);
	check_mounts(guest, &conf.remote);
	check_devices(guest, &conf);
	n = vc_guest_list(&ids, &err);
	if (n < 0)
		error("%s", err.text);
	check_depends(guest, ids, n < 0 ? 0 : n);
	check_others(guest, &conf, ids, n);
	if (n >= 0)
		vc_guest_list_free(ids);
	message_hook = NULL;
	conf_free(&conf);
}

void findings_free(struct findings *found)
{
	strlist_free(&found->errors);
	strlist_free(&found->warnings);
}

static void print(const char *level, const struct strlist *list)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		out_open(NULL);
		out_str("level", "%s: ", level);
		out_str("text", "%s\n", list->v[i]);
		out_close();
	}
}

int cmd_check(const char *id, struct vc_guest *guest, int argc, char **argv)
{
	bool json = argc == 2 && !strcmp(argv[1], "--json");
	struct findings found = { 0 };
	int ret;

	(void)id;
	if (argc > 1 && !json)
		return cmd_usage("check", "unknown argument '%s'", argv[1]);
	check_guest(guest, &found);
	out_start(json, false);
	out_str("name", NULL, guest->name);
	out_open_list("findings");
	print("error", &found.errors);
	print("warning", &found.warnings);
	out_close();
	out_u64("errors", NULL, found.errors.n);
	out_u64("warnings", NULL, found.warnings.n);
	out_text("%s: %zu error%s, %zu warning%s\n", guest->name, found.errors.n,
		 found.errors.n == 1 ? "" : "s", found.warnings.n, found.warnings.n == 1 ? "" : "s");
	out_finish(EX_FAIL);
	ret = found.errors.n ? EX_FAIL : 0;
	findings_free(&found);
	return ret;
}
