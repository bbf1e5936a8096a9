// SPDX-License-Identifier: GPL-2.0
/* The flags igneg_nice and igneg_ionice: raises of priority that fail in silence. */
#include <linux/ioprio.h>
#include <sys/resource.h>
#include "ccap.h"

#define RT	IOPRIO_PRIO_VALUE(IOPRIO_CLASS_RT, 3)
#define BE	IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 5)

#define NICE	((uint64_t)1 << CAP_SYS_NICE)

static struct guest a = { .xid = 1441, .bcaps = TEST_BCAPS & ~NICE };
static struct guest able = { .xid = 1442, .bcaps = TEST_BCAPS | NICE };

static long ioprio_set(int prio)
{
	return err(syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, prio));
}

static long ioprio_get(void)
{
	return err(syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0));
}

static long nice_of(int which, int who)
{
	errno = 0;
	return getpriority(which, who);
}

/* The kernel's nice(2), which says EPERM. */
static long raw_nice(int inc)
{
#ifdef SYS_nice
	return err(syscall(SYS_nice, inc));
#else
	errno = 0;
	nice(inc);
	return -errno;
#endif
}

static void cpu(void *arg)
{
	bool ignore = arg;

	check_is(raw_nice(5), 0, "lower the priority");
	check_is(raw_nice(-3), ignore ? 0 : -EPERM, "raise it");
	check_is(err(setpriority(PRIO_PROCESS, 0, -5)), ignore ? 0 : -EACCES,
		 "setpriority, process");
	setpgid(0, 0);
	check_is(err(setpriority(PRIO_PGRP, 0, -5)), ignore ? 0 : -EACCES, "process group");
	check_is(nice_of(PRIO_PROCESS, 0), 5, "it stays as it was");
	check_is(err(setpriority(PRIO_PROCESS, 0, 7)), 0, "lower it more");
	check_is(nice_of(PRIO_PROCESS, 0), 7, "that works");
	check_is(err(setpriority(PRIO_PROCESS, 999999, -5)), -ESRCH, "of nobody");
}

static void disk(void *arg)
{
	bool ignore = arg;

	check_is(ioprio_set(BE), 0, "a common class");
	check_is(ioprio_set(RT), ignore ? 0 : -EPERM, "the real time class");
	check_is(ioprio_get(), BE, "it stays as it was");
	check_is(ioprio_set(7 << IOPRIO_CLASS_SHIFT), -EINVAL, "no such class");
}

static void can(void *arg)
{
	check_is(raw_nice(-5), 0, "with sys_nice: raise it");
	check_is(nice_of(PRIO_PROCESS, 0), -5, "it is raised");
	check_is(ioprio_set(RT), 0, "the real time class");
	check_is(ioprio_get(), RT, "it is");
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	test_begin();
	check(guest_start(&a) && guest_start(&able), "two guests start");
	in_guest(&a, cpu, NULL);
	in_guest(&a, disk, NULL);
	check_is(give_flags(&a, VXF_IGNEG_NICE, VXF_IGNEG_NICE), 0, "igneg_nice");
	in_guest(&a, cpu, "");
	in_guest(&a, disk, NULL);
	check_is(give_flags(&a, VXF_IGNEG_IONICE, VXF_IGNEG_NICE | VXF_IGNEG_IONICE), 0,
		 "igneg_ionice");
	in_guest(&a, cpu, NULL);
	in_guest(&a, disk, "");
	give_flags(&able, VXF_IGNEG_NICE | VXF_IGNEG_IONICE, VXF_IGNEG_NICE | VXF_IGNEG_IONICE);
	in_guest(&able, can, NULL);
	guest_stop(&a);
	guest_stop(&able);
	return test_end();
}
