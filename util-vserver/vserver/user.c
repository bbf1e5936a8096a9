// SPDX-License-Identifier: GPL-2.0
/*
 * Users of a guest. Its files are read as hostile text: every number is
 * checked whole, lines that are no entries are passed over.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inside.h"

#define FILE_MAX	16777216
#define GROUPS_MAX	65536
#define ID_MAX		4294967294u	/* -1 means "unchanged" to the kernel */

static bool parse_id(const char *s, uint32_t *id)
{
	unsigned long long n = 0;
	const char *p;

	for (p = s; *p >= '0' && *p <= '9' && n <= ID_MAX; p++)
		n = n * 10 + *p - '0';
	*id = n;
	return p != s && !*p && n <= ID_MAX;
}

/* Splits at colons into exactly @want fields. */
static bool split(char *line, char **field, int want)
{
	int n = 0;

	field[n++] = line;
	for (; *line; line++) {
		if (*line != ':')
			continue;
		*line = 0;
		if (n == want)
			return false;
		field[n++] = line + 1;
	}
	return n == want;
}

/* The guest's file as text, null when it has none. */
static char *read_guest_file(const char *guest, int rootfd, const char *path)
{
	int fd = open_in_root(rootfd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	char *text;

	if (fd < 0) {
		if (errno != ENOENT)
			failed(guest, "cannot read %s in the guest: %s", path, strerror(errno));
		return NULL;
	}
	text = read_fd(fd, FILE_MAX, NULL);
	if (!text)
		failed(guest, "cannot read %s in the guest: %s", path, strerror(errno));
	close(fd);
	return text;
}

static void add_group(struct guest_user *user, gid_t gid)
{
	int i;

	for (i = 0; i < user->n_groups; i++)
		if (user->groups[i] == gid)
			return;
	if (user->n_groups == GROUPS_MAX)
		return;
	user->groups = xrealloc(user->groups, (user->n_groups + 1) * sizeof(gid_t));
	user->groups[user->n_groups++] = gid;
}

static void find_groups(struct guest_user *user, char *text)
{
	char *line, *save, *member, *msave, *f[4];
	uint32_t gid;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (!split(line, f, 4) || !parse_id(f[2], &gid))
			continue;
		for (member = strtok_r(f[3], ",", &msave); member;
		     member = strtok_r(NULL, ",", &msave))
			if (!strcmp(member, user->name)) {
				add_group(user, gid);
				break;
			}
	}
}

static bool find_user(struct guest_user *user, char *text, const char *who, bool number,
		      uint32_t id)
{
	char *line, *save, *f[7];
	uint32_t uid, gid;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (!split(line, f, 7) || !parse_id(f[2], &uid) || !parse_id(f[3], &gid))
			continue;
		if (number ? uid != id : strcmp(f[0], who) != 0)
			continue;
		user->uid = uid;
		user->gid = gid;
		user->name = xstrdup(f[0]);
		user->home = xstrdup(*f[5] == '/' ? f[5] : "/");
		user->shell = xstrdup(*f[6] == '/' ? f[6] : "/bin/sh");
		return true;
	}
	return false;
}

int user_lookup(const char *guest, int rootfd, const char *who, struct guest_user *user)
{
	uint32_t id = 0;
	bool number = parse_id(who, &id), found;
	char *text = read_guest_file(guest, rootfd, "/etc/passwd");

	memset(user, 0, sizeof(*user));
	found = text && find_user(user, text, who, number, id);
	free(text);
	if (!found && !strcmp(who, "root")) {
		number = true;
		id = 0;
	}
	if (!found && !number)
		return failed(guest, "no user '%s' in the guest's /etc/passwd", who);
	if (!found) {
		user->uid = id;
		user->gid = id;
		user->name = id ? xprintf("%u", id) : xstrdup("root");
		user->home = xstrdup(id ? "/" : "/root");
		user->shell = xstrdup("/bin/sh");
		return 0;
	}
	add_group(user, user->gid);
	text = read_guest_file(guest, rootfd, "/etc/group");
	if (text)
		find_groups(user, text);
	free(text);
	return 0;
}

void user_free(struct guest_user *user)
{
	free(user->name);
	free(user->home);
	free(user->shell);
	free(user->groups);
	memset(user, 0, sizeof(*user));
}
