/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HGAMALGAM_XDIFF_COMPACT_H
#define HGAMALGAM_XDIFF_COMPACT_H

#include <stdint.h>

/* One of the two texts compared. */
struct xdiff_side {
	const char *const *start; /* count + 1 entries */
	const int32_t *class;     /* equal for equal lines of either text */
	int32_t count;
	char *changed; /* by line; changed[-1] and changed[count] are 0 */
	char *flags;   /* what `changed` points into; to be freed */
};

/*
 * Slides each run of changed lines of `side` to where it reads best: in line
 * with a change of `other`, else by git's indent heuristic. Runs that touch
 * become one.
 */
void xdiff_compact(struct xdiff_side *side, const struct xdiff_side *other);

#endif
