/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dirstate_v1.h"

#include <string.h>

#include "byteorder.h"

/* POSIX values, spelled out so that every platform writes the same files. */
#define MODE_TYPE_MASK 0170000
#define MODE_SYMLINK 0120000
#define MODE_REGULAR 0100000
#define MODE_OWNER_EXEC 0100

char hg_entry_v1_state(const hg_dirstate_entry *entry)
{
	/* what each combination of (wc, p1, p2) is called, by flag value */
	static const char states[8] = {'n', 'a', 'r', 'n', 'r', 'n', 'r', 'm'};

	return states[entry->flags & HG_ENTRY_TRACKED_ANYWHERE];
}

int32_t hg_entry_v1_mode(const hg_dirstate_entry *entry)
{
	return hg_entry_has(entry, HG_ENTRY_HAS_MODE_AND_SIZE) ? entry->mode
	                                                       : 0;
}

int32_t hg_entry_v1_size(const hg_dirstate_entry *entry)
{
	switch (entry->flags & HG_ENTRY_TRACKED_ANYWHERE) {
	case HG_ENTRY_P1_TRACKED:
		return 0;
	case HG_ENTRY_WC_TRACKED:
	case HG_ENTRY_P1_TRACKED | HG_ENTRY_P2_INFO:
		return HG_V1_SIZE_NON_NORMAL;
	case HG_ENTRY_P2_INFO:
	case HG_ENTRY_WC_TRACKED | HG_ENTRY_P2_INFO:
	case HG_ENTRY_TRACKED_ANYWHERE:
		return HG_V1_SIZE_FROM_P2;
	default:
		return hg_entry_has(entry, HG_ENTRY_HAS_MODE_AND_SIZE)
		           ? entry->size
		           : HG_V1_SIZE_NON_NORMAL;
	}
}

int32_t hg_entry_v1_mtime(const hg_dirstate_entry *entry)
{
	if (hg_entry_removed(entry))
		return 0;
	if (!hg_entry_maybe_clean(entry) ||
	    !hg_entry_has(entry, HG_ENTRY_HAS_MTIME) ||
	    hg_entry_has(entry, HG_ENTRY_MTIME_SECOND_AMBIGUOUS))
		return HG_V1_MTIME_UNSET;
	return entry->mtime_s;
}

int32_t hg_entry_v2_flags(const hg_dirstate_entry *entry)
{
	int32_t mode = hg_entry_v1_mode(entry);
	int32_t flags =
	    entry->flags & ~(HG_ENTRY_MODE_EXEC | HG_ENTRY_MODE_SYMLINK);

	if (mode & MODE_OWNER_EXEC)
		flags |= HG_ENTRY_MODE_EXEC;
	if ((mode & MODE_TYPE_MASK) == MODE_SYMLINK)
		flags |= HG_ENTRY_MODE_SYMLINK;
	return flags;
}

void hg_entry_from_v2(hg_dirstate_entry *entry, int32_t flags, int32_t size,
                      int32_t mtime_s, int32_t mtime_ns)
{
	/* The writer compared the file and found it modified: the values it
	 * recorded next to that verdict must not make the file look clean. */
	if (flags & HG_ENTRY_EXPECTED_STATE_IS_MODIFIED)
		flags &= ~(HG_ENTRY_EXPECTED_STATE_IS_MODIFIED |
		           HG_ENTRY_HAS_MODE_AND_SIZE | HG_ENTRY_HAS_MTIME);
	entry->flags = flags;
	entry->size = size;
	entry->mtime_s = mtime_s;
	entry->mtime_ns = mtime_ns;
	entry->mode = 0;
	if (flags & HG_ENTRY_HAS_MODE_AND_SIZE)
		entry->mode = (flags & HG_ENTRY_MODE_EXEC ? 0755 : 0644) |
		              (flags & HG_ENTRY_MODE_SYMLINK ? MODE_SYMLINK
		                                             : MODE_REGULAR);
}

