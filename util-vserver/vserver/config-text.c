// SPDX-License-Identifier: GPL-2.0
/*
 * A whole configuration as one text, for `config show` and `config edit`: each file
 * is a part that begins with its name in brackets, a link's with its target behind.
 * A line of a file that begins with a bracket, or with backslashes and then one, gets a
 * backslash before it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "conf.h"
#include "config.h"
#include "out.h"
#include "present.h"
#include "settings.h"

#define TEXT_MAX	4194304

static void print_body(FILE *to, const char *text)
{
	size_t len;

	while (*text) {
		len = strcspn(text, "\n");
		fprintf(to, "%s%.*s\n", needs_backslash(text, '[') ? "\\" : "", (int)len, text);
		text += len + (text[len] == '\n');
	}
	putc('\n', to);
}

/* The same as JSON: a list of files. */
static void print_json(const struct vc_guest *guest)
{
	struct strlist files = { 0 };
	char *path, *text, target[4096];
	struct stat st;
	ssize_t n;
	size_t i;

	present_files(guest->dir, &files);
	out_start(true, true);
	for (i = 0; i < files.n; i++) {
		path = xprintf("%s/%s", guest->dir, files.v[i]);
		out_open(NULL);
		out_str("file", NULL, files.v[i]);
		n = readlink(path, target, sizeof(target) - 1);
		text = n >= 0 ? NULL : read_file_at(AT_FDCWD, path, TEXT_MAX / 4, NULL);
		if (n >= 0) {
			target[n] = 0;
			out_str("target", NULL, target);
		} else if (!text || stat(path, &st)) {
			out_str("error", NULL, errno == EINVAL ? "no text" : strerror(errno));
		} else {
			out_bool("executable", st.st_mode & 0111);
			out_str("text", NULL, text);
		}
		out_close();
		free(text);
		free(path);
	}
	strlist_free(&files);
	out_finish(EX_FAIL);
}

/* Files that are no text stay as they are. */
static void print_all(const struct vc_guest *guest, FILE *to)
{
	struct strlist files = { 0 };
	char *path, *text, target[4096];
	struct stat st;
	ssize_t n;
	size_t i;

	present_files(guest->dir, &files);
	for (i = 0; i < files.n; i++) {
		path = xprintf("%s/%s", guest->dir, files.v[i]);
		n = readlink(path, target, sizeof(target) - 1);
		if (n >= 0) {
			fprintf(to, "[%s] -> %.*s\n\n", files.v[i], (int)n, target);
			free(path);
			continue;
		}
		text = read_file_at(AT_FDCWD, path, TEXT_MAX / 4, NULL);
		if (!text || stat(path, &st)) {
			fprintf(to, "# %s: not shown: %s\n\n", files.v[i],
				errno == EINVAL ? "no text" : strerror(errno));
		} else {
			fprintf(to, "[%s]%s\n", files.v[i], st.st_mode & 0111 ? " executable" : "");
			print_body(to, text);
		}
		free(text);
		free(path);
	}
	strlist_free(&files);
}

/* One part of the text. */
struct part {
	char	*key, *target, *body;
	bool	exec;
};

struct parts {
	struct part *v;
	size_t	n;
};

static void parts_free(struct parts *p)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		free(p->v[i].key);
		free(p->v[i].target);
		free(p->v[i].body);
	}
	free(p->v);
}

static int parse_head(const char *name, char *line, int nr, struct parts *parts)
{
	char *end = strchr(line, ']'), *rest;
	struct part *part;
	size_t i;

	if (!end || end == line + 1)
		return failed(name, "line %d: '%s' is not [FILE]", nr, line);
	*end = 0;
	rest = end + 1 + strspn(end + 1, " \t");
	if (line[1] == '/' || strstr(line, "..") || strlen(line) > 512)
		return failed(name, "line %d: '%s' is not a file of a configuration", nr, line + 1);
	for (i = 0; i < parts->n; i++)
		if (!strcmp(parts->v[i].key, line + 1))
			return failed(name, "line %d: '%s' is there twice", nr, line + 1);
	parts->v = xrealloc(parts->v, (parts->n + 1) * sizeof(*part));
	part = &parts->v[parts->n++];
	memset(part, 0, sizeof(*part));
	part->key = xstrdup(line + 1);
	part->body = xstrdup("");
	if (!strncmp(rest, "-> ", 3))
		part->target = xstrdup(rest + 3);
	else if (!strcmp(rest, "executable"))
		part->exec = true;
	else if (*rest)
		return failed(name, "line %d: '%s' behind the name: wanted '-> TARGET' or 'executable'", nr,
			      rest);
	return 0;
}

