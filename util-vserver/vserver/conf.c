// SPDX-License-Identifier: GPL-2.0
/* What the configuration of a guest says, read once and checked as a whole. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf.h"
#include "present.h"
#include "settings.h"
#include "text.h"

#define LOG_SIZE	1048576
#define STOP_TIMEOUT	6	/* with the kill sequence below: all is over in 10 s */
#define MAX_TIMEOUT	86400

/* A word file: 1 read, 0 absent, -1. */
static int words(const struct vc_guest *guest, const char *file, vc_word_kind kind,
		 uint64_t *value, uint64_t *mask)
{
	struct vc_error err;
	int ret;

	if (present(guest->dir, file) == PRESENT_NO)
		return 0;
	ret = vc_cfg_words(guest->dir, file, kind, value, mask, &err);
	return ret < 0 ? failed(guest->name, "%s", err.text) : ret;
}

static int number(const struct vc_guest *guest, const char *file, uint64_t min, uint64_t max,
		  uint64_t *value)
{
	struct vc_error err;
	int ret;

	if (present(guest->dir, file) == PRESENT_NO)
		return 0;
	ret = vc_cfg_number(guest->dir, file, min, max, value, &err);
	return ret < 0 ? failed(guest->name, "%s", err.text) : ret;
}

/* The word `fakeinit` in cflags asks for a real init, not only for the flag. */
static bool wants_real_init(const struct strlist *lines)
{
	char *copy, *word, *save;
	bool wants = false;
	size_t i;

	for (i = 0; i < lines->n; i++) {
		copy = xstrdup(lines->v[i]);
		for (word = strtok_r(copy, ", \t", &save); word;
		     word = strtok_r(NULL, ", \t", &save)) {
			bool no = *word == '!' || *word == '~';

			word += no;
			if (same_word(word, "vxf_", 4))
				word += 4;
			if (same_word(word, "fakeinit", sizeof("fakeinit")) ||
			    same_word(word, "info_init", sizeof("info_init")))
				wants = !no;
		}
		free(copy);
	}
	return wants;
}

/* The flags of the context, whose file also says whether there is a real init: read once. */
static int read_cflags(const struct vc_guest *guest, struct guest_conf *conf)
{
	const char *file = conf_exists(guest, "cflags") ? "cflags" : "flags";
	uint64_t flags = conf->cflags.flagword, mask = conf->cflags.mask;
	struct strlist lines = { 0 };
	int ret = conf_lines(guest, file, &lines) < 0 ? -1 : 0;
	size_t i;

	for (i = 0; i < lines.n; i++)
		if (vc_parse_words(VC_CFLAG, lines.v[i], &flags, &mask, NULL))
			break;
	/* The sentence with the number of the line. */
	if (i < lines.n)
		ret = words(guest, file, VC_CFLAG, &flags, &mask);
	conf->cflags.flagword = flags;
	conf->cflags.mask = mask;
	conf->real_init = wants_real_init(&lines);
	strlist_free(&lines);
	return ret;
}

/* Preset first, then what the guest's own files say. */
static int read_words(const struct vc_guest *guest, struct guest_conf *conf)
{
	struct vc_ctx_caps *caps = &conf->caps;
	uint64_t mask = 0;
	int ret = 0;

	caps->bcaps = vc_get_securebcaps();
	caps->ccaps = VC_SECURE_CCAPS;
	caps->bmask = caps->cmask = ~0ULL;
	conf->cflags.flagword = VXF_VIRT_UPTIME | VXF_INFO_INIT | VC_SECURE_CFLAGS;
	conf->cflags.mask = conf->cflags.flagword;
	if (words(guest, "bcapabilities", VC_BCAP, &caps->bcaps, &mask) < 0 ||
	    words(guest, "ccapabilities", VC_CCAP, &caps->ccaps, &mask) < 0 ||
	    read_cflags(guest, conf) < 0 ||
	    words(guest, "umask", VC_UMASK, &conf->umask.umask, &conf->umask.mask) < 0)
		ret = -1;
	/* One-time bits are no settings. */
	conf->cflags.mask &= ~(uint64_t)VXF_ONE_TIME;
	conf->cflags.flagword &= conf->cflags.mask;
	return ret;
}

