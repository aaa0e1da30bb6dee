/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "index_dag.h"
#include "index_delta.h"
#include "index_records.h"
#include "nodeprefix.h"
#include "nodetable.h"

static unsigned char disk[RECORDS_SIZE];
static hg_index_view view;
static hg_rev_list first, second;
static hg_slice *slices;
static size_t slice_count;
static hg_node_table nodes;
static hg_node_prefixes prefixes;

static bool enough(enum hg_index_status status)
{
	CHECK(status == HG_INDEX_OK || status == HG_INDEX_NO_MEMORY);
	return status == HG_INDEX_OK;
}

static void clear(void)
{
	memset(&view, 0, sizeof view);
	memset(&first, 0, sizeof first);
	memset(&second, 0, sizeof second);
	memset(&nodes, 0, sizeof nodes);
	memset(&prefixes, 0, sizeof prefixes);
	hg_node_table_clear(&nodes);
	slices = NULL;
	slice_count = 0;
}

static void make(void)
{
	int32_t rev;

	clear();
	make_records(disk);
	CHECK(hg_view_open(&view, disk, sizeof disk, false, HG_INDEX_V1) ==
	      HG_INDEX_OK);
	for (rev = ON_DISK; rev < LENGTH; rev++) {
		hg_index_entry entry = entry_of(rev);

		CHECK(hg_view_append(&view, &entry) == HG_INDEX_OK);
	}
}

static void drop(void)
{
	hg_view_close(&view);
	hg_rev_list_free(&first);
	hg_rev_list_free(&second);
	hg_node_table_clear(&nodes);
	hg_node_prefixes_clear(&prefixes);
	free(slices);
}

static uint64_t look_at_records(void)
{
	uint64_t value = 0;
	int32_t rev;

	if (view.layout == NULL)
		return 0;
	for (rev = 0; rev < hg_view_length(&view); rev++)
		value = digest(value, hg_view_record(&view, rev), RECORD_SIZE);
	return value;
}

/* The index, and what a query gave, if it did. */
static uint64_t look_at_answer(void)
{
	uint64_t value = look_at_records();

	value = digest(value, first.revs, first.count * sizeof *first.revs);
	value = digest(value, second.revs, second.count * sizeof *second.revs);
	return digest(value, slices, slice_count * sizeof *slices);
}

/* Keep what a query gave only if it gave all of it. */
static bool answered(enum hg_index_status status)
{
	if (enough(status))
		return true;
	hg_rev_list_free(&first);
	hg_rev_list_free(&second);
	return false;
}

/* Each record followed by the 100 bytes of its revision. */
#define INLINE_REVISIONS 100
#define INLINE_STEP (RECORD_SIZE + 100)

static unsigned char inline_file[INLINE_REVISIONS * INLINE_STEP];

static void make_inline(void)
{
	int32_t rev;

	clear();
	make_records(disk);
	for (rev = 0; rev < INLINE_REVISIONS; rev++) {
		unsigned char *record = inline_file + rev * INLINE_STEP;

		memcpy(record, disk + rev * RECORD_SIZE, RECORD_SIZE);
		hg_store_be32(record + 8, 100);
	}
}

static bool open_inline(void)
{
	bool done = enough(hg_view_open(&view, inline_file, sizeof inline_file,
	                                true, HG_INDEX_V1));

	if (!done)
		memset(&view, 0, sizeof view);
	return done;
}

static bool append(void)
{
	hg_index_entry entry = entry_of(LENGTH);

	return enough(hg_view_append(&view, &entry));
}

static bool append_record(void)
{
	return enough(hg_view_append_record(&view, disk));
}

static bool grow(void)
{
	return hg_rev_list_grow(&first);
}

static uint64_t look_at_room(void)
{
	return first.capacity;
}

static bool heads(void)
{
	return answered(hg_dag_heads(&view, LENGTH, NULL, NULL, &first));
}

static bool heads_diff(void)
{
	return answered(
	    hg_dag_heads_diff(&view, LENGTH / 2, LENGTH, &first, &second));
}

