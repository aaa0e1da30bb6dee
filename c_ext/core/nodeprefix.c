/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nodeprefix.h"

#include <stdlib.h>
#include <string.h>

/* How many added revisions may wait unsorted once there is a sorted part. */
#define MAX_WAITING 512
/* Sorted entries a slot of `starts` stands for, on average, as a power of 2. */
#define ENTRIES_PER_START_BITS 2
#define MAX_START_BITS 24
/* Runs up to this long are sorted by insertion. */
#define SHORT_RUN 16

static uint64_t node_key(const unsigned char *node)
{
	return hg_load_be64(node);
}

static int compare_nodes(uint64_t left_key, const unsigned char *left,
                         uint64_t right_key, const unsigned char *right)
{
	if (left_key != right_key)
		return left_key < right_key ? -1 : 1;
	return memcmp(left + 8, right + 8, HG_NODE_SIZE - 8);
}

static int compare_entries(const hg_index_view *view,
                           const hg_prefix_entry *left,
                           const hg_prefix_entry *right)
{
	if (left->key != right->key)
		return left->key < right->key ? -1 : 1;
	return compare_nodes(0, hg_view_node(view, left->rev), 0,
	                     hg_view_node(view, right->rev));
}

/* How many leading hexadecimal digits two nodes share. */
static int shared_digits(const unsigned char *left, const unsigned char *right)
{
	int i;

	for (i = 0; i < HG_NODE_SIZE; i++)
		if (left[i] != right[i])
			return 2 * i + ((left[i] ^ right[i]) < 0x10);
	return HG_NODE_DIGITS;
}

/* The same for a sorted entry, whose key mostly tells without its node. */
static int digits_shared_with(const hg_index_view *view,
                              const hg_prefix_entry *entry,
                              const unsigned char *node)
{
	uint64_t difference = entry->key ^ node_key(node);

	if (difference != 0)
		return __builtin_clzll(difference) / 4;
	return shared_digits(node, hg_view_node(view, entry->rev));
}

void hg_node_prefixes_clear(hg_node_prefixes *prefixes)
{
	free(prefixes->entries);
	free(prefixes->starts);
	hg_rev_list_free(&prefixes->waiting);
	memset(prefixes, 0, sizeof *prefixes);
}

bool hg_node_prefixes_add(hg_node_prefixes *prefixes, int32_t rev)
{
	return hg_rev_list_push(&prefixes->waiting, rev);
}

bool hg_node_prefixes_add_all(hg_node_prefixes *prefixes,
                              const hg_index_view *view)
{
	int32_t rev, length = hg_view_length(view);

	for (rev = HG_NULL_REV; rev < length; rev++)
		if (!hg_node_prefixes_add(prefixes, rev))
			return false;
	return true;
}

bool hg_node_prefixes_truncate(hg_node_prefixes *prefixes, int32_t length)
{
	hg_rev_list kept = {0};
	size_t i;

	for (i = 0; i < prefixes->count + prefixes->waiting.count; i++) {
		int32_t rev = i < prefixes->count
		                  ? prefixes->entries[i].rev
		                  : prefixes->waiting.revs[i - prefixes->count];

		if (rev < length && !hg_rev_list_push(&kept, rev)) {
			hg_rev_list_free(&kept);
			return false;
		}
	}
	hg_node_prefixes_clear(prefixes);
	prefixes->waiting = kept;
	return true;
}

/* Heap sort: no recursion, no bad case, whatever the nodes are. */
static void sift_down(const hg_index_view *view, hg_prefix_entry *run,
                      size_t root, size_t count)
{
	hg_prefix_entry moving = run[root];

	for (;;) {
		size_t child = 2 * root + 1;

		if (child >= count)
			break;
		if (child + 1 < count &&
		    compare_entries(view, &run[child], &run[child + 1]) < 0)
			child++;
		if (compare_entries(view, &moving, &run[child]) >= 0)
			break;
		run[root] = run[child];
		root = child;
	}
	run[root] = moving;
}

