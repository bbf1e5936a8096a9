// SPDX-License-Identifier: GPL-2.0
/* Numbers and guests: option arguments, lists, the look-ups of earlier clients. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* The numeric names in a directory of /proc. */
static int list_ids(const char *path, uint32_t **ids, struct vc_error *err)
{
	uint32_t *list = NULL, *more;
	struct dirent *entry;
	uint64_t id;
	int count = 0;
	DIR *dir;

	dir = opendir(path);
	if (!dir && errno == ENOENT)
		return vc_error_set(err, ENOSYS, "this kernel has no vserver support (there is no %s)", path);
	if (!dir)
		return vc_error_set(err, errno, "cannot read %s: %s", path, strerrordesc_np(errno));
	while ((entry = readdir(dir))) {
		if (!str_number(entry->d_name, VS_ID_MAX, &id))
			continue;
		more = reallocarray(list, count + 1, sizeof(*list));
		if (!more) {
			free(list);
			closedir(dir);
			return vc_error_set(err, ENOMEM, "out of memory");
		}
		list = more;
		list[count++] = (uint32_t)id;
	}
	closedir(dir);
	if (count)
		qsort(list, count, sizeof(*list), by_number);
	*ids = list;
	return count;
}

int vc_ctx_list(xid_t **xids, struct vc_error *err)
{
	return list_ids("/proc/virtual", xids, err);
}

int vc_net_list(nid_t **nids, struct vc_error *err)
{
	return list_ids("/proc/virtnet", nids, err);
}

int vc_parse_id(const char *id, vcCtxType type, bool honor_static, uint32_t *result,
		struct vc_error *err)
{
	const char *what = type == vcCTX_NID ? "network context" : "context";
	char buf[16];
	struct vc_guest *guest;
	size_t len = strlen(id);
	uint64_t number;

	/* What a shell or a file leaves behind. */
	if (len && id[len - 1] == '\n' && len < sizeof(buf)) {
		memcpy(buf, id, len - 1);
		buf[len - 1] = '\0';
		id = buf;
	}
	if (!strcmp(id, "self")) {
		*result = VC_SAMECTX;
		return 0;
	}
	if (str_number(id, UINT64_MAX, &number)) {
		if (number > VS_ID_MAX)
			return vc_error_set(err, ERANGE, "'%s' is no %s number: 0 to %d are legal", id,
					    what, VS_ID_MAX);
		*result = (uint32_t)number;
		return 0;
	}
	guest = vc_guest_open(*id == ':' ? id + 1 : id, err);
	if (!guest)
		return -1;
	*result = guest->xid;
	if (type == vcCTX_NID && guest->xid != VC_NOCTX)
		*result = guest->conf_nid != VC_NOCTX ? guest->conf_nid : guest->xid;
	else if (guest->xid == VC_NOCTX && honor_static)
		*result = type == vcCTX_NID ? guest->conf_nid : guest->conf_xid;
	vc_guest_free(guest);
	if (*result == VC_NOCTX)
		return vc_error_set(err, ESRCH, honor_static ?
				    "guest '%s' is not running and has no %s number configured" :
				    "guest '%s' is not running, so it has no %s", id, what);
	return 0;
}

static uint32_t opt2id(const char *id, vcCtxType type, bool honor_static, const char **err_info)
{
	struct vc_error err;
	uint32_t result;

	if (!vc_parse_id(id, type, honor_static, &result, &err))
		return result;
	if (err_info)
		*err_info = err.code == ERANGE ? "number out of range" :
			    err.code == ENOENT ? "no such guest" :
			    err.code == ESRCH ? "guest is not running" : "bad number or guest";
	return VC_NOCTX;
}

xid_t vc_xidopt2xid(const char *id, bool honor_static, const char **err_info)
{
	return opt2id(id, vcCTX_XID, honor_static, err_info);
}

nid_t vc_nidopt2nid(const char *id, bool honor_static, const char **err_info)
{
	return opt2id(id, vcCTX_NID, honor_static, err_info);
}

static bool is_guest_dir(const char *dir)
{
	char *path = str_format("%s/vdir", dir);
	struct stat st;
	bool is = path && lstat(path, &st) == 0;

	free(path);
	return is;
}

/* The guest below the configuration directory whose mark is @mark. */
static char *dir_of_mark(const char *mark)
{
	char **ids, **p, *dir = NULL, *path;
	char own[VHI_SIZE];

	if (vc_guest_list(&ids, NULL) < 0)
		return NULL;
	for (p = ids; *p && !dir; p++) {
		path = str_format("%s/%s", vc_confdir(), *p);
		dir = path ? realpath(path, NULL) : NULL;
		free(path);
		if (!dir)
			continue;
		vc_guest_mark(dir, own);
		if (strcmp(own, mark)) {
			free(dir);
			dir = NULL;
		}
	}
	vc_guest_list_free(ids);
	return dir;
}

