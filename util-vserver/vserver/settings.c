// SPDX-License-Identifier: GPL-2.0
/* Finding one's way in the table of settings. */
#include <stdlib.h>
#include <string.h>

#include "settings.h"

/* True when @path fits @pattern, whose `*` is (the beginning of) one name. @prefix: also when the pattern goes on. */
static bool fits(const char *pattern, const char *path, bool prefix)
{
	size_t len, tail;

	/* What is the same at the beginning, in whole names: nearly always that is all or nothing. */
	for (len = 0, tail = 0; pattern[len] && pattern[len] != '*' && pattern[len] == path[len]; len++)
		if (path[len] == '/')
			tail = len + 1;
	if (!pattern[len] && !path[len])
		return !prefix;
	if (pattern[len] != '*' && (path[len] || pattern[len] != '/'))
		return false;
	pattern += tail;
	path += tail;
	for (;;) {
		len = strcspn(path, "/");
		if (*pattern == '*') {
			tail = strcspn(pattern + 1, "/");
			if (len <= tail || strncmp(path + len - tail, pattern + 1, tail))
				return false;
			pattern += 1 + tail;
		} else if (!strncmp(pattern, path, len) && (!pattern[len] || pattern[len] == '/')) {
			pattern += len;
		} else {
			return false;
		}
		path += len;
		if (!*path)
			return prefix ? *pattern == '/' : !*pattern;
		if (*pattern != '/')
			return false;
		path++;
		pattern++;
	}
}

/* Names that a `*` at the end stands for, where not every name is good. */
static const struct {
	const char	*pattern;
	const char	*names[24];
} closed[] = {
	{ "scripts/*", { "initialize", "prepre-start", "pre-start", "post-start", "pre-stop",
			 "post-stop", "postpost-stop" } },
	{ "uts/*", { "sysname", "nodename", "release", "version", "machine", "domainname" } },
	{ "apps/vshelper/*", { "restart", "halt", "poweroff", "shutdown", "startup", "swsusp",
			       "restart2", "netup", "netdown" } },
	{ "ulimits/*", { "core", "cpu", "data", "fsize", "locks", "memlock", "nofile", "nproc", "rss",
			 "stack", "as", "sigpending", "msgqueue", "nice", "rtprio", "rttime" } },
};

static bool allowed(const struct setting *s, const char *path)
{
	const char *name = strrchr(path, '/'), *dir;
	size_t i, j, len;

	if (!strchr(s->path, '*'))
		return true;
	if (!strcmp(s->path, "scripts/*/*")) {
		dir = path + strlen("scripts/");
		len = strcspn(dir, "/");
		if (len < 3 || strncmp(dir + len - 2, ".d", 2))
			return false;
		for (j = 0; closed[0].names[j]; j++)
			if (strlen(closed[0].names[j]) == len - 2 &&
			    !strncmp(dir, closed[0].names[j], len - 2))
				return true;
		return false;
	}
	for (i = 0; i < sizeof(closed) / sizeof(*closed); i++) {
		if (strcmp(s->path, closed[i].pattern))
			continue;
		name++;
		len = strlen(name);
		if (!strcmp(s->path, "ulimits/*") && len > 5 &&
		    (!strcmp(name + len - 5, ".soft") || !strcmp(name + len - 5, ".hard")))
			len -= 5;
		for (j = 0; closed[i].names[j]; j++)
			if (strlen(closed[i].names[j]) == len && !strncmp(name, closed[i].names[j], len))
				return true;
		return false;
	}
	return true;
}

const struct setting *setting_find(const char *path, unsigned int where)
{
	const struct setting *s;

	for (s = settings; s->path; s++)
		if ((*s->path == *path || *s->path == '*') && s->where & where && fits(s->path, path, false) &&
		    allowed(s, path))
			return s;
	return NULL;
}

bool setting_is_dir(const char *path, unsigned int where)
{
	const struct setting *s;

	for (s = settings; s->path; s++)
		if (s->where & where && fits(s->path, path, true))
			return true;
	return false;
}

