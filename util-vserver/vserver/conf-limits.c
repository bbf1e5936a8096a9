// SPDX-License-Identifier: GPL-2.0
/* ulimits/, ionice/, badness, sysctl/, cgroup/, cpuset/: what a guest may use. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "conf.h"
#include "present.h"
#include "settings.h"

#define IOPRIO(class, level)	((class) << 13 | (level))

static const char * const resources[16] = {
	[RLIMIT_CPU] = "cpu", [RLIMIT_FSIZE] = "fsize", [RLIMIT_DATA] = "data",
	[RLIMIT_STACK] = "stack", [RLIMIT_CORE] = "core", [RLIMIT_RSS] = "rss",
	[RLIMIT_NPROC] = "nproc", [RLIMIT_NOFILE] = "nofile", [RLIMIT_MEMLOCK] = "memlock",
	[RLIMIT_AS] = "as", [RLIMIT_LOCKS] = "locks", [RLIMIT_SIGPENDING] = "sigpending",
	[RLIMIT_MSGQUEUE] = "msgqueue", [RLIMIT_NICE] = "nice", [RLIMIT_RTPRIO] = "rtprio",
	[RLIMIT_RTTIME] = "rttime",
};

static int wrong(const struct vc_guest *guest, const char *file, const char *text, const char *legal)
{
	return failed(guest->name, "%s/%s:%d: '%s' is not %s", guest->dir, file,
		      conf_line_of(guest->dir, file), text, legal);
}

/* A number with k, m (1000), K, M (1024), or inf. */
static int parse_limit(const char *text, uint64_t *value)
{
	static const struct { char letter; uint64_t factor; } units[] = {
		{ 'k', 1000 }, { 'm', 1000000 }, { 'K', 1024 }, { 'M', 1048576 },
	};
	uint64_t factor = 1;
	char *end;
	size_t i;

	if (!strcmp(text, "inf")) {
		*value = RLIM_INFINITY;
		return 0;
	}
	if (*text < '0' || *text > '9')
		return -1;
	errno = 0;
	*value = strtoull(text, &end, 0);
	for (i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (*end == units[i].letter && !end[1]) {
			factor = units[i].factor;
			end++;
		}
	if (*end || errno || (*value && *value > UINT64_MAX / factor))
		return -1;
	*value *= factor;
	return 0;
}

/* 1 read, 0 absent, -1. */
static int read_limit(const struct vc_guest *guest, const char *res, const char *suffix,
		      uint64_t *value)
{
	char *file = xprintf("ulimits/%s%s", res, suffix), *text;
	bool bad = false;
	int ret = 0;

	text = conf_text(guest, file, &bad);
	if (text)
		ret = parse_limit(text, value) ?
		      wrong(guest, file, text, "a number, perhaps with k, m, K or M, nor inf") : 1;
	free(text);
	free(file);
	return bad ? -1 : ret;
}

/*
 * Limits of the administrator's own session do not leak in: what is not
 * configured becomes unlimited, and nofile what the kernel's default allows.
 */
static int read_ulimits(const struct vc_guest *guest, struct guest_conf *conf)
{
	struct ulimit_conf *u;
	/* Fifty files that are not there are not looked for one by one. */
	bool there = conf_exists(guest, "ulimits");
	int ret = 0, n, i;

	for (i = 0; i < 16 && there; i++) {
		u = &conf->ulimits[i];
		u->soft = u->hard = RLIM_INFINITY;
		n = read_limit(guest, resources[i], "", &u->hard);
		u->set = n > 0;
		u->soft = u->hard;
		ret |= n;
		n = read_limit(guest, resources[i], ".hard", &u->hard);
		if (n > 0 && !u->set)
			u->soft = u->hard;
		u->set |= n > 0;
		ret |= n;
		n = read_limit(guest, resources[i], ".soft", &u->soft);
		u->set |= n > 0;
		ret |= n;
		if (u->set && u->soft > u->hard)
			ret |= failed(guest->name, "%s/ulimits/%s: the soft limit is above the hard limit",
				      guest->dir, resources[i]);
	}
	return ret < 0 ? -1 : 0;
}

/* A number in a range, perhaps negative: 1, 0 absent, -1. */
static int read_int(const struct vc_guest *guest, const char *file, long min, long max, int *value)
{
	bool bad = false;
	char *text = conf_text(guest, file, &bad), *end, *legal;
	long n;
	int ret = 0;

	if (text) {
		n = strtol(text, &end, 10);
		ret = 1;
		*value = n;
		if (*end || end == text || n < min || n > max) {
			legal = xprintf("a number from %ld to %ld", min, max);
			ret = wrong(guest, file, text, legal);
			free(legal);
		}
	}
	free(text);
	return bad ? -1 : ret;
}

static int read_ionice(const struct vc_guest *guest, struct guest_conf *conf)
{
	int class = 2, level = 4, a, b;

	a = read_int(guest, "ionice/class", 1, 3, &class);
	b = read_int(guest, "ionice/priority", 0, 7, &level);
	if (a > 0 || b > 0)
		conf->ioprio = IOPRIO(class, class == 3 ? 0 : level);
	return a < 0 || b < 0 ? -1 : 0;
}

/* Settings that the kernel keeps per namespace: others would change the host. */
static bool of_namespace(const char *name)
{
	static const char * const good[] = {
		"kernel.shmmax", "kernel.shmall", "kernel.shmmni", "kernel.shm_rmid_forced",
		"kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem",
		"kernel.auto_msgmni", "kernel.hostname", "kernel.domainname",
	};
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(*good); i++)
		if (!strcmp(name, good[i]))
			return true;
	return !strncmp(name, "fs.mqueue.", 10);
}

