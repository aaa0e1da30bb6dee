/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lines.h"

#include <stdlib.h>
#include <string.h>

#include "scan.h"

/* Two texts together must be countable with an int32_t, sentinels included. */
#define MOST_LINES (INT32_MAX / 2 - 8)

struct line_slot {
	uint32_t hash;
	int32_t class;
};

static inline uint64_t mix(uint64_t state, uint64_t word)
{
	state = (state ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return state ^ (state >> 29);
}

static inline uint32_t hash_line(const char *p, size_t length)
{
	uint64_t state = length * UINT64_C(0xd6e8feb86659fd93);
	size_t i;
	if (length >= 8) {
		for (i = 0; i + 8 < length; i += 8)
			state = mix(state, scan_load(p + i));
		/* the last word overlaps what was read before it */
		state = mix(state, scan_load(p + length - 8));
	} else {
		uint64_t word = 0;
		memcpy(&word, p, length);
		state = mix(state, word);
	}
	return (uint32_t)(state >> 32) ^ (uint32_t)state;
}

size_t lines_count(const char *text, size_t length)
{
	return scan_count_newlines(text, length) +
	       (length > 0 && text[length - 1] != '\n');
}

int lines_check(size_t count)
{
	return count > MOST_LINES ? LINES_TOO_MANY : LINES_OK;
}

int classes_init(struct line_classes *classes, size_t lines)
{
	size_t slots = 16;
	while (slots < lines * 2)
		slots *= 2;
	classes->count = 0;
	classes->mask = (uint32_t)(slots - 1);
	classes->first = malloc((lines + 1) * sizeof(*classes->first));
	classes->length = malloc((lines + 1) * sizeof(*classes->length));
	classes->line = malloc((lines + 1) * sizeof(*classes->line));
	classes->slots = malloc(slots * sizeof(*classes->slots));
	if (classes->first == NULL || classes->length == NULL ||
	    classes->line == NULL || classes->slots == NULL) {
		classes_free(classes);
		return LINES_NO_MEMORY;
	}
	/* every byte 0xff makes `class` LINE_NO_CLASS: an empty slot */
	memset(classes->slots, 0xff, slots * sizeof(*classes->slots));
	return LINES_OK;
}

void classes_free(struct line_classes *classes)
{
	free(classes->first);
	free(classes->length);
	free(classes->line);
	free(classes->slots);
	memset(classes, 0, sizeof(*classes));
}

int lines_init(struct line_table *table, size_t lines)
{
	table->count = 0;
	table->start = malloc((lines + 1) * sizeof(*table->start));
	table->class = malloc((lines + 1) * sizeof(*table->class));
	if (table->start == NULL || table->class == NULL) {
		lines_free(table);
		return LINES_NO_MEMORY;
	}
	return LINES_OK;
}

void lines_free(struct line_table *table)
{
	free(table->start);
	free(table->class);
	memset(table, 0, sizeof(*table));
}

/* The class of a line, number `line` of its text, made if there is none and
 * `add`. */
static int32_t find_class(struct line_classes *classes, const char *p,
                          size_t length, int32_t line, int add)
{
	uint32_t hash = hash_line(p, length);
	uint32_t at = hash & classes->mask;
	struct line_slot *slot;
	int32_t class;
	for (;; at = (at + 1) & classes->mask) {
		slot = &classes->slots[at];
		class = slot->class;
		if (class == LINE_NO_CLASS)
			break;
		if (slot->hash == hash && classes->length[class] == length &&
		    memcmp(classes->first[class], p, length) == 0) {
			return class;
		}
	}
	if (!add)
		return LINE_NO_CLASS;
	class = classes->count++;
	slot->hash = hash;
	slot->class = class;
	classes->first[class] = p;
	classes->length[class] = length;
	classes->line[class] = line;
	return class;
}

static inline const char *line_end(const char *p, const char *end)
{
	const char *newline = memchr(p, '\n', (size_t)(end - p));
	return newline ? newline + 1 : end;
}

void lines_read(struct line_table *table, const char *text, size_t length,
                struct line_classes *classes)
{
	const char *p = text, *end = text + length;
	int32_t count = 0;
	while (p < end) {
		const char *next = line_end(p, end);
		table->start[count] = p;
		table->class[count] =
		    find_class(classes, p, (size_t)(next - p), count, 1);
		count++;
		p = next;
	}
	table->start[count] = end;
	table->count = count;
}

/*
 * Takes over lines of `known`, from number `from` on, as far as the text at p is
 * the same. Returns how many.
 */
static int32_t take_over(struct line_table *table, const char *p,
                         const char *end, const struct line_table *known,
                         int32_t from)
{
	const char *base = known->start[from];
	size_t left = (size_t)(end - p);
	size_t known_left = (size_t)(known->start[known->count] - base);
	size_t same =
	    scan_common_prefix(p, base, left < known_left ? left : known_left);
	int32_t i = from;
	while (i < known->count &&
	       (size_t)(known->start[i + 1] - base) <= same) {
		int32_t to = table->count + (i - from);
		table->start[to] = p + (known->start[i] - base);
		table->class[to] = known->class[i];
		i++;
	}
	/* a last line without its newline may be the start of a longer one */
	if (i > from && i == known->count && known_left < left &&
	    known->start[i][-1] != '\n') {
		i--;
	}
	return i - from;
}

void lines_read_like(struct line_table *table, const char *text, size_t length,
                     struct line_classes *classes,
                     const struct line_table *known, int add)
{
	const char *p = text, *end = text + length;
	int32_t expected = 0, added = classes->count;
	table->count = 0;
	while (p < end) {
		const char *next;
		int32_t class;
		/* most lines follow the line that their predecessor follows */
		if (expected < known->count) {
			int32_t taken =
			    take_over(table, p, end, known, expected);
			if (taken > 0) {
				p += known->start[expected + taken] -
				     known->start[expected];
				expected += taken;
				table->count += taken;
				continue;
			}
		}
		next = line_end(p, end);
		class = find_class(classes, p, (size_t)(next - p), table->count,
		                   add);
		table->start[table->count] = p;
		table->class[table->count] = class;
		table->count++;
		p = next;
		/* goes on after its first place, or as if it were replaced */
		if (class != LINE_NO_CLASS && class < added)
			expected = classes->line[class];
		expected++;
	}
	table->start[table->count] = end;
}
