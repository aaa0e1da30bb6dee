# SPDX-License-Identifier: GPL-2.0-or-later
"""Our C index and Mercurial's own, given the same: equal results or errors.

Left out is what test_differential_parsers.py leaves out.
"""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from modules import parsers_inputs
from modules.differential import (
    DELTA_ARGUMENTS,
    Raised,
    anything,
    common,
    ours,
    outcome,
    seeds,
    small_ints,
    stock,
)
from modules.parsers_inputs import CHANGELOG_V2, NULL_NODE, V1, V2


class Pair:
    """The same index, ours and stock's."""

    def __init__(self, seed: int, count: int, format: int, inline: bool) -> None:
        self.random = random.Random(seed)
        self.format = format
        self.stripped = False
        self.entries = parsers_inputs.random_entries(self.random, count, format)
        self.inline = inline
        self.extra = ()
        if DELTA_ARGUMENTS:
            self.extra = self.random.random() < 0.7, self.random.random() < 0.5
        self.mine, mine_cache = self.open(ours, inline)
        self.theirs, cache = self.open(stock, inline)
        assert mine_cache == cache

    def open(self, module: Any, inline: bool) -> Any:
        data = parsers_inputs.pack_index(self.entries, self.format, inline)
        keywords = {} if self.format == V1 else {"format": self.format}
        result = module.parse_index2(data, inline, *self.extra, **keywords)
        assert not inline or result[1][1] is data
        return result

    def same(self, name: str, *args: Any) -> Any:
        mine = outcome(getattr(self.mine, name), *args)
        assert mine == outcome(getattr(self.theirs, name), *args), (name, args)
        return mine

    def rev(self) -> int:
        return self.random.randrange(len(self.theirs)) if len(self.theirs) else -1

    def revs(self, most: int) -> list[int]:
        return [self.rev() for _ in range(self.random.randrange(1, most))]

    def append(self, count: int) -> None:
        first = len(self.entries)
        for entry in parsers_inputs.random_entries(
            self.random, count, self.format, first
        ):
            self.entries.append(entry)
            assert outcome(self.mine.append, tuple(entry)) is None
            assert outcome(self.theirs.append, tuple(entry)) is None

    def strip(self, start: int) -> None:
        del self.mine[start:-1]
        del self.theirs[start:-1]
        del self.entries[start:]
        self.stripped = True

    def check_entries(self) -> None:
        assert len(self.mine) == len(self.theirs) == len(self.entries)
        assert list(self.mine) == list(self.theirs)
        assert self.mine[-1] == self.theirs[-1]
        for rev in (-2, len(self.entries), len(self.entries) + 5):
            self.same("__getitem__", rev)
        for _ in range(5):
            self.same("entry_binary", self.random.randrange(-2, len(self.mine) + 2))
        self.same("pack_header", 65537)

    def check_nodes(self) -> None:
        probes = (
            [self.random.choice(self.entries).node for _ in range(8)]
            + [
                NULL_NODE,
                self.random.randbytes(20),
                b"short",
            ]
            if self.entries
            else [NULL_NODE, b"short"]
        )
        for node in probes:
            for name in ("rev", "get_rev", "get", "has_node", "__getitem__"):
                self.same(name, node)
            assert outcome(lambda n=node: n in self.mine) == outcome(
                lambda n=node: n in self.theirs
            )
        theirs = self.theirs
        if self.stripped:
            # Mercurial's trie keeps the shape that what is gone had given it:
            # prefixes stay ambiguous, and get too long
            theirs = self.open(stock, False)[0]
        for node in probes:
            assert outcome(self.mine.shortest, node) == outcome(theirs.shortest, node)
            digits = node.hex().encode()
            for length in (0, 1, 2, 3, 5, 16, 17, 39, 40, 41):
                mine = outcome(self.mine.partialmatch, digits[:length])
                assert mine == outcome(theirs.partialmatch, digits[:length])
        for number in (-2, -1, 0, len(self.entries) - 1, len(self.entries)):
            self.same("has_node", number)

    def check_dag(self) -> None:
        length = len(self.entries)
        self.same("headrevs")
        hidden = frozenset(self.revs(length // 3 + 2))
        self.same("headrevs", hidden)
        self.same("headrevs", hidden)
        self.same("headrevs", list(hidden))
        self.same("headrevs", 5)
        stop = self.random.randrange(length + 1)
        self.same("headrevs", None, stop)
        self.same("headrevs", hidden, stop)
        for _ in range(3):
            begin, end = sorted(
                (self.random.randrange(length + 1), self.random.randrange(length + 1))
            )
            self.same("headrevsdiff", begin, end)
        roots = {
            phase: set(self.revs(4))
            for phase in (1, 2, 32, 96)
            if self.random.random() < 0.5 and length
        }
        self.same("computephasesmapsets", roots)
        for _ in range(4):
            low = self.random.choice((-1, 0, self.rev(), self.rev() // 2))
            heads, roots_ = self.revs(5), [*self.revs(8), length + 7, -1]
            for path in (False, True):
                mine = outcome(self.mine.reachableroots2, low, heads, roots_, path)
                theirs = outcome(self.theirs.reachableroots2, low, heads, roots_, path)
                if not isinstance(theirs, Raised):
                    mine, theirs = sorted(mine), sorted(theirs)
                assert mine == theirs
        self.same("reachableroots2", 0, [length], [], True)
        for _ in range(6):
            revs = self.revs(self.random.choice((3, 4, 9, 40)))
            if self.random.random() < 0.1:
                revs.append(self.random.choice((-1, -2, length)))
            self.same("commonancestorsheads", *revs)
            self.same("ancestors", *revs)

    def check_deltas(self) -> None:
        for _ in range(6):
            rev = self.random.choice((self.rev(), self.rev(), -1, len(self.entries)))
            stop = self.random.choice((None, -1, self.rev(), self.rev() // 2, b"x"))
            arguments = (rev, stop)
            if not DELTA_ARGUMENTS:
                arguments = (rev, stop, self.random.randrange(2))
            chain = self.same("deltachain", *arguments)
            if not isinstance(chain, Raised):
                for density in (0.1, 0.5, 0.9):
                    self.same(
                        "slicechunktodensity",
                        chain[0],
                        density,
                        self.random.choice((0, 10, 1000)),
                    )
        many = sorted(set(self.revs(60)))
        for density in (0.05, 0.5, 0.99):
            self.same("slicechunktodensity", many, density, 20)
        self.same("slicechunktodensity", [0, len(self.entries)], 0.5, 0)
        first = 0 if DELTA_ARGUMENTS else -1
        for rev in range(first, min(len(self.entries), 60) + 1):
            self.same("issnapshot", rev)
        bounds = (self.random.randrange(-2, len(self.entries) + 2), self.rev() + 1)
        caches: tuple[Any, Any] = ({}, {})
        assert self.mine.findsnapshots(caches[0], *bounds) == self.theirs.findsnapshots(
            caches[1], *bounds
        )
        assert caches[0] == caches[1]

    def check(self) -> None:
        self.check_entries()
        self.check_nodes()
        self.check_dag()
        self.check_deltas()


layouts = st.sampled_from(
    [(V1, False), (V1, True), (V2, False), (V2, True), (CHANGELOG_V2, False)]
)


@common
@given(seeds, st.integers(0, 120), layouts)
def test_index(seed: int, count: int, layout: tuple[int, bool]) -> None:
    pair = Pair(seed, count, *layout)
    pair.check()
    for _ in range(3):
        if pair.random.random() < 0.5:
            pair.append(pair.random.randrange(30))
        else:
            pair.strip(pair.random.randrange(len(pair.entries) + 1))
        pair.check()
        # An inline index of stock's finds its records anew after this, and writes
        # out of bounds if some were stripped before it does.
        if pair.random.random() < 0.2 and not (pair.inline and pair.stripped):
            pair.mine.clearcaches()
            pair.theirs.clearcaches()
            pair.check_entries()


@settings(common, max_examples=parsers_inputs.cases(8))
@given(seeds, st.integers(500, 2000), layouts)
def test_large_index(seed: int, count: int, layout: tuple[int, bool]) -> None:
    pair = Pair(seed, count, *layout)
    pair.check_dag()
    pair.check_deltas()
    pair.check_nodes()
    pair.append(pair.random.randrange(300))
    pair.check_dag()
    pair.check_nodes()
    pair.strip(pair.random.randrange(count))
    pair.check_dag()
    pair.check_nodes()


@common
@given(seeds, st.integers(1, 40))
def test_corrupt_parents(seed: int, count: int) -> None:
    """Parents out of range are errors, not reads out of bounds."""
    chance = random.Random(seed)
    entries = parsers_inputs.random_entries(chance, count)
    for rev in range(count):
        if chance.random() < 0.5:
            bad = chance.choice((count, -2, 2**31 - 1, -(2**31), count + 1000))
            entries[rev] = entries[rev]._replace(p2=bad)
    data = parsers_inputs.pack_index(entries, V1, False)
    extra = (True, False) if DELTA_ARGUMENTS else ()
    mine = ours.parse_index2(data, False, *extra)[0]
    theirs = stock.parse_index2(data, False, *extra)[0]
    assert list(mine) == list(theirs)
    every = list(range(count))
    for name, arguments in (
        ("headrevs", ()),
        ("computephasesmapsets", ({1: {0}},)),
        ("reachableroots2", (0, every, every, True)),
    ):
        mine_result = outcome(getattr(mine, name), *arguments)
        theirs_result = outcome(getattr(theirs, name), *arguments)
        if isinstance(theirs_result, list):
            mine_result, theirs_result = sorted(mine_result), sorted(theirs_result)
        assert mine_result == theirs_result


@common
@given(st.binary(max_size=300), st.booleans(), st.sampled_from([V1, V2, CHANGELOG_V2]))
def test_any_bytes(data: bytes, inline: bool, format: int) -> None:
    """What is no index is refused alike; what happens to be one reads alike."""
    extra = (True, False) if DELTA_ARGUMENTS else ()
    results = []
    for module in ours, stock:
        result = outcome(module.parse_index2, data, inline, *extra, format=format)
        results.append(result if isinstance(result, Raised) else list(result[0]))
    assert results[0] == results[1]


entries_like = st.tuples(
    *[st.integers(-(2**33), 2**65) | st.none() for _ in range(7)],
    st.binary(min_size=20, max_size=20) | anything,
    *[st.integers(-(2**33), 2**65) for _ in range(2)],
    *[st.sampled_from([0, 1, 2, 3, 258, None]) for _ in range(2)],
    small_ints,
)


@common
@given(entries_like | st.tuples(small_ints) | st.lists(small_ints), layouts)
def test_append_anything(entry: Any, layout: tuple[int, bool]) -> None:
    format, inline = layout
    extra = (True, False) if DELTA_ARGUMENTS else ()
    mine = ours.parse_index2(b"", inline, *extra, format=format)[0]
    theirs = stock.parse_index2(b"", inline, *extra, format=format)[0]
    assert outcome(mine.append, entry) == outcome(theirs.append, entry)
    assert list(mine) == list(theirs)


@common
@given(seeds, st.integers(1, 80))
def test_nodetree(seed: int, count: int) -> None:
    chance = random.Random(seed)
    entries = parsers_inputs.random_entries(chance, count)
    data = parsers_inputs.pack_index(entries, V1, False)
    extra = (True, False) if DELTA_ARGUMENTS else ()
    indexes = [module.parse_index2(data, False, *extra)[0] for module in (ours, stock)]
    mine = ours.nodetree(indexes[0], count)
    theirs = stock.nodetree(indexes[1], count)
    for _ in range(40):
        rev = chance.randrange(-1, count + 1)
        if chance.random() < 0.5:
            assert outcome(mine.insert, rev) == outcome(theirs.insert, rev)
        else:
            node = entries[rev].node if rev < count else chance.randbytes(20)
            assert outcome(mine.shortest, node) == outcome(theirs.shortest, node)


@common
@given(seeds, st.integers(0, 60), st.sampled_from([V2, CHANGELOG_V2]))
def test_replace_sidedata(seed: int, count: int, format: int) -> None:
    pair = Pair(seed, count, format, False)
    pair.append(5)
    for _ in range(6):
        pair.same(
            "replace_sidedata_info",
            pair.random.randrange(-1, len(pair.entries) + 1),
            pair.random.randrange(1 << 50),
            pair.random.randrange(1 << 20),
            pair.random.randrange(1 << 60),
            pair.random.randrange(4),
        )
    assert list(pair.mine) == list(pair.theirs)