bool hg_entry_from_v1(hg_dirstate_entry *entry, char state, int32_t mode,
                      int32_t size, int32_t mtime)
{
	memset(entry, 0, sizeof *entry);
	switch (state) {
	case 'a':
		entry->flags = HG_ENTRY_WC_TRACKED;
		return true;
	case 'm':
		entry->flags = HG_ENTRY_TRACKED_ANYWHERE;
		return true;
	case 'r':
		if (size == HG_V1_SIZE_FROM_P2)
			entry->flags = HG_ENTRY_P2_INFO;
		else if (size == HG_V1_SIZE_NON_NORMAL)
			entry->flags = HG_ENTRY_P1_TRACKED | HG_ENTRY_P2_INFO;
		else
			entry->flags = HG_ENTRY_P1_TRACKED;
		return true;
	case 'n':
		break;
	default:
		return false;
	}
	if (size == HG_V1_SIZE_FROM_P2) {
		entry->flags = HG_ENTRY_WC_TRACKED | HG_ENTRY_P2_INFO;
		return true;
	}
	entry->flags = HG_ENTRY_WC_TRACKED | HG_ENTRY_P1_TRACKED;
	if (size == HG_V1_SIZE_NON_NORMAL)
		return true;
	entry->flags |= HG_ENTRY_HAS_MODE_AND_SIZE;
	entry->mode = mode;
	entry->size = size;
	if (mtime != HG_V1_MTIME_UNSET) {
		entry->flags |= HG_ENTRY_HAS_MTIME;
		entry->mtime_s = mtime;
	}
	return true;
}

void hg_entry_drop_data(hg_dirstate_entry *entry)
{
	entry->flags &= ~(HG_ENTRY_HAS_MODE_AND_SIZE | HG_ENTRY_HAS_MTIME);
	entry->mode = 0;
	entry->size = 0;
	entry->mtime_s = 0;
	entry->mtime_ns = 0;
}

enum hg_dirstate_read hg_dirstate_v1_next(const char *data, size_t length,
                                          size_t *position,
                                          hg_dirstate_v1_record *record)
{
	size_t left = length - *position;
	const char *header = data + *position;
	size_t field_length;
	const char *separator;

	if (left == 0)
		return HG_DIRSTATE_END;
	if (left < HG_DIRSTATE_V1_RECORD_SIZE)
		return HG_DIRSTATE_OVERFLOW;
	left -= HG_DIRSTATE_V1_RECORD_SIZE;
	field_length = hg_load_be32(header + 13);
	if (field_length > left)
		return HG_DIRSTATE_OVERFLOW;

	record->state = header[0];
	record->mode = (int32_t)hg_load_be32(header + 1);
	record->size = (int32_t)hg_load_be32(header + 5);
	record->mtime = (int32_t)hg_load_be32(header + 9);
	record->path = header + HG_DIRSTATE_V1_RECORD_SIZE;
	separator = memchr(record->path, '\0', field_length);
	if (separator == NULL) {
		record->path_length = field_length;
		record->copy_source = NULL;
		record->copy_source_length = 0;
	} else {
		record->path_length = (size_t)(separator - record->path);
		record->copy_source = separator + 1;
		record->copy_source_length =
		    field_length - record->path_length - 1;
	}
	*position += HG_DIRSTATE_V1_RECORD_SIZE + field_length;
	return HG_DIRSTATE_RECORD;
}

void hg_dirstate_v1_put(char *target, const hg_dirstate_entry *entry,
                        uint32_t path_field_length)
{
	target[0] = hg_entry_v1_state(entry);
	hg_store_be32(target + 1, (uint32_t)hg_entry_v1_mode(entry));
	hg_store_be32(target + 5, (uint32_t)hg_entry_v1_size(entry));
	hg_store_be32(target + 9, (uint32_t)hg_entry_v1_mtime(entry));
	hg_store_be32(target + 13, path_field_length);
}
