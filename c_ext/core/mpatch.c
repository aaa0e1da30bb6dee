/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mpatch.h"

#include <stdlib.h>
#include <string.h>

#include "byteorder.h"

#define HEADER_SIZE 12

struct hunks {
	struct mpatch_hunk *head, *tail;
	struct mpatch_hunk *owned; /* NULL for a slice of the decoded */
};

struct mpatch_plan {
	struct mpatch_hunk *decoded;
	struct hunks folded;
};

const char *mpatch_message(int status)
{
	switch (status) {
	case MPATCH_UNDECODABLE:
		return "patch cannot be decoded";
	case MPATCH_INVALID:
		return "invalid patch";
	default:
		return NULL;
	}
}

static void read_header(const char *p, struct mpatch_hunk *hunk)
{
	const unsigned char *header = (const unsigned char *)p;
	hunk->start = (int32_t)hg_load_be32(header);
	hunk->end = (int32_t)hg_load_be32(header + 4);
	hunk->length = (int32_t)hg_load_be32(header + 8);
	hunk->data = p + HEADER_SIZE;
}

/* Reads the hunk at *p, if it is a sound one, and moves *p past it. */
static int next_hunk(const char **p, const char *end, struct mpatch_hunk *hunk)
{
	if ((size_t)(end - *p) < HEADER_SIZE)
		return MPATCH_UNDECODABLE;
	read_header(*p, hunk);
	if (hunk->start < 0 || hunk->start > hunk->end || hunk->length < 0 ||
	    (size_t)hunk->length > (size_t)(end - hunk->data)) {
		return MPATCH_UNDECODABLE;
	}
	*p = hunk->data + hunk->length;
	return MPATCH_OK;
}

static int count_hunks(const struct mpatch_delta *delta, size_t *count)
{
	const char *p = delta->data, *end = p + delta->length;
	struct mpatch_hunk hunk;
	while (p < end) {
		int status = next_hunk(&p, end, &hunk);
		if (status != MPATCH_OK)
			return status;
		++*count;
	}
	return MPATCH_OK;
}

/*
 * The first hunk of `below` in the text above it, where `shift` is how far the
 * hunks before it have moved things.
 *
 * Moves from `below` the hunks that lie before `cut`, a position in the text
 * above, cutting the one across it in two. They go to `*kept`, unless that is
 * NULL. Returns the shift after them.
 */
static int64_t take_until(struct hunks *below, int64_t cut, int64_t shift,
                          struct mpatch_hunk **kept)
{
	while (below->head != below->tail) {
		struct mpatch_hunk *hunk = below->head;
		int64_t start = hunk->start + shift;
		int64_t consumed, inserted;
		if (start >= cut)
			break;
		if (start + hunk->length <= cut) {
			shift +=
			    (int64_t)hunk->start - hunk->end + hunk->length;
			if (kept != NULL)
				*(*kept)++ = *hunk;
			below->head++;
			continue;
		}
		/* the cut falls into the inserted bytes */
		inserted = cut - start;
		consumed = cut - shift;
		if (consumed > hunk->end)
			consumed = hunk->end;
		shift += hunk->start + inserted - consumed;
		if (kept != NULL) {
			struct mpatch_hunk *part = (*kept)++;
			part->start = hunk->start;
			part->end = (int32_t)consumed;
			part->length = (int32_t)inserted;
			part->data = hunk->data;
		}
		hunk->start = (int32_t)consumed;
		hunk->length -= (int32_t)inserted;
		hunk->data += inserted;
		break;
	}
	return shift;
}

static int fits(int64_t value)
{
	return value >= INT32_MIN && value <= INT32_MAX;
}

/* One delta that does what `below` and then `above` do. Consumes both. */
static int combine(struct hunks *below, struct hunks *above,
                   struct hunks *result)
{
	size_t rest = (size_t)(below->tail - below->head);
	/* each hunk above adds itself and cuts at most one below in two */
	size_t most = rest + 2 * (size_t)(above->tail - above->head);
	struct mpatch_hunk *hunk, *out;
	int64_t shift = 0;

	result->owned = malloc((most ? most : 1) * sizeof(*out));
	if (result->owned == NULL)
		return MPATCH_NO_MEMORY;
	out = result->head = result->owned;
	for (hunk = above->head; hunk != above->tail; hunk++) {
		int64_t start, end, after;
		shift = take_until(below, hunk->start, shift, &out);
		after = take_until(below, hunk->end, shift, NULL);
		start = hunk->start - shift;
		end = hunk->end - after;
		if (!fits(start) || !fits(end)) {
			free(result->owned);
			return MPATCH_INVALID;
		}
		out->start = (int32_t)start;
		out->end = (int32_t)end;
		out->length = hunk->length;
		out->data = hunk->data;
		out++;
		shift = after;
	}
	rest = (size_t)(below->tail - below->head);
	memcpy(out, below->head, rest * sizeof(*out));
	result->tail = out + rest;
	return MPATCH_OK;
}

