# SPDX-License-Identifier: GPL-2.0-or-later
"""Slides runs of changed lines to where they read best."""

from __future__ import annotations

# Limits that keep measuring one place from costing the whole text.
_MOST_INDENT = 200
_MOST_BLANK_LINES = 20
_MOST_PLACES_WITHOUT_GAIN = 100

# The weights of git's indent heuristic; smaller sums are better places.
_START_OF_TEXT = 1
_END_OF_TEXT = 21
_EACH_BLANK_LINE = -30
_EACH_BLANK_LINE_AFTER = 6
_INDENTED, _INDENTED_BY_BLANK = -4, 10
_OUTDENTED, _OUTDENTED_BY_BLANK = 24, 17  # less than the lines on both sides
_DEDENTED, _DEDENTED_BY_BLANK = 23, 17  # less than the line above only
_LESS_INDENT = 60

_BLANK = -1


class Side:
    """One of two texts compared."""

    def __init__(self, lines: list[bytes], numbers: dict[bytes, int]) -> None:
        self.lines = lines
        # Equal for equal lines of either text.
        self.numbers = [numbers.setdefault(line, len(numbers)) for line in lines]
        # By line. One more, never set, stands at the end and at -1.
        self.changed = [False] * (len(lines) + 1)


class _Run:
    """A run of changed lines, or the empty place between two unchanged ones."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self.start = self.end = 0
        self._extend()

    def _extend(self) -> None:
        changed = self.side.changed
        while changed[self.end]:
            self.end += 1
        while changed[self.start - 1]:
            self.start -= 1

    def next(self) -> bool:
        """Move to the run after the next unchanged line; False at the end."""
        if self.end == len(self.side.lines):
            return False
        self.start = self.end = self.end + 1
        self._extend()
        return True

    def previous(self) -> None:
        if self.start:
            self.start = self.end = self.start - 1
            self._extend()

    def slide_up(self) -> bool:
        """Slide a line up, onto what precedes it; False if it cannot."""
        numbers = self.side.numbers
        if not self.start or numbers[self.start - 1] != numbers[self.end - 1]:
            return False
        self.start -= 1
        self.end -= 1
        self.side.changed[self.start] = True
        self.side.changed[self.end] = False
        self._extend()
        return True

    def slide_down(self) -> bool:
        numbers = self.side.numbers
        if self.end == len(numbers) or numbers[self.start] != numbers[self.end]:
            return False
        self.side.changed[self.start] = False
        self.side.changed[self.end] = True
        self.start += 1
        self.end += 1
        self._extend()
        return True


def _indent(line: bytes) -> int:
    """Columns of white space the line begins with, or _BLANK if it has no more."""
    indent = 0
    for char in line:
        if char == 0x20:
            indent += 1
        elif char == 0x09:
            indent += 8 - indent % 8
        elif char not in b"\n\v\f\r":
            return indent
        if indent >= _MOST_INDENT:
            return _MOST_INDENT
    return _BLANK


def _blank_lines(lines: list[bytes], places: range) -> tuple[int, int]:
    """The blank lines that come first, and the indent of the line after them."""
    blank = 0
    for at in places:
        indent = _indent(lines[at])
        if indent != _BLANK:
            return blank, indent
        blank += 1
        if blank == _MOST_BLANK_LINES:
            return blank, 0
    return blank, _BLANK


def _score(lines: list[bytes], at: int) -> tuple[int, int]:
    """How bad it is to part the text above line `at`: its indent, and a penalty."""
    at_end = at >= len(lines)
    indent = _BLANK if at_end else _indent(lines[at])
    blank_above, above = _blank_lines(lines, range(at - 1, -1, -1))
    blank_below, below = _blank_lines(lines, range(at + 1, len(lines)))
    blank_after = 1 + blank_below if indent == _BLANK else 0
    blank = blank_above + blank_after

    penalty = _EACH_BLANK_LINE * blank + _EACH_BLANK_LINE_AFTER * blank_after
    if above == _BLANK and not blank_above:
        penalty += _START_OF_TEXT
    if at_end:
        penalty += _END_OF_TEXT
    if indent == _BLANK:
        indent = below
    if _BLANK not in (indent, above):
        if indent > above:
            penalty += _INDENTED_BY_BLANK if blank else _INDENTED
        elif indent < above and below > indent:
            penalty += _OUTDENTED_BY_BLANK if blank else _OUTDENTED
        elif indent < above:
            penalty += _DEDENTED_BY_BLANK if blank else _DEDENTED
    return indent, penalty


def _best_end(run: _Run, highest: int) -> int:
    """The end with which the run reads best; the lowest of equally good ones."""
    lines, length = run.side.lines, run.end - run.start
    best_end, best_indent, best_penalty = run.end, 0, 0
    without_gain = 0
    for end in range(run.end, highest - 1, -1):
        one, other = _score(lines, end), _score(lines, end - length)
        indent, penalty = one[0] + other[0], one[1] + other[1]
        sign = (indent > best_indent) - (indent < best_indent)
        if end == run.end or _LESS_INDENT * sign + penalty < best_penalty:
            best_end, best_indent, best_penalty = end, indent, penalty
            without_gain = 0
        else:
            without_gain += 1
            if without_gain == _MOST_PLACES_WITHOUT_GAIN:
                break
    return best_end


def _place(run: _Run, abreast: _Run) -> None:
    """Slide the run, and keep abreast the other side's run at the same place."""
    while True:
        # To the top and to the bottom, until no more runs are picked up.
        length = run.end - run.start
        while run.slide_up():
            abreast.previous()
        highest = run.end
        lines_up = abreast.end > abreast.start
        while run.slide_down():
            abreast.next()
            lines_up = lines_up or abreast.end > abreast.start
        if run.end - run.start == length:
            break
    if run.end == highest:
        return
    if lines_up:
        while abreast.end == abreast.start and run.slide_up():
            abreast.previous()
        return
    end = _best_end(run, highest)
    while run.end > end and run.slide_up():
        abreast.previous()


def compact(side: Side, other: Side) -> None:
    """Slide each run of changed lines of `side` to where it reads best.

    That is in line with a change of `other`, else by git's indent heuristic.
    Runs that touch become one.
    """
    run, abreast = _Run(side), _Run(other)
    while True:
        if run.end > run.start:
            _place(run, abreast)
        abreast.next()
        if not run.next():
            break