static int read_sysctls(const struct vc_guest *guest, struct guest_conf *conf)
{
	struct strlist dirs = { 0 };
	char *file, *name, *value, *p;
	bool bad = false;
	size_t i;

	conf_dir(guest->dir, "sysctl", true, &dirs);
	for (i = 0; i < dirs.n; i++) {
		file = xprintf("sysctl/%s/value", dirs.v[i]);
		value = conf_text(guest, file, &bad);
		free(file);
		file = xprintf("sysctl/%s/setting", dirs.v[i]);
		name = conf_text(guest, file, &bad);
		for (p = name; p && *p; p++)
			if (*p == '/')
				*p = '.';
		if (!bad && (!name || !value)) {
			failed(guest->name, "%s/sysctl/%s: needs the files setting and value", guest->dir,
			       dirs.v[i]);
			bad = true;
		} else if (name && !of_namespace(name) &&
			   !(conf->netns && !strncmp(name, "net.", 4))) {
			wrong(guest, file, name,
			      "a setting of its own for each guest: kernel.shm*, kernel.msg*, kernel.sem, fs.mqueue.*,"
			      " with spaces/net also net.*");
			bad = true;
		} else if (!bad) {
			strlist_addf(&conf->sysctls, "%s=%s", name, value);
		}
		free(name);
		free(value);
		free(file);
	}
	strlist_free(&dirs);
	return bad ? -1 : 0;
}

static void add_value(struct guest_conf *conf, const char *dir, const char *path, const char *file,
		      char *value)
{
	struct cgroup_value *v;
	size_t i;

	/* The guest's own wins over the common one, which was read before. */
	for (i = 0; i < conf->n_cgroup_values; i++)
		if (!strcmp(conf->cgroup_values[i].file, file))
			break;
	if (i == conf->n_cgroup_values) {
		conf->cgroup_values = xrealloc(conf->cgroup_values, (i + 1) * sizeof(*v));
		conf->n_cgroup_values++;
	} else {
		free(conf->cgroup_values[i].file);
		free(conf->cgroup_values[i].value);
		free(conf->cgroup_values[i].where);
	}
	v = &conf->cgroup_values[i];
	v->file = xstrdup(file);
	v->value = value;
	v->where = xprintf("%s/%s", dir, path);
}

