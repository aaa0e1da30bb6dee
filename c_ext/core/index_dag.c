/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index_dag.h"

#include "bitset.h"

static void add_parents(hg_bitset *set, const int32_t parents[2])
{
	if (parents[0] >= 0)
		hg_bitset_add(set, (size_t)parents[0]);
	if (parents[1] >= 0)
		hg_bitset_add(set, (size_t)parents[1]);
}

static enum hg_index_status mark_all(hg_index_view *view, int32_t stop,
                                     hg_bitset *covered)
{
	int32_t rev, parents[2];

	for (rev = 0; rev < stop; rev++) {
		enum hg_index_status status =
		    hg_index_parents(view, rev, stop - 1, parents);

		if (status != HG_INDEX_OK)
			return status;
		add_parents(covered, parents);
	}
	return HG_INDEX_OK;
}

/* Children come after their parents: going down, whoever is not covered yet has
 * no unfiltered child. */
static enum hg_index_status mark_unfiltered(hg_index_view *view, int32_t stop,
                                            hg_rev_filter filter,
                                            void *context, hg_bitset *covered)
{
	int32_t rev, parents[2];

	for (rev = stop - 1; rev >= 0; rev--) {
		enum hg_index_status status;

		if (!hg_bitset_has(covered, (size_t)rev)) {
			int filtered = filter(context, rev);

			if (filtered < 0)
				return HG_INDEX_CALLBACK;
			if (filtered) {
				hg_bitset_add(covered, (size_t)rev);
				continue;
			}
		}
		status = hg_index_parents(view, rev, stop - 1, parents);
		if (status != HG_INDEX_OK)
			return status;
		add_parents(covered, parents);
	}
	return HG_INDEX_OK;
}

enum hg_index_status hg_dag_heads(hg_index_view *view, int32_t stop,
                                  hg_rev_filter filter, void *context,
                                  hg_rev_list *heads)
{
	hg_bitset *covered = hg_bitset_new((size_t)stop);
	enum hg_index_status status;
	size_t word, words = hg_bitset_words((size_t)stop);

	if (covered == NULL)
		return HG_INDEX_NO_MEMORY;
	status = filter == NULL
	             ? mark_all(view, stop, covered)
	             : mark_unfiltered(view, stop, filter, context, covered);
	for (word = 0; status == HG_INDEX_OK && word < words; word++) {
		uint64_t bare = ~covered[word];

		while (bare != 0) {
			int64_t rev =
			    (int64_t)word * 64 + __builtin_ctzll(bare);

			if (rev >= stop)
				break;
			bare &= bare - 1;
			if (!hg_rev_list_push(heads, (int32_t)rev)) {
				status = HG_INDEX_NO_MEMORY;
				break;
			}
		}
	}
	free(covered);
	return status;
}

enum hg_index_status hg_dag_heads_diff(hg_index_view *view, int32_t begin,
                                       int32_t end, hg_rev_list *removed,
                                       hg_rev_list *added)
{
	/* `covered` holds parents of what was visited that were not visited
	 * themselves; `open` counts those below `begin`. */
	hg_bitset *covered = hg_bitset_new((size_t)end);
	enum hg_index_status status = HG_INDEX_OK;
	int32_t rev, parents[2];
	size_t open = 0;
	int i;

	if (covered == NULL)
		return HG_INDEX_NO_MEMORY;
	for (rev = end - 1; rev >= begin; rev--) {
		if (!hg_bitset_has(covered, (size_t)rev) &&
		    !hg_rev_list_push(added, rev)) {
			status = HG_INDEX_NO_MEMORY;
			goto done;
		}
		status = hg_index_parents(view, rev, rev, parents);
		if (status != HG_INDEX_OK)
			goto done;
		for (i = 0; i < 2; i++) {
			if (parents[i] < 0 ||
			    hg_bitset_has(covered, (size_t)parents[i]))
				continue;
			hg_bitset_add(covered, (size_t)parents[i]);
			open += parents[i] < begin;
		}
	}
	/* Of the old revisions that got children, those were heads that have no
	 * old child: an old child, met first going down, uncovers its parents. */
	for (rev = begin - 1; rev >= 0 && open > 0; rev--) {
		if (hg_bitset_has(covered, (size_t)rev)) {
			open--;
			if (!hg_rev_list_push(removed, rev)) {
				status = HG_INDEX_NO_MEMORY;
				goto done;
			}
		}
		status = hg_index_parents(view, rev, rev, parents);
		if (status != HG_INDEX_OK)
			goto done;
		for (i = 0; i < 2; i++) {
			if (parents[i] < 0 || parents[i] == rev ||
			    !hg_bitset_has(covered, (size_t)parents[i]))
				continue;
			hg_bitset_remove(covered, (size_t)parents[i]);
			open--;
		}
	}
	if (begin == 0 && end > 0 && !hg_rev_list_push(removed, HG_NULL_REV))
		status = HG_INDEX_NO_MEMORY;
done:
	free(covered);
	return status;
}

