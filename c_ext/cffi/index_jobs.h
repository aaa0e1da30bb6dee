/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An index for cffi: whole jobs over the core's index, its nodes in step with it.
 *
 * Calls must leave `rev` and `start` within the index; records are `record_size`
 * bytes of the format, one behind the other.
 */
#ifndef HG_CFFI_INDEX_JOBS_H
#define HG_CFFI_INDEX_JOBS_H

#include "index_dag.h"
#include "index_delta.h"
#include "index_view.h"
#include "nodeprefix.h"
#include "nodetable.h"

struct index_jobs {
	hg_index_view view;
	hg_node_table nodes;
	hg_node_prefixes prefixes;
	bool prefixes_filled;
};

/* `jobs` is zeroed memory; the data stay the caller's. */
enum hg_index_status index_jobs_open(struct index_jobs *jobs,
                                     const unsigned char *data, size_t size,
                                     bool is_inline, long format);
void index_jobs_close(struct index_jobs *jobs);

/* On failure some of the records may have been added. */
enum hg_index_status index_jobs_append(struct index_jobs *jobs,
                                       const unsigned char *records,
                                       size_t count);
void index_jobs_truncate(struct index_jobs *jobs, int32_t start);

/* As hg_node_table_find, hg_node_prefixes_match and hg_node_prefixes_shortest. */
int32_t index_jobs_find(struct index_jobs *jobs, const unsigned char *node);
int32_t index_jobs_match(struct index_jobs *jobs, const unsigned char *digits,
                         size_t count);
int32_t index_jobs_shortest(struct index_jobs *jobs, const unsigned char *node);

/* What C's `stats` counts; -1 where it has not begun to. Contract section 2.8. */
struct index_jobs_stats {
	int64_t added;
	int64_t in_memory;
	int64_t lookups;
	int64_t misses;
	int64_t last_scanned;
	int64_t capacity;
	int64_t nodes;
	int64_t depth;
};

/* False without memory. */
bool index_jobs_count(struct index_jobs *jobs, struct index_jobs_stats *stats);

/* Put the node of `rev`, which may be null, into `node`. */
void index_jobs_node(const struct index_jobs *jobs, int32_t rev,
                     unsigned char node[HG_NODE_SIZE]);

/* The heads, as hg_dag_heads; `filtered` is a byte for each revision below
 * `stop`, or NULL. */
enum hg_index_status index_jobs_heads(struct index_jobs *jobs, int32_t stop,
                                      const unsigned char *filtered,
                                      hg_rev_list *heads);

/* Let the revisions from `first` on inherit their parents' phases. `phases` holds
 * one of each revision of the index. */
enum hg_index_status index_jobs_phases(struct index_jobs *jobs, int32_t first,
                                       unsigned char *phases);

/* Whether all of these are revisions or null. */
bool index_jobs_knows(const struct index_jobs *jobs, const int32_t *revs,
                      size_t count);
/* hg_rev_list_push, to call. */
bool index_jobs_push(hg_rev_list *list, int32_t rev);

#endif
