# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows of benches/modules.py: graph walks, on histories of several shapes.

The same rows serve the index in C and the one in Rust, and the walks of `rustext`
over either: what differs is how an index is opened.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any, Callable

from rows import Row, once
from shapes import REVISIONS, SHAPES, index_of

# An index of the module under test from the bytes of an index file.
Open = Callable[[ModuleType, bytes], Any]
TIP = REVISIONS - 1
HALF = REVISIONS // 2


def near_tip(count: int, distance: int) -> list[tuple[int, int]]:
    chance = random.Random(67)
    return [
        (TIP - chance.randrange(distance), TIP - chance.randrange(distance))
        for _ in range(count)
    ]


def index_rows(open_index: Open) -> Iterator[Row]:
    """The graph methods of an index."""
    for shape in SHAPES:
        yield from index_rows_of(shape, open_index)


def index_rows_of(shape: str, open_index: Open) -> Iterator[Row]:
    def fresh(m: ModuleType) -> Any:
        return open_index(m, index_of(shape))

    shared = once(fresh)
    near, far = near_tip(9, 99), near_tip(4, 20_000)
    phases = {1: {HALF}, 2: {TIP - 99}}

    def row(
        name: str,
        call: Callable[[Any], Any],
        prepare: Callable[[ModuleType], Any] = shared,
        outcome: Callable[[Any], Any] = lambda result: result,
    ) -> Row:
        return Row(f"{name}, {shape}", lambda _, index: call(index), prepare, outcome)

    yield row("headrevs, first", lambda i: i.headrevs(), fresh)
    yield row("headrevs, filtered", lambda i: i.headrevs(frozenset([5])), fresh)
    yield row("headrevsdiff, half", lambda i: i.headrevsdiff(HALF, TIP))
    yield row(
        "computephasesmapsets, half", lambda i: i.computephasesmapsets(dict(phases))
    )
    for name, low in (("all", 0), ("half", HALF)):
        yield row(
            f"reachableroots2, {name}",
            lambda i, low=low: i.reachableroots2(low, [TIP], [low], False),  # type: ignore[misc]
        )
        yield row(
            f"reachableroots2, {name}, path",
            lambda i, low=low: i.reachableroots2(low, [TIP], [low], True),  # type: ignore[misc]
            outcome=sorted,
        )
    for name, pairs in (("near", near), ("far", far)):
        yield row(
            f"ancestors, {name}",
            lambda i, pairs=pairs: [i.ancestors(*two) for two in pairs],  # type: ignore[misc]
        )
        yield row(
            f"commonancestorsheads, {name}",
            lambda i, pairs=pairs: [i.commonancestorsheads(*two) for two in pairs],  # type: ignore[misc]
        )


def walk_rows(over: str, open_index: Open) -> Iterator[Row]:
    """`ancestor`, `dagop` and `discovery` of `rustext` over an index; `over` says
    which, in the rows' names."""
    for shape in SHAPES:
        for name, call, prepare in walks(shape, open_index):
            yield Row(f"{name}{over}, {shape}", call, prepare)


Walk = tuple[str, Callable[[ModuleType, Any], Any], Callable[[ModuleType], Any]]


def walks(shape: str, open_index: Open) -> Iterator[Walk]:
    index = once(lambda m: open_index(m, index_of(shape)))
    some = random.Random(71).sample(range(REVISIONS), 20_000)
    near = near_tip(500, 200)

    def lazy(m: ModuleType) -> Any:
        return m.ancestor.LazyAncestors(index(m), [TIP], 0, True)

    def missing(m: ModuleType, bases: Any) -> Any:
        return m.ancestor.MissingAncestors(index(m), bases)

    def removed(m: ModuleType, state: Any) -> Any:
        found, revs = state
        found.removeancestorsfrom(revs)
        return revs

    def discovery(m: ModuleType) -> Any:
        repo = SimpleNamespace(changelog=SimpleNamespace(index=index(m)))
        found = m.discovery.PartialDiscovery(repo, [TIP], True, False)
        found.addcommons([TIP - 20_000])
        return found

    def exchange(m: ModuleType, found: Any) -> Any:
        """All questions to a peer that lacks the last 1000 revisions."""
        while not found.iscomplete():
            sample = found.takefullsample([], 200)
            found.addinfo([(rev, rev < TIP - 1000) for rev in sample])
        return found.commonheads()

    yield "LazyAncestors, iter", lambda m, it: list(it), lazy
    yield "in LazyAncestors", lambda m, it: [rev in it for rev in some], lazy
    yield (
        "missingancestors, half",
        lambda m, found: found.missingancestors([TIP]),
        lambda m: missing(m, [HALF]),
    )
    yield (
        "missingancestors, near",
        lambda m, _: [missing(m, [a]).missingancestors([b]) for a, b in near],
        index,
    )
    yield (
        "removeancestorsfrom",
        removed,
        lambda m: (missing(m, [TIP - 9]), set(range(HALF, TIP, 3))),
    )
    yield (
        "basesheads",
        lambda m, found: found.basesheads(),
        lambda m: missing(m, range(HALF)),
    )
    yield (
        "dagop.headrevs, all",
        lambda m, i: m.dagop.headrevs(i, list(range(REVISIONS))),
        index,
    )
    yield "discovery, whole exchange", exchange, discovery
