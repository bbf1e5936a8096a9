// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of the parts that need no running context. */
#include <kunit/test.h>
#include <linux/vserver/context.h>
#include <linux/vserver/object.h>
#include <linux/vserver/switch.h>

static void mask_assign_test(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, vs_mask_assign(0xf0, 0x0f, 0), 0xf0ULL);
	KUNIT_EXPECT_EQ(test, vs_mask_assign(0xf0, 0x0f, ~0ULL), 0x0fULL);
	KUNIT_EXPECT_EQ(test, vs_mask_assign(0xf0, 0x0f, 0x3c), 0xccULL);
	KUNIT_EXPECT_EQ(test, vs_mask_assign(~0ULL, 0, 1ULL << 63), ~(1ULL << 63));
}

static void one_time_test(struct kunit *test)
{
	u64 set = VXF_STATE_SETUP | VXF_VIRT_UPTIME;

	/* A set one-time bit can be cleared, and stays if it is given again. */
	KUNIT_EXPECT_EQ(test, vs_mask_flags(set, 0, VXF_STATE_SETUP, VXF_ONE_TIME),
			VXF_VIRT_UPTIME);
	KUNIT_EXPECT_EQ(test, vs_mask_flags(set, VXF_STATE_SETUP, ~0ULL, VXF_ONE_TIME),
			VXF_STATE_SETUP);
	/* A cleared one never comes back, whatever else is assigned. */
	KUNIT_EXPECT_EQ(test, vs_mask_flags(VXF_VIRT_UPTIME, ~0ULL, ~0ULL, VXF_ONE_TIME),
			~VXF_ONE_TIME);
	KUNIT_EXPECT_EQ(test, vs_mask_flags(0, VXF_STATE_ADMIN, VXF_STATE_ADMIN, VXF_ONE_TIME),
			0ULL);
	/* Ordinary bits come and go. */
	KUNIT_EXPECT_EQ(test, vs_mask_flags(0, VXF_VIRT_LOAD, VXF_VIRT_LOAD, VXF_ONE_TIME),
			VXF_VIRT_LOAD);
}

static void modifiable_test(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, vs_mask_mask(VXF_ONE_TIME, VXF_ONE_TIME), ~0ULL);
	KUNIT_EXPECT_EQ(test, vs_mask_mask(0, VXF_ONE_TIME), ~VXF_ONE_TIME);
	KUNIT_EXPECT_EQ(test, vs_mask_mask(VXF_STATE_ADMIN, VXF_ONE_TIME),
			~(VXF_STATE_SETUP | VXF_STATE_INIT));
}

static void table_sorted_test(struct kunit *test)
{
	const struct vs_command *command, *last = NULL;
	unsigned int nr;

	for (nr = 0; (command = vs_command_at(nr)); nr++) {
		if (last)
			KUNIT_EXPECT_LT_MSG(test, last->word, command->word,
					    "%s must not stand before %s",
					    last->name, command->name);
		KUNIT_EXPECT_PTR_EQ(test, vs_command_find(command->word), command);
		last = command;
	}
	KUNIT_EXPECT_GT(test, nr, 30U);
	KUNIT_EXPECT_NULL(test, vs_command_find(0xffffffff));
	KUNIT_EXPECT_NULL(test, vs_command_find(0x00020000));
	KUNIT_EXPECT_NULL(test, vs_command_find(VCMD_ctx_create + 1));
}

static void table_rows_test(struct kunit *test)
{
	const struct vs_command *c;
	unsigned int nr;

	for (nr = 0; (c = vs_command_at(nr)); nr++) {
		bool copies = c->flags & (VS_CMD_IN | VS_CMD_OUT | VS_CMD_ALWAYS);

		KUNIT_EXPECT_NOT_NULL_MSG(test, c->run, "%s", c->name);
		KUNIT_EXPECT_LE_MSG(test, c->size, VS_DATA_MAX, "%s", c->name);
		KUNIT_EXPECT_EQ_MSG(test, copies, c->size != 0, "%s", c->name);
		KUNIT_EXPECT_EQ_MSG(test, c->word & 0xc000f000, 0U, "%s", c->name);
		/* A command on a context says who may use it. */
		if (c->arg != VS_ARG_NONE)
			KUNIT_EXPECT_TRUE_MSG(test, c->flags & (VS_CMD_INFO | VS_CMD_ADMIN),
					      "%s", c->name);
		/* What changes something is the host's, or one's own in set-up. */
		if (c->perm > 4)
			KUNIT_EXPECT_TRUE_MSG(test, c->flags & (VS_CMD_ADMIN | VS_CMD_HOST),
					      "%s", c->name);
	}
}

/* Words that programs have compiled in. */
static void words_test(struct kunit *test)
{
	static const u32 words[] = {
		0x00000000, 0x00010000, 0x02010000, 0x02020000, 0x09010000, 0x09010001,
		0x0a010000, 0x0a010001, 0x0a010002, 0x0a030001, 0x0a030002, 0x0a040000,
		0x0b010000, 0x0b010001, 0x0c010000, 0x19010000, 0x19010001, 0x1b010000,
		0x26010001, 0x26020001, 0x26030000, 0x26040000,
		0x28000000, 0x28030000, 0x2e010000, 0x2e020000, 0x2e050000, 0x2e060000,
		0x30630000, 0x34010000, 0x34020000, 0x34030001, 0x34040001, 0x34050000,
		0x34060000, 0x34070000, 0x34080000, 0x34090000, 0x340a0000, 0x340d0000,
		0x340e0000, 0x340f0000, 0x34100000, 0x36000001, 0x36010000,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		KUNIT_EXPECT_NOT_NULL_MSG(test, vs_command_find(words[i]), "%08x", words[i]);
}

static struct kunit_case vserver_cases[] = {
	KUNIT_CASE(mask_assign_test),
	KUNIT_CASE(one_time_test),
	KUNIT_CASE(modifiable_test),
	KUNIT_CASE(table_sorted_test),
	KUNIT_CASE(table_rows_test),
	KUNIT_CASE(words_test),
	{}
};

static struct kunit_suite vserver_suite = {
	.name = "vserver",
	.test_cases = vserver_cases,
};

kunit_test_suite(vserver_suite);