/* Blank lines at the end of a part only set it off from the next. */
static void trim_end(char *body)
{
	size_t len = strlen(body);

	while (len > 1 && body[len - 1] == '\n' && body[len - 2] == '\n')
		body[--len] = 0;
	if (len == 1 && *body == '\n')
		*body = 0;
}

static int parse(const char *name, char *text, struct parts *parts)
{
	char *line = text, *next, *more;
	int nr = 0, ret = 0;
	struct part *part;

	for (; line && *line && !ret; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = 0;
		nr++;
		if (*line == '[') {
			ret = parse_head(name, line, nr, parts);
			continue;
		}
		if (!parts->n) {
			if (*line && *line != '#')
				ret = failed(name, "line %d: '%s' is before the first [FILE]", nr, line);
			continue;
		}
		part = &parts->v[parts->n - 1];
		if (part->target) {
			if (*line && *line != '#')
				ret = failed(name, "line %d: a link has no lines of its own", nr);
			continue;
		}
		more = xprintf("%s%s\n", part->body, line + (*line == '\\' && needs_backslash(line, '[')));
		free(part->body);
		part->body = more;
	}
	for (part = parts->v; part < parts->v + parts->n; part++)
		trim_end(part->body);
	return ret;
}

static bool listed(const struct parts *parts, const char *key)
{
	size_t i;

	for (i = 0; i < parts->n; i++)
		if (!strcmp(parts->v[i].key, key))
			return true;
	return false;
}

static int write_part(const struct vc_guest *guest, const char *tree, const struct part *part)
{
	const struct setting *s = setting_find(part->key, IN_GUEST);
	char *path, *near;
	struct stat st;
	int ret;

	if (!s) {
		near = setting_suggest(part->key, IN_GUEST);
		path = xprintf("%s/%s", tree, part->key);
		ret = lstat(path, &st);
		free(path);
		if (ret)
			failed(guest->name, "[%s]: there is no such setting%s%s%s", part->key,
			       near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
		free(near);
		/* What was there already stays, known or not. */
		return ret;
	}
	if (part->target && s->kind != SET_LINK) {
		path = xprintf("%s/%s", tree, part->key);
		unlink(path);
		ret = symlink(part->target, path) ?
		      failed(guest->name, "cannot make %s: %s", part->key, strerror(errno)) : 0;
		free(path);
		return ret;
	}
	if (s->kind == SET_LINK && !part->target)
		return failed(guest->name, "[%s] is a link: write [%s] -> TARGET", part->key, part->key);
	return config_write(guest, tree, part->key, part->target ? part->target : part->body,
			    part->exec ? 0755 : 0644);
}

/* The tree becomes what the text says; files that are no text stay. */
static int apply(const struct vc_guest *guest, const char *tree, void *arg)
{
	struct strlist files = { 0 };
	struct parts *parts = arg;
	char *path, *text, link[2];
	size_t i;
	int ret = 0;

	present_files(tree, &files);
	for (i = 0; i < files.n && !ret; i++) {
		if (listed(parts, files.v[i]))
			continue;
		path = xprintf("%s/%s", tree, files.v[i]);
		text = read_file_at(AT_FDCWD, path, TEXT_MAX / 4, NULL);
		if (text || readlink(path, link, 1) >= 0)
			ret = config_remove(guest, tree, files.v[i]);
		free(text);
		free(path);
	}
	strlist_free(&files);
	for (i = 0; i < parts->n && !ret; i++)
		ret = write_part(guest, tree, &parts->v[i]);
	return ret;
}

static int apply_text(struct vc_guest *guest, char *text)
{
	struct parts parts = { 0 };
	int ret = EX_FAIL;

	if (!parse(guest->name, text, &parts))
		ret = config_change(guest, apply, &parts);
	parts_free(&parts);
	return ret;
}

static int run_editor(const struct vc_guest *guest, char *file)
{
	const char *editor = getenv("VISUAL");
	char *argv[5] = { (char *)"/bin/sh", (char *)"-c", NULL, file, NULL };
	int status;

	if (!editor || !*editor)
		editor = getenv("EDITOR");
	if (!editor || !*editor)
		editor = "sensible-editor";
	argv[2] = xprintf("exec %s \"$0\"", editor);
	status = run_program(guest->name, argv, environ, NULL);
	if (status > 0)
		failed(guest->name, "the editor '%s' ended with status %d: nothing is changed", editor, status);
	free(argv[2]);
	return status;
}

int config_edit(struct vc_guest *guest, int argc, char **argv)
{
	char file[] = "/tmp/vserver-config.XXXXXX", *text = NULL, *before = NULL;
	size_t size = 0;
	FILE *f = NULL;
	int fd, ret = EX_FAIL;

	if (argc > 2 || (argc == 2 && strcmp(argv[1], "-")))
		return cmd_usage("config", "edit takes nothing, or `-` for the text on standard input");
	if (argc == 2) {
		if (getdelim(&text, &size, 0, stdin) < 0 && ferror(stdin))
			return -failed(guest->name, "cannot read standard input: %s", strerror(errno));
		ret = apply_text(guest, text ? text : (text = xstrdup("")));
		free(text);
		return ret;
	}
	fd = mkostemp(file, O_CLOEXEC);
	if (fd >= 0)
		f = fdopen(fd, "w");
	if (!f)
		return -failed(guest->name, "cannot make %s: %s", file, strerror(errno));
	fprintf(f, "# The configuration of %s. `vserver %s config list --all` tells what there is.\n\n",
		guest->name, guest->name);
	print_all(guest, f);
	fclose(f);
	before = read_file_at(AT_FDCWD, file, TEXT_MAX, NULL);
	if (!run_editor(guest, file)) {
		text = read_file_at(AT_FDCWD, file, TEXT_MAX, NULL);
		if (!text)
			failed(guest->name, "cannot read %s: %s", file, strerror(errno));
		else if (!strcmp(text, before))
			ret = 0;
		else
			ret = apply_text(guest, text);
	}
	/* What somebody wrote and was refused must not be lost. */
	if (ret && text && before && strcmp(text, before))
		fprintf(stderr, "vserver: %s: the text is kept in %s\n", guest->name, file);
	else
		unlink(file);
	free(before);
	free(text);
	return ret;
}

/* --json and one more. 0, or another exit status with a message printed. */
static int take_options(int argc, char **argv, bool *json, const char *name, bool *given)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--json"))
			*json = true;
		else if (!strcmp(argv[i], name))
			*given = true;
		else
			return cmd_usage("config", "unknown argument '%s'", argv[i]);
	}
	return 0;
}

