/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The index as a whole, and what cffi asks of it. */
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "index_jobs.h"
#include "index_records.h"

static unsigned char disk[RECORDS_SIZE];
static hg_index all;
static hg_rev_list found, others;
static hg_slice *slices;
static size_t slice_count;
static hg_index_stat stats[HG_INDEX_MOST_STATS];
static size_t stat_count;

static bool enough(enum hg_index_status status)
{
	CHECK(status == HG_INDEX_OK || status == HG_INDEX_NO_MEMORY);
	return status == HG_INDEX_OK;
}

static bool append_one(void)
{
	hg_index_entry entry = entry_of(hg_view_length(&all.view));

	return enough(hg_index_append(&all, &entry));
}

static void make(void)
{
	memset(&found, 0, sizeof found);
	memset(&others, 0, sizeof others);
	slices = NULL;
	stat_count = slice_count = 0;
	make_records(disk);
	CHECK(hg_index_open(&all, disk, sizeof disk, false, HG_INDEX_V1) ==
	      HG_INDEX_OK);
}

/* The next one appended needs more memory for its record. */
static void make_appended(void)
{
	make();
	hg_index_truncate(&all, 10);
	do
		CHECK(append_one());
	while (all.view.added_count < all.view.added_capacity);
}

/* It needs more for its node's way to it, and its record none. */
static void make_full_table(void)
{
	make();
	hg_index_truncate(&all, 10);
	CHECK(hg_index_shortest(&all, hg_view_node(&all.view, 5)) > 0);
	while (all.nodes.used < all.nodes.mask / 4 * 3)
		CHECK(append_one());
	CHECK(all.view.added_count < all.view.added_capacity);
}

/* It needs more for its place among the prefixes, and nothing else. */
static void make_full_prefixes(void)
{
	make();
	CHECK(append_one());
	CHECK(hg_index_shortest(&all, hg_view_node(&all.view, 5)) > 0);
	do
		CHECK(append_one());
	while (all.prefixes.waiting.count < all.prefixes.waiting.capacity);
	CHECK(all.view.added_count < all.view.added_capacity);
}

static void drop(void)
{
	hg_index_close(&all);
	hg_rev_list_free(&found);
	hg_rev_list_free(&others);
	free(slices);
}

/* The records, by what they are found, and what was given. */
static uint64_t look(void)
{
	uint64_t value =
	    digest(0, found.revs, found.count * sizeof *found.revs);
	int32_t rev;
	size_t i;

	for (i = 0; i < stat_count; i++) {
		/* what the attempt before has sorted needs no more scans */
		if (strcmp(stats[i].name, "node trie last rev scanned") == 0)
			continue;
		value = digest(value, stats[i].name, strlen(stats[i].name));
		value = digest(value, &stats[i].value, sizeof stats[i].value);
	}
	for (rev = 0; rev < hg_view_length(&all.view); rev++) {
		unsigned char node[HG_NODE_SIZE], matched[HG_NODE_SIZE];
		char digits[8];
		int32_t answers[3];
		int j;

		memcpy(node, hg_view_node(&all.view, rev), HG_NODE_SIZE);
		for (j = 0; j < 8; j++)
			digits[j] =
			    "0123456789abcdef"[j % 2 == 0 ? node[j / 2] >> 4
			                                  : node[j / 2] & 15];
		answers[0] = hg_index_find(&all, node);
		answers[1] = index_jobs_match(&all, digits, 8, matched);
		answers[2] = hg_index_shortest(&all, node);
		CHECK(answers[0] == rev && answers[1] == rev);
		CHECK(memcmp(node, matched, HG_NODE_SIZE) == 0);
		value = digest(value, answers, sizeof answers);
		value =
		    digest(value, hg_view_record(&all.view, rev), RECORD_SIZE);
	}
	return value;
}

static bool append_record(void)
{
	size_t place = (size_t)hg_view_length(&all.view) * RECORD_SIZE;

	return enough(hg_index_append_records(&all, disk + place, 1));
}

/* Of a file whose revisions are empty, and lie between the records. */
static void make_inline(void)
{
	int32_t rev;

	make();
	hg_index_close(&all);
	for (rev = 0; rev < ON_DISK; rev++)
		hg_store_be32(disk + rev * RECORD_SIZE + 8, 0);
}

static bool open_inline(void)
{
	bool done =
	    enough(hg_index_open(&all, disk, sizeof disk, true, HG_INDEX_V1));

	if (!done)
		hg_index_close(&all);
	return done;
}

static bool assign(void)
{
	return hg_index_assign(&all, hg_view_node(&all.view, 7), 7);
}

/* Far more misses than scans that fill nothing. */
static bool find(void)
{
	int32_t rev;

	for (rev = 0; rev < 60; rev++) {
		int32_t answer =
		    hg_index_find(&all, hg_view_node(&all.view, rev));

		if (answer == HG_NODE_NO_MEMORY)
			return false;
		CHECK(answer == rev);
	}
	return true;
}

