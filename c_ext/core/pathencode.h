/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of files in the store: see contract section 2.12. */
#ifndef HGAMALGAM_PATHENCODE_H
#define HGAMALGAM_PATHENCODE_H

#include <stddef.h>

/* Every encoder writes at most this many bytes for each one it reads. */
#define PATHENCODE_GROWTH 3

/* Longer encoded names are hashed instead. */
#define PATHENCODE_LONGEST 120

/* Paths of this many bytes or more cannot be hashed. */
#define PATHENCODE_TOO_LONG 5466

enum pathencode_status {
	PATHENCODE_OK = 0,
	PATHENCODE_UNCHANGED = 1, /* what was written is the path itself */
	PATHENCODE_NO_MEMORY = -1,
	PATHENCODE_REFUSED = -2 /* PATHENCODE_TOO_LONG */
};

/*
 * Directories whose name ends in .hg, .i or .d get another ".hg". Returns the
 * bytes written, or that would be written if `out` is NULL.
 */
size_t pathencode_directories(const char *path, size_t length, char *out);

/* Lower case, with reserved bytes as ~xx. Returns the bytes written. */
size_t pathencode_lower(const char *path, size_t length, char *out);

/*
 * The name under which the store keeps `path`, in at most
 * PATHENCODE_MOST(length) bytes at `out`; *size is its length.
 */
#define PATHENCODE_MOST(length) \
	(PATHENCODE_GROWTH * PATHENCODE_LONGEST + PATHENCODE_GROWTH * (length))
int pathencode_store(const char *path, size_t length, char *out, size_t *size);

/* What to say of a status; NULL if memory is short. */
const char *pathencode_message(int status);

#endif
