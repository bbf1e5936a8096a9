// SPDX-License-Identifier: GPL-2.0
/*
 * One reader for every file of the configuration tree: lines are trimmed,
 * empty ones and comments skipped, nothing is expanded, and the last line
 * counts with or without a newline. A setting that begins like a comment has
 * a backslash before it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

/* Most settings are read here; what is longer is malloc'ed. */
#define CFG_SMALL	1024

/* @small is free again when it returns. */
static int open_setting(const struct cfg_file *file, char small[CFG_SMALL])
{
	/* O_NONBLOCK: a fifo in the place of a setting must not stop us. */
	const int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	size_t len = strlen(file->dir), rest = strlen(file->name) + 1;
	char *path = small;
	int fd;

	if (file->dirfd != -1)
		return openat(file->dirfd, file->name, flags);
	if (len + 1 + rest > CFG_SMALL)
		path = malloc(len + 1 + rest);
	if (!path)
		return -1;
	memcpy(path, file->dir, len);
	path[len] = '/';
	memcpy(path + len + 1, file->name, rest);
	fd = open(path, flags);
	if (path != small)
		free(path);
	return fd;
}

/*
 * The size of a regular file; -1 and errno. Where its end is costs a fourth of what fstat() does, and is
 * beyond 0 for regular files, directories and disks only: a directory fails when it is read, a disk is too
 * long or no text.
 */
static off_t size_of(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	struct stat st;

	if (size > 0 && size <= CFG_MAX)
		return size;
	if (fstat(fd, &st) < 0)
		return -1;
	if (S_ISREG(st.st_mode) && st.st_size <= CFG_MAX)
		return st.st_size;
	errno = S_ISDIR(st.st_mode) ? EISDIR : S_ISREG(st.st_mode) ? EFBIG : EINVAL;
	return -1;
}

