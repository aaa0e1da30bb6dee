/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions about the whole graph of revisions. Contract section 2.8. */
#ifndef HG_CORE_INDEX_DAG_H
#define HG_CORE_INDEX_DAG_H

#include "index_view.h"

/* 1 if `rev` is filtered out, 0 if not, negative on error. */
typedef int (*hg_rev_filter)(void *context, int32_t rev);

/* The heads, ascending, of the graph of the revisions below `stop`, at most the
 * index's length. A filtered revision counts as absent unless an unfiltered one
 * descends from it. `filter` may be NULL; its failure is HG_INDEX_CALLBACK. */
enum hg_index_status hg_dag_heads(hg_index_view *view, int32_t stop,
                                  hg_rev_filter filter, void *context,
                                  hg_rev_list *heads);

/* How adding the revisions begin .. end - 1 changes the heads of those below
 * `begin`. Both lists descend; null counts as the head of an empty graph.
 * Needs 0 <= begin <= end <= length. */
enum hg_index_status hg_dag_heads_diff(hg_index_view *view, int32_t begin,
                                       int32_t end, hg_rev_list *removed,
                                       hg_rev_list *added);

/* Raise the phase of each of the revisions first .. end - 1 to the highest of its
 * parents'. phases[0] is that of `first`, and so on; earlier ones are public, 0.
 * Needs 0 <= first and end <= length. */
enum hg_index_status hg_dag_inherit_phases(hg_index_view *view, int32_t first,
                                           int32_t end, uint8_t *phases);

typedef struct {
	int64_t lowest; /* no parent below this is visited */
	const int32_t *heads;
	size_t head_count;
	const int32_t *roots;
	size_t root_count;
	bool include_path;
} hg_reachable_query;

/* The roots that some head descends from and, with include_path, everything in
 * between. Heads and roots must be revisions or null. */
enum hg_index_status hg_dag_reachable_roots(hg_index_view *view,
                                            const hg_reachable_query *query,
                                            hg_rev_list *reachable);

/* How many revisions one ancestor query can start from. */
#define HG_DAG_MAX_STARTS 24

/* The heads, descending, of the common ancestors of `count` different
 * revisions, none of them null. */
enum hg_index_status hg_dag_common_heads(hg_index_view *view,
                                         const int32_t *revs, size_t count,
                                         hg_rev_list *heads);

/* Those of `heads`, which the call sorts ascending, that lie deepest: whose
 * way down to the root is longest, as far as the walk has to go to tell. None
 * may descend from another; at most HG_DAG_MAX_STARTS. */
enum hg_index_status hg_dag_deepest(hg_index_view *view, hg_rev_list *heads);

#endif
