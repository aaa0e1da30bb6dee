/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index.h"

#include <string.h>

enum hg_index_status hg_index_open(hg_index *index, const unsigned char *data,
                                   size_t size, bool is_inline, long format)
{
	memset(index, 0, sizeof *index);
	hg_node_table_clear(&index->nodes);
	return hg_view_open(&index->view, data, size, is_inline, format);
}

static void clear_prefixes(hg_index *index)
{
	hg_node_prefixes_clear(&index->prefixes);
	index->prefixes_filled = false;
}

void hg_index_clear_nodes(hg_index *index)
{
	hg_node_table_clear(&index->nodes);
	clear_prefixes(index);
}

void hg_index_close(hg_index *index)
{
	hg_index_clear_nodes(index);
	hg_view_close(&index->view);
}

/* Let the node of the last revision lead to it. Without memory for that nothing is
 * remembered of any: the revision is found all the same. */
static void note_last(hg_index *index)
{
	int32_t rev = hg_view_length(&index->view) - 1;

	if (!hg_node_table_insert(&index->nodes, &index->view,
	                          hg_view_node(&index->view, rev), rev) ||
	    (index->prefixes_filled &&
	     !hg_node_prefixes_add(&index->prefixes, rev)))
		hg_index_clear_nodes(index);
}

enum hg_index_status hg_index_append(hg_index *index,
                                     const hg_index_entry *entry)
{
	enum hg_index_status status = hg_view_append(&index->view, entry);

	if (status == HG_INDEX_OK)
		note_last(index);
	return status;
}

enum hg_index_status hg_index_append_records(hg_index *index,
                                             const unsigned char *records,
                                             size_t count)
{
	size_t size = index->view.layout->record_size, i;

	for (i = 0; i < count; i++) {
		enum hg_index_status status =
		    hg_view_append_record(&index->view, records + i * size);

		if (status != HG_INDEX_OK)
			return status;
		note_last(index);
	}
	return HG_INDEX_OK;
}

void hg_index_truncate(hg_index *index, int32_t start)
{
	hg_view_truncate(&index->view, start);
	hg_node_table_truncate(&index->nodes, start);
	clear_prefixes(index);
	index->truncations++;
}

int32_t hg_index_find(hg_index *index, const unsigned char *node)
{
	return hg_node_table_find(&index->nodes, &index->view, node);
}

bool hg_index_assign(hg_index *index, const unsigned char *node, int32_t rev)
{
	return hg_node_table_prepare(&index->nodes, &index->view) &&
	       hg_node_table_insert(&index->nodes, &index->view, node, rev);
}

void hg_index_forget(hg_index *index, const unsigned char *node)
{
	hg_node_table_forget(&index->nodes, &index->view, node);
}

/* Sort all nodes, for questions about prefixes. False without memory. */
static bool fill_prefixes(hg_index *index)
{
	if (index->prefixes_filled)
		return true;
	/* a first question counts as a lookup, as where the two are one */
	if (!hg_node_table_prepare(&index->nodes, &index->view))
		return false;
	if (!hg_node_prefixes_add_all(&index->prefixes, &index->view)) {
		clear_prefixes(index);
		return false;
	}
	index->prefixes_filled = true;
	return true;
}

static int digit_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

int32_t hg_index_match(hg_index *index, const char *digits, size_t count)
{
	unsigned char values[HG_NODE_DIGITS];
	size_t i;

	for (i = 0; i < count; i++) {
		int value = digit_value(digits[i]);

		if (value < 0)
			return HG_PREFIX_UNKNOWN;
		values[i] = (unsigned char)value;
	}
	if (!fill_prefixes(index))
		return HG_PREFIX_NO_MEMORY;
	return hg_node_prefixes_match(&index->prefixes, &index->view, values,
	                              count);
}

int32_t hg_index_shortest(hg_index *index, const unsigned char *node)
{
	bool is_first = index->nodes.slots == NULL;

	if (!fill_prefixes(index))
		return HG_PREFIX_NO_MEMORY;
	index->nodes.lookups += !is_first;
	return hg_node_prefixes_shortest(&index->prefixes, &index->view, node);
}

/* The room that a trie has for its nodes if it began with half as many as there are
 * revisions in the file, and doubled it. */
static int64_t trie_capacity(int64_t revisions, size_t nodes)
{
	int64_t capacity = revisions < 4 ? 4 : revisions / 2;

	while (capacity < (int64_t)nodes)
		capacity *= 2;
	return capacity;
}

bool hg_index_stats(hg_index *index, hg_index_stat stats[HG_INDEX_MOST_STATS],
                    size_t *count)
{
	const hg_index_view *view = &index->view;
	const hg_node_table *nodes = &index->nodes;
	int64_t scanned = index->prefixes_filled ? -1 : nodes->scanned_from;
	hg_index_stat *next = stats;

	if (view->added_capacity > 0)
		*next++ =
		    (hg_index_stat){"index entries added", view->added_count};
	*next++ = (hg_index_stat){"revs in memory", view->disk_count};
	*next++ = (hg_index_stat){"node trie lookups", nodes->lookups};
	*next++ = (hg_index_stat){"node trie misses", nodes->misses};
	*next++ = (hg_index_stat){"node trie last rev scanned", scanned};
	if (nodes->slots != NULL) {
		hg_prefix_shape shape;

		if (!fill_prefixes(index) ||
		    !hg_node_prefixes_shape(&index->prefixes, view, &shape))
			return false;
		*next++ = (hg_index_stat){
		    "node trie capacity",
		    trie_capacity(view->disk_count, shape.nodes)};
		*next++ =
		    (hg_index_stat){"node trie count", (int64_t)shape.nodes};
		*next++ = (hg_index_stat){"node trie depth", shape.depth};
		*next++ = (hg_index_stat){"node trie splits",
		                          (int64_t)shape.nodes - 1};
	}
	*count = (size_t)(next - stats);
	return true;
}
