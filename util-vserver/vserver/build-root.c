// SPDX-License-Identifier: GPL-2.0
/*
 * What every root directory needs: device nodes, mount points, a few files of
 * etc. The tree may come from an archive of anybody, so each step goes
 * through a descriptor of the root.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "build.h"
#include "conf.h"
#include "rmtree.h"
#include "walk.h"

#define LIST_MAX	65536
#define FILE_MAX	1048576

/* NAME c|b MAJOR MINOR MODE, NAME d MODE, NAME f MODE, NAME l TARGET */
static const char default_devs[] =
	"null c 1 3 666\n"
	"zero c 1 5 666\n"
	"full c 1 7 666\n"
	"random c 1 8 644\n"
	"urandom c 1 9 644\n"
	"tty c 5 0 666\n"
	"ptmx c 5 2 666\n"
	"fd l /proc/self/fd\n"
	"stdin l fd/0\n"
	"stdout l fd/1\n"
	"stderr l fd/2\n"
	"shm d 1777\n"
	"pts d 755\n";

static const char * const etc_files[] = {
	"hosts", "nsswitch.conf", "krb5.conf", "krb.conf", "krb.realms", "ldap.conf", "localtime",
	"resolv.conf",
};

void build_dist_dirs(const struct build *b, struct strlist *dirs)
{
	const char *names[2] = { b->dist, b->family };
	int i;

	for (i = 0; i < 2; i++) {
		if (!names[i])
			continue;
		strlist_addf(dirs, "%s/.distributions/%s", vc_confdir(), names[i]);
		strlist_addf(dirs, "%s/distributions/%s", package_dir(), names[i]);
	}
}

/* ID=debian of etc/os-release, if we have something to say about it. */
char *build_guess_dist(const struct build *b)
{
	int root = open(b->root, O_PATH | O_DIRECTORY | O_CLOEXEC), fd = -1;
	char *text = NULL, *line, *save, *dist = NULL, *dir;
	size_t len;

	if (root >= 0)
		fd = open_in_root(root, "/etc/os-release", O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	if (fd >= 0)
		text = read_fd(fd, FILE_MAX, NULL);
	for (line = text ? strtok_r(text, "\n", &save) : NULL; line && !dist;
	     line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, "ID=", 3))
			continue;
		line += line[3] == '"' ? 4 : 3;
		for (len = 0; isalnum((unsigned char)line[len]); len++)
			;
		dir = xprintf("%s/distributions/%.*s", package_dir(), (int)len, line);
		if (len && !access(dir, F_OK))
			dist = xprintf("%.*s", (int)len, line);
		free(dir);
	}
	free(text);
	if (fd >= 0)
		close(fd);
	if (root >= 0)
		close(root);
	return dist;
}

/* The text of @file of the distribution, else null. */
static char *dist_file(const struct build *b, const char *file, size_t max, size_t *len)
{
	struct strlist dirs = { 0 };
	char *text = NULL, *path;
	size_t i;

	build_dist_dirs(b, &dirs);
	for (i = 0; i < dirs.n && !text; i++) {
		path = xprintf("%s/%s", dirs.v[i], file);
		text = read_file_at(AT_FDCWD, path, max, len);
		free(path);
	}
	strlist_free(&dirs);
	return text;
}

static int make_node(int dev, char *line)
{
	char *f[5], *save, *end;
	unsigned long mode, major, minor;
	int n, fd;

	for (n = 0; n < 5 && (f[n] = strtok_r(n ? NULL : line, " \t", &save)); n++)
		;
	errno = EINVAL;
	if (n < 3 || strchr(f[0], '/') || *f[0] == '.' || f[1][1])
		return -1;
	if (*f[1] == 'l')
		return symlinkat(f[2], dev, f[0]);
	mode = strtoul(f[n - 1], &end, 8);
	if (*end || mode > 07777)
		return -1;
	if (*f[1] == 'd') {
		if (mkdirat(dev, f[0], 0700))
			return -1;
	} else if (*f[1] == 'f') {
		fd = openat(dev, f[0], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0)
			return -1;
		close(fd);
	} else if ((*f[1] == 'c' || *f[1] == 'b') && n == 5) {
		major = strtoul(f[2], NULL, 10);
		minor = strtoul(f[3], NULL, 10);
		if (mknodat(dev, f[0], *f[1] == 'c' ? S_IFCHR | 0600 : S_IFBLK | 0600,
			    makedev(major, minor)))
			return -1;
	} else {
		return -1;
	}
	/* Made by us in a directory made by us: nobody has put a link there. */
	return fchmodat(dev, f[0], mode, 0);
}

