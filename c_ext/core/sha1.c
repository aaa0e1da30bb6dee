/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sha1.h"

#include <stdint.h>
#include <string.h>

#include "byteorder.h"

#define BLOCK 64

static inline uint32_t rotate(uint32_t value, int bits)
{
	return value << bits | value >> (32 - bits);
}

/* The 16 last words of the schedule; word i from those before it. */
#define WORD(i)                                                        \
	(w[(i) & 15] = rotate(w[((i) + 13) & 15] ^ w[((i) + 8) & 15] ^ \
	                          w[((i) + 2) & 15] ^ w[(i) & 15],     \
	                      1))

/* One step; the names of the five variables move on, not their values. */
#define STEP(a, b, c, d, e, mixed, constant, word)                         \
	do {                                                               \
		e += rotate(a, 5) + (mixed) + UINT32_C(constant) + (word); \
		b = rotate(b, 30);                                         \
	} while (0)

#define FIVE(MIX, constant, word, i)                              \
	STEP(a, b, c, d, e, MIX(b, c, d), constant, word(i));     \
	STEP(e, a, b, c, d, MIX(a, b, c), constant, word(i + 1)); \
	STEP(d, e, a, b, c, MIX(e, a, b), constant, word(i + 2)); \
	STEP(c, d, e, a, b, MIX(d, e, a), constant, word(i + 3)); \
	STEP(b, c, d, e, a, MIX(c, d, e), constant, word(i + 4))

#define CHOOSE(x, y, z) ((z) ^ ((x) & ((y) ^ (z))))
#define PARITY(x, y, z) ((x) ^ (y) ^ (z))
#define MAJORITY(x, y, z) (((x) & (y)) | ((z) & ((x) | (y))))
#define GIVEN(i) (w[(i) & 15])

static void add_block(uint32_t state[5], const unsigned char *block)
{
	uint32_t w[16];
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3],
	         e = state[4];
	int i;
	for (i = 0; i < 16; i++)
		w[i] = hg_load_be32(block + 4 * i);
	FIVE(CHOOSE, 0x5a827999, GIVEN, 0);
	FIVE(CHOOSE, 0x5a827999, GIVEN, 5);
	FIVE(CHOOSE, 0x5a827999, GIVEN, 10);
	STEP(a, b, c, d, e, CHOOSE(b, c, d), 0x5a827999, GIVEN(15));
	STEP(e, a, b, c, d, CHOOSE(a, b, c), 0x5a827999, WORD(16));
	STEP(d, e, a, b, c, CHOOSE(e, a, b), 0x5a827999, WORD(17));
	STEP(c, d, e, a, b, CHOOSE(d, e, a), 0x5a827999, WORD(18));
	STEP(b, c, d, e, a, CHOOSE(c, d, e), 0x5a827999, WORD(19));
	FIVE(PARITY, 0x6ed9eba1, WORD, 20);
	FIVE(PARITY, 0x6ed9eba1, WORD, 25);
	FIVE(PARITY, 0x6ed9eba1, WORD, 30);
	FIVE(PARITY, 0x6ed9eba1, WORD, 35);
	FIVE(MAJORITY, 0x8f1bbcdc, WORD, 40);
	FIVE(MAJORITY, 0x8f1bbcdc, WORD, 45);
	FIVE(MAJORITY, 0x8f1bbcdc, WORD, 50);
	FIVE(MAJORITY, 0x8f1bbcdc, WORD, 55);
	FIVE(PARITY, 0xca62c1d6, WORD, 60);
	FIVE(PARITY, 0xca62c1d6, WORD, 65);
	FIVE(PARITY, 0xca62c1d6, WORD, 70);
	FIVE(PARITY, 0xca62c1d6, WORD, 75);
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
	state[4] += e;
}

void sha1_digest(const char *text, size_t length, unsigned char digest[20])
{
	uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476,
	                     0xc3d2e1f0};
	unsigned char tail[2 * BLOCK] = {0};
	const unsigned char *p = (const unsigned char *)text;
	size_t rest = length % BLOCK, padded, i;
	uint64_t bits = (uint64_t)length * 8;

	for (i = 0; i + BLOCK <= length; i += BLOCK)
		add_block(state, p + i);
	memcpy(tail, p + i, rest);
	tail[rest] = 0x80;
	padded = rest + 1 + 8 <= BLOCK ? BLOCK : 2 * BLOCK;
	hg_store_be32(tail + padded - 8, (uint32_t)(bits >> 32));
	hg_store_be32(tail + padded - 4, (uint32_t)bits);
	for (i = 0; i < padded; i += BLOCK)
		add_block(state, tail + i);
	for (i = 0; i < 5; i++)
		hg_store_be32(digest + 4 * i, state[i]);
}
