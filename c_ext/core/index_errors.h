/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a failure of an index is to who asked, and what it says. */
#ifndef HG_CORE_INDEX_ERRORS_H
#define HG_CORE_INDEX_ERRORS_H

#include "index_view.h"

enum hg_error_kind {
	HG_ERROR_NONE, /* nothing failed, or a callback that has said why */
	HG_ERROR_MEMORY,
	HG_ERROR_VALUE,
	HG_ERROR_OVERFLOW,
	HG_ERROR_RUNTIME,
	HG_ERROR_REVLOG, /* Mercurial's own */
};

/* bytes of a text, with the NUL at its end, at most */
#define HG_INDEX_TEXT_SIZE 128

/* The kind of error that a status is, which `view` gave last. In `text`, what it
 * says; nothing of memory and of revlogs, which speak for themselves. */
enum hg_error_kind hg_index_explain(const hg_index_view *view,
                                    enum hg_index_status status,
                                    char text[HG_INDEX_TEXT_SIZE]);

#endif
