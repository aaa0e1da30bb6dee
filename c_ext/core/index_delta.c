/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index_delta.h"

#include <stdlib.h>

enum hg_index_status hg_delta_base(hg_index_view *view, int32_t rev,
                                   int32_t *base)
{
	if (view->layout->base == 0) {
		*base = rev;
		return HG_INDEX_OK;
	}
	*base = (int32_t)hg_load_be32(hg_view_record(view, rev) +
	                              view->layout->base);
	if (*base > rev)
		return hg_view_fail(view, HG_INDEX_BASE_ABOVE, rev, *base);
	if (*base < HG_NULL_REV)
		return hg_view_fail(view, HG_INDEX_BASE_RANGE, rev, *base);
	return HG_INDEX_OK;
}

enum hg_index_status hg_delta_length(hg_index_view *view, int32_t rev,
                                     int32_t *length)
{
	*length = 0;
	if (rev == HG_NULL_REV)
		return HG_INDEX_OK;
	*length = (int32_t)hg_load_be32(hg_view_record(view, rev) + 8);
	if (*length < 0)
		return hg_view_fail(view, HG_INDEX_LENGTH_RANGE, rev, *length);
	return HG_INDEX_OK;
}

/* Where the data of `rev` starts in the data file, in bytes. */
static int64_t data_start(const hg_index_view *view, int32_t rev)
{
	uint64_t field;

	if (rev == HG_NULL_REV)
		return 0;
	field = hg_load_be64(hg_view_record(view, rev));
	if (rev == 0 && view->layout->header_in_first)
		return 0;
	return (int64_t)(field >> 16);
}

/* A revision with an empty delta has its base's text: follow `rev` to the
 * revision that stores what it says. */
static enum hg_index_status skip_empty(hg_index_view *view, int32_t *rev)
{
	while (*rev >= 0) {
		int32_t length, base;
		enum hg_index_status status =
		    hg_delta_length(view, *rev, &length);

		if (status != HG_INDEX_OK || length != 0)
			return status;
		status = hg_delta_base(view, *rev, &base);
		if (status != HG_INDEX_OK || base == *rev)
			return status;
		*rev = base;
	}
	return HG_INDEX_OK;
}

enum step { STEP_FULL, STEP_DELTA, STEP_ON };

/* What the base of `rev` makes it: a full text, a delta against a parent, or
 * something that depends on what *base is. */
static enum hg_index_status classify(hg_index_view *view, int32_t rev,
                                     int32_t *base, enum step *step)
{
	int32_t parents[2];
	enum hg_index_status status = hg_delta_base(view, rev, base);
	int i;

	if (status != HG_INDEX_OK)
		return status;
	if (*base == rev)
		*base = HG_NULL_REV;
	if (*base == HG_NULL_REV) {
		*step = STEP_FULL;
		return HG_INDEX_OK;
	}
	status = hg_view_parents(view, rev, rev, parents);
	*step = STEP_ON;
	for (i = 0; i < 2 && status == HG_INDEX_OK; i++) {
		if (parents[i] == HG_NULL_REV)
			continue;
		status = skip_empty(view, &parents[i]);
		if (*base == parents[i])
			*step = STEP_DELTA;
	}
	return status;
}

enum hg_index_status hg_delta_is_snapshot(hg_index_view *view, int32_t rev,
                                          bool *is_snapshot)
{
	enum step step = STEP_FULL;

	while (rev >= 0) {
		int32_t base;
		enum hg_index_status status = classify(view, rev, &base, &step);

		if (status != HG_INDEX_OK)
			return status;
		if (step != STEP_ON)
			break;
		rev = base;
	}
	*is_snapshot = step == STEP_FULL;
	return HG_INDEX_OK;
}

bool hg_delta_snapshot_flag(const hg_index_view *view, int32_t rev)
{
	return rev == HG_NULL_REV || (hg_load_be64(hg_view_record(view, rev)) &
	                              HG_REVISION_IS_SNAPSHOT) != 0;
}

