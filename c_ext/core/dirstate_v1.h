/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A dirstate entry as flags and cached stat values, and the dirstate-v1 file
 * that stores it as (state, mode, size, mtime). Contract sections 2.6 and 2.7.
 */
#ifndef HG_CORE_DIRSTATE_V1_H
#define HG_CORE_DIRSTATE_V1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The bits of dirstate-v2's flag field; the in-memory entry uses the same. */
enum hg_entry_flag {
	HG_ENTRY_WC_TRACKED = 1 << 0,
	HG_ENTRY_P1_TRACKED = 1 << 1,
	HG_ENTRY_P2_INFO = 1 << 2,
	HG_ENTRY_MODE_EXEC = 1 << 3,
	HG_ENTRY_MODE_SYMLINK = 1 << 4,
	HG_ENTRY_HAS_FALLBACK_EXEC = 1 << 5,
	HG_ENTRY_FALLBACK_EXEC = 1 << 6,
	HG_ENTRY_HAS_FALLBACK_SYMLINK = 1 << 7,
	HG_ENTRY_FALLBACK_SYMLINK = 1 << 8,
	HG_ENTRY_EXPECTED_STATE_IS_MODIFIED = 1 << 9,
	HG_ENTRY_HAS_MODE_AND_SIZE = 1 << 10,
	HG_ENTRY_HAS_MTIME = 1 << 11,
	HG_ENTRY_MTIME_SECOND_AMBIGUOUS = 1 << 12,
};

#define HG_ENTRY_TRACKED_ANYWHERE \
	(HG_ENTRY_WC_TRACKED | HG_ENTRY_P1_TRACKED | HG_ENTRY_P2_INFO)

/* Values of the v1 size and mtime fields that are no sizes and no times. */
enum {
	HG_V1_SIZE_NON_NORMAL = -1,
	HG_V1_SIZE_FROM_P2 = -2,
	HG_V1_MTIME_UNSET = -1,
};

typedef struct {
	int32_t flags;
	int32_t mode;
	int32_t size;
	int32_t mtime_s;
	int32_t mtime_ns;
} hg_dirstate_entry;

static inline bool hg_entry_has(const hg_dirstate_entry *entry, int flags)
{
	return (entry->flags & flags) != 0;
}

/* Whether, of the three places that can track a file, exactly `places` do. */
static inline bool hg_entry_tracked_by(const hg_dirstate_entry *entry,
                                       int places)
{
	return (entry->flags & HG_ENTRY_TRACKED_ANYWHERE) == places;
}

static inline bool hg_entry_added(const hg_dirstate_entry *entry)
{
	return hg_entry_tracked_by(entry, HG_ENTRY_WC_TRACKED);
}

static inline bool hg_entry_modified(const hg_dirstate_entry *entry)
{
	return hg_entry_tracked_by(entry, HG_ENTRY_TRACKED_ANYWHERE);
}

static inline bool hg_entry_from_p2(const hg_dirstate_entry *entry)
{
	return hg_entry_tracked_by(entry,
	                           HG_ENTRY_WC_TRACKED | HG_ENTRY_P2_INFO);
}

static inline bool hg_entry_maybe_clean(const hg_dirstate_entry *entry)
{
	return hg_entry_tracked_by(entry,
	                           HG_ENTRY_WC_TRACKED | HG_ENTRY_P1_TRACKED);
}

static inline bool hg_entry_removed(const hg_dirstate_entry *entry)
{
	return !hg_entry_has(entry, HG_ENTRY_WC_TRACKED) &&
	       hg_entry_has(entry, HG_ENTRY_P1_TRACKED | HG_ENTRY_P2_INFO);
}

char hg_entry_v1_state(const hg_dirstate_entry *entry);
int32_t hg_entry_v1_mode(const hg_dirstate_entry *entry);
int32_t hg_entry_v1_size(const hg_dirstate_entry *entry);
int32_t hg_entry_v1_mtime(const hg_dirstate_entry *entry);

/* Flags as dirstate-v2 stores them, the two mode bits derived from the mode. */
int32_t hg_entry_v2_flags(const hg_dirstate_entry *entry);
void hg_entry_from_v2(hg_dirstate_entry *entry, int32_t flags, int32_t size,
                      int32_t mtime_s, int32_t mtime_ns);
/* False if `state` is no v1 state; the entry is then unspecified. */
bool hg_entry_from_v1(hg_dirstate_entry *entry, char state, int32_t mode,
                      int32_t size, int32_t mtime);
/* Forget the cached stat values, and with them the flags that vouch for them. */
void hg_entry_drop_data(hg_dirstate_entry *entry);

/* Two 20-byte parents come first, whatever the hash in use. */
#define HG_DIRSTATE_V1_NODE_SIZE 20
#define HG_DIRSTATE_V1_HEADER_SIZE (2 * HG_DIRSTATE_V1_NODE_SIZE)
/* state byte, then mode, size, mtime and path length, 4 bytes each */
#define HG_DIRSTATE_V1_RECORD_SIZE 17

typedef struct {
	char state;
	int32_t mode;
	int32_t size;
	int32_t mtime;
	const char *path;
	size_t path_length;
	const char *copy_source; /* NULL if the file is no copy */
	size_t copy_source_length;
} hg_dirstate_v1_record;

enum hg_dirstate_read {
	HG_DIRSTATE_OVERFLOW = -1,
	HG_DIRSTATE_END = 0,
	HG_DIRSTATE_RECORD = 1,
};

/* Read the record at *position and move *position behind it. The record's
 * strings point into `data`. */
enum hg_dirstate_read hg_dirstate_v1_next(const char *data, size_t length,
                                          size_t *position,
                                          hg_dirstate_v1_record *record);

/* Write the fixed part of a record; `path_field_length` counts the path and,
 * for a copy, the NUL and the source. */
void hg_dirstate_v1_put(char *target, const hg_dirstate_entry *entry,
                        uint32_t path_field_length);

#endif
