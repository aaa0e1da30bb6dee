/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "obsmarkers.h"

#include <string.h>

#include "byteorder.h"

/* size, date, timezone, flags, then the counts of successors, parents and
 * metadata pairs */
#define HEADER_SIZE (4 + 8 + 2 + 2 + 1 + 1 + 1)

/* Cut `wanted` bytes off the front of what is left; NULL if they are missing. */
static const unsigned char *take(const unsigned char **cursor, size_t *left,
                                 size_t wanted)
{
	const unsigned char *start = *cursor;

	if (wanted > *left)
		return NULL;
	*cursor += wanted;
	*left -= wanted;
	return start;
}

bool hg_obsmarker_read(const unsigned char *data, size_t available,
                       hg_obsmarker *marker)
{
	const unsigned char *cursor = data + HEADER_SIZE;
	size_t left, i;
	uint64_t date_bits;

	if (available < HEADER_SIZE)
		return false;
	marker->size = hg_load_be32(data);
	date_bits = hg_load_be64(data + 4);
	memcpy(&marker->date, &date_bits, sizeof marker->date);
	marker->timezone = 60 * (int)(int16_t)hg_load_be16(data + 12);
	marker->flags = hg_load_be16(data + 14);
	marker->successor_count = data[16];
	marker->parent_count = data[17];
	marker->metadata_count = data[18];

	if (marker->size > available || marker->size < HEADER_SIZE)
		return false;
	left = marker->size - HEADER_SIZE;

	marker->node_size = marker->flags & HG_OBSMARKER_USES_SHA256 ? 32 : 20;
	marker->predecessor = take(&cursor, &left, marker->node_size);
	if (marker->predecessor == NULL)
		return false;
	marker->successors =
	    take(&cursor, &left, marker->successor_count * marker->node_size);
	if (marker->successors == NULL)
		return false;

	/* Three parents mean "not recorded", and so does anything else that is
	 * no number of parents: nothing is stored then. */
	marker->has_parents =
	    marker->parent_count == 1 || marker->parent_count == 2;
	if (!marker->has_parents)
		marker->parent_count = 0;
	marker->parents =
	    take(&cursor, &left, marker->parent_count * marker->node_size);
	if (marker->parents == NULL)
		return false;

	marker->metadata_sizes =
	    take(&cursor, &left, 2 * marker->metadata_count);
	if (marker->metadata_sizes == NULL)
		return false;
	marker->metadata = cursor;
	marker->metadata_length = 0;
	for (i = 0; i < 2 * marker->metadata_count; i++)
		marker->metadata_length += marker->metadata_sizes[i];
	return marker->metadata_length <= left;
}
