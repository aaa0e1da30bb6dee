/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reachable roots: a walk down from the heads that finds them, and a way back
 * up over what was visited that finds all in between. */
#include "bitset.h"
#include "index_dag.h"

/* What the walk knows of a revision. */
enum {
	ROOT = 1,
	REACHABLE = 2,
};

/* A revision that was visited. Its parents are kept, for the way back: in the
 * index each record would have to be fetched again. */
typedef struct {
	int32_t rev;
	int32_t parents[2];
} visit;

typedef struct {
	int32_t base; /* the lowest revision that can be visited, or null */
	size_t size;  /* how many from there to the highest head */
	/* by place, which is a revision's distance from `base` */
	hg_bitset *pending; /* met on the way down, and not visited yet */
	uint8_t *marks;
	/* descending; with include_path only */
	visit *visits;
	size_t visit_count;
	size_t visit_capacity;
} reachable_walk;

/* The query's lowest revision, as far as revisions go. */
static int32_t lowest_of(const hg_reachable_query *query)
{
	if (query->lowest < HG_NULL_REV)
		return HG_NULL_REV;
	return query->lowest > INT32_MAX ? INT32_MAX : (int32_t)query->lowest;
}

static bool open_walk(reachable_walk *walk, const hg_reachable_query *query)
{
	int32_t highest = query->heads[0];
	size_t i;

	walk->base = lowest_of(query);
	for (i = 0; i < query->head_count; i++) {
		/* a head is visited however low it is */
		if (query->heads[i] < walk->base)
			walk->base = query->heads[i];
		if (query->heads[i] > highest)
			highest = query->heads[i];
	}
	walk->size = (size_t)((int64_t)highest - walk->base + 1);
	walk->pending = hg_bitset_new(walk->size);
	walk->marks = calloc(walk->size, 1);
	if (walk->pending == NULL || walk->marks == NULL)
		return false;
	for (i = 0; i < query->root_count; i++)
		if (query->roots[i] >= walk->base && query->roots[i] <= highest)
			walk->marks[query->roots[i] - walk->base] = ROOT;
	for (i = 0; i < query->head_count; i++)
		hg_bitset_add(walk->pending,
		              (size_t)(query->heads[i] - walk->base));
	return true;
}

static void close_walk(reachable_walk *walk)
{
	free(walk->pending);
	free(walk->marks);
	free(walk->visits);
}

static bool add_visit(reachable_walk *walk, int32_t rev,
                      const int32_t parents[2])
{
	if (walk->visit_count == walk->visit_capacity) {
		size_t capacity = 2 * walk->visit_capacity + 64;
		visit *visits =
		    realloc(walk->visits, capacity * sizeof *visits);

		if (visits == NULL)
			return false;
		walk->visits = visits;
		walk->visit_capacity = capacity;
	}
	walk->visits[walk->visit_count++] =
	    (visit){rev, {parents[0], parents[1]}};
	return true;
}

/* The pending revisions, going down. The word that holds the last one is in a
 * register: parents are near, and a word in memory would have to wait for each
 * of them to be written. */
typedef struct {
	hg_bitset *words;
	size_t word;
	hg_bitset bits; /* of that word, those below the last one */
} pending_cursor;

static inline void cursor_add(pending_cursor *cursor, size_t place)
{
	if (place / 64 == cursor->word)
		cursor->bits |= UINT64_C(1) << place % 64;
	else
		hg_bitset_add(cursor->words, place);
}

/* The highest that is pending, which is then no more, or -1. */
static inline int64_t cursor_next(pending_cursor *cursor)
{
	int bit;

	while (cursor->bits == 0) {
		if (cursor->word == 0)
			return -1;
		cursor->bits = cursor->words[--cursor->word];
	}
	bit = 63 - __builtin_clzll(cursor->bits);
	cursor->bits &= ~(UINT64_C(1) << bit);
	return (int64_t)(cursor->word * 64) + bit;
}

/* Pass to `place`, the one before the last one, which then is not pending. */
static inline void cursor_step(pending_cursor *cursor, size_t place)
{
	if (place / 64 != cursor->word)
		cursor->bits = cursor->words[--cursor->word];
	cursor->bits &= ~(UINT64_C(1) << place % 64);
}

static enum hg_index_status find_roots(hg_index_view *view,
                                       const hg_reachable_query *query,
                                       reachable_walk *walk,
                                       hg_rev_list *reachable)
{
	int32_t last = hg_view_length(view) - 1, lowest = lowest_of(query);
	pending_cursor cursor = {walk->pending, hg_bitset_words(walk->size), 0};
	int32_t parents[2];
	int64_t place, next;
	int i;

	for (place = cursor_next(&cursor); place >= 0; place = next) {
		int32_t rev = (int32_t)(walk->base + place);
		bool is_root = walk->marks[place] & ROOT;
		bool before_is_next = false;

		if (is_root) {
			walk->marks[place] |= REACHABLE;
			if (!hg_rev_list_push(reachable, rev))
				return HG_INDEX_NO_MEMORY;
		}
		if (rev != HG_NULL_REV && (!is_root || query->include_path)) {
			enum hg_index_status status =
			    hg_view_parents(view, rev, last, parents);

			if (status != HG_INDEX_OK)
				return status;
			if (query->include_path &&
			    !add_visit(walk, rev, parents))
				return HG_INDEX_NO_MEMORY;
			for (i = 0; i < 2; i++) {
				/* a parent above its child is not visited */
				if (parents[i] < lowest || parents[i] >= rev)
					continue;
				if (parents[i] == rev - 1)
					before_is_next = true;
				else
					cursor_add(
					    &cursor,
					    (size_t)(parents[i] - walk->base));
			}
		}
		/* Predicted, where histories are linear: the next record is
		 * fetched before it is known that it is wanted. */
		if (before_is_next) {
			next = place - 1;
			cursor_step(&cursor, (size_t)next);
		} else {
			next = cursor_next(&cursor);
		}
	}
	return HG_INDEX_OK;
}

static bool is_reachable(const reachable_walk *walk, int32_t rev)
{
	size_t place = (size_t)((int64_t)rev - walk->base);

	return place < walk->size && (walk->marks[place] & REACHABLE) != 0;
}

/* Whoever has a reachable parent is reachable. */
static enum hg_index_status find_paths(const hg_reachable_query *query,
                                       reachable_walk *walk,
                                       hg_rev_list *reachable)
{
	size_t i;

	for (i = walk->visit_count; i-- > 0;) {
		const visit *one = &walk->visits[i];
		uint8_t *mark = &walk->marks[one->rev - walk->base];

		if (one->rev < query->lowest || *mark & REACHABLE ||
		    (!is_reachable(walk, one->parents[0]) &&
		     !is_reachable(walk, one->parents[1])))
			continue;
		*mark |= REACHABLE;
		if (!hg_rev_list_push(reachable, one->rev))
			return HG_INDEX_NO_MEMORY;
	}
	return HG_INDEX_OK;
}

enum hg_index_status hg_dag_reachable_roots(hg_index_view *view,
                                            const hg_reachable_query *query,
                                            hg_rev_list *reachable)
{
	enum hg_index_status status = HG_INDEX_NO_MEMORY;
	reachable_walk walk = {0};

	if (query->head_count == 0)
		return HG_INDEX_OK;
	if (open_walk(&walk, query))
		status = find_roots(view, query, &walk, reachable);
	if (status == HG_INDEX_OK && query->include_path)
		status = find_paths(query, &walk, reachable);
	close_walk(&walk);
	return status;
}
