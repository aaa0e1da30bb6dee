/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-1 (FIPS 180-4) of short texts; names of stored files contain it. */
#ifndef HGAMALGAM_SHA1_H
#define HGAMALGAM_SHA1_H

#include <stddef.h>

void sha1_digest(const char *text, size_t length, unsigned char digest[20]);

#endif
