/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A revlog index: the records of an index file and those appended in memory.
 * The layouts of the three formats, and how to read a field of a record.
 * Contract section 2.8.
 *
 * The file's bytes belong to the caller and are read where they lie. Nothing in
 * a record is trusted: whatever is used as a revision is checked first.
 */
#ifndef HG_CORE_INDEX_VIEW_H
#define HG_CORE_INDEX_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "byteorder.h"

#define HG_NODE_SIZE 20
/* bytes of a record of any format, at most */
#define HG_INDEX_MAX_RECORD 96
#define HG_NULL_REV (-1)

/* Format selectors, as the parse_index2 caller names them. */
#define HG_INDEX_V1 1
#define HG_INDEX_V2 0xDEAD
#define HG_INDEX_CHANGELOG_V2 0xD34D

#define HG_COMPRESSION_MODE_INLINE 2
#define HG_RANK_UNKNOWN (-1)
/* flag of a revision that is stored as a snapshot, where such flags are kept */
#define HG_REVISION_IS_SNAPSHOT (1 << 10)

enum hg_index_status {
	HG_INDEX_OK = 0,
	HG_INDEX_NO_MEMORY,
	HG_INDEX_CORRUPT, /* the records do not end where the data does */
	HG_INDEX_BAD_FORMAT, /* no such format */
	HG_INDEX_INLINE_FORMAT, /* the format cannot be inline */
	HG_INDEX_PARENT_RANGE,
	HG_INDEX_BASE_ABOVE, /* a delta base above its revision */
	HG_INDEX_BASE_RANGE,
	HG_INDEX_LENGTH_RANGE, /* a negative length */
	HG_INDEX_OFFSET_ORDER, /* a later revision stored before an earlier */
	HG_INDEX_STRIPPED, /* revisions went while something about them was asked */
	HG_INDEX_CALLBACK, /* a callback failed, and knows why */
};

/* Where the fields of a record are, in bytes from its start. */
typedef struct {
	long format;
	size_t record_size;
	uint8_t base; /* 0 if the format stores neither base nor link */
	uint8_t link;
	uint8_t parents; /* two, one behind the other */
	uint8_t node;
	uint8_t sidedata_offset; /* 0 if the format has no sidedata */
	uint8_t sidedata_length;
	uint8_t compression_modes;
	uint8_t rank; /* 0 if the format stores none */
	bool header_in_first; /* record 0's offset field holds a file header */
} hg_index_layout;

typedef struct {
	const hg_index_layout *layout;
	const unsigned char *disk;
	size_t disk_size; /* bytes */
	/* where each record of an inline index starts; NULL if not inline */
	size_t *disk_offsets;
	unsigned char *added; /* the appended records, one behind the other */
	int32_t disk_count; /* records of `disk` in use: fewer after a strip */
	int32_t added_count;
	int32_t added_capacity;
	/* what the last status other than OK was about */
	int32_t error_rev;
	int64_t error_value;
} hg_index_view;

/* A record, taken apart and copied: it outlasts the index. */
typedef struct {
	uint64_t offset_flags;
	int32_t compressed_length;
	int32_t uncompressed_length;
	int32_t base;
	int32_t link;
	int32_t parents[2];
	unsigned char node[HG_NODE_SIZE];
	uint64_t sidedata_offset;
	int32_t sidedata_length;
	uint8_t data_compression;
	uint8_t sidedata_compression;
	int32_t rank;
} hg_index_entry;

extern const unsigned char hg_null_node[32];

/* Take `size` bytes of an index file. On success hg_view_close releases what
 * the view allocated; on failure there is nothing to release. */
enum hg_index_status hg_view_open(hg_index_view *view,
                                  const unsigned char *data, size_t size,
                                  bool is_inline, long format);
void hg_view_close(hg_index_view *view);

void hg_view_read(const hg_index_view *view, int32_t rev,
                  hg_index_entry *entry);
enum hg_index_status hg_view_append(hg_index_view *view,
                                    const hg_index_entry *entry);
/* As hg_view_append, of a record as it would be in the file. */
enum hg_index_status hg_view_append_record(hg_index_view *view,
                                           const unsigned char *record);
/* Forget the revisions from `start` on. */
void hg_view_truncate(hg_index_view *view, int32_t start);
/* Rewrite the sidedata fields of `rev`, which must have been appended. */
void hg_view_replace_sidedata(hg_index_view *view, int32_t rev,
                              uint64_t offset_flags, uint64_t sidedata_offset,
                              int32_t sidedata_length, uint8_t compression);

static inline int32_t hg_view_length(const hg_index_view *view)
{
	return view->disk_count + view->added_count;
}

/* The record of `rev`, which must exist and not be null. */
static inline const unsigned char *hg_view_record(const hg_index_view *view,
                                                  int32_t rev)
{
	size_t size = view->layout->record_size;

	if (rev >= view->disk_count)
		return view->added + (size_t)(rev - view->disk_count) * size;
	if (view->disk_offsets != NULL)
		return view->disk + view->disk_offsets[rev];
	return view->disk + (size_t)rev * size;
}

/* The node of `rev`, which must exist or be null. */
static inline const unsigned char *hg_view_node(const hg_index_view *view,
                                                int32_t rev)
{
	if (rev < 0)
		return hg_null_node;
	return hg_view_record(view, rev) + view->layout->node;
}

/* Whether `rev` is a revision up to `last` or null. */
static inline bool hg_rev_in_range(int32_t rev, int32_t last)
{
	return (uint32_t)rev + 1 <= (uint32_t)last + 1;
}

static inline enum hg_index_status hg_view_fail(hg_index_view *view,
                                                enum hg_index_status status,
                                                int32_t rev, int64_t value)
{
	view->error_rev = rev;
	view->error_value = value;
	return status;
}

/* The parents of `rev`, neither above `last`. */
static inline enum hg_index_status hg_view_parents(hg_index_view *view,
                                                   int32_t rev, int32_t last,
                                                   int32_t parents[2])
{
	uint64_t both =
	    hg_load_be64(hg_view_record(view, rev) + view->layout->parents);

	parents[0] = (int32_t)(both >> 32);
	parents[1] = (int32_t)both;
	if (!hg_rev_in_range(parents[0], last) ||
	    !hg_rev_in_range(parents[1], last))
		return hg_view_fail(view, HG_INDEX_PARENT_RANGE, rev, last);
	return HG_INDEX_OK;
}

/* The rank the index stores for `rev`, or HG_RANK_UNKNOWN. */
int32_t hg_view_rank(const hg_index_view *view, int32_t rev);

/* A growable list of revisions. */
typedef struct {
	int32_t *revs;
	size_t count;
	size_t capacity;
} hg_rev_list;

/* Make room for one more; false without memory. */
bool hg_rev_list_grow(hg_rev_list *list);

static inline bool hg_rev_list_push(hg_rev_list *list, int32_t rev)
{
	if (list->count == list->capacity && !hg_rev_list_grow(list))
		return false;
	list->revs[list->count++] = rev;
	return true;
}

void hg_rev_list_free(hg_rev_list *list);

#endif
