// SPDX-License-Identifier: GPL-2.0
/* The configuration tree of a new guest, and its context number. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build.h"
#include "cmd.h"
#include "conf.h"
#include "run.h"

#define LOCK_KEY	".context"
#define LOCK_SECONDS	60
#define FIRST_NUMBER	40000
#define LAST_NUMBER	49151

/* Numbers that a guest is configured with or that a context has. */
static uint8_t *numbers_in_use(char **owner, unsigned int wanted)
{
	static const char * const files[] = { "context", "ncontext" };
	uint8_t *used = xcalloc(VS_ID_MAX + 1, 1);
	struct vc_error err;
	uint64_t value;
	char **ids, *dir;
	xid_t *running;
	int i, j, n;

	n = vc_guest_list(&ids, &err);
	for (i = 0; i < n; i++) {
		dir = xprintf("%s/%s", vc_confdir(), ids[i]);
		for (j = 0; j < 2; j++) {
			if (vc_cfg_number(dir, files[j], 0, VS_ID_MAX, &value, NULL) <= 0)
				continue;
			used[value] = 1;
			if (value == wanted && !*owner)
				*owner = xprintf("guest %s", ids[i]);
		}
		free(dir);
	}
	if (n >= 0)
		vc_guest_list_free(ids);
	for (j = 0; j < 2; j++) {
		n = j ? vc_net_list(&running, NULL) : vc_ctx_list(&running, NULL);
		for (i = 0; i < n; i++) {
			if (running[i] > VS_ID_MAX)
				continue;
			used[running[i]] = 1;
			if (running[i] == wanted && !*owner)
				*owner = xprintf("a running context");
		}
		if (n >= 0)
			free(running);
	}
	return used;
}

static int wanted_number(struct build *b, unsigned int *wanted)
{
	char *end;
	unsigned long n;

	*wanted = 0;
	if (!b->context)
		return 0;
	n = strtoul(b->context, &end, 10);
	if (*end || end == b->context || *b->context == '-' || n < VS_ID_MIN || n > VS_ID_MAX)
		return failed(b->name, "--context %s: not a number from %u to %u", b->context, VS_ID_MIN,
			      VS_ID_MAX);
	*wanted = n;
	return 0;
}

/* The counter, or one behind the last if it is used up: all are looked at once. */
static int next_number(struct build *b, const uint8_t *used)
{
	uint64_t start = FIRST_NUMBER, n, i;
	const unsigned int count = LAST_NUMBER - VS_ID_MIN + 1;
	struct vc_error err;
	char *text;
	int dir, ret;

	if (vc_cfg_number(conf_defaults(), "context.next", VS_ID_MIN, VS_ID_MAX, &start, &err) < 0)
		return failed(b->name, "%s", err.text);
	if (start > LAST_NUMBER)
		start = FIRST_NUMBER;
	for (i = 0, n = start; i < count && used[n]; i++)
		n = n == LAST_NUMBER ? VS_ID_MIN : n + 1;
	if (i == count)
		return failed(b->name, "no context number is free");
	b->xid = n;
	if (opt.dry_run)
		return 0;
	text = xprintf("%lu\n", (unsigned long)(n == LAST_NUMBER ? FIRST_NUMBER : n + 1));
	make_path(conf_defaults(), 0755);
	dir = open(conf_defaults(), O_PATH | O_DIRECTORY | O_CLOEXEC);
	ret = dir < 0 || write_file_at(dir, "context.next", text) ?
	      failed(b->name, "cannot write %s/context.next: %s", conf_defaults(), strerror(errno)) : 0;
	if (dir >= 0)
		close(dir);
	free(text);
	return ret;
}

int build_number(struct build *b)
{
	char *dynamic = xprintf("%s/context.dynamic", conf_defaults()), *owner = NULL;
	unsigned int wanted;
	uint8_t *used = NULL;
	int lock = -1, ret = -1;

	if (wanted_number(b, &wanted))
		goto out;
	if (!wanted && !access(dynamic, F_OK)) {
		b->no_number = true;
		ret = 0;
		goto out;
	}
	lock = run_lock(b->name, LOCK_KEY, LOCK_SECONDS);
	if (lock < 0)
		goto out;
	used = numbers_in_use(&owner, wanted);
	if (!wanted) {
		ret = next_number(b, used);
	} else if (used[wanted]) {
		failed(b->name, "--context %u: %s has this number", wanted, owner);
	} else {
		b->xid = wanted;
		ret = 0;
	}
out:
	run_unlock(lock, LOCK_KEY);
	free(owner);
	free(used);
	free(dynamic);
	return ret;
}

