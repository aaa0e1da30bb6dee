/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index_records.h"

#include <string.h>

#include "cases.h"

hg_index_entry entry_of(int32_t rev)
{
	hg_index_entry entry = {
	    .offset_flags = (uint64_t)rev * 100 << 16,
	    .compressed_length = 100 * (rev % 4 != 3),
	    .uncompressed_length = 200,
	    .base = rev % 10 == 0 ? rev : rev - 1,
	    .link = rev,
	    .parents = {rev - 1 - rev * 7 % 20, HG_NULL_REV},
	    .rank = HG_RANK_UNKNOWN,
	};
	uint64_t mixed = ((uint64_t)rev + 1) * UINT64_C(0x9e3779b97f4a7c15);

	if (entry.parents[0] < 0)
		entry.parents[0] = HG_NULL_REV;
	if (rev % 5 == 0 && rev > 200)
		entry.parents[1] = rev - 1 - rev * 13 % 200;
	hg_store_be64(entry.node, mixed);
	hg_store_be64(entry.node + 8, ~mixed);
	return entry;
}

/* The records, copied from an index to which the entries were appended. */
void make_records(unsigned char disk[RECORDS_SIZE])
{
	hg_index_view scratch;
	int32_t rev;

	CHECK(hg_view_open(&scratch, disk, 0, false, HG_INDEX_V1) ==
	      HG_INDEX_OK);
	for (rev = 0; rev < ON_DISK; rev++) {
		hg_index_entry entry = entry_of(rev);

		CHECK(hg_view_append(&scratch, &entry) == HG_INDEX_OK);
	}
	memcpy(disk, scratch.added, RECORDS_SIZE);
	hg_view_close(&scratch);
}
