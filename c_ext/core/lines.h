/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts as lines, and lines as equivalence classes. */
#ifndef HGAMALGAM_LINES_H
#define HGAMALGAM_LINES_H

#include <stddef.h>
#include <stdint.h>

enum lines_status { LINES_OK = 0, LINES_NO_MEMORY = -1, LINES_TOO_MANY = -2 };

/* Equal lines have equal class numbers, counted from 0. */
struct line_classes {
	const char **first; /* the first line of the class that was added... */
	size_t *length;
	int32_t *line; /* ...and its number in the text it came from */
	int32_t count;
	struct line_slot *slots; /* open addressing */
	uint32_t mask;
};

/* The class number of a line that no class has. */
#define LINE_NO_CLASS (-1)

/* A line ends after its '\n'; the last one may lack it. Borrows the text. */
struct line_table {
	const char **start; /* count + 1: line i is start[i]..start[i+1] */
	int32_t *class; /* count entries */
	int32_t count;
};

/* The number of lines of a text; with two of them counted, LINES_TOO_MANY if
 * an int32_t could not. */
size_t lines_count(const char *text, size_t length);
int lines_check(size_t count);

/* Room for at most `lines` classes. Zeroed ones may be freed. */
int classes_init(struct line_classes *classes, size_t lines);
void classes_free(struct line_classes *classes);

/* Room for at most `lines` lines. Zeroed ones may be freed. */
int lines_init(struct line_table *table, size_t lines);
void lines_free(struct line_table *table);

/* Splits a text into a table with room for it, making new classes. */
void lines_read(struct line_table *table, const char *text, size_t length,
                struct line_classes *classes);

/*
 * The same for another text that has much in common with `known`, the one that
 * the classes are of so far. A line of no class gets LINE_NO_CLASS, unless `add`.
 */
void lines_read_like(struct line_table *table, const char *text, size_t length,
                     struct line_classes *classes,
                     const struct line_table *known, int add);

#endif
