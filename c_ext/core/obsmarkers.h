/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One record of a version-1 obsolescence store. Contract section 2.11. */
#ifndef HG_CORE_OBSMARKERS_H
#define HG_CORE_OBSMARKERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* set in a marker's flags if its nodes are SHA-256, 32 bytes, not SHA-1, 20 */
#define HG_OBSMARKER_USES_SHA256 2

typedef struct {
	uint32_t size; /* of the whole record, in bytes */
	double date;   /* seconds since the epoch */
	int timezone;  /* seconds */
	uint16_t flags;
	size_t node_size;
	const unsigned char *predecessor;
	size_t successor_count;
	const unsigned char *successors; /* successor_count nodes */
	bool has_parents;
	size_t parent_count;
	const unsigned char *parents; /* parent_count nodes */
	size_t metadata_count;
	/* metadata_count pairs of (key length, value length), one byte each */
	const unsigned char *metadata_sizes;
	/* the keys and values those lengths cut up */
	const unsigned char *metadata;
	size_t metadata_length;
} hg_obsmarker;

/* Read the record at `data`, of which `available` bytes may be read. False if
 * the record, or anything it announces, does not fit; pointers of a record
 * that was read point into `data`. */
bool hg_obsmarker_read(const unsigned char *data, size_t available,
                       hg_obsmarker *marker);

#endif
