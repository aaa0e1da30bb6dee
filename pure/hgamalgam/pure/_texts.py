# SPDX-License-Identifier: GPL-2.0-or-later
"""Texts as lines, and what two of them have in common."""

from __future__ import annotations

# Lines a1..a2 of one text equal lines b1..b2 of the other.
Block = tuple[int, int, int, int]


def splitnewlines(text: bytes, /) -> list[bytes]:
    """Lines with their newlines, split after newlines only."""
    lines = [line + b"\n" for line in bytes.split(text, b"\n")]
    if lines[-1] == b"\n":
        lines.pop()
    else:
        lines[-1] = lines[-1][:-1]
    return lines


def common_prefix(a: bytes, b: bytes) -> int:
    """The number of bytes at the start that are the same."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def common_suffix(a: bytes, b: bytes, most: int) -> int:
    """The number of bytes at the end, up to `most`, that are the same."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if a[len(a) - middle : len(a) - low] == b[len(b) - middle : len(b) - low]:
            low = middle
        else:
            high = middle - 1
    return low
