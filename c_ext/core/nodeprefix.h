/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nodes in order, to find them by prefix and to tell how long a prefix has to
 * be. Contract section 2.8: partialmatch, shortest, and the nodetree type.
 *
 * Most nodes are sorted; those added since wait in a short unsorted list that
 * every question reads through, and that joins the others when it gets long.
 */
#ifndef HG_CORE_NODEPREFIX_H
#define HG_CORE_NODEPREFIX_H

#include "index_view.h"

#define HG_NODE_DIGITS (2 * HG_NODE_SIZE)

typedef struct {
	uint64_t key; /* the node's first 8 bytes, as a number */
	int32_t rev;
} hg_prefix_entry;

typedef struct {
	hg_prefix_entry *entries; /* ascending, each node once */
	size_t count;
	/* entries whose key's highest `bits` bits are n are those from starts[n]
	 * to starts[n + 1] */
	uint32_t *starts;
	int bits;
	hg_rev_list waiting;
} hg_node_prefixes;

enum {
	HG_PREFIX_UNKNOWN = -2,
	HG_PREFIX_NO_MEMORY = -3,
	HG_PREFIX_AMBIGUOUS = -4,
};

/* The shape a 16-way trie over the same nodes has. */
typedef struct {
	size_t nodes; /* inner nodes, the root included */
	int depth; /* of the deepest inner node; the root's is 0 */
} hg_prefix_shape;

void hg_node_prefixes_clear(hg_node_prefixes *prefixes);
bool hg_node_prefixes_add(hg_node_prefixes *prefixes, int32_t rev);
/* Add null and every revision of the index. */
bool hg_node_prefixes_add_all(hg_node_prefixes *prefixes,
                              const hg_index_view *view);

/* The index has been truncated, and may have grown since: forget the revisions
 * from `length` on, and read the nodes of the others again. False without
 * memory, nothing being changed. */
bool hg_node_prefixes_truncate(hg_node_prefixes *prefixes, int32_t length);

/* The one revision whose node starts with these hexadecimal digits, or one of
 * the values above. `digits` holds a value, 0 to 15, per digit; at most
 * HG_NODE_DIGITS. */
int32_t hg_node_prefixes_match(hg_node_prefixes *prefixes,
                               const hg_index_view *view,
                               const unsigned char *digits, size_t count);

/* Digits that tell `node` from all others, at least 1, or a value above. */
int32_t hg_node_prefixes_shortest(hg_node_prefixes *prefixes,
                                  const hg_index_view *view,
                                  const unsigned char *node);

/* False without memory. */
bool hg_node_prefixes_shape(hg_node_prefixes *prefixes,
                            const hg_index_view *view, hg_prefix_shape *shape);

#endif