static void sort_run(const hg_index_view *view, hg_prefix_entry *run,
                     size_t count)
{
	size_t i, j;

	if (count > SHORT_RUN) {
		for (i = count / 2; i-- > 0;)
			sift_down(view, run, i, count);
		for (i = count; i-- > 1;) {
			hg_prefix_entry largest = run[0];

			run[0] = run[i];
			run[i] = largest;
			sift_down(view, run, 0, i);
		}
		return;
	}
	for (i = 1; i < count; i++) {
		hg_prefix_entry moving = run[i];

		for (j = i;
		     j > 0 && compare_entries(view, &moving, &run[j - 1]) < 0;
		     j--)
			run[j] = run[j - 1];
		run[j] = moving;
	}
}

static size_t bucket_of(const hg_node_prefixes *prefixes, uint64_t key)
{
	return prefixes->bits == 0 ? 0 : (size_t)(key >> (64 - prefixes->bits));
}

/* Put the entries in order: by their first bits all at once, then what shares
 * those. `scratch` has room for as many. */
static void sort_entries(hg_node_prefixes *prefixes, const hg_index_view *view,
                         hg_prefix_entry *scratch)
{
	size_t buckets = (size_t)1 << prefixes->bits, bucket, i;
	uint32_t *starts = prefixes->starts;
	uint32_t start = 0;

	memset(starts, 0, (buckets + 1) * sizeof *starts);
	for (i = 0; i < prefixes->count; i++)
		starts[bucket_of(prefixes, prefixes->entries[i].key)]++;
	for (bucket = 0; bucket <= buckets; bucket++) {
		uint32_t size = starts[bucket];

		starts[bucket] = start;
		start += size;
	}
	for (i = 0; i < prefixes->count; i++) {
		hg_prefix_entry entry = prefixes->entries[i];

		scratch[starts[bucket_of(prefixes, entry.key)]++] = entry;
	}
	/* starts[n] has moved to where n + 1 starts */
	start = 0;
	for (bucket = 0; bucket < buckets; bucket++) {
		sort_run(view, scratch + start, starts[bucket] - start);
		start = starts[bucket];
	}
	memcpy(prefixes->entries, scratch,
	       prefixes->count * sizeof *prefixes->entries);
}

static void drop_duplicates(hg_node_prefixes *prefixes,
                            const hg_index_view *view)
{
	size_t buckets = (size_t)1 << prefixes->bits, bucket = 0, kept = 0, i;

	for (i = 0; i < prefixes->count; i++) {
		hg_prefix_entry entry = prefixes->entries[i];

		if (kept > 0 &&
		    compare_entries(view, &prefixes->entries[kept - 1],
		                    &entry) == 0)
			continue;
		for (; bucket <= bucket_of(prefixes, entry.key); bucket++)
			prefixes->starts[bucket] = (uint32_t)kept;
		prefixes->entries[kept++] = entry;
	}
	for (; bucket <= buckets; bucket++)
		prefixes->starts[bucket] = (uint32_t)kept;
	prefixes->count = kept;
}

/* Sort what waits in among the others. */
static bool settle(hg_node_prefixes *prefixes, const hg_index_view *view)
{
	size_t count = prefixes->count + prefixes->waiting.count, i;
	hg_prefix_entry *entries, *scratch;
	uint32_t *starts;
	int bits = prefixes->bits;

	if (prefixes->waiting.count == 0 && prefixes->starts != NULL)
		return true;
	while (bits < MAX_START_BITS &&
	       count >> (bits + ENTRIES_PER_START_BITS))
		bits++;
	entries = realloc(prefixes->entries, (count + 1) * sizeof *entries);
	if (entries == NULL)
		return false;
	prefixes->entries = entries;
	scratch = malloc((count + 1) * sizeof *scratch);
	if (scratch == NULL)
		return false;
	/* the last to be allocated: from here on they are filled in */
	starts = realloc(prefixes->starts,
	                 (((size_t)1 << bits) + 1) * sizeof *starts);
	if (starts == NULL) {
		free(scratch);
		return false;
	}
	prefixes->starts = starts;
	for (i = 0; i < prefixes->waiting.count; i++) {
		int32_t rev = prefixes->waiting.revs[i];

		entries[prefixes->count].key =
		    node_key(hg_view_node(view, rev));
		entries[prefixes->count++].rev = rev;
	}
	prefixes->bits = bits;
	sort_entries(prefixes, view, scratch);
	drop_duplicates(prefixes, view);
	free(scratch);
	hg_rev_list_free(&prefixes->waiting);
	return true;
}

