/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index_dag.h"

#include <stdlib.h>
#include <string.h>

/* Marks of a pass over most revisions are bytes, not bits: parents are near, and
 * writes to one word would wait for each other. */
static void mark_parents(uint8_t *marks, const int32_t parents[2])
{
	if (parents[0] >= 0)
		marks[parents[0]] = 1;
	if (parents[1] >= 0)
		marks[parents[1]] = 1;
}

static enum hg_index_status mark_all(hg_index_view *view, int32_t stop,
                                     uint8_t *covered)
{
	int32_t rev, parents[2];

	for (rev = 0; rev < stop; rev++) {
		enum hg_index_status status =
		    hg_view_parents(view, rev, stop - 1, parents);

		if (status != HG_INDEX_OK)
			return status;
		mark_parents(covered, parents);
	}
	return HG_INDEX_OK;
}

/* Children come after their parents: going down, whoever is not covered yet has
 * no unfiltered child. */
static enum hg_index_status mark_unfiltered(hg_index_view *view, int32_t stop,
                                            hg_rev_filter filter, void *context,
                                            uint8_t *covered)
{
	int32_t rev, parents[2];

	for (rev = stop - 1; rev >= 0; rev--) {
		enum hg_index_status status;

		if (!covered[rev]) {
			int filtered = filter(context, rev);

			if (filtered < 0)
				return HG_INDEX_CALLBACK;
			if (filtered) {
				covered[rev] = 1;
				continue;
			}
		}
		status = hg_view_parents(view, rev, stop - 1, parents);
		if (status != HG_INDEX_OK)
			return status;
		mark_parents(covered, parents);
	}
	return HG_INDEX_OK;
}

enum hg_index_status hg_dag_heads(hg_index_view *view, int32_t stop,
                                  hg_rev_filter filter, void *context,
                                  hg_rev_list *heads)
{
	uint8_t *covered = calloc((size_t)stop + 1, 1);
	enum hg_index_status status;
	uint8_t *bare;

	if (covered == NULL)
		return HG_INDEX_NO_MEMORY;
	status = filter == NULL
	             ? mark_all(view, stop, covered)
	             : mark_unfiltered(view, stop, filter, context, covered);
	/* the last mark is nobody's, and stays 0: the search ends there */
	for (bare = covered; status == HG_INDEX_OK; bare++) {
		bare = memchr(bare, 0, (size_t)(covered + stop + 1 - bare));
		if (bare == covered + stop)
			break;
		if (!hg_rev_list_push(heads, (int32_t)(bare - covered)))
			status = HG_INDEX_NO_MEMORY;
	}
	free(covered);
	return status;
}

/* Marks of the revisions below `end` and of null, as far down as some mark was
 * set: what is asked about lies near the tip of a long history. */
typedef struct {
	uint8_t *marks; /* of end - 1, end - 2, ... */
	int32_t end;
	int32_t size; /* in bytes */
} mark_window;

static bool window_grow(mark_window *window, int64_t needed)
{
	int64_t size = 4 * (int64_t)window->size;
	uint8_t *marks;

	if (size < needed)
		size = needed;
	if (size > (int64_t)window->end + 1)
		size = (int64_t)window->end + 1;
	marks = calloc((size_t)size, 1);
	if (marks == NULL)
		return false;
	memcpy(marks, window->marks, (size_t)window->size);
	free(window->marks);
	window->marks = marks;
	window->size = (int32_t)size;
	return true;
}

static inline bool window_reach(mark_window *window, int32_t rev)
{
	int64_t needed = (int64_t)window->end - rev;

	return needed <= window->size || window_grow(window, needed);
}

static inline uint8_t window_get(const mark_window *window, int32_t rev)
{
	int32_t place = window->end - 1 - rev;

	return place < window->size ? window->marks[place] : 0;
}

static inline bool window_add(mark_window *window, int32_t rev, uint8_t flag)
{
	if (!window_reach(window, rev))
		return false;
	window->marks[window->end - 1 - rev] |= flag;
	return true;
}

/* Clear the marks of `rev`, which has some. */
static inline void window_clear(mark_window *window, int32_t rev)
{
	window->marks[window->end - 1 - rev] = 0;
}

/* The new heads; in `covered`, the parents that were not visited themselves, and
 * in *open, how many of those are below `begin`. */
static enum hg_index_status find_added(hg_index_view *view, int32_t begin,
                                       mark_window *covered, size_t *open,
                                       hg_rev_list *added)
{
	int32_t rev, parents[2];
	int i;

	for (rev = covered->end - 1; rev >= begin; rev--) {
		enum hg_index_status status;

		if (!window_get(covered, rev) && !hg_rev_list_push(added, rev))
			return HG_INDEX_NO_MEMORY;
		status = hg_view_parents(view, rev, rev, parents);
		if (status != HG_INDEX_OK)
			return status;
		for (i = 0; i < 2; i++) {
			if (parents[i] < 0)
				continue;
			*open += parents[i] < begin &&
			         !window_get(covered, parents[i]);
			if (!window_add(covered, parents[i], 1))
				return HG_INDEX_NO_MEMORY;
		}
	}
	return HG_INDEX_OK;
}

/* Of the old revisions that got children, those were heads that have no old
 * child: an old child, met first going down, uncovers its parents. */
static enum hg_index_status find_removed(hg_index_view *view, int32_t begin,
                                         mark_window *covered, size_t open,
                                         hg_rev_list *removed)
{
	int32_t rev, parents[2];
	int i;

	for (rev = begin - 1; rev >= 0 && open > 0; rev--) {
		enum hg_index_status status;

		if (window_get(covered, rev)) {
			window_clear(covered, rev);
			open--;
			if (!hg_rev_list_push(removed, rev))
				return HG_INDEX_NO_MEMORY;
		}
		status = hg_view_parents(view, rev, rev, parents);
		if (status != HG_INDEX_OK)
			return status;
		for (i = 0; i < 2; i++)
			if (parents[i] >= 0 &&
			    window_get(covered, parents[i])) {
				window_clear(covered, parents[i]);
				open--;
			}
	}
	return HG_INDEX_OK;
}

enum hg_index_status hg_dag_heads_diff(hg_index_view *view, int32_t begin,
                                       int32_t end, hg_rev_list *removed,
                                       hg_rev_list *added)
{
	mark_window covered = {calloc(64, 1), end, 64};
	enum hg_index_status status = HG_INDEX_NO_MEMORY;
	size_t open = 0;

	if (covered.marks != NULL)
		status = find_added(view, begin, &covered, &open, added);
	if (status == HG_INDEX_OK)
		status = find_removed(view, begin, &covered, open, removed);
	if (status == HG_INDEX_OK && begin == 0 && end > 0 &&
	    !hg_rev_list_push(removed, HG_NULL_REV))
		status = HG_INDEX_NO_MEMORY;
	free(covered.marks);
	return status;
}

enum hg_index_status hg_dag_inherit_phases(hg_index_view *view, int32_t first,
                                           int32_t end, uint8_t *phases)
{
	int32_t rev, parents[2];
	int i;

	/* ascending: a parent's phase is final before its children ask */
	for (rev = first; rev < end; rev++) {
		enum hg_index_status status =
		    hg_view_parents(view, rev, end - 1, parents);

		if (status != HG_INDEX_OK)
			return status;
		for (i = 0; i < 2; i++)
			if (parents[i] >= first &&
			    phases[parents[i] - first] > phases[rev - first])
				phases[rev - first] =
				    phases[parents[i] - first];
	}
	return HG_INDEX_OK;
}
