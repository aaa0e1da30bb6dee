# SPDX-License-Identifier: GPL-2.0-or-later
"""Deltas applied (contract section 2.3).

A delta is a list of hunks: bytes start..end of a text give way to the hunk's
data. A chain of deltas is folded into one before the text is touched, by halves,
so that the work is proportional to the hunks and not to the text.
"""

from __future__ import annotations

import struct

from ._arguments import as_long, immutable, plain_bytes

_HEADER = struct.Struct(">lll")


class mpatchError(Exception):
    """A delta cannot be decoded, or does not fit the text."""


# start, end, data
_Hunk = tuple[int, int, bytes]


def _decode(delta: bytes) -> list[_Hunk]:
    hunks = []
    position, end = 0, len(delta)
    while position < end:
        data = position + 12
        if data > end:
            raise mpatchError("patch cannot be decoded")
        first, last, length = _HEADER.unpack_from(delta, position)
        position = data + length
        if first < 0 or first > last or length < 0 or position > end:
            raise mpatchError("patch cannot be decoded")
        hunks.append((first, last, delta[data:position]))
    return hunks


class _Below:
    """The hunks of the lower of two deltas, used up from the front."""

    def __init__(self, hunks: list[_Hunk]) -> None:
        self.hunks = hunks
        self.next = 0
        # How far the hunks used up have moved what follows them.
        self.shift = 0

    def take_until(self, cut: int, kept: list[_Hunk] | None) -> None:
        """Use up what lies before `cut`, a position in the text above.

        The hunk across it is cut in two. They go to `kept`, if that is given.
        """
        hunks, shift = self.hunks, self.shift
        while self.next < len(hunks):
            start, end, data = hunk = hunks[self.next]
            inserted = cut - start - shift
            if inserted <= 0:
                break
            if len(data) <= inserted:
                shift += start - end + len(data)
                if kept is not None:
                    kept.append(hunk)
                self.next += 1
                continue
            consumed = min(cut - shift, end)
            shift += start + inserted - consumed
            if kept is not None:
                kept.append((start, consumed, data[:inserted]))
            hunks[self.next] = (consumed, end, data[inserted:])
            break
        self.shift = shift


def _combine(lower: list[_Hunk], upper: list[_Hunk]) -> list[_Hunk]:
    """One delta that does what `lower` and then `upper` do."""
    below = _Below(lower)
    result: list[_Hunk] = []
    for start, end, data in upper:
        below.take_until(start, result)
        start -= below.shift
        below.take_until(end, None)
        result.append((start, end - below.shift, data))
    result.extend(below.hunks[below.next :])
    return result


def _fold(deltas: list[list[_Hunk]]) -> list[_Hunk]:
    if len(deltas) == 1:
        return deltas[0]
    middle = len(deltas) // 2
    return _combine(_fold(deltas[:middle]), _fold(deltas[middle:]))


def patches(text: bytes, bins: list[bytes], /) -> bytes:
    """The text after each delta in turn; mpatchError for a bad delta."""
    if not isinstance(bins, list):
        raise TypeError(f"patches() argument 2 must be list, not {type(bins).__name__}")
    if not bins:
        return text
    text = bytes(immutable(text))
    deltas = [bytes(immutable(delta)) for delta in bins]
    result = []
    last = 0
    for start, end, data in _fold([_decode(delta) for delta in deltas]):
        if start < last or end < 0 or max(start, end) > len(text):
            raise mpatchError("invalid patch")
        result.append(text[last:start])
        result.append(data)
        last = end
    result.append(text[last:])
    return b"".join(result)


def patchedsize(orig: int, delta: bytes, /) -> int:
    """The size that a text of `orig` bytes has after the delta.

    The delta's ranges are not checked against it.
    """
    orig = as_long(orig)
    delta = plain_bytes(delta)
    size, last = 0, 0
    position, bound = 0, len(delta)
    while position < bound:
        if position + 12 > bound:
            raise mpatchError("patch cannot be decoded")
        start, end, length = _HEADER.unpack_from(delta, position)
        position += 12 + length
        if start > end or length < 0 or position > bound:
            raise mpatchError("patch cannot be decoded")
        size += start - last + length
        last = end
    return orig + size - last
