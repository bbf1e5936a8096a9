// SPDX-License-Identifier: GPL-2.0
/* Names to words and back, for every table of names.c. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "text.h"

static bool same(const char *name, const char *str, size_t len)
{
	return same_word(name, str, len) && !name[len];
}

const struct word *word_find(const struct word_table *table, const char *str, size_t len)
{
	size_t skip = strlen(table->prefix);
	const struct word *w;

	for (w = table->words; w->name; w++)
		if (same(w->name, str, len))
			return w;
	if (!skip || len <= skip || !same_word(str, table->prefix, skip))
		return NULL;
	for (w = table->words; w->name; w++)
		if (same(w->name, str + skip, len - skip))
			return w;
	return NULL;
}

const char *word_lowest(const struct word_table *table, uint64_t *v)
{
	const struct word *w, *best = NULL;
	uint64_t low;

	for (w = table->words; w->name; w++)
		if (*v && w->value == *v) {
			*v = 0;
			return w->name;
		}
	for (w = table->words; w->name; w++) {
		low = w->value & -w->value;
		/* Pseudo names for several bits only serve for the whole, above. */
		if (low != w->value || !(*v & low))
			continue;
		if (!best || low < best->value)
			best = w;
	}
	if (!best)
		return NULL;
	*v &= ~best->value;
	return best->name;
}

static bool parse_number(const char *str, size_t len, uint64_t *value)
{
	char buf[32], *end;

	if (!len || len >= sizeof(buf) || str[0] < '0' || str[0] > '9')
		return false;
	memcpy(buf, str, len);
	buf[len] = '\0';
	errno = 0;
	*value = strtoull(buf, &end, 0);
	return !*end && !errno;
}

static bool parse_element(const struct word_table *table, const char *str, size_t len,
			  uint64_t *bits)
{
	const struct word *w;
	uint64_t nr;

	if (same("all", str, len) || same("any", str, len)) {
		*bits = UINT64_MAX;
		return true;
	}
	if (same("none", str, len)) {
		*bits = 0;
		return true;
	}
	w = word_find(table, str, len);
	if (w) {
		*bits = w->value;
		return true;
	}
	if (len > 1 && *str == '^') {
		if (!parse_number(str + 1, len - 1, &nr) || nr > 63)
			return false;
		*bits = 1ULL << nr;
		return true;
	}
	return parse_number(str, len, bits);
}

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void trim(const char **str, size_t *len)
{
	while (*len && blank(**str)) {
		(*str)++;
		(*len)--;
	}
	while (*len && blank((*str)[*len - 1]))
		(*len)--;
}

int word_list(const struct word_table *table, const char *str, size_t len, uint64_t *value,
	      uint64_t *mask, const char **bad, size_t *badlen)
{
	uint64_t v = *value, m = *mask, bits;
	const char *item, *name, *comma;
	size_t itemlen, namelen;
	bool clear;

	trim(&str, &len);
	while (len) {
		comma = memchr(str, ',', len);
		item = str;
		itemlen = comma ? (size_t)(comma - str) : len;
		str += itemlen + !!comma;
		len -= itemlen + !!comma;
		trim(&item, &itemlen);

		name = item;
		namelen = itemlen;
		for (clear = false; namelen && (*name == '!' || *name == '~'); name++, namelen--)
			clear = !clear;
		if (!namelen || !parse_element(table, name, namelen, &bits)) {
			*bad = item;
			*badlen = itemlen;
			errno = EINVAL;
			return -1;
		}
		v = clear ? v & ~bits : v | bits;
		m |= bits;
	}
	*value = v;
	*mask = m;
	return 0;
}

/* The names that an error message offers: the first of each value. */
static void known_names(const struct word_table *table, char *buf, size_t size)
{
	const struct word *w;
	size_t used = 0;
	int n;

	buf[0] = '\0';
	for (w = table->words; w->name && used < size; w++) {
		if (w != table->words && w[-1].value == w->value)
			continue;
		n = snprintf(buf + used, size - used, "%s%s", used ? ", " : "", w->name);
		used += n;
	}
}

int vc_parse_words(vc_word_kind kind, const char *text, uint64_t *value, uint64_t *mask,
		   struct vc_error *err)
{
	const struct word_table *table = word_table(kind);
	char names[VC_ERROR_TEXT];
	const char *bad;
	size_t badlen;

	if (!table)
		return vc_error_set(err, EINVAL, "unknown kind of words %d", kind);
	if (!word_list(table, text, strlen(text), value, mask, &bad, &badlen))
		return 0;
	if (!badlen)
		return vc_error_set(err, EINVAL, "empty element in the list of %ss '%s'",
				    table->title, text);
	known_names(table, names, sizeof(names));
	return vc_error_set(err, EINVAL, "unknown %s '%.*s'; known are %s", table->title,
			    badlen > 60 ? 60 : (int)badlen, bad, names);
}

char *vc_print_words(vc_word_kind kind, uint64_t value)
{
	const struct word_table *table = word_table(kind);
	char *text = NULL;
	const char *name;
	size_t size;
	FILE *f;
	int bit;

	if (!table) {
		errno = EINVAL;
		return NULL;
	}
	f = open_memstream(&text, &size);
	if (!f)
		return NULL;
	if (value == UINT64_MAX) {
		fputs("all", f);
		value = 0;
	}
	while ((name = word_lowest(table, &value)))
		fprintf(f, "%s%s", ftell(f) ? "," : "", name);
	for (bit = 0; bit < 64; bit++)
		if (value & 1ULL << bit)
			fprintf(f, "%s^%d", ftell(f) ? "," : "", bit);
	if (fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}

const char *vc_word_name(vc_word_kind kind, size_t index, uint64_t *value)
{
	const struct word_table *table = word_table(kind);
	const struct word *w;

	if (!table)
		return NULL;
	for (w = table->words; w->name; w++)
		if (!index--) {
			*value = w->value;
			return w->name;
		}
	return NULL;
}

const char *vc_word_title(vc_word_kind kind)
{
	const struct word_table *table = word_table(kind);

	return table ? table->title : NULL;
}
