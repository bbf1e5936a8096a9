// SPDX-License-Identifier: GPL-2.0
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "prog.h"

#define DEPTH	8

/* The open objects and arrays, the outermost first; none when text is wanted. */
static struct json_object *stack[DEPTH];
static int depth;

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
	if (depth == DEPTH)
		abort();
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

void out_finish(int status)
{
	if (depth) {
		puts(json_object_to_json_string_ext(stack[0], JSON_C_TO_STRING_PRETTY |
						    JSON_C_TO_STRING_NOSLASHESCAPE));
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
		add(key, json_object_new_string(value));
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