static int read_uts(const struct vc_guest *guest, struct guest_conf *conf)
{
	char file[32] = "uts/";
	bool bad = false;
	unsigned int i;

	for (i = vcVHI_SYSNAME; i <= vcVHI_DOMAINNAME; i++) {
		strcpy(file + strlen("uts/"), vc_vhi_field(i));
		conf->uts[i] = conf_text(guest, file, &bad);
		if (conf->uts[i] && strlen(conf->uts[i]) >= VHI_SIZE) {
			failed(guest->name, "%s/%s:%d: more than %d characters", guest->dir, file,
			       conf_line_of(guest->dir, file), VHI_SIZE - 1);
			bad = true;
		}
	}
	return bad ? -1 : 0;
}

static int read_env(const struct vc_guest *guest, struct guest_conf *conf)
{
	struct strlist lines = { 0 };
	int ret;
	size_t i;

	ret = conf_lines(guest, "apps/init/environment", &lines);
	if (!ret)
		ret = conf_lines_of(guest->name, conf_defaults(), "apps/init/environment", &lines);
	if (!ret)
		strlist_add(&lines, "PATH=/bin:/usr/bin:/sbin:/usr/sbin");
	for (i = 0; ret >= 0 && i < lines.n; i++) {
		char *eq = strchr(lines.v[i], '=');

		if (!eq || eq == lines.v[i]) {
			ret = failed(guest->name, "apps/init/environment: '%s' is not NAME=VALUE",
				     lines.v[i]);
			break;
		}
		*eq = 0;
		env_set(&conf->env, lines.v[i], eq + 1);
	}
	strlist_free(&lines);
	return ret < 0 ? -1 : 0;
}

static int read_personality(const struct vc_guest *guest, struct guest_conf *conf)
{
	struct strlist lines = { 0 };
	uint32_t flags = 0, type = 0;
	struct vc_err_listparser err;
	int ret = conf_lines(guest, "personality", &lines);
	size_t i;

	conf->personality = VC_BAD_PERSONALITY;
	for (i = 0; ret > 0 && i < lines.n; i++) {
		if (!i) {
			type = vc_str2personalitytype(lines.v[i], 0);
			if (type == VC_BAD_PERSONALITY)
				ret = failed(guest->name, "%s/personality:%d: unknown personality '%s'",
					     guest->dir, conf_line_of(guest->dir, "personality"),
					     lines.v[i]);
		} else if (vc_list2personalityflag(lines.v[i], 0, &flags, &err)) {
			ret = failed(guest->name, "%s/personality: unknown flag '%.*s'", guest->dir,
				     (int)err.len, err.ptr);
		}
	}
	if (ret > 0 && lines.n)
		conf->personality = type | flags;
	strlist_free(&lines);
	return ret < 0 ? -1 : 0;
}

static int read_stop(const struct vc_guest *guest, struct guest_conf *conf)
{
	static const char timeout[] = "apps/vshelper/sync-timeout";
	static const char killseq[] = "apps/init/killseq";
	struct strlist lines = { 0 };
	struct vc_error err;
	char *word, *save, *end;
	uint64_t value = STOP_TIMEOUT;
	int ret;
	size_t i;

	ret = number(guest, timeout, 0, MAX_TIMEOUT, &value);
	if (!ret && present(conf_defaults(), timeout) != PRESENT_NO &&
	    vc_cfg_number(conf_defaults(), timeout, 0, MAX_TIMEOUT, &value, &err) < 0)
		ret = failed(guest->name, "%s", err.text);
	conf->timeout = value;
	if (ret >= 0)
		ret = conf_lines(guest, killseq, &lines);
	/* One word per line, or several. */
	for (i = 0; i < lines.n; i++) {
		for (word = strtok_r(lines.v[i], ", \t", &save); word;
		     word = strtok_r(NULL, ", \t", &save)) {
			unsigned long n = strtoul(word, &end, 10);

			if (*end || n > (conf->killseq.n % 2 ? MAX_TIMEOUT : 64))
				ret = failed(guest->name, "%s/%s: '%s' is not a %s", guest->dir, killseq,
					     word, conf->killseq.n % 2 ? "number of seconds" :
					     "signal number");
			strlist_add(&conf->killseq, word);
		}
	}
	if (!conf->killseq.n) {
		strlist_add(&conf->killseq, "15");
		strlist_add(&conf->killseq, "1");
		strlist_add(&conf->killseq, "9");
	}
	strlist_free(&lines);
	return ret < 0 ? -1 : 0;
}

