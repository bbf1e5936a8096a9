/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an attempt is. It runs as root of a default guest, in a child of its own,
 * and returns what the kernel said: a value, or a negative errno.
 */
#ifndef VS_ATTACK_H
#define VS_ATTACK_H

#include <netinet/in.h>
#include "harness.h"

#define ERR(call) ({ long _r = (long)(call); _r == -1 ? -(long)errno : _r; })

/* What the host tells the attacker, who could guess it as well. */
struct prey {
	int		host_pid, guest_pid;	/* of the canaries */
	int		guest_xid;
	int		port;			/* the host listens there, TCP and UDP, IPv4 and IPv6 */
	char		abstract[32];		/* and there */
	char		host_addr[32], guest_addr[32], own_addr[32];
	int		shm_id, shm_key;	/* in the other guest */
	int		handle_type;		/* of a file of the host */
	unsigned int	handle_size;
	unsigned char	handle[128];
};

/* What is known about the first process of the attack, which came from the host. */
struct entry {
	int	open_files;	/* beside 0, 1, 2 */
	long	traceme;
};

static struct prey prey;
static struct entry entry;

struct attempt {
	const char	*id;
	const char	*what;
	long		(*run)(void);
	const char	*want;	/* names of errors or numbers, separated by | */
};

/* The first result of several that is not @want, or @want. */
static inline long all_are(long want, const long *results, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (results[i] != want)
			return results[i];
	return want;
}

#define ALL_ARE(want, ...) ({ \
	long _results[] = { __VA_ARGS__ }; \
	all_are(want, _results, sizeof(_results) / sizeof(_results[0])); })

/* Open, and close again. */
static inline long try_open(const char *path, int flags)
{
	int fd = open(path, flags);

	return fd < 0 ? -errno : close(fd);
}

static inline void to_file(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0700);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		_exit(98);
	close(fd);
}

#endif /* VS_ATTACK_H */
