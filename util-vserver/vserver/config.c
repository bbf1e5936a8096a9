// SPDX-License-Identifier: GPL-2.0
/*
 * vserver NAME config: settings shown and changed. A change is made to a copy of the whole
 * directory, which is read as start reads it and then takes the old one's place at once.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "cmd.h"
#include "conf.h"
#include "config.h"
#include "out.h"
#include "rmtree.h"
#include "run.h"
#include "settings.h"

#define TEXT_MAX	1048576

/* The setting called @key; null with a message and a suggestion printed. */
static const struct setting *find(const struct vc_guest *guest, const char *key)
{
	const struct setting *s = setting_find(key, IN_GUEST);
	char *near;

	if (s)
		return s;
	near = setting_suggest(key, IN_GUEST);
	failed(guest->name, "there is no setting '%s'%s%s%s; `vserver %s config list --all` shows them",
	       key, near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "", guest->name);
	free(near);
	return NULL;
}

static int copy_file(int from, int to, const char *name, const struct stat *st)
{
	int in = openat(from, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), out, ret = -1;
	char buf[8192];
	ssize_t n;

	if (in < 0)
		return -1;
	out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out >= 0) {
		while ((n = read(in, buf, sizeof(buf))) > 0 && !write_all(out, buf, n))
			;
		if (!n)
			ret = fchown(out, st->st_uid, st->st_gid) || fchmod(out, st->st_mode & 07777);
		close(out);
	}
	close(in);
	return ret;
}

static int copy_link(int from, int to, const char *name)
{
	char target[4096];
	ssize_t n = readlinkat(from, name, target, sizeof(target) - 1);

	if (n < 0)
		return -1;
	target[n] = 0;
	return symlinkat(target, to, name);
}

/* The tree below @from to @to, which exists. */
static int copy_tree(const char *from, const char *to)
{
	int src = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int dst = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct strlist names = { 0 };
	struct stat st;
	char *a, *b;
	int ret = src < 0 || dst < 0 ? -1 : list_dir(src, &names);
	size_t i;

	if (!ret && !fstat(src, &st))
		ret = fchown(dst, st.st_uid, st.st_gid) || fchmod(dst, st.st_mode & 07777);
	for (i = 0; i < names.n && !ret; i++) {
		if (fstatat(src, names.v[i], &st, AT_SYMLINK_NOFOLLOW)) {
			ret = -1;
		} else if (S_ISDIR(st.st_mode)) {
			a = xprintf("%s/%s", from, names.v[i]);
			b = xprintf("%s/%s", to, names.v[i]);
			ret = mkdir(b, 0700) || copy_tree(a, b) ? -1 : 0;
			free(a);
			free(b);
		} else if (S_ISLNK(st.st_mode)) {
			ret = copy_link(src, dst, names.v[i]);
		} else if (S_ISREG(st.st_mode)) {
			ret = copy_file(src, dst, names.v[i], &st);
		}
	}
	strlist_free(&names);
	if (src >= 0)
		close(src);
	if (dst >= 0)
		close(dst);
	return ret;
}

/* What is wrong in the new tree and was not in the old one. */
static int compare(const struct vc_guest *guest, const char *tree)
{
	struct vc_guest changed = *guest;
	struct findings before = { 0 }, after = { 0 };
	struct vc_guest *opened;
	struct vc_error err;
	int ret = 0;
	size_t i, j;

	check_read(guest, &before);
	message_alias(tree, guest->dir);
	changed.dir = (char *)tree;
	check_read(&changed, &after);
	for (i = 0; i < after.errors.n; i++) {
		for (j = 0; j < before.errors.n; j++)
			if (!strcmp(after.errors.v[i], before.errors.v[j]))
				break;
		if (j == before.errors.n)
			ret = failed(guest->name, "%s", after.errors.v[i]);
	}
	/* Name and numbers, which are read when a guest is looked up. */
	opened = vc_guest_open(tree, &err);
	if (!opened)
		ret = failed(guest->name, "%s", err.text);
	vc_guest_free(opened);
	message_alias(NULL, NULL);
	findings_free(&before);
	findings_free(&after);
	return ret;
}

static int change_locked(const struct vc_guest *guest, config_change_fn change, void *arg)
{
	const char *base = strrchr(guest->dir, '/');
	char *tree = xprintf("%.*s/.%s.changing", (int)(base - guest->dir), guest->dir, base + 1);
	int ret;

	/* One that was killed left it; the lock is ours. */
	if (rmtree(tree) || mkdir(tree, 0700) || copy_tree(guest->dir, tree)) {
		ret = failed(guest->name, "cannot copy %s to %s: %s", guest->dir, tree, strerror(errno));
	} else {
		ret = change(guest, tree, arg);
		if (!ret)
			ret = compare(guest, tree);
		if (!ret && opt.dry_run)
			ret = 1;
		if (!ret && renameat2(AT_FDCWD, tree, AT_FDCWD, guest->dir, RENAME_EXCHANGE))
			ret = failed(guest->name, "cannot put %s in place: %s", tree, strerror(errno));
	}
	if (rmtree(tree))
		caution(guest->name, "cannot remove %s: %s", tree, strerror(errno));
	free(tree);
	return ret < 0 ? EX_FAIL : 0;
}

