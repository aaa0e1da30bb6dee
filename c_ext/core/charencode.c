/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "charencode.h"

#include <string.h>

#include "scan.h"

size_t charencode_ascii_prefix(const char *text, size_t length)
{
	size_t i = 0;
	for (; length - i >= 32; i += 32) {
		uint64_t all = scan_load(text + i) | scan_load(text + i + 8) |
		               scan_load(text + i + 16) |
		               scan_load(text + i + 24);
		if (all & SCAN_HIGHS) {
			break;
		}
	}
	for (; length - i >= 8; i += 8) {
		if (scan_load(text + i) & SCAN_HIGHS) {
			break;
		}
	}
	while (i < length && !(text[i] & 0x80)) {
		i++;
	}
	return i;
}

/* Copies with the letters first..first + 25 moved to the other case. */
static inline size_t fold(const char *text, size_t length, char *out,
                          unsigned char first)
{
	size_t i = 0;
	for (; length - i >= 8; i += 8) {
		uint64_t word = scan_load(text + i);
		uint64_t letters;
		if (word & SCAN_HIGHS) {
			break;
		}
		letters = scan_below(word, first + 26) & ~scan_below(word, first);
		/* the cases differ in bit 5 */
		word ^= (letters & SCAN_HIGHS) >> 2;
		memcpy(out + i, &word, sizeof(word));
	}
	for (; i < length && !(text[i] & 0x80); i++) {
		unsigned char c = (unsigned char)text[i];
		out[i] = (char)(c >= first && c < first + 26 ? c ^ 0x20 : c);
	}
	return i;
}

size_t charencode_lower(const char *text, size_t length, char *out)
{
	return fold(text, length, out, 'A');
}

size_t charencode_upper(const char *text, size_t length, char *out)
{
	return fold(text, length, out, 'a');
}

/* The character after the backslash of a short escape, or 0. */
static inline char short_escape(unsigned char c)
{
	switch (c) {
	case '\b':
		return 'b';
	case '\t':
		return 't';
	case '\n':
		return 'n';
	case '\f':
		return 'f';
	case '\r':
		return 'r';
	case '"':
	case '\\':
		return (char)c;
	default:
		return 0;
	}
}

static inline int is_plain(unsigned char c, int paranoid)
{
	return c >= 0x20 && c != '"' && c != '\\' && c != 0x7f &&
	       !(paranoid && (c == '<' || c == '>' || c >= 0x80));
}

/* The number of bytes from i on that need no escape. */
static inline size_t plain_run(const char *text, size_t i, size_t length,
                               int paranoid)
{
	size_t start = i;
	for (; length - i >= 8; i += 8) {
		uint64_t word = scan_load(text + i);
		uint64_t special = scan_below(word, 0x20) |
		                   scan_equal(word, '"') |
		                   scan_equal(word, '\\') |
		                   scan_equal(word, 0x7f);
		if (paranoid) {
			special |= scan_equal(word, '<') |
			           scan_equal(word, '>') | (word & SCAN_HIGHS);
		}
		if (special) {
			break;
		}
	}
	while (i < length && is_plain((unsigned char)text[i], paranoid)) {
		i++;
	}
	return i - start;
}

size_t charencode_json_size(const char *text, size_t length, int paranoid)
{
	size_t i = 0, size = length;
	for (;;) {
		unsigned char c;
		i += plain_run(text, i, length, paranoid);
		if (i == length) {
			return size;
		}
		c = (unsigned char)text[i++];
		if (c >= 0x80) {
			return CHARENCODE_NOT_ASCII;
		}
		size += short_escape(c) ? 1 : 5;
	}
}

void charencode_json(const char *text, size_t length, int paranoid, char *out)
{
	static const char hex[] = "0123456789abcdef";
	size_t i = 0;
	for (;;) {
		size_t run = plain_run(text, i, length, paranoid);
		unsigned char c;
		char letter;
		memcpy(out, text + i, run);
		out += run;
		i += run;
		if (i == length) {
			return;
		}
		c = (unsigned char)text[i++];
		letter = short_escape(c);
		*out++ = '\\';
		if (letter) {
			*out++ = letter;
		} else {
			memcpy(out, "u00", 3);
			out[3] = hex[c >> 4];
			out[4] = hex[c & 15];
			out += 5;
		}
	}
}
