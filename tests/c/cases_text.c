/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "bdiff.h"
#include "cases.h"
#include "lines.h"
#include "mpatch.h"
#include "pathencode.h"
#include "xdiff.h"
#include "xdiff_myers.h"

#define LINES 400

static char texts[2][LINES * 16];
static size_t sizes[2];
static struct bdiff_blocks blocks;
static struct bdiff_plan *plan;
static size_t plan_size;

/* Two texts of many lines, in which every third differs and some move. */
static void make_texts(void)
{
	int side, i;

	blocks = (struct bdiff_blocks){NULL, 0};
	plan = NULL;
	plan_size = 0;
	for (side = 0; side < 2; side++) {
		char *end = texts[side];

		for (i = 0; i < LINES; i++) {
			int number = i % 3 == 0 ? i * (side + 1) : i;

			if (side == 1 && i % 50 < 2)
				number = LINES - i;
			memcpy(end, "line 0000\n", 10);
			end[5] += (char)(number / 1000 % 10);
			end[6] += (char)(number / 100 % 10);
			end[7] += (char)(number / 10 % 10);
			end[8] += (char)(number % 10);
			end += 10;
		}
		sizes[side] = (size_t)(end - texts[side]);
	}
}

static bool enough(int status)
{
	CHECK(status == BDIFF_OK || status == BDIFF_NO_MEMORY);
	return status == BDIFF_OK;
}

static bool find_blocks(void)
{
	return enough(
	    bdiff_find_blocks(texts[0], sizes[0], texts[1], sizes[1], &blocks));
}

static bool find_xdiff_blocks(void)
{
	return enough(
	    xdiff_find_blocks(texts[0], sizes[0], texts[1], sizes[1], &blocks));
}

static uint64_t look_at_blocks(void)
{
	CHECK((blocks.items == NULL) == (blocks.count == 0));
	return digest(0, blocks.items, blocks.count * sizeof *blocks.items);
}

static void drop_blocks(void)
{
	bdiff_free_blocks(&blocks);
}

static bool prepare(void)
{
	return enough(bdiff_prepare(texts[0], sizes[0], texts[1], sizes[1], 0,
	                            &plan, &plan_size));
}

static uint64_t look_at_plan(void)
{
	static char out[sizeof texts];

	if (plan == NULL) {
		CHECK(plan_size == 0);
		return 0;
	}
	CHECK(plan_size <= sizeof out);
	bdiff_write(plan, out);
	return digest(0, out, plan_size);
}

static void drop_plan(void)
{
	bdiff_free_plan(plan);
}

static struct line_classes classes;
static struct line_table table;

static void make_tables(void)
{
	make_texts();
	memset(&classes, 0, sizeof classes);
	memset(&table, 0, sizeof table);
}

static bool init_classes(void)
{
	int status = classes_init(&classes, LINES);

	CHECK(status == LINES_OK || status == LINES_NO_MEMORY);
	return status == LINES_OK;
}

static bool init_lines(void)
{
	int status = lines_init(&table, LINES);

	CHECK(status == LINES_OK || status == LINES_NO_MEMORY);
	return status == LINES_OK;
}

static uint64_t look_at_tables(void)
{
	return (classes.slots != NULL) + 2 * (uint64_t)(table.start != NULL) +
	       4 * (uint64_t)(table.class != NULL);
}

static void drop_tables(void)
{
	classes_free(&classes);
	lines_free(&table);
}

static int32_t numbers[LINES], myers_classes[2][LINES];
static char changed[2][LINES];

static void make_sequences(void)
{
	int i;

	for (i = 0; i < LINES; i++) {
		numbers[i] = i;
		myers_classes[0][i] = i * 7 % 31;
		myers_classes[1][i] = i * 11 % 31;
	}
	memset(changed, 0, sizeof changed);
}

static bool mark(void)
{
	struct myers_lines sides[2];
	int side;

	for (side = 0; side < 2; side++)
		sides[side] = (struct myers_lines){numbers, myers_classes[side],
		                                   LINES, changed[side]};
	if (enough(myers_mark(&sides[0], &sides[1], 256)))
		return true;
	/* what is marked then tells nothing */
	memset(changed, 0, sizeof changed);
	return false;
}

static uint64_t look_at_marks(void)
{
	return digest(0, changed, sizeof changed);
}

static void drop_nothing(void)
{
}

#define DELTAS 5

static unsigned char delta_bytes[DELTAS][16];
static struct mpatch_plan *patch;

static void make_deltas(void)
{
	int i;

	patch = NULL;
	memset(delta_bytes, 0, sizeof delta_bytes);
	for (i = 0; i < DELTAS; i++) {
		delta_bytes[i][3] = (unsigned char)(2 * i);
		delta_bytes[i][7] = (unsigned char)(2 * i + 3);
		delta_bytes[i][11] = 4;
		memset(delta_bytes[i] + 12, 'a' + i, 4);
	}
}

static bool fold(void)
{
	struct mpatch_delta deltas[DELTAS];
	int status, i;

	for (i = 0; i < DELTAS; i++) {
		deltas[i].data = (const char *)delta_bytes[i];
		deltas[i].length = sizeof delta_bytes[i];
	}
	status = mpatch_fold(deltas, DELTAS, &patch);
	CHECK(status == MPATCH_OK || status == MPATCH_NO_MEMORY);
	return status == MPATCH_OK;
}

static uint64_t look_at_patch(void)
{
	static char out[200];
	size_t size;

	if (patch == NULL)
		return 0;
	memset(texts[0], 't', 100);
	CHECK(mpatch_measure(patch, 100, &size) == MPATCH_OK);
	CHECK(size <= sizeof out);
	mpatch_apply(patch, texts[0], 100, out);
	return digest(1, out, size);
}

static void drop_patch(void)
{
	mpatch_free(patch);
}

#define LONG_PATH 300

static char encoded[PATHENCODE_MOST(LONG_PATH)];
static size_t encoded_size;

static void make_path(void)
{
	encoded_size = 0;
}

static bool encode(void)
{
	char path[LONG_PATH];
	int status;

	memset(path, 'A', sizeof path);
	memcpy(path, "data/directory.d/", 17);
	status = pathencode_store(path, sizeof path, encoded, &encoded_size);
	CHECK(status == PATHENCODE_OK || status == PATHENCODE_NO_MEMORY);
	if (status != PATHENCODE_OK)
		encoded_size = 0;
	return status == PATHENCODE_OK;
}

static uint64_t look_at_encoded(void)
{
	return digest(0, encoded, encoded_size);
}

const allocation_case text_cases[] = {
    {"bdiff_find_blocks", make_texts, find_blocks, look_at_blocks, drop_blocks,
     false},
    {"xdiff_find_blocks", make_texts, find_xdiff_blocks, look_at_blocks,
     drop_blocks, false},
    {"bdiff_prepare", make_texts, prepare, look_at_plan, drop_plan, false},
    {"classes_init", make_tables, init_classes, look_at_tables, drop_tables,
     false},
    {"lines_init", make_tables, init_lines, look_at_tables, drop_tables, false},
    {"myers_mark", make_sequences, mark, look_at_marks, drop_nothing, false},
    {"mpatch_fold", make_deltas, fold, look_at_patch, drop_patch, false},
    {"pathencode_store", make_path, encode, look_at_encoded, drop_nothing,
     false},
    {NULL, NULL, NULL, NULL, NULL, false},
};
