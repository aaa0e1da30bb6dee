# SPDX-License-Identifier: GPL-2.0-or-later
"""Questions about a graph of revisions (contract section 2.8).

What looks at every revision takes a graph: two arrays, of first and of second
parents by revision. What walks from some revisions takes a function from revision
to both parents. -1 is null, the parent of roots. A parent's number is lower than
its child's: where that must hold for a walk to end, ValueError if it does not.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Sequence
from heapq import heapify, heappop, heappush
from operator import index
from typing import Callable, NamedTuple

NULL = -1
# More than so many starting points of a walk are left to Mercurial.
MOST_STARTS = 24
# The phases above public.
_PHASES = (1, 2, 32, 96)


Parents = Callable[[int], tuple[int, int]]


class Graph(NamedTuple):
    """The first and the second parent of each revision."""

    p1s: array[int]
    p2s: array[int]


def heads(graph: Graph, stop: int) -> list[int]:
    """The revisions below `stop` without a child there, ascending."""
    p1s, p2s = graph
    return sorted(set(range(stop)).difference(p1s[:stop], p2s[:stop]))


def unfiltered_heads(
    graph: Graph, stop: int, is_filtered: Callable[[int], object]
) -> list[int]:
    """The same, as if filtered revisions were not there."""
    p1s, p2s = graph
    # By revision; a place more, where null's mark goes.
    covered = bytearray(stop + 1)
    found = []
    for rev in range(stop - 1, -1, -1):
        if not covered[rev]:
            if _is_hidden(is_filtered, rev):
                continue
            found.append(rev)
        covered[p1s[rev]] = covered[p2s[rev]] = 1
    found.reverse()
    return found


def _is_hidden(is_filtered: Callable[[int], object], rev: int) -> bool:
    try:
        return bool(is_filtered(rev))
    except MemoryError:
        raise
    except Exception:
        raise TypeError("unable to check filter") from None


def heads_diff(parents: Parents, begin: int, end: int) -> tuple[list[int], list[int]]:
    """Which heads revisions begin..end-1 removed and added, both descending."""
    # Parents of what was visited.
    covered: set[int] = set()
    added = []
    for rev in range(end - 1, begin - 1, -1):
        if rev not in covered:
            added.append(rev)
        covered.update(parents(rev))
    # Of the older ones that got children, heads were those without an older child:
    # such a child, met first on the way down, strikes its parents out.
    older = {rev for rev in covered if 0 <= rev < begin}
    removed = []
    for rev in range(begin - 1, -1, -1):
        if not older:
            break
        if rev in older:
            older.remove(rev)
            removed.append(rev)
        older.difference_update(parents(rev))
    if begin == 0 < end:
        removed.append(NULL)
    return removed, added


def phases_of_roots(roots: dict[int, set[int]], length: int) -> tuple[bytearray, int]:
    """The phase of each revision, as if only roots had one, and the lowest root.

    There is a place more, for null, which is public.
    """
    phases = bytearray(length + 1)
    lowest = length
    for phase in _PHASES:
        for root in map(index, _phase_roots(roots, phase)):
            if not 0 <= root < length:
                raise ValueError(f"phase root out of range: {root}")
            phases[root] = phase
            lowest = min(lowest, root)
    return phases, lowest


def inherit_phases(graph: Graph, phases: bytearray, first: int) -> None:
    """Raise the phases from revision `first` on to those of the parents."""
    p1s, p2s = graph
    for rev in range(first, len(phases) - 1):
        phases[rev] = max(phases[rev], phases[p1s[rev]], phases[p2s[rev]])


def phase_sets(phases: bytearray, first: int) -> dict[int, set[int]]:
    """The revisions from `first` on in each phase above public."""
    sets: dict[int, set[int]] = {phase: set() for phase in _PHASES}
    add = {phase: revs.add for phase, revs in sets.items()}
    for rev in range(first, len(phases) - 1):
        phase = phases[rev]
        if phase:
            add[phase](rev)
    return sets


def _phase_roots(roots: dict[int, set[int]], phase: int) -> set[int]:
    found = roots.get(phase, set())
    if not isinstance(found, (set, frozenset)):
        raise TypeError("roots must be a set of nodes")
    return found


def reachable_roots(
    parents: Parents,
    lowest: int,
    heads: Iterable[int],
    roots: Collection[int],
    include_path: bool,
) -> list[int]:
    """The roots that `heads` descend from; with `include_path`, all in between.

    Looks at no revision below `lowest`. Roots that are none are left out.
    """
    wanted = set(roots)
    seen = set(heads)
    visit = list(seen)
    reachable = set()
    while visit:
        rev = visit.pop()
        if rev in wanted:
            reachable.add(rev)
            if not include_path:
                continue
        if rev == NULL:
            continue
        for parent in parents(rev):
            if parent >= lowest and parent not in seen:
                seen.add(parent)
                visit.append(parent)
    if include_path and reachable:
        # Upwards, so that what is reachable passes it on.
        for rev in sorted(rev for rev in seen if rev >= max(lowest, 0)):
            if not reachable.isdisjoint(parents(rev)):
                reachable.add(rev)
    return list(reachable)


# Walks for common ancestors carry a mask of the starts that a revision is an
# ancestor of, and go through the revisions downwards.


def common_heads(parents: Parents, starts: Sequence[int]) -> list[int]:
    """The heads of what is an ancestor of all `starts`, descending."""
    everyone = (1 << len(starts)) - 1
    # In the masks of what lies below a common ancestor already found.
    below_found = 1 << len(starts)
    masks = {rev: 1 << i for i, rev in enumerate(starts)}
    # A heap gives the lowest first.
    pending = [-rev for rev in masks]
    heapify(pending)
    # How many pending revisions are not below one found.
    candidates = len(pending)
    found = []
    while candidates:
        rev = -heappop(pending)
        mask = masks[rev]
        if mask < below_found:
            candidates -= 1
            if mask == everyone:
                found.append(rev)
                if rev in starts:
                    break
                mask |= below_found
        for parent in parents(rev):
            if parent == NULL:
                continue
            if parent >= rev:
                raise ValueError("parent out of range")
            before = masks.get(parent, 0)
            after = masks[parent] = before | mask
            if not before:
                heappush(pending, -parent)
                candidates += after < below_found
            elif before < below_found <= after:
                candidates -= 1
    return found


def deepest(parents: Parents, revs: Iterable[int]) -> list[int]:
    """Those of `revs` that are furthest from a root, by the longest way."""
    starts = sorted(revs)
    # The longest way down from a start to a revision, and from which starts.
    depths = dict.fromkeys(starts, 1)
    masks = {rev: 1 << i for i, rev in enumerate(starts)}
    pending = [-rev for rev in starts]
    heapify(pending)
    # How many pending revisions have each mask. With one mask left, no start that
    # is not in it can still turn out deeper.
    census = dict.fromkeys(masks.values(), 1)
    while len(census) > 1 and pending:
        rev = -heappop(pending)
        depth, mask = depths[rev] + 1, masks[rev]
        for parent in parents(rev):
            if parent == NULL:
                continue
            if parent >= rev:
                raise ValueError("parent out of range")
            before_depth, before = depths.get(parent, 0), masks.get(parent, 0)
            if before_depth > depth:
                continue
            if not before:
                heappush(pending, -parent)
            depths[parent] = depth
            after = mask if before_depth < depth else before | mask
            if after != before:
                masks[parent] = after
                census[after] = census.get(after, 0) + 1
                if before:
                    _forget(census, before)
        _forget(census, mask)
    kept = 0
    for mask in census:
        kept |= mask
    return [rev for i, rev in enumerate(starts) if kept >> i & 1]


def _forget(census: dict[int, int], mask: int) -> None:
    census[mask] -= 1
    if not census[mask]:
        del census[mask]
