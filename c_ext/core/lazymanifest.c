/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lazymanifest.h"

#include <stdlib.h>
#include <string.h>

/* A line is a path, a NUL, a hexadecimal node, at most one flag, a newline. The
 * shortest one has a path of one byte and a 20-byte node. */
#define SHORTEST_HEX 40
#define SHORTEST_LINE (1 + 1 + SHORTEST_HEX + 1)

const char *hg_manifest_message(enum hg_manifest_status status)
{
	switch (status) {
	case HG_MANIFEST_NOT_SORTED:
		return "Manifest lines not in sorted order.";
	case HG_MANIFEST_NO_NEWLINE:
		return "Manifest did not end in a newline.";
	case HG_MANIFEST_NO_PATH:
		return "Manifest had an entry with a zero-length filename.";
	case HG_MANIFEST_LINE_TOO_SHORT:
		return "Manifest had implausibly-short line.";
	case HG_MANIFEST_LINE_TOO_LONG:
		return "Manifest had implausibly-long line.";
	case HG_MANIFEST_NODE_SIZE:
		return "invalid node length in manifest";
	case HG_MANIFEST_NODE_NOT_HEX:
		return "manifest node is not hexadecimal";
	case HG_MANIFEST_NO_NODE:
		return "manifest line too short";
	case HG_MANIFEST_BAD_PATH:
		return "manifest paths must not be empty nor hold NUL or "
		       "newline";
	case HG_MANIFEST_OK:
	case HG_MANIFEST_NO_MEMORY:
		break;
	}
	return NULL;
}

static int compare_paths(const char *left, size_t left_length,
                         const char *right, size_t right_length)
{
	size_t common = left_length < right_length ? left_length : right_length;
	int order = memcmp(left, right, common);

	if (order != 0)
		return order;
	return (left_length > right_length) - (left_length < right_length);
}

int hg_manifest_compare(const hg_manifest_line *left,
                        const hg_manifest_line *right)
{
	return compare_paths(left->start, left->path_length, right->start,
	                     right->path_length);
}

hg_manifest_table *hg_manifest_new(size_t capacity)
{
	hg_manifest_table *table;

	if (capacity == 0)
		capacity = 1;
	if (capacity > SIZE_MAX / sizeof *table->lines)
		return NULL;
	table = malloc(sizeof *table);
	if (table == NULL)
		return NULL;
	table->lines = malloc(capacity * sizeof *table->lines);
	if (table->lines == NULL) {
		free(table);
		return NULL;
	}
	table->references = 1;
	table->text = NULL;
	table->count = table->live = 0;
	table->capacity = capacity;
	table->dirty = false;
	return table;
}

static void free_edits(hg_manifest_table *table)
{
	size_t i;

	if (!table->dirty)
		return;
	for (i = 0; i < table->count; i++)
		if (table->lines[i].edited)
			free((char *)table->lines[i].start);
}

/* Give a table that has the lines of another edits of its own; false without
 * memory, the table then having no lines. */
static bool copy_edits(hg_manifest_table *table)
{
	size_t i;

	for (i = 0; i < table->count; i++) {
		hg_manifest_line *line = &table->lines[i];
		char *start;

		if (!line->edited)
			continue;
		start = malloc(line->length);
		if (start == NULL) {
			table->count = i;
			free_edits(table);
			table->count = 0;
			return false;
		}
		line->start = memcpy(start, line->start, line->length);
	}
	return true;
}

static void release_text(hg_manifest_text *text)
{
	if (text != NULL && --text->references == 0)
		free(text);
}

void hg_manifest_share_text(hg_manifest_table *table,
                            const hg_manifest_table *other)
{
	table->text = other->text;
	if (table->text != NULL)
		table->text->references++;
}

void hg_manifest_release(hg_manifest_table *table)
{
	if (table == NULL || --table->references > 0)
		return;
	free_edits(table);
	release_text(table->text);
	free(table->lines);
	free(table);
}

bool hg_manifest_unshare(hg_manifest_table **table)
{
	hg_manifest_table *shared = *table, *own;

	if (shared->references == 1)
		return true;
	own = hg_manifest_new(shared->count + shared->count / 16 + 1);
	if (own == NULL)
		return false;
	memcpy(own->lines, shared->lines, shared->count * sizeof *own->lines);
	own->count = shared->count;
	own->live = shared->live;
	own->dirty = shared->dirty;
	if (own->dirty && !copy_edits(own)) {
		hg_manifest_release(own);
		return false;
	}
	hg_manifest_share_text(own, shared);
	shared->references--;
	*table = own;
	return true;
}

