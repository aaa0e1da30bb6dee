/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs each case once for each of its allocations, which fails. Then the subject
 * holds what it held before, the same act succeeds, and gives what it gives where
 * memory is never short.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cases.h"
#include "injection.h"

static const char *current = "";

_Noreturn void check_failed(const char *file, int line, const char *condition)
{
	fprintf(stderr, "%s:%d: %s: not %s\n", file, line, current, condition);
	abort();
}

uint64_t digest(uint64_t before, const void *data, size_t size)
{
	const unsigned char *bytes = data;
	uint64_t value = before ^ UINT64_C(0xcbf29ce484222325);
	size_t i;

	for (i = 0; i < size; i++)
		value = (value ^ bytes[i]) * UINT64_C(0x100000001b3);
	return value;
}

static void drop(const allocation_case *one)
{
	int tries;

	one->drop();
	/* a thread may still be about to free what it was given */
	for (tries = 0; injection_live() != 0 && tries < 1000; tries++)
		usleep(1000);
	CHECK(injection_live() == 0);
}

/* What the subject looks like before and after an act with memory enough. */
static uint64_t undisturbed(const allocation_case *one, bool acted)
{
	uint64_t seen;

	one->make();
	if (acted)
		CHECK(one->act());
	seen = one->look();
	drop(one);
	return seen;
}

/* Act with the n-th allocation failing; whether there were so many. */
static bool act_short(const allocation_case *one, long n, bool again)
{
	uint64_t before = undisturbed(one, false);
	uint64_t after = undisturbed(one, true);
	bool done, failed;

	one->make();
	injection_arm(n);
	done = one->act();
	failed = injection_disarm();
	CHECK(done == (!failed || one->gets_by));
	if (!done && again)
		done = one->act();
	CHECK(one->look() == (done ? after : before));
	drop(one);
	return failed;
}

static void run(const allocation_case *one)
{
	long n = 0;

	current = one->function;
	while (act_short(one, n, false))
		CHECK(act_short(one, n++, true));
	CHECK(n > 0);
	printf("%s %ld\n", one->function, n);
}

int main(void)
{
	const allocation_case *groups[] = {text_cases, index_cases,
	                                   aggregate_cases, manifest_cases,
	                                   system_cases};
	size_t i;

	for (i = 0; i < sizeof groups / sizeof *groups; i++) {
		const allocation_case *one;

		for (one = groups[i]; one->function != NULL; one++)
			run(one);
	}
	printf("sites %zu\n", injection_sites());
	return 0;
}
