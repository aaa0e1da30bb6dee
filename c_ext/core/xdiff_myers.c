/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * E. Myers, "An O(ND) Difference Algorithm and Its Variations", section 4b:
 * paths grow from both corners of a box until they meet, and the box is split
 * there. A diagonal is the x of a point less its y; x counts lines of a.
 */
#include "xdiff_myers.h"

#include <stdlib.h>

#include "bdiff.h"

/* Beyond this many edits a long snake is good enough to split at. */
#define LEAST_COST 256
/* A snake of more lines than this is long. */
#define LONG_SNAKE 20
/* A point is good if it has come this many times further than its edits. */
#define GOOD_REACH 4

#define BEFORE_ALL (-1)
#define BEYOND_ALL INT32_MAX

/* Lines x1..x2 of a against y1..y2 of b. */
struct box {
	int32_t x1, x2, y1, y2;
	int minimal; /* search on, whatever it costs */
};

/* Furthest x by diagonal, on the diagonals low, low + 2, ... high. */
struct frontier {
	int32_t *x;
	int32_t low, high, middle;
};

struct split {
	int32_t x, y;
	int minimal_before, minimal_after;
};

struct search {
	const int32_t *a, *b; /* classes */
	struct box box;
	struct frontier forward, backward;
	int32_t cost;
};

/* One more edit: a wider frontier, kept inside the box. */
static void widen(struct frontier *f, int32_t lowest, int32_t highest,
                  int32_t outside)
{
	if (f->low > lowest) {
		f->low--;
		f->x[f->low - 1] = outside;
	} else {
		f->low++;
	}
	if (f->high < highest) {
		f->high++;
		f->x[f->high + 1] = outside;
	} else {
		f->high--;
	}
}

static int within(const struct frontier *f, int32_t diagonal)
{
	return f->low <= diagonal && diagonal <= f->high;
}

static int met(struct split *split, int32_t x, int32_t diagonal)
{
	split->x = x;
	split->y = x - diagonal;
	split->minimal_before = split->minimal_after = 1;
	return 1;
}

/* Grow the paths from the top left; 1 if one meets a path that came back. */
static int step_forward(struct search *s, int check, int *long_snake,
                        struct split *split)
{
	const struct box box = s->box;
	int32_t *reach = s->forward.x;
	int32_t k;
	for (k = s->forward.high; k >= s->forward.low; k -= 2) {
		int32_t x = reach[k - 1] >= reach[k + 1] ? reach[k - 1] + 1
		                                         : reach[k + 1];
		int32_t from = x, y = x - k;
		while (x < box.x2 && y < box.y2 && s->a[x] == s->b[y]) {
			x++;
			y++;
		}
		*long_snake |= x - from > LONG_SNAKE;
		reach[k] = x;
		if (check && within(&s->backward, k) && s->backward.x[k] <= x)
			return met(split, x, k);
	}
	return 0;
}

/* The mirror image, from the bottom right. */
static int step_backward(struct search *s, int check, int *long_snake,
                         struct split *split)
{
	const struct box box = s->box;
	int32_t *reach = s->backward.x;
	int32_t k;
	for (k = s->backward.high; k >= s->backward.low; k -= 2) {
		int32_t x = reach[k - 1] < reach[k + 1] ? reach[k - 1]
		                                        : reach[k + 1] - 1;
		int32_t from = x, y = x - k;
		while (x > box.x1 && y > box.y1 && s->a[x - 1] == s->b[y - 1]) {
			x--;
			y--;
		}
		*long_snake |= from - x > LONG_SNAKE;
		reach[k] = x;
		if (check && within(&s->forward, k) && x <= s->forward.x[k])
			return met(split, x, k);
	}
	return 0;
}

/* Whether LONG_SNAKE equal lines precede (x, y), or follow it. */
static int snake_before(const struct search *s, int32_t x, int32_t y)
{
	int32_t i;
	for (i = 1; i <= LONG_SNAKE; i++)
		if (s->a[x - i] != s->b[y - i])
			return 0;
	return 1;
}

static int snake_after(const struct search *s, int32_t x, int32_t y)
{
	return snake_before(s, x + LONG_SNAKE, y + LONG_SNAKE);
}

static int64_t distance(int32_t a, int32_t b)
{
	return a > b ? (int64_t)a - b : (int64_t)b - a;
}

/* Split at the best point that ends a long snake, if one is good enough. */
static int split_at_good_forward(const struct search *s, int64_t edits,
                                 struct split *split)
{
	const struct box box = s->box;
	int64_t best = 0;
	int32_t k;
	for (k = s->forward.high; k >= s->forward.low; k -= 2) {
		int32_t x = s->forward.x[k], y = x - k;
		int64_t reach = (int64_t)x - box.x1 + y - box.y1 -
		                distance(k, s->forward.middle);
		if (reach > GOOD_REACH * edits && reach > best &&
		    box.x1 + LONG_SNAKE <= x && x < box.x2 &&
		    box.y1 + LONG_SNAKE <= y && y < box.y2 &&
		    snake_before(s, x, y)) {
			best = reach;
			split->x = x;
			split->y = y;
		}
	}
	split->minimal_before = 1;
	split->minimal_after = 0;
	return best > 0;
}

static int split_at_good_backward(const struct search *s, int64_t edits,
                                  struct split *split)
{
	const struct box box = s->box;
	int64_t best = 0;
	int32_t k;
	for (k = s->backward.high; k >= s->backward.low; k -= 2) {
		int32_t x = s->backward.x[k], y = x - k;
		int64_t reach = (int64_t)box.x2 - x + box.y2 - y -
		                distance(k, s->backward.middle);
		if (reach > GOOD_REACH * edits && reach > best && box.x1 < x &&
		    x <= box.x2 - LONG_SNAKE && box.y1 < y &&
		    y <= box.y2 - LONG_SNAKE && snake_after(s, x, y)) {
			best = reach;
			split->x = x;
			split->y = y;
		}
	}
	split->minimal_before = 0;
	split->minimal_after = 1;
	return best > 0;
}

