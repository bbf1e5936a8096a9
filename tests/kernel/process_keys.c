// SPDX-License-Identifier: GPL-2.0
/*
 * Keys: a guest has keyrings of its own under the names that the host's have,
 * finds no key of others by serial number or by name, and keeps nothing of what
 * those possessed who entered it.
 */
#include <linux/keyctl.h>
#include <sys/ioctl.h>
#include <vserver/inode.h>
#include "harness.h"

#ifndef IOC_WATCH_QUEUE_SET_SIZE
#define IOC_WATCH_QUEUE_SET_SIZE	_IO(0x57, 0x60)
#endif
#define USER		31001
#define PERM_ALL	0x3f3f3f3f	/* everything to possessor, user, group, others */

static struct guest a = { .xid = 1611 };
static struct guest b = { .xid = 1612 };

/* Serial numbers that the processes of the test tell each other. */
static struct {
	int	host_key;	/* in the host's user keyring */
	int	host_closed;	/* another, not opened */
	int	host_user;	/* the user keyring of the host's uid 0 */
	int	host_session;	/* a named session keyring of the host */
	int	host_persistent;
	int	a_key;
	int	a_user;
	int	a_user_key;	/* of an ordinary user in A */
	int	a_session;
} *shared;

static long add_key(const char *desc, int ring)
{
	return err(syscall(SYS_add_key, "user", desc, "secret", 6, ring));
}

static long keyctl(int cmd, unsigned long x, unsigned long y, unsigned long z, unsigned long u)
{
	return err(syscall(SYS_keyctl, cmd, x, y, z, u));
}

static long request_key(const char *desc, const char *callout)
{
	return err(syscall(SYS_request_key, "user", desc, callout, 0));
}

static long ring(int id, int create)
{
	return keyctl(KEYCTL_GET_KEYRING_ID, id, create, 0, 0);
}

static long join(const char *name)
{
	return keyctl(KEYCTL_JOIN_SESSION_KEYRING, (unsigned long)name, 0, 0, 0);
}

static bool listed(const char *path, const char *word)
{
	static char buf[65536];

	return read_file(path, buf, sizeof(buf)) && strstr(buf, word);
}

/* Keys of uid 0 that count in the quota, as the reader's /proc/key-users has it; -1: not one line. */
static int quota_keys(void)
{
	char buf[4096], *p;
	int n = 0, keys = -1, uid;

	if (!read_file("/proc/key-users", buf, sizeof(buf)))
		return -1;
	for (p = strtok(buf, "\n"); p; p = strtok(NULL, "\n"))
		if (sscanf(p, "%d: %*d %*d/%*d %d/", &uid, &keys) == 2 && uid == 0)
			n++;
	return n == 1 ? keys : -1;
}

/* Every way to name a key by number, aimed at one of somebody else. */
static void by_serial(int key, int keyring, const char *whose)
{
	char buf[64], what[96];
	int own = ring(KEY_SPEC_USER_KEYRING, 1);
	const struct {
		const char *name;
		long ret;
	} calls[] = {
		{ "describe", keyctl(KEYCTL_DESCRIBE, key, (long)buf, sizeof(buf), 0) },
		{ "read", keyctl(KEYCTL_READ, key, (long)buf, sizeof(buf), 0) },
		{ "update", keyctl(KEYCTL_UPDATE, key, (long)"x", 1, 0) },
		{ "revoke", keyctl(KEYCTL_REVOKE, key, 0, 0, 0) },
		{ "invalidate", keyctl(KEYCTL_INVALIDATE, key, 0, 0, 0) },
		{ "chown", keyctl(KEYCTL_CHOWN, key, 0, 0, 0) },
		{ "setperm", keyctl(KEYCTL_SETPERM, key, PERM_ALL, 0, 0) },
		{ "set_timeout", keyctl(KEYCTL_SET_TIMEOUT, key, 1, 0, 0) },
		{ "link into an own keyring", keyctl(KEYCTL_LINK, key, own, 0, 0) },
		{ "unlink", keyctl(KEYCTL_UNLINK, key, keyring, 0, 0) },
		{ "move", keyctl(KEYCTL_MOVE, key, keyring, own, 0) },
		{ "get_security", keyctl(KEYCTL_GET_SECURITY, key, (long)buf, sizeof(buf), 0) },
		{ "assume_authority", keyctl(KEYCTL_ASSUME_AUTHORITY, key, 0, 0, 0) },
		{ "clear its keyring", keyctl(KEYCTL_CLEAR, keyring, 0, 0, 0) },
		{ "search its keyring", keyctl(KEYCTL_SEARCH, keyring, (long)"user", (long)"vs-host", 0) },
		{ "link an own key into its keyring", keyctl(KEYCTL_LINK, own, keyring, 0, 0) },
		{ "restrict its keyring", keyctl(KEYCTL_RESTRICT_KEYRING, keyring, 0, 0, 0) },
		{ "add to its keyring", add_key("vs-intruder", keyring) },
	};
	unsigned int i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		snprintf(what, sizeof(what), "%s's key: %s", whose, calls[i].name);
		check_is(calls[i].ret, -ENOKEY, what);
	}
}