static bool ready(hg_node_prefixes *prefixes, const hg_index_view *view)
{
	if (prefixes->starts != NULL && prefixes->waiting.count <= MAX_WAITING)
		return true;
	return settle(prefixes, view);
}

/* The first sorted entry that does not come before `node`. */
static size_t lower_bound(const hg_node_prefixes *prefixes,
                          const hg_index_view *view, const unsigned char *node)
{
	uint64_t key = node_key(node);
	size_t bucket = bucket_of(prefixes, key);
	size_t low = prefixes->starts[bucket];
	size_t high = prefixes->starts[bucket + 1];

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const hg_prefix_entry *entry = &prefixes->entries[middle];
		bool before = entry->key < key;

		if (entry->key == key)
			before =
			    compare_nodes(0, hg_view_node(view, entry->rev), 0,
			                  node) < 0;
		if (before)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int32_t hg_node_prefixes_match(hg_node_prefixes *prefixes,
                               const hg_index_view *view,
                               const unsigned char *digits, size_t count)
{
	unsigned char prefix[HG_NODE_SIZE] = {0};
	int32_t found = HG_PREFIX_UNKNOWN;
	size_t i, first;

	if (!ready(prefixes, view))
		return HG_PREFIX_NO_MEMORY;
	for (i = 0; i < count; i++)
		prefix[i / 2] |= (unsigned char)(digits[i] << (i % 2 ? 0 : 4));

	first = lower_bound(prefixes, view, prefix);
	for (i = first; i < prefixes->count && i < first + 2; i++) {
		if (digits_shared_with(view, &prefixes->entries[i], prefix) <
		    (int)count)
			break;
		if (found != HG_PREFIX_UNKNOWN)
			return HG_PREFIX_AMBIGUOUS;
		found = prefixes->entries[i].rev;
	}
	for (i = 0; i < prefixes->waiting.count; i++) {
		int32_t rev = prefixes->waiting.revs[i];
		const unsigned char *node = hg_view_node(view, rev);

		if (shared_digits(node, prefix) < (int)count)
			continue;
		if (found != HG_PREFIX_UNKNOWN &&
		    memcmp(hg_view_node(view, found), node, HG_NODE_SIZE) != 0)
			return HG_PREFIX_AMBIGUOUS;
		found = rev;
	}
	return found;
}

int32_t hg_node_prefixes_shortest(hg_node_prefixes *prefixes,
                                  const hg_index_view *view,
                                  const unsigned char *node)
{
	int shared = 0;
	bool known = false;
	size_t i, place;

	if (!ready(prefixes, view))
		return HG_PREFIX_NO_MEMORY;
	place = lower_bound(prefixes, view, node);
	/* whoever shares most with a node is its neighbour */
	for (i = place > 0 ? place - 1 : 0;
	     i < prefixes->count && i < place + 2; i++) {
		int digits =
		    digits_shared_with(view, &prefixes->entries[i], node);

		if (digits == HG_NODE_DIGITS)
			known = true;
		else if (digits > shared)
			shared = digits;
	}
	for (i = 0; i < prefixes->waiting.count; i++) {
		int digits = shared_digits(
		    node, hg_view_node(view, prefixes->waiting.revs[i]));

		if (digits == HG_NODE_DIGITS)
			known = true;
		else if (digits > shared)
			shared = digits;
	}
	return known ? shared + 1 : HG_PREFIX_UNKNOWN;
}

bool hg_node_prefixes_shape(hg_node_prefixes *prefixes,
                            const hg_index_view *view, hg_prefix_shape *shape)
{
	int before = 0;
	size_t i;

	if (!settle(prefixes, view))
		return false;
	shape->nodes = 1;
	shape->depth = 0;
	/* An inner node is a prefix that several nodes share; it is counted
	 * where, in order, the first two of them meet. */
	for (i = 1; i < prefixes->count; i++) {
		int shared = shared_digits(
		    hg_view_node(view, prefixes->entries[i - 1].rev),
		    hg_view_node(view, prefixes->entries[i].rev));

		if (shared > before)
			shape->nodes += (size_t)(shared - before);
		if (shared > shape->depth)
			shape->depth = shared;
		before = shared;
	}
	return true;
}
