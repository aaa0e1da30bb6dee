# SPDX-License-Identifier: GPL-2.0-or-later
"""`ancestor`, `dagop` and `discovery` of either Rust module, on random graphs.

Held against Mercurial's Python implementations (contract section 4, pyo3 contract
section 3).
"""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import pytest
from mercurial import ancestor

from modules.parsers_inputs import cases
from modules.rust_binding import rustext
from modules.rust_graphs import graph, indexes, parents_of, some

SEEDS = range(cases(40))


@pytest.mark.parametrize("seed", SEEDS)
def test_ancestors(seed: int) -> None:
    rng, entries = graph(seed)
    revs, stop = some(rng, entries), rng.randrange(-1, len(entries))
    inclusive = rng.random() < 0.5
    expected = ancestor.lazyancestors(parents_of(entries), revs, stop, inclusive)
    wanted = sorted(set(expected) - {-1}, reverse=True)
    for index in indexes(entries).values():
        found = rustext.ancestor.AncestorsIterator(index, revs, stop, inclusive)
        assert list(found) == wanted
        lazy = rustext.ancestor.LazyAncestors(index, revs, stop, inclusive)
        assert bool(lazy) == bool(wanted)
        asked = [rng.randrange(-3, len(entries) + 3) for _ in range(20)]
        assert [rev in lazy for rev in asked] == [rev in wanted for rev in asked]
        assert None not in lazy
        assert list(lazy) == wanted


@pytest.mark.parametrize("seed", SEEDS)
def test_missing_ancestors(seed: int) -> None:
    rng, entries = graph(seed)
    bases = some(rng, entries)
    steps = [(some(rng, entries), some(rng, entries)) for _ in range(3)]
    for index in indexes(entries).values():
        expected = ancestor.incrementalmissingancestors(parents_of(entries), bases)
        missing = rustext.ancestor.MissingAncestors(index, bases)
        for more, revs in steps:
            expected.addbases(more)
            missing.addbases(more)
            assert missing.hasbases() == expected.hasbases()
            assert missing.bases() >= {*bases, *more}
            assert missing.missingancestors(revs) == expected.missingancestors(revs)
            assert missing.basesheads() == expected.basesheads()
            ours, theirs = (set(range(len(entries))) for _ in range(2))
            missing.removeancestorsfrom(ours)
            expected.removeancestorsfrom(theirs)
            assert ours == theirs


@pytest.mark.parametrize("seed", SEEDS)
def test_heads_and_rank(seed: int) -> None:
    rng, entries = graph(seed)
    revs = set(some(rng, entries)) | {-1}
    parents = {p for rev in revs - {-1} for p in parents_of(entries)(rev)}
    last = len(entries) - 1
    walk = ancestor.lazyancestors(parents_of(entries), [last], 0, True)
    for index in indexes(entries).values():
        assert rustext.dagop.headrevs(index, revs) == revs - {-1} - parents
        rank = rustext.dagop.rank(index, *parents_of(entries)(last))
        assert rank == len(list(walk))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("randomize", [False, True])
def test_discovery(seed: int, randomize: bool) -> None:
    rng, entries = graph(seed, 300)

    def closure(revs: list[int]) -> set[int]:
        return set(ancestor.lazyancestors(parents_of(entries), revs, 0, True))

    remote, targets = closure(some(rng, entries)), some(rng, entries, 1)
    common = closure(targets) & remote
    heads = common - {p for rev in common for p in parents_of(entries)(rev)}
    size = rng.randrange(1, 30)
    for index in indexes(entries).values():
        repo = SimpleNamespace(changelog=SimpleNamespace(index=index))
        found = rustext.discovery.PartialDiscovery(repo, targets, True, randomize)
        assert found.stats() == {"undecided": None}
        for turn in itertools.count():
            take = found.takefullsample if turn else found.takequicksample
            sample = take(set(targets), size)
            assert isinstance(sample, tuple)
            assert len(set(sample)) == len(sample) <= size
            if found.iscomplete():
                break
            assert sample
            found.addinfo([(rev, rev in remote) for rev in sample])
        assert found.stats() == {"undecided": 0}
        assert found.commonheads() == heads