static void watch(int key, long want, const char *what)
{
	int fd[2];

	check_is(err(pipe2(fd, O_EXCL /* O_NOTIFICATION_PIPE */)), 0, "a notification pipe");
	/* Linux has no such call for 32-bit programs on 64-bit kernels. */
	check_is(err(ioctl(fd[0], IOC_WATCH_QUEUE_SET_SIZE, 16)), kernel_is_native() ? 0 : -ENOTTY,
		 "and its size");
	check_is(keyctl(KEYCTL_WATCH_KEY, key, fd[0], 1, 0), want, what);
	close(fd[0]);
	close(fd[1]);
}

/* A task that came from the host, where it possessed keyrings of all kinds. */
static void in_a(void *arg)
{
	int before, key;
	long session;

	check_is(ring(KEY_SPEC_THREAD_KEYRING, 0), -ENOKEY, "the thread keyring stayed outside");
	check_is(ring(KEY_SPEC_PROCESS_KEYRING, 0), -ENOKEY, "the process keyring stayed outside");
	session = ring(KEY_SPEC_SESSION_KEYRING, 0);
	check(session > 0 && session != shared->host_session, "another session keyring (%ld)", session);
	check_is(session, ring(KEY_SPEC_USER_SESSION_KEYRING, 0), "it is the user's");
	check_is(request_key("vs-session", NULL), -ENOKEY, "a key of the host's session is not found");
	check_is(request_key("vs-host", NULL), -ENOKEY, "a key of the host's uid 0 is not found");

	shared->a_user = ring(KEY_SPEC_USER_KEYRING, 0);
	check(shared->a_user > 0 && shared->a_user != shared->host_user,
	      "another user keyring for uid 0 (%d)", shared->a_user);
	before = quota_keys();
	key = add_key("vs-guest", KEY_SPEC_USER_KEYRING);
	shared->a_key = key;
	check(key > 0, "a key in it");
	check_is(quota_keys(), before + 1, "/proc/key-users has one line for uid 0, which counts it");
	check_is(keyctl(KEYCTL_SETPERM, key, PERM_ALL, 0, 0), 0, "open it to everybody");
	check_is(request_key("vs-guest", NULL), key, "it is found");
	check(listed("/proc/keys", "vs-guest"), "and listed");
	check(!listed("/proc/keys", "vs-host"), "the host's is not listed");
	check(!listed("/proc/keys", "vs-session"), "nor that of the host's session");

	key = keyctl(KEYCTL_GET_PERSISTENT, -1, KEY_SPEC_USER_KEYRING, 0, 0);
	check(key > 0 && key != shared->host_persistent, "another persistent keyring for uid 0 (%d)", key);

	by_serial(shared->host_key, shared->host_user, "the host");
	by_serial(shared->host_closed, shared->host_user, "the host, closed");
	watch(shared->host_key, -ENOKEY, "watch the host's key");
	watch(shared->a_key, 0, "watch an own key");

	check_is(request_key("vs-callout", "info"), -ENOKEY, "no helper of the host is asked");
	check(!listed("/proc/keys", "vs-callout"), "and no key is made for it");

	shared->a_session = join("vs-named");
	check(shared->a_session > 0 && shared->a_session != shared->host_session,
	      "a session keyring under a name that the host uses is another (%d)", shared->a_session);
	check_is(keyctl(KEYCTL_SETPERM, KEY_SPEC_SESSION_KEYRING, PERM_ALL, 0, 0), 0, "open it to everybody");
	check_is(keyctl(KEYCTL_LINK, shared->a_session, shared->a_user, 0, 0), 0, "keep it");
	check_is(keyctl(KEYCTL_SESSION_TO_PARENT, 0, 0, 0, 0), -EPERM,
		 "no session keyring for the parent, which is the host's");
}

