// SPDX-License-Identifier: GPL-2.0
/* Guests: where they are configured, and whether they run. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

/* A configuration directory has a vdir, be it one that points to nowhere. */
static bool has_vdir(const char *dir)
{
	char *path = str_format("%s/vdir", dir);
	struct stat st;
	bool has;

	has = path && lstat(path, &st) == 0 && (S_ISDIR(st.st_mode) || S_ISLNK(st.st_mode));
	free(path);
	return has;
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
	uint64_t xid;
	int saved = errno;

	guest->xid = VC_NOCTX;
	/* The run file may be stale or lost: the mark in the kernel decides. */
	if (vc_cfg_number(guest->dir, "run", VS_ID_MIN, VS_ID_MAX, &xid, NULL) == 1 &&
	    carries_mark((xid_t)xid, guest->dir))
		guest->xid = (xid_t)xid;
	else if (guest->conf_xid != VC_NOCTX && carries_mark(guest->conf_xid, guest->dir))
		guest->xid = guest->conf_xid;
	errno = saved;
	return guest->xid;
}

/* What a link in the guest's directory points to, made absolute; may dangle. */
static char *link_target(const char *dir, const char *file)
{
	char *path = str_format("%s/%s", dir, file), *abs;
	char target[PATH_MAX];
	ssize_t len;

	len = path ? readlink(path, target, sizeof(target) - 1) : -1;
	free(path);
	if (len < 0)
		return NULL;
	target[len] = '\0';
	if (*target == '/')
		return strdup(target);
	abs = str_format("%s/%s", dir, target);
	return abs;
}

static int read_ids(struct vc_guest *guest, struct vc_error *err)
{
	uint64_t id;
	int rc;

	guest->conf_xid = VC_NOCTX;
	rc = vc_cfg_number(guest->dir, "context", VS_ID_MIN, VS_ID_MAX, &id, err);
	if (rc < 0)
		return -1;
	if (rc)
		guest->conf_xid = (xid_t)id;
	guest->conf_nid = guest->conf_xid;
	rc = vc_cfg_number(guest->dir, "ncontext", VS_ID_MIN, VS_ID_MAX, &id, err);
	if (rc < 0)
		return -1;
	if (rc)
		guest->conf_nid = (nid_t)id;
	return 0;
}

static struct vc_guest *load(const char *dir, struct vc_error *err)
{
	struct vc_guest *guest = calloc(1, sizeof(*guest));
	char *vdir;

	if (!guest)
		goto nomem;
	guest->xid = VC_NOCTX;
	guest->dir = realpath(dir, NULL);
	if (!guest->dir) {
		vc_error_set(err, errno, "cannot resolve %s: %s", dir, strerrordesc_np(errno));
		goto fail;
	}
	if (vc_cfg_scalar(guest->dir, "name", &guest->name, err) < 0 || read_ids(guest, err) < 0)
		goto fail;
	if (!guest->name)
		guest->name = strdup(strrchr(guest->dir, '/') + 1);
	if (!guest->name)
		goto nomem;
	guest->runfile = link_target(guest->dir, "run");
	/* The directory is resolved already: what the link says is enough, unless vdir is no link. */
	vdir = link_target(guest->dir, "vdir");
	if (!vdir)
		vdir = str_format("%s/vdir", guest->dir);
	guest->vdir = vdir ? realpath(vdir, NULL) : NULL;
	free(vdir);
	vc_guest_update(guest);
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
static bool is_legacy(const char *dir, const char *id, bool vdir)
{
	char *path = str_format("%s/legacy", dir);
	bool legacy = path && access(path, F_OK) == 0;

	free(path);
	if (legacy || is_path(id) || vdir)
		return legacy;
	path = str_format("%s/%s.conf", vc_confdir(), id);
	legacy = path && access(path, F_OK) == 0;
	free(path);
	return legacy;
}

static struct vc_guest *open_dir(const char *dir, const char *id, bool vdir, struct vc_error *err)
{
	if (is_legacy(dir, id, vdir)) {
		vc_error_set(err, ENOTSUP, "guest '%s' has the old configuration style, which is not supported;"
			     " `vserver NAME convert` makes one of this style", id);
		return NULL;
	}
	if (vdir)
		return load(dir, err);
	if (is_path(id))
		vc_error_set(err, ENOENT, "'%s' is no guest: there is no %s/vdir", id, dir);
	else
		vc_error_set(err, ENOENT, "there is no guest '%s' in %s", id, vc_confdir());
	return NULL;
}

struct vc_guest *vc_guest_open(const char *id, struct vc_error *err)
{
	struct vc_guest *guest;
	uint64_t number;
	bool vdir;
	char *dir;

	if (is_path(id))
		return open_dir(id, id, has_vdir(id), err);
	if (!*id || *id == '.' || strchr(id, '/')) {
		vc_error_set(err, EINVAL, "'%s' is no name of a guest (a path begins with / or ./ or ../)", id);
		return NULL;
	}
	dir = str_format("%s/%s", vc_confdir(), id);
	if (!dir) {
		vc_error_set(err, ENOMEM, "out of memory");
		return NULL;
	}
	vdir = has_vdir(dir);
	if (!vdir && str_number(id, VS_ID_MAX, &number)) {
		free(dir);
		dir = vc_getVserverByCtx((xid_t)number, NULL, NULL);
		if (!dir) {
			vc_error_set(err, ENOENT,
				     "there is no guest called '%s', nor one that runs in a context of that number",
				     id);
			return NULL;
		}
		vdir = has_vdir(dir);
	}
	guest = open_dir(dir, id, vdir, err);
	free(dir);
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
	char *dir;
	bool has;

	if (entry->d_name[0] == '.')
		return 0;
	dir = str_format("%s/%s", vc_confdir(), entry->d_name);
	has = dir && has_vdir(dir);
	free(dir);
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
