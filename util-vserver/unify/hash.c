// SPDX-License-Identifier: GPL-2.0
#include <endian.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hash.h"
#include "prog.h"
#include "report.h"

#define BLOCK	262144
#define REST	(2 * HASH_SIZE - 4)

static const char hex[] = "0123456789abcdef";

/* All numbers little-endian, so that a pool can move to another machine. */
static void add_u64(EVP_MD_CTX *ctx, uint64_t value)
{
	value = htole64(value);
	EVP_DigestUpdate(ctx, &value, sizeof(value));
}

enum skip hash_file(int fd, const struct meta *m, bool mtime, bool held, unsigned char digest[HASH_SIZE])
{
	static const char domain[] = "vserver pool 1";
	EVP_MD_CTX *ctx = must_alloc(EVP_MD_CTX_new());
	unsigned char *buf = must_alloc(malloc(BLOCK));
	const struct statx *st = &m->st;
	enum skip ret = SKIP_NONE;
	off_t at = 0;
	ssize_t n;

	if (EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1)
		fail("cannot compute SHA-256");
	EVP_DigestUpdate(ctx, domain, sizeof(domain));
	add_u64(ctx, st->stx_mode);
	add_u64(ctx, st->stx_uid);
	add_u64(ctx, st->stx_gid);
	add_u64(ctx, st->stx_size);
	add_u64(ctx, mtime ? st->stx_mtime.tv_sec : 0);
	add_u64(ctx, mtime ? st->stx_mtime.tv_nsec : 0);
	add_u64(ctx, m->xattrs_len);
	EVP_DigestUpdate(ctx, m->xattrs, m->xattrs_len);
	while ((n = pread(fd, buf, BLOCK, at)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			ret = SKIP_ERROR;
			break;
		}
		EVP_DigestUpdate(ctx, buf, n);
		at += n;
		report_bytes_read(n);
		if (held && !file_held(fd)) {
			ret = SKIP_BUSY;
			break;
		}
	}
	if (!ret && (uint64_t)at != st->stx_size)
		ret = SKIP_CHANGED;
	if (EVP_DigestFinal_ex(ctx, digest, NULL) != 1)
		fail("cannot compute SHA-256");
	EVP_MD_CTX_free(ctx);
	free(buf);
	return ret;
}

void hash_name(const unsigned char digest[HASH_SIZE], unsigned int counter, char name[HASH_NAME])
{
	char *to = name;
	int i;

	for (i = 0; i < HASH_SIZE; i++) {
		*to++ = hex[digest[i] >> 4];
		*to++ = hex[digest[i] & 15];
		if (i < 2)
			*to++ = '/';
	}
	snprintf(to, 10, "-%08x", counter);
}

bool hash_is_name(const char *path)
{
	return strspn(path, hex) == 2 && path[2] == '/' && strspn(path + 3, hex) == 2 && path[5] == '/' &&
	       strspn(path + 6, hex) == REST && path[6 + REST] == '-' &&
	       strspn(path + 7 + REST, hex) == 8 && !path[15 + REST];
}