static bool append_job(void)
{
	int32_t length = hg_view_length(&all.view);

	/* of an index that was changed meanwhile, it is refused */
	CHECK(index_jobs_append(&all, all.truncations + 1, length, disk, 1) ==
	      HG_INDEX_STRIPPED);
	CHECK(index_jobs_append(&all, all.truncations, length - 1, disk, 1) ==
	      HG_INDEX_STRIPPED);
	return enough(index_jobs_append(&all, all.truncations, length,
	                                disk + length * RECORD_SIZE, 1));
}

static bool match(void)
{
	return hg_index_match(&all, "fffffff", 7) != HG_PREFIX_NO_MEMORY;
}

static bool match_job(void)
{
	unsigned char node[HG_NODE_SIZE];

	return index_jobs_match(&all, "fffffff", 7, node) !=
	       HG_PREFIX_NO_MEMORY;
}

static bool shortest(void)
{
	return hg_index_shortest(&all, hg_view_node(&all.view, 7)) !=
	       HG_PREFIX_NO_MEMORY;
}

/* Something was looked for, so that there is a trie to tell of. */
static void make_asked(void)
{
	make();
	CHECK(assign());
}

static bool count(void)
{
	return hg_index_stats(&all, stats, &stat_count);
}

/* Keep what a query gave only if it gave all of it. */
static bool answered(enum hg_index_status status)
{
	if (enough(status))
		return true;
	hg_rev_list_free(&found);
	hg_rev_list_free(&others);
	return false;
}

static bool heads(void)
{
	static const unsigned char filtered[ON_DISK] = {[ON_DISK - 1] = 1};

	return answered(index_jobs_heads(&all, ON_DISK, filtered, &found));
}

static bool heads_diff(void)
{
	return answered(
	    index_jobs_heads_diff(&all, ON_DISK / 2, ON_DISK, &found, &others));
}

static bool reachable(void)
{
	const int32_t asked[] = {ON_DISK - 1, ON_DISK - 2}, roots[] = {3, 200};
	const hg_reachable_query query = {.lowest = 0,
	                                  .heads = asked,
	                                  .head_count = 2,
	                                  .roots = roots,
	                                  .root_count = 2,
	                                  .include_path = true};

	return answered(index_jobs_reachable(&all, &query, &found));
}

static bool common_heads(void)
{
	const int32_t asked[] = {ON_DISK - 1, ON_DISK - 3, ON_DISK - 8};

	return answered(index_jobs_common_heads(&all, asked, 3, &found));
}

/* Two heads: neither has children. */
static void make_heads(void)
{
	make();
	CHECK(index_jobs_heads(&all, ON_DISK, NULL, &found) == HG_INDEX_OK);
	CHECK(found.count >= 2);
	found.count = 2;
}

static bool deepest(void)
{
	return enough(index_jobs_deepest(&all, &found));
}

static bool chain(void)
{
	const hg_chain_query query = {.rev = ON_DISK - 1,
	                              .stop = HG_DELTA_NO_STOP};
	bool stopped;

	return answered(index_jobs_chain(&all, &query, &found, &stopped));
}

static bool find_snapshots(void)
{
	return answered(index_jobs_find_snapshots(&all, 0, ON_DISK, false,
	                                          &found, &others));
}

static bool slice(void)
{
	const int32_t revs[] = {1, 50, 51, 120, 300, 301, 555};
	const hg_slice_query query = {
	    .revs = revs, .count = 7, .density = 0.99, .min_gap = 1};

	return enough(index_jobs_slice(&all, &query, &slices, &slice_count));
}

static bool push(void)
{
	return index_jobs_push(&found, 5);
}

const allocation_case aggregate_cases[] = {
    {"hg_index_open", make_inline, open_inline, look, drop, false},
    {"hg_index_append", make_appended, append_one, look, drop, false},
    {"hg_index_append", make_full_table, append_one, look, drop, true},
    {"hg_index_append", make_full_prefixes, append_one, look, drop, true},
    {"hg_index_append_records", make_appended, append_record, look, drop,
     false},
    {"hg_index_append_records", make_full_table, append_record, look, drop,
     true},
    {"hg_index_assign", make, assign, look, drop, false},
    {"hg_index_find", make, find, look, drop, false},
    {"hg_index_match", make, match, look, drop, false},
    {"hg_index_shortest", make, shortest, look, drop, false},
    {"hg_index_stats", make_asked, count, look, drop, false},
    {"index_jobs_append", make_appended, append_job, look, drop, false},
    {"index_jobs_match", make, match_job, look, drop, false},
    {"index_jobs_heads", make, heads, look, drop, false},
    {"index_jobs_heads_diff", make, heads_diff, look, drop, false},
    {"index_jobs_reachable", make, reachable, look, drop, false},
    {"index_jobs_common_heads", make, common_heads, look, drop, false},
    {"index_jobs_deepest", make_heads, deepest, look, drop, false},
    {"index_jobs_chain", make, chain, look, drop, false},
    {"index_jobs_find_snapshots", make, find_snapshots, look, drop, false},
    {"index_jobs_slice", make, slice, look, drop, false},
    {"index_jobs_push", make, push, look, drop, false},
    {NULL, NULL, NULL, NULL, NULL, false},
};
