/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nodetable.h"

#include <stdlib.h>
#include <string.h>

/* Besides a revision plus one, what a slot's occupant can be. */
enum { VACANT = 0, FORGOTTEN = -1 };

/* How many revisions' slots are fetched together while scanning: the fetches
 * miss the cache, and overlap. */
#define SCAN_BATCH 16

/* How many misses only look for their node. Who asks for a node or two, as most
 * commands do, should not wait for a table. */
#define SCANS_WITHOUT_FILLING 4

#define NO_MATCH (-2)

typedef struct {
	uint32_t tag;
	uint32_t place;
} node_hash;

/* Nodes are hashes, but not only: tests make them up, and a table must not
 * collapse over nodes that differ in few bytes. */
static node_hash hash_node(const unsigned char *node)
{
	uint64_t first, second, mixed;
	uint32_t third;

	memcpy(&first, node, 8);
	memcpy(&second, node + 8, 8);
	memcpy(&third, node + 16, 4);
	mixed = first ^ (second << 29 | second >> 35) ^
	        (uint64_t)third * UINT64_C(0x9e3779b97f4a7c15);
	mixed *= UINT64_C(0xd6e8feb86659fd93);
	mixed ^= mixed >> 32;
	mixed *= UINT64_C(0xd6e8feb86659fd93);
	return (node_hash){(uint32_t)mixed, (uint32_t)(mixed >> 32)};
}

static bool is_null(const unsigned char *node)
{
	return node[0] == 0 && memcmp(node, hg_null_node, HG_NODE_SIZE) == 0;
}

static bool has_node(const hg_index_view *view, int32_t rev,
                     const unsigned char *node)
{
	return rev < hg_view_length(view) &&
	       memcmp(hg_view_node(view, rev), node, HG_NODE_SIZE) == 0;
}

void hg_node_table_clear(hg_node_table *table)
{
	free(table->slots);
	memset(table, 0, sizeof *table);
	table->scanned_from = -1;
}

static bool allocate(hg_node_table *table, uint32_t revisions)
{
	uint64_t slots = 16;

	while (slots < 2 * (uint64_t)revisions + 16)
		slots *= 2;
	/* fresh zero pages: only those that get used cost anything */
	table->slots = calloc(slots, sizeof *table->slots);
	table->mask = (uint32_t)(slots - 1);
	table->used = 0;
	return table->slots != NULL;
}

bool hg_node_table_prepare(hg_node_table *table, const hg_index_view *view)
{
	if (table->slots != NULL)
		return true;
	if (!allocate(table, (uint32_t)hg_view_length(view)))
		return false;
	table->scanned_from = hg_view_length(view);
	table->lookups = 1;
	table->misses = 0;
	return true;
}

/* The slot that leads to `node`, or NULL. */
static struct hg_node_slot *find_slot(const hg_node_table *table,
                                      const hg_index_view *view,
                                      const unsigned char *node, node_hash hash)
{
	uint32_t place = hash.place & table->mask;

	for (;; place = (place + 1) & table->mask) {
		struct hg_node_slot *slot = &table->slots[place];

		if (slot->occupant == VACANT)
			return NULL;
		if (slot->tag == hash.tag && slot->occupant != FORGOTTEN &&
		    has_node(view, slot->occupant - 1, node))
			return slot;
	}
}

static void occupy(hg_node_table *table, node_hash hash, int32_t rev)
{
	uint32_t place = hash.place & table->mask;

	while (table->slots[place].occupant != VACANT)
		place = (place + 1) & table->mask;
	table->slots[place].tag = hash.tag;
	table->slots[place].occupant = rev + 1;
	table->used++;
}

/* Make room for one more, dropping stale slots on the way. */
static bool reserve(hg_node_table *table, const hg_index_view *view)
{
	hg_node_table grown = *table;
	int32_t length = hg_view_length(view);
	uint32_t place;

	if (table->used < table->mask / 4 * 3)
		return true;
	if (!allocate(&grown, table->used + (uint32_t)length / 2))
		return false;
	for (place = 0;; place++) {
		int32_t occupant = table->slots[place].occupant;

		if (occupant > 0 && occupant <= length)
			occupy(&grown,
			       hash_node(hg_view_node(view, occupant - 1)),
			       occupant - 1);
		if (place == table->mask)
			break;
	}
	free(table->slots);
	*table = grown;
	return true;
}

