// SPDX-License-Identifier: GPL-2.0
/* Files: read, write, copy; and the configuration that scripts/vm leaves. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rig.h"

/* The kernel log is the one place that is there from the first moment. */
void rig_say(const char *fmt, ...)
{
	char line[512];
	va_list ap;
	int n, fd;

	n = snprintf(line, sizeof(line), "<4>vs-rig: ");
	va_start(ap, fmt);
	n += vsnprintf(line + n, sizeof(line) - n - 1, fmt, ap);
	va_end(ap);
	if (n > (int)sizeof(line) - 2)
		n = sizeof(line) - 2;
	line[n++] = '\n';
	fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (write(fd, line, n) < 0)
		n = 0;
	close(fd);
}

char *rig_read_file(const char *path, size_t *len)
{
	size_t size = 0, room = 4096;
	char *buf = malloc(room + 1), *bigger;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0 || !buf)
		goto fail;
	while ((n = read(fd, buf + size, room - size)) > 0) {
		size += n;
		if (size == room) {
			room *= 2;
			bigger = realloc(buf, room + 1);
			if (!bigger)
				goto fail;
			buf = bigger;
		}
	}
	if (n < 0)
		goto fail;
	close(fd);
	buf[size] = '\0';
	if (len)
		*len = size;
	return buf;
fail:
	free(buf);
	if (fd >= 0)
		close(fd);
	return NULL;
}

int rig_write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	ssize_t n, len = strlen(text);
	int err;

	if (fd < 0)
		return -1;
	n = write(fd, text, len);
	err = n < 0 ? errno : EIO;
	if (close(fd) < 0 && n == len) {
		err = errno;
		n = -1;
	}
	errno = err;
	return n == len ? 0 : -1;
}

int rig_copy_file(const char *from, const char *to)
{
	static char buf[1 << 18];
	int in = open(from, O_RDONLY | O_CLOEXEC), out = -1;
	struct stat st;
	ssize_t n, done, w;

	if (in < 0 || fstat(in, &st) < 0)
		goto fail;
	unlink(to);
	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out < 0)
		goto fail;
	while ((n = read(in, buf, sizeof(buf))) > 0)
		for (done = 0; done < n; done += w) {
			w = write(out, buf + done, n - done);
			if (w < 0)
				goto fail;
		}
	if (n < 0 || fchmod(out, st.st_mode & 07777) < 0)
		goto fail;
	close(in);
	return close(out);
fail:
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return -1;
}

static int copy_entry(const char *from, const char *to)
{
	char target[4096];
	struct stat st;
	ssize_t n;

	if (lstat(from, &st) < 0)
		return -1;
	switch (st.st_mode & S_IFMT) {
	case S_IFDIR:
		/* A directory that is there keeps its mode; /lib may be a link to one. */
		if (mkdir(to, st.st_mode & 07777) < 0 && errno != EEXIST)
			return -1;
		return rig_copy_tree(from, to);
	case S_IFLNK:
		n = readlink(from, target, sizeof(target) - 1);
		if (n < 0)
			return -1;
		target[n] = '\0';
		unlink(to);
		return symlink(target, to);
	case S_IFREG:
		return rig_copy_file(from, to);
	}
	return 0;
}

int rig_copy_tree(const char *from, const char *to)
{
	DIR *dir = opendir(from);
	struct dirent *d;
	char *a, *b;
	int ret = 0;

	if (!dir)
		return -1;
	while (!ret && (d = readdir(dir))) {
		if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, ".."))
			continue;
		if (asprintf(&a, "%s/%s", from, d->d_name) < 0)
			break;
		if (asprintf(&b, "%s/%s", to, d->d_name) < 0) {
			free(a);
			break;
		}
		ret = copy_entry(a, b);
		if (ret)
			rig_say("cannot copy %s to %s: %s", a, b, strerror(errno));
		free(a);
		free(b);
	}
	closedir(dir);
	return ret;
}

static char **split_command(char *text, size_t len)
{
	size_t i, n = 0;
	char **argv;

	for (i = 0; i < len; i++)
		n += !text[i];
	argv = calloc(n + 1, sizeof(*argv));
	if (!argv)
		return NULL;
	for (i = 0; i < n; i++) {
		argv[i] = text;
		text += strlen(text) + 1;
	}
	return argv;
}

int rig_load_config(const char *dir, struct rig_config *cfg)
{
	char path[256], *text, *line, *save, *value;
	size_t len;

	memset(cfg, 0, sizeof(*cfg));
	cfg->init = "rig";
	cfg->term = "dumb";
	cfg->hostname = "vserver-host";
	snprintf(path, sizeof(path), "%s/config", dir);
	text = rig_read_file(path, NULL);
	if (!text)
		return -1;
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		value = strchr(line, '=');
		if (!value)
			continue;
		*value++ = '\0';
		if (!strcmp(line, "tty"))
			cfg->tty = *value == '1';
		else if (!strcmp(line, "persist"))
			cfg->persist = *value == '1';
		else if (!strcmp(line, "init"))
			cfg->init = value;
		else if (!strcmp(line, "term"))
			cfg->term = value;
		else if (!strcmp(line, "hostname"))
			cfg->hostname = value;
	}
	snprintf(path, sizeof(path), "%s/command", dir);
	text = rig_read_file(path, &len);
	if (!text)
		return -1;
	cfg->argv = split_command(text, len);
	if (!cfg->argv || !cfg->argv[0]) {
		errno = EINVAL;
		return -1;
	}
	return 0;
}
