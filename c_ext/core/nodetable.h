/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From node to revision: a hash table filled from the tip down, only as far as
 * the lookups so far had to go, and not by the first few. Contract section 2.8.
 *
 * A slot is a hint: the index itself says whether the revision in it has the
 * node. So a strip need not touch the table, and a stale slot is never found.
 */
#ifndef HG_CORE_NODETABLE_H
#define HG_CORE_NODETABLE_H

#include "index_view.h"

typedef struct {
	struct hg_node_slot {
		uint32_t tag;   /* node's hash but what gave its place */
		int32_t occupant; /* a revision plus one; see nodetable.c */
	} *slots;               /* NULL until the first lookup */
	uint32_t mask;          /* number of slots, minus one */
	uint32_t used;
	int32_t scanned_from; /* revisions from here on are in the table */
	int64_t lookups;
	int64_t misses; /* lookups the table alone could not answer */
} hg_node_table;

enum { HG_NODE_UNKNOWN = -2, HG_NODE_NO_MEMORY = -3 };

/* Before the first lookup. */
void hg_node_table_clear(hg_node_table *table);

/* The newest revision with this node, HG_NULL_REV for the null node,
 * HG_NODE_UNKNOWN or HG_NODE_NO_MEMORY. */
int32_t hg_node_table_find(hg_node_table *table, const hg_index_view *view,
                           const unsigned char *node);

/* Allocate the table if it is not yet; false without memory. */
bool hg_node_table_prepare(hg_node_table *table, const hg_index_view *view);
/* Let `node` lead to `rev`; false without memory. Does nothing to a table not
 * allocated, which will learn of `rev` by itself. */
bool hg_node_table_insert(hg_node_table *table, const hg_index_view *view,
                          const unsigned char *node, int32_t rev);
/* Let `node` lead nowhere, as far as it has been scanned. */
void hg_node_table_forget(hg_node_table *table, const hg_index_view *view,
                          const unsigned char *node);
/* The index has been truncated to `length`. */
void hg_node_table_truncate(hg_node_table *table, int32_t length);

#endif
