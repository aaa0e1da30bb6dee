/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "lazymanifest.h"
#include "manifest_jobs.h"

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

/* The same, as cffi has it: one manifest, and another made of it. */
static struct manifest_jobs jobs, more;

static void clear_jobs(void)
{
	make_text();
	memset(&jobs, 0, sizeof jobs);
	memset(&more, 0, sizeof more);
}

static bool open_jobs(void)
{
	return enough(manifest_jobs_open(&jobs, text, text_size, 20));
}

static uint64_t look_at_jobs(void)
{
	return look_at(jobs.table) ^ look_at(more.table) << 1;
}

static void drop_jobs(void)
{
	manifest_jobs_close(&jobs);
	manifest_jobs_close(&more);
}

static bool set_in(struct manifest_jobs *manifest)
{
	int status = manifest_jobs_set(manifest, "17", 2,
	                               (const unsigned char *)HEX, 'x');

	return enough((enum hg_manifest_status)status);
}

static void make_jobs(void)
{
	clear_jobs();
	CHECK(open_jobs());
	CHECK(set_in(&jobs));
}

static bool copy_jobs(void)
{
	return manifest_jobs_copy(&jobs, &more);
}

static bool filter_jobs(void)
{
	unsigned char marks[LINES];
	int i;

	for (i = 0; i < LINES; i++)
		marks[i] = i % 3 == 0;
	return manifest_jobs_filter(&jobs, marks, &more);
}

static void make_whole(void)
{
	make_jobs();
	CHECK(copy_jobs());
	manifest_jobs_close(&more);
}

static void make_copied(void)
{
	make_jobs();
	CHECK(copy_jobs());
}

static bool set_copied(void)
{
	return set_in(&more);
}

static bool delete_copied(void)
{
	int status = manifest_jobs_delete(&more, "04", 2);

	return enough((enum hg_manifest_status)status);
}

const allocation_case manifest_cases[] = {
    {"hg_manifest_compact_own", make_table, compact_own, look, drop, false},
    {"hg_manifest_new", make_text, new_table, look, drop, false},
    {"hg_manifest_parse", make_text, parse, look, drop, false},
    {"hg_manifest_set", make_table, set_new, look, drop, false},
    {"hg_manifest_unshare", make_shared, unshare, look, drop, false},
    {"manifest_jobs_open", clear_jobs, open_jobs, look_at_jobs, drop_jobs,
     false},
    {"manifest_jobs_copy", make_jobs, copy_jobs, look_at_jobs, drop_jobs,
     false},
    {"manifest_jobs_set", make_copied, set_copied, look_at_jobs, drop_jobs,
     false},
    {"manifest_jobs_delete", make_copied, delete_copied, look_at_jobs,
     drop_jobs, false},
    {"manifest_jobs_filter", make_whole, filter_jobs, look_at_jobs, drop_jobs,
     false},
    {NULL, NULL, NULL, NULL, NULL, false},
};
