// SPDX-License-Identifier: GPL-2.0
/*
 * vserver-mount: mounts for guests that need to know the host. libmount finds the device of a label, makes one of an
 * image, finds out the type and calls mount.TYPE. All of it happens in a mount namespace of its own, at a place that
 * nobody else sees; what was mounted there goes to the caller as a descriptor, and the caller puts it below the root
 * of the guest. No path of a guest is looked up here.
 */
#include <errno.h>
#include <fcntl.h>
#include <libmount/libmount.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "passfd.h"
#include "prog.h"

#define SOCKET		3
#define FSCK_CORRECTED	1

enum { O_MOUNT = 1, O_FSCK, O_CHECK };

static const struct opt opts[] = {
	{ "mount", 'm', O_MOUNT, NULL, "mount it, and give the mount to the caller" },
	{ "fsck", 'f', O_FSCK, NULL, "the same, after its file system was checked" },
	{ "check", 'c', O_CHECK, NULL, "only say whether there is such a source, type and options" },
	{ 0 }
};

static const char *const usage[] = { "--mount|--fsck|--check SOURCE TYPE OPTIONS", NULL };

static const struct prog prog = {
	.name = "vserver-mount",
	.summary = "Mount for a guest what needs to know the host.",
	.usage = usage,
	.opts = opts,
	.notes =
"Called by `vserver` for lines of an fstab with a label as source, a file with a file system\n"
"in it, the type auto, a type for which there is /sbin/mount.TYPE, or a file system to be\n"
"checked. Descriptor 3 is a socket (seqpacket), which gets the mount or a sentence that says\n"
"why there is none. With --check and no socket the sentence goes to standard error.\n"
"Exit status: 0; 1 there is no such mount.\n",
	.error = 1,
};

static bool has_socket;

/* Says why not, and ends. */
__attribute__((format(printf, 1, 2), noreturn)) static void refuse(const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!has_socket)
		fail("%s", text);
	send_fd(SOCKET, -1, text, strlen(text));
	exit(1);
}

/* In each child: mount.TYPE and fsck end when we do, which is when the caller does not wait any longer. */
static void end_with_us(void)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
}

static bool find_socket(void)
{
	socklen_t len = sizeof(int);
	int type;

	return !getsockopt(SOCKET, SOL_SOCKET, SO_TYPE, &type, &len) && type == SOCK_SEQPACKET &&
	       !fcntl(SOCKET, F_SETFD, FD_CLOEXEC);
}

/* The device that has the label @source, or @source itself. */
static const char *device_of(const char *source)
{
	const char *device = source;

	if (mnt_tag_is_valid(source))
		device = mnt_resolve_spec(source, NULL);
	if (!device)
		refuse("no device of the host has this %.*s", (int)strcspn(source, "="), source);
	return device;
}

/* The type of what is on @device, or null. */
static const char *type_on(const char *device)
{
	int several = 0;
	const char *type = mnt_get_fstype(device, &several, NULL);

	if (several)
		refuse("there are signs of more than one file system on it: name its type");
	return type;
}

/* What the kernel says of options; it tells only those who mount by its newer calls. */
static void check_options(const char *type, const char *options)
{
	char *fs = NULL, *pos, *name, *value, text[512];
	size_t len, value_len;
	int fd = fsopen(type, FSOPEN_CLOEXEC), err = 0;
	ssize_t n;

	if (fd < 0 && errno == ENODEV)
		refuse("this kernel has no file system '%s'", type);
	if (mnt_split_optstr(options, NULL, NULL, &fs, 0, 0))
		refuse("cannot read the options '%s'", options);
	pos = fs;
	while (fd >= 0 && !err && !mnt_optstr_next_option(&pos, &name, &len, &value, &value_len)) {
		name = strndup(name, len);
		value = value ? strndup(value, value_len) : NULL;
		err = fsconfig(fd, value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, must_alloc(name), value, 0);
		free(name);
		free(value);
	}
	n = err ? read(fd, text, sizeof(text) - 1) : 0;
	if (n > 2) {
		text[n] = 0;
		text[strcspn(text, "\n")] = 0;
		refuse("%s", text + 2);
	}
	if (fd >= 0)
		close(fd);
	free(fs);
}

static void check(const char *source, const char *type, const char *options)
{
	const char *device = device_of(source);

	if (access(device, F_OK))
		refuse("%s", why());
	if (!strcmp(type, "auto"))
		type = type_on(device);
	if (!type)
		refuse("there is no file system on it that this host knows: name its type");
	check_options(type, options);
}

/* A place to mount at, in a mount namespace that goes with us. */
static const char *make_place(void)
{
	char *place;

	if (asprintf(&place, "%s/mount", vc_rundir()) < 0)
		must_alloc(NULL);
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", vc_rundir(), "tmpfs", MS_NOSUID | MS_NODEV, "mode=0700") || mkdir(place, 0700))
		refuse("cannot make a place to mount at: %s", why());
	return place;
}

static struct libmnt_context *new_context(const char *device, const char *type, const char *options,
					  const char *place)
{
	struct libmnt_context *cxt = must_alloc(mnt_new_context());

	/* No word of it in the host's files, and nothing that the line does not say. */
	if (mnt_context_set_optsmode(cxt, MNT_OMODE_NOTAB) || mnt_context_disable_mtab(cxt, 1) ||
	    mnt_context_set_source(cxt, device) || mnt_context_set_target(cxt, place) ||
	    mnt_context_set_fstype(cxt, type) || mnt_context_set_options(cxt, options))
		must_alloc(NULL);
	return cxt;
}