static char *read_text(int fd, char small[CFG_SMALL])
{
	off_t size = size_of(fd), used = 0;
	char *text = small;
	ssize_t n;

	if (size < 0)
		return NULL;
	if (size >= CFG_SMALL)
		text = malloc(size + 1);
	if (!text)
		return NULL;
	while (used < size) {
		n = pread(fd, text + used, size - used, used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			goto fail;
		if (!n)
			break;
		used += n;
	}
	text[used] = '\0';
	if (strlen(text) == (size_t)used)
		return text;
	errno = EILSEQ;
fail:
	if (text != small)
		free(text);
	return NULL;
}

/* The whole file, terminated, in @small or malloc'ed; null and errno. */
static char *read_file(const struct cfg_file *file, char small[CFG_SMALL])
{
	int fd = open_setting(file, small), saved;
	char *text;

	if (file->there)
		*file->there = fd >= 0 || (errno != ENOENT && errno != ENOTDIR);
	if (fd < 0)
		return NULL;
	text = read_text(fd, small);
	saved = errno;
	close(fd);
	errno = saved;
	return text;
}

static char *trim(char *line)
{
	size_t len;

	line += strspn(line, " \t\r");
	len = strlen(line);
	while (len && strchr(" \t\r", line[len - 1]))
		line[--len] = '\0';
	return line;
}

/* `\#` stands for `#`, and `\\#` for `\#`; other backslashes are what they are. */
static char *unescape(char *line)
{
	return *line == '\\' && line[strspn(line, "\\")] == '#' ? line + 1 : line;
}

int cfg_walk(const struct cfg_file *file, cfg_line_fn line, void *arg, struct vc_error *err)
{
	char small[CFG_SMALL], *text, *next, *cur;
	unsigned int nr = 0;
	int rc = 0;

	text = read_file(file, small);
	if (!text) {
		if (errno == ENOENT || errno == ENOTDIR)
			return 1;
		return vc_error_set(err, errno, "cannot read %s/%s: %s", file->dir, file->name,
				    errno == EILSEQ ? "it contains a zero byte" :
				    errno == EINVAL ? "it is not a regular file" : strerrordesc_np(errno));
	}
	for (cur = text; cur && !rc; cur = next) {
		next = strchr(cur, '\n');
		if (next)
			*next++ = '\0';
		nr++;
		cur = trim(cur);
		if (*cur && *cur != '#')
			rc = line(arg, file, nr, unescape(cur), err);
	}
	if (text != small)
		free(text);
	return rc;
}

static struct cfg_file whole_name(const char *dir, const char *file)
{
	return (struct cfg_file){ .dirfd = -1, .dir = dir, .name = file };
}

static int take_first(void *arg, const struct cfg_file *file, unsigned int nr, char *line,
		      struct vc_error *err)
{
	char **value = arg;

	(void)file;
	(void)nr;
	*value = strdup(line);
	return *value ? 2 : vc_error_set(err, ENOMEM, "out of memory");
}

int cfg_scalar(const struct cfg_file *file, char **value, struct vc_error *err)
{
	int rc;

	*value = NULL;
	rc = cfg_walk(file, take_first, value, err);
	return rc < 0 ? -1 : rc == 2;
}

int vc_cfg_scalar(const char *dir, const char *file, char **value, struct vc_error *err)
{
	const struct cfg_file f = whole_name(dir, file);

	return cfg_scalar(&f, value, err);
}

struct line_list {
	char	**lines;
	int	count;
};

static int take_line(void *arg, const struct cfg_file *file, unsigned int nr, char *line,
		     struct vc_error *err)
{
	struct line_list *list = arg;
	char **more;

	(void)file;
	(void)nr;
	more = reallocarray(list->lines, list->count + 2, sizeof(*more));
	if (more) {
		list->lines = more;
		more[list->count] = strdup(line);
		if (more[list->count]) {
			more[++list->count] = NULL;
			return 0;
		}
	}
	return vc_error_set(err, ENOMEM, "out of memory");
}

int vc_cfg_lines(const char *dir, const char *file, char ***lines, struct vc_error *err)
{
	const struct cfg_file f = whole_name(dir, file);
	struct line_list list = { calloc(1, sizeof(char *)), 0 };

	if (!list.lines)
		return vc_error_set(err, ENOMEM, "out of memory");
	if (cfg_walk(&f, take_line, &list, err) < 0) {
		while (list.count)
			free(list.lines[--list.count]);
		free(list.lines);
		return -1;
	}
	*lines = list.lines;
	return list.count;
}

struct number_arg {
	uint64_t min, max, value;
};

static int take_number(void *arg, const struct cfg_file *file, unsigned int nr, char *line,
		       struct vc_error *err)
{
	struct number_arg *number = arg;

	if (!str_number(line, UINT64_MAX, &number->value))
		return vc_error_set(err, EINVAL, "%s/%s:%u: '%.80s' is not a number", file->dir, file->name, nr,
				    line);
	if (number->value < number->min || number->value > number->max)
		return vc_error_set(err, ERANGE, "%s/%s:%u: %.80s is not within %llu to %llu", file->dir,
				    file->name, nr, line, (unsigned long long)number->min,
				    (unsigned long long)number->max);
	return 2;
}

int cfg_number(const struct cfg_file *file, uint64_t min, uint64_t max, uint64_t *value, struct vc_error *err)
{
	struct number_arg arg = { min, max, 0 };
	int rc = cfg_walk(file, take_number, &arg, err);

	if (rc == 2)
		*value = arg.value;
	return rc < 0 ? -1 : rc == 2;
}

int vc_cfg_number(const char *dir, const char *file, uint64_t min, uint64_t max,
		  uint64_t *value, struct vc_error *err)
{
	const struct cfg_file f = whole_name(dir, file);

	return cfg_number(&f, min, max, value, err);
}

struct words_arg {
	vc_word_kind kind;
	uint64_t *value, *mask;
};

static int take_words(void *arg, const struct cfg_file *file, unsigned int nr, char *line,
		      struct vc_error *err)
{
	struct words_arg *words = arg;
	struct vc_error why;

	if (!vc_parse_words(words->kind, line, words->value, words->mask, &why))
		return 0;
	return vc_error_set(err, why.code, "%s/%s:%u: %s", file->dir, file->name, nr, why.text);
}

int vc_cfg_words(const char *dir, const char *file, vc_word_kind kind, uint64_t *value,
		 uint64_t *mask, struct vc_error *err)
{
	const struct cfg_file f = whole_name(dir, file);
	uint64_t v = *value, m = *mask;
	struct words_arg arg = { kind, &v, &m };

	if (cfg_walk(&f, take_words, &arg, err) < 0)
		return -1;
	*value = v;
	*mask = m;
	return 0;
}
