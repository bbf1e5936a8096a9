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
	char *field[6], *save;
	struct mount_conf *m;
	int i;

	line += strspn(line, " \t");
	if (!*line || *line == '#')
		return 0;
	for (i = 0; i < 6; i++) {
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
	m->pass = field[5] && atoi(field[5]) > 0;
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