static vcCfgStyle style_of_dir(const char *dir)
{
	char *base = realpath(vc_confdir(), NULL);
	size_t len = base ? strlen(base) : 0;
	bool below;

	below = base && !strncmp(dir, base, len) && dir[len] == '/' && !strchr(dir + len + 1, '/');
	free(base);
	return below ? vcCFG_RECENT_SHORT : vcCFG_RECENT_FULL;
}

char *vc_getVserverByCtx(xid_t xid, vcCfgStyle *style, const char *revdir)
{
	char mark[VHI_SIZE], *link, *dir = NULL;

	if (revdir) {
		link = str_format("%s/%u", revdir, xid);
		dir = link ? realpath(link, NULL) : NULL;
		free(link);
	} else if (vc_get_vhi_name(xid, vcVHI_CONTEXT, mark, sizeof(mark)) == 0 && *mark == '/') {
		dir = strchr(mark, '#') ? dir_of_mark(mark) : NULL;
		if (!dir)
			dir = strdup(mark);
	}
	if (dir && !is_guest_dir(dir)) {
		free(dir);
		dir = NULL;
	}
	if (!dir) {
		errno = ENOENT;
		return NULL;
	}
	if (style && (*style == vcCFG_AUTO || *style == vcCFG_NONE))
		*style = style_of_dir(dir);
	return dir;
}

vcCfgStyle vc_getVserverCfgStyle(const char *id)
{
	struct vc_guest *guest;
	struct vc_error err;

	guest = vc_guest_open(id, &err);
	if (!guest)
		return err.code == ENOTSUP ? vcCFG_LEGACY : vcCFG_NONE;
	vc_guest_free(guest);
	return *id == '/' || *id == '.' ? vcCFG_RECENT_FULL : vcCFG_RECENT_SHORT;
}

/* A guest by an id whose style the caller may know already. */
static struct vc_guest *open_styled(const char *id, vcCfgStyle style)
{
	struct vc_guest *guest;
	char *dir;

	if (style != vcCFG_RECENT_FULL || *id == '/' || *id == '.')
		return vc_guest_open(id, NULL);
	dir = str_format("./%s", id);
	guest = dir ? vc_guest_open(dir, NULL) : NULL;
	free(dir);
	return guest;
}

/* Takes a string out of a guest that is then given up. */
static char *keep(struct vc_guest *guest, char **member)
{
	char *text = *member;

	*member = NULL;
	vc_guest_free(guest);
	return text;
}

char *vc_getVserverName(const char *id, vcCfgStyle style)
{
	struct vc_guest *guest = open_styled(id, style);

	return guest ? keep(guest, &guest->name) : NULL;
}

char *vc_getVserverCfgDir(const char *id, vcCfgStyle style)
{
	struct vc_guest *guest = open_styled(id, style);

	return guest ? keep(guest, &guest->dir) : NULL;
}

char *vc_getVserverAppDir(const char *id, vcCfgStyle style, const char *app)
{
	char *dir = vc_getVserverCfgDir(id, style), *path;
	struct stat st;

	if (!dir)
		return NULL;
	path = str_format("%s/apps/%s", dir, app);
	free(dir);
	if (path && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return path;
	free(path);
	errno = ENOENT;
	return NULL;
}

char *vc_getVserverVdir(const char *id, vcCfgStyle style, bool physical)
{
	struct vc_guest *guest = open_styled(id, style);
	char *path;

	if (!guest)
		return NULL;
	if (physical)
		return keep(guest, &guest->vdir);
	path = str_format("%s/vdir", guest->dir);
	vc_guest_free(guest);
	return path;
}

xid_t vc_getVserverCtx(const char *id, vcCfgStyle style, bool honor_static, bool *is_running,
		       vcCtxType type)
{
	struct vc_guest *guest = open_styled(id, style);
	xid_t result;

	if (is_running)
		*is_running = false;
	if (!guest)
		return VC_NOCTX;
	result = guest->xid;
	if (is_running)
		*is_running = result != VC_NOCTX;
	if (type == vcCTX_NID && (result != VC_NOCTX || honor_static) && guest->conf_nid != VC_NOCTX)
		result = guest->conf_nid;
	else if (result == VC_NOCTX && honor_static)
		result = guest->conf_xid;
	vc_guest_free(guest);
	return result;
}

int vc_compareVserverById(const char *id1, vcCfgStyle style1, const char *id2, vcCfgStyle style2)
{
	struct vc_guest *a = open_styled(id1, style1), *b = open_styled(id2, style2);
	struct stat st1, st2;
	int rc = -1;

	if (a && b && stat(a->dir, &st1) == 0 && stat(b->dir, &st2) == 0)
		rc = st1.st_dev == st2.st_dev ?
		     (st1.st_ino > st2.st_ino) - (st1.st_ino < st2.st_ino) :
		     (st1.st_dev > st2.st_dev) - (st1.st_dev < st2.st_dev);
	vc_guest_free(a);
	vc_guest_free(b);
	return rc;
}
