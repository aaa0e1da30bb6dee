/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xdiff_compact.h"

/* Limits that keep measuring one place from costing the whole text. */
#define MOST_INDENT 200
#define MOST_BLANK_LINES 20
#define MOST_PLACES_WITHOUT_GAIN 100

/* The weights of git's indent heuristic; smaller sums are better places. */
enum weight {
	START_OF_TEXT = 1,
	END_OF_TEXT = 21,
	EACH_BLANK_LINE = -30,
	EACH_BLANK_LINE_AFTER = 6,
	INDENTED = -4,
	INDENTED_BY_BLANK = 10,
	OUTDENTED = 24, /* less than the lines on both sides */
	OUTDENTED_BY_BLANK = 17,
	DEDENTED = 23, /* less than the line above only */
	DEDENTED_BY_BLANK = 17,
	LESS_INDENT = 60
};

#define BLANK (-1)

/* A run of changed lines, or the empty place between two unchanged ones. */
struct run {
	int32_t start, end;
};

static struct run first_run(const struct xdiff_side *side)
{
	struct run run = {0, 0};
	while (side->changed[run.end])
		run.end++;
	return run;
}

/* Moves to the run after the next unchanged line; 0 at the end of the text. */
static int next_run(const struct xdiff_side *side, struct run *run)
{
	if (run->end == side->count)
		return 0;
	run->start = run->end = run->end + 1;
	while (side->changed[run->end])
		run->end++;
	return 1;
}

static void previous_run(const struct xdiff_side *side, struct run *run)
{
	if (run->start == 0)
		return;
	run->start = run->end = run->start - 1;
	while (side->changed[run->start - 1])
		run->start--;
}

/* Slides the run a line up, onto what precedes it; 0 if it cannot. */
static int slide_up(struct xdiff_side *side, struct run *run)
{
	if (run->start == 0 ||
	    side->class[run->start - 1] != side->class[run->end - 1]) {
		return 0;
	}
	side->changed[--run->start] = 1;
	side->changed[--run->end] = 0;
	while (side->changed[run->start - 1])
		run->start--;
	return 1;
}

static int slide_down(struct xdiff_side *side, struct run *run)
{
	if (run->end == side->count ||
	    side->class[run->start] != side->class[run->end]) {
		return 0;
	}
	side->changed[run->start++] = 0;
	side->changed[run->end++] = 1;
	while (side->changed[run->end])
		run->end++;
	return 1;
}

/* Columns of white space the line begins with, or BLANK if it has no more. */
static int indent_of(const struct xdiff_side *side, int32_t line)
{
	const char *p = side->start[line], *end = side->start[line + 1];
	int indent = 0;
	for (; p < end; p++) {
		switch (*p) {
		case ' ':
			indent++;
			break;
		case '\t':
			indent += 8 - indent % 8;
			break;
		case '\n':
		case '\v':
		case '\f':
		case '\r':
			break;
		default:
			return indent;
		}
		if (indent >= MOST_INDENT)
			return MOST_INDENT;
	}
	return BLANK;
}

/* The blank lines from `line` on, in direction `step`, and the indent of the
 * line after them: BLANK at the end of the text. */
static int blank_lines(const struct xdiff_side *side, int32_t line, int step,
                       int *indent)
{
	int blank = 0;
	*indent = BLANK;
	for (; line >= 0 && line < side->count; line += step) {
		*indent = indent_of(side, line);
		if (*indent != BLANK)
			break;
		if (++blank == MOST_BLANK_LINES) {
			*indent = 0;
			break;
		}
	}
	return blank;
}

struct score {
	int indent, penalty;
};

/* Adds how bad it is to part the text above `line`. */
static void add_score(const struct xdiff_side *side, int32_t line,
                      struct score *score)
{
	int at_end = line >= side->count;
	int indent = at_end ? BLANK : indent_of(side, line);
	int above, below;
	int blank_above = blank_lines(side, line - 1, -1, &above);
	int blank_below = blank_lines(side, line + 1, 1, &below);
	int blank_after = indent == BLANK ? 1 + blank_below : 0;
	int blank = blank_above + blank_after;

	if (above == BLANK && blank_above == 0)
		score->penalty += START_OF_TEXT;
	if (at_end)
		score->penalty += END_OF_TEXT;
	score->penalty += EACH_BLANK_LINE * blank;
	score->penalty += EACH_BLANK_LINE_AFTER * blank_after;

	if (indent == BLANK)
		indent = below;
	score->indent += indent;
	if (indent == BLANK || above == BLANK || indent == above)
		return;
	if (indent > above)
		score->penalty += blank ? INDENTED_BY_BLANK : INDENTED;
	else if (below != BLANK && below > indent)
		score->penalty += blank ? OUTDENTED_BY_BLANK : OUTDENTED;
	else
		score->penalty += blank ? DEDENTED_BY_BLANK : DEDENTED;
}

static int is_better(const struct score *score, const struct score *best)
{
	int indent =
	    (score->indent > best->indent) - (score->indent < best->indent);
	return LESS_INDENT * indent + score->penalty - best->penalty < 0;
}

/* The end, highest..run.end, with which the run reads best; the lowest of
 * equally good ones. */
static int32_t best_end(const struct xdiff_side *side, const struct run *run,
                        int32_t highest)
{
	int32_t length = run->end - run->start, best_at = run->end, end;
	struct score best = {0, 0};
	int without_gain = 0;
	for (end = run->end; end >= highest; end--) {
		struct score score = {0, 0};
		add_score(side, end, &score);
		add_score(side, end - length, &score);
		if (end == run->end || is_better(&score, &best)) {
			best = score;
			best_at = end;
			without_gain = 0;
		} else if (++without_gain >= MOST_PLACES_WITHOUT_GAIN) {
			break;
		}
	}
	return best_at;
}

/* Up by a line, with the other side's run kept abreast; 0 if stuck. */
static int slide_both_up(struct xdiff_side *side, struct run *run,
                         const struct xdiff_side *other, struct run *abreast)
{
	if (!slide_up(side, run))
		return 0;
	previous_run(other, abreast);
	return 1;
}

static void place_run(struct xdiff_side *side, struct run *run,
                      const struct xdiff_side *other, struct run *abreast)
{
	int32_t length, highest;
	int lines_up; /* with a change of the other side, somewhere below */

	/* to the top and to the bottom, until no more runs are picked up */
	do {
		length = run->end - run->start;
		while (slide_both_up(side, run, other, abreast)) {
		}
		highest = run->end;
		lines_up = abreast->end > abreast->start;
		while (slide_down(side, run)) {
			next_run(other, abreast);
			lines_up |= abreast->end > abreast->start;
		}
	} while (run->end - run->start != length);

	if (run->end == highest)
		return;
	if (lines_up) {
		while (abreast->end == abreast->start &&
		       slide_both_up(side, run, other, abreast)) {
		}
	} else {
		int32_t end = best_end(side, run, highest);
		while (run->end > end &&
		       slide_both_up(side, run, other, abreast)) {
		}
	}
}

void xdiff_compact(struct xdiff_side *side, const struct xdiff_side *other)
{
	struct run run = first_run(side), abreast = first_run(other);
	do {
		if (run.end > run.start)
			place_run(side, &run, other, &abreast);
		next_run(other, &abreast);
	} while (next_run(side, &run));
}
