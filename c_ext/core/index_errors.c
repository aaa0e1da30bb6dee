/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index_errors.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

__attribute__((format(printf, 3, 4))) static enum hg_error_kind say(
    char text[HG_INDEX_TEXT_SIZE], enum hg_error_kind kind, const char *format,
    ...)
{
	va_list values;

	va_start(values, format);
	vsnprintf(text, HG_INDEX_TEXT_SIZE, format, values);
	va_end(values);
	return kind;
}

enum hg_error_kind hg_index_explain(const hg_index_view *view,
                                    enum hg_index_status status,
                                    char text[HG_INDEX_TEXT_SIZE])
{
	int32_t rev = view->error_rev;
	int64_t value = view->error_value;

	text[0] = '\0';
	switch (status) {
	case HG_INDEX_NO_MEMORY:
		return HG_ERROR_MEMORY;
	case HG_INDEX_CORRUPT:
		return say(text, HG_ERROR_VALUE, "corrupt index file");
	case HG_INDEX_BAD_FORMAT:
		return say(text, HG_ERROR_VALUE, "unknown revlog index format");
	case HG_INDEX_INLINE_FORMAT:
		return HG_ERROR_REVLOG;
	case HG_INDEX_PARENT_RANGE:
		return say(text, HG_ERROR_VALUE, "parent out of range");
	case HG_INDEX_BASE_ABOVE:
		return say(text, HG_ERROR_VALUE,
		           "corrupted revlog, revision base above revision: "
		           "%" PRId32 ", %" PRId64,
		           rev, value);
	case HG_INDEX_BASE_RANGE:
		return say(text, HG_ERROR_VALUE,
		           "corrupted revlog, revision base out of range: "
		           "%" PRId32 ", %" PRId64,
		           rev, value);
	case HG_INDEX_LENGTH_RANGE:
		return say(text, HG_ERROR_OVERFLOW,
		           "revlog entry size out of bound (%" PRId64 ")",
		           value);
	case HG_INDEX_OFFSET_ORDER:
		return say(text, HG_ERROR_VALUE,
		           "corrupted revlog index: inconsistent offset "
		           "between revisions (%" PRId32 ") and (%" PRId64 ")",
		           rev, value);
	case HG_INDEX_STRIPPED:
		return say(text, HG_ERROR_RUNTIME,
		           "revlog index stripped while in use");
	case HG_INDEX_OK:
	case HG_INDEX_CALLBACK:
		break;
	}
	return HG_ERROR_NONE;
}
