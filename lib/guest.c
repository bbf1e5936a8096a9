// SPDX-License-Identifier: GPL-2.0
/* Guests: where they are configured, and whether they run. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal.h"

const char *vc_confdir(void)
{
	static const char *dir;

	if (!dir) {
		dir = secure_getenv("VS_CONFDIR");
		if (!dir || *dir != '/')
			dir = VS_CONFDIR;
	}
	return dir;
}

const char *vc_rundir(void)
{
	static const char *dir;

	if (!dir) {
		dir = secure_getenv("VS_RUNDIR");
		if (!dir || *dir != '/')
			dir = VS_RUNDIR;
	}
	return dir;
}

const char *vc_vdirbase(void)
{
	static const char *dir;
	char *link;

	if (!dir) {
		dir = secure_getenv("VS_VDIRBASE");
		if (!dir || *dir != '/') {
			link = str_format("%s/.defaults/vdirbase", vc_confdir());
			dir = link ? realpath(link, NULL) : NULL;
			free(link);
		}
		if (!dir)
			dir = VS_VDIRBASE;
	}
	return dir;
}

/*
 * A configuration directory, opened once: what is read of it is looked up from there, not from the root
 * each time.
 */
struct place {
	const char	*dir;
	int		fd;		/* O_PATH; -1: there is none */
	bool		physical;	/* @dir is its name without links, dots and double slashes */
	bool		has_vdir;	/* it is that of a guest */
	char		*vdir;		/* what the link vdir says, null: it is none */
};

/* True for an absolute name without empty parts, `.` and `..`. */
static bool is_normal(const char *path)
{
	for (; *path == '/'; path += strcspn(path, "/")) {
		path++;
		if (!*path || *path == '/' || (*path == '.' && (strspn(path, ".") <= 2) &&
					       strchr("/", path[strspn(path, ".")])))
			return false;
	}
	return !*path;
}

/* What a link in the directory points to, made absolute; may dangle. */
static char *link_target(const struct place *p, const char *dir, const char *file)
{
	char target[PATH_MAX];
	ssize_t len = readlinkat(p->fd, file, target, sizeof(target) - 1);

	if (len < 0)
		return NULL;
	target[len] = '\0';
	return *target == '/' ? strdup(target) : str_format("%s/%s", dir, target);
}

static void close_place(struct place *p)
{
	if (p->fd >= 0)
		close(p->fd);
	free(p->vdir);
}

/* A directory whose name has no link in it, with O_PATH; -1 and errno. */
static int open_straight(const char *dir)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS,
	};

	return syscall(SYS_openat2, AT_FDCWD, dir, &how, sizeof(how));
}

/* The physical name of a directory; null: there is none. One look tells it for a name without links. */
static char *physical_dir(const char *dir)
{
	int fd = is_normal(dir) ? open_straight(dir) : -1;
	struct stat st;
	char *path;

	if (fd >= 0) {
		close(fd);
		return strdup(dir);
	}
	path = realpath(dir, NULL);
	if (path && !stat(path, &st) && S_ISDIR(st.st_mode))
		return path;
	free(path);
	return NULL;
}

static struct place open_place(const char *dir)
{
	struct place p = { .dir = dir };
	struct stat st;

	p.fd = open_straight(dir);
	p.physical = p.fd >= 0 && is_normal(dir);
	if (p.fd < 0)
		p.fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (p.fd < 0)
		return p;
	/* A vdir may point to nowhere. */
	p.vdir = link_target(&p, dir, "vdir");
	p.has_vdir = p.vdir || (!fstatat(p.fd, "vdir", &st, AT_SYMLINK_NOFOLLOW) && S_ISDIR(st.st_mode));
	return p;
}

void vc_guest_mark(const char *dir, char mark[VHI_SIZE])
{
	uint64_t hash = 0xcbf29ce484222325ULL;
	const char *p;

	if (strlen(dir) < VHI_SIZE) {
		strcpy(mark, dir);
		return;
	}
	/* FNV-1a: a name for telling directories apart, not a defence. */
	for (p = dir; *p; p++)
		hash = (hash ^ (uint8_t)*p) * 0x100000001b3ULL;
	snprintf(mark, VHI_SIZE, "%.47s#%016llx", dir, (unsigned long long)hash);
}