enum hg_index_status hg_dag_spread_phases(hg_index_view *view, int32_t from,
                                          uint8_t *phases)
{
	int32_t length = hg_index_length(view), rev, parents[2];
	int i;

	for (rev = from; rev < length; rev++) {
		enum hg_index_status status =
		    hg_index_parents(view, rev, length - 1, parents);

		if (status != HG_INDEX_OK)
			return status;
		for (i = 0; i < 2; i++)
			if (parents[i] >= 0 && phases[parents[i]] > phases[rev])
				phases[rev] = phases[parents[i]];
	}
	return HG_INDEX_OK;
}

/* The sets of one reachable-roots walk. Members are revisions plus one, so that
 * null has a place. */
typedef struct {
	hg_bitset *seen;
	hg_bitset *roots;
	hg_bitset *reachable;
	int32_t highest; /* of the heads */
} reachable_walk;

static enum hg_index_status find_roots(hg_index_view *view,
                                       const hg_reachable_query *query,
                                       reachable_walk *walk,
                                       hg_rev_list *reachable)
{
	int32_t last = hg_index_length(view) - 1, parents[2];
	int64_t place = (int64_t)walk->highest + 1;
	int i;

	for (; (place = hg_bitset_previous(walk->seen, place)) >= 0; place--) {
		int32_t rev = (int32_t)place - 1;
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
		for (i = 0; i < 2; i++)
			if (parents[i] >= query->lowest)
				hg_bitset_add(walk->seen,
				              (size_t)(parents[i] + 1));
	}
	return HG_INDEX_OK;
}

static enum hg_index_status find_paths(hg_index_view *view,
                                       const hg_reachable_query *query,
                                       reachable_walk *walk,
                                       hg_rev_list *reachable)
{
	int32_t last = hg_index_length(view) - 1, parents[2];
	int64_t place, end = (int64_t)last + 1;

	place = query->lowest > 0 ? query->lowest + 1 : 1;
	for (; (place = hg_bitset_next(walk->seen, place, end)) >= 0; place++) {
		int32_t rev = (int32_t)place - 1;
		enum hg_index_status status =
		    hg_index_parents(view, rev, last, parents);

		if (status != HG_INDEX_OK)
			return status;
		if (hg_bitset_has(walk->reachable, (size_t)place))
			continue;
		if (!hg_bitset_has(walk->reachable, (size_t)(parents[0] + 1)) &&
		    !hg_bitset_has(walk->reachable, (size_t)(parents[1] + 1)))
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
	size_t places = (size_t)hg_index_length(view) + 1, i;
	reachable_walk walk = {.seen = hg_bitset_new(places),
	                       .roots = hg_bitset_new(places),
	                       .reachable = hg_bitset_new(places),
	                       .highest = HG_NULL_REV};
	enum hg_index_status status = HG_INDEX_NO_MEMORY;

	if (walk.seen == NULL || walk.roots == NULL || walk.reachable == NULL)
		goto done;
	for (i = 0; i < query->root_count; i++)
		hg_bitset_add(walk.roots, (size_t)(query->roots[i] + 1));
	for (i = 0; i < query->head_count; i++) {
		hg_bitset_add(walk.seen, (size_t)(query->heads[i] + 1));
		if (query->heads[i] > walk.highest)
			walk.highest = query->heads[i];
	}
	status = find_roots(view, query, &walk, reachable);
	if (status == HG_INDEX_OK && query->include_path)
		status = find_paths(view, query, &walk, reachable);
done:
	free(walk.seen);
	free(walk.roots);
	free(walk.reachable);
	return status;
}