/* Inside one guest the parent may have it. */
static void to_own_parent(void *arg)
{
	long mine;
	pid_t pid = fork();

	if (!pid) {
		check(join(NULL) > 0, "a session keyring of a child");
		_exit(keyctl(KEYCTL_SESSION_TO_PARENT, 0, 0, 0, 0) ? 1 : 0);
	}
	mine = ring(KEY_SPEC_SESSION_KEYRING, 0);
	waitpid(pid, &(int){ 0 }, 0);
	check(ring(KEY_SPEC_SESSION_KEYRING, 0) != mine, "a parent in the same guest takes it over");
	check_is(request_key("vs-host", NULL), -ENOKEY, "and is still in the guest");
}

static void again_in_a(void *arg)
{
	check_is(ring(KEY_SPEC_USER_KEYRING, 0), shared->a_user, "a second task finds the same user keyring");
	check_is(request_key("vs-guest", NULL), shared->a_key, "and the key");
	check_is(join("vs-named"), shared->a_session, "and joins the session by name");
}

static void in_b(void *arg)
{
	int user = ring(KEY_SPEC_USER_KEYRING, 1);

	check(user > 0 && user != shared->host_user && user != shared->a_user,
	      "B has a user keyring of its own (%d)", user);
	by_serial(shared->a_key, shared->a_user, "A");
	by_serial(shared->host_key, shared->host_user, "the host");
	check(!listed("/proc/keys", "vs-guest"), "A's key is not listed");
	check_is(request_key("vs-guest", NULL), -ENOKEY, "nor found");
}

static void ordinary_in_a(void *arg)
{
	if (setresuid(USER, USER, USER))
		_exit(1);
	shared->a_user_key = add_key("vs-ordinary", KEY_SPEC_USER_KEYRING);
	check(shared->a_user_key > 0, "a key of an ordinary user in A");
	check_is(keyctl(KEYCTL_SETPERM, shared->a_user_key, PERM_ALL, 0, 0), 0, "open to everybody");
}

static void ordinary_on_host(void *arg)
{
	char buf[64];

	if (setresuid(USER, USER, USER))
		_exit(1);
	check_is(keyctl(KEYCTL_READ, shared->a_user_key, (long)buf, sizeof(buf), 0), -ENOKEY,
		 "the host's user of that number cannot read it");
	check_is(keyctl(KEYCTL_DESCRIBE, shared->a_user_key, (long)buf, sizeof(buf), 0), -EACCES,
		 "nor describe it");
	check(!listed("/proc/keys", "vs-ordinary"), "nor see it listed");
}

/* The administrator looks, and does not use what a guest has named. */
static void host_looks(void)
{
	char buf[64] = "";

	check_is(keyctl(KEYCTL_READ, shared->a_key, (long)buf, sizeof(buf), 0), 6, "the host's root reads A's key");
	check(!memcmp(buf, "secret", 6), "its contents");
	check(keyctl(KEYCTL_DESCRIBE, shared->a_key, (long)buf, sizeof(buf), 0) > 0, "and describes it");
	check(listed("/proc/keys", "vs-guest"), "and sees it listed");
	check_is(keyctl(KEYCTL_LINK, shared->a_key, KEY_SPEC_USER_KEYRING, 0, 0), -EACCES, "but cannot link it");
	check_is(keyctl(KEYCTL_UPDATE, shared->a_key, (long)"x", 1, 0), -EACCES, "nor update it");
	check_is(keyctl(KEYCTL_REVOKE, shared->a_key, 0, 0, 0), -EACCES, "nor revoke it");
	check_is(keyctl(KEYCTL_SEARCH, shared->a_user, (long)"user", (long)"vs-guest", 0), -EACCES,
		 "nor search A's keyring");
	check_is(request_key("vs-guest", NULL), -ENOKEY, "nor find it by name");
}

static void join_on_host(void *arg)
{
	check(join(NULL) > 0, "leave the session");
	check_is(join("vs-named"), shared->host_session, "its name gives the host's keyring, not A's");
}

