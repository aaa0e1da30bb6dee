/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Myers' linear-space comparison by lines, with git's published heuristics:
 * cost limits, sliding of changes, indentation. See contract section 2.2.
 */
#ifndef HGAMALGAM_XDIFF_H
#define HGAMALGAM_XDIFF_H

#include <stddef.h>

#include "bdiff.h"

/*
 * Like bdiff_find_blocks, except that the last block ends both texts and is
 * empty only if their last lines differ.
 */
int xdiff_find_blocks(const char *a, size_t a_length, const char *b,
                      size_t b_length, struct bdiff_blocks *blocks);

#endif