static bool carries_mark(xid_t xid, const char *dir)
{
	char mark[VHI_SIZE], name[VHI_SIZE];
	struct vc_ctx_stat stat;

	vc_guest_mark(dir, mark);
	return vc_get_vhi_name(xid, vcVHI_CONTEXT, name, sizeof(name)) == 0 &&
	       !strcmp(name, mark) && vc_ctx_stat(xid, &stat) == 0 && stat.tasks > 0;
}

xid_t vc_guest_update(struct vc_guest *guest)
{
	/* What the link leads to: an absolute name is opened as it is. */
	const struct cfg_file run = {
		.dirfd = guest->runfile ? AT_FDCWD : -1, .dir = guest->dir,
		.name = guest->runfile ? guest->runfile : "run", .there = &guest->run_there,
	};
	int saved = errno;
	uint64_t xid;

	guest->xid = VC_NOCTX;
	/* The run file may be stale or lost: the mark in the kernel decides. */
	if (cfg_number(&run, VS_ID_MIN, VS_ID_MAX, &xid, NULL) == 1 && carries_mark((xid_t)xid, guest->dir))
		guest->xid = (xid_t)xid;
	else if (guest->conf_xid != VC_NOCTX && carries_mark(guest->conf_xid, guest->dir))
		guest->xid = guest->conf_xid;
	errno = saved;
	return guest->xid;
}

static int read_id(struct vc_guest *guest, int fd, const char *name, uint32_t *id, struct vc_error *err)
{
	const struct cfg_file file = { .dirfd = fd, .dir = guest->dir, .name = name };
	uint64_t value;
	int rc = cfg_number(&file, VS_ID_MIN, VS_ID_MAX, &value, err);

	if (rc > 0)
		*id = value;
	return rc;
}

static int read_ids(struct vc_guest *guest, int fd, struct vc_error *err)
{
	guest->conf_xid = VC_NOCTX;
	if (read_id(guest, fd, "context", &guest->conf_xid, err) < 0)
		return -1;
	guest->conf_nid = guest->conf_xid;
	return read_id(guest, fd, "ncontext", &guest->conf_nid, err) < 0 ? -1 : 0;
}

static struct vc_guest *load(const struct place *p, struct vc_error *err)
{
	struct vc_guest *guest = calloc(1, sizeof(*guest));
	struct cfg_file name;
	char *vdir;

	if (!guest)
		goto nomem;
	guest->xid = VC_NOCTX;
	guest->dir = p->physical ? strdup(p->dir) : realpath(p->dir, NULL);
	if (!guest->dir) {
		vc_error_set(err, errno, "cannot resolve %s: %s", p->dir, strerrordesc_np(errno));
		goto fail;
	}
	name = (struct cfg_file){ .dirfd = p->fd, .dir = guest->dir, .name = "name" };
	if (cfg_scalar(&name, &guest->name, err) < 0 || read_ids(guest, p->fd, err) < 0)
		goto fail;
	if (!guest->name)
		guest->name = strdup(strrchr(guest->dir, '/') + 1);
	if (!guest->name)
		goto nomem;
	guest->runfile = link_target(p, guest->dir, "run");
	/* The directory is resolved already: what the link says is enough, unless vdir is no link. */
	vdir = p->vdir && p->physical ? strdup(p->vdir) : link_target(p, guest->dir, "vdir");
	if (!vdir)
		vdir = str_format("%s/vdir", guest->dir);
	guest->vdir = vdir ? physical_dir(vdir) : NULL;
	free(vdir);
	return guest;
nomem:
	vc_error_set(err, ENOMEM, "out of memory");
fail:
	vc_guest_free(guest);
	return NULL;
}

static bool is_path(const char *id)
{
	return *id == '/' || !strncmp(id, "./", 2) || !strncmp(id, "../", 3);
}

/* A file `legacy`, or CONFDIR/ID.conf and no directory: the old style. */
static bool is_legacy(const struct place *p, const char *id)
{
	bool legacy = p->fd >= 0 && faccessat(p->fd, "legacy", F_OK, 0) == 0;
	char *path;

	if (legacy || is_path(id) || p->has_vdir)
		return legacy;
	path = str_format("%s/%s.conf", vc_confdir(), id);
	legacy = path && access(path, F_OK) == 0;
	free(path);
	return legacy;
}

