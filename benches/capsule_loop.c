/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a C caller of the capsule does for each revision, for
 * benches/capsule_rows.py: no Python in the loop, the GIL held by the caller.
 */
#include <stddef.h>

typedef int index_parents(void *index, int rev, int parents[2]);

/* The sum of the parents of the revisions below `count`, so that nothing of the
 * loop can be left out; stops at an error. */
long long sum_of_parents(index_parents *parents_of, void *index, int count)
{
	long long sum = 0;
	int rev, parents[2];

	for (rev = 0; rev < count; rev++) {
		if (parents_of(index, rev, parents) < 0)
			return -1;
		sum += parents[0] + parents[1];
	}
	return sum;
}
