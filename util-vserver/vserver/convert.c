// SPDX-License-Identifier: GPL-2.0
/*
 * vserver NAME convert: makes a configuration directory of an old NAME.conf. That was a shell script; here
 * its assignments are read and nothing is executed: what only a shell could understand is refused.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build.h"
#include "cmd.h"
#include "conf.h"
#include "rmtree.h"
#include "run.h"

#define FILE_MAX	65536
#define LOCK_SECONDS	60

enum {
	IPROOT, IPROOTMASK, IPROOTBCAST, IPROOTDEV, ONBOOT, PRIORITY, PROFILE, S_CONTEXT, S_HOSTNAME,
	S_DOMAINNAME, S_NICE, S_FLAGS, S_CAPS, ULIMIT, N_KEYS
};

static const char * const keys[N_KEYS] = {
	"IPROOT", "IPROOTMASK", "IPROOTBCAST", "IPROOTDEV", "ONBOOT", "PRIORITY", "PROFILE", "S_CONTEXT",
	"S_HOSTNAME", "S_DOMAINNAME", "S_NICE", "S_FLAGS", "S_CAPS", "ULIMIT",
};

struct old {
	const char	*name;
	char		*path;
	char		*value[N_KEYS];
	int		line[N_KEYS];
};

static int bad_line(const struct old *o, int line, const char *what)
{
	return failed(o->name, "%s:%d: %s", o->path, line, what);
}

/* One value as a shell would read it, without anything that it would replace. Null: not that simple. */
static char *unquote(const char *p)
{
	char *out = xcalloc(strlen(p) + 1, 1), quote = 0;
	size_t n = 0;

	for (; *p && (quote || !isspace((unsigned char)*p)); p++) {
		if (*p == quote)
			quote = 0;
		else if (!quote && (*p == '"' || *p == '\''))
			quote = *p;
		else if (quote != '\'' && strchr("$`\\", *p))
			goto hard;
		else if (!quote && strchr("|&;<>()*?[]{}~", *p))
			goto hard;
		else
			out[n++] = *p;
	}
	p += strspn(p, " \t\r");
	if (!quote && (!*p || *p == '#'))
		return out;
hard:
	free(out);
	return NULL;
}

static int read_line(struct old *o, char *line, int number)
{
	char *eq, *value;
	int i;

	line += strspn(line, " \t\r");
	if (!*line || *line == '#')
		return 0;
	if (!strncmp(line, "export ", 7))
		line += 7;
	eq = strchr(line, '=');
	if (!eq)
		return bad_line(o, number, "not NAME=VALUE: what only a shell understands is to be written out");
	*eq = 0;
	for (i = 0; i < N_KEYS && strcmp(line, keys[i]); i++)
		;
	if (i == N_KEYS)
		return caution(o->name, "%s:%d: %s is no setting of old configurations: left out", o->path,
			       number, line);
	value = unquote(eq + 1);
	if (!value)
		return bad_line(o, number, "a value that only a shell understands: write it out");
	free(o->value[i]);
	o->value[i] = value;
	o->line[i] = number;
	return 0;
}

static int read_old(struct old *o)
{
	char *text = read_file_at(AT_FDCWD, o->path, FILE_MAX, NULL), *line, *next;
	int n = 0, ret = 0;

	if (!text)
		return failed(o->name, "cannot read %s: %s", o->path, strerror(errno));
	for (line = text; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = 0;
		ret |= read_line(o, line, ++n);
	}
	free(text);
	return ret;
}

static bool given(const struct old *o, int key)
{
	return o->value[key] && *o->value[key];
}

/* IPROOT: [DEVICE:]ADDRESS[/LENGTH or MASK] ... */
static int old_addresses(const struct old *o, struct build *b, bool *all)
{
	const char *dev = given(o, IPROOTDEV) ? o->value[IPROOTDEV] : "eth0";
	char *copy, *word, *save, *full;
	int ret = 0;

	if (!given(o, IPROOT))
		return bad_line(o, 1, "no IPROOT: an old guest has addresses");
	copy = xstrdup(o->value[IPROOT]);
	for (word = strtok_r(copy, " \t", &save); word && !ret; word = strtok_r(NULL, " \t", &save)) {
		if (!strcmp(word, "0.0.0.0") || !strcmp(word, "ALL")) {
			*all = true;
			continue;
		}
		full = xprintf("%s%s%s%s%s", strchr(word, ':') ? "" : dev, strchr(word, ':') ? "" : ":", word,
			       strchr(word, '/') || !given(o, IPROOTMASK) ? "" : "/",
			       strchr(word, '/') || !given(o, IPROOTMASK) ? "" : o->value[IPROOTMASK]);
		b->ifaces = xrealloc(b->ifaces, (b->n_ifaces + 1) * sizeof(*b->ifaces));
		ret = build_parse_iface(b->name, full, &b->ifaces[b->n_ifaces++]);
		if (ret)
			bad_line(o, o->line[IPROOT], "IPROOT: not a list of [DEVICE:]ADDRESS[/LENGTH]");
		free(full);
	}
	if (*all && b->n_ifaces)
		ret = bad_line(o, o->line[IPROOT], "IPROOT: all addresses, and single ones");
	free(copy);
	return ret;
}

