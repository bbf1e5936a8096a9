// SPDX-License-Identifier: GPL-2.0
/* The guest's fstab. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf.h"
#include "present.h"

#define FSTAB_MAX	1048576

const char default_fstab[] =
	"proc\t/proc\t\tproc\tdefaults\t\t0 0\n"
	"tmpfs\t/tmp\t\ttmpfs\tsize=16m,mode=1777\t0 0\n"
	"devpts\t/dev/pts\tdevpts\tgid=5,mode=620\t\t0 0\n";

#define FIELDS	6

const char *mount_option_end(const char *option)
{
	bool quoted = false;

	for (; *option && (quoted || *option != ','); option++)
		if (*option == '"')
			quoted = !quoted;
	return option;
}

char *mount_next_option(char **rest)
{
	char *option = *rest + strspn(*rest, ",");

	*rest = (char *)mount_option_end(option);
	if (**rest)
		*(*rest)++ = 0;
	return *option ? option : NULL;
}

bool mount_has(const struct mount_conf *m, const char *option)
{
	size_t len = strlen(option);
	const char *p = m->options;

	while (p && *p) {
		if (!strncmp(p, option, len) && (!p[len] || p[len] == ','))
			return true;
		p = mount_option_end(p);
		p += *p == ',';
	}
	return false;
}

static bool is_octal(const char *s)
{
	return s[0] >= '0' && s[0] <= '3' && s[1] >= '0' && s[1] <= '7' && s[2] >= '0' && s[2] <= '7';
}

/* Blanks, backslashes and the like are written \040 in an fstab. Nothing that is named there has a zero in it. */
static char *unescape(const char *s)
{
	char *out = xstrdup(s), *p = strchr(out, '\\');

	if (!p)
		return out;
	s += p - out;
	while (*s) {
		if (*s == '\\' && is_octal(s + 1) && strncmp(s + 1, "000", 3)) {
			*p++ = (s[1] - '0') * 64 + (s[2] - '0') * 8 + s[3] - '0';
			s += 4;
		} else {
			*p++ = *s++;
		}
	}
	*p = 0;
	return out;
}

/* The place, without what makes two names of one: it is compared with others. */
static char *read_target(const char *field)
{
	char *path = unescape(field);
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		path[--n] = 0;
	return path;
}

/* One of the last two fields; a text there is what a blank before it left behind. */
static int read_number(const char *name, const char *where, const char *field, bool *set)
{
	*set = false;
	if (!field)
		return 0;
	if (field[strspn(field, "0123456789")])
		return failed(name, "%s: '%s' is not a number: options end at the first blank, which is written "
			      "\\040 in them", where, field);
	*set = field[strspn(field, "0")];
	return 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Up to six fields; what follows is nobody's. */
static void split(char *line, char *field[FIELDS])
{
	int i;

	for (i = 0; i < FIELDS; i++) {
		while (is_blank(*line))
			line++;
		/* A note behind what is needed or wanted; no type and no option begins so. */
		field[i] = *line && !(i > 1 && *line == '#') ? line : NULL;
		if (!field[i])
			line = (char *)"";
		while (*line && !is_blank(*line))
			line++;
		if (*line)
			*line++ = 0;
	}
}

static int fstab_line(const char *name, const char *where, char *line, struct mount_list *list)
{
	char *field[FIELDS];
	struct mount_conf *m;
	bool dump, pass;

	while (is_blank(*line))
		line++;
	if (!*line || *line == '#')
		return 0;
	split(line, field);
	if (!field[2])
		return failed(name, "%s: a mount needs source, place and type", where);
	if (!strcmp(field[2], "swap"))
		return failed(name, "%s: a guest cannot have swap space", where);
	if (field[1][0] != '/')
		return failed(name, "%s: '%s' is not an absolute path", where, field[1]);
	if (read_number(name, where, field[4], &dump) || read_number(name, where, field[5], &pass))
		return -1;
	list->v = xrealloc(list->v, (list->n + 1) * sizeof(*m));
	m = &list->v[list->n++];
	m->where = xstrdup(where);
	m->source = unescape(field[0]);
	m->target = read_target(field[1]);
	m->type = unescape(field[2]);
	m->options = unescape(field[3] ? field[3] : "defaults");
	m->pass = pass;
	return 0;
}

static void add_default(struct mount_list *list)
{
	char *text = xstrdup(default_fstab), *line, *save;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		fstab_line(NULL, "the built-in fstab", line, list);
	free(text);
}

int conf_read_fstab(const char *name, const char *dir, const char *file, struct mount_list *list)
{
	char *path, *text, *line, *next, *where;
	int ret = 0, n = 0;

	if (present(dir, file) == PRESENT_NO)
		return 0;
	path = xprintf("%s/%s", dir, file);
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

void conf_complete_mounts(const struct vc_guest *guest, struct guest_conf *conf)
{
	if (!conf->fstab.n && !conf_exists(guest, "fstab"))
		add_default(&conf->fstab);
	if (conf->style == STYLE_SYSTEMD)
		conf_systemd_mounts(&conf->fstab);
}
