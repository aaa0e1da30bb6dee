/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A set of small numbers, one bit each, searchable a word at a time. */
#ifndef HG_CORE_BITSET_H
#define HG_CORE_BITSET_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

typedef uint64_t hg_bitset;

static inline size_t hg_bitset_words(size_t bits)
{
	return bits / 64 + 1;
}

/* An empty set that can hold 0 .. bits - 1; free() it. NULL without memory. */
static inline hg_bitset *hg_bitset_new(size_t bits)
{
	return calloc(hg_bitset_words(bits), sizeof(hg_bitset));
}

static inline void hg_bitset_add(hg_bitset *set, size_t bit)
{
	set[bit / 64] |= UINT64_C(1) << bit % 64;
}

/* The highest member up to `bit`, or -1. */
static inline int64_t hg_bitset_previous(const hg_bitset *set, int64_t bit)
{
	size_t word;
	uint64_t members;

	if (bit < 0)
		return -1;
	word = (size_t)bit / 64;
	members = set[word] & (~UINT64_C(0) >> (63 - bit % 64));
	while (members == 0) {
		if (word == 0)
			return -1;
		members = set[--word];
	}
	return (int64_t)word * 64 + 63 - __builtin_clzll(members);
}

#endif
