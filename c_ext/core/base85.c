/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base85.h"

#include <stdint.h>
#include <string.h>

#include "byteorder.h"

#define GROUP 5 /* characters for a word of 4 bytes */
#define NOT_A_DIGIT 0x80

static const char digits[85] =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    "!#$%&()*+-;<=>?@^_`{|}~";

/* All pairs of digits, in order: 7225 of two characters each. */
/* clang-format off */
#define ROW(d) \
    d"0" d"1" d"2" d"3" d"4" d"5" d"6" d"7" d"8" d"9" d"A" d"B" d"C" d"D" \
    d"E" d"F" d"G" d"H" d"I" d"J" d"K" d"L" d"M" d"N" d"O" d"P" d"Q" d"R" \
    d"S" d"T" d"U" d"V" d"W" d"X" d"Y" d"Z" d"a" d"b" d"c" d"d" d"e" d"f" \
    d"g" d"h" d"i" d"j" d"k" d"l" d"m" d"n" d"o" d"p" d"q" d"r" d"s" d"t" \
    d"u" d"v" d"w" d"x" d"y" d"z" d"!" d"#" d"$" d"%" d"&" d"(" d")" d"*" \
    d"+" d"-" d";" d"<" d"=" d">" d"?" d"@" d"^" d"_" d"`" d"{" d"|" d"}" d"~"
static const char pairs[] =
    ROW("0") ROW("1") ROW("2") ROW("3") ROW("4") ROW("5") ROW("6") ROW("7")
    ROW("8") ROW("9") ROW("A") ROW("B") ROW("C") ROW("D") ROW("E") ROW("F")
    ROW("G") ROW("H") ROW("I") ROW("J") ROW("K") ROW("L") ROW("M") ROW("N")
    ROW("O") ROW("P") ROW("Q") ROW("R") ROW("S") ROW("T") ROW("U") ROW("V")
    ROW("W") ROW("X") ROW("Y") ROW("Z") ROW("a") ROW("b") ROW("c") ROW("d")
    ROW("e") ROW("f") ROW("g") ROW("h") ROW("i") ROW("j") ROW("k") ROW("l")
    ROW("m") ROW("n") ROW("o") ROW("p") ROW("q") ROW("r") ROW("s") ROW("t")
    ROW("u") ROW("v") ROW("w") ROW("x") ROW("y") ROW("z") ROW("!") ROW("#")
    ROW("$") ROW("%") ROW("&") ROW("(") ROW(")") ROW("*") ROW("+") ROW("-")
    ROW(";") ROW("<") ROW("=") ROW(">") ROW("?") ROW("@") ROW("^") ROW("_")
    ROW("`") ROW("{") ROW("|") ROW("}") ROW("~");
/* clang-format on */
#undef ROW

/* Digits by character. NUL counts as 85: see contract section 2.1. */
#define X NOT_A_DIGIT
static const unsigned char values[256] = {
    85, X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  62, X,  63, 64, 65,
    66, X,  67, 68, 69, 70, X,  71, X,  X,  0,  1,  2,  3,  4,  5,  6,  7,  8,
    9,  X,  72, 73, 74, 75, 76, 77, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
    21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, X,  X,  X,  78,
    79, 80, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52,
    53, 54, 55, 56, 57, 58, 59, 60, 61, 81, 82, 83, 84, X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,
};
#undef X

size_t base85_encoded_size(size_t length, int pad)
{
	size_t rest = length % 4;
	if (pad)
		return (length + 3) / 4 * GROUP;
	return length / 4 * GROUP + (rest ? rest + 1 : 0);
}

static inline void encode_word(uint32_t word, char *out)
{
	uint32_t high = word / (85 * 85), low = word % (85 * 85);
	uint32_t first = high / (85 * 85), middle = high % (85 * 85);
	out[0] = digits[first];
	memcpy(out + 1, pairs + 2 * middle, 2);
	memcpy(out + 3, pairs + 2 * low, 2);
}

void base85_encode(const unsigned char *text, size_t length, int pad, char *out)
{
	size_t rest = length % 4, i;
	for (i = 0; i + 4 <= length; i += 4) {
		encode_word(hg_load_be32(text + i), out);
		out += GROUP;
	}
	if (rest) {
		unsigned char word[4] = {0, 0, 0, 0};
		char last[GROUP];
		memcpy(word, text + i, rest);
		encode_word(hg_load_be32(word), last);
		memcpy(out, last, pad ? GROUP : rest + 1);
	}
}

size_t base85_decoded_size(size_t length)
{
	size_t rest = length % GROUP;
	return length / GROUP * 4 + (rest ? rest - 1 : 0);
}

/* Where the first bad character of a group of `count` is; the last character
 * of a group is numbered one too high: see contract section 2.1. */
static int bad_character(const unsigned char *text, size_t at, size_t count,
                         size_t *position)
{
	size_t i = 0;
	while (values[text[at + i]] != NOT_A_DIGIT)
		i++;
	*position = at + i + (i + 1 == count);
	return BASE85_BAD_CHARACTER;
}

int base85_decode(const unsigned char *text, size_t length, unsigned char *out,
                  size_t *position)
{
	size_t rest = length % GROUP, i, j;
	for (i = 0; i + GROUP <= length; i += GROUP) {
		uint32_t d0 = values[text[i]], d1 = values[text[i + 1]];
		uint32_t d2 = values[text[i + 2]], d3 = values[text[i + 3]];
		uint32_t d4 = values[text[i + 4]];
		uint64_t word;
		if ((d0 | d1 | d2 | d3 | d4) & NOT_A_DIGIT)
			return bad_character(text, i, GROUP, position);
		word =
		    (uint64_t)d0 * (85u * 85u * 85u * 85u) +
		    (d1 * (85u * 85u * 85u) + d2 * (85u * 85u) + d3 * 85u + d4);
		if (word > UINT32_MAX) {
			*position = i + GROUP;
			return BASE85_BAD_SEQUENCE;
		}
		hg_store_be32(out, (uint32_t)word);
		out += 4;
	}
	if (rest) {
		/* `rest` characters hold the `rest - 1` high bytes of a word */
		uint32_t word = 0;
		unsigned char bytes[4];
		for (j = 0; j < rest; j++) {
			uint32_t digit = values[text[i + j]];
			if (digit == NOT_A_DIGIT)
				return bad_character(text, i, rest, position);
			word = word * 85 + digit;
		}
		for (; j < GROUP; j++)
			word *= 85;
		if (rest > 1)
			word += 0xffffffu >> (rest - 2) * 8;
		hg_store_be32(bytes, word);
		memcpy(out, bytes, rest - 1);
	}
	return BASE85_OK;
}

const char *base85_message(int status)
{
	return status == BASE85_BAD_CHARACTER ? "bad base85 character"
	                                      : "bad base85 sequence";
}
