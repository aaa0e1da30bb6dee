/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index_jobs.h"

#include <string.h>

static int32_t length_of(const hg_index *index)
{
	return hg_view_length(&index->view);
}

/* Whether all of these are revisions or null. */
static bool knows(const hg_index *index, const int32_t *revs, size_t count)
{
	int32_t last = length_of(index) - 1;
	size_t i;

	for (i = 0; i < count; i++)
		if (!hg_rev_in_range(revs[i], last))
			return false;
	return true;
}

/* Whether these are ends of a range of revisions. */
static bool spans(const hg_index *index, int32_t begin, int32_t end)
{
	return begin >= 0 && begin <= end && end <= length_of(index);
}

enum hg_index_status index_jobs_append(hg_index *index, uint64_t truncations,
                                       int32_t length,
                                       const unsigned char *records,
                                       size_t count)
{
	if (index->truncations != truncations || length_of(index) != length)
		return HG_INDEX_STRIPPED;
	return hg_index_append_records(index, records, count);
}

void index_jobs_truncate(hg_index *index, int32_t start)
{
	if (start < length_of(index))
		hg_index_truncate(index, start);
}

int32_t index_jobs_match(hg_index *index, const char *digits, size_t count,
                         unsigned char node[HG_NODE_SIZE])
{
	int32_t rev = hg_index_match(index, digits, count);

	if (rev >= HG_NULL_REV)
		memcpy(node, hg_view_node(&index->view, rev), HG_NODE_SIZE);
	return rev;
}

static int is_marked(void *marks, int32_t rev)
{
	return ((const unsigned char *)marks)[rev];
}

enum hg_index_status index_jobs_heads(hg_index *index, int32_t stop,
                                      const unsigned char *filtered,
                                      hg_rev_list *heads)
{
	if (!spans(index, 0, stop))
		return HG_INDEX_STRIPPED;
	return hg_dag_heads(&index->view, stop,
	                    filtered == NULL ? NULL : is_marked,
	                    (void *)filtered, heads);
}

enum hg_index_status index_jobs_heads_diff(hg_index *index, int32_t begin,
                                           int32_t end, hg_rev_list *removed,
                                           hg_rev_list *added)
{
	if (!spans(index, begin, end))
		return HG_INDEX_STRIPPED;
	return hg_dag_heads_diff(&index->view, begin, end, removed, added);
}

enum hg_index_status index_jobs_phases(hg_index *index, int32_t first,
                                       int32_t end, unsigned char *phases)
{
	if (!spans(index, first, end))
		return HG_INDEX_STRIPPED;
	return hg_dag_inherit_phases(&index->view, first, end, phases + first);
}

enum hg_index_status index_jobs_reachable(hg_index *index,
                                          const hg_reachable_query *query,
                                          hg_rev_list *reachable)
{
	if (!knows(index, query->heads, query->head_count) ||
	    !knows(index, query->roots, query->root_count))
		return HG_INDEX_STRIPPED;
	return hg_dag_reachable_roots(&index->view, query, reachable);
}

enum hg_index_status index_jobs_common_heads(hg_index *index,
                                             const int32_t *revs, size_t count,
                                             hg_rev_list *heads)
{
	if (!knows(index, revs, count))
		return HG_INDEX_STRIPPED;
	return hg_dag_common_heads(&index->view, revs, count, heads);
}

enum hg_index_status index_jobs_deepest(hg_index *index, hg_rev_list *heads)
{
	if (!knows(index, heads->revs, heads->count))
		return HG_INDEX_STRIPPED;
	return hg_dag_deepest(&index->view, heads);
}

enum hg_index_status index_jobs_chain(hg_index *index,
                                      const hg_chain_query *query,
                                      hg_rev_list *chain, bool *stopped)
{
	if (query->rev < 0 || query->rev >= length_of(index))
		return HG_INDEX_STRIPPED;
	return hg_delta_chain(&index->view, query, chain, stopped);
}

enum hg_index_status index_jobs_is_snapshot(hg_index *index, int32_t rev,
                                            bool *is_snapshot)
{
	if (!knows(index, &rev, 1))
		return HG_INDEX_STRIPPED;
	return hg_delta_is_snapshot(&index->view, rev, is_snapshot);
}

enum hg_index_status index_jobs_find_snapshots(hg_index *index, int32_t start,
                                               int32_t end, bool by_flag,
                                               hg_rev_list *snapshots,
                                               hg_rev_list *bases)
{
	if (!spans(index, start, end))
		return HG_INDEX_STRIPPED;
	return hg_delta_find_snapshots(&index->view, start, end, by_flag,
	                               snapshots, bases);
}

enum hg_index_status index_jobs_slice(hg_index *index,
                                      const hg_slice_query *query,
                                      hg_slice **slices, size_t *slice_count)
{
	if (!knows(index, query->revs, query->count))
		return HG_INDEX_STRIPPED;
	return hg_delta_slice(&index->view, query, slices, slice_count);
}

bool index_jobs_push(hg_rev_list *list, int32_t rev)
{
	return hg_rev_list_push(list, rev);
}
