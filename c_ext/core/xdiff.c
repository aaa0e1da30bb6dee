/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xdiff.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lines.h"
#include "scan.h"
#include "xdiff_compact.h"
#include "xdiff_myers.h"

/* Common lines next to a difference that stay in, so that it can slide. */
#define KEPT_LINES 100

/* How a line's class stands in the other text. */
enum presence { ABSENT = 0, RARE = 1, FREQUENT = 2 };
#define MOST_RARE 1024
#define NEIGHBOURS 100 /* how far to look around a frequent line */

/* What is common at both ends and left out, in bytes and in lines. */
struct ends {
	size_t prefix, suffix;
	size_t prefix_lines, suffix_lines;
};

static struct ends common_ends(const char *a, size_t a_length, const char *b,
                               size_t b_length)
{
	size_t shorter = a_length < b_length ? a_length : b_length;
	size_t same = scan_common_prefix(a, b, shorter);
	size_t lines = scan_count_newlines(a, same);
	struct ends ends = {0, 0, 0, 0};
	const char *end = a + a_length, *p;
	size_t passed;

	if (lines > KEPT_LINES + 1) {
		size_t length = same;
		for (passed = 0; passed <= KEPT_LINES; passed++)
			length = scan_last_newline(a, length);
		ends.prefix = length + 1;
		ends.prefix_lines = lines - KEPT_LINES;
	}

	/* the suffix stays clear of the first byte after the prefix */
	if (same < shorter) {
		same =
		    scan_common_suffix(end, b + b_length, shorter - same - 1);
	} else {
		same = 0;
	}
	lines = scan_count_newlines(end - same, same);
	if (lines > KEPT_LINES + 1) {
		p = end - same;
		for (passed = 0; passed <= KEPT_LINES; passed++) {
			p = (const char *)memchr(p, '\n', (size_t)(end - p)) +
			    1;
		}
		ends.suffix = (size_t)(end - p);
		ends.suffix_lines = lines - KEPT_LINES - (end[-1] == '\n');
	}
	return ends;
}

static int side_init(struct xdiff_side *side, const struct line_table *lines)
{
	side->start = lines->start;
	side->class = lines->class;
	side->count = lines->count;
	side->flags = calloc((size_t)lines->count + 2, 1);
	if (side->flags == NULL)
		return BDIFF_NO_MEMORY;
	side->changed = side->flags + 1;
	return BDIFF_OK;
}

/* A power of two at or a little above the square root of n. */
static int32_t rough_root(int64_t n)
{
	int32_t root = 1;
	for (; n > 0; n >>= 2)
		root *= 2;
	return root;
}

/*
 * A frequent line is left out of the comparison where the run of absent and
 * frequent lines around it has absent ones on both sides and more than three
 * quarters of it are absent.
 */
static int lost_among_absent(const unsigned char *presence, int32_t at,
                             int32_t first, int32_t last)
{
	int32_t absent_before = 0, absent_after = 0, frequent = 2, i;
	if (at - first > NEIGHBOURS)
		first = at - NEIGHBOURS;
	if (last - at > NEIGHBOURS)
		last = at + NEIGHBOURS;
	for (i = at - 1; i >= first && presence[i] != RARE; i--) {
		absent_before += presence[i] == ABSENT;
		frequent += presence[i] == FREQUENT;
	}
	if (absent_before == 0)
		return 0;
	for (i = at + 1; i <= last && presence[i] != RARE; i++) {
		absent_after += presence[i] == ABSENT;
		frequent += presence[i] == FREQUENT;
	}
	if (absent_after == 0)
		return 0;
	return frequent * 4 < frequent + absent_before + absent_after;
}

/*
 * Fills `kept` with the lines first..last that take part in the comparison,
 * and marks the others as changed. `occurrences` counts classes on the other
 * side. `presence` is scratch for a byte a line.
 */
static void keep_lines(struct xdiff_side *side, int32_t first, int32_t last,
                       const int32_t *occurrences, unsigned char *presence,
                       struct myers_lines *kept)
{
	int32_t frequent = rough_root(side->count), i;
	if (frequent > MOST_RARE)
		frequent = MOST_RARE;
	for (i = first; i <= last; i++) {
		int32_t count = occurrences[side->class[i]];
		presence[i] = count == 0          ? ABSENT
		              : count >= frequent ? FREQUENT
		                                  : RARE;
	}
	kept->count = 0;
	for (i = first; i <= last; i++) {
		if (presence[i] == RARE ||
		    (presence[i] == FREQUENT &&
		     !lost_among_absent(presence, i, first, last))) {
			kept->line[kept->count] = i;
			kept->class[kept->count] = side->class[i];
			kept->count++;
		} else {
			side->changed[i] = 1;
		}
	}
	kept->changed = side->changed;
}

static int kept_init(struct myers_lines *kept, int32_t count)
{
	kept->line = malloc(((size_t)count + 1) * sizeof(*kept->line));
	kept->class = malloc(((size_t)count + 1) * sizeof(*kept->class));
	return kept->line && kept->class ? BDIFF_OK : BDIFF_NO_MEMORY;
}

