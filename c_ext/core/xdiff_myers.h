/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HGAMALGAM_XDIFF_MYERS_H
#define HGAMALGAM_XDIFF_MYERS_H

#include <stdint.h>

/* The lines of a text that take part in the comparison. */
struct myers_lines {
	int32_t *line;    /* its number in the text */
	int32_t *class;   /* equal for equal lines */
	int32_t count;
	char *changed;    /* by number in the text */
};

/*
 * Marks as changed the lines of a and of b that the shortest edit script found
 * deletes and adds. `cost` bounds, in edits, the search for a shortest one.
 * BDIFF_OK or BDIFF_NO_MEMORY.
 */
int myers_mark(const struct myers_lines *a, const struct myers_lines *b,
               int32_t cost);

#endif
