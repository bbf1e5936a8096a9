// SPDX-License-Identifier: GPL-2.0
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "prog.h"

/* The open objects and arrays, the outermost first; none when text is wanted. */
static struct json_object **stack;
static size_t depth, room;
static bool one_line;

/* How many bytes the character at @s has; 0 where there is none in UTF-8. */
static size_t utf8_length(const unsigned char *s)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t i, n = *s < 0x80 ? 1 : (*s & 0xe0) == 0xc0 ? 2 : (*s & 0xf0) == 0xe0 ? 3 : (*s & 0xf8) == 0xf0 ? 4 : 0;
	uint32_t code = n > 1 ? *s & (0x7f >> n) : *s;

	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	return !n || code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0 : n;
}

/* JSON is UTF-8, names of files and what guests say need not be: U+FFFD stands for each other byte. */
static struct json_object *string(const char *text)
{
	char *clean = must_alloc(malloc(strlen(text) * 3 + 1)), *p = clean;
	struct json_object *value;
	size_t n;

	for (; *text; text += n ? n : 1) {
		n = utf8_length((const unsigned char *)text);
		p = n ? mempcpy(p, text, n) : mempcpy(p, "\xef\xbf\xbd", 3);
	}
	value = json_object_new_string_len(clean, p - clean);
	free(clean);
	return value;
}

static void add(const char *key, struct json_object *value)
{
	struct json_object *top = stack[depth - 1];

	must_alloc(value);
	if (json_object_is_type(top, json_type_array))
		json_object_array_add(top, value);
	else
		json_object_object_add(top, key, value);
}

static void push(const char *key, struct json_object *value)
{
	if (depth == room) {
		room += 16;
		stack = must_alloc(reallocarray(stack, room, sizeof(*stack)));
	}
	must_alloc(value);
	if (depth)
		add(key, value);
	stack[depth++] = value;
}

void out_start(bool json, bool list)
{
	if (json)
		push(NULL, list ? json_object_new_array() : json_object_new_object());
}

void out_one_line(void)
{
	one_line = true;
}

void out_finish(int status)
{
	if (depth) {
		puts(json_object_to_json_string_ext(stack[0], JSON_C_TO_STRING_NOSLASHESCAPE |
						    (one_line ? JSON_C_TO_STRING_PLAIN : JSON_C_TO_STRING_PRETTY)));
		json_object_put(stack[0]);
		depth = 0;
	}
	if (fflush(stdout) || ferror(stdout))
		fail_with(status, "cannot write to standard output: %s", why());
}

void out_open(const char *key)
{
	if (depth)
		push(key, json_object_new_object());
}

void out_open_list(const char *key)
{
	if (depth)
		push(key, json_object_new_array());
}

void out_close(void)
{
	if (depth)
		depth--;
}

void out_text(const char *fmt, ...)
{
	va_list ap;

	if (depth)
		return;
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
}

/* The formats are the program's own, with the conversion that out.h asks for. */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

void out_str(const char *key, const char *fmt, const char *value)
{
	if (depth)
		add(key, string(value));
	else if (fmt)
		printf(fmt, value);
}

void out_u64(const char *key, const char *fmt, uint64_t value)
{
	if (depth)
		add(key, json_object_new_uint64(value));
	else if (fmt)
		printf(fmt, value);
}

void out_i64(const char *key, const char *fmt, int64_t value)
{
	if (depth)
		add(key, json_object_new_int64(value));
	else if (fmt)
		printf(fmt, value);
}

void out_bool(const char *key, bool value)
{
	if (depth)
		add(key, json_object_new_boolean(value));
}

void out_words(const char *key, const char *title, vc_word_kind kind, uint64_t value)
{
	char *text = must_alloc(vc_print_words(kind, value));
	char *name, *save = NULL;

	if (!depth) {
		printf("%s:\n%s\n", title, text);
	} else {
		out_open_list(key);
		for (name = strtok_r(text, ",", &save); name; name = strtok_r(NULL, ",", &save))
			out_str(NULL, NULL, name);
		out_close();
	}
	free(text);
}
