# SPDX-License-Identifier: GPL-2.0-or-later
"""What deltas add up to, without applying them (contract section 8, `deltas`).

Mercurial 7.2 asks this when it looks for a base to store a delta against.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

# Before the bytes of each piece: start and end of what it replaces, their number.
_HEADER = struct.Struct(">lll")


class DeltaPiece(NamedTuple):
    """Bytes start..old_end replaced by `size` others."""

    start: int
    old_end: int
    size: int

    @property
    def new_end(self) -> int:
        """Where the new bytes end, if nothing before them moves."""
        return self.start + self.size

    @property
    def offset(self) -> int:
        """How far what follows moves."""
        return self.size - (self.old_end - self.start)

    @property
    def storage_size(self) -> int:
        """Bytes of the piece in a delta."""
        return _HEADER.size + self.size

    def offsetted(self, offset: int) -> DeltaPiece:
        """The same, `offset` bytes further on."""
        return DeltaPiece(self.start + offset, self.old_end + offset, self.size)


class Delta:
    """Pieces in ascending order, of which no two overlap."""

    __slots__ = ("_pieces",)

    def __init__(self, pieces: Sequence[DeltaPiece]) -> None:
        self._pieces = pieces

    @classmethod
    def from_bytes(cls, binary: bytes) -> Delta:
        """The delta as bdiff writes it; ValueError if it is none."""
        pieces = []
        position = 0
        try:
            while position < len(binary):
                piece = DeltaPiece(*_HEADER.unpack_from(binary, position))
                if piece.size < 0:
                    raise ValueError("a delta's piece of negative size")
                pieces.append(piece)
                position += piece.storage_size
        except struct.error:
            raise ValueError("a delta is cut off") from None
        return cls(pieces)

    def __repr__(self) -> str:
        pieces = [tuple(piece) for piece in self._pieces]
        return f"Delta(size={self.storage_size}, {pieces})"

    @property
    def storage_size(self) -> int:
        """Bytes of the delta."""
        return sum([piece.storage_size for piece in self._pieces])

    def combine(self, other: Delta) -> Delta:
        """The delta that does what this and then `other` does.

        Pieces of the two that meet become one, so it can be larger than need be:
        what one writes and the other takes back is in it.
        """
        return Delta(list(_combined(iter(self._pieces), iter(other._pieces))))


def _combined(
    first: Iterator[DeltaPiece], second: Iterator[DeltaPiece]
) -> Iterator[DeltaPiece]:
    """Go through the text between both deltas, which the first one made.

    There a piece of `first` is what it wrote, a piece of `second` what it replaces.
    """
    made = next(first, None)
    replaced = next(second, None)
    # How much further on the place we are at is than in the text before.
    moved = 0
    while made is not None and replaced is not None:
        if made.new_end + moved < replaced.start:
            yield made
            moved += made.offset
            made = next(first, None)
            continue
        if replaced.old_end < made.start + moved:
            yield replaced.offsetted(-moved)
            replaced = next(second, None)
            continue
        # They meet. From here on whatever touches them belongs to them.
        start = end = min(made.start + moved, replaced.start)
        before = moved
        grown = 0
        while True:
            if made is not None and made.start + moved <= end:
                end = max(end, made.new_end + moved)
                moved += made.offset
                made = next(first, None)
            elif replaced is not None and replaced.start <= end:
                end = max(end, replaced.old_end)
                grown += replaced.offset
                replaced = next(second, None)
            else:
                break
        yield DeltaPiece(start - before, end - moved, end - start + grown)
    if made is not None:
        yield made
        yield from first
    if replaced is not None:
        yield replaced.offsetted(-moved)
        for piece in second:
            yield piece.offsetted(-moved)


def estimate_combined_deltas_size(deltas: Sequence[bytes]) -> int:
    """At most how many bytes a delta has that does what all of them do in turn."""
    pieces = [Delta.from_bytes(delta) for delta in deltas if delta]
    if not pieces:
        return 0
    # A text's last change is the small one most often: begin there.
    combined = pieces.pop()
    while pieces:
        combined = pieces.pop().combine(combined)
    return combined.storage_size


def optimize_base(
    delta: bytes, next_deltas: Iterable[tuple[int, bytes]], max_size: int
) -> int | None:
    """The furthest revision that a delta can be against and stay small enough.

    delta: against some revision
    next_deltas: that revision's base and its delta, that one's, and so on
    max_size: of the delta, in bytes
    """
    if not delta:
        # It cannot get smaller.
        return None
    combined = Delta.from_bytes(delta)
    best = None
    for base, earlier in next_deltas:
        combined = Delta.from_bytes(earlier).combine(combined)
        if combined.storage_size > max_size:
            break
        best = base
    return best
