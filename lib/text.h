/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VS_LIB_TEXT_H
#define VS_LIB_TEXT_H

/* Small things for the library and the command that each start does many times. */

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static inline char *format_number(char *to, unsigned int n)
{
	char digits[10];
	size_t i = 0;

	do
		digits[i++] = '0' + n % 10;
	while (n /= 10);
	while (i)
		*to++ = digits[--i];
	return to;
}

/*
 * What is made most often is a path, and printf takes ten times as long for it. As vasprintf() for a format of
 * nothing but text, %s, %d and %u; *@text is null without memory. False for others; @ap is used up in any case.
 */
static inline bool format_plain(char **text, const char *fmt, va_list ap)
{
	size_t size = 1, len;
	const char *p, *s;
	va_list again;
	char *to;
	int n;
	bool plain = true;

	va_copy(again, ap);
	for (p = fmt; plain && *p; p++) {
		if (*p != '%') {
			size++;
		} else if (*++p == 's') {
			s = va_arg(ap, const char *);
			size += s ? strlen(s) : 0;
		} else {
			plain = *p == 'd' || *p == 'u';
			if (plain)
				n = va_arg(ap, int);
			size += sizeof("-2147483648");
		}
	}
	*text = to = plain ? malloc(size) : NULL;
	for (p = fmt; to && *p; p++) {
		if (*p != '%') {
			*to++ = *p;
		} else if (*++p == 's') {
			s = va_arg(again, const char *);
			len = s ? strlen(s) : 0;
			to = mempcpy(to, s ? s : "", len);
		} else {
			n = va_arg(again, int);
			if (*p == 'd' && n < 0)
				*to++ = '-';
			to = format_number(to, *p == 'd' && n < 0 ? -(unsigned int)n : (unsigned int)n);
		}
	}
	if (to)
		*to = '\0';
	va_end(again);
	return plain;
}

/* Words of the configuration: ASCII, without regard to case and locale. */
static inline bool same_word(const char *a, const char *b, size_t len)
{
	unsigned char x, y;

	for (; len; len--, a++, b++) {
		x = *a;
		y = *b;
		if (x >= 'A' && x <= 'Z')
			x |= 0x20;
		if (y >= 'A' && y <= 'Z')
			y |= 0x20;
		if (x != y || !x)
			return x == y;
	}
	return true;
}

#endif /* VS_LIB_TEXT_H */
