// SPDX-License-Identifier: GPL-2.0
/* Init styles: how a guest is started and stopped. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf.h"
#include "settings.h"

#define NO_LEVEL	"-"	/* the style's command takes no runlevel */

static const struct style {
	const char	*name;
	enum init_style	style;
	const char	*start;		/* followed by the level */
	const char	*stop;
	const char	*level;		/* null: given only if configured */
	const char	*stop_level;
	int		signal;		/* to the init; 0: the stop command is all */
	bool		real;		/* the command is the guest's init */
	const char	*sign;		/* a file in a guest that is of this style */
} styles[] = {
	{ "sysv", STYLE_SYSV, "/etc/init.d/rc", "/etc/init.d/rc", "3", "6", 0, false, "/etc/init.d/rc" },
	{ "systemd", STYLE_SYSTEMD, "/sbin/init", NULL, NO_LEVEL, NO_LEVEL, 0, true, NULL },
	{ "openrc", STYLE_OTHER, "/lib/rc/sh/init-vserver.sh", "/sbin/openrc", "default", "shutdown", 0,
	  false, "/sbin/openrc" },
	{ "gentoo", STYLE_OTHER, "/lib/rcscripts/sh/init-vserver.sh", "/sbin/rc", "default", "shutdown",
	  0, false, "/lib/rcscripts/sh/init-vserver.sh" },
	{ "runit", STYLE_OTHER, "/sbin/runit", "/sbin/runit-init", NO_LEVEL, "0", 0, true,
	  "/etc/runit/2" },
	{ "s6", STYLE_OTHER, "/bin/s6-svscan", NULL, "/run/service", NO_LEVEL, SIGTERM, true, NULL },
	{ "minit", STYLE_OTHER, "/sbin/minit-start", NULL, NULL, NO_LEVEL, SIGINT, true,
	  "/sbin/minit-start" },
	{ "arch", STYLE_OTHER, "/etc/rc.multi", "/etc/rc.shutdown", NO_LEVEL, NO_LEVEL, 0, false,
	  "/etc/rc.multi" },
	{ "plain", STYLE_PLAIN, "/sbin/init", NULL, NULL, NO_LEVEL, SIGINT, true, "/sbin/init" },
	{ "rescue", STYLE_RESCUE, "/bin/sleep", NULL, "900", NO_LEVEL, 0, false, NULL },
};

#define N_STYLES	(sizeof(styles) / sizeof(*styles))

/* Where some distributions keep a program; looked for inside, when it is started. */
static const char * const places[][4] = {
	{ "/etc/init.d/rc", "/etc/rc.d/rc" },
	{ "/lib/rc/sh/init-vserver.sh", "/sbin/openrc" },
	{ "/lib/rcscripts/sh/init-vserver.sh", "/lib/rc/sh/init-vserver.sh", "/sbin/openrc" },
	{ "/sbin/rc", "/sbin/openrc" },
	{ "/sbin/runit", "/usr/bin/runit", "/usr/sbin/runit" },
	{ "/sbin/runit-init", "/usr/bin/runit-init", "/usr/sbin/runit-init" },
	{ "/bin/s6-svscan", "/usr/bin/s6-svscan", "/command/s6-svscan" },
};

void conf_choose_rc(char **argv)
{
	size_t i, j;

	for (i = 0; i < sizeof(places) / sizeof(*places); i++) {
		if (strcmp(argv[0], places[i][0]) || !access(argv[0], X_OK))
			continue;
		for (j = 1; j < 4 && places[i][j]; j++) {
			if (access(places[i][j], X_OK))
				continue;
			argv[0] = (char *)places[i][j];
			return;
		}
	}
}

bool conf_style_known(const char *name)
{
	size_t i;

	for (i = 0; i < N_STYLES; i++)
		if (!strcmp(styles[i].name, name))
			return true;
	return false;
}

