/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Common ancestors. Each revision met on the way down from the starts carries
 * a mask: which starts it is an ancestor of. */
#include <string.h>

#include "bitset.h"
#include "index_dag.h"

/* Set in the mask of what lies below a common ancestor already found: such
 * revisions are common ancestors, but no heads. */
#define BELOW_FOUND (UINT32_C(1) << 31)

static int32_t highest_of(const int32_t *revs, size_t count)
{
	int32_t highest = HG_NULL_REV;
	size_t i;

	for (i = 0; i < count; i++)
		if (revs[i] > highest)
			highest = revs[i];
	return highest;
}

static bool contains(const int32_t *revs, size_t count, int32_t rev)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (revs[i] == rev)
			return true;
	return false;
}

enum hg_index_status hg_dag_common_heads(hg_index_view *view,
                                         const int32_t *revs, size_t count,
                                         hg_rev_list *heads)
{
	const uint32_t all_starts = (UINT32_C(1) << count) - 1;
	int32_t highest = highest_of(revs, count), parents[2];
	uint32_t *masks = calloc((size_t)highest + 1, sizeof *masks);
	hg_bitset *pending = hg_bitset_new((size_t)highest + 1);
	enum hg_index_status status = HG_INDEX_NO_MEMORY;
	/* pending revisions not below one found: none left, nothing to find */
	size_t candidates = count, i;
	int64_t rev = highest;

	if (masks == NULL || pending == NULL)
		goto done;
	status = HG_INDEX_OK;
	for (i = 0; i < count; i++) {
		masks[revs[i]] = UINT32_C(1) << i;
		hg_bitset_add(pending, (size_t)revs[i]);
	}
	for (; candidates > 0; rev--) {
		uint32_t mask;

		rev = hg_bitset_previous(pending, rev);
		if (rev < 0)
			break;
		mask = masks[rev];
		if (!(mask & BELOW_FOUND)) {
			candidates--;
			if (mask == all_starts) {
				if (!hg_rev_list_push(heads, (int32_t)rev)) {
					status = HG_INDEX_NO_MEMORY;
					break;
				}
				if (contains(revs, count, (int32_t)rev))
					break;
				mask |= BELOW_FOUND;
			}
		}
		status = hg_view_parents(view, (int32_t)rev, highest, parents);
		if (status != HG_INDEX_OK)
			break;
		for (i = 0; i < 2; i++) {
			uint32_t before, after;

			if (parents[i] < 0)
				continue;
			before = masks[parents[i]];
			after = before | mask;
			if (before == 0 && !(after & BELOW_FOUND))
				candidates++;
			else if (before != 0 && !(before & BELOW_FOUND) &&
			         (after & BELOW_FOUND))
				candidates--;
			masks[parents[i]] = after;
			hg_bitset_add(pending, (size_t)parents[i]);
		}
	}
done:
	free(masks);
	free(pending);
	return status;
}

/* The masks that the walk's frontier holds, and how many revisions hold each. */
typedef struct {
	struct mask_count {
		uint32_t mask;
		size_t count;
	} *items;
	size_t used;
	size_t capacity;
} mask_census;

static bool census_add(mask_census *census, uint32_t mask)
{
	size_t i;

	for (i = 0; i < census->used; i++)
		if (census->items[i].mask == mask) {
			census->items[i].count++;
			return true;
		}
	if (census->used == census->capacity) {
		size_t capacity = 2 * census->capacity + HG_DAG_MAX_STARTS;
		struct mask_count *items =
		    realloc(census->items, capacity * sizeof *items);

		if (items == NULL)
			return false;
		census->items = items;
		census->capacity = capacity;
	}
	census->items[census->used].mask = mask;
	census->items[census->used].count = 1;
	census->used++;
	return true;
}

static void census_remove(mask_census *census, uint32_t mask)
{
	size_t i;

	for (i = 0; i < census->used; i++)
		if (census->items[i].mask == mask) {
			if (--census->items[i].count == 0)
				census->items[i] =
				    census->items[--census->used];
			return;
		}
}

typedef struct {
	int32_t *depths; /* longest way down from a start, plus one */
	uint32_t *masks; /* the starts with a way that long */
	hg_bitset *pending;
	mask_census census;
} deepest_walk;

/* Tell `parent` that a way of `depth` steps leads to it from `mask`'s starts. */
static bool reach_parent(deepest_walk *walk, int32_t parent, int32_t depth,
                         uint32_t mask)
{
	uint32_t before = walk->masks[parent], after = before;

	if (walk->depths[parent] > depth)
		return true;
	if (walk->depths[parent] < depth)
		after = mask;
	else
		after |= mask;
	walk->depths[parent] = depth;
	hg_bitset_add(walk->pending, (size_t)parent);
	if (after == before)
		return true;
	walk->masks[parent] = after;
	if (!census_add(&walk->census, after))
		return false;
	if (before != 0)
		census_remove(&walk->census, before);
	return true;
}

static int compare_revs(const void *left, const void *right)
{
	int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;

	return (a > b) - (a < b);
}

enum hg_index_status hg_dag_deepest(hg_index_view *view, hg_rev_list *heads)
{
	int32_t highest = highest_of(heads->revs, heads->count), parents[2];
	deepest_walk walk = {
	    .depths = calloc((size_t)highest + 1, sizeof *walk.depths),
	    .masks = calloc((size_t)highest + 1, sizeof *walk.masks),
	    .pending = hg_bitset_new((size_t)highest + 1),
	};
	enum hg_index_status status = HG_INDEX_NO_MEMORY;
	uint32_t deepest = 0;
	size_t i, kept = 0;
	int64_t rev = highest;

	if (walk.depths == NULL || walk.masks == NULL || walk.pending == NULL)
		goto done;
	qsort(heads->revs, heads->count, sizeof *heads->revs, compare_revs);
	for (i = 0; i < heads->count; i++) {
		walk.depths[heads->revs[i]] = 1;
		walk.masks[heads->revs[i]] = UINT32_C(1) << i;
		hg_bitset_add(walk.pending, (size_t)heads->revs[i]);
		if (!census_add(&walk.census, UINT32_C(1) << i))
			goto done;
	}
	/* One mask left: no start outside it can still turn out deeper. */
	for (; walk.census.used > 1; rev--) {
		rev = hg_bitset_previous(walk.pending, rev);
		if (rev < 0)
			break;
		status = hg_view_parents(view, (int32_t)rev, highest, parents);
		if (status != HG_INDEX_OK)
			goto done;
		for (i = 0; i < 2; i++)
			if (parents[i] >= 0 &&
			    !reach_parent(&walk, parents[i],
			                  walk.depths[rev] + 1,
			                  walk.masks[rev])) {
				status = HG_INDEX_NO_MEMORY;
				goto done;
			}
		census_remove(&walk.census, walk.masks[rev]);
	}
	status = HG_INDEX_OK;
	for (i = 0; i < walk.census.used; i++)
		deepest |= walk.census.items[i].mask;
	for (i = 0; i < heads->count; i++)
		if (deepest >> i & 1)
			heads->revs[kept++] = heads->revs[i];
	heads->count = kept;
done:
	free(walk.depths);
	free(walk.masks);
	free(walk.pending);
	free(walk.census.items);
	return status;
}