static bool reachable_roots(void)
{
	const int32_t asked[] = {LENGTH - 1, LENGTH - 2}, roots[] = {3, 200};
	const hg_reachable_query query = {.lowest = 0,
	                                  .heads = asked,
	                                  .head_count = 2,
	                                  .roots = roots,
	                                  .root_count = 2,
	                                  .include_path = true};

	return answered(hg_dag_reachable_roots(&view, &query, &first));
}

static bool common_heads(void)
{
	const int32_t asked[] = {LENGTH - 1, LENGTH - 3, LENGTH - 8};

	return answered(hg_dag_common_heads(&view, asked, 3, &first));
}

/* Two heads: neither has children. */
static void make_heads(void)
{
	make();
	CHECK(heads());
	CHECK(first.count >= 2);
	first.count = 2;
}

static bool deepest(void)
{
	const int32_t before[2] = {first.revs[0], first.revs[1]};

	if (enough(hg_dag_deepest(&view, &first)))
		return true;
	CHECK(first.count == 2 && first.revs[0] == before[0] &&
	      first.revs[1] == before[1]);
	return false;
}

static bool find_snapshots(void)
{
	return answered(
	    hg_delta_find_snapshots(&view, 0, LENGTH, false, &first, &second));
}

static bool chain(void)
{
	const hg_chain_query query = {.rev = LENGTH - 1,
	                              .stop = HG_DELTA_NO_STOP};
	bool stopped;

	return answered(hg_delta_chain(&view, &query, &first, &stopped));
}

static bool slice(void)
{
	const int32_t revs[] = {1, 50, 51, 120, 300, 301, 555};
	const hg_slice_query query = {
	    .revs = revs, .count = 7, .density = 0.99, .min_gap = 1};

	return enough(hg_delta_slice(&view, &query, &slices, &slice_count));
}

/* Look-ups of all nodes: from here on they fill the table. */
static uint64_t look_at_nodes(void)
{
	uint64_t value = look_at_records();
	int32_t rev;

	for (rev = 0; rev < hg_view_length(&view); rev++) {
		int32_t found =
		    hg_node_table_find(&nodes, &view, hg_view_node(&view, rev));

		value = digest(value, &found, sizeof found);
	}
	return value;
}

static bool prepare_nodes(void)
{
	return hg_node_table_prepare(&nodes, &view);
}

/* Far more misses than scans that fill nothing. */
static bool find_node(void)
{
	int32_t rev;

	for (rev = 0; rev < 60; rev++) {
		int32_t found =
		    hg_node_table_find(&nodes, &view, hg_view_node(&view, rev));

		if (found == HG_NODE_NO_MEMORY)
			return false;
		CHECK(found == rev);
	}
	return true;
}

/* A table that has to grow before it takes one more. */
static void make_full_table(void)
{
	int32_t rev;

	clear();
	make_records(disk);
	CHECK(hg_view_open(&view, disk, sizeof disk, false, HG_INDEX_V1) ==
	      HG_INDEX_OK);
	hg_view_truncate(&view, 10);
	CHECK(prepare_nodes());
	for (rev = 10; nodes.used < nodes.mask / 4 * 3; rev++) {
		hg_index_entry entry = entry_of(rev);

		CHECK(hg_view_append(&view, &entry) == HG_INDEX_OK);
		CHECK(hg_node_table_insert(&nodes, &view, entry.node, rev));
	}
}

static bool insert_node(void)
{
	int32_t last = hg_view_length(&view) - 1;

	return hg_node_table_insert(&nodes, &view, hg_view_node(&view, 2), 2) &&
	       hg_node_table_insert(&nodes, &view, hg_view_node(&view, last),
	                            last);
}

/* By every node's first digits, and how many of them tell it. */
static uint64_t look_at_prefixes(void)
{
	uint64_t value = look_at_records();
	int32_t rev;

	for (rev = 0; rev < hg_view_length(&view); rev++) {
		const unsigned char *node = hg_view_node(&view, rev);
		unsigned char digits[6];
		int32_t found[2];
		int i;

		for (i = 0; i < 6; i++)
			digits[i] =
			    i % 2 == 0 ? node[i / 2] >> 4 : node[i / 2] & 15;
		found[0] = hg_node_prefixes_match(&prefixes, &view, digits, 6);
		found[1] = hg_node_prefixes_shortest(&prefixes, &view, node);
		value = digest(value, found, sizeof found);
	}
	return value;
}

