/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bdiff.h"

#include <stdlib.h>
#include <string.h>

#include "byteorder.h"
#include "lines.h"
#include "scan.h"

/* Anchors are looked for in at most this many last lines of a window. */
#define WINDOW_ROWS 30000

/* A rectangle of the match table: rows are lines of a, columns lines of b. */
struct window {
	int32_t a1, a2, b1, b2;
};

struct match {
	int32_t a, b, length;
};

/* The run of equal lines that ends at a column, and at which row it does. */
struct run {
	int32_t row, length;
};

struct matcher {
	int32_t an, bn;
	const int32_t *a_class, *b_class;
	int32_t *first_column; /* of a class, in `columns`; count + 1 entries */
	int32_t *columns; /* b's line numbers by class, ascending */
	/* By column. Zero at first, a run of no lines at row 0: so a run does not
	 * take in row 0 unless that is an anchor, which stored deltas show. */
	struct run *runs;
	int32_t popular; /* a class with more columns is no anchor */
};

/* A match found, whose right side waits for the left one to be done. */
struct pending {
	struct match match;
	int32_t a2, b2;
};

static void matcher_free(struct matcher *m)
{
	free(m->first_column);
	free(m->columns);
	free(m->runs);
}

/* `classes` is how many classes b's lines are of. */
static int matcher_init(struct matcher *m, const struct line_table *a,
                        const struct line_table *b, int32_t classes)
{
	size_t bn = (size_t)b->count;
	int32_t i, c;

	m->an = a->count;
	m->bn = b->count;
	m->a_class = a->class;
	m->b_class = b->class;
	m->popular = m->bn >= 31000 ? m->bn / 1000 : 1000000 / (m->bn + 1);
	m->first_column = calloc((size_t)classes + 2, sizeof(*m->first_column));
	m->columns = malloc((bn + 1) * sizeof(*m->columns));
	m->runs = calloc(bn + 1, sizeof(*m->runs));
	if (m->first_column == NULL || m->columns == NULL || m->runs == NULL) {
		matcher_free(m);
		return BDIFF_NO_MEMORY;
	}
	/* sort b's lines by class, counting */
	for (i = 0; i < m->bn; i++)
		m->first_column[m->b_class[i] + 2]++;
	for (c = 0; c < classes; c++)
		m->first_column[c + 2] += m->first_column[c + 1];
	for (i = 0; i < m->bn; i++)
		m->columns[m->first_column[m->b_class[i] + 1]++] = i;
	return BDIFF_OK;
}

/* The number of equal lines, inside the window, that end at row and column. */
static inline int32_t run_length(const struct matcher *m, int32_t row,
                                 int32_t column, int32_t first_row,
                                 int32_t first_column)
{
	int32_t limit = row - first_row < column - first_column
	                    ? row - first_row
	                    : column - first_column;
	int32_t back;
	for (back = 1; back <= limit; back++) {
		const struct run *run = &m->runs[column - back];
		if (run->row == row - back)
			return back + run->length;
		if (m->a_class[row - back] != m->b_class[column - back])
			return back;
	}
	return back;
}

/* The index of the last of columns[low..high) that is below `limit`, or low-1 */
static inline int32_t last_below(const int32_t *columns, int32_t low,
                                 int32_t high, int32_t limit)
{
	while (high - low > 8) {
		int32_t middle = low + (high - low) / 2;
		if (columns[middle] < limit)
			low = middle;
		else
			high = middle;
	}
	while (high > low && columns[high - 1] >= limit)
		high--;
	return high - 1;
}

/*
 * The longest run of equal lines in the window. Of equally long ones the rules
 * of contract section 2.2 choose, so that recursion stays balanced.
 */
static struct match longest_match(const struct matcher *m, struct window w)
{
	int32_t best_row = w.a1, best_column = w.b1, best = 0;
	int32_t row_middle, column_middle, row, first_row = w.a1;
	struct match found;

	if (w.a2 - first_row > WINDOW_ROWS)
		first_row = w.a2 - WINDOW_ROWS;
	row_middle = (int32_t)(((int64_t)first_row + w.a2 - 1) / 2);
	column_middle = (int32_t)(((int64_t)w.b1 + w.b2 - 1) / 2);

