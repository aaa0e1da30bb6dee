/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "lazymanifest.h"

#define LINES 40
#define HEX "0123456789abcdef0123456789abcdef01234567"

static char text[LINES * 64];
static size_t text_size;
static hg_manifest_table *table, *other;

static void make_text(void)
{
	int i;

	table = other = NULL;
	text_size = 0;
	for (i = 0; i < LINES; i++) {
		/* short lines, of which there are more than are expected */
		int size = sprintf(text + text_size, "%02d%c" HEX "\n", i, 0);

		text_size += (size_t)size;
	}
}

/* Of the live lines, in order. */
static uint64_t look_at(const hg_manifest_table *seen)
{
	uint64_t value = 0;
	size_t i;

	if (seen == NULL)
		return 0;
	for (i = 0; i < seen->count; i++)
		if (!seen->lines[i].deleted)
			value = digest(value, seen->lines[i].start,
			               seen->lines[i].length);
	return digest(value, &seen->live, sizeof seen->live);
}

static uint64_t look(void)
{
	return look_at(table) ^ look_at(other) << 1;
}

static void drop(void)
{
	hg_manifest_release(table);
	hg_manifest_release(other);
}

static bool enough(enum hg_manifest_status status)
{
	CHECK(status == HG_MANIFEST_OK || status == HG_MANIFEST_NO_MEMORY);
	return status == HG_MANIFEST_OK;
}

static bool parse(void)
{
	bool done = enough(hg_manifest_parse(text, text_size, &table));

	CHECK(done == (table != NULL));
	return done;
}

static bool new_table(void)
{
	table = hg_manifest_new(9);
	return table != NULL;
}

static bool set(const char *path)
{
	return enough(hg_manifest_set(table, path, strlen(path),
	                              (const unsigned char *)HEX, 20, 'x'));
}

static void make_table(void)
{
	make_text();
	CHECK(parse());
	CHECK(set("03") && set("17") && set("new"));
	hg_manifest_delete(table, 5);
	/* so that one more line needs more room */
	table->capacity = table->count;
}

static bool set_new(void)
{
	return set("zz");
}

static void make_shared(void)
{
	make_table();
	table->references++;
	other = table;
}

static bool unshare(void)
{
	bool done = hg_manifest_unshare(&table);

	CHECK(done == (table != other));
	return done;
}

/* Moves all lines into one text; what they say stays. */
static bool compact_own(void)
{
	bool done = hg_manifest_compact_own(table);

	CHECK(done == (table->text != NULL));
	CHECK(table->dirty == !done);
	return done;
}

const allocation_case manifest_cases[] = {
    {"hg_manifest_compact_own", make_table, compact_own, look, drop, false},
    {"hg_manifest_new", make_text, new_table, look, drop, false},
    {"hg_manifest_parse", make_text, parse, look, drop, false},
    {"hg_manifest_set", make_table, set_new, look, drop, false},
    {"hg_manifest_unshare", make_shared, unshare, look, drop, false},
    {NULL, NULL, NULL, NULL, NULL, false},
};