/* The source is found or made, the type is known. */
static void prepare(struct libmnt_context *cxt, const char *device)
{
	int ret = mnt_context_prepare_mount(cxt), saved = errno;

	if ((ret || !mnt_context_get_fstype(cxt)) && *device == '/' && access(device, F_OK))
		refuse("%s", why());
	if (ret == -MNT_ERR_AMBIFS)
		refuse("there are signs of more than one file system on it: name its type");
	if (ret == -MNT_ERR_MOUNTOPT)
		refuse("its options cannot be read");
	if (ret == -MNT_ERR_LOOPOVERLAP)
		refuse("a part of it is a loop device already");
	if (ret == -MNT_ERR_LOOPDEV)
		refuse("cannot make a loop device of it: %s", strerror(saved));
	if (ret && ret != -MNT_ERR_NOFSTYPE)
		refuse("cannot prepare it: %s", strerror(ret > -MNT_ERR_NOFSTAB ? -ret : saved));
	/* The kernel is not asked to read it as one file system after the other. */
	if (!mnt_context_get_fstype(cxt))
		refuse("there is no file system on it that this host knows: name its type");
}

static bool is_writable_disk(const char *device)
{
	int fd = open(device, O_RDONLY | O_CLOEXEC | O_NONBLOCK), is = 0, locked = 1;
	struct stat st;

	if (fd < 0)
		return false;
	is = !fstat(fd, &st) && S_ISBLK(st.st_mode) && !ioctl(fd, BLKROGET, &locked) && !locked;
	close(fd);
	return is;
}

static void check_disk(const char *device, const char *type)
{
	pid_t pid;
	int status;

	if (!device || !is_writable_disk(device))
		return;
	pid = fork();
	if (!pid) {
		execlp("fsck", "fsck", "-T", "-t", type, "-a", device, NULL);
		complain("cannot run fsck: %s", why());
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		refuse("cannot run fsck: %s", why());
	status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	if (status & ~FSCK_CORRECTED)
		refuse("fsck ended with status %d", status);
}

/* Why mount(2) or mount.TYPE did not. */
static void explain(struct libmnt_context *cxt, int ret, const char *device, const char *options)
{
	const char *type = mnt_context_get_fstype(cxt), *found;
	int err = ret < 0 && ret > -MNT_ERR_NOFSTAB ? -ret : EIO;

	if (mnt_context_helper_executed(cxt))
		refuse("mount.%s ended with status %d", type, mnt_context_get_helper_status(cxt));
	if (mnt_context_syscall_called(cxt))
		err = mnt_context_get_syscall_errno(cxt);
	if (err == ENODEV)
		refuse("this kernel has no file system '%s'", type);
	if (err == EINVAL) {
		check_options(type, options);
		found = type_on(device);
		if (found && strcmp(found, type))
			refuse("there is %s on it, not %s", found, type);
		refuse("its file system is damaged or of another type, or takes no such options");
	}
	refuse("%s", strerror(err));
}

static int take(const char *place, const char *type)
{
	struct mount_attr attr = { .propagation = MS_PRIVATE };
	struct statx st;
	int fd;

	/* Some leave it to a process in the background, which would be too late. */
	if (!statx(AT_FDCWD, place, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &st) &&
	    !(st.stx_attributes & STATX_ATTR_MOUNT_ROOT))
		refuse("mount.%s mounted nothing", type);
	fd = open_tree(AT_FDCWD, place, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	if (fd < 0 || mount_setattr(fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)))
		refuse("%s", why());
	return fd;
}

static void make_mount(const char *source, const char *type, const char *options, bool fsck)
{
	const char *place = make_place(), *device = device_of(source);
	struct libmnt_context *cxt = new_context(device, type, options, place);
	int ret;

	prepare(cxt, device);
	if (fsck)
		check_disk(mnt_context_get_source(cxt), mnt_context_get_fstype(cxt));
	ret = mnt_context_do_mount(cxt);
	if (ret || !mnt_context_get_status(cxt) || mnt_context_get_helper_status(cxt))
		explain(cxt, ret, device, options);
	if (send_fd(SOCKET, take(place, mnt_context_get_fstype(cxt)), "", 1))
		fail("cannot pass the mount on: %s", why());
}

int main(int argc, char **argv)
{
	const char *arg;
	char **rest;
	int id, what = 0;

	opt_start(&prog, argc, argv);
	while ((id = opt_next(&arg))) {
		if (what)
			fail_usage("one of --mount, --fsck and --check");
		what = id;
	}
	rest = opt_rest();
	if (!what || !rest[0] || !rest[1] || !rest[2] || rest[3])
		fail_usage("say what to do, and name source, type and options");
	has_socket = find_socket();
	if (what != O_CHECK && !has_socket)
		fail("descriptor 3 is no socket that could take the mount");
	if (pthread_atfork(NULL, NULL, end_with_us))
		must_alloc(NULL);
	if (what == O_CHECK)
		check(rest[0], rest[1], rest[2]);
	else
		make_mount(rest[0], rest[1], rest[2], what == O_FSCK);
	if (what == O_CHECK && has_socket)
		send_fd(SOCKET, -1, "", 1);
	return 0;
}