static bool reserve_line(hg_manifest_table *table)
{
	size_t capacity;
	hg_manifest_line *lines;

	if (table->count < table->capacity)
		return true;
	capacity = table->capacity + table->capacity / 2 + 16;
	if (capacity > SIZE_MAX / sizeof *lines)
		return false;
	lines = realloc(table->lines, capacity * sizeof *lines);
	if (lines == NULL)
		return false;
	table->lines = lines;
	table->capacity = capacity;
	return true;
}

static enum hg_manifest_status parse_lines(hg_manifest_table *table,
                                           const char *text, size_t length)
{
	const char *end = text + length;

	while (text < end) {
		hg_manifest_line *line;
		const char *newline, *path_end;
		size_t line_length;

		if (*text == '\0')
			return HG_MANIFEST_NO_PATH;
		newline = memchr(text, '\n', (size_t)(end - text));
		if (newline == NULL)
			return HG_MANIFEST_NO_NEWLINE;
		line_length = (size_t)(newline - text) + 1;
		if (line_length < SHORTEST_LINE)
			return HG_MANIFEST_LINE_TOO_SHORT;
		if (line_length > HG_MANIFEST_MAX_LINE)
			return HG_MANIFEST_LINE_TOO_LONG;
		if (!reserve_line(table))
			return HG_MANIFEST_NO_MEMORY;
		line = &table->lines[table->count];
		line->start = text;
		line->length = (uint32_t)line_length;
		/* without a NUL the path takes all of the line, and no node is
		 * left to decode */
		path_end = memchr(text, '\0', line_length);
		line->path_length =
		    (uint32_t)(path_end != NULL ? path_end - text
		                                : newline - text) &
		    HG_MANIFEST_MAX_LINE;
		line->edited = 0;
		line->deleted = 0;
		if (table->count > 0 &&
		    hg_manifest_compare(line - 1, line) >= 0)
			return HG_MANIFEST_NOT_SORTED;
		table->count++;
		text += line_length;
	}
	table->live = table->count;
	return HG_MANIFEST_OK;
}

enum hg_manifest_status hg_manifest_parse(const char *text, size_t length,
                                          hg_manifest_table **table)
{
	/* lines of source trees are around 90 bytes long */
	hg_manifest_table *parsed = hg_manifest_new(length / 80 + 1);
	enum hg_manifest_status status;

	*table = NULL;
	if (parsed == NULL)
		return HG_MANIFEST_NO_MEMORY;
	status = parse_lines(parsed, text, length);
	if (status != HG_MANIFEST_OK) {
		hg_manifest_release(parsed);
		return status;
	}
	*table = parsed;
	return HG_MANIFEST_OK;
}