static bool add_prefix(void)
{
	return hg_node_prefixes_add(&prefixes, 5);
}

static bool add_all_prefixes(void)
{
	bool done = hg_node_prefixes_add_all(&prefixes, &view);

	if (!done)
		hg_node_prefixes_clear(&prefixes);
	return done;
}

static void make_prefixes(void)
{
	make();
	CHECK(add_all_prefixes());
}

/* So few that they all could wait. */
static void make_few_prefixes(void)
{
	int32_t rev;

	make();
	for (rev = 0; rev < 9; rev++)
		CHECK(hg_node_prefixes_add(&prefixes, rev));
}

static bool match_prefix(void)
{
	const unsigned char digits[] = {0xf, 0xf, 0xf, 0xf, 0xf, 0xf, 0xf};

	return hg_node_prefixes_match(&prefixes, &view, digits, 7) !=
	       HG_PREFIX_NO_MEMORY;
}

static bool shortest_prefix(void)
{
	return hg_node_prefixes_shortest(&prefixes, &view,
	                                 hg_view_node(&view, 7)) !=
	       HG_PREFIX_NO_MEMORY;
}

static bool shape_prefixes(void)
{
	hg_prefix_shape shape;

	return hg_node_prefixes_shape(&prefixes, &view, &shape);
}

/* Sorted ones, and others that wait. */
static void make_truncated(void)
{
	int32_t rev;

	make();
	for (rev = 0; rev < LENGTH - 3; rev++)
		CHECK(hg_node_prefixes_add(&prefixes, rev));
	CHECK(shape_prefixes());
	for (; rev < LENGTH; rev++)
		CHECK(hg_node_prefixes_add(&prefixes, rev));
}

static bool truncate_prefixes(void)
{
	return hg_node_prefixes_truncate(&prefixes, LENGTH / 2);
}

const allocation_case index_cases[] = {
    {"hg_view_open", make_inline, open_inline, look_at_records, drop, false},
    {"hg_view_append", make, append, look_at_records, drop, false},
    {"hg_view_append_record", make, append_record, look_at_records, drop,
     false},
    {"hg_rev_list_grow", make, grow, look_at_room, drop, false},
    {"hg_dag_heads", make, heads, look_at_answer, drop, false},
    {"hg_dag_heads_diff", make, heads_diff, look_at_answer, drop, false},
    {"hg_dag_reachable_roots", make, reachable_roots, look_at_answer, drop,
     false},
    {"hg_dag_common_heads", make, common_heads, look_at_answer, drop, false},
    {"hg_dag_deepest", make_heads, deepest, look_at_answer, drop, false},
    {"hg_delta_find_snapshots", make, find_snapshots, look_at_answer, drop,
     false},
    {"hg_delta_chain", make, chain, look_at_answer, drop, false},
    {"hg_delta_slice", make, slice, look_at_answer, drop, false},
    {"hg_node_table_prepare", make, prepare_nodes, look_at_nodes, drop, false},
    {"hg_node_table_find", make, find_node, look_at_nodes, drop, false},
    {"hg_node_table_insert", make_full_table, insert_node, look_at_nodes, drop,
     false},
    {"hg_node_prefixes_add", make, add_prefix, look_at_prefixes, drop, false},
    {"hg_node_prefixes_add_all", make, add_all_prefixes, look_at_prefixes, drop,
     false},
    {"hg_node_prefixes_match", make_prefixes, match_prefix, look_at_prefixes,
     drop, false},
    {"hg_node_prefixes_match", make_few_prefixes, match_prefix,
     look_at_prefixes, drop, false},
    {"hg_node_prefixes_shortest", make_prefixes, shortest_prefix,
     look_at_prefixes, drop, false},
    {"hg_node_prefixes_shape", make_prefixes, shape_prefixes, look_at_prefixes,
     drop, false},
    {"hg_node_prefixes_truncate", make_truncated, truncate_prefixes,
     look_at_prefixes, drop, false},
    {NULL, NULL, NULL, NULL, NULL, false},
};