	for (row = first_row; row < w.a2; row++) {
		int32_t class = m->a_class[row];
		int32_t low, at;
		if (class == LINE_NO_CLASS)
			continue;
		low = m->first_column[class];
		at = m->first_column[class + 1];
		if (at - low > m->popular)
			continue;
		at = last_below(m->columns, low, at, w.b2);
		for (; at >= low; at--) {
			int32_t column = m->columns[at];
			int32_t length;
			if (column < w.b1)
				break;
			/* a run of one line, when longer ones are known */
			if (best > 1 && row > first_row && column > w.b1 &&
			    m->a_class[row - 1] != m->b_class[column - 1]) {
				continue;
			}
			length = run_length(m, row, column, first_row, w.b1);
			m->runs[column].row = row;
			m->runs[column].length = length;
			if (length < best)
				continue;
			if (length > best) {
				best_row = row;
				best_column = column;
				best = length;
			} else if (row > best_row) {
				if (row <= row_middle && column > w.b1) {
					best_row = row;
					best_column = column;
				}
			} else if (best_column > column_middle ||
			           row == first_row) {
				best_column = column;
			}
		}
	}

	found.a = best_row;
	found.b = best_column;
	found.length = best;
	if (best > 0) {
		found.a -= best - 1;
		found.b -= best - 1;
	}
	/* lines too popular to be anchors still belong to the run they follow */
	while (found.a + found.length < w.a2 && found.b + found.length < w.b2 &&
	       m->a_class[found.a + found.length] ==
	           m->b_class[found.b + found.length]) {
		found.length++;
	}
	return found;
}

static int append_block(struct bdiff_blocks *blocks, size_t *capacity,
                        struct bdiff_block block)
{
	if (blocks->count == *capacity) {
		size_t larger = *capacity ? *capacity * 2 : 64;
		struct bdiff_block *items =
		    realloc(blocks->items, larger * sizeof(*items));
		if (items == NULL)
			return BDIFF_NO_MEMORY;
		blocks->items = items;
		*capacity = larger;
	}
	blocks->items[blocks->count++] = block;
	return BDIFF_OK;
}

/* Left part, match, right part: recursion with a stack that cannot overflow. */
static int collect_blocks(const struct matcher *m, struct bdiff_blocks *blocks)
{
	struct window w = {0, m->an, 0, m->bn};
	struct bdiff_block end = {m->an, m->an, m->bn, m->bn};
	struct pending *stack = NULL;
	size_t depth = 0, stack_capacity = 0, capacity = 0;
	int status = BDIFF_OK;

	for (;;) {
		struct match match = {0, 0, 0};
		if (w.a1 < w.a2 && w.b1 < w.b2)
			match = longest_match(m, w);
		if (match.length > 0) {
			if (depth == stack_capacity) {
				size_t larger =
				    stack_capacity ? stack_capacity * 2 : 64;
				struct pending *moved =
				    realloc(stack, larger * sizeof(*stack));
				if (moved == NULL) {
					status = BDIFF_NO_MEMORY;
					break;
				}
				stack = moved;
				stack_capacity = larger;
			}
			stack[depth].match = match;
			stack[depth].a2 = w.a2;
			stack[depth].b2 = w.b2;
			depth++;
			w.a2 = match.a;
			w.b2 = match.b;
		} else if (depth > 0) {
			const struct pending *top = &stack[--depth];
			struct bdiff_block block;
			block.a1 = top->match.a;
			block.a2 = top->match.a + top->match.length;
			block.b1 = top->match.b;
			block.b2 = top->match.b + top->match.length;
			status = append_block(blocks, &capacity, block);
			if (status != BDIFF_OK)
				break;
			w.a1 = block.a2;
			w.b1 = block.b2;
			w.a2 = top->a2;
			w.b2 = top->b2;
		} else {
			status = append_block(blocks, &capacity, end);
			break;
		}
	}
	free(stack);
	return status;
}