/* First line that does not sort before `path`, and whether it is that path's. */
static size_t lower_bound(const hg_manifest_table *table, const char *path,
                          size_t path_length, bool *found)
{
	size_t low = 0, high = table->count;

	*found = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const hg_manifest_line *line = &table->lines[middle];
		int order = compare_paths(line->start, line->path_length, path,
		                          path_length);

		if (order == 0) {
			*found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool line_is(const hg_manifest_line *line, const char *path,
                    size_t path_length)
{
	return line->path_length == path_length &&
	       memcmp(line->start, path, path_length) == 0;
}

size_t hg_manifest_find(const hg_manifest_table *table, const char *path,
                        size_t path_length, size_t hint)
{
	size_t position;
	bool found = false;

	for (position = hint; position < table->count && position - hint < 2;
	     position++)
		if (line_is(&table->lines[position], path, path_length)) {
			found = true;
			break;
		}
	if (!found)
		position = lower_bound(table, path, path_length, &found);
	if (!found || table->lines[position].deleted)
		return HG_MANIFEST_ABSENT;
	return position;
}

/* The value of each hexadecimal digit, and 0xff for every other byte. */
static const unsigned char hex_values[256] = {
#define X16 X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X
#define X 0xff
    X16, X16, X16, 0,   1,   2,   3,   4,   5,   6,   7,   8,   9,  X, X, X,
    X,   X,   X,   X,   10,  11,  12,  13,  14,  15,  X,   X,   X,  X, X, X,
    X,   X,   X,   X16, X,   10,  11,  12,  13,  14,  15,  X,   X,  X, X, X,
    X,   X,   X,   X,   X16, X16, X16, X16, X16, X16, X16, X16, X16
#undef X
#undef X16
};

static bool decode_hex(const char *hex, size_t size, unsigned char *target)
{
	unsigned bad = 0;
	size_t i;

	for (i = 0; i < size; i++) {
		unsigned high = hex_values[(unsigned char)hex[2 * i]];
		unsigned low = hex_values[(unsigned char)hex[2 * i + 1]];

		bad |= high | low;
		target[i] = (unsigned char)(high << 4 | low);
	}
	return bad <= 0xf;
}

enum hg_manifest_status hg_manifest_decode(const hg_manifest_line *line,
                                           size_t node_size,
                                           hg_manifest_value *value)
{
	const char *hex = line->start + line->path_length + 1;
	size_t hex_length;

	if ((size_t)line->path_length + 1 + SHORTEST_HEX + 1 > line->length)
		return HG_MANIFEST_NO_NODE;
	hex_length = line->length - line->path_length - 2;
	switch (hex[hex_length - 1]) {
	case 'l':
	case 't':
	case 'x':
		value->flag = hex[--hex_length];
		break;
	default:
		value->flag = '\0';
	}
	if (node_size > sizeof value->node || hex_length != 2 * node_size)
		return HG_MANIFEST_NODE_SIZE;
	if (!decode_hex(hex, node_size, value->node))
		return HG_MANIFEST_NODE_NOT_HEX;
	return HG_MANIFEST_OK;
}

static char *build_line(const char *path, size_t path_length,
                        const unsigned char *node, size_t node_size, char flag,
                        size_t *length)
{
	static const char digits[16] = "0123456789abcdef";
	char *line, *cursor;
	size_t i;

	*length = path_length + 1 + 2 * node_size + (flag != '\0') + 1;
	line = malloc(*length);
	if (line == NULL)
		return NULL;
	memcpy(line, path, path_length);
	cursor = line + path_length;
	*cursor++ = '\0';
	for (i = 0; i < node_size; i++) {
		*cursor++ = digits[node[i] >> 4];
		*cursor++ = digits[node[i] & 0xf];
	}
	if (flag != '\0')
		*cursor++ = flag;
	*cursor = '\n';
	return line;
}

enum hg_manifest_status hg_manifest_set(hg_manifest_table *table,
                                        const char *path, size_t path_length,
                                        const unsigned char *node,
                                        size_t node_size, char flag)
{
	hg_manifest_line *line;
	size_t position, length;
	bool found;
	char *text;

	if (path_length == 0 || memchr(path, '\0', path_length) != NULL ||
	    memchr(path, '\n', path_length) != NULL)
		return HG_MANIFEST_BAD_PATH;
	if (path_length > HG_MANIFEST_MAX_LINE - 2 * node_size - 3)
		return HG_MANIFEST_LINE_TOO_LONG;
	text = build_line(path, path_length, node, node_size, flag, &length);
	if (text == NULL)
		return HG_MANIFEST_NO_MEMORY;
	position = lower_bound(table, path, path_length, &found);
	if (found) {
		line = &table->lines[position];
		if (line->edited)
			free((char *)line->start);
		if (line->deleted)
			table->live++;
	} else {
		if (!reserve_line(table)) {
			free(text);
			return HG_MANIFEST_NO_MEMORY;
		}
		line = &table->lines[position];
		memmove(line + 1, line,
		        (table->count - position) * sizeof *line);
		table->count++;
		table->live++;
	}
	line->start = text;
	line->length = (uint32_t)length;
	line->path_length = (uint32_t)path_length & HG_MANIFEST_MAX_LINE;
	line->edited = 1;
	line->deleted = 0;
	table->dirty = true;
	return HG_MANIFEST_OK;
}

void hg_manifest_delete(hg_manifest_table *table, size_t position)
{
	table->lines[position].deleted = 1;
	table->live--;
	table->dirty = true;
}

size_t hg_manifest_text_size(const hg_manifest_table *table)
{
	size_t size = 0, i;

	for (i = 0; i < table->count; i++)
		if (!table->lines[i].deleted)
			size += table->lines[i].length;
	return size;
}

void hg_manifest_compact(hg_manifest_table *table, char *target)
{
	hg_manifest_line *kept = table->lines;
	size_t i;

	for (i = 0; i < table->count; i++) {
		hg_manifest_line line = table->lines[i];

		if (!line.deleted) {
			memcpy(target, line.start, line.length);
			*kept = line;
			kept->start = target;
			kept->edited = 0;
			kept++;
			target += line.length;
		}
		if (line.edited)
			free((char *)line.start);
	}
	table->count = table->live;
	table->dirty = false;
}

bool hg_manifest_compact_own(hg_manifest_table *table)
{
	size_t size = hg_manifest_text_size(table);
	hg_manifest_text *text = malloc(sizeof *text + size);

	if (text == NULL)
		return false;
	text->references = 1;
	hg_manifest_compact(table, text->bytes);
	release_text(table->text);
	table->text = text;
	return true;
}
