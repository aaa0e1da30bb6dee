/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Byte scans that work a machine word at a time. */
#ifndef HGAMALGAM_SCAN_H
#define HGAMALGAM_SCAN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SCAN_ONES UINT64_C(0x0101010101010101)
#define SCAN_HIGHS UINT64_C(0x8080808080808080)
#define SCAN_LOWS UINT64_C(0x7f7f7f7f7f7f7f7f)

static inline uint64_t scan_load(const char *p)
{
	uint64_t word;
	memcpy(&word, p, sizeof(word));
	return word;
}

/* The high bit of each byte that equals `c`; exact for every byte. */
static inline uint64_t scan_equal(uint64_t word, unsigned char c)
{
	uint64_t x = word ^ (SCAN_ONES * c);
	return ~(((x & SCAN_LOWS) + SCAN_LOWS) | x) & SCAN_HIGHS;
}

/* The high bit of each ASCII byte that is below `c` (1 <= c <= 0x80). */
static inline uint64_t scan_below(uint64_t word, unsigned char c)
{
	uint64_t above = (word & SCAN_LOWS) + SCAN_ONES * (0x80u - c);
	return ~(above | word) & SCAN_HIGHS;
}

/* Index of the first byte whose high bit is set in a mask that is not 0. */
static inline size_t scan_first(uint64_t mask)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return (size_t)__builtin_ctzll(mask) / 8;
#else
	return (size_t)__builtin_clzll(mask) / 8;
#endif
}

/* The mask without that byte's bit. */
static inline uint64_t scan_rest(uint64_t mask)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return mask & (mask - 1);
#else
	return mask & ~(UINT64_C(1) << (63 - __builtin_clzll(mask)));
#endif
}

/* Length of the common prefix of two areas of at least `len` bytes. */
static inline size_t scan_common_prefix(const char *a, const char *b,
                                        size_t len)
{
	size_t i = 0;
	while (len - i >= 8 && scan_load(a + i) == scan_load(b + i))
		i += 8;
	while (i < len && a[i] == b[i])
		i++;
	return i;
}

/* Length of the common suffix, at most `len`, of what ends at a and at b. */
static inline size_t scan_common_suffix(const char *a_end, const char *b_end,
                                        size_t len)
{
	size_t i = 0;
	while (len - i >= 8 &&
	       scan_load(a_end - i - 8) == scan_load(b_end - i - 8)) {
		i += 8;
	}
	while (i < len && a_end[-1 - (ptrdiff_t)i] == b_end[-1 - (ptrdiff_t)i])
		i++;
	return i;
}

/* What gcc and clang make one machine instruction of, on most machines. */
typedef unsigned char scan_vector __attribute__((vector_size(16)));

static inline size_t scan_count_newlines(const char *p, size_t len)
{
	const scan_vector newlines = {'\n', '\n', '\n', '\n', '\n', '\n',
	                              '\n', '\n', '\n', '\n', '\n', '\n',
	                              '\n', '\n', '\n', '\n'};
	size_t count = 0, i = 0;
	while (len - i >= 16) {
		/* a lane counts to 255 at most */
		size_t steps = (len - i) / 16, lane;
		scan_vector sums = {0};
		if (steps > 255)
			steps = 255;
		for (; steps > 0; steps--, i += 16) {
			scan_vector bytes;
			memcpy(&bytes, p + i, 16);
			sums -= (scan_vector)(bytes == newlines);
		}
		for (lane = 0; lane < 16; lane++)
			count += sums[lane];
	}
	for (; i < len; i++)
		count += p[i] == '\n';
	return count;
}

/* Index of the last newline in the `len` bytes at p, or len if none. */
static inline size_t scan_last_newline(const char *p, size_t len)
{
	size_t i = len;
	while (i >= 8 && !scan_equal(scan_load(p + i - 8), '\n'))
		i -= 8;
	while (i > 0)
		if (p[--i] == '\n')
			return i;
	return len;
}

#endif
