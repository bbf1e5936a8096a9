// SPDX-License-Identifier: GPL-2.0
/* Users of the tree that is the current root, read from its own files. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chain.h"
#include "prog.h"

#define MAX_GROUPS	256

/* Null when there is no such file. */
static FILE *open_db(const char *path)
{
	struct stat st;
	FILE *f;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		return NULL;
	if (fd < 0 || fstat(fd, &st) < 0)
		fail("cannot open %s: %s", path, why());
	if (!S_ISREG(st.st_mode))
		fail("cannot use %s: it is not a regular file", path);
	f = fdopen(fd, "r");
	if (!f)
		fail("cannot open %s: %s", path, why());
	return f;
}

static int groups_of(const char *name, gid_t primary, gid_t *gids)
{
	FILE *f = open_db("/etc/group");
	struct group *gr;
	int count = 0;
	char **member;

	gids[count++] = primary;
	while (f && (gr = fgetgrent(f))) {
		if (gr->gr_gid == primary)
			continue;
		for (member = gr->gr_mem; *member && strcmp(*member, name); member++)
			;
		if (!*member)
			continue;
		if (count == MAX_GROUPS)
			fail("user %s is in more than %d groups", name, MAX_GROUPS);
		gids[count++] = gr->gr_gid;
	}
	if (f)
		fclose(f);
	return count;
}

void chain_setuid(const char *who)
{
	gid_t gids[MAX_GROUPS];
	struct passwd *pw = NULL;
	int count = 1;
	uid_t uid;
	gid_t gid;
	char *end;
	FILE *f;
	bool number;

	errno = 0;
	uid = (uid_t)strtoul(who, &end, 10);
	number = *who >= '0' && *who <= '9' && !*end && !errno && uid != (uid_t)-1;
	f = open_db("/etc/passwd");
	while (f && (pw = fgetpwent(f)))
		if (number ? pw->pw_uid == uid : !strcmp(pw->pw_name, who))
			break;
	if (!pw && !number)
		fail("there is no user '%s' in /etc/passwd of the guest", who);
	gid = pw ? pw->pw_gid : (gid_t)uid;
	uid = pw ? pw->pw_uid : uid;
	gids[0] = gid;
	if (pw)
		count = groups_of(pw->pw_name, gid, gids);
	if (f)
		fclose(f);
	if (setgroups(count, gids) < 0 || setresgid(gid, gid, gid) < 0 ||
	    setresuid(uid, uid, uid) < 0)
		fail("cannot become user %s: %s", who, why());
}