/* Marks the changed lines of both sides; `classes` is how many there are. */
static int mark_changes(struct xdiff_side *a, struct xdiff_side *b,
                        int32_t classes)
{
	int32_t shorter = a->count < b->count ? a->count : b->count;
	int32_t longer = a->count < b->count ? b->count : a->count;
	int32_t head = 0, tail = 0, i;
	struct myers_lines a_kept = {0}, b_kept = {0};
	int32_t *in_a = calloc((size_t)classes + 1, sizeof(*in_a));
	int32_t *in_b = calloc((size_t)classes + 1, sizeof(*in_b));
	unsigned char *presence = malloc((size_t)longer + 1);
	int status = BDIFF_NO_MEMORY;

	if (in_a == NULL || in_b == NULL || presence == NULL ||
	    kept_init(&a_kept, a->count) != BDIFF_OK ||
	    kept_init(&b_kept, b->count) != BDIFF_OK) {
		goto done;
	}
	for (i = 0; i < a->count; i++)
		in_a[a->class[i]]++;
	for (i = 0; i < b->count; i++)
		in_b[b->class[i]]++;
	while (head < shorter && a->class[head] == b->class[head])
		head++;
	while (tail < shorter - head &&
	       a->class[a->count - 1 - tail] == b->class[b->count - 1 - tail]) {
		tail++;
	}
	keep_lines(a, head, a->count - tail - 1, in_b, presence, &a_kept);
	keep_lines(b, head, b->count - tail - 1, in_a, presence, &b_kept);
	status =
	    myers_mark(&a_kept, &b_kept,
	               rough_root((int64_t)a_kept.count + b_kept.count + 3));
done:
	free(in_a);
	free(in_b);
	free(presence);
	free(a_kept.line);
	free(a_kept.class);
	free(b_kept.line);
	free(b_kept.class);
	return status;
}

/* The unchanged ranges between changes, with the ends put back. */
static int emit_blocks(const struct xdiff_side *a, const struct xdiff_side *b,
                       const struct ends *ends, struct bdiff_blocks *blocks)
{
	int32_t skipped = (int32_t)ends->prefix_lines;
	int32_t total = (int32_t)(ends->prefix_lines + ends->suffix_lines);
	size_t most = 1;
	struct bdiff_block block = {0, 0, 0, 0};
	int32_t i = 0, j = 0;

	/* each change but the last is followed by an unchanged line */
	for (i = 0; i < a->count; i++)
		most += a->changed[i] && !a->changed[i - 1];
	for (i = 0; i < b->count; i++)
		most += b->changed[i] && !b->changed[i - 1];
	blocks->items = malloc(most * sizeof(*blocks->items));
	if (blocks->items == NULL)
		return BDIFF_NO_MEMORY;
	blocks->count = 0;
	for (i = 0; i < a->count || j < b->count; i++, j++) {
		if (!a->changed[i] && !b->changed[j])
			continue;
		block.a2 = i + skipped;
		block.b2 = j + skipped;
		if (block.a2 > block.a1 || block.b2 > block.b1)
			blocks->items[blocks->count++] = block;
		while (a->changed[i])
			i++;
		while (b->changed[j])
			j++;
		block.a1 = i + skipped;
		block.b1 = j + skipped;
	}
	block.a2 = a->count + total;
	block.b2 = b->count + total;
	blocks->items[blocks->count++] = block;
	return BDIFF_OK;
}

static int compare(const struct line_table *a_lines,
                   const struct line_table *b_lines, int32_t classes,
                   const struct ends *ends, struct bdiff_blocks *blocks)
{
	struct xdiff_side a = {0}, b = {0};
	int status = BDIFF_NO_MEMORY;

	if (side_init(&a, a_lines) == BDIFF_OK &&
	    side_init(&b, b_lines) == BDIFF_OK) {
		status = mark_changes(&a, &b, classes);
	}
	if (status == BDIFF_OK) {
		xdiff_compact(&a, &b);
		xdiff_compact(&b, &a);
		status = emit_blocks(&a, &b, ends, blocks);
	}
	free(a.flags);
	free(b.flags);
	return status;
}

int xdiff_find_blocks(const char *a, size_t a_length, const char *b,
                      size_t b_length, struct bdiff_blocks *blocks)
{
	struct ends ends = common_ends(a, a_length, b, b_length);
	struct line_table a_lines = {0}, b_lines = {0};
	struct line_classes classes = {0};
	size_t an, bn;
	int status = BDIFF_NO_MEMORY;

	blocks->items = NULL;
	blocks->count = 0;
	a += ends.prefix;
	b += ends.prefix;
	a_length -= ends.prefix + ends.suffix;
	b_length -= ends.prefix + ends.suffix;
	an = lines_count(a, a_length);
	bn = lines_count(b, b_length);
	if (lines_check(an + ends.prefix_lines + ends.suffix_lines) !=
	        LINES_OK ||
	    lines_check(bn + ends.prefix_lines + ends.suffix_lines) !=
	        LINES_OK) {
		return BDIFF_TOO_LARGE;
	}
	if (lines_init(&a_lines, an) == LINES_OK &&
	    lines_init(&b_lines, bn) == LINES_OK &&
	    classes_init(&classes, an + bn) == LINES_OK) {
		lines_read(&a_lines, a, a_length, &classes);
		lines_read_like(&b_lines, b, b_length, &classes, &a_lines, 1);
		status =
		    compare(&a_lines, &b_lines, classes.count, &ends, blocks);
	}
	classes_free(&classes);
	lines_free(&a_lines);
	lines_free(&b_lines);
	return status;
}
