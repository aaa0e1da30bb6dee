/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a function of c_ext/core does when memory is short, as a case: a subject is
 * made, acted on while an allocation fails, and looked at.
 */
#ifndef CASES_H
#define CASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
	const char *function; /* the one that allocates in `act` */
	void (*make)(void);
	/* whether there was memory enough; all else aborts */
	bool (*act)(void);
	/* a digest of what the subject holds, and of what the last act gave */
	uint64_t (*look)(void);
	void (*drop)(void);
	/* acts although memory is short, then by another way to the same end */
	bool gets_by;
} allocation_case;

extern const allocation_case text_cases[], index_cases[], aggregate_cases[],
    manifest_cases[], system_cases[];

/* Continue a digest with some bytes; the first has no digest before it, 0. */
uint64_t digest(uint64_t before, const void *data, size_t size);

#define CHECK(condition)                                              \
	do                                                            \
		if (!(condition))                                     \
			check_failed(__FILE__, __LINE__, #condition); \
	while (0)

_Noreturn void check_failed(const char *file, int line, const char *condition);

#endif