static int read_nice(const struct vc_guest *guest, struct guest_conf *conf)
{
	bool bad = false;
	char *text = conf_text(guest, "nice", &bad), *end;
	long n;

	if (text) {
		n = strtol(text, &end, 10);
		if (*end || end == text || n < -20 || n > 19) {
			failed(guest->name, "%s/nice:%d: '%s' is not a number from -20 to 19",
			       guest->dir, conf_line_of(guest->dir, "nice"), text);
			bad = true;
		}
		conf->nice = n;
		conf->has_nice = true;
	}
	free(text);
	return bad ? -1 : 0;
}

/* Whoever can write here is root on the host: files of others are refused. */
static int check_owner(const struct vc_guest *guest)
{
	static const char * const dirs[] = { "", "scripts", "interfaces", "apps", "apps/init", "uts" };
	const struct stat *known;
	struct stat st;
	char *path;
	int ret = 0;
	size_t i;

	for (i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		if (i && present(guest->dir, dirs[i]) == PRESENT_NO)
			continue;
		path = *dirs[i] ? xprintf("%s/%s", guest->dir, dirs[i]) : xstrdup(guest->dir);
		known = present_dir(guest->dir, dirs[i]);
		if (!known && !stat(path, &st))
			known = &st;
		if (known && ((known->st_uid && known->st_uid != geteuid()) || known->st_mode & 0022))
			ret = failed(guest->name, "%s may be written by others than root: refused", path);
		free(path);
	}
	return ret;
}

static int read_fstabs(const struct vc_guest *guest, struct guest_conf *conf)
{
	if (conf_read_fstab(guest->name, guest->dir, "fstab", &conf->fstab) < 0 ||
	    conf_read_fstab(guest->name, guest->dir, "fstab.remote", &conf->remote) < 0)
		return -1;
	return 0;
}

static int read_log(const struct vc_guest *guest, struct guest_conf *conf)
{
	static const char file[] = "apps/init/logsize";
	uint64_t value = LOG_SIZE;
	struct vc_error err;
	int ret = number(guest, file, 4096, 1 << 30, &value);

	if (!ret && present(conf_defaults(), file) != PRESENT_NO) {
		ret = vc_cfg_number(conf_defaults(), file, 4096, 1 << 30, &value, &err);
		if (ret < 0)
			failed(guest->name, "%s", err.text);
	}
	conf->log_size = value;
	conf->log_watch = ret > 0;
	conf->sync = conf_exists(guest, "apps/init/sync");
	conf->pid_space = conf_exists(guest, "spaces/pid");
	return ret < 0 ? -1 : 0;
}

/* Whether @s may be there; one with a `*` may be when there is anything in the directory before that. */
static bool may_be_there(const struct vc_guest *guest, const struct setting *s)
{
	const char *star = strchr(s->path, '*');
	char dir[64];

	if (!star)
		return present(guest->dir, s->path) != PRESENT_NO;
	while (star > s->path && *--star != '/')
		;
	if (star == s->path || star - s->path >= (long)sizeof(dir))
		return true;
	*(char *)mempcpy(dir, s->path, star - s->path) = 0;
	return strchr(dir, '/') ? present(guest->dir, dir) != PRESENT_NO : !present_empty(guest->dir, dir);
}