static void old_flags(const struct old *o, struct build *b)
{
	static const char * const none[] = { "sched", "namespace", "sched_prio", "sched_hard" };
	char *copy, *word, *save;
	size_t i;

	if (!given(o, S_FLAGS))
		return;
	copy = xstrdup(o->value[S_FLAGS]);
	for (word = strtok_r(copy, " \t", &save); word; word = strtok_r(NULL, " \t", &save)) {
		for (i = 0; i < 4 && strcmp(word, none[i]); i++)
			;
		if (i == 4)
			strlist_add(&b->flags, word);
		else if (strcmp(word, "namespace"))
			caution(o->name, "%s:%d: flag %s is left out: use cgroup/cpu.max or cpu.weight", o->path,
				o->line[S_FLAGS], word);
	}
	free(copy);
}

static int put(const struct build *b, const char *file, const char *text)
{
	char *path = xprintf("%s/%s", b->newconf, file), *slash = strrchr(path, '/'), *line;
	int ret;

	*slash = 0;
	ret = make_path(path, 0755);
	*slash = '/';
	line = xprintf("%s\n", text);
	if (ret || write_file_at(AT_FDCWD, path, line))
		ret = failed(b->name, "cannot write %s: %s", path, strerror(errno));
	free(line);
	free(path);
	return ret;
}

/* ULIMIT: the words of the shell's ulimit, sizes in its units. */
static int old_ulimits(const struct old *o, const struct build *b)
{
	static const struct { char letter; const char *name; int unit; } res[] = {
		{ 'c', "core", 1024 }, { 'd', "data", 1024 }, { 'f', "fsize", 1024 }, { 'l', "memlock", 1024 },
		{ 'm', "rss", 1024 }, { 'n', "nofile", 1 }, { 's', "stack", 1024 }, { 't', "cpu", 1 },
		{ 'u', "nproc", 1 }, { 'v', "as", 1024 },
	};
	char *copy = xstrdup(given(o, ULIMIT) ? o->value[ULIMIT] : ""), *word, *save, *end, *file, *text;
	bool soft = true, hard = true;
	unsigned long value;
	int ret = 0;
	size_t i;

	for (word = strtok_r(copy, " \t", &save); word && !ret; word = strtok_r(NULL, " \t", &save)) {
		if (!strcmp(word, "-H") || !strcmp(word, "-S") || !strcmp(word, "-HS") || !strcmp(word, "-SH")) {
			soft = strchr(word, 'S');
			hard = strchr(word, 'H');
			continue;
		}
		for (i = 0; i < 10 && !(word[0] == '-' && word[1] == res[i].letter && !word[2]); i++)
			;
		word = i < 10 ? strtok_r(NULL, " \t", &save) : NULL;
		value = word ? strtoul(word, &end, 10) : 0;
		if (!word || (strcmp(word, "unlimited") && (*end || end == word))) {
			ret = bad_line(o, o->line[ULIMIT], "ULIMIT: not words of ulimit");
			break;
		}
		file = xprintf("ulimits/%s%s", res[i].name, soft && hard ? "" : hard ? ".hard" : ".soft");
		text = strcmp(word, "unlimited") ? xprintf("%lu", value * res[i].unit) : xstrdup("inf");
		ret = put(b, file, text);
		free(file);
		free(text);
	}
	free(copy);
	return ret;
}

/* NAME.sh was called as our scripts are: FLAVOR NAME. */
static int old_script(const struct old *o, const struct build *b)
{
	static const char * const flavors[] = { "pre-start", "post-start", "pre-stop", "post-stop" };
	char *script = xprintf("%.*ssh", (int)strlen(o->path) - 4, o->path), *link, *dir;
	size_t i;
	int ret = 0;

	if (!access(script, F_OK)) {
		dir = xprintf("%s/scripts", b->newconf);
		ret = make_path(dir, 0755);
		for (i = 0; i < 4 && !ret; i++) {
			link = xprintf("%s/%s", dir, flavors[i]);
			ret = symlink(script, link);
			free(link);
		}
		if (ret)
			failed(b->name, "cannot make links to %s: %s", script, strerror(errno));
		free(dir);
	}
	free(script);
	return ret;
}

