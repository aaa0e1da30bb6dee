/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The index of a revlog: its records, and what finds them by node and by prefix,
 * in step with each other. Contract section 2.8.
 *
 * Whoever changes an index does it here. Questions about the graph and about
 * delta chains (index_dag.h, index_delta.h) take its `view`.
 */
#ifndef HG_CORE_INDEX_H
#define HG_CORE_INDEX_H

#include "index_view.h"
#include "nodeprefix.h"
#include "nodetable.h"

typedef struct {
	hg_index_view view;
	hg_node_table nodes;
	hg_node_prefixes prefixes;
	bool prefixes_filled;
	uint64_t truncations; /* how often revisions were stripped */
} hg_index;

/* Take `size` bytes of an index file, which stay the caller's. hg_index_close
 * releases the rest, and may be called after a failure and on zeroed memory. */
enum hg_index_status hg_index_open(hg_index *index, const unsigned char *data,
                                   size_t size, bool is_inline, long format);
void hg_index_close(hg_index *index);

/* Forget what can be computed again. */
void hg_index_clear_nodes(hg_index *index);

enum hg_index_status hg_index_append(hg_index *index,
                                     const hg_index_entry *entry);
/* Append `count` records as they would be in the file, one behind the other. On
 * failure some of them may have been. */
enum hg_index_status hg_index_append_records(hg_index *index,
                                             const unsigned char *records,
                                             size_t count);
/* Forget the revisions from `start` on, which is 0 to the length. */
void hg_index_truncate(hg_index *index, int32_t start);

/* As hg_node_table_find. */
int32_t hg_index_find(hg_index *index, const unsigned char *node);
/* Let `node` lead to `rev`; false without memory. */
bool hg_index_assign(hg_index *index, const unsigned char *node, int32_t rev);
/* As hg_node_table_forget. */
void hg_index_forget(hg_index *index, const unsigned char *node);

/* As hg_node_prefixes_match, of 1 to HG_NODE_DIGITS hexadecimal digits as text;
 * what is none is in no node. */
int32_t hg_index_match(hg_index *index, const char *digits, size_t count);
/* As hg_node_prefixes_shortest. */
int32_t hg_index_shortest(hg_index *index, const unsigned char *node);

/* A figure of Mercurial's `stats`: its key there, and what it counts. Those of a
 * trie are of one over the same nodes, as none is kept. */
typedef struct {
	const char *name;
	int64_t value;
} hg_index_stat;

#define HG_INDEX_MOST_STATS 9

/* Those there are, and how many; false without memory. */
bool hg_index_stats(hg_index *index, hg_index_stat stats[HG_INDEX_MOST_STATS],
                    size_t *count);

#endif