static int make_devs(const struct build *b, int root)
{
	char *text = dist_file(b, "devs", LIST_MAX, NULL), *line, *save, *copy;
	int dev, ret = 0;

	if (!text)
		text = xstrdup(default_devs);
	if ((unlinkat(root, "dev", 0) && errno != EISDIR && errno != ENOENT) ||
	    rmtree_at(root, "dev") || mkdirat(root, "dev", 0755)) {
		free(text);
		return failed(b->name, "cannot make %s/dev anew: %s", b->root, strerror(errno));
	}
	dev = openat(root, "dev", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	for (line = strtok_r(text, "\n", &save); line && !ret; line = strtok_r(NULL, "\n", &save)) {
		line += strspn(line, " \t");
		if (!*line || *line == '#')
			continue;
		copy = xstrdup(line);
		if (dev < 0 || make_node(dev, line))
			ret = failed(b->name, "cannot make the device '%s' in %s/dev: %s", copy, b->root,
				     strerror(errno));
		free(copy);
	}
	if (dev >= 0)
		close(dev);
	free(text);
	return ret;
}

/* Mount points of the default fstab and places that start writes to. */
static int make_dirs(const struct build *b, int root)
{
	static const struct { const char *name; mode_t mode; } dirs[] = {
		{ "proc", 0555 }, { "tmp", 01777 }, { "etc", 0755 }, { "run", 0755 }, { "var", 0755 },
		{ "var/log", 0755 },
	};
	char parent[16], *slash;
	size_t i;
	int fd;

	for (i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		fd = open_in_root(root, dirs[i].name, O_PATH | O_DIRECTORY, 0);
		if (fd >= 0) {
			close(fd);
			continue;
		}
		snprintf(parent, sizeof(parent), "%s", dirs[i].name);
		slash = strrchr(parent, '/');
		if (slash)
			*slash = 0;
		fd = open_in_root(root, slash ? parent : "/", O_RDONLY | O_DIRECTORY, 0);
		if (fd < 0 || mkdirat(fd, slash ? slash + 1 : parent, dirs[i].mode) ||
		    fchmodat(fd, slash ? slash + 1 : parent, dirs[i].mode, 0))
			return failed(b->name, "cannot make %s/%s: %s", b->root, dirs[i].name,
				      strerror(errno));
		close(fd);
	}
	return 0;
}

/* True for the address of a resolver that only the host itself reaches. */
static bool is_stub(const char *line)
{
	return !strncmp(line, "nameserver", 10) &&
	       (!strncmp(line + 10 + strspn(line + 10, " \t"), "127.", 4) ||
		!strncmp(line + 10 + strspn(line + 10, " \t"), "::1", 3));
}

/* The host's resolv.conf without stubs; where nothing else is left, the one with the real servers. */
static char *resolver_text(const struct build *b, size_t *len)
{
	static const char * const files[] = {
		"/etc/resolv.conf", "/run/systemd/resolve/resolv.conf",
		"/run/NetworkManager/no-stub-resolv.conf",
	};
	char *text, *line, *save, *out = NULL, *more;
	bool servers = false, stubs = false;
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(*files) && !servers; i++) {
		text = read_file_at(AT_FDCWD, files[i], FILE_MAX, NULL);
		free(out);
		out = xstrdup("");
		for (line = text ? strtok_r(text, "\n", &save) : NULL; line;
		     line = strtok_r(NULL, "\n", &save)) {
			stubs |= is_stub(line);
			if (is_stub(line))
				continue;
			servers |= !strncmp(line, "nameserver", 10);
			more = xprintf("%s%s\n", out, line);
			free(out);
			out = more;
		}
		free(text);
	}
	if (stubs && !servers) {
		caution(b->name, "the host's resolver serves only the host: write %s/etc/resolv.conf", b->root);
		free(out);
		return NULL;
	}
	*len = strlen(out);
	return out;
}

