/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What cffi asks of an index, as whole jobs: each is one call, for between two
 * calls Python may run anything, and change the index. So a job looks itself if
 * what it is given is of the index as it is; where not, it is HG_INDEX_STRIPPED.
 */
#ifndef HG_CFFI_INDEX_JOBS_H
#define HG_CFFI_INDEX_JOBS_H

#include "index.h"
#include "index_dag.h"
#include "index_delta.h"
#include "index_errors.h"

/* Append records, as hg_index_append_records, to an index that has `length`
 * revisions and was stripped `truncations` times. */
enum hg_index_status index_jobs_append(hg_index *index, uint64_t truncations,
                                       int32_t length,
                                       const unsigned char *records,
                                       size_t count);
/* Forget the revisions from `start` on, if there are so many. */
void index_jobs_truncate(hg_index *index, int32_t start);

/* As hg_index_match; what is found, which may be null, has its node in `node`. */
int32_t index_jobs_match(hg_index *index, const char *digits, size_t count,
                         unsigned char node[HG_NODE_SIZE]);

/* The heads, as hg_dag_heads; `filtered` is a byte for each revision below
 * `stop`, or NULL. */
enum hg_index_status index_jobs_heads(hg_index *index, int32_t stop,
                                      const unsigned char *filtered,
                                      hg_rev_list *heads);
/* As hg_dag_heads_diff. */
enum hg_index_status index_jobs_heads_diff(hg_index *index, int32_t begin,
                                           int32_t end, hg_rev_list *removed,
                                           hg_rev_list *added);
/* Let the revisions from `first` to `end` - 1 inherit their parents' phases.
 * `phases` holds one of each revision below `end`. */
enum hg_index_status index_jobs_phases(hg_index *index, int32_t first,
                                       int32_t end, unsigned char *phases);

/* As the functions of index_dag.h and index_delta.h that are called so. */
enum hg_index_status index_jobs_reachable(hg_index *index,
                                          const hg_reachable_query *query,
                                          hg_rev_list *reachable);
enum hg_index_status index_jobs_common_heads(hg_index *index,
                                             const int32_t *revs, size_t count,
                                             hg_rev_list *heads);
enum hg_index_status index_jobs_deepest(hg_index *index, hg_rev_list *heads);
enum hg_index_status index_jobs_chain(hg_index *index,
                                      const hg_chain_query *query,
                                      hg_rev_list *chain, bool *stopped);
enum hg_index_status index_jobs_is_snapshot(hg_index *index, int32_t rev,
                                            bool *is_snapshot);
enum hg_index_status index_jobs_find_snapshots(hg_index *index, int32_t start,
                                               int32_t end, bool by_flag,
                                               hg_rev_list *snapshots,
                                               hg_rev_list *bases);
enum hg_index_status index_jobs_slice(hg_index *index,
                                      const hg_slice_query *query,
                                      hg_slice **slices, size_t *slice_count);

/* hg_rev_list_push, to call. */
bool index_jobs_push(hg_rev_list *list, int32_t rev);

#endif