/* Move what lies between adjacent blocks as far down as equal lines allow. */
static void shift_blocks(const struct matcher *m, struct bdiff_blocks *blocks)
{
	size_t i;
	for (i = 0; i + 1 < blocks->count; i++) {
		struct bdiff_block *block = &blocks->items[i];
		struct bdiff_block *next = block + 1;
		if (block->a2 != next->a1 && block->b2 != next->b1)
			continue;
		while (block->a2 < m->an && block->b2 < m->bn &&
		       next->a1 < next->a2 && next->b1 < next->b2 &&
		       m->a_class[block->a2] == m->b_class[block->b2]) {
			block->a2++;
			block->b2++;
			next->a1++;
			next->b1++;
		}
	}
}

/* Splits both texts, into tables that the caller frees, and matches them. */
static int match_texts(const char *a, size_t a_length, const char *b,
                       size_t b_length, struct line_table *a_lines,
                       struct line_table *b_lines, struct bdiff_blocks *blocks)
{
	size_t an = lines_count(a, a_length), bn = lines_count(b, b_length);
	struct line_classes classes = {0};
	struct matcher m;
	int32_t class_count;

	if (lines_check(an) != LINES_OK || lines_check(bn) != LINES_OK)
		return BDIFF_TOO_LARGE;
	if (lines_init(a_lines, an) != LINES_OK ||
	    lines_init(b_lines, bn) != LINES_OK ||
	    classes_init(&classes, bn) != LINES_OK) {
		return BDIFF_NO_MEMORY;
	}
	lines_read(b_lines, b, b_length, &classes);
	lines_read_like(a_lines, a, a_length, &classes, b_lines, 0);
	class_count = classes.count;
	classes_free(&classes);
	if (matcher_init(&m, a_lines, b_lines, class_count) != BDIFF_OK)
		return BDIFF_NO_MEMORY;
	if (collect_blocks(&m, blocks) != BDIFF_OK) {
		matcher_free(&m);
		return BDIFF_NO_MEMORY;
	}
	shift_blocks(&m, blocks);
	matcher_free(&m);
	return BDIFF_OK;
}

int bdiff_find_blocks(const char *a, size_t a_length, const char *b,
                      size_t b_length, struct bdiff_blocks *blocks)
{
	struct line_table a_lines = {0}, b_lines = {0};
	int status;

	blocks->items = NULL;
	blocks->count = 0;
	status =
	    match_texts(a, a_length, b, b_length, &a_lines, &b_lines, blocks);
	lines_free(&a_lines);
	lines_free(&b_lines);
	if (status != BDIFF_OK)
		bdiff_free_blocks(blocks);
	return status;
}

void bdiff_free_blocks(struct bdiff_blocks *blocks)
{
	free(blocks->items);
	blocks->items = NULL;
	blocks->count = 0;
}

struct bdiff_plan {
	const char *a; /* where offsets of hunks are counted from */
	struct line_table a_lines, b_lines;
	struct bdiff_blocks blocks;
};

/* The bytes of b between block i and what precedes it; 0 lines is no hunk. */
struct gap {
	const char *a_start, *a_end, *b_start, *b_end;
};

static int gap_before(const struct bdiff_plan *plan, size_t i, struct gap *gap)
{
	const struct bdiff_block *block = &plan->blocks.items[i];
	int32_t a = i ? block[-1].a2 : 0, b = i ? block[-1].b2 : 0;
	gap->a_start = plan->a_lines.start[a];
	gap->a_end = plan->a_lines.start[block->a1];
	gap->b_start = plan->b_lines.start[b];
	gap->b_end = plan->b_lines.start[block->b1];
	return block->a1 != a || block->b1 != b;
}