/* Configured text for etc/@name, else the distribution's, else (some) the host's. */
static char *etc_text(const struct build *b, const char *name, size_t *len)
{
	char *path = xprintf("%s/files/%s", conf_defaults(), name), *file;
	char *text = read_file_at(AT_FDCWD, path, FILE_MAX, len);

	free(path);
	if (!text) {
		file = xprintf("files/%s", name);
		text = dist_file(b, file, FILE_MAX, len);
		free(file);
	}
	if (!text && !strcmp(name, "resolv.conf"))
		text = resolver_text(b, len);
	return text;
}

static int make_etc(const struct build *b, int root)
{
	int etc = open_in_root(root, "/etc", O_RDONLY | O_DIRECTORY, 0), fd, ret = 0;
	struct stat st;
	size_t i, len;
	char *text;

	if (etc < 0)
		return failed(b->name, "cannot open %s/etc: %s", b->root, strerror(errno));
	for (i = 0; i < sizeof(etc_files) / sizeof(*etc_files) && !ret; i++) {
		/* What the guest brought stays, be it a link into nowhere. */
		if (!fstatat(etc, etc_files[i], &st, AT_SYMLINK_NOFOLLOW))
			continue;
		text = etc_text(b, etc_files[i], &len);
		if (!text)
			continue;
		fd = openat(etc, etc_files[i], O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			    0644);
		if (fd < 0 || write_all(fd, text, len))
			ret = failed(b->name, "cannot write %s/etc/%s: %s", b->root, etc_files[i],
				     strerror(errno));
		if (fd >= 0)
			close(fd);
		free(text);
	}
	close(etc);
	return ret;
}

int build_root(const struct build *b)
{
	int root = open(b->root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), ret;

	if (root < 0)
		return failed(b->name, "cannot open %s: %s", b->root, strerror(errno));
	ret = make_dirs(b, root);
	if (!ret && !b->dev_as_is)
		ret = make_devs(b, root);
	if (!ret)
		ret = make_etc(b, root);
	close(root);
	return ret;
}

/* A unified file belongs to all who share it. */
static bool give_tag(const char *path, void *arg)
{
	const struct build *b = arg;
	const uint32_t shared = VS_IATTR_IXUNLINK | VS_IATTR_IMMUTABLE;
	uint32_t flags = 0, mask = 0;
	xid_t tag = 0;

	if (vc_get_iattr(path, &tag, &flags, &mask))
		return !failed(b->name, "cannot read the tag of %s: %s", path, strerror(errno));
	if (!(mask & VS_IATTR_TAG) || tag == b->xid || (flags & mask & shared) == shared)
		return true;
	return !vc_set_iattr(path, b->xid, VS_IATTR_TAG, VS_IATTR_TAG) ||
	       !failed(b->name, "cannot give %s the tag %u: %s", path, b->xid, strerror(errno));
}

int build_tag(const struct build *b)
{
	struct walk w = { .recurse = true, .one_fs = true, .all = true, .visit = give_tag,
			  .arg = (void *)b };
	uint32_t flags = 0, mask = 0;

	/* Without tags there is nothing to give; a guest without a number gets one at each start. */
	if (b->no_number || vc_get_iattr(b->root, NULL, &flags, &mask) || !(mask & VS_IATTR_TAG))
		return 0;
	/* Mounted with tagid=N all has that tag, which may be the one that the guest is going to get. */
	if (vc_set_iattr(b->root, b->xid, VS_IATTR_TAG, VS_IATTR_TAG) && errno == EINVAL)
		return 0;
	return walk(&w, b->root) ? 0 : -1;
}
