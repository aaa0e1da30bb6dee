# SPDX-License-Identifier: GPL-2.0-or-later
"""Line-based deltas (contract section 2.2), byte for byte those of the C flavour.

Matches are found recursively: the longest run of equal lines in a window of the
two texts, then the same to its left and to its right. Which of equally long runs
counts is what stored deltas depend on.
"""

from __future__ import annotations

import re
import struct
from bisect import bisect_left, bisect_right

from ._arguments import immutable, number_within, plain_bytes
from ._texts import Block, common_prefix, common_suffix, splitnewlines
from .xdiff import xdiffblocks

__all__ = [
    "bdiff",
    "blocks",
    "fixws",
    "line_diff",
    "manifest_diff",
    "splitnewlines",
    "storage_diff",
    "xdiffblocks",
]

# Runs are looked for in at most this many last lines of a window.
_WINDOW_ROWS = 30000


class _Matcher:
    """Lines as numbers, equal for equal lines; -1 for a line that b lacks."""

    def __init__(self, a: list[bytes], b: list[bytes]) -> None:
        numbers: dict[bytes, int] = {}
        self.b = [numbers.setdefault(line, len(numbers)) for line in b]
        self.a = [numbers.get(line, -1) for line in a]
        count = len(b)
        popular = count // 1000 if count >= 31000 else 1000000 // (count + 1)
        # Where a line is in b; not for lines too popular to be an anchor.
        columns: list[list[int]] = [[] for _ in numbers]
        for j, number in enumerate(self.b):
            columns[number].append(j)
        empty: list[int] = []
        for number, places in enumerate(columns):
            if len(places) > popular:
                columns[number] = empty
        columns.append(empty)  # of line -1
        self.columns = columns
        # Where a pair of lines is in b, by its second, an anchor; then by rows of a.
        pairs: dict[tuple[int, int], list[int]] = {}
        previous = -1
        for j, number in enumerate(self.b):
            if columns[number]:
                pairs.setdefault((previous, number), []).append(j)
            previous = number
        nothing: list[int] = []
        self.ends_of_two = [
            pairs.get(pair, nothing) for pair in zip([-1, *self.a], self.a)
        ]
        # The first line counts in a run only where it is an anchor.
        self.first_row = 0 if self.a and columns[self.a[0]] else 1

    def longest(self, a1: int, a2: int, b1: int, b2: int) -> tuple[int, int, int]:
        """The run of equal lines to take in the window: row, column, length."""
        first = max(a1, a2 - _WINDOW_ROWS)
        row, column, length = self._longest_of_many(first, a2, b1, b2)
        if not length:
            row, column, length = self._best_single(a1, first, a2, b1, b2)
        # What is too popular to be an anchor still belongs to a run before it.
        a, b = self.a, self.b
        while (
            row + length < a2
            and column + length < b2
            and a[row + length] == b[column + length]
        ):
            length += 1
        return row, column, length

    def _longest_of_many(
        self, first: int, a2: int, b1: int, b2: int
    ) -> tuple[int, int, int]:
        """The longest run of at least two lines; length 0 if there is none."""
        a, b, ends_of_two = self.a, self.b, self.ends_of_two
        row_middle = (first + a2 - 1) // 2
        column_middle = (b1 + b2 - 1) // 2
        lowest_row = max(first, self.first_row)
        best_row = best_column = 0
        best = 1
        runs: dict[int, int] = {}  # their lengths by the column they end at
        for row in range(first + 1, a2):
            places = ends_of_two[row]
            if not places:
                if runs:
                    runs = {}
                continue
            now: dict[int, int] = {}
            # Columns from the highest to the lowest; the run's first is in, too.
            if len(places) > 1:
                places = places[bisect_right(places, b1) : bisect_left(places, b2)]
                places.reverse()
            elif not b1 < places[0] < b2:
                runs = now
                continue
            for column in places:
                length = runs.get(column - 1, 0) + 1
                if length == 1:
                    # What precedes was not an anchor, or is not known to match.
                    i, j = row - 1, column - 1
                    while i >= lowest_row and j >= b1 and a[i] == b[j]:
                        i -= 1
                        j -= 1
                    length = row - i
                    if length == 1:
                        continue
                now[column] = length
                if length < best:
                    continue
                if length > best:
                    best_row, best_column, best = row, column, length
                elif row > best_row:
                    if row <= row_middle:
                        best_row, best_column = row, column
                elif best_column > column_middle:
                    best_column = column
            runs = now
        if best == 1:
            return 0, 0, 0
        return best_row - best + 1, best_column - best + 1, best

    def _best_single(
        self, a1: int, first: int, a2: int, b1: int, b2: int
    ) -> tuple[int, int, int]:
        """The equal line to take where there are no two in a row."""
        a, columns = self.a, self.columns
        row_middle = (first + a2 - 1) // 2
        column_middle = (b1 + b2 - 1) // 2
        best_row, best_column, best = a1, b1, 0
        for row in range(first, a2):
            places = columns[a[row]]
            if not places:
                continue
            for at in range(bisect_left(places, b2) - 1, -1, -1):
                column = places[at]
                if column < b1:
                    break
                if not best:
                    best_row, best_column, best = row, column, 1
                elif row > best_row:
                    if row <= row_middle and column > b1:
                        best_row, best_column = row, column
                    else:
                        # Columns only fall, and the row is what it is.
                        break
                elif best_column > column_middle or row == first:
                    best_column = column
            if best and row > row_middle:
                break
        return best_row, best_column, best

    def matches(self) -> list[list[int]]:
        """All runs, ascending, as [a1, a2, b1, b2], and the empty one at the end."""
        result = []
        pending = []
        a1, a2, b1, b2 = 0, len(self.a), 0, len(self.b)
        while True:
            row = column = length = 0
            if a1 < a2 and b1 < b2:
                row, column, length = self.longest(a1, a2, b1, b2)
            if length:
                pending.append((row, column, length, a2, b2))
                a2, b2 = row, column
            elif pending:
                row, column, length, a2, b2 = pending.pop()
                a1, b1 = row + length, column + length
                result.append([row, a1, column, b1])
            else:
                break
        ends = len(self.a), len(self.b)
        result.append([ends[0], ends[0], ends[1], ends[1]])
        return result


