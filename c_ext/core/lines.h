/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts as lines, and lines as equivalence classes. */
#ifndef HGAMALGAM_LINES_H
#define HGAMALGAM_LINES_H

#include <stddef.h>
#include <stdint.h>

/* A line ends after its '\n'; the last one may lack it. Borrows the text. */
struct line_table {
	const char **start; /* count + 1 entries: line i is start[i]..start[i+1] */
	uint32_t *hash;     /* count entries */
	int32_t count;
};

/* Equal lines have equal class numbers, counted from 0. */
struct line_classes {
	const char **first; /* the first line of the class that was added... */
	size_t *length;
	int32_t *line;      /* ...and its number in the table it came from */
	int32_t count;
	struct line_slot *slots; /* open addressing; freed by classes_free */
	uint32_t mask;
};

enum lines_status { LINES_OK = 0, LINES_NO_MEMORY = -1, LINES_TOO_MANY = -2 };

/* The class number of a line that no class has. */
#define LINE_NO_CLASS (-1)

/* On failure the table is left empty and needs no freeing. */
int lines_split(struct line_table *table, const char *text, size_t length);
void lines_free(struct line_table *table);

/* Room for at most `lines` classes. */
int classes_init(struct line_classes *classes, size_t lines);
void classes_free(struct line_classes *classes);

/* Fills `out` with each line's class, making new ones. */
void classes_add(struct line_classes *classes, const struct line_table *table,
                 int32_t *out);

/*
 * As classes_add for another text that has much in common with `known`, the
 * one that was added, whose classes are `known_class`. A line of no class gets
 * LINE_NO_CLASS unless `add`.
 */
void classes_follow(struct line_classes *classes,
                    const struct line_table *table, int32_t *out,
                    const struct line_table *known, const int32_t *known_class,
                    int add);

#endif
