/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The records that cases of an index are made of. */
#ifndef INDEX_RECORDS_H
#define INDEX_RECORDS_H

#include "index_view.h"

/* More than what waits to be sorted among the prefixes, and than many first
 * allocations have room for. */
#define ON_DISK 600
#define ADDED 64
#define LENGTH (ON_DISK + ADDED)
#define RECORD_SIZE 64
#define RECORDS_SIZE (ON_DISK * RECORD_SIZE)

/* Bushy: parents are near, every fifth revision merges, some have none. */
hg_index_entry entry_of(int32_t rev);
/* Write what a file of the first ON_DISK revisions holds. */
void make_records(unsigned char disk[RECORDS_SIZE]);

#endif
