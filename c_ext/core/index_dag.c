/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index_dag.h"

#include <stdlib.h>
#include <string.h>

#include "bitset.h"

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
		    hg_index_parents(view, rev, stop - 1, parents);

		if (status != HG_INDEX_OK)
			return status;
		mark_parents(covered, parents);
	}
	return HG_INDEX_OK;
}

/* Children come after their parents: going down, whoever is not covered yet has
 * no unfiltered child. */
static enum hg_index_status mark_unfiltered(hg_index_view *view, int32_t stop,
                                            hg_rev_filter filter,
                                            void *context, uint8_t *covered)
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
		status = hg_index_parents(view, rev, stop - 1, parents);
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

/* Marks of the revisions below `end`, as far down as some mark was set: what is
 * asked about lies near the tip of a long history. */
typedef struct {
	uint8_t *marks; /* of end - 1, end - 2, ... */
	int32_t end;
	int32_t size;
} mark_window;

static bool window_grow(mark_window *window, int64_t needed)
{
	int64_t size = 4 * (int64_t)window->size;
	uint8_t *marks;

	if (size < needed)
		size = needed;
	if (size > window->end)
		size = window->end;
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

static inline bool window_has(const mark_window *window, int32_t rev)
{
	int32_t place = window->end - 1 - rev;

	return place < window->size && window->marks[place];
}

/* Set the mark of `rev`, which must be set already or reached, or clear it. */
static inline void window_set(mark_window *window, int32_t rev, bool mark)
{
	window->marks[window->end - 1 - rev] = mark;
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

		if (!window_has(covered, rev) && !hg_rev_list_push(added, rev))
			return HG_INDEX_NO_MEMORY;
		status = hg_index_parents(view, rev, rev, parents);
		if (status != HG_INDEX_OK)
			return status;
		for (i = 0; i < 2; i++) {
			if (parents[i] < 0)
				continue;
			if (!window_reach(covered, parents[i]))
				return HG_INDEX_NO_MEMORY;
			*open += parents[i] < begin &&
			         !window_has(covered, parents[i]);
			window_set(covered, parents[i], true);
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

		if (window_has(covered, rev)) {
			window_set(covered, rev, false);
			open--;
			if (!hg_rev_list_push(removed, rev))
				return HG_INDEX_NO_MEMORY;
		}
		status = hg_index_parents(view, rev, rev, parents);
		if (status != HG_INDEX_OK)
			return status;
		for (i = 0; i < 2; i++)
			if (parents[i] >= 0 && window_has(covered, parents[i])) {
				window_set(covered, parents[i], false);
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

/* The sets of one reachable-roots walk. A revision's place in them is its
 * distance from `floor`, below which the walk does not come. */
typedef struct {
	hg_bitset *seen;
	hg_bitset *roots;
	hg_bitset *reachable;
	int32_t floor;
	int32_t highest; /* of the heads */
} reachable_walk;

static enum hg_index_status find_roots(hg_index_view *view,
                                       const hg_reachable_query *query,
                                       reachable_walk *walk,
                                       hg_rev_list *reachable)
{
	int32_t last = hg_index_length(view) - 1, parents[2];
	int64_t place = (int64_t)walk->highest - walk->floor;
	int i;

	for (; (place = hg_bitset_previous(walk->seen, place)) >= 0; place--) {
		int32_t rev = (int32_t)(place + walk->floor);
		enum hg_index_status status;

		if (hg_bitset_has(walk->roots, (size_t)place)) {
			hg_bitset_add(walk->reachable, (size_t)place);
			if (!hg_rev_list_push(reachable, rev))
				return HG_INDEX_NO_MEMORY;
			if (!query->include_path)
				continue;
		}
		if (rev == HG_NULL_REV)
			continue;
		status = hg_index_parents(view, rev, last, parents);
		if (status != HG_INDEX_OK)
			return status;
		/* A parent above its child is not visited, nor does it fit. */
		for (i = 0; i < 2; i++)
			if (parents[i] >= query->lowest && parents[i] < rev)
				hg_bitset_add(walk->seen, (size_t)(parents[i] -
				                                   walk->floor));
	}
	return HG_INDEX_OK;
}

static bool is_reachable(const reachable_walk *walk, int32_t rev)
{
	return rev >= walk->floor && rev <= walk->highest &&
	       hg_bitset_has(walk->reachable, (size_t)(rev - walk->floor));
}

static enum hg_index_status find_paths(hg_index_view *view,
                                       const hg_reachable_query *query,
                                       reachable_walk *walk,
                                       hg_rev_list *reachable)
{
	int32_t last = hg_index_length(view) - 1, parents[2];
	int64_t place = query->lowest > 0 ? query->lowest : 0;
	int64_t end = (int64_t)walk->highest - walk->floor;

	place -= walk->floor;
	for (; (place = hg_bitset_next(walk->seen, place, end)) >= 0; place++) {
		int32_t rev = (int32_t)(place + walk->floor);
		enum hg_index_status status =
		    hg_index_parents(view, rev, last, parents);

		if (status != HG_INDEX_OK)
			return status;
		if (hg_bitset_has(walk->reachable, (size_t)place) ||
		    (!is_reachable(walk, parents[0]) &&
		     !is_reachable(walk, parents[1])))
			continue;
		hg_bitset_add(walk->reachable, (size_t)place);
		if (!hg_rev_list_push(reachable, rev))
			return HG_INDEX_NO_MEMORY;
	}
	return HG_INDEX_OK;
}

enum hg_index_status hg_dag_reachable_roots(hg_index_view *view,
                                            const hg_reachable_query *query,
                                            hg_rev_list *reachable)
{
	reachable_walk walk = {.highest = HG_NULL_REV};
	enum hg_index_status status = HG_INDEX_NO_MEMORY;
	size_t places, i;

	if (query->head_count == 0)
		return HG_INDEX_OK;
	walk.floor = query->heads[0];
	for (i = 0; i < query->head_count; i++) {
		if (query->heads[i] > walk.highest)
			walk.highest = query->heads[i];
		if (query->heads[i] < walk.floor)
			walk.floor = query->heads[i];
	}
	if (query->lowest < walk.floor)
		walk.floor = query->lowest < HG_NULL_REV ? HG_NULL_REV
		                                         : (int32_t)query->lowest;
	places = (size_t)((int64_t)walk.highest - walk.floor) + 1;
	walk.seen = hg_bitset_new(places);
	walk.roots = hg_bitset_new(places);
	walk.reachable = hg_bitset_new(places);
	if (walk.seen == NULL || walk.roots == NULL || walk.reachable == NULL)
		goto done;
	for (i = 0; i < query->root_count; i++)
		if (query->roots[i] >= walk.floor &&
		    query->roots[i] <= walk.highest)
			hg_bitset_add(walk.roots,
			              (size_t)(query->roots[i] - walk.floor));
	for (i = 0; i < query->head_count; i++)
		hg_bitset_add(walk.seen, (size_t)(query->heads[i] - walk.floor));
	status = find_roots(view, query, &walk, reachable);
	if (status == HG_INDEX_OK && query->include_path)
		status = find_paths(view, query, &walk, reachable);
done:
	free(walk.seen);
	free(walk.roots);
	free(walk.reachable);
	return status;
}
