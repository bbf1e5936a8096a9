// SPDX-License-Identifier: GPL-2.0
/* vserver NAME delete. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "conf.h"
#include "rmtree.h"
#include "run.h"
#include "start.h"

/* Directories that are no guest's root, whatever a link says. */
static const char * const never[] = {
	"/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/media", "/mnt", "/opt",
	"/proc", "/root", "/run", "/sbin", "/srv", "/sys", "/tmp", "/usr", "/var",
};

/* True when the answer is yes; else a message is printed. An answer may come from a pipe. */
static bool asked(const struct vc_guest *guest)
{
	bool terminal = isatty(STDIN_FILENO), got;
	char answer[16] = "";

	if (terminal) {
		printf("Delete vserver '%s' with its root directory %s? (y/N) ", guest->name,
		       guest->vdir ? guest->vdir : "(none)");
		fflush(stdout);
	}
	got = fgets(answer, sizeof(answer), stdin);
	if (!strcasecmp(answer, "y\n") || !strcasecmp(answer, "yes\n"))
		return true;
	if (terminal && !got)
		putchar('\n');
	if (terminal || got)
		failed(guest->name, "not deleted: the answer was not y or yes");
	else
		failed(guest->name, "not deleted: there is no terminal to ask at; `vserver %s delete --yes` does it",
		       guest->name);
	return false;
}

static int check_root(const struct vc_guest *guest)
{
	const char *base = vc_vdirbase();
	size_t i, len = strlen(base);

	for (i = 0; i < sizeof(never) / sizeof(*never); i++)
		if (!strcmp(guest->vdir, never[i]))
			return failed(guest->name, "cannot delete: its root directory is %s", guest->vdir);
	if (!strcmp(guest->vdir, base) || !strncmp(guest->vdir, vc_confdir(), strlen(vc_confdir())) ||
	    (!strncmp(base, guest->vdir, strlen(guest->vdir)) && len > strlen(guest->vdir) &&
	     base[strlen(guest->vdir)] == '/'))
		return failed(guest->name, "cannot delete: %s holds more than this guest", guest->vdir);
	return 0;
}

/* \040 and the like, as mountinfo writes blanks. */
static void unescape(char *s)
{
	char *out = s;

	while (*s) {
		if (*s == '\\' && s[1] && s[2] && s[3]) {
			*out++ = (s[1] - '0') * 64 + (s[2] - '0') * 8 + s[3] - '0';
			s += 4;
		} else {
			*out++ = *s++;
		}
	}
	*out = 0;
}

/* Refuses while something is mounted on the root or below it. */
static int check_mounts(const struct vc_guest *guest)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	size_t size = 0, len = strlen(guest->vdir);
	char *line = NULL, point[4097];
	int ret = 0;

	if (!f)
		return failed(guest->name, "cannot read /proc/self/mountinfo: %s", strerror(errno));
	while (getline(&line, &size, f) >= 0) {
		if (sscanf(line, "%*s %*s %*s %*s %4096s", point) != 1)
			continue;
		unescape(point);
		if (!strncmp(point, guest->vdir, len) && (!point[len] || point[len] == '/'))
			ret = failed(guest->name, "cannot delete: %s is mounted", point);
	}
	free(line);
	fclose(f);
	return ret;
}

static int delete_locked(struct vc_guest *guest)
{
	if (guest->vdir && (check_root(guest) || check_mounts(guest)))
		return EX_REFUSED;
	if (guest->xid != VC_NOCTX) {
		if (stop_locked(guest) && guest->xid != VC_NOCTX)
			return -failed(guest->name, "cannot delete: it does not stop");
		/* What the guest's own namespace hid. */
		if (guest->vdir && check_mounts(guest))
			return EX_REFUSED;
	}
	if (guest->vdir && rmtree(guest->vdir))
		return -failed(guest->name, "cannot remove %s: %s", guest->vdir, strerror(errno));
	run_remove(guest);
	/* Last: as long as it is there, the command can be given again. */
	if (rmtree(guest->dir))
		return -failed(guest->name, "cannot remove %s: %s", guest->dir, strerror(errno));
	return 0;
}

int cmd_delete(const char *id, struct vc_guest *guest, int argc, char **argv)
{
	int lock, ret, i;
	bool yes = opt.silent;
	char *key;

	(void)id;
	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-y") && strcmp(argv[i], "--yes"))
			return cmd_usage("delete", "unknown argument '%s'", argv[i]);
		yes = true;
	}
	if (!yes && !asked(guest))
		return EX_REFUSED;
	catch_signals();
	lock = run_lock_guest(guest, &key);
	if (lock < 0)
		return EX_FAIL;
	ret = delete_locked(guest);
	run_unlock(lock, key);
	free(key);
	return ret;
}
