# SPDX-License-Identifier: GPL-2.0-or-later
"""`rustext.revlog`, and what `dagop` takes from a changelog-v2.

Held against Mercurial's C index and its Python implementations on random
graphs (contract sections 2.8, 3 and 4).
"""

from __future__ import annotations

import itertools
import random
from types import SimpleNamespace
from typing import Any

import pytest
from mercurial import ancestor
from mercurial.cext import parsers as stock_parsers
from mercurial.revlogutils import nodemap

from hgamalgam import rustext
from modules.parsers_inputs import (
    CHANGELOG_V2,
    V1,
    cases,
    outcome,
    pack_index,
    random_entries,
)
from modules.rust_graphs import (
    C_PARSERS,
    MUTATED,
    c_index,
    graph,
    new_index,
    parents_of,
)

SEEDS = range(cases(40))


@pytest.mark.parametrize("parsers", C_PARSERS.values(), ids=C_PARSERS)
def test_stored_ranks_are_used(parsers: Any) -> None:
    """A changelog-v2 has ranks: only what the greater parent lacks is walked."""
    rng = random.Random(3)
    entries = random_entries(rng, 60, CHANGELOG_V2)
    data = pack_index(entries, CHANGELOG_V2, False)
    index = parsers.parse_index2(data, False, format=CHANGELOG_V2)[0]
    index.rust_ext_compat = 1
    for _ in range(100):
        low, high = sorted(rng.randrange(-1, 60) for _ in range(2))
        missing = ancestor.incrementalmissingancestors(parents_of(entries), [high])
        stored = entries[high].rank if high >= 0 else 0
        expected = 1 + stored + len(missing.missingancestors([low]))
        for parents in ((low, high), (high, low)):
            assert rustext.dagop.rank(index, *parents) == expected
    for parents in ((60, 3), (3, 60), (-2, 3), (-2, -1)):
        with pytest.raises(rustext.GraphError):
            rustext.dagop.rank(index, *parents)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("inline", [False, True])
def test_index_is_as_stocks(seed: int, inline: bool) -> None:
    rng, entries = graph(seed)
    damaged = seed % 4 == 0
    if damaged:
        # A parent that is none: every walk that reads it says so. Stock does
        # not read it where it remembers heads, or is asked of one revision.
        at = rng.randrange(len(entries))
        entries[at] = entries[at]._replace(p1=10_000)
    ours = new_index(entries, inline)
    stock = c_index(stock_parsers, entries, inline)
    first = len(entries)
    more = random_entries(rng, 5, V1, first)
    for turn in ("whole", "appended", "stripped", "appended again"):
        if turn.startswith("appended"):
            for entry in more[len(ours) - first :][:3]:
                ours.append(tuple(entry))
                stock.append(tuple(entry))
        elif turn == "stripped":
            start = rng.randrange(len(ours))
            del ours[start:-1]
            del stock[start:-1]
            first = len(ours)
            more = random_entries(rng, 5, V1, first)
        # After a strip stock's prefixes stay as long as they were.
        prefixes = turn in ("whole", "appended")
        compare(rng, ours, stock, prefixes, damaged)
        if damaged:
            break  # What is damaged may be stripped, or not be read again.