/* Decide about `rev`, knowing[..] those from `start` up to it. */
static enum hg_index_status judge(hg_index_view *view, int32_t rev,
                                  int32_t start, bool *known, int32_t *base)
{
	enum step step;
	enum hg_index_status status = classify(view, rev, base, &step);

	if (status != HG_INDEX_OK)
		return status;
	if (step == STEP_ON && *base >= start) {
		known[rev - start] = known[*base - start];
		return HG_INDEX_OK;
	}
	if (step == STEP_ON)
		return hg_delta_is_snapshot(view, *base, &known[rev - start]);
	known[rev - start] = step == STEP_FULL;
	return HG_INDEX_OK;
}

enum hg_index_status hg_delta_find_snapshots(hg_index_view *view, int32_t start,
                                             int32_t end, bool by_flag,
                                             hg_rev_list *snapshots,
                                             hg_rev_list *bases)
{
	enum hg_index_status status = HG_INDEX_OK;
	bool *known;
	int32_t rev;

	if (start >= end)
		return HG_INDEX_OK;
	known = calloc((size_t)(end - start), sizeof *known);
	if (known == NULL)
		return HG_INDEX_NO_MEMORY;
	for (rev = start; rev < end; rev++) {
		int32_t base;

		if (by_flag) {
			if (!hg_delta_snapshot_flag(view, rev))
				continue;
			status = hg_delta_base(view, rev, &base);
			if (base == rev)
				base = HG_NULL_REV;
		} else {
			status = judge(view, rev, start, known, &base);
			if (status == HG_INDEX_OK && !known[rev - start])
				continue;
		}
		if (status != HG_INDEX_OK)
			break;
		if (!hg_rev_list_push(snapshots, rev) ||
		    !hg_rev_list_push(bases, base)) {
			status = HG_INDEX_NO_MEMORY;
			break;
		}
	}
	free(known);
	return status;
}

enum hg_index_status hg_delta_chain(hg_index_view *view,
                                    const hg_chain_query *query,
                                    hg_rev_list *chain, bool *stopped)
{
	int32_t rev = query->rev, base, length = 1;
	enum hg_index_status status = hg_delta_base(view, rev, &base);

	while (status == HG_INDEX_OK && rev != base && rev != query->stop) {
		if (query->skip_empty) {
			status = hg_delta_length(view, rev, &length);
			if (status != HG_INDEX_OK)
				return status;
		}
		if (length > 0 && !hg_rev_list_push(chain, rev))
			return HG_INDEX_NO_MEMORY;
		rev = query->general ? base : rev - 1;
		if (rev < 0)
			break;
		status = hg_delta_base(view, rev, &base);
	}
	if (status != HG_INDEX_OK)
		return status;
	*stopped = rev == query->stop;
	if (!*stopped && !hg_rev_list_push(chain, rev))
		return HG_INDEX_NO_MEMORY;
	return HG_INDEX_OK;
}

typedef struct {
	int64_t size;
	size_t position; /* of the revision behind the gap */
} gap;

static int larger_gap_first(const void *left, const void *right)
{
	const gap *a = left, *b = right;

	if (a->size != b->size)
		return a->size < b->size ? 1 : -1;
	return a->position < b->position ? 1 : -1;
}

static int earlier_gap_first(const void *left, const void *right)
{
	const gap *a = left, *b = right;

	return (a->position > b->position) - (a->position < b->position);
}

/* Bytes from the start of the first revision's data to the end of the last's,
 * and bytes of data in between that belong to the chain. */