/* Folds lists[0..count) by halves; the depth is the logarithm of count. */
static int fold(struct hunks *lists, size_t count, struct hunks *result)
{
	struct hunks below, above;
	int status;

	if (count == 1) {
		*result = lists[0];
		return MPATCH_OK;
	}
	status = fold(lists, count / 2, &below);
	if (status != MPATCH_OK)
		return status;
	status = fold(lists + count / 2, count - count / 2, &above);
	if (status == MPATCH_OK) {
		status = combine(&below, &above, result);
		free(above.owned);
	}
	free(below.owned);
	return status;
}

int mpatch_fold(const struct mpatch_delta *deltas, size_t count,
                struct mpatch_plan **out)
{
	struct mpatch_plan *plan;
	struct hunks *lists = NULL;
	struct mpatch_hunk *next;
	size_t total = 0, i;
	int status = MPATCH_OK;

	*out = NULL;
	for (i = 0; i < count && status == MPATCH_OK; i++)
		status = count_hunks(&deltas[i], &total);
	if (status != MPATCH_OK)
		return status;
	plan = malloc(sizeof(*plan));
	if (plan == NULL)
		return MPATCH_NO_MEMORY;
	plan->folded.owned = NULL;
	plan->decoded = malloc((total ? total : 1) * sizeof(*plan->decoded));
	lists = malloc(count * sizeof(*lists));
	if (plan->decoded == NULL || lists == NULL) {
		free(lists);
		mpatch_free(plan);
		return MPATCH_NO_MEMORY;
	}
	next = plan->decoded;
	for (i = 0; i < count; i++) {
		const char *p = deltas[i].data, *end = p + deltas[i].length;
		lists[i].owned = NULL;
		lists[i].head = next;
		while (p < end && next_hunk(&p, end, next) == MPATCH_OK)
			next++;
		lists[i].tail = next;
	}
	status = fold(lists, count, &plan->folded);
	free(lists);
	if (status != MPATCH_OK) {
		plan->folded.owned = NULL;
		mpatch_free(plan);
		return status;
	}
	*out = plan;
	return MPATCH_OK;
}

int mpatch_measure(const struct mpatch_plan *plan, size_t text_length,
                   size_t *size)
{
	const struct mpatch_hunk *hunk;
	uint64_t total = 0;
	int32_t last = 0;
	for (hunk = plan->folded.head; hunk != plan->folded.tail; hunk++) {
		if (hunk->start < last || hunk->end < 0 ||
		    (uint64_t)hunk->start > text_length ||
		    (uint64_t)hunk->end > text_length) {
			return MPATCH_INVALID;
		}
		total +=
		    (uint64_t)(hunk->start - last) + (uint64_t)hunk->length;
		last = hunk->end;
	}
	total += text_length - (uint64_t)last;
	if (total > PTRDIFF_MAX)
		return MPATCH_NO_MEMORY;
	*size = (size_t)total;
	return MPATCH_OK;
}

void mpatch_apply(const struct mpatch_plan *plan, const char *text,
                  size_t text_length, char *out)
{
	const struct mpatch_hunk *hunk;
	size_t last = 0;
	for (hunk = plan->folded.head; hunk != plan->folded.tail; hunk++) {
		size_t same = (size_t)hunk->start - last;
		memcpy(out, text + last, same);
		memcpy(out + same, hunk->data, (size_t)hunk->length);
		out += same + (size_t)hunk->length;
		last = (size_t)hunk->end;
	}
	memcpy(out, text + last, text_length - last);
}

size_t mpatch_hunks(const struct mpatch_plan *plan,
                    const struct mpatch_hunk **first)
{
	*first = plan->folded.head;
	return (size_t)(plan->folded.tail - plan->folded.head);
}

void mpatch_free(struct mpatch_plan *plan)
{
	if (plan != NULL) {
		free(plan->folded.owned);
		free(plan->decoded);
		free(plan);
	}
}

int mpatch_patched_size(int64_t original, const char *delta, size_t length,
                        int64_t *size)
{
	const char *p = delta, *end = delta + length;
	int64_t total = 0;
	int32_t last = 0;
	while (p < end) {
		struct mpatch_hunk hunk;
		if ((size_t)(end - p) < HEADER_SIZE)
			return MPATCH_UNDECODABLE;
		read_header(p, &hunk);
		if (hunk.start > hunk.end || hunk.length < 0 ||
		    (size_t)hunk.length > (size_t)(end - hunk.data)) {
			return MPATCH_UNDECODABLE;
		}
		p = hunk.data + hunk.length;
		total += (int64_t)hunk.start - last + hunk.length;
		last = hunk.end;
	}
	if (__builtin_add_overflow(original, total - last, size))
		return MPATCH_INVALID;
	return MPATCH_OK;
}
