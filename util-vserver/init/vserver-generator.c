// SPDX-License-Identifier: GPL-2.0
/*
 * systemd-vserver-generator NORMAL EARLY LATE: run by systemd when it starts and at each
 * daemon-reload, writes into NORMAL which guest belongs to which target and which comes first.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "prog.h"

#define EX_USAGE	64
#define EX_OSERR	71

static const struct opt opts[] = { { 0 } };
static const char *const usage[] = { "NORMAL [EARLY [LATE]]", NULL };

static const struct prog prog = {
	.name = "systemd-vserver-generator",
	.summary = "Write systemd's links for guests with a mark.",
	.usage = usage,
	.opts = opts,
	.notes = "X_UTIL_VSERVER_CONFDIR replaces the configuration directory.\n"
		 "Exit status: 0 done, 64 wrong call, 71 cannot write.\n",
	.error = EX_USAGE,
	.wrapper = true,
};

__attribute__((format(printf, 1, 2))) static char *text(const char *fmt, ...)
{
	va_list ap;
	char *out;

	va_start(ap, fmt);
	if (vasprintf(&out, fmt, ap) < 0)
		out = NULL;
	va_end(ap);
	return must_alloc(out);
}

/* A name as part of a unit's: other bytes than these become \xNN. */
static char *escape(const char *name)
{
	char *out = must_alloc(malloc(strlen(name) * 4 + 1)), *p = out;
	const char *s;

	for (s = name; *s; s++) {
		if (isalnum((unsigned char)*s) || *s == '_' || *s == ':' || (*s == '.' && s != name))
			*p++ = *s;
		else
			p += sprintf(p, "\\x%02x", (unsigned char)*s);
	}
	*p = 0;
	return out;
}

static void make_dir(const char *path)
{
	if (mkdir(path, 0755) && errno != EEXIST)
		fail_with(EX_OSERR, "cannot make %s: %s", path, why());
}

static void add_link(const char *wants, const char *name, const char *unit)
{
	char *link = text("%s/%s", wants, name), *target = text("%s/%s", VS_UNITDIR, unit);

	make_dir(wants);
	if (symlink(target, link) && errno != EEXIST)
		fail_with(EX_OSERR, "cannot make %s: %s", link, why());
	free(target);
	free(link);
}

/* What @lines of a setting mean for the unit of a guest, as a file of its own below it. */
static void add_conf(const char *dir, const char *unit, const char *setting, char **lines, int n,
		     void (*add)(FILE *to, const char *line))
{
	char *sub = text("%s/%s.d", dir, unit), *path = text("%s/%s.conf", sub, setting);
	FILE *f;
	int i;

	make_dir(sub);
	f = fopen(path, "we");
	if (!f)
		fail_with(EX_OSERR, "cannot write %s: %s", path, why());
	fprintf(f, "# From apps/init/%s.\n[Unit]\n", setting);
	for (i = 0; i < n; i++)
		add(f, lines[i]);
	if (fclose(f))
		fail_with(EX_OSERR, "cannot write %s: %s", path, why());
	free(path);
	free(sub);
}

static char *target_of(const char *mark)
{
	char *name = escape(mark), *target;

	target = strcmp(mark, "default") ? text("vserver-mark@%s.target", name) : text("%s", "vserver.target");
	free(name);
	return target;
}

static void add_to_target(const char *dir, const char *unit, const char *mark)
{
	char *target = target_of(mark), *wants = text("%s/%s.wants", dir, target);

	add_link(wants, unit, "vserver@.service");
	free(wants);
	free(target);
}

/* Stopped with the target, which is gone when its guests are; it does not wait for them to start. */
static void add_part(FILE *to, const char *mark)
{
	char *target = target_of(mark);

	fprintf(to, "PartOf=%s\nAfter=%s\n", target, target);
	free(target);
}

/* The other is started before this guest, and it is not started without it. */
static void add_depend(FILE *to, const char *id)
{
	char *name = escape(id);

	fprintf(to, "Requires=vserver@%s.service\nAfter=vserver@%s.service\n", name, name);
	free(name);
}

/* A guest whose files cannot be read is told and left out: the others must come up. */
static void add_guest(const char *dir, const char *id)
{
	char *conf = text("%s/%s", vc_confdir(), id), *off = text("%s/disabled", conf);
	char *name = escape(id), *unit = text("vserver@%s.service", name), **lines = NULL;
	struct vc_error err;
	int i, n;

	if (!access(off, F_OK))
		goto out;
	n = vc_cfg_lines(conf, "apps/init/mark", &lines, &err);
	if (n < 0)
		complain("%s: %s", id, err.text);
	for (i = 0; i < n; i++)
		add_to_target(dir, unit, lines[i]);
	if (n > 0)
		add_conf(dir, unit, "mark", lines, n, add_part);
	vc_guest_list_free(n < 0 ? NULL : lines);
	n = vc_cfg_lines(conf, "apps/init/depends", &lines, &err);
	if (n < 0)
		complain("%s: %s", id, err.text);
	if (n > 0)
		add_conf(dir, unit, "depends", lines, n, add_depend);
	vc_guest_list_free(n < 0 ? NULL : lines);
out:
	free(unit);
	free(name);
	free(off);
	free(conf);
}

static bool is_backup(const char *id)
{
	size_t len = strlen(id);

	return id[len - 1] == '~' || strstr(id, ".rpm") || strstr(id, ".dpkg-");
}

int main(int argc, char **argv)
{
	const char *dir = secure_getenv("X_UTIL_VSERVER_CONFDIR"), *arg;
	struct vc_error err;
	char **ids, *wants;
	int i, n;

	opt_start(&prog, argc, argv);
	opt_next(&arg);
	if (argc < 2 || argc > 4 || *argv[1] != '/')
		fail_usage("wanted: one to three directories");
	if (dir)
		setenv("VS_CONFDIR", dir, 1);
	n = vc_guest_list(&ids, &err);
	if (n < 0)
		fail_with(EX_OSERR, "%s", err.text);
	for (i = 0; i < n; i++)
		if (!is_backup(ids[i]))
			add_guest(argv[1], ids[i]);
	vc_guest_list_free(ids);
	/* Where there are guests, some may be started by hand, whom nobody else would stop. */
	if (n) {
		wants = text("%s/multi-user.target.wants", argv[1]);
		add_link(wants, "vserver-shutdown.service", "vserver-shutdown.service");
		free(wants);
	}
	return 0;
}
