/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ASCII and JSON: see contract section 2.13. */
#ifndef HGAMALGAM_CHARENCODE_H
#define HGAMALGAM_CHARENCODE_H

#include <stddef.h>

/* The index of the first byte that is not ASCII, or `length`. */
size_t charencode_ascii_prefix(const char *text, size_t length);

/*
 * Write `length` bytes with letters in lower or in upper case. They return the
 * index of the first byte that is not ASCII, or `length`: short of it, what was
 * written is of no use.
 */
size_t charencode_lower(const char *text, size_t length, char *out);
size_t charencode_upper(const char *text, size_t length, char *out);

/* The length of the longest start of the text that is ASCII and that
 * charencode_lower, or charencode_upper, would leave as it is. */
size_t charencode_lower_prefix(const char *text, size_t length);
size_t charencode_upper_prefix(const char *text, size_t length);

#define CHARENCODE_NOT_ASCII ((size_t)-1)
#define CHARENCODE_NOT_ASCII_MESSAGE "cannot process non-ascii str"

/*
 * The length of the text as the inside of a JSON string. With `paranoid`, '<'
 * and '>' are escaped too, and CHARENCODE_NOT_ASCII means that the text is not
 * ASCII. A text of PTRDIFF_MAX / 6 bytes at most cannot overflow it.
 */
size_t charencode_json_size(const char *text, size_t length, int paranoid);
void charencode_json(const char *text, size_t length, int paranoid, char *out);

#endif
