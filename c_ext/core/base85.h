/* SPDX-License-Identifier: GPL-2.0-or-later */
/* git's base85: see contract section 2.1. */
#ifndef HGAMALGAM_BASE85_H
#define HGAMALGAM_BASE85_H

#include <stddef.h>

enum base85_status {
	BASE85_OK = 0,
	BASE85_BAD_CHARACTER = -1,
	BASE85_BAD_SEQUENCE = -2
};

/* `length` is at most PTRDIFF_MAX / 2. */
size_t base85_encoded_size(size_t length, int pad);
void base85_encode(const unsigned char *text, size_t length, int pad,
                   char *out);

size_t base85_decoded_size(size_t length);
/* On an error sets *position to the number that the message speaks of. */
int base85_decode(const unsigned char *text, size_t length, unsigned char *out,
                  size_t *position);

/* What to say of a status other than BASE85_OK, with the position after it. */
const char *base85_message(int status);

#endif
