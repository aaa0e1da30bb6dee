/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What cffi asks of an index in one call where the core takes several, or a
 * callback. Calls must leave `rev`, `first` and `stop` within the index.
 */
#ifndef HG_CFFI_INDEX_JOBS_H
#define HG_CFFI_INDEX_JOBS_H

#include "index.h"
#include "index_dag.h"
#include "index_delta.h"
#include "index_errors.h"

/* Put the node of `rev`, which may be null, into `node`. */
void index_jobs_node(const hg_index *index, int32_t rev,
                     unsigned char node[HG_NODE_SIZE]);

/* The heads, as hg_dag_heads; `filtered` is a byte for each revision below
 * `stop`, or NULL. */
enum hg_index_status index_jobs_heads(hg_index *index, int32_t stop,
                                      const unsigned char *filtered,
                                      hg_rev_list *heads);

/* Let the revisions from `first` on inherit their parents' phases. `phases` holds
 * one of each revision of the index. */
enum hg_index_status index_jobs_phases(hg_index *index, int32_t first,
                                       unsigned char *phases);

/* Whether all of these are revisions or null. */
bool index_jobs_knows(const hg_index *index, const int32_t *revs, size_t count);
/* hg_rev_list_push, to call. */
bool index_jobs_push(hg_rev_list *list, int32_t rev);

#endif
