/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Line-based deltas whose choice of matches stored data depends on: see
 * contract section 2.2. Texts are borrowed for as long as a result lives.
 */
#ifndef HGAMALGAM_BDIFF_H
#define HGAMALGAM_BDIFF_H

#include <stddef.h>
#include <stdint.h>

enum bdiff_status { BDIFF_OK = 0, BDIFF_NO_MEMORY = -1, BDIFF_TOO_LARGE = -2 };

/* Lines a1..a2 of one text equal lines b1..b2 of the other. */
/* What to say of a status; NULL if memory is short. */
const char *bdiff_message(int status);

struct bdiff_block {
	int32_t a1, a2, b1, b2;
};

struct bdiff_blocks {
	struct bdiff_block *items; /* ascending; the last is empty */
	size_t count;
};

int bdiff_find_blocks(const char *a, size_t a_length, const char *b,
                      size_t b_length, struct bdiff_blocks *blocks);
void bdiff_free_blocks(struct bdiff_blocks *blocks);

/* A delta computed and measured, ready to be written. */
struct bdiff_plan;

/*
 * Sets *size to the bytes that bdiff_write needs. With prune_suffix the
 * common last lines are set aside too, which may choose other matches.
 */
int bdiff_prepare(const char *a, size_t a_length, const char *b,
                  size_t b_length, int prune_suffix, struct bdiff_plan **plan,
                  size_t *size);
void bdiff_write(const struct bdiff_plan *plan, char *out);
void bdiff_free_plan(struct bdiff_plan *plan);

/*
 * Writes `text` to `out`, which has room for `length` bytes, with runs of
 * space, tab and carriage return made one space, or none before a newline;
 * with `all` they are dropped. Returns the bytes written.
 */
size_t bdiff_fix_whitespace(const char *text, size_t length, int all,
                            char *out);

#endif
