/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Applying chains of binary deltas: see contract section 2.3. */
#ifndef HGAMALGAM_MPATCH_H
#define HGAMALGAM_MPATCH_H

#include <stddef.h>
#include <stdint.h>

enum mpatch_status {
	MPATCH_OK = 0,
	MPATCH_INVALID = -1,   /* ranges overlap or leave the text */
	MPATCH_UNDECODABLE = -2, /* a delta is no sequence of hunks */
	MPATCH_NO_MEMORY = -3
};

/* A delta: hunks of start, end, length (big-endian, 32 bits) and the bytes
 * that take the place of start..end. */
/* What to say of a status; NULL if memory is short. */
const char *mpatch_message(int status);

struct mpatch_delta {
	const char *data;
	size_t length;
};

/* Bytes start..end of what is patched give way to data[0..length). */
struct mpatch_hunk {
	int32_t start, end, length;
	const char *data;
};

/* A chain of deltas folded into one. Borrows the deltas' bytes. */
struct mpatch_plan;

/* count >= 1. On success the caller frees *plan with mpatch_free. */
int mpatch_fold(const struct mpatch_delta *deltas, size_t count,
                struct mpatch_plan **plan);

/* Checks the plan against a text's size and sets *size to the result's. */
int mpatch_measure(const struct mpatch_plan *plan, size_t text_length,
                   size_t *size);

/* Writes what mpatch_measure, called for the same text, has measured. */
void mpatch_apply(const struct mpatch_plan *plan, const char *text,
                  size_t text_length, char *out);

/* The folded delta, sound for a text only if mpatch_measure says so. Returns
 * how many hunks *first has. */
size_t mpatch_hunks(const struct mpatch_plan *plan,
                    const struct mpatch_hunk **first);
void mpatch_free(struct mpatch_plan *plan);

/*
 * The size that a text of `original` bytes has after the delta; the ranges are
 * not checked against it.
 */
int mpatch_patched_size(int64_t original, const char *delta, size_t length,
                        int64_t *size);

#endif
