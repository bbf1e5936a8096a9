// SPDX-License-Identifier: GPL-2.0
/* vserver NAME config show --effective: what start will use, and where each value comes from. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "conf.h"
#include "config.h"
#include "out.h"
#include "present.h"
#include "settings.h"

static void row(const char *key, const char *value, const char *origin)
{
	out_open(NULL);
	out_str("setting", "%-28s ", key);
	out_str("value", "%-32s ", value);
	out_str("origin", "%s\n", origin);
	out_close();
}

static void row_free(const char *key, char *value, char *origin)
{
	row(key, value, origin);
	free(value);
	free(origin);
}

/* The file that has a say in @key: the guest's, the common one, or what holds without. */
static char *origin_of(const struct vc_guest *guest, const char *key, const char *without)
{
	const char *dirs[2] = { guest->dir, conf_defaults() };
	const struct setting *s = setting_find(key, IN_GUEST);
	char *path;
	int i;

	for (i = 0; i < 2; i++) {
		if (i && !(s && s->where & IN_DEFAULTS))
			break;
		path = xprintf("%s/%s", dirs[i], key);
		if (!access(path, F_OK)) {
			char *text = xprintf("%s:%d", path, conf_line_of(dirs[i], key));

			free(path);
			return text;
		}
		free(path);
	}
	return xstrdup(without);
}

static char *join(const struct strlist *list, const char *sep)
{
	char *text = xstrdup(""), *more;
	size_t i;

	for (i = 0; i < list->n; i++) {
		more = xprintf("%s%s%s", text, i ? sep : "", list->v[i]);
		free(text);
		text = more;
	}
	return text;
}

static void words(const struct vc_guest *guest, const char *key, vc_word_kind kind, uint64_t value,
		  const char *preset)
{
	row_free(key, vc_print_words(kind, value), origin_of(guest, key, preset));
}

static void show_words(const struct vc_guest *guest, const struct guest_conf *conf)
{
	static const char secure[] = "preset secure";

	words(guest, "bcapabilities", VC_BCAP, conf->caps.bcaps,
	      conf->style == STYLE_SYSTEMD ? "preset systemd" : secure);
	words(guest, "ccapabilities", VC_CCAP, conf->caps.ccaps, secure);
	words(guest, "cflags", VC_CFLAG, conf->cflags.flagword, secure);
	words(guest, "ncapabilities", VC_NCAP, conf->ncaps.ncaps, secure);
	words(guest, "nflags", VC_NFLAG, conf->nflags.flagword, secure);
	words(guest, "umask", VC_UMASK, conf->umask.umask, secure);
}

static void show_ids(const struct vc_guest *guest, const struct guest_conf *conf)
{
	char *from;

	row_free("name", xstrdup(guest->name), origin_of(guest, "name", "name of the directory"));
	row_free("vdir", xstrdup(guest->vdir ? guest->vdir : ""), xprintf("%s/vdir", guest->dir));
	if (guest->conf_xid != VC_NOCTX)
		row_free("context", xprintf("%u", guest->conf_xid), origin_of(guest, "context", ""));
	from = origin_of(guest, "ncontext", "as context");
	row_free("ncontext", conf->nid == VC_NONID ? xstrdup("none") : xprintf("%u", conf->nid), from);
}

static void show_init(const struct vc_guest *guest, const struct guest_conf *conf)
{
	const char *style = conf->style_name ? conf->style_name : "(empty)";
	char *stop;

	row("apps/init/style", style, conf->style_from ? conf->style_from : "");
	row_free("apps/init/cmd.start", join(&conf->start, " "),
		 origin_of(guest, "apps/init/cmd.start", "of the style"));
	stop = conf->stop.n ? join(&conf->stop, " ") :
	       conf->stop_signal ? xprintf("signal %d to the init", conf->stop_signal) : xstrdup("");
	row_free("apps/init/cmd.stop", stop, origin_of(guest, "apps/init/cmd.stop", "of the style"));
	row_free("apps/init/killseq", join(&conf->killseq, " "),
		 origin_of(guest, "apps/init/killseq", "built in"));
	row_free("apps/vshelper/sync-timeout", xprintf("%u", conf->timeout),
		 origin_of(guest, "apps/vshelper/sync-timeout", "built in"));
	row_free("apps/init/environment", join(&conf->env, " "),
		 origin_of(guest, "apps/init/environment", "built in"));
	row_free("apps/init/logsize", xprintf("%lu", conf->log_size),
		 origin_of(guest, "apps/init/logsize", "built in"));
}