static void quota(void *arg)
{
	int *max = arg, n = 0;
	char desc[32];
	long ret = 0;

	if (setresuid(USER, USER, USER))
		_exit(1);
	while (n < 500 && ret >= 0) {
		snprintf(desc, sizeof(desc), "vs-quota-%d", n++);
		ret = add_key(desc, KEY_SPEC_USER_KEYRING);
	}
	if (*max) {
		check_is(ret, -EDQUOT, "an ordinary user of A fills the quota");
		*max = n;
	} else {
		check(ret == -EDQUOT && n > 50, "the same user elsewhere has a quota of its own (%d keys)", n);
		keyctl(KEYCTL_CLEAR, KEY_SPEC_USER_KEYRING, 0, 0, 0);
	}
}

/* The keys of a guest that ended go away by themselves. */
static bool gone(int key)
{
	char buf[64];

	return keyctl(KEYCTL_DESCRIBE, key, (long)buf, sizeof(buf), 0) == -ENOKEY;
}

/* Guests find these files only where the host says so. */
static void show(const char *path, uint32_t flags)
{
	struct vcmd_ctx_iattr_v1 attr = { .name = path, .flags = flags, .mask = VS_IATTR_HIDE };

	check_is(vs(VCMD_set_iattr, 0, &attr), 0, path);
}

int main(int argc, char **argv)
{
	int fills = 1, other = 0;

	test_sleeper(argc, argv);
	test_begin();
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(guest_start(&a) && guest_start(&b), "two guests run");
	show("/proc/keys", 0);
	show("/proc/key-users", 0);

	shared->host_session = join("vs-named");
	check(shared->host_session > 0, "a session keyring of the host");
	check_is(keyctl(KEYCTL_SETPERM, KEY_SPEC_SESSION_KEYRING, PERM_ALL, 0, 0), 0, "open to everybody");
	check(add_key("vs-session", KEY_SPEC_SESSION_KEYRING) > 0, "a key in it");
	check(add_key("vs-thread", KEY_SPEC_THREAD_KEYRING) > 0, "a thread keyring");
	check(add_key("vs-process", KEY_SPEC_PROCESS_KEYRING) > 0, "a process keyring");
	shared->host_user = ring(KEY_SPEC_USER_KEYRING, 1);
	shared->host_key = add_key("vs-host", KEY_SPEC_USER_KEYRING);
	check(shared->host_key > 0, "a key in the user keyring");
	shared->host_closed = add_key("vs-host-closed", KEY_SPEC_USER_KEYRING);
	check_is(keyctl(KEYCTL_LINK, KEY_SPEC_USER_KEYRING, KEY_SPEC_SESSION_KEYRING, 0, 0), 0, "possess them");
	check_is(keyctl(KEYCTL_SETPERM, shared->host_key, PERM_ALL, 0, 0), 0, "open one to everybody");
	shared->host_persistent = keyctl(KEYCTL_GET_PERSISTENT, -1, KEY_SPEC_USER_KEYRING, 0, 0);
	check(shared->host_persistent > 0, "a persistent keyring");
	check_is(request_key("vs-hosts-callout", "info"), -ENOENT, "the host asks a helper, which is missing");
	check(listed("/proc/keys", "vs-hosts-callout"), "and keeps that in a key");

	in_guest(&a, in_a, NULL);
	in_guest(&a, again_in_a, NULL);
	in_guest(&a, to_own_parent, NULL);
	in_guest(&b, in_b, NULL);
	in_guest(&a, ordinary_in_a, NULL);
	in_child(ordinary_on_host, NULL);
	host_looks();
	in_child(join_on_host, NULL);
	check_is(quota_keys() >= 0, 1, "the host's /proc/key-users has one line for uid 0");
	in_guest(&a, quota, &fills);
	in_guest(&b, quota, &other);
	in_child(quota, &other);

	check(!gone(shared->a_key), "A's key lives as long as A");
	guest_stop(&a);
	check(wait_until(gone(shared->a_key)), "and goes with it");
	check(wait_until(gone(shared->a_user)), "the user keyring, too");
	check(!gone(shared->host_key), "the host's stays");
	guest_stop(&b);
	keyctl(KEYCTL_UNLINK, shared->host_key, KEY_SPEC_USER_KEYRING, 0, 0);
	keyctl(KEYCTL_UNLINK, shared->host_closed, KEY_SPEC_USER_KEYRING, 0, 0);
	keyctl(KEYCTL_UNLINK, shared->host_persistent, KEY_SPEC_USER_KEYRING, 0, 0);
	show("/proc/keys", VS_IATTR_HIDE);
	show("/proc/key-users", VS_IATTR_HIDE);
	return test_end();
}
