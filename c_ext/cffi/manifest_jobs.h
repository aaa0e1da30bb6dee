/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A manifest for cffi: whole jobs over the core's table of lines. Each is one call,
 * for between two calls Python may run anything, and change the manifest.
 *
 * What hands out offsets needs a copy, whose lines all lie in the one text that
 * offsets count from, and which nobody changes.
 */
#ifndef HG_CFFI_MANIFEST_JOBS_H
#define HG_CFFI_MANIFEST_JOBS_H

#include "lazymanifest.h"

struct manifest_jobs {
	hg_manifest_table *table; /* or NULL */
	const char *given; /* where lines lie that the table has no text of */
	size_t node_size;
	size_t hint; /* where the last search ended */
	uint64_t stamp; /* what is equal has one, and what differs another */
};

/* A manifest of `text`, which the caller keeps. */
enum hg_manifest_status manifest_jobs_open(struct manifest_jobs *manifest,
                                           const char *text, size_t length,
                                           size_t node_size);

/* Let go of the table. */
void manifest_jobs_close(struct manifest_jobs *manifest);
/* Make `copy` share the table of `manifest`, its edits now being part of its text.
 * False without memory. */
bool manifest_jobs_copy(struct manifest_jobs *manifest,
                        struct manifest_jobs *copy);

size_t manifest_jobs_length(const struct manifest_jobs *manifest);
/* Of a copy: its text, of *size bytes. */
const char *manifest_jobs_text(const struct manifest_jobs *manifest,
                               size_t *size);

bool manifest_jobs_has(struct manifest_jobs *manifest, const char *path,
                       size_t length);

enum { MANIFEST_JOBS_ABSENT = -1 };

/* What `path` is mapped to, MANIFEST_JOBS_ABSENT, or a status. */
int manifest_jobs_get(struct manifest_jobs *manifest, const char *path,
                      size_t length, hg_manifest_value *value);
int manifest_jobs_set(struct manifest_jobs *manifest, const char *path,
                      size_t length, const unsigned char *node, char flag);
int manifest_jobs_delete(struct manifest_jobs *manifest, const char *path,
                         size_t length);

/* Where the paths of `count` lines from `first` on begin and end. */
void manifest_jobs_paths(const struct manifest_jobs *manifest, size_t first,
                         size_t count, int64_t *spans);

/* The nodes of those lines, one behind the other, and their flags, '\0' for
 * none. Stops at the first line that has none, and says so in `status`; gives how
 * many came before. */
size_t manifest_jobs_values(const struct manifest_jobs *manifest, size_t first,
                            size_t count, unsigned char *nodes, char *flags,
                            enum hg_manifest_status *status);

/* A copy, in `kept`, of the lines whose byte in `marks` is not 0. */
bool manifest_jobs_filter(const struct manifest_jobs *manifest,
                          const unsigned char *marks,
                          struct manifest_jobs *kept);

/* A diff of copies, and room for the next `capacity` paths of it: a path is where
 * it is in the left one's text, if it is there. */
struct manifest_diff {
	const struct manifest_jobs *left;
	const struct manifest_jobs *right;
	bool list_same;
	hg_manifest_walk walk; /* all zero at first */
	size_t capacity;
	unsigned char *sides; /* HG_MANIFEST_SAME, _LEFT, _RIGHT or both */
	int64_t *spans; /* two each */
	/* of the sides the path is on: none, one or two each; a node has
	 * HG_MANIFEST_MAX_NODE_SIZE bytes to itself */
	unsigned char *nodes;
	char *flags;
};

/* How many paths there were left to list, up to the capacity. 0 at the end and on
 * error. */
size_t manifest_jobs_diff(struct manifest_diff *diff,
                          enum hg_manifest_status *status);

#endif