char *conf_style_names(void)
{
	char *text = xstrdup(styles[0].name), *more;
	size_t i;

	for (i = 1; i < N_STYLES; i++) {
		more = xprintf("%s, %s", text, styles[i].name);
		free(text);
		text = more;
	}
	return text;
}

static const struct style *by_name(const char *name)
{
	size_t i;

	for (i = 0; i < N_STYLES; i++)
		if (!strcmp(styles[i].name, name))
			return &styles[i];
	return NULL;
}

static const struct style *by_enum(enum init_style style)
{
	size_t i;

	for (i = 0; i < N_STYLES; i++)
		if (styles[i].style == style)
			return &styles[i];
	return NULL;
}

/* True when @path in the guest is a file that can be executed. */
static bool has_program(int root, const char *path)
{
	int fd = open_in_root(root, path, O_PATH, 0);
	struct stat st;
	bool has = fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_mode & 0111;

	if (fd >= 0)
		close(fd);
	return has;
}

/* Whether /sbin/init of the guest is a link whose last name is @name. */
static bool init_is(int root, const char *name)
{
	char target[PATH_MAX];
	int fd = open_in_root(root, "/sbin/init", O_PATH | O_NOFOLLOW, 0);
	ssize_t n = fd >= 0 ? readlinkat(fd, "", target, sizeof(target) - 1) : -1;
	const char *base;

	if (fd >= 0)
		close(fd);
	if (n < 0)
		return false;
	target[n] = 0;
	base = strrchr(target, '/');
	return !strcmp(base ? base + 1 : target, name);
}