int config_change(struct vc_guest *guest, config_change_fn change, void *arg)
{
	char *key;
	int lock, ret;

	lock = run_lock_guest(guest, &key);
	if (lock < 0)
		return EX_FAIL;
	ret = change_locked(guest, change, arg);
	run_unlock(lock, key);
	free(key);
	return ret;
}

int config_write(const struct vc_guest *guest, const char *tree, const char *key, const char *text,
		 mode_t mode)
{
	const struct setting *s = setting_find(key, IN_GUEST);
	char *path = xprintf("%s/%s", tree, key), *copy = xstrdup(path), *line;
	int fd, ret = 0;

	unlink(path);
	if (make_path(dirname(copy), 0755))
		ret = failed(guest->name, "cannot make a directory for %s: %s", key, strerror(errno));
	free(copy);
	if (!ret && s && s->kind == SET_LINK) {
		line = xstrdup(text);
		line[strcspn(line, "\n")] = 0;
		ret = symlink(line, path);
		free(line);
	} else if (!ret) {
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
		ret = fd < 0 || write_all(fd, text, strlen(text)) || fchmod(fd, mode) ? -1 : 0;
		if (fd >= 0)
			close(fd);
	}
	if (ret)
		failed(guest->name, "cannot write %s: %s", key, strerror(errno));
	free(path);
	return ret;
}

int config_remove(const struct vc_guest *guest, const char *tree, const char *key)
{
	char *path = xprintf("%s/%s", tree, key), *slash;
	int ret = 0;

	if (unlink(path))
		ret = failed(guest->name, errno == ENOENT ? "%s is not set" : "cannot remove %s", key);
	/* A directory without files is no setting either. */
	while (!ret && (slash = strrchr(path, '/')) && (size_t)(slash - path) > strlen(tree)) {
		*slash = 0;
		if (rmdir(path))
			break;
	}
	free(path);
	return ret;
}

struct set_arg {
	const struct setting *setting;
	char	*key;
	char	**values;	/* null: remove */
	bool	whole;		/* they are the file, comments and all */
};

/* @text and one more line, which the reader shall take for a setting; frees @text. */
static char *add_setting(char *text, const char *line, size_t len)
{
	size_t blanks = strspn(line, " \t\r");
	bool escape = needs_backslash(line + blanks, '#');
	char *more;

	if (escape) {
		line += blanks;
		len -= blanks;
	}
	more = xprintf("%s%s%.*s\n", text, escape ? "\\" : "", (int)len, line);
	free(text);
	return more;
}

static char *file_text(const struct set_arg *a)
{
	char *text = xstrdup(""), *more;
	const char *line;
	size_t len;
	int i;

	for (i = 0; a->values[i]; i++) {
		if (a->whole) {
			more = xprintf("%s%s\n", text, a->values[i]);
			free(text);
			text = more;
			continue;
		}
		for (line = a->values[i];; line += len + 1) {
			len = strcspn(line, "\n");
			text = add_setting(text, line, len);
			if (!line[len])
				break;
		}
	}
	return text;
}

static int set_one(const struct vc_guest *guest, const char *tree, void *data)
{
	struct set_arg *a = data;
	mode_t mode = a->setting->kind == SET_EXEC ? 0755 : 0644;
	char *text;
	int ret;

	if (!a->values)
		return config_remove(guest, tree, a->key);
	text = file_text(a);
	ret = config_write(guest, tree, a->key, text, mode);
	free(text);
	return ret;
}

/* How many values a kind takes; the text of standard input for `-`. */
static int take_values(const struct vc_guest *guest, struct set_arg *a, int n)
{
	static char *none[1] = { NULL };
	char *text = NULL;
	size_t size = 0;

	if (n == 1 && !strcmp(a->values[0], "-") && a->setting->kind != SET_LINK) {
		if (getdelim(&text, &size, 0, stdin) < 0 && ferror(stdin))
			return failed(guest->name, "cannot read standard input: %s", strerror(errno));
		if (text && strlen(text) && text[strlen(text) - 1] == '\n')
			text[strlen(text) - 1] = 0;
		a->values[0] = text ? text : xstrdup("");
		/* One line for one value is that value, else it would be none. */
		a->whole = a->setting->kind != SET_TEXT || strchr(a->values[0], '\n');
		return 0;
	}
	switch (a->setting->kind) {
	case SET_FLAG:
		if (!n || (n == 1 && !strcmp(a->values[0], "yes"))) {
			a->values = none;
			return 0;
		}
		if (n == 1 && !strcmp(a->values[0], "no")) {
			a->values = NULL;
			return 0;
		}
		return failed(guest->name, "%s is a flag: yes (default) or no", a->key);
	case SET_TEXT:
	case SET_LINK:
		a->whole = a->setting->kind == SET_LINK;
		if (n != 1)
			return failed(guest->name, "%s takes one value", a->key);
		return 0;
	case SET_EXEC:
	case SET_DATA:
		return failed(guest->name, "%s is a whole file: give `-` and put it on standard input",
			      a->key);
	default:
		return 0;
	}
}