int bdiff_prepare(const char *a, size_t a_length, const char *b,
                  size_t b_length, int prune_suffix, struct bdiff_plan **out,
                  size_t *size)
{
	size_t shorter = a_length < b_length ? a_length : b_length;
	size_t prefix, suffix = 0, i;
	struct bdiff_plan *plan;
	struct gap gap;
	int status;

	*out = NULL;
	*size = 0;
	if (a_length > UINT32_MAX || b_length > UINT32_MAX)
		return BDIFF_TOO_LARGE;
	/* whole lines only: what follows the last common newline takes part */
	prefix = scan_common_prefix(a, b, shorter);
	i = scan_last_newline(a, prefix);
	prefix = i < prefix ? i + 1 : 0;
	if (prune_suffix) {
		size_t same = scan_common_suffix(a + a_length, b + b_length,
		                                 shorter - prefix);
		const char *newline =
		    same ? memchr(a + a_length - same, '\n', same) : NULL;
		if (newline != NULL)
			suffix = (size_t)(a + a_length - newline) - 1;
	}

	plan = calloc(1, sizeof(*plan));
	if (plan == NULL)
		return BDIFF_NO_MEMORY;
	plan->a = a;
	status = match_texts(a + prefix, a_length - prefix - suffix, b + prefix,
	                     b_length - prefix - suffix, &plan->a_lines,
	                     &plan->b_lines, &plan->blocks);
	if (status != BDIFF_OK) {
		bdiff_free_plan(plan);
		return status;
	}
	for (i = 0; i < plan->blocks.count; i++)
		if (gap_before(plan, i, &gap))
			*size += 12 + (size_t)(gap.b_end - gap.b_start);
	*out = plan;
	return BDIFF_OK;
}

void bdiff_write(const struct bdiff_plan *plan, char *out)
{
	struct gap gap;
	size_t i;
	for (i = 0; i < plan->blocks.count; i++) {
		unsigned char *header = (unsigned char *)out;
		size_t length;
		if (!gap_before(plan, i, &gap))
			continue;
		length = (size_t)(gap.b_end - gap.b_start);
		hg_store_be32(header, (uint32_t)(gap.a_start - plan->a));
		hg_store_be32(header + 4, (uint32_t)(gap.a_end - plan->a));
		hg_store_be32(header + 8, (uint32_t)length);
		memcpy(out + 12, gap.b_start, length);
		out += 12 + length;
	}
}

void bdiff_free_plan(struct bdiff_plan *plan)
{
	if (plan != NULL) {
		lines_free(&plan->a_lines);
		lines_free(&plan->b_lines);
		bdiff_free_blocks(&plan->blocks);
		free(plan);
	}
}

const char *bdiff_message(int status)
{
	return status == BDIFF_TOO_LARGE ? "bdiff inputs too large" : NULL;
}

static const unsigned char is_blank[256] = {[' '] = 1, ['\t'] = 1, ['\r'] = 1};
static const unsigned char is_newline[256] = {['\n'] = 1};

static inline int has_blank(uint64_t word)
{
	return (scan_equal(word, ' ') | scan_equal(word, '\t') |
	        scan_equal(word, '\r')) != 0;
}

/*
 * Both loops take words without blanks whole, and do without branches else:
 * text has blanks where no predictor expects them.
 */
static size_t drop_blanks(const char *text, size_t length, char *out)
{
	size_t i = 0, w = 0;
	while (i < length) {
		size_t end = length - i < 8 ? length : i + 8;
		if (end - i == 8 && !has_blank(scan_load(text + i))) {
			memcpy(out + w, text + i, 8);
			w += 8;
			i = end;
		}
		for (; i < end; i++) {
			out[w] = text[i];
			w += 1 - is_blank[(unsigned char)text[i]];
		}
	}
	return w;
}

static size_t join_blanks(const char *text, size_t length, char *out)
{
	size_t i = 0, w = 0;
	size_t after_blank = 0; /* then out[w - 1] is the one space */
	while (i < length) {
		size_t end = length - i < 8 ? length : i + 8;
		if (end - i == 8 && !has_blank(scan_load(text + i))) {
			w -= after_blank & is_newline[(unsigned char)text[i]];
			memcpy(out + w, text + i, 8);
			w += 8;
			i = end;
			after_blank = 0;
		}
		for (; i < end; i++) {
			unsigned char c = (unsigned char)text[i];
			size_t blank = is_blank[c];
			w -= after_blank & is_newline[c];
			out[w] =
			    (char)(c ^ ((c ^ ' ') & (0u - (unsigned)blank)));
			w += 1 - (blank & after_blank);
			after_blank = blank;
		}
	}
	return w;
}

size_t bdiff_fix_whitespace(const char *text, size_t length, int all, char *out)
{
	return all ? drop_blanks(text, length, out)
	           : join_blanks(text, length, out);
}