const char *conf_detect_style(const struct vc_guest *guest)
{
	int root = guest->vdir ? open(guest->vdir, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	const char *found = NULL;
	size_t i;

	if (root < 0)
		return NULL;
	/* Also with the scripts of another init left over. */
	if (init_is(root, "systemd"))
		found = "systemd";
	else if (has_program(root, "/etc/init.d/rc") || has_program(root, "/etc/rc.d/rc"))
		found = "sysv";
	for (i = 1; i < N_STYLES && !found; i++)
		if (styles[i].sign && has_program(root, styles[i].sign))
			found = styles[i].name;
	close(root);
	return found;
}

static const struct style *read_style(const struct vc_guest *guest, struct guest_conf *conf,
				      bool *bad)
{
	static const char file[] = "apps/init/style";
	const struct style *style = NULL;
	char *text = conf_text(guest, file, bad), *known;
	const char *words[N_STYLES], *near;
	size_t i;

	if (text) {
		style = by_name(text);
		conf->style_from = xprintf("%s/%s", guest->dir, file);
	} else if (conf_exists(guest, file)) {
		conf->style = STYLE_CUSTOM;	/* an empty file: only cmd.* */
		conf->style_from = xprintf("%s/%s", guest->dir, file);
		return NULL;
	} else {
		near = conf_detect_style(guest);
		style = by_name(near ? near : "sysv");
		conf->style_from = xstrdup(near ? "found in the guest" : "default");
	}
	if (!style) {
		for (i = 0; i < N_STYLES; i++)
			words[i] = styles[i].name;
		near = nearest(text, words, N_STYLES);
		known = conf_style_names();
		failed(guest->name, "%s/%s:%d: unknown init style '%s'%s%s%s; known: %s", guest->dir, file,
		       conf_line_of(guest->dir, file), text, near ? ", did you mean '" : "",
		       near ? near : "", near ? "'?" : "", known);
		free(known);
		*bad = true;
	}
	free(text);
	return style;
}

static char *read_level(const struct vc_guest *guest, const char *file, const char *other,
			bool *bad)
{
	char *level = conf_text(guest, file, bad), *p;

	if (!level && other)
		level = conf_text(guest, other, bad);
	for (p = level; p && *p; p++) {
		if (!isalnum((unsigned char)*p)) {
			failed(guest->name, "%s/%s: '%s' is not a runlevel", guest->dir, file, level);
			*bad = true;
			break;
		}
	}
	return level;
}

static void add_command(struct strlist *list, const char *command, const char *configured,
			const char *level)
{
	if (!command)
		return;
	strlist_add(list, command);
	if (level && !strcmp(level, NO_LEVEL))
		return;
	if (configured || level)
		strlist_add(list, configured ? configured : level);
}

/* cmd.X replaces the style's command. */
static int override(const struct vc_guest *guest, const char *file, struct strlist *list)
{
	struct strlist lines = { 0 };
	int ret = conf_lines(guest, file, &lines);

	if (ret > 0 && lines.n) {
		strlist_free(list);
		*list = lines;
		return 1;
	}
	strlist_free(&lines);
	return ret < 0 ? -1 : 0;
}

static bool read_commands(const struct vc_guest *guest, struct guest_conf *conf)
{
	int ret;

	ret = override(guest, "apps/init/cmd.stop", &conf->stop);
	if (ret > 0)
		conf->stop_signal = 0;
	return ret >= 0 && override(guest, "apps/init/cmd.start", &conf->start) >= 0 &&
	       override(guest, "apps/init/cmd.prepare", &conf->prepare) >= 0 &&
	       override(guest, "apps/init/cmd.start-sync", &conf->start_sync) >= 0;
}

static void style_env(struct guest_conf *conf)
{
	if (conf->style == STYLE_SYSV) {
		env_set(&conf->env, "PREVLEVEL", "N");
		env_set(&conf->env, "RUNLEVEL", conf->level ? conf->level : "3");
	} else if (conf->style == STYLE_SYSTEMD) {
		env_set(&conf->env, "container", "vserver");
		env_set(&conf->env, "TERM", "vt220");
	}
}

int conf_read_style(const struct vc_guest *guest, struct guest_conf *conf, char **rescue)
{
	const struct style *style;
	bool bad = false;
	size_t i;

	style = read_style(guest, conf, &bad);
	conf->level = read_level(guest, "apps/init/runlevel.start", "apps/init/runlevel", &bad);
	conf->stop_level = read_level(guest, "apps/init/runlevel.stop", NULL, &bad);
	if (rescue) {
		style = by_enum(STYLE_RESCUE);
		free(conf->style_from);
		conf->style_from = xstrdup("--rescue");
		conf->real_init = false;
	}
	if (style) {
		conf->style = style->style;
		conf->style_name = style->name;
		conf->stop_signal = style->style == STYLE_SYSTEMD ? SIGRTMIN + 4 : style->signal;
		conf->real_init |= style->real;
		conf->pid_space |= style->style == STYLE_SYSTEMD;
		if (rescue && rescue[0])
			for (i = 0; rescue[i]; i++)
				strlist_add(&conf->start, rescue[i]);
		else
			add_command(&conf->start, style->start, rescue ? NULL : conf->level, style->level);
		add_command(&conf->stop, style->stop, conf->stop_level, style->stop_level);
	}
	if (conf->style == STYLE_SYSTEMD && conf_systemd(guest, conf))
		bad = true;
	if (conf->style != STYLE_RESCUE && !read_commands(guest, conf))
		bad = true;
	if (!bad && !conf->start.n)
		bad = failed(guest->name, "%s/apps/init: the style is empty and there is no cmd.start",
			     guest->dir);
	/* Its process 1 is the first one: when that ends, the kernel ends all others. */
	if (conf->pid_space && !conf->real_init && !rescue)
		bad = failed(guest->name, "%s/spaces/pid: the start command must be the guest's init:"
			     " `fakeinit` in cflags, or a style with an init", guest->dir);
	/* A command that is the init, and nothing that says how to end it. */
	if (conf->real_init && !conf->stop.n && !conf->stop_signal)
		conf->stop_signal = SIGINT;
	style_env(conf);
	return bad ? -1 : 0;
}
