/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index_view.h"

#include <stdlib.h>
#include <string.h>

/* Every format begins with these. */
enum {
	FIELD_OFFSET_FLAGS = 0, /* 6 bytes of offset, 2 of flags */
	FIELD_COMPRESSED_LENGTH = 8,
	FIELD_UNCOMPRESSED_LENGTH = 12,
};

static const hg_index_layout layouts[] = {
    {.format = HG_INDEX_V1,
     .record_size = 64,
     .base = 16,
     .link = 20,
     .parents = 24,
     .node = 32,
     .header_in_first = true},
    {.format = HG_INDEX_V2,
     .record_size = 96,
     .base = 16,
     .link = 20,
     .parents = 24,
     .node = 32,
     .sidedata_offset = 64,
     .sidedata_length = 72,
     .compression_modes = 76,
     .header_in_first = true},
    {.format = HG_INDEX_CHANGELOG_V2,
     .record_size = 96,
     .parents = 16,
     .node = 24,
     .sidedata_offset = 56,
     .sidedata_length = 64,
     .compression_modes = 68,
     .rank = 69},
};

/* How many records the first allocation for appended ones has room for. */
#define FIRST_ADDED 64

const unsigned char hg_null_node[32];

static const hg_index_layout *find_layout(long format)
{
	size_t i;

	for (i = 0; i < sizeof layouts / sizeof *layouts; i++)
		if (layouts[i].format == format)
			return &layouts[i];
	return NULL;
}

/* Walk the records of an inline index, each followed by its revision's data. */
static enum hg_index_status scan_inline(hg_index_view *view)
{
	const hg_index_layout *layout = view->layout;
	size_t position = 0, count = 0, capacity = 0;
	size_t *offsets = NULL;

	while (view->disk_size - position >= layout->record_size) {
		const unsigned char *record = view->disk + position;
		uint64_t step = (uint64_t)layout->record_size +
		                hg_load_be32(record + FIELD_COMPRESSED_LENGTH);

		if (layout->sidedata_offset != 0)
			step += hg_load_be32(record + layout->sidedata_length);
		if (count == capacity) {
			size_t *grown;

			capacity = capacity * 2 + 32;
			grown = realloc(offsets, capacity * sizeof *offsets);
			if (grown == NULL) {
				free(offsets);
				return HG_INDEX_NO_MEMORY;
			}
			offsets = grown;
		}
		offsets[count++] = position;
		if (step > view->disk_size - position) {
			free(offsets);
			return HG_INDEX_CORRUPT;
		}
		position += (size_t)step;
	}
	if (position != view->disk_size || count > INT32_MAX - 1) {
		free(offsets);
		return HG_INDEX_CORRUPT;
	}
	view->disk_offsets = offsets;
	view->disk_count = (int32_t)count;
	return HG_INDEX_OK;
}

enum hg_index_status hg_view_open(hg_index_view *view,
                                  const unsigned char *data, size_t size,
                                  bool is_inline, long format)
{
	memset(view, 0, sizeof *view);
	view->layout = find_layout(format);
	if (view->layout == NULL)
		return HG_INDEX_BAD_FORMAT;
	view->disk = data;
	view->disk_size = size;
	if (is_inline) {
		if (format == HG_INDEX_CHANGELOG_V2)
			return size >= view->layout->record_size
			           ? HG_INDEX_INLINE_FORMAT
			       : size > 0 ? HG_INDEX_CORRUPT
			                  : HG_INDEX_OK;
		return scan_inline(view);
	}
	if (size % view->layout->record_size != 0 ||
	    size / view->layout->record_size > INT32_MAX - 1)
		return HG_INDEX_CORRUPT;
	view->disk_count = (int32_t)(size / view->layout->record_size);
	return HG_INDEX_OK;
}

void hg_view_close(hg_index_view *view)
{
	free(view->disk_offsets);
	free(view->added);
	view->disk_offsets = NULL;
	view->added = NULL;
	view->disk_count = view->added_count = view->added_capacity = 0;
}

void hg_view_read(const hg_index_view *view, int32_t rev, hg_index_entry *entry)
{
	const hg_index_layout *layout = view->layout;
	const unsigned char *record = hg_view_record(view, rev);

	entry->offset_flags = hg_load_be64(record + FIELD_OFFSET_FLAGS);
	/* A file's first record starts with the file's header; a record
	 * appended to an empty index does not yet. */
	if (rev == 0 && layout->header_in_first && view->disk_count > 0)
		entry->offset_flags &= 0xffff;
	entry->compressed_length =
	    (int32_t)hg_load_be32(record + FIELD_COMPRESSED_LENGTH);
	entry->uncompressed_length =
	    (int32_t)hg_load_be32(record + FIELD_UNCOMPRESSED_LENGTH);
	if (layout->base != 0) {
		entry->base = (int32_t)hg_load_be32(record + layout->base);
		entry->link = (int32_t)hg_load_be32(record + layout->link);
	} else {
		/* a changelog's revisions are their own base and link */
		entry->base = entry->link = rev;
	}
	entry->parents[0] = (int32_t)hg_load_be32(record + layout->parents);
	entry->parents[1] = (int32_t)hg_load_be32(record + layout->parents + 4);
	memcpy(entry->node, record + layout->node, HG_NODE_SIZE);
	if (layout->sidedata_offset != 0) {
		uint8_t modes = record[layout->compression_modes];

		entry->sidedata_offset =
		    hg_load_be64(record + layout->sidedata_offset);
		entry->sidedata_length =
		    (int32_t)hg_load_be32(record + layout->sidedata_length);
		entry->data_compression = modes & 3;
		entry->sidedata_compression = modes >> 2 & 3;
	} else {
		entry->sidedata_offset = 0;
		entry->sidedata_length = 0;
		entry->data_compression = HG_COMPRESSION_MODE_INLINE;
		entry->sidedata_compression = HG_COMPRESSION_MODE_INLINE;
	}
	entry->rank = hg_view_rank(view, rev);
}