static int write_rest(const struct old *o, const struct build *b, bool all)
{
	char *caps = xstrdup(given(o, S_CAPS) ? o->value[S_CAPS] : ""), *p;
	int ret = 0;

	for (p = caps; *p; p++)
		if (*p == ' ' || *p == '\t')
			*p = '\n';
	if (all)
		ret |= put(b, "noncontext", "");
	if (*caps)
		ret |= put(b, "bcapabilities", caps);
	if (given(o, S_NICE))
		ret |= put(b, "nice", o->value[S_NICE]);
	if (given(o, S_DOMAINNAME))
		ret |= put(b, "uts/domainname", o->value[S_DOMAINNAME]);
	if (given(o, IPROOTBCAST))
		ret |= put(b, "interfaces/bcast", o->value[IPROOTBCAST]);
	if (given(o, ONBOOT) && !strcmp(o->value[ONBOOT], "yes"))
		ret |= put(b, "apps/init/mark", "default");
	if (given(o, PRIORITY))
		caution(o->name, "%s:%d: PRIORITY is left out: name what comes first in apps/init/depends",
			o->path, o->line[PRIORITY]);
	if (given(o, PROFILE))
		caution(o->name, "%s:%d: PROFILE is left out", o->path, o->line[PROFILE]);
	free(caps);
	return ret | old_ulimits(o, b) | old_script(o, b);
}

/* Read as start reads it: what is wrong is told with the place that it gets. */
static int verify(const struct build *b)
{
	struct guest_conf conf;
	struct vc_guest *guest;
	struct vc_error err;
	int ret;

	message_alias(b->newconf, b->confdir);
	guest = vc_guest_open(b->newconf, &err);
	if (!guest)
		return failed(b->name, "%s", err.text);
	free(guest->name);
	guest->name = xstrdup(b->name);
	ret = conf_read(guest, &conf, true) || conf_read_style(guest, &conf, NULL) ? -1 : 0;
	conf_free(&conf);
	vc_guest_free(guest);
	return ret;
}

static int convert_locked(const struct old *o, struct build *b)
{
	struct stat st;
	bool all = false;
	int ret;

	if (!access(b->confdir, F_OK))
		return failed(b->name, "%s is there already", b->confdir);
	if (stat(b->root, &st) || !S_ISDIR(st.st_mode))
		return failed(b->name, "cannot find its root directory %s", b->root);
	if (old_addresses(o, b, &all))
		return -1;
	old_flags(o, b);
	if (build_number(b))
		return -1;
	rmtree(b->newconf);
	if (mkdir(b->newconf, 0755))
		return failed(b->name, "cannot make %s: %s", b->newconf, strerror(errno));
	ret = build_config(b) || write_rest(o, b, all) || verify(b) ? -1 : 0;
	if (ret || opt.dry_run) {
		rmtree(b->newconf);
		return ret;
	}
	if (!rename(b->newconf, b->confdir))
		return 0;
	failed(b->name, "cannot rename %s to %s: %s", b->newconf, b->confdir, strerror(errno));
	rmtree(b->newconf);
	return -1;
}

int cmd_convert(const char *id, struct vc_guest *guest, int argc, char **argv)
{
	struct old o = { .name = id };
	struct build b = { .name = id };
	int lock, ret;

	(void)guest;
	if (argc > 1 && !strcmp(argv[1], "--dry-run"))
		opt.dry_run = true;
	else if (argc > 1)
		return cmd_usage("convert", "unknown argument '%s'", argv[1]);
	if (strchr(id, '/') || *id == '.')
		return cmd_usage("convert", "'%s' is not a name", id);
	umask(022);
	o.path = xprintf("%s/%s.conf", vc_confdir(), id);
	if (read_old(&o))
		return EX_FAIL;
	b.root = xprintf("%s/%s", vc_vdirbase(), id);
	b.confdir = xprintf("%s/%s", vc_confdir(), id);
	b.newconf = xprintf("%s/.%s.building", vc_confdir(), id);
	b.context = given(&o, S_CONTEXT) ? o.value[S_CONTEXT] : NULL;
	b.hostname = given(&o, S_HOSTNAME) ? o.value[S_HOSTNAME] : NULL;
	catch_signals();
	lock = run_lock(id, id, LOCK_SECONDS);
	if (lock < 0)
		return EX_FAIL;
	ret = convert_locked(&o, &b);
	run_unlock(lock, id);
	if (!ret)
		printf("%s: %s; %s is kept and has no effect any more\n", id,
		       opt.dry_run ? "can be converted" : "converted", o.path);
	return ret ? EX_FAIL : 0;
}