def _blocks(a: list[bytes], b: list[bytes]) -> list[Block]:
    found = _Matcher(a, b).matches()
    # Move what lies between adjacent runs down as far as equal lines allow.
    for block, following in zip(found, found[1:]):
        if block[1] != following[0] and block[3] != following[2]:
            continue
        while (
            block[1] < len(a)
            and block[3] < len(b)
            and following[0] < following[1]
            and following[2] < following[3]
            and a[block[1]] == b[block[3]]
        ):
            block[1] += 1
            block[3] += 1
            following[0] += 1
            following[2] += 1
    return [(a1, a2, b1, b2) for a1, a2, b1, b2 in found]


def blocks(a: bytes, b: bytes, /) -> list[Block]:
    """Ranges of equal lines, ascending; the last one is empty, at the ends."""
    a, b = plain_bytes(a), plain_bytes(b)
    return _blocks(splitnewlines(a), splitnewlines(b))


def _delta(a: bytes, b: bytes, prune_suffix: bool) -> bytes:
    a, b = bytes(immutable(a)), bytes(immutable(b))
    # Whole lines only: what follows the last common newline takes part.
    prefix = a.rfind(b"\n", 0, common_prefix(a, b)) + 1
    suffix = 0
    if prune_suffix:
        same = common_suffix(a, b, min(len(a), len(b)) - prefix)
        newline = a.find(b"\n", len(a) - same)
        if newline >= 0:
            suffix = len(a) - newline - 1
    a_lines = splitnewlines(a[prefix : len(a) - suffix])
    b_lines = splitnewlines(b[prefix : len(b) - suffix])
    hunks = []
    at = line_a = line_b = 0  # `at` is the offset of line_a
    for a1, a2, b1, b2 in _blocks(a_lines, b_lines):
        end = at + sum(map(len, a_lines[line_a:a1]))
        if a1 > line_a or b1 > line_b:
            data = b"".join(b_lines[line_b:b1])
            hunks.append(struct.pack(">LLL", prefix + at, prefix + end, len(data)))
            hunks.append(data)
        at = end + sum(map(len, a_lines[a1:a2]))
        line_a, line_b = a2, b2
    return b"".join(hunks)


def bdiff(a: bytes, b: bytes, /) -> bytes:
    """A delta from a to b: hunks of start, end, length (>lll) and bytes."""
    return _delta(a, b, False)


def storage_diff(a: bytes, b: bytes, /) -> bytes:
    """As `bdiff`, with common last lines set aside. Asked for since 7.2."""
    return _delta(a, b, True)


line_diff = manifest_diff = storage_diff


def fixws(text: bytes, allws: bool, /) -> bytes:
    """Runs of blanks made one, or with `allws` removed."""
    text = plain_bytes(text)
    if number_within(allws, 0, 255):
        return re.sub(rb"[ \t\r]+", b"", text)
    return re.sub(rb"[ \t\r]+", b" ", text).replace(b" \n", b"\n")
