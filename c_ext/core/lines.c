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
		for (i = 0; i + 8 < length; i += 8) {
			state = mix(state, scan_load(p + i));
		}
		/* the last word overlaps what was read before it */
		state = mix(state, scan_load(p + length - 8));
	} else {
		uint64_t word = 0;
		memcpy(&word, p, length);
		state = mix(state, word);
	}
	return (uint32_t)(state >> 32) ^ (uint32_t)state;
}

static int grow(struct line_table *table, size_t capacity)
{
	const char **start =
	    realloc(table->start, (capacity + 1) * sizeof(*start));
	uint32_t *hash;
	if (start == NULL) {
		return LINES_NO_MEMORY;
	}
	table->start = start;
	hash = realloc(table->hash, capacity * sizeof(*hash));
	if (hash == NULL) {
		return LINES_NO_MEMORY;
	}
	table->hash = hash;
	return LINES_OK;
}

int lines_split(struct line_table *table, const char *text, size_t length)
{
	const char *p = text, *end = text + length;
	size_t capacity = length / 40 + 16, count = 0;
	int status = LINES_OK;

	table->start = NULL;
	table->hash = NULL;
	table->count = 0;
	if (capacity > MOST_LINES) {
		capacity = MOST_LINES;
	}
	status = grow(table, capacity);
	while (status == LINES_OK && p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		const char *next = newline ? newline + 1 : end;
		if (count == capacity) {
			if (capacity == MOST_LINES) {
				status = LINES_TOO_MANY;
				break;
			}
			capacity *= 2;
			if (capacity > MOST_LINES) {
				capacity = MOST_LINES;
			}
			status = grow(table, capacity);
			if (status != LINES_OK) {
				break;
			}
		}
		table->start[count] = p;
		table->hash[count] = hash_line(p, (size_t)(next - p));
		count++;
		p = next;
	}
	if (status != LINES_OK) {
		lines_free(table);
		return status;
	}
	table->start[count] = end;
	table->count = (int32_t)count;
	return LINES_OK;
}

void lines_free(struct line_table *table)
{
	free(table->start);
	free(table->hash);
	table->start = NULL;
	table->hash = NULL;
	table->count = 0;
}

int classes_init(struct line_classes *classes, size_t lines)
{
	size_t slots = 16;
	while (slots < lines * 2) {
		slots *= 2;
	}
	classes->count = 0;
	classes->mask = (uint32_t)(slots - 1);
	classes->first = malloc((lines + 1) * sizeof(*classes->first));
	classes->length = malloc((lines + 1) * sizeof(*classes->length));
	classes->line = malloc((lines + 1) * sizeof(*classes->line));
	classes->slots = malloc(slots * sizeof(*classes->slots));
	if (!classes->first || !classes->length || !classes->line ||
	    !classes->slots) {
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
	classes->first = NULL;
	classes->length = NULL;
	classes->line = NULL;
	classes->slots = NULL;
}

/* The slot that holds the line's class, or the empty one where it belongs. */
static struct line_slot *find_slot(const struct line_classes *classes,
                                   const char *p, size_t length, uint32_t hash)
{
	uint32_t at = hash & classes->mask;
	for (;; at = (at + 1) & classes->mask) {
		struct line_slot *slot = &classes->slots[at];
		if (slot->class == LINE_NO_CLASS) {
			return slot;
		}
		if (slot->hash == hash &&
		    classes->length[slot->class] == length &&
		    memcmp(classes->first[slot->class], p, length) == 0) {
			return slot;
		}
	}
}

/* Makes the empty slot the one of a new class, of line i of the table. */
static void new_class(struct line_classes *classes, struct line_slot *slot,
                      const struct line_table *table, int32_t i)
{
	int32_t class = classes->count++;
	slot->hash = table->hash[i];
	slot->class = class;
	classes->first[class] = table->start[i];
	classes->length[class] = (size_t)(table->start[i + 1] - table->start[i]);
	classes->line[class] = i;
}

void classes_add(struct line_classes *classes, const struct line_table *table,
                 int32_t *out)
{
	int32_t i;
	for (i = 0; i < table->count; i++) {
		const char *p = table->start[i];
		size_t length = (size_t)(table->start[i + 1] - p);
		struct line_slot *slot =
		    find_slot(classes, p, length, table->hash[i]);
		if (slot->class == LINE_NO_CLASS) {
			new_class(classes, slot, table, i);
		}
		out[i] = slot->class;
	}
}

void classes_follow(struct line_classes *classes,
                    const struct line_table *table, int32_t *out,
                    const struct line_table *known, const int32_t *known_class,
                    int add)
{
	int32_t i, expected = 0, added = classes->count;
	for (i = 0; i < table->count; i++) {
		const char *p = table->start[i];
		size_t length = (size_t)(table->start[i + 1] - p);
		struct line_slot *slot;
		/* most lines follow the line that their predecessor follows */
		if (expected < known->count &&
		    known->hash[expected] == table->hash[i] &&
		    (size_t)(known->start[expected + 1] -
		             known->start[expected]) == length &&
		    memcmp(known->start[expected], p, length) == 0) {
			out[i] = known_class[expected++];
			continue;
		}
		slot = find_slot(classes, p, length, table->hash[i]);
		if (slot->class == LINE_NO_CLASS && add) {
			new_class(classes, slot, table, i);
		}
		out[i] = slot->class;
		expected++; /* as after a line replaced by another... */
		if (slot->class != LINE_NO_CLASS && slot->class < added &&
		    classes->line[slot->class] >= expected) {
			expected = classes->line[slot->class] + 1; /* ...or gone */
		}
	}
}