int32_t hg_view_rank(const hg_index_view *view, int32_t rev)
{
	if (view->layout->rank == 0)
		return HG_RANK_UNKNOWN;
	if (rev == HG_NULL_REV)
		return 0;
	return (int32_t)hg_load_be32(hg_view_record(view, rev) +
	                             view->layout->rank);
}

static void write_record(const hg_index_layout *layout,
                         const hg_index_entry *entry, unsigned char *record)
{
	memset(record, 0, layout->record_size);
	hg_store_be64(record + FIELD_OFFSET_FLAGS, entry->offset_flags);
	hg_store_be32(record + FIELD_COMPRESSED_LENGTH,
	              (uint32_t)entry->compressed_length);
	hg_store_be32(record + FIELD_UNCOMPRESSED_LENGTH,
	              (uint32_t)entry->uncompressed_length);
	if (layout->base != 0) {
		hg_store_be32(record + layout->base, (uint32_t)entry->base);
		hg_store_be32(record + layout->link, (uint32_t)entry->link);
	}
	hg_store_be32(record + layout->parents, (uint32_t)entry->parents[0]);
	hg_store_be32(record + layout->parents + 4,
	              (uint32_t)entry->parents[1]);
	memcpy(record + layout->node, entry->node, HG_NODE_SIZE);
	if (layout->sidedata_offset != 0) {
		hg_store_be64(record + layout->sidedata_offset,
		              entry->sidedata_offset);
		hg_store_be32(record + layout->sidedata_length,
		              (uint32_t)entry->sidedata_length);
		record[layout->compression_modes] =
		    (uint8_t)((entry->data_compression & 3) |
		              (entry->sidedata_compression & 3) << 2);
	}
	if (layout->rank != 0)
		hg_store_be32(record + layout->rank, (uint32_t)entry->rank);
}

/* Where the next record appended goes, or NULL without memory. */
static unsigned char *next_record(hg_index_view *view)
{
	size_t size = view->layout->record_size;

	if (view->added_count == view->added_capacity) {
		int64_t capacity = view->added_capacity == 0
		                       ? FIRST_ADDED
		                       : 2 * (int64_t)view->added_capacity;
		unsigned char *added;

		if (capacity > INT32_MAX - 1 - view->disk_count)
			return NULL;
		added = realloc(view->added, (size_t)capacity * size);
		if (added == NULL)
			return NULL;
		view->added = added;
		view->added_capacity = (int32_t)capacity;
	}
	return view->added + (size_t)view->added_count * size;
}

enum hg_index_status hg_view_append(hg_index_view *view,
                                    const hg_index_entry *entry)
{
	unsigned char *record = next_record(view);

	if (record == NULL)
		return HG_INDEX_NO_MEMORY;
	write_record(view->layout, entry, record);
	view->added_count++;
	return HG_INDEX_OK;
}

enum hg_index_status hg_view_append_record(hg_index_view *view,
                                           const unsigned char *record)
{
	unsigned char *target = next_record(view);

	if (target == NULL)
		return HG_INDEX_NO_MEMORY;
	memcpy(target, record, view->layout->record_size);
	view->added_count++;
	return HG_INDEX_OK;
}

void hg_view_truncate(hg_index_view *view, int32_t start)
{
	if (start < view->disk_count) {
		view->disk_count = start;
		view->added_count = 0;
	} else {
		view->added_count = start - view->disk_count;
	}
}

void hg_view_replace_sidedata(hg_index_view *view, int32_t rev,
                              uint64_t offset_flags, uint64_t sidedata_offset,
                              int32_t sidedata_length, uint8_t compression)
{
	const hg_index_layout *layout = view->layout;
	unsigned char *record = view->added + (size_t)(rev - view->disk_count) *
	                                          layout->record_size;
	uint8_t *modes = record + layout->compression_modes;

	hg_store_be64(record + FIELD_OFFSET_FLAGS, offset_flags);
	hg_store_be64(record + layout->sidedata_offset, sidedata_offset);
	hg_store_be32(record + layout->sidedata_length,
	              (uint32_t)sidedata_length);
	*modes = (uint8_t)((*modes & 3) | (compression & 3) << 2);
}

bool hg_rev_list_grow(hg_rev_list *list)
{
	size_t capacity = list->capacity * 2 + 64;
	int32_t *revs = realloc(list->revs, capacity * sizeof *revs);

	if (revs == NULL)
		return false;
	list->revs = revs;
	list->capacity = capacity;
	return true;
}

void hg_rev_list_free(hg_rev_list *list)
{
	free(list->revs);
	memset(list, 0, sizeof *list);
}
