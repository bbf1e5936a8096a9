// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "place.h"
#include "prog.h"

#ifndef VS_PKGLIBDIR
#define VS_PKGLIBDIR "/usr/local/lib/util-vserver"
#endif

static char *join(const char *dir, const char *what)
{
	char *path;

	if (asprintf(&path, "%s/%s", dir, what) < 0)
		must_alloc(NULL);
	return path;
}

static char *if_there(const char *dir, const char *what)
{
	char *path = join(dir, what);

	if (!access(path, F_OK))
		return path;
	free(path);
	return NULL;
}

char *place_setting(const struct vc_guest *guest, const char *what)
{
	char *defaults = join(vc_confdir(), ".defaults/apps/vunify"), *own, *found = NULL;

	if (guest) {
		own = join(guest->dir, "apps/vunify");
		found = if_there(own, what);
		free(own);
	}
	if (!found)
		found = if_there(defaults, what);
	free(defaults);
	return found;
}

static void open_root(struct place *p, const char *path)
{
	struct stat st;

	p->path = realpath(path, NULL);
	p->fd = p->path ? open(p->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
	if (p->fd < 0 || fstat(p->fd, &st))
		fail("cannot open %s: %s", path, why());
	if (!strcmp(p->path, "/"))
		fail("cannot use /: it is the host itself");
	p->dev = st.st_dev;
	p->ino = st.st_ino;
}

static void packages(struct place *p)
{
	char *ignore = place_setting(p->guest, "pkgmgmt-ignore"), *force = place_setting(p->guest, "pkgmgmt-force");
	int n = 0;

	if (!ignore)
		n = exclude_conffiles(&p->exclude, p->fd);
	if (n < 0 || (!n && !ignore && force))
		fail("%s: cannot find out the configuration files of its packages", p->guest->name);
	free(ignore);
	free(force);
}

void place_guest(struct place *p, const char *id)
{
	struct vc_error err;
	char *list;

	memset(p, 0, sizeof(*p));
	p->guest = vc_guest_open(id, &err);
	if (!p->guest)
		fail("%s: %s", id, err.text);
	if (!p->guest->vdir)
		fail("%s: it has no root directory", id);
	open_root(p, p->guest->vdir);
	list = place_setting(p->guest, "exclude");
	if (exclude_read(&p->exclude, list ? list : VS_PKGLIBDIR "/defaults/vunify-exclude"))
		exit(1);
	free(list);
	packages(p);
}

void place_manual(struct place *p, const char *path, const char *exclude)
{
	memset(p, 0, sizeof(*p));
	open_root(p, path);
	if (exclude && *exclude && exclude_read(&p->exclude, exclude))
		exit(1);
}

void place_outside(const struct place *p, const char *path, const char *what)
{
	char *real = realpath(path, NULL);
	size_t len = strlen(p->path);

	if (real && !strncmp(real, p->path, len) && (!real[len] || real[len] == '/'))
		fail("cannot use %s %s: it lies inside of %s", what, path, p->path);
	free(real);
}
