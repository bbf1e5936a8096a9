// SPDX-License-Identifier: GPL-2.0
/* Init styles, and the guest's fstab. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf.h"

#define FSTAB_MAX	1048576

const char default_fstab[] =
	"proc\t/proc\t\tproc\tdefaults\t\t0 0\n"
	"tmpfs\t/tmp\t\ttmpfs\tsize=16m,mode=1777\t0 0\n"
	"devpts\t/dev/pts\tdevpts\tgid=5,mode=620\t\t0 0\n";

static const struct {
	const char	*name;
	enum init_style	style;
} styles[] = {
	{ "sysv", STYLE_SYSV },
	{ "plain", STYLE_PLAIN },
	{ "rescue", STYLE_RESCUE },
};

static int read_style(const struct vc_guest *guest, struct guest_conf *conf)
{
	static const char file[] = "apps/init/style";
	bool bad = false;
	char *text = conf_text(guest, file, &bad);
	size_t i;

	conf->style = STYLE_SYSV;
	if (!text && !bad && conf_exists(guest, file))
		conf->style = STYLE_CUSTOM;	/* an empty file: only cmd.* */
	for (i = 0; text && i < sizeof(styles) / sizeof(*styles); i++) {
		if (!strcmp(text, styles[i].name)) {
			conf->style = styles[i].style;
			break;
		}
	}
	if (text && i == sizeof(styles) / sizeof(*styles))
		bad = failed(guest->name, "%s/%s:%d: unknown init style '%s': sysv, plain, rescue", guest->dir, file,
			     conf_line_of(guest->dir, file), text);
	free(text);
	return bad ? -1 : 0;
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

/* The script that runs a sysv guest's services; it is looked for inside, at start. */
static void sysv_command(struct strlist *list, const char *level)
{
	strlist_add(list, "/etc/init.d/rc");
	strlist_add(list, level);
}

void conf_choose_rc(char **argv)
{
	const char *other = "/etc/rc.d/rc";

	if (!strcmp(argv[0], "/etc/init.d/rc") && access(argv[0], X_OK) && !access(other, X_OK))
		argv[0] = (char *)other;
}

static void style_commands(struct guest_conf *conf, char **rescue)
{
	size_t i;

	switch (conf->style) {
	case STYLE_SYSV:
		sysv_command(&conf->start, conf->level ? conf->level : "3");
		sysv_command(&conf->stop, conf->stop_level ? conf->stop_level : "6");
		break;
	case STYLE_PLAIN:
		strlist_add(&conf->start, "/sbin/init");
		if (conf->level)
			strlist_add(&conf->start, conf->level);
		conf->real_init = true;
		break;
	case STYLE_RESCUE:
		for (i = 0; rescue && rescue[i]; i++)
			strlist_add(&conf->start, rescue[i]);
		if (!conf->start.n) {
			strlist_add(&conf->start, "/bin/sleep");
			strlist_add(&conf->start, "900");
		}
		break;
	case STYLE_CUSTOM:
		break;
	}
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

int conf_read_style(const struct vc_guest *guest, struct guest_conf *conf, char **rescue)
{
	bool bad = read_style(guest, conf) < 0;

	conf->level = read_level(guest, "apps/init/runlevel.start", "apps/init/runlevel", &bad);
	conf->stop_level = read_level(guest, "apps/init/runlevel.stop", NULL, &bad);
	if (rescue)
		conf->style = STYLE_RESCUE;
	style_commands(conf, rescue);
	if (conf->style != STYLE_RESCUE &&
	    (override(guest, "apps/init/cmd.start", &conf->start) < 0 ||
	     override(guest, "apps/init/cmd.stop", &conf->stop) < 0 ||
	     override(guest, "apps/init/cmd.prepare", &conf->prepare) < 0))
		bad = true;
	if (!bad && !conf->start.n)
		bad = failed(guest->name, "%s/apps/init: the style is empty and there is no cmd.start",
			     guest->dir);
	if (conf->style == STYLE_SYSV) {
		env_set(&conf->env, "PREVLEVEL", "N");
		env_set(&conf->env, "RUNLEVEL", conf->level ? conf->level : "3");
	}
	return bad ? -1 : 0;
}

/* Blanks and backslashes are written \040 in an fstab. */
static char *unescape(const char *s)
{
	char *out = xcalloc(1, strlen(s) + 1), *p = out;

	while (*s) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
		    s[3] >= '0' && s[3] <= '7') {
			*p++ = (s[1] - '0') * 64 + (s[2] - '0') * 8 + s[3] - '0';
			s += 4;
		} else {
			*p++ = *s++;
		}
	}
	return out;
}

static int fstab_line(const char *name, const char *where, char *line, struct mount_list *list)
{
	char *field[4], *save;
	struct mount_conf *m;
	int i;

	line += strspn(line, " \t");
	if (!*line || *line == '#')
		return 0;
	for (i = 0; i < 4; i++) {
		field[i] = strtok_r(i ? NULL : line, " \t\r", &save);
		if (!field[i] && i < 3)
			return failed(name, "%s: a mount needs source, place and type", where);
	}
	if (!strcmp(field[2], "swap"))
		return failed(name, "%s: a guest cannot have swap space", where);
	if (field[1][0] != '/')
		return failed(name, "%s: '%s' is not an absolute path", where, field[1]);
	list->v = xrealloc(list->v, (list->n + 1) * sizeof(*m));
	m = &list->v[list->n++];
	m->where = xstrdup(where);
	m->source = unescape(field[0]);
	m->target = unescape(field[1]);
	m->type = unescape(field[2]);
	m->options = unescape(field[3] ? field[3] : "defaults");
	return 0;
}

void conf_default_fstab(struct mount_list *list)
{
	char *text = xstrdup(default_fstab), *line, *save;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		fstab_line(NULL, "the built-in fstab", line, list);
	free(text);
}

int conf_read_fstab(const char *name, const char *dir, const char *file, struct mount_list *list)
{
	char *path = xprintf("%s/%s", dir, file), *text, *line, *next, *where;
	int ret = 0, n = 0;

	text = read_file_at(AT_FDCWD, path, FSTAB_MAX, NULL);
	if (!text && errno != ENOENT)
		ret = failed(name, "cannot read %s: %s", path, strerror(errno));
	for (line = text; line && *line; line = next) {
		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = 0;
		where = xprintf("%s:%d", path, ++n);
		ret |= fstab_line(name, where, line, list);
		free(where);
	}
	if (text && !ret)
		ret = 1;
	free(text);
	free(path);
	return ret;
}
