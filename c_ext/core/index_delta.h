/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Delta chains: what a revision is stored against, and where. Contract
 * section 2.8. */
#ifndef HG_CORE_INDEX_DELTA_H
#define HG_CORE_INDEX_DELTA_H

#include "index_view.h"

/* The stored base of `rev`, checked: -1 .. rev. */
enum hg_index_status hg_delta_base(hg_index_view *view, int32_t rev,
                                   int32_t *base);
/* The stored length of `rev`, checked not to be negative; 0 for null. */
enum hg_index_status hg_delta_length(hg_index_view *view, int32_t rev,
                                     int32_t *length);

/* Whether `rev`, or null, is stored as a snapshot: in full, or against another
 * snapshot that is neither parent. */
enum hg_index_status hg_delta_is_snapshot(hg_index_view *view, int32_t rev,
                                          bool *is_snapshot);

/* The snapshots among start .. end - 1, in two parallel lists: the revisions,
 * and the base of each, -1 for those stored in full. With `by_flag` the
 * revision's flag tells, not its chain. */
enum hg_index_status hg_delta_find_snapshots(hg_index_view *view, int32_t start,
                                             int32_t end, bool by_flag,
                                             hg_rev_list *snapshots,
                                             hg_rev_list *bases);

bool hg_delta_snapshot_flag(const hg_index_view *view, int32_t rev);

#define HG_DELTA_NO_STOP INT64_MIN

typedef struct {
	int32_t rev;
	int64_t stop; /* end the chain before it, or HG_DELTA_NO_STOP */
	bool general; /* deltas are against base, not the revision before */
	bool skip_empty; /* leave out deltas of no bytes, except the base's */
} hg_chain_query;

/* The revisions whose deltas make up `rev`, from it down to its base. */
enum hg_index_status hg_delta_chain(hg_index_view *view,
                                    const hg_chain_query *query,
                                    hg_rev_list *chain, bool *stopped);

typedef struct {
	const int32_t *revs; /* ascending, null allowed */
	size_t count;
	double density;  /* cut no more at this much payload / bytes read */
	int64_t min_gap; /* bytes; a smaller gap is read through */
	/* bytes of index records that lie between the data of successive
	 * revisions: the record size in an inline file, else 0 */
	size_t record_gap;
} hg_slice_query;

/* A cut of revs[start] .. revs[end - 1]. */
typedef struct {
	size_t start;
	size_t end;
} hg_slice;

/* Cut a chain into slices worth a read each; free() *slices. If it need not be
 * cut, *slices is NULL. */
enum hg_index_status hg_delta_slice(hg_index_view *view,
                                    const hg_slice_query *query,
                                    hg_slice **slices, size_t *slice_count);

#endif
