// SPDX-License-Identifier: GPL-2.0
/* Single files and directories of a configuration. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf.h"
#include "present.h"
#include "scripts.h"

const char *conf_defaults(void)
{
	static char *dir;

	if (!dir)
		dir = xprintf("%s/.defaults", vc_confdir());
	return dir;
}

char *conf_text(const struct vc_guest *guest, const char *file, bool *bad)
{
	struct vc_error err;
	char *text = NULL;

	if (present(guest->dir, file) == PRESENT_NO || vc_cfg_scalar(guest->dir, file, &text, &err) >= 0)
		return text;
	failed(guest->name, "%s", err.text);
	*bad = true;
	return NULL;
}

char *conf_text_default(const struct vc_guest *guest, const char *file, bool *bad)
{
	char *text = conf_text(guest, file, bad);
	struct vc_error err;

	if (!text && present(conf_defaults(), file) != PRESENT_NO &&
	    vc_cfg_scalar(conf_defaults(), file, &text, &err) < 0) {
		failed(guest->name, "%s", err.text);
		*bad = true;
	}
	return text;
}

void conf_dir(const char *dir, const char *sub, bool dirs, struct strlist *names)
{
	struct dirent **list = NULL;
	char *path, *file;
	struct stat st;
	int i, n;

	if (present(dir, sub) == PRESENT_NO)
		return;
	path = xprintf("%s/%s", dir, sub);
	n = scandir(path, &list, NULL, alphasort);
	for (i = 0; i < n; i++) {
		file = xprintf("%s/%s", path, list[i]->d_name);
		if (!script_ignored(list[i]->d_name) && !stat(file, &st) && S_ISDIR(st.st_mode) == dirs)
			strlist_add(names, list[i]->d_name);
		free(file);
		free(list[i]);
	}
	free(list);
	free(path);
}

bool conf_exists(const struct vc_guest *guest, const char *file)
{
	return present_exists(guest->dir, file);
}

int conf_lines_of(const char *name, const char *dir, const char *file, struct strlist *list)
{
	struct vc_error err;
	bool there = present_exists(dir, file);
	char **lines = NULL;
	int n, i;

	/* One that cannot be looked at is an error of reading. */
	if (!there && present(dir, file) == PRESENT_NO)
		return 0;
	n = vc_cfg_lines(dir, file, &lines, &err);
	if (n < 0)
		return failed(name, "%s", err.text);
	for (i = 0; i < n; i++)
		strlist_take(list, lines[i]);
	free(lines);
	return there;
}

int conf_lines(const struct vc_guest *guest, const char *file, struct strlist *list)
{
	return conf_lines_of(guest->name, guest->dir, file, list);
}

int conf_line_of(const char *dir, const char *file)
{
	char *path = xprintf("%s/%s", dir, file), *line = NULL;
	FILE *f = fopen(path, "re");
	size_t size = 0;
	int n = 0;

	while (f && getline(&line, &size, f) >= 0) {
		n++;
		if (line[strspn(line, " \t\r\n")] && line[strspn(line, " \t")] != '#')
			break;
	}
	if (f)
		fclose(f);
	free(line);
	free(path);
	return n ? n : 1;
}