static int config_set(struct vc_guest *guest, int argc, char **argv)
{
	struct set_arg a = { .key = argv[1], .values = argv + 2 };

	if (argc < 2)
		return cmd_usage("config", "set needs a setting");
	a.setting = find(guest, a.key);
	if (!a.setting || take_values(guest, &a, argc - 2))
		return EX_FAIL;
	if (a.setting->none)
		return -failed(guest->name, "%s has no effect: %s", a.key, a.setting->none);
	return config_change(guest, set_one, &a);
}

static int config_unset(struct vc_guest *guest, int argc, char **argv)
{
	struct set_arg a = { .key = argv[1] };

	if (argc != 2)
		return cmd_usage("config", "unset needs one setting");
	/* Also unknown files: this is how one gets rid of them. */
	a.setting = setting_find(a.key, IN_GUEST);
	if (!a.setting)
		a.setting = settings;
	if (strstr(a.key, "..") || *a.key == '/')
		return find(guest, a.key) ? 0 : EX_FAIL;
	return config_change(guest, set_one, &a);
}

/* The text of a setting as the file has it, of one value that value; null and errno. */
char *config_read(const struct vc_guest *guest, const char *key)
{
	char *path = xprintf("%s/%s", guest->dir, key), *text, target[4096];
	const struct setting *s = setting_find(key, IN_GUEST);
	ssize_t n;

	if (s && s->kind == SET_LINK) {
		n = readlink(path, target, sizeof(target) - 1);
		text = n < 0 ? NULL : xprintf("%.*s\n", (int)n, target);
	} else if (!s || s->kind != SET_TEXT || vc_cfg_scalar(guest->dir, key, &text, NULL) != 1) {
		text = read_file_at(AT_FDCWD, path, TEXT_MAX, NULL);
	}
	free(path);
	return text;
}

static void show_one(const struct setting *s, const char *key, char *text, bool json)
{
	size_t len = strlen(text);

	/* The end of the last line is not of the value. */
	if (len && text[len - 1] == '\n')
		text[len - 1] = 0;
	out_start(json, false);
	out_str("setting", NULL, key);
	out_str("value", "%s\n", s->kind == SET_FLAG ? "yes" : text);
	out_finish(EX_FAIL);
}

static int config_get(struct vc_guest *guest, int argc, char **argv)
{
	bool json = argc == 3 && !strcmp(argv[2], "--json");
	const struct setting *s;
	char *text;

	if (argc != 2 && !json)
		return cmd_usage("config", "get needs one setting");
	s = find(guest, argv[1]);
	if (!s)
		return EX_FAIL;
	text = config_read(guest, argv[1]);
	if (!text && errno != ENOENT && errno != ENOTDIR)
		return -failed(guest->name, "cannot read %s: %s", argv[1], strerror(errno));
	if (!text)
		return -failed(guest->name, "%s is not set%s%s", argv[1], s->value ? "; default: " : "",
			       s->value ? s->value : "");
	show_one(s, argv[1], text, json);
	free(text);
	return 0;
}

static const struct {
	const char	*name;
	int		(*run)(struct vc_guest *guest, int argc, char **argv);
} actions[] = {
	{ "get", config_get },
	{ "set", config_set },
	{ "unset", config_unset },
	{ "list", config_list },
	{ "show", config_show },
	{ "edit", config_edit },
};

int cmd_config(const char *id, struct vc_guest *guest, int argc, char **argv)
{
	size_t i;

	(void)id;
	if (argc < 2)
		return cmd_usage("config", "name an action");
	for (i = 0; i < sizeof(actions) / sizeof(*actions); i++)
		if (!strcmp(argv[1], actions[i].name)) {
			if (geteuid() && strcmp(argv[1], "get") && strcmp(argv[1], "list") &&
			    strcmp(argv[1], "show"))
				return -failed(guest->name, "cannot change settings: only root can do that");
			return actions[i].run(guest, argc - 1, argv + 1);
		}
	return cmd_usage("config", "unknown action '%s'", argv[1]);
}
