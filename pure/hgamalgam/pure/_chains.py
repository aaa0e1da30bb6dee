# SPDX-License-Identifier: GPL-2.0-or-later
"""Questions about an index's delta chains (contract section 2.8)."""

from __future__ import annotations

from typing import Protocol

NULL = -1


class Records(Protocol):
    """What of an index the chains are read from."""

    def _base(self, rev: int) -> int: ...
    def _length(self, rev: int) -> int: ...
    def _start(self, rev: int) -> int: ...
    def _parents_of(self, rev: int) -> tuple[int, int]: ...


def chain(
    index: Records, rev: int, stop: int | None, general: bool, skip_empty: bool
) -> tuple[list[int], bool]:
    """The revisions whose deltas make up `rev`, ascending, and if `stop` ended it.

    Without `general` a delta is against the revision before. With `skip_empty`
    empty deltas are left out.
    """
    found = []
    base = index._base(rev)
    while rev not in (base, stop):
        if not skip_empty or index._length(rev) > 0:
            found.append(rev)
        rev = base if general else rev - 1
        if rev < 0:
            break
        base = index._base(rev)
    stopped = rev == stop
    if not stopped:
        found.append(rev)
    found.reverse()
    return found, stopped


def is_snapshot(index: Records, rev: int) -> bool:
    """Whether `rev` is a full text, or a delta that leads to one by no parent."""
    while rev != NULL:
        base = index._base(rev)
        if base in (rev, NULL):
            return True
        for parent in index._parents_of(rev):
            if base == _skip_empty(index, parent):
                return False
        rev = base
    return True


def _skip_empty(index: Records, rev: int) -> int:
    """The revision that stores the text of `rev`."""
    while rev != NULL and index._length(rev) == 0:
        base = index._base(rev)
        if base == rev:
            break
        rev = base
    return rev


class Gap:
    """Data between two revisions of a chain that do not belong to it."""

    __slots__ = ("place", "size")

    def __init__(self, size: int, place: int) -> None:
        self.size = size
        self.place = place  # in the chain, of the revision behind


def slices(
    index: Records, revs: list[int], density: float, min_gap: int, record_gap: int
) -> list[list[int]] | None:
    """Cut a chain so that `density` of what is read is its own; None for no cut.

    min_gap: a smaller gap, in bytes, is read all the same
    record_gap: bytes of index before each revision's data, if they are in between
    """
    if len(revs) <= 1:
        return None
    first, last = revs[0], revs[-1]
    start, end = index._start(first), index._start(last)
    if end < start:
        raise ValueError(
            "corrupted revlog index: inconsistent offset between revisions "
            f"({first}) and ({last})"
        )
    lengths = [index._length(rev) for rev in revs]
    span = end - start + lengths[-1] + (last - first) * record_gap
    payload = sum(lengths)
    if span <= min_gap or _density(payload, span) >= density:
        return None

    gaps = []
    end = NULL
    for place, (rev, length) in enumerate(zip(revs, lengths)):
        if not length:
            continue
        start = index._start(rev) + rev * record_gap
        if end >= 0 and start - end > min_gap:
            gaps.append(Gap(start - end, place))
        end = start + length
    if not gaps:
        return None

    # Leave the largest out, until the rest is dense enough.
    gaps.sort(key=lambda gap: (gap.size, gap.place), reverse=True)
    cuts = []
    for gap in gaps:
        cuts.append(gap.place)
        span -= gap.size
        if _density(payload, span) >= density:
            break

    found = []
    begin = 0
    for cut in [*sorted(cuts), len(revs)]:
        end = cut
        # Empty ones at the end need no reading; but a chain has a first one.
        while end > max(begin, 1) and not lengths[end - 1]:
            end -= 1
        if begin < end:
            found.append(revs[begin:end])
        begin = cut
    return found


def _density(payload: int, span: int) -> float:
    return payload / span if span > 0 else 1.0