/* How many letters must be changed, added, removed or swapped; at most @max + 1. */
static unsigned int distance(const char *a, const char *b, unsigned int max)
{
	size_t la = strlen(a), lb = strlen(b), i, j;
	unsigned int row[3][64], best;

	if (la >= 63 || lb >= 63 || la > lb + max || lb > la + max)
		return max + 1;
	for (j = 0; j <= lb; j++)
		row[0][j] = j;
	for (i = 1; i <= la; i++) {
		unsigned int *cur = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];

		cur[0] = i;
		for (j = 1; j <= lb; j++) {
			best = last[j - 1] + (a[i - 1] != b[j - 1]);
			if (last[j] + 1 < best)
				best = last[j] + 1;
			if (cur[j - 1] + 1 < best)
				best = cur[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			cur[j] = best;
		}
	}
	return row[la % 3][lb];
}

static unsigned int tolerance(const char *word)
{
	size_t len = strlen(word);

	return len < 4 ? 1 : len < 8 ? 2 : 3;
}

const char *nearest(const char *word, const char *const *words, size_t n)
{
	unsigned int best = tolerance(word) + 1, d;
	const char *found = NULL;
	size_t i;

	for (i = 0; i < n; i++) {
		d = distance(word, words[i], best - 1);
		if (d < best) {
			best = d;
			found = words[i];
		}
	}
	return found;
}

/* @pattern with the names of @path for its stars. */
static char *instance(const char *pattern, const char *path)
{
	struct strlist parts = { 0 };
	char *copy = xstrdup(path), *word, *save, *out = xcalloc(1, 1), *more;
	size_t i = 0, len;

	for (word = strtok_r(copy, "/", &save); word; word = strtok_r(NULL, "/", &save))
		strlist_add(&parts, word);
	free(copy);
	while (*pattern) {
		len = strcspn(pattern, "/");
		more = *pattern == '*' && i < parts.n ? xprintf("%s%s%s", out, *out ? "/" : "", parts.v[i]) :
		       xprintf("%s%s%.*s", out, *out ? "/" : "", (int)len, pattern);
		free(out);
		out = more;
		pattern += len + (pattern[len] == '/');
		i++;
	}
	strlist_free(&parts);
	return out;
}

char *setting_suggest(const char *path, unsigned int where)
{
	unsigned int best = tolerance(path) + 1, d;
	const struct setting *s;
	char *found = NULL, *text;
	size_t i, j;

	for (s = settings; s->path; s++) {
		if (!(s->where & where) || s->none)
			continue;
		text = instance(s->path, path);
		d = distance(path, text, best - 1);
		/* The same place is reached by a star with a closed list: those follow below. */
		if (d < best && d) {
			best = d;
			free(found);
			found = xstrdup(text);
		}
		free(text);
	}
	for (i = 0; i < sizeof(closed) / sizeof(*closed); i++) {
		for (j = 0; closed[i].names[j]; j++) {
			text = xprintf("%.*s%s", (int)strlen(closed[i].pattern) - 1, closed[i].pattern,
				       closed[i].names[j]);
			d = distance(path, text, best - 1);
			if (d < best) {
				best = d;
				free(found);
				found = xstrdup(text);
			}
			free(text);
		}
	}
	return found;
}

const char *setting_kind_name(enum setting_kind kind)
{
	static const char * const names[] = {
		"text", "flag", "list", "environment", "data", "program", "link",
	};

	return names[kind];
}

void settings_dump(FILE *to)
{
	const struct setting *s;

	for (s = settings; s->path; s++)
		fprintf(to, "%s\t%s\t%s%s\t%s\t%s\t%s\n", s->path, setting_kind_name(s->kind),
			s->where & IN_GUEST ? "g" : "", s->where & IN_DEFAULTS ? "d" : "",
			s->value ? s->value : "-", s->help, s->none ? s->none : "-");
}