bool hg_node_table_insert(hg_node_table *table, const hg_index_view *view,
                          const unsigned char *node, int32_t rev)
{
	struct hg_node_slot *slot;
	node_hash hash;

	if (table->slots == NULL)
		return true;
	if (!reserve(table, view))
		return false;
	hash = hash_node(node);
	slot = find_slot(table, view, node, hash);
	if (slot != NULL)
		slot->occupant = rev + 1;
	else
		occupy(table, hash, rev);
	return true;
}

void hg_node_table_forget(hg_node_table *table, const hg_index_view *view,
                          const unsigned char *node)
{
	struct hg_node_slot *slot;

	if (table->slots == NULL)
		return;
	slot = find_slot(table, view, node, hash_node(node));
	if (slot != NULL)
		slot->occupant = FORGOTTEN;
}

void hg_node_table_truncate(hg_node_table *table, int32_t length)
{
	if (table->scanned_from > length)
		table->scanned_from = length;
}

/* Look for `node` below what the table holds, and only that. */
static int32_t look_for(hg_node_table *table, const hg_index_view *view,
                        const unsigned char *node)
{
	int32_t rev;
	uint64_t wanted, candidate;

	memcpy(&wanted, node, sizeof wanted);
	for (rev = table->scanned_from - 1; rev >= 0; rev--) {
		memcpy(&candidate, hg_view_node(view, rev), sizeof candidate);
		if (candidate == wanted && has_node(view, rev, node))
			return hg_node_table_insert(table, view, node, rev)
			           ? rev
			           : HG_NODE_NO_MEMORY;
	}
	return HG_NODE_UNKNOWN;
}

/* Go on from where the last scan stopped, down to `node` or to the end. */
static int32_t scan_for(hg_node_table *table, const hg_index_view *view,
                        const unsigned char *node)
{
	node_hash hashes[SCAN_BATCH];

	while (table->scanned_from > 0) {
		int32_t batch = table->scanned_from < SCAN_BATCH
		                    ? table->scanned_from
		                    : SCAN_BATCH;
		int32_t i, found = NO_MATCH;

		if (!reserve(table, view))
			return HG_NODE_NO_MEMORY;
		for (i = 0; i < batch && found == NO_MATCH; i++) {
			int32_t rev = table->scanned_from - 1 - i;
			const unsigned char *candidate =
			    hg_view_node(view, rev);

			hashes[i] = hash_node(candidate);
			__builtin_prefetch(
			    &table->slots[hashes[i].place & table->mask], 1);
			if (memcmp(candidate, node, HG_NODE_SIZE) == 0)
				found = rev;
		}
		batch = i;
		for (i = 0; i < batch; i++) {
			int32_t rev = table->scanned_from - 1 - i;

			/* of two revisions with one node, the newer stays */
			if (find_slot(table, view, hg_view_node(view, rev),
			              hashes[i]) == NULL)
				occupy(table, hashes[i], rev);
		}
		table->scanned_from -= batch;
		if (found != NO_MATCH)
			return found;
	}
	table->scanned_from = -1;
	return HG_NODE_UNKNOWN;
}

int32_t hg_node_table_find(hg_node_table *table, const hg_index_view *view,
                           const unsigned char *node)
{
	struct hg_node_slot *slot;

	if (!hg_node_table_prepare(table, view))
		return HG_NODE_NO_MEMORY;
	table->lookups++;
	if (is_null(node))
		return HG_NULL_REV;
	slot = find_slot(table, view, node, hash_node(node));
	if (slot != NULL)
		return slot->occupant - 1;
	if (table->misses++ < SCANS_WITHOUT_FILLING)
		return look_for(table, view, node);
	return scan_for(table, view, node);
}
