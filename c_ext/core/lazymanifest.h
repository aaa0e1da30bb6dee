/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A manifest text, cut into lines but not decoded: a line is decoded when
 * somebody asks for it. Contract section 2.9.
 *
 * A table points into a text, its own or one that its owner keeps alive, and into
 * lines set since, which the table owns. Tables are shared: a copy is one more reference,
 * and who wants to change a shared table makes its own first. That copies each
 * line set since, so compact what is to be shared for long.
 */
#ifndef HG_CORE_LAZYMANIFEST_H
#define HG_CORE_LAZYMANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HG_MANIFEST_MAX_NODE_SIZE 32

enum hg_manifest_status {
	HG_MANIFEST_OK = 0,
	HG_MANIFEST_NO_MEMORY,
	HG_MANIFEST_NOT_SORTED,
	HG_MANIFEST_NO_NEWLINE,
	HG_MANIFEST_NO_PATH,
	HG_MANIFEST_LINE_TOO_SHORT,
	HG_MANIFEST_LINE_TOO_LONG,
	HG_MANIFEST_NODE_SIZE,
	HG_MANIFEST_NODE_NOT_HEX,
	HG_MANIFEST_NO_NODE,
	HG_MANIFEST_BAD_PATH,
};

/* What to say of a status; NULL if memory is short. */
const char *hg_manifest_message(enum hg_manifest_status status);

typedef struct {
	const char *start;
	uint32_t length; /* with the newline */
	uint32_t path_length : 30;
	uint32_t edited : 1; /* the table owns `start` */
	uint32_t deleted : 1;
} hg_manifest_line;

#define HG_MANIFEST_MAX_LINE ((size_t)(1 << 30) - 1)

/* A text that tables share. */
typedef struct {
	size_t references;
	char bytes[];
} hg_manifest_text;

typedef struct {
	size_t references;
	hg_manifest_text *text; /* its own, or NULL */
	size_t count; /* lines, deleted ones included */
	size_t live;  /* lines, deleted ones left out */
	size_t capacity;
	bool dirty; /* some line is edited, inserted or deleted */
	hg_manifest_line *lines;
} hg_manifest_table;

typedef struct {
	unsigned char node[HG_MANIFEST_MAX_NODE_SIZE];
	char flag; /* '\0' for none */
} hg_manifest_value;

/* Index of a line that is not there. */
#define HG_MANIFEST_ABSENT SIZE_MAX

/* Cut `text` into a new table with one reference; *table is NULL on error.
 * Touches no shared state, so it may run without any lock. */
enum hg_manifest_status hg_manifest_parse(const char *text, size_t length,
                                          hg_manifest_table **table);

/* An empty table with room for `capacity` lines; NULL without memory. */
hg_manifest_table *hg_manifest_new(size_t capacity);
void hg_manifest_release(hg_manifest_table *table);

/* Make *table the caller's own, copying it if others share it, lines set since
 * included; false without memory, *table then being unchanged. */
bool hg_manifest_unshare(hg_manifest_table **table);

/* The live line of `path`, tried first at `hint` and behind it: who asks in
 * order finds without searching. */
size_t hg_manifest_find(const hg_manifest_table *table, const char *path,
                        size_t path_length, size_t hint);

enum hg_manifest_status hg_manifest_decode(const hg_manifest_line *line,
                                           size_t node_size,
                                           hg_manifest_value *value);

/* Both need a table of the caller's own. A path that would make the text one that
 * cannot be read back is refused. */
enum hg_manifest_status hg_manifest_set(hg_manifest_table *table,
                                        const char *path, size_t path_length,
                                        const unsigned char *node,
                                        size_t node_size, char flag);
void hg_manifest_delete(hg_manifest_table *table, size_t position);

/* Size of the text of the live lines, and the text itself. Compacting makes
 * the table, which must be the caller's own, point into `target`. */
size_t hg_manifest_text_size(const hg_manifest_table *table);
void hg_manifest_compact(hg_manifest_table *table, char *target);

/* Compact into a text of the table's own; false without memory, nothing being
 * changed. */
bool hg_manifest_compact_own(hg_manifest_table *table);
/* Have `table` hold the text of `other`, into whose lines it points. */
void hg_manifest_share_text(hg_manifest_table *table,
                            const hg_manifest_table *other);

/* Negative, zero or positive as `left` sorts before, with or after `right`. */
int hg_manifest_compare(const hg_manifest_line *left,
                        const hg_manifest_line *right);

static inline bool hg_manifest_same(const hg_manifest_line *left,
                                    const hg_manifest_line *right)
{
	return left->length == right->length &&
	       (left->start == right->start ||
	        __builtin_memcmp(left->start, right->start, left->length) == 0);
}

/* Which of two manifests have a path. */
enum {
	HG_MANIFEST_SAME = 0, /* both, and the same line */
	HG_MANIFEST_LEFT = 1, /* the left one */
	HG_MANIFEST_RIGHT = 2, /* the right one; 3 is both, with unlike lines */
};

/* A walk over two tables, path by path. */
typedef struct {
	const hg_manifest_table *left;
	const hg_manifest_table *right;
	size_t left_position;
	size_t right_position;
} hg_manifest_walk;

static inline const hg_manifest_line *hg_manifest_next_live(
    const hg_manifest_table *table, size_t *position)
{
	while (*position < table->count && table->lines[*position].deleted)
		++*position;
	return *position < table->count ? &table->lines[*position] : NULL;
}

/* The lines of the next path, NULL on the side that lacks it, and which sides
 * those are. False past the last path. */
static inline bool hg_manifest_walk_next(hg_manifest_walk *walk,
                                         const hg_manifest_line **left,
                                         const hg_manifest_line **right,
                                         int *sides)
{
	int order;

	*left = hg_manifest_next_live(walk->left, &walk->left_position);
	*right = hg_manifest_next_live(walk->right, &walk->right_position);
	if (*left == NULL && *right == NULL)
		return false;
	if (*left == NULL) {
		order = 1;
	} else if (*right == NULL) {
		order = -1;
	} else if (hg_manifest_same(*left, *right)) {
		*sides = HG_MANIFEST_SAME;
		walk->left_position++;
		walk->right_position++;
		return true;
	} else {
		order = hg_manifest_compare(*left, *right);
	}
	*sides = 0;
	if (order <= 0) {
		*sides |= HG_MANIFEST_LEFT;
		walk->left_position++;
	} else {
		*left = NULL;
	}
	if (order >= 0) {
		*sides |= HG_MANIFEST_RIGHT;
		walk->right_position++;
	} else {
		*right = NULL;
	}
	return true;
}

#endif