def compare(
    rng: random.Random, ours: Any, stock: Any, prefixes: bool, damaged: bool
) -> None:
    length = len(stock)
    assert len(ours) == length
    assert list(ours) == list(stock)
    assert ours[-1] == stock[-1]

    def same(name: str, *args: Any) -> None:
        expected = outcome(getattr(stock, name), *args)
        found = outcome(getattr(ours, name), *args)
        if not (damaged and found is ValueError):
            assert found == expected, (name, args)

    def rev() -> int:
        return rng.randrange(-1, length + 1)

    nodes = [entry[7] for entry in stock]
    for node in [*nodes[:20], bytes(20), b"x" * 20, b"short"]:
        for name in ("rev", "get_rev", "has_node"):
            same(name, node)
        if prefixes:
            if node in nodes or node == bytes(20):
                same("shortest", node)
            same("partialmatch", node.hex().encode()[: rng.randrange(0, 41)])
        assert outcome(ours.__getitem__, node) == outcome(stock.__getitem__, node)
    for name in ("partialmatch", "rev"):
        same(name, b"g")
        same(name, b"0" * 41)
    for each in {rev() for _ in range(10)} | {-2, length, length + 5}:
        same("issnapshot", each)
        same("entry_binary", each)
        for general in (0, 1):
            same("deltachain", each, rng.choice([None, rev()]), general)
    same("headrevs")
    same("headrevs", {rev() for _ in range(5)})
    same("headrevs", None, rng.randrange(length + 1))
    begin, end = sorted(rng.randrange(length + 1) for _ in range(2))
    same("headrevsdiff", begin, end)
    for count in (0, 1, 2, 3, 5):
        revs = [rng.randrange(-1, length) for _ in range(count)] if length else []
        same("ancestors", *revs)
        same("commonancestorsheads", *revs)
    same("ancestors", length)
    roots = {phase: {r for r in (rev(),) if 0 <= r < length} for phase in (1, 2, 96)}
    same("computephasesmapsets", roots)
    for path in (False, True):
        heads, roots_list = [rev() for _ in range(3)], [rev(), rev()]
        # As callers have it: nothing they name lies below `minroot`.
        minroot = rng.randrange(-1, min([length, *heads, *roots_list]) + 1)
        args = (minroot, heads, roots_list, path)
        expected = outcome(stock.reachableroots2, *args)
        found = outcome(ours.reachableroots2, *args)
        if damaged and found is ValueError:
            continue
        if isinstance(expected, list):
            assert sorted(found) == sorted(expected)
        else:
            assert found == expected
    chain = sorted({rng.randrange(length) for _ in range(12)}) if length else []
    for density, gap in itertools.product((0.1, 0.5, 0.99), (0, 60, 1000)):
        same("slicechunktodensity", chain, density, gap)
    caches: list[dict[int, set[int]]] = [{}, {}]
    results = [
        outcome(index.findsnapshots, cache, 0, length)
        for index, cache in zip((ours, stock), caches)
    ]
    assert damaged or results[0] == results[1]
    if results == [None, None]:
        assert caches[0] == caches[1]


@pytest.mark.parametrize("seed", SEEDS)
def test_nodemap_on_disk(seed: int) -> None:
    rng, entries = graph(seed, 200)
    index = new_index(entries)
    data = index.nodemap_data_all()
    assert index.nodemap_data_incremental() is None
    check_nodemap(index, data)

    cut = rng.randrange(len(entries) + 1)
    old = new_index(entries[:cut])
    if not cut:
        return
    docket = SimpleNamespace(tip_rev=cut - 1)
    data = old.nodemap_data_all()
    index = new_index(entries)
    index.update_nodemap_data(docket, data)
    for rev, entry in enumerate(entries):
        assert index.rev(entry.node) == rev
    back, dead, more = index.nodemap_data_incremental()
    assert back is docket
    assert dead <= len(data)
    assert (more == b"") == (cut == len(entries))
    check_nodemap(index, data + more)

    # After a strip all that was on disk is dead.
    del index[cut // 2 : -1]
    if len(index):
        back, dead, more = index.nodemap_data_incremental()
        assert (back, dead) == (docket, len(data))
        check_nodemap(index, data + more)
    with pytest.raises(ValueError):
        index.update_nodemap_data(SimpleNamespace(tip_rev=len(entries)), data)
    with pytest.raises(ValueError):
        index.update_nodemap_data(docket, data[:-1])


def check_nodemap(index: Any, data: bytes) -> None:
    """Mercurial's own reader finds every revision in the data."""
    root, _ = nodemap.parse_data(data)
    found = []

    def walk(block: Any) -> None:
        for value in block:
            if isinstance(value, nodemap.Block):
                walk(value)
            elif value is not None:
                found.append(value)

    walk(root)
    assert sorted(found) == list(range(len(index)))


def test_node_tree() -> None:
    _, entries = graph(5, 60)
    index = new_index(entries)
    tree = rustext.revlog.NodeTree(index)
    for rev, entry in enumerate(entries):
        tree.insert(rev)
        prefix = entry.node.hex().encode()[: tree.shortest(entry.node)]
        assert tree.prefix_rev_lookup(prefix) == rev
    assert not tree.is_invalidated()
    del index[len(index) - 1]
    assert tree.is_invalidated()
    with pytest.raises(RuntimeError, match=MUTATED):
        tree.shortest(entries[0].node)
