# SPDX-License-Identifier: GPL-2.0-or-later
"""Myers' comparison by lines, with git's heuristics (contract section 2.2).

This part leaves out what need not be compared, `_myers` marks the lines that
changed, and `_compact` slides runs of them to where they read best.
"""

from __future__ import annotations

from ._arguments import plain_bytes
from ._compact import Side, compact
from ._myers import mark, rough_root
from ._texts import Block, common_prefix, common_suffix, splitnewlines

# Common lines next to a difference that stay in, so that it can slide.
_KEPT_LINES = 100
# How a line stands in the other text.
_ABSENT, _RARE, _FREQUENT = range(3)
_MOST_RARE = 1024
_NEIGHBOURS = 100  # how far to look around a frequent line


def _left_out_before(a: bytes, same: int) -> tuple[int, int]:
    """Of `same` common bytes, those to leave out, and how many lines they are."""
    newlines = a.count(b"\n", 0, same)
    if newlines <= _KEPT_LINES + 1:
        return 0, 0
    end = same
    for _ in range(_KEPT_LINES + 1):
        end = a.rindex(b"\n", 0, end)
    return end + 1, newlines - _KEPT_LINES


def _left_out_after(a: bytes, same: int) -> tuple[int, int]:
    newlines = a.count(b"\n", len(a) - same)
    if newlines <= _KEPT_LINES + 1:
        return 0, 0
    start = len(a) - same
    for _ in range(_KEPT_LINES + 1):
        start = a.index(b"\n", start) + 1
    return len(a) - start, newlines - _KEPT_LINES - a.endswith(b"\n")


def _lost_among_absent(presence: list[int], at: int, first: int, last: int) -> bool:
    """Whether a frequent line is too deep among lines that the other text lacks.

    Then the run of absent and frequent lines around it has absent ones on both
    sides, and more than three quarters of it are absent.
    """
    frequent = 2
    absent = 0
    for neighbours in (
        range(at - 1, max(first, at - _NEIGHBOURS) - 1, -1),
        range(at + 1, min(last, at + _NEIGHBOURS) + 1),
    ):
        before = absent
        for i in neighbours:
            if presence[i] == _RARE:
                break
            if presence[i] == _ABSENT:
                absent += 1
            else:
                frequent += 1
        if absent == before:
            return False
    return frequent * 4 < frequent + absent


def _lines_to_compare(
    side: Side, other: Side, head: int, tail: int
) -> list[tuple[int, int]]:
    """(line, number) of those between head and tail; marks the others changed."""
    occurrences: dict[int, int] = {}
    for number in other.numbers:
        occurrences[number] = occurrences.get(number, 0) + 1
    numbers = side.numbers
    frequent = min(rough_root(len(numbers)), _MOST_RARE)
    first, last = head, len(numbers) - tail - 1
    presence = [_ABSENT] * len(numbers)
    for i in range(first, last + 1):
        count = occurrences.get(numbers[i], 0)
        if count:
            presence[i] = _FREQUENT if count >= frequent else _RARE
    kept = []
    for i in range(first, last + 1):
        if presence[i] == _RARE or (
            presence[i] == _FREQUENT
            and not _lost_among_absent(presence, i, first, last)
        ):
            kept.append((i, numbers[i]))
        else:
            side.changed[i] = True
    return kept


def _mark_changes(a: Side, b: Side) -> None:
    shorter = min(len(a.numbers), len(b.numbers))
    head = tail = 0
    while head < shorter and a.numbers[head] == b.numbers[head]:
        head += 1
    while tail < shorter - head and a.numbers[-1 - tail] == b.numbers[-1 - tail]:
        tail += 1
    a_lines = _lines_to_compare(a, b, head, tail)
    b_lines = _lines_to_compare(b, a, head, tail)
    a_changed, b_changed = mark(
        [number for _, number in a_lines], [number for _, number in b_lines]
    )
    for at in a_changed:
        a.changed[a_lines[at][0]] = True
    for at in b_changed:
        b.changed[b_lines[at][0]] = True


def xdiffblocks(a: bytes, b: bytes, /) -> list[Block]:
    """Ranges of equal lines by Myers' algorithm; the last one ends both texts."""
    a, b = plain_bytes(a), plain_bytes(b)
    shorter = min(len(a), len(b))
    same = common_prefix(a, b)
    prefix, prefix_lines = _left_out_before(a, same)
    # The suffix stays clear of the first byte after the prefix.
    same = common_suffix(a, b, max(shorter - same - 1, 0))
    suffix, suffix_lines = _left_out_after(a, same)

    numbers: dict[bytes, int] = {}
    a_side = Side(splitnewlines(a[prefix : len(a) - suffix]), numbers)
    b_side = Side(splitnewlines(b[prefix : len(b) - suffix]), numbers)
    _mark_changes(a_side, b_side)
    compact(a_side, b_side)
    compact(b_side, a_side)

    result = []
    a1 = b1 = 0
    i = j = 0
    a_count, b_count = len(a_side.numbers), len(b_side.numbers)
    while i < a_count or j < b_count:
        if a_side.changed[i] or b_side.changed[j]:
            a2, b2 = prefix_lines + i, prefix_lines + j
            if a2 > a1 or b2 > b1:
                result.append((a1, a2, b1, b2))
            while a_side.changed[i]:
                i += 1
            while b_side.changed[j]:
                j += 1
            a1, b1 = prefix_lines + i, prefix_lines + j
        i += 1
        j += 1
    total = prefix_lines + suffix_lines
    result.append((a1, a_count + total, b1, b_count + total))
    return result