int config_list(struct vc_guest *guest, int argc, char **argv)
{
	bool json = false, all = false;
	struct strlist files = { 0 };
	const struct setting *s;
	char *text, *line;
	size_t i;

	if (take_options(argc, argv, &json, "--all", &all))
		return EX_FAIL;
	out_start(json, true);
	for (s = settings; all && s->path; s++) {
		if (!(s->where & IN_GUEST) || s->none)
			continue;
		out_open(NULL);
		out_str("setting", "%-30s ", s->path);
		out_str("kind", "%-12s ", setting_kind_name(s->kind));
		out_str("meaning", "%s", s->help);
		if (s->value)
			out_str("default", " [%s]", s->value);
		out_text("\n");
		out_close();
	}
	if (!all)
		present_files(guest->dir, &files);
	for (i = 0; i < files.n; i++) {
		s = setting_find(files.v[i], IN_GUEST);
		if (!s)
			continue;
		text = config_read(guest, files.v[i]);
		if (text && *text && text[strlen(text) - 1] == '\n')
			text[strlen(text) - 1] = 0;
		line = text && s->kind != SET_FLAG ? xprintf("%.*s", (int)strcspn(text, "\n"), text) :
		       xstrdup("yes");
		out_open(NULL);
		out_str("setting", "%s=", files.v[i]);
		out_str("value", NULL, s->kind == SET_FLAG ? "yes" : text ? text : "");
		out_text("%s%s\n", line, text && s->kind != SET_FLAG && strlen(text) > strlen(line) ? " ..." : "");
		free(line);
		out_close();
		free(text);
	}
	strlist_free(&files);
	out_finish(EX_FAIL);
	return 0;
}

int config_show(struct vc_guest *guest, int argc, char **argv)
{
	bool json = false, effective = false;

	if (take_options(argc, argv, &json, "--effective", &effective))
		return EX_FAIL;
	if (effective)
		return config_effective(guest, json);
	if (json)
		print_json(guest);
	else
		print_all(guest, stdout);
	return fflush(stdout) || ferror(stdout) ? EX_FAIL : 0;
}