static enum hg_index_status measure(hg_index_view *view,
                                    const hg_slice_query *query, int64_t *span,
                                    int64_t *payload)
{
	int32_t first = query->revs[0], last = query->revs[query->count - 1];
	int64_t start = data_start(view, first), end = data_start(view, last);
	int32_t length;
	enum hg_index_status status = hg_delta_length(view, last, &length);
	size_t i;

	if (status != HG_INDEX_OK)
		return status;
	if (end < start)
		return hg_view_fail(view, HG_INDEX_OFFSET_ORDER, first, last);
	*span = end - start + length +
	        ((int64_t)last - first) * (int64_t)query->record_gap;
	*payload = 0;
	if (*span <= query->min_gap)
		return HG_INDEX_OK;
	for (i = 0; i < query->count; i++) {
		status = hg_delta_length(view, query->revs[i], &length);
		if (status != HG_INDEX_OK)
			return status;
		*payload += length;
	}
	return HG_INDEX_OK;
}

static size_t find_gaps(hg_index_view *view, const hg_slice_query *query,
                        gap *gaps)
{
	int64_t end = -1;
	size_t count = 0, i;

	for (i = 0; i < query->count; i++) {
		int32_t rev = query->revs[i], length;
		int64_t start =
		    data_start(view, rev) + rev * (int64_t)query->record_gap;

		/* measure() has found every length good */
		(void)hg_delta_length(view, rev, &length);
		if (length == 0)
			continue;
		if (end >= 0 && start - end > query->min_gap) {
			gaps[count].size = start - end;
			gaps[count++].position = i;
		}
		end = start + length;
	}
	return count;
}

/* How many of the gaps, largest first, to leave unread to reach the density. */
static size_t choose_gaps(const hg_slice_query *query, const gap *gaps,
                          size_t count, int64_t span, int64_t payload)
{
	size_t chosen;

	for (chosen = 0; chosen < count;) {
		span -= gaps[chosen++].size;
		if (span <= 0
		        ? 1.0 >= query->density
		        : (double)payload / (double)span >= query->density)
			break;
	}
	return chosen;
}

/* End of the slice from `start`, without empty revisions at its end. The chain's
 * first revision stays even so. */
static size_t trim(hg_index_view *view, const hg_slice_query *query,
                   size_t start, size_t end)
{
	while (end > 1 && end > start) {
		int32_t length;

		(void)hg_delta_length(view, query->revs[end - 1], &length);
		if (length != 0)
			break;
		end--;
	}
	return end;
}

enum hg_index_status hg_delta_slice(hg_index_view *view,
                                    const hg_slice_query *query,
                                    hg_slice **slices, size_t *slice_count)
{
	int64_t span, payload;
	enum hg_index_status status;
	size_t gap_count, chosen, i, start = 0;
	gap *gaps;

	*slices = NULL;
	*slice_count = 0;
	if (query->count <= 1)
		return HG_INDEX_OK;
	status = measure(view, query, &span, &payload);
	if (status != HG_INDEX_OK)
		return status;
	if (span <= query->min_gap ||
	    (span > 0 ? (double)payload / (double)span : 1.0) >= query->density)
		return HG_INDEX_OK;

	gaps = malloc(query->count * sizeof *gaps);
	if (gaps == NULL)
		return HG_INDEX_NO_MEMORY;
	gap_count = find_gaps(view, query, gaps);
	if (gap_count > 0) {
		qsort(gaps, gap_count, sizeof *gaps, larger_gap_first);
		chosen = choose_gaps(query, gaps, gap_count, span, payload);
		qsort(gaps, chosen, sizeof *gaps, earlier_gap_first);
		*slices = malloc((chosen + 1) * sizeof **slices);
		if (*slices == NULL) {
			free(gaps);
			return HG_INDEX_NO_MEMORY;
		}
		for (i = 0; i <= chosen; i++) {
			size_t cut =
			    i < chosen ? gaps[i].position : query->count;
			size_t end = trim(view, query, start, cut);

			if (start < end)
				(*slices)[(*slice_count)++] =
				    (hg_slice){start, end};
			start = cut;
		}
	}
	free(gaps);
	return HG_INDEX_OK;
}