static void show_mounts(const struct vc_guest *guest, struct guest_conf *conf)
{
	struct mount_list *list = &conf->fstab;
	const struct mount_conf *m;

	conf_complete_mounts(guest, conf);
	for (m = list->v; m < list->v + list->n; m++)
		row_free("fstab", xprintf("%s on %s, %s, %s", m->source, m->target, m->type, m->options),
			 xstrdup(m->where));
}

static void show_net(const struct vc_guest *guest, const struct guest_conf *conf)
{
	const struct iface_conf *iface;
	const struct link_conf *l;

	for (iface = conf->ifaces; iface < conf->ifaces + conf->n_ifaces; iface++)
		row_free("interfaces", xprintf("%s/%u %s%s", iface->text, iface->prefix,
					       iface->dev ? "on " : "without a device",
					       iface->dev ? iface->dev : ""),
			 xprintf("%s/%s", guest->dir, iface->dir));
	if (conf->netns)
		row("netns/name", conf->netns, conf->netns_shared ? "netns/shared" : "its own");
	for (l = conf->links; l < conf->links + conf->n_links; l++)
		row_free("netns/interfaces", xprintf("%s %s on %s", l->type, l->guest, l->host),
			 xstrdup(l->where));
}

/* What is shown above in other words. */
static bool shown(const char *key)
{
	static const char * const names[] = {
		"name", "vdir", "run", "context", "ncontext", "bcapabilities", "ccapabilities", "cflags",
		"ncapabilities", "nflags", "umask", "apps/init/style", "apps/init/cmd.start",
		"apps/init/cmd.stop", "apps/init/killseq", "apps/vshelper/sync-timeout",
		"apps/init/environment", "apps/init/logsize", "fstab",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(names[i], key))
			return true;
	return !strncmp(key, "netns/", 6) || (!strncmp(key, "interfaces/", 11) && strchr(key + 11, '/'));
}

/* The rest, as the files say it. */
static void show_files(const struct vc_guest *guest)
{
	struct strlist files = { 0 };
	const struct setting *s;
	char *text, *path;
	size_t i;

	present_files(guest->dir, &files);
	for (i = 0; i < files.n; i++) {
		s = setting_find(files.v[i], IN_GUEST);
		if (!s || shown(files.v[i]))
			continue;
		path = xprintf("%s/%s", guest->dir, files.v[i]);
		if (s->none) {
			row(files.v[i], "without effect", path);
		} else {
			text = s->kind == SET_EXEC || s->kind == SET_DATA ? xstrdup("(file)") :
			       s->kind == SET_FLAG ? xstrdup("yes") : config_read(guest, files.v[i]);
			if (text)
				text[strcspn(text, "\n")] = 0;
			row(files.v[i], text ? text : "", path);
			free(text);
		}
		free(path);
	}
	strlist_free(&files);
}

int config_effective(struct vc_guest *guest, bool json)
{
	struct guest_conf conf;
	int ret;

	ret = conf_read(guest, &conf, false) | conf_read_style(guest, &conf, NULL);
	out_start(json, true);
	out_text("%-28s %-32s %s\n", "SETTING", "VALUE", "ORIGIN");
	show_ids(guest, &conf);
	show_words(guest, &conf);
	show_init(guest, &conf);
	show_mounts(guest, &conf);
	show_net(guest, &conf);
	show_files(guest);
	out_finish(EX_FAIL);
	conf_free(&conf);
	return ret ? EX_FAIL : 0;
}
