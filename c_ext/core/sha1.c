/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sha1.h"

#include <stdint.h>
#include <string.h>

#include "scan.h"

#define BLOCK 64

static inline uint32_t rotate(uint32_t value, int bits)
{
	return value << bits | value >> (32 - bits);
}

static void add_block(uint32_t state[5], const unsigned char *block)
{
	uint32_t w[80];
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3],
	         e = state[4];
	int i;
	for (i = 0; i < 16; i++) {
		w[i] = scan_get_be32(block + 4 * i);
	}
	for (; i < 80; i++) {
		w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	}
	for (i = 0; i < 80; i++) {
		uint32_t mixed, next;
		if (i < 20) {
			mixed = (d ^ (b & (c ^ d))) + 0x5a827999;
		} else if (i < 40) {
			mixed = (b ^ c ^ d) + 0x6ed9eba1;
		} else if (i < 60) {
			mixed = ((b & c) | (d & (b | c))) + 0x8f1bbcdc;
		} else {
			mixed = (b ^ c ^ d) + 0xca62c1d6;
		}
		next = rotate(a, 5) + mixed + e + w[i];
		e = d;
		d = c;
		c = rotate(b, 30);
		b = a;
		a = next;
	}
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

	for (i = 0; i + BLOCK <= length; i += BLOCK) {
		add_block(state, p + i);
	}
	memcpy(tail, p + i, rest);
	tail[rest] = 0x80;
	padded = rest + 1 + 8 <= BLOCK ? BLOCK : 2 * BLOCK;
	scan_put_be32(tail + padded - 8, (uint32_t)(bits >> 32));
	scan_put_be32(tail + padded - 4, (uint32_t)bits);
	for (i = 0; i < padded; i += BLOCK) {
		add_block(state, tail + i);
	}
	for (i = 0; i < 5; i++) {
		scan_put_be32(digest + 4 * i, state[i]);
	}
}
