/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VS_OUT_H
#define VS_OUT_H

/*
 * One print layer for text and JSON. A program says each fact once: a key
 * for JSON and a printf format for text (null: not shown there).
 */

#include <stdbool.h>
#include <stdint.h>
#include <vserver.h>

/* The outermost thing is an object, or with @list an array. */
void out_start(bool json, bool list);

/* From here on each JSON document takes one line: for what is shown again and again. */
void out_one_line(void);

/* Prints what was gathered; exits with @status when stdout cannot be written. */
void out_finish(int status);

/* An object or array inside the current one; @key null within an array. */
void out_open(const char *key);
void out_open_list(const char *key);
void out_close(void);

/* Text alone: titles, blanks, newlines. */
void out_text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * Facts. The format holds one conversion: %s, or % with PRIu64 or PRId64. In
 * JSON a byte that is no UTF-8 becomes U+FFFD.
 */
void out_str(const char *key, const char *fmt, const char *value);
void out_u64(const char *key, const char *fmt, uint64_t value);
void out_i64(const char *key, const char *fmt, int64_t value);
void out_bool(const char *key, bool value);

/* A word: its names as "title:\na,b\n", in JSON as an array. */
void out_words(const char *key, const char *title, vc_word_kind kind, uint64_t value);

#endif /* VS_OUT_H */
