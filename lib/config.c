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

/* The whole file, terminated; null and errno. */
static char *read_file(const char *path)
{
	size_t used = 0, size;
	struct stat st;
	char *text;
	ssize_t n;
	int fd;

	/* O_NONBLOCK: a fifo in the place of a setting must not stop us. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) < 0)
		goto fail;
	errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	if (!S_ISREG(st.st_mode))
		goto fail;
	errno = EFBIG;
	if (st.st_size > CFG_MAX)
		goto fail;
	size = st.st_size + 1;
	text = malloc(size);
	if (!text)
		goto fail;
	while (used < size - 1) {
		n = read(fd, text + used, size - 1 - used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			free(text);
			goto fail;
		}
		if (!n)
			break;
		used += n;
	}
	close(fd);
	text[used] = '\0';
	if (strlen(text) != used) {
		free(text);
		errno = EILSEQ;
		return NULL;
	}
	return text;
fail:
	n = errno;
	close(fd);
	errno = n;
	return NULL;
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

int cfg_walk(const char *dir, const char *file, cfg_line_fn line, void *arg, struct vc_error *err)
{
	char *path = str_format("%s/%s", dir, file);
	char *text, *next, *cur;
	unsigned int nr = 0;
	int rc = 0;

	if (!path)
		return vc_error_set(err, ENOMEM, "out of memory");
	text = read_file(path);
	if (!text) {
		if (errno == ENOENT || errno == ENOTDIR)
			rc = 1;
		else
			vc_error_set(err, errno, "cannot read %s: %s", path,
				     errno == EILSEQ ? "it contains a zero byte" :
				     errno == EINVAL ? "it is not a regular file" :
				     strerrordesc_np(errno));
		free(path);
		return rc ? rc : -1;
	}
	for (cur = text; cur && !rc; cur = next) {
		next = strchr(cur, '\n');
		if (next)
			*next++ = '\0';
		nr++;
		cur = trim(cur);
		if (*cur && *cur != '#')
			rc = line(arg, path, nr, unescape(cur), err);
	}
	free(text);
	free(path);
	return rc;
}

static int take_first(void *arg, const char *path, unsigned int nr, char *line,
		      struct vc_error *err)
{
	char **value = arg;

	(void)path;
	(void)nr;
	*value = strdup(line);
	return *value ? 2 : vc_error_set(err, ENOMEM, "out of memory");
}

int vc_cfg_scalar(const char *dir, const char *file, char **value, struct vc_error *err)
{
	int rc;

	*value = NULL;
	rc = cfg_walk(dir, file, take_first, value, err);
	return rc < 0 ? -1 : rc == 2;
}

struct line_list {
	char	**lines;
	int	count;
};

static int take_line(void *arg, const char *path, unsigned int nr, char *line,
		     struct vc_error *err)
{
	struct line_list *list = arg;
	char **more;

	(void)path;
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
	struct line_list list = { calloc(1, sizeof(char *)), 0 };

	if (!list.lines)
		return vc_error_set(err, ENOMEM, "out of memory");
	if (cfg_walk(dir, file, take_line, &list, err) < 0) {
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

static int take_number(void *arg, const char *path, unsigned int nr, char *line,
		       struct vc_error *err)
{
	struct number_arg *number = arg;

	if (!str_number(line, UINT64_MAX, &number->value))
		return vc_error_set(err, EINVAL, "%s:%u: '%.80s' is not a number", path, nr, line);
	if (number->value < number->min || number->value > number->max)
		return vc_error_set(err, ERANGE, "%s:%u: %.80s is not within %llu to %llu", path, nr,
				    line, (unsigned long long)number->min,
				    (unsigned long long)number->max);
	return 2;
}

int vc_cfg_number(const char *dir, const char *file, uint64_t min, uint64_t max,
		  uint64_t *value, struct vc_error *err)
{
	struct number_arg arg = { min, max, 0 };
	int rc = cfg_walk(dir, file, take_number, &arg, err);

	if (rc == 2)
		*value = arg.value;
	return rc < 0 ? -1 : rc == 2;
}

struct words_arg {
	vc_word_kind kind;
	uint64_t *value, *mask;
};

static int take_words(void *arg, const char *path, unsigned int nr, char *line,
		      struct vc_error *err)
{
	struct words_arg *words = arg;
	struct vc_error why;

	if (!vc_parse_words(words->kind, line, words->value, words->mask, &why))
		return 0;
	return vc_error_set(err, why.code, "%s:%u: %s", path, nr, why.text);
}

int vc_cfg_words(const char *dir, const char *file, vc_word_kind kind, uint64_t *value,
		 uint64_t *mask, struct vc_error *err)
{
	uint64_t v = *value, m = *mask;
	struct words_arg arg = { kind, &v, &m };

	if (cfg_walk(dir, file, take_words, &arg, err) < 0)
		return -1;
	*value = v;
	*mask = m;
	return 0;
}