/* One setting; null text: none. */
static int put(const struct build *b, int dir, const char *file, const char *text)
{
	char *line;
	int ret = 0;

	if (!text)
		return 0;
	line = xprintf("%s\n", text);
	if (write_file_at(dir, file, line))
		ret = failed(b->name, "cannot write %s/%s: %s", b->newconf, file, strerror(errno));
	free(line);
	return ret;
}

static int put_dir(const struct build *b, int dir, const char *name)
{
	if (mkdirat(dir, name, 0755) && errno != EEXIST)
		return failed(b->name, "cannot make %s/%s: %s", b->newconf, name, strerror(errno));
	return 0;
}

static int put_link(const struct build *b, int dir, const char *name, const char *target)
{
	if (symlinkat(target, dir, name))
		return failed(b->name, "cannot make %s/%s: %s", b->newconf, name, strerror(errno));
	return 0;
}

static int put_iface(const struct build *b, int dir, size_t i)
{
	static const char * const files[] = { "name", "dev", "ip", "mask", "prefix" };
	const struct build_iface *iface = &b->ifaces[i];
	const char *texts[5] = { iface->label, iface->dev, iface->ip, iface->mask, iface->prefix };
	char *name = xprintf("interfaces/%zu", i), *file;
	int ret = put_dir(b, dir, name);
	size_t j;

	for (j = 0; j < sizeof(files) / sizeof(*files) && !ret; j++) {
		file = xprintf("%s/%s", name, files[j]);
		ret = put(b, dir, file, texts[j]);
		free(file);
	}
	if (!ret && iface->nodev) {
		file = xprintf("%s/nodev", name);
		ret = put(b, dir, file, "");
		free(file);
	}
	free(name);
	return ret;
}

static int put_fstab(const struct build *b, int dir)
{
	char *file = xprintf("%s/fstab", conf_defaults());
	char *text = read_file_at(AT_FDCWD, file, 1048576, NULL);
	int ret = 0;

	if (!text && errno != ENOENT)
		ret = failed(b->name, "cannot read %s: %s", file, strerror(errno));
	else if (write_file_at(dir, "fstab", text ? text : default_fstab))
		ret = failed(b->name, "cannot write %s/fstab: %s", b->newconf, strerror(errno));
	free(text);
	free(file);
	return ret;
}

static int put_flags(const struct build *b, int dir)
{
	char *text = xstrdup(""), *more;
	size_t i;
	int ret = 0;

	for (i = 0; i < b->flags.n; i++) {
		more = xprintf("%s%s\n", text, b->flags.v[i]);
		free(text);
		text = more;
	}
	if (*text && write_file_at(dir, "cflags", text))
		ret = failed(b->name, "cannot write %s/cflags: %s", b->newconf, strerror(errno));
	free(text);
	return ret;
}

int build_config(struct build *b)
{
	static const char * const dirs[] = { "uts", "interfaces", "apps", "apps/init" };
	char *number = b->no_number ? NULL : xprintf("%u", b->xid);
	char *run = b->runfile ? xstrdup(b->runfile) : xprintf("%s/%s", vc_rundir(), b->name);
	int dir = open(b->newconf, O_PATH | O_DIRECTORY | O_CLOEXEC), ret = -1;
	size_t i;

	if (dir < 0) {
		failed(b->name, "cannot open %s: %s", b->newconf, strerror(errno));
		goto out;
	}
	for (i = 0; i < sizeof(dirs) / sizeof(*dirs); i++)
		if (put_dir(b, dir, dirs[i]))
			goto out;
	for (i = 0; i < b->n_ifaces; i++)
		if (put_iface(b, dir, i))
			goto out;
	ret = put_link(b, dir, "vdir", b->root) || put_link(b, dir, "run", run) ||
	      put(b, dir, "name", b->name) || put(b, dir, "context", number) ||
	      put(b, dir, "uts/nodename", b->hostname) || put(b, dir, "interfaces/dev", b->netdev) ||
	      put(b, dir, "interfaces/mask", b->netmask) ||
	      put(b, dir, "interfaces/prefix", b->netprefix) ||
	      put(b, dir, "interfaces/bcast", b->netbcast) ||
	      put(b, dir, "apps/init/style", b->style) || put_flags(b, dir) || put_fstab(b, dir) ? -1 : 0;
out:
	if (dir >= 0)
		close(dir);
	free(number);
	free(run);
	return ret;
}
