// SPDX-License-Identifier: GPL-2.0
/* The three functions of each kind of name that earlier clients call. */
#include <errno.h>
#include <string.h>

#include "internal.h"

static uint64_t text2word(vc_word_kind kind, const char *str, size_t len)
{
	const struct word *w = word_find(word_table(kind), str, len ? len : strlen(str));

	return w ? w->value : 0;
}

/* @err may be null for callers that do not want to know where. */
static int list2word(vc_word_kind kind, const char *str, size_t len,
		     struct vc_err_listparser *err, uint64_t *value, uint64_t *mask)
{
	size_t badlen = 0;
	const char *bad = NULL;
	int rc;

	rc = word_list(word_table(kind), str, len ? len : strlen(str), value, mask, &bad, &badlen);
	if (err) {
		err->ptr = bad;
		err->len = badlen;
	}
	return rc;
}

#define TEXT_FUNCTIONS(kind, name, type, value, mask)					\
uint64_t vc_text2##name(const char *str, size_t len)					\
{											\
	return text2word(kind, str, len);						\
}											\
const char *vc_lo##name##2text(uint64_t *v)						\
{											\
	return word_lowest(word_table(kind), v);					\
}											\
int vc_list2##name(const char *str, size_t len, struct vc_err_listparser *err,		\
		   struct type *target)							\
{											\
	return list2word(kind, str, len, err, &target->value, &target->mask);		\
}

TEXT_FUNCTIONS(VC_BCAP, bcap, vc_ctx_caps, bcaps, bmask)
TEXT_FUNCTIONS(VC_CCAP, ccap, vc_ctx_caps, ccaps, cmask)
TEXT_FUNCTIONS(VC_CFLAG, cflag, vc_ctx_flags, flagword, mask)
TEXT_FUNCTIONS(VC_NFLAG, nflag, vc_net_flags, flagword, mask)
TEXT_FUNCTIONS(VC_NCAP, ncap, vc_net_caps, ncaps, cmask)
TEXT_FUNCTIONS(VC_UMASK, umask, vc_umask, umask, mask)

int vc_text2cap(const char *str)
{
	uint64_t v = text2word(VC_BCAP, str, 0);

	if (!v) {
		errno = EINVAL;
		return -1;
	}
	return __builtin_ctzll(v);
}

const char *vc_cap2text(unsigned int cap)
{
	uint64_t v;

	if (cap > 63)
		return NULL;
	v = 1ULL << cap;
	return vc_lobcap2text(&v);
}

uint32_t vc_text2personalityflag(const char *str, size_t len)
{
	return (uint32_t)text2word(VC_PERSONALITY, str, len);
}

const char *vc_lopersonality2text(uint32_t *v)
{
	uint64_t wide = *v;
	const char *name = word_lowest(word_table(VC_PERSONALITY), &wide);

	*v = (uint32_t)wide;
	return name;
}

int vc_list2personalityflag(const char *str, size_t len, uint32_t *flags,
			    struct vc_err_listparser *err)
{
	uint64_t value = *flags, mask = 0;

	if (list2word(VC_PERSONALITY, str, len, err, &value, &mask) < 0)
		return -1;
	*flags = (uint32_t)value;
	return 0;
}