static int read_group_dir(const struct vc_guest *guest, const char *dir, struct guest_conf *conf,
			  unsigned int where)
{
	struct strlist files = { 0 };
	const struct setting *s;
	struct vc_error err;
	char *path, **lines;
	int ret = 0, n, j;
	size_t i;

	conf_dir(dir, "cgroup", false, &files);
	for (i = 0; i < files.n; i++) {
		path = xprintf("cgroup/%s", files.v[i]);
		s = setting_find(path, where);
		n = 0;
		if (!strcmp(files.v[i], "name") || !strcmp(files.v[i], "base") || !s || s->none) {
			lines = NULL;
		} else if (!strchr(files.v[i], '.') || (!strncmp(files.v[i], "cgroup.", 7) &&
							   strncmp(files.v[i], "cgroup.max.", 11))) {
			lines = NULL;
			ret = failed(guest->name, "%s/%s: not a file of a controller, like memory.max", dir, path);
		} else {
			n = vc_cfg_lines(dir, path, &lines, &err);
			if (n < 0)
				ret = failed(guest->name, "%s", err.text);
		}
		for (j = 0; j < n; j++)
			add_value(conf, dir, path, files.v[i], lines[j]);
		if (n >= 0)
			free(lines);
		free(path);
	}
	strlist_free(&files);
	return ret;
}

/* A group below the tree that belongs to the guests and goes nowhere else. */
static bool group_name(const char *text)
{
	return *text && *text != '/' && *text != '.' && !strstr(text, "..") && !strstr(text, "//") &&
	       strlen(text) < 200;
}

static int read_cgroup(const struct vc_guest *guest, struct guest_conf *conf)
{
	char *base, *name, *cpus;
	static const char * const sets[] = { "cpus", "mems" };
	bool bad = false, wanted, own = conf_exists(guest, "cgroup") || conf_exists(guest, "cpuset");
	size_t i;

	wanted = own || (present_exists(conf_defaults(), "cgroup") && !conf_exists(guest, "nocgroup"));
	if (!wanted)
		return 0;
	base = conf_text_default(guest, "cgroup/base", &bad);
	name = conf_text(guest, "cgroup/name", &bad);
	if ((base && !group_name(base)) || (name && !group_name(name))) {
		failed(guest->name, "%s/cgroup: '%s' is not the name of a group", guest->dir,
		       name && !group_name(name) ? name : base);
		bad = true;
	}
	conf->cgroup_named = base || name;
	conf->cgroup = xprintf("%s/%s", base ? base : "vserver", name ? name : guest->name);
	free(base);
	free(name);
	if (!conf_exists(guest, "nocgroup"))
		bad |= read_group_dir(guest, conf_defaults(), conf, IN_DEFAULTS) < 0;
	bad |= read_group_dir(guest, guest->dir, conf, IN_GUEST) < 0;
	for (i = 0; i < 2; i++) {
		char *file = xprintf("cpuset/%s", sets[i]), *to = xprintf("cpuset.%s", sets[i]);

		cpus = conf_text(guest, file, &bad);
		if (cpus)
			add_value(conf, guest->dir, file, to, cpus);
		free(file);
		free(to);
	}
	return bad ? -1 : 0;
}

int conf_read_limits(const struct vc_guest *guest, struct guest_conf *conf)
{
	int ret = read_ulimits(guest, conf), n;

	ret |= read_ionice(guest, conf);
	n = read_int(guest, "badness", -1000, 1000, &conf->badness);
	conf->has_badness = n > 0;
	ret |= n < 0 ? -1 : 0;
	ret |= read_sysctls(guest, conf);
	ret |= read_cgroup(guest, conf);
	return ret;
}