static struct vc_guest *open_guest(const struct place *p, const char *id, struct vc_error *err)
{
	if (is_legacy(p, id)) {
		vc_error_set(err, ENOTSUP, "guest '%s' has the old configuration style, which is not supported;"
			     " `vserver NAME convert` makes one of this style", id);
		return NULL;
	}
	if (p->has_vdir)
		return load(p, err);
	if (is_path(id))
		vc_error_set(err, ENOENT, "'%s' is no guest: there is no %s/vdir", id, p->dir);
	else
		vc_error_set(err, ENOENT, "there is no guest '%s' in %s", id, vc_confdir());
	return NULL;
}

struct vc_guest *vc_guest_load(const char *id, struct vc_error *err)
{
	struct vc_guest *guest = NULL;
	struct place place;
	uint64_t number;
	char *dir;

	if (!is_path(id) && (!*id || *id == '.' || strchr(id, '/'))) {
		vc_error_set(err, EINVAL, "'%s' is no name of a guest (a path begins with / or ./ or ../)", id);
		return NULL;
	}
	dir = is_path(id) ? strdup(id) : str_format("%s/%s", vc_confdir(), id);
	if (!dir) {
		vc_error_set(err, ENOMEM, "out of memory");
		return NULL;
	}
	place = open_place(dir);
	if (!is_path(id) && !place.has_vdir && str_number(id, VS_ID_MAX, &number)) {
		close_place(&place);
		free(dir);
		dir = vc_getVserverByCtx((xid_t)number, NULL, NULL);
		place = dir ? open_place(dir) : (struct place){ .fd = -1 };
	}
	if (dir)
		guest = open_guest(&place, id, err);
	else
		vc_error_set(err, ENOENT,
			     "there is no guest called '%s', nor one that runs in a context of that number", id);
	close_place(&place);
	free(dir);
	return guest;
}

struct vc_guest *vc_guest_open(const char *id, struct vc_error *err)
{
	struct vc_guest *guest = vc_guest_load(id, err);

	if (guest)
		vc_guest_update(guest);
	return guest;
}

void vc_guest_free(struct vc_guest *guest)
{
	if (!guest)
		return;
	free(guest->name);
	free(guest->dir);
	free(guest->vdir);
	free(guest->runfile);
	free(guest);
}

static int wanted(const struct dirent *entry)
{
	struct stat st;
	char *path;
	bool has;

	if (entry->d_name[0] == '.')
		return 0;
	path = str_format("%s/%s/vdir", vc_confdir(), entry->d_name);
	has = path && lstat(path, &st) == 0 && (S_ISDIR(st.st_mode) || S_ISLNK(st.st_mode));
	free(path);
	return has;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int vc_guest_list(char ***ids, struct vc_error *err)
{
	struct dirent **entries = NULL;
	int i, count, code = 0;
	char **list;

	count = scandir(vc_confdir(), &entries, wanted, by_bytes);
	if (count < 0 && errno != ENOENT)
		return vc_error_set(err, errno, "cannot read %s: %s", vc_confdir(),
				    strerrordesc_np(errno));
	if (count < 0)
		count = 0;
	list = calloc(count + 1, sizeof(*list));
	for (i = 0; i < count; i++) {
		if (list)
			list[i] = strdup(entries[i]->d_name);
		if (!list || !list[i])
			code = ENOMEM;
		free(entries[i]);
	}
	free(entries);
	if (!list || code) {
		for (i = 0; list && i < count; i++)
			free(list[i]);
		free(list);
		return vc_error_set(err, ENOMEM, "out of memory");
	}
	*ids = list;
	return count;
}

void vc_guest_list_free(char **ids)
{
	char **p;

	for (p = ids; p && *p; p++)
		free(*p);
	free(ids);
}

int vc_guest_check_name(const char *name, struct vc_error *err)
{
	static const char legal[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	uint64_t number;

	if (!*name || strlen(name) > 63)
		return vc_error_set(err, EINVAL, "'%.80s' cannot be a guest's name: 1 to 63 bytes are legal", name);
	if (*name == '.' || *name == '-' || name[strspn(name, legal)])
		return vc_error_set(err, EINVAL,
				    "'%s' cannot be a guest's name: legal are letters, digits, '_', and but in front '.' and '-'",
				    name);
	if (!strcmp(name, "self") || str_number(name, UINT64_MAX, &number))
		return vc_error_set(err, EINVAL,
				    "'%s' cannot be a guest's name: it would be taken for a context number", name);
	return 0;
}