/* Too many edits: split where a path has come furthest. */
static void split_at_furthest(const struct search *s, struct split *split)
{
	const struct box box = s->box;
	int64_t ahead = -1, behind = INT64_MAX;
	int32_t ahead_x = -1, behind_x = -1, k;

	for (k = s->forward.high; k >= s->forward.low; k -= 2) {
		int64_t x = s->forward.x[k];
		if (x > box.x2)
			x = box.x2;
		if (x - k > box.y2)
			x = (int64_t)box.y2 + k;
		if (2 * x - k > ahead) {
			ahead = 2 * x - k;
			ahead_x = (int32_t)x;
		}
	}
	for (k = s->backward.high; k >= s->backward.low; k -= 2) {
		int64_t x = s->backward.x[k];
		if (x < box.x1)
			x = box.x1;
		if (x - k < box.y1)
			x = (int64_t)box.y1 + k;
		if (2 * x - k < behind) {
			behind = 2 * x - k;
			behind_x = (int32_t)x;
		}
	}
	if ((int64_t)box.x2 + box.y2 - behind <
	    ahead - ((int64_t)box.x1 + box.y1)) {
		split->x = ahead_x;
		split->y = (int32_t)(ahead - ahead_x);
		split->minimal_before = 1;
		split->minimal_after = 0;
	} else {
		split->x = behind_x;
		split->y = (int32_t)(behind - behind_x);
		split->minimal_before = 0;
		split->minimal_after = 1;
	}
}

/* Where to split a box neither side of which is empty. */
static void find_split(struct search *s, struct split *split)
{
	const struct box box = s->box;
	const int32_t lowest = box.x1 - box.y2, highest = box.x2 - box.y1;
	struct frontier *f = &s->forward, *b = &s->backward;
	int odd;
	int64_t edits;

	f->low = f->high = f->middle = box.x1 - box.y1;
	b->low = b->high = b->middle = box.x2 - box.y2;
	f->x[f->middle] = box.x1;
	b->x[b->middle] = box.x2;
	odd = (f->middle - b->middle) & 1;

	for (edits = 1;; edits++) {
		int long_snake = 0;
		widen(f, lowest, highest, BEFORE_ALL);
		if (step_forward(s, odd, &long_snake, split))
			return;
		widen(b, lowest, highest, BEYOND_ALL);
		if (step_backward(s, !odd, &long_snake, split))
			return;
		if (box.minimal)
			continue;
		if (long_snake && edits > LEAST_COST &&
		    (split_at_good_forward(s, edits, split) ||
		     split_at_good_backward(s, edits, split))) {
			return;
		}
		if (edits >= s->cost) {
			split_at_furthest(s, split);
			return;
		}
	}
}

static void mark(const struct myers_lines *lines, int32_t from, int32_t to)
{
	for (; from < to; from++)
		lines->changed[lines->line[from]] = 1;
}

struct boxes {
	struct box *items;
	size_t count, capacity;
};

static int push(struct boxes *boxes, struct box box)
{
	if (boxes->count == boxes->capacity) {
		size_t larger = boxes->capacity ? boxes->capacity * 2 : 64;
		struct box *items =
		    realloc(boxes->items, larger * sizeof(*items));
		if (items == NULL)
			return BDIFF_NO_MEMORY;
		boxes->items = items;
		boxes->capacity = larger;
	}
	boxes->items[boxes->count++] = box;
	return BDIFF_OK;
}

int myers_mark(const struct myers_lines *a, const struct myers_lines *b,
               int32_t cost)
{
	/* diagonals run from -b->count to a->count, with one more at each end */
	size_t diagonals = (size_t)a->count + (size_t)b->count + 3;
	int32_t *reach = malloc(2 * diagonals * sizeof(*reach));
	struct boxes boxes = {NULL, 0, 0};
	struct box box = {0, a->count, 0, b->count, 0};
	struct search s = {.a = a->class, .b = b->class};
	int status = BDIFF_NO_MEMORY;

	if (reach != NULL) {
		s.forward.x = reach + b->count + 1;
		s.backward.x = s.forward.x + diagonals;
		s.cost = cost < LEAST_COST ? LEAST_COST : cost;
		status = push(&boxes, box);
	}
	while (status == BDIFF_OK && boxes.count > 0) {
		struct split split = {0, 0, 0, 0};
		struct box before, after;

		box = boxes.items[--boxes.count];
		while (box.x1 < box.x2 && box.y1 < box.y2 &&
		       s.a[box.x1] == s.b[box.y1]) {
			box.x1++;
			box.y1++;
		}
		while (box.x1 < box.x2 && box.y1 < box.y2 &&
		       s.a[box.x2 - 1] == s.b[box.y2 - 1]) {
			box.x2--;
			box.y2--;
		}
		if (box.x1 == box.x2 || box.y1 == box.y2) {
			mark(a, box.x1, box.x2);
			mark(b, box.y1, box.y2);
			continue;
		}
		s.box = box;
		find_split(&s, &split);
		before = after = box;
		before.x2 = after.x1 = split.x;
		before.y2 = after.y1 = split.y;
		before.minimal = split.minimal_before;
		after.minimal = split.minimal_after;
		status = push(&boxes, after);
		if (status == BDIFF_OK)
			status = push(&boxes, before);
	}
	free(boxes.items);
	free(reach);
	return status;
}