/* Settings that do nothing here, each with the reason. */
static void warn_without_effect(const struct vc_guest *guest)
{
	struct strlist files = { 0 };
	const struct setting *s;
	size_t i;

	/* Nearly always there are none, and then not every file has to be found in the table. */
	for (s = settings; s->path; s++)
		if (s->none && s->where & IN_GUEST && may_be_there(guest, s))
			break;
	if (!s->path)
		return;
	present_files(guest->dir, &files);
	for (i = 0; i < files.n; i++) {
		s = setting_find(files.v[i], IN_GUEST);
		if (s && s->none)
			caution(guest->name, "%s/%s: without effect: %s", guest->dir, files.v[i], s->none);
	}
	strlist_free(&files);
}

/* Its tag is its number unless it says otherwise. */
static int read_tag(const struct vc_guest *guest, struct guest_conf *conf)
{
	bool bad = false;
	char *text = conf_text(guest, "tag", &bad), *end;
	unsigned long tag;

	conf->tag = conf->xid == VC_NOCTX ? VS_ID_HOST : conf->xid;
	if (!text)
		return -bad;
	tag = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || tag > VS_ID_MAX)
		bad = failed(guest->name, "%s/tag:%d: '%s' is no number from 0 to %u", guest->dir,
			     conf_line_of(guest->dir, "tag"), text, VS_ID_MAX);
	else
		conf->tag = tag;
	free(text);
	return -bad;
}

int conf_read(const struct vc_guest *guest, struct guest_conf *conf, bool warn)
{
	int ret = 0;

	memset(conf, 0, sizeof(*conf));
	present_start();
	conf->xid = guest->conf_xid;
	ret |= read_tag(guest, conf);
	if (warn)
		warn_without_effect(guest);
	/* All of them, so that one run tells everything that is wrong. */
	ret |= check_owner(guest);
	ret |= read_words(guest, conf);
	ret |= read_uts(guest, conf);
	ret |= read_env(guest, conf);
	ret |= read_personality(guest, conf);
	ret |= read_stop(guest, conf);
	ret |= read_nice(guest, conf);
	ret |= read_log(guest, conf);
	ret |= conf_read_netns(guest, conf);
	ret |= conf_read_limits(guest, conf);
	ret |= read_fstabs(guest, conf);
	ret |= conf_read_net(guest, conf);
	present_end();
	return ret ? -1 : 0;
}

static void free_mounts(struct mount_list *list)
{
	struct mount_conf *m;

	for (m = list->v; m < list->v + list->n; m++) {
		free(m->where);
		free(m->source);
		free(m->target);
		free(m->type);
		free(m->options);
	}
	free(list->v);
}

void conf_free(struct guest_conf *conf)
{
	struct iface_conf *iface;
	size_t i;

	for (iface = conf->ifaces; iface < conf->ifaces + conf->n_ifaces; iface++) {
		free(iface->dir);
		free(iface->text);
		free(iface->dev);
		free(iface->dev_file);
		free(iface->label);
		free(iface->bcast);
		free(iface->peer);
	}
	free(conf->ifaces);
	conf_free_netns(conf);
	free(conf->lback);
	free(conf->bcast);
	for (i = 0; i < sizeof(conf->uts) / sizeof(*conf->uts); i++)
		free(conf->uts[i]);
	for (i = 0; i < conf->n_cgroup_values; i++) {
		free(conf->cgroup_values[i].file);
		free(conf->cgroup_values[i].value);
		free(conf->cgroup_values[i].where);
	}
	free(conf->cgroup_values);
	free(conf->cgroup);
	free(conf->style_from);
	strlist_free(&conf->start_sync);
	strlist_free(&conf->sysctls);
	free_mounts(&conf->fstab);
	free_mounts(&conf->remote);
	strlist_free(&conf->start);
	strlist_free(&conf->stop);
	strlist_free(&conf->prepare);
	strlist_free(&conf->env);
	strlist_free(&conf->killseq);
	free(conf->level);
	free(conf->stop_level);
	memset(conf, 0, sizeof(*conf));
}
