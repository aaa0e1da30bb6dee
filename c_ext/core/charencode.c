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
		if (all & SCAN_HIGHS)
			break;
	}
	for (; length - i >= 8; i += 8)
		if (scan_load(text + i) & SCAN_HIGHS)
			break;
	while (i < length && !(text[i] & 0x80))
		i++;
	return i;
}

/* The high bit of each ASCII byte that is one of first..first + 25. */
static inline uint64_t letters(uint64_t word, unsigned char first)
{
	return scan_below(word, first + 26) & ~scan_below(word, first) &
	       SCAN_HIGHS;
}

static inline int is_letter(char c, unsigned char first)
{
	return (unsigned char)c >= first && (unsigned char)c < first + 26;
}

/* Copies with the letters first..first + 25 moved to the other case. */
static inline size_t fold(const char *text, size_t length, char *out,
                          unsigned char first)
{
	size_t i = 0;
	for (; length - i >= 8; i += 8) {
		uint64_t word = scan_load(text + i);
		if (word & SCAN_HIGHS)
			break;
		/* the cases differ in bit 5 */
		word ^= letters(word, first) >> 2;
		memcpy(out + i, &word, sizeof(word));
	}
	for (; i < length && !(text[i] & 0x80); i++) {
		out[i] = (char)(is_letter(text[i], first) ? text[i] ^ 0x20
		                                          : text[i]);
	}
	return i;
}

static inline size_t unfolded_prefix(const char *text, size_t length,
                                     unsigned char first)
{
	size_t i = 0;
	for (; length - i >= 8; i += 8) {
		uint64_t word = scan_load(text + i);
		if ((word & SCAN_HIGHS) | letters(word, first))
			break;
	}
	while (i < length && !(text[i] & 0x80) && !is_letter(text[i], first))
		i++;
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

size_t charencode_lower_prefix(const char *text, size_t length)
{
	return unfolded_prefix(text, length, 'A');
}

size_t charencode_upper_prefix(const char *text, size_t length)
{
	return unfolded_prefix(text, length, 'a');
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

/* The high bit of each of the eight bytes that needs an escape. */
static inline uint64_t special_bytes(uint64_t word, int paranoid)
{
	uint64_t special = scan_below(word, 0x20) | scan_equal(word, '"') |
	                   scan_equal(word, '\\') | scan_equal(word, 0x7f);
	if (paranoid) {
		/* '<' and '>' differ in this bit alone. */
		special |=
		    scan_equal(word | SCAN_ONES * ('<' ^ '>'), '<' | '>') |
		    (word & SCAN_HIGHS);
	}
	return special;
}

static inline size_t escape_growth(unsigned char c)
{
	return short_escape(c) ? 1 : 5;
}

size_t charencode_json_size(const char *text, size_t length, int paranoid)
{
	size_t i = 0, size = length;
	for (; length - i >= 8; i += 8) {
		uint64_t word = scan_load(text + i);
		uint64_t special = special_bytes(word, paranoid);
		if (paranoid && (word & SCAN_HIGHS))
			return CHARENCODE_NOT_ASCII;
		for (; special; special = scan_rest(special)) {
			size += escape_growth(
			    (unsigned char)text[i + scan_first(special)]);
		}
	}
	for (; i < length; i++) {
		unsigned char c = (unsigned char)text[i];
		if (!is_plain(c, paranoid)) {
			if (c >= 0x80)
				return CHARENCODE_NOT_ASCII;
			size += escape_growth(c);
		}
	}
	return size;
}

static inline char *put_escape(char *out, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	char letter = short_escape(c);
	*out++ = '\\';
	if (letter) {
		*out++ = letter;
		return out;
	}
	memcpy(out, "u00", 3);
	out[3] = hex[c >> 4];
	out[4] = hex[c & 15];
	return out + 5;
}

void charencode_json(const char *text, size_t length, int paranoid, char *out)
{
	size_t i = 0;
	while (length - i >= 8) {
		uint64_t word = scan_load(text + i);
		uint64_t special = special_bytes(word, paranoid);
		/* No text gets shorter: there is room for what is left of it. */
		memcpy(out, &word, sizeof(word));
		if (special) {
			size_t plain = scan_first(special);
			i += plain;
			out = put_escape(out + plain, (unsigned char)text[i++]);
		} else {
			i += 8;
			out += 8;
		}
	}
	for (; i < length; i++) {
		unsigned char c = (unsigned char)text[i];
		if (is_plain(c, paranoid))
			*out++ = (char)c;
		else
			out = put_escape(out, c);
	}
}
