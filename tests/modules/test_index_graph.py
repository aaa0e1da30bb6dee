# SPDX-License-Identifier: GPL-2.0-or-later
"""A revlog index's graph (contract section 2.8), against plain Python."""

from __future__ import annotations

import contextlib
import random

import pytest

from modules.index_inputs import (
    BAD_PARENTS,
    ancestors_of,
    heads_of,
    history,
    linear,
    open_index,
    parents_of,
)

MODULE = "parsers"


@pytest.mark.parametrize("seed", range(6))
def test_heads(subject, seed):
    entries = history(seed, 150)
    index = open_index(subject, entries)
    chance = random.Random(seed)
    every = range(150)
    assert index.headrevs() == heads_of(entries, every)
    assert index.headrevs() is not index.headrevs()
    index.headrevs().append(5)
    assert index.headrevs() == heads_of(entries, every)
    # what is filtered with no unfiltered descendant
    hidden = frozenset(chance.sample(every, 20))
    kept = ancestors_of(entries, set(every) - hidden)
    assert index.headrevs(hidden) == heads_of(entries, kept)
    assert index.headrevs(hidden) == heads_of(entries, kept)
    assert index.headrevs() == heads_of(entries, every)
    for stop in (1, 60, 149):
        assert index.headrevs(None, stop) == heads_of(entries, range(stop))
        kept = ancestors_of(entries, set(range(stop)) - hidden)
        assert index.headrevs(hidden, stop) == heads_of(entries, kept)
    assert index.headrevs(None, 0) == [-1]
    for begin, end in ((0, 150), (40, 90), (90, 90), (0, 0), (149, 150), (0, 1)):
        before = heads_of(entries, range(begin)) or [-1]
        after = heads_of(entries, range(end)) or [-1]
        removed, added = index.headrevsdiff(begin, end)
        assert list(removed) == sorted(set(before) - set(after), reverse=True)
        assert list(added) == sorted(set(after) - set(before), reverse=True)


def test_heads_of_nothing(subject):
    index = subject.parse_index2(b"", False)[0]
    assert index.headrevs() == [-1]
    index.append(tuple(linear(1)[0]))
    assert index.headrevs() == [0]


def test_filters_of_other_types(subject):
    index = open_index(subject, linear(5))

    class Filter:
        def __contains__(self, rev):
            return rev >= 3

    assert index.headrevs(Filter()) == [2]
    assert index.headrevs([4]) == [3]
    with pytest.raises(TypeError):
        index.headrevs(5)

    class Broken:
        def __contains__(self, rev):
            raise KeyError(rev)

    with pytest.raises(TypeError, match="unable to check filter"):
        index.headrevs(Broken())
    assert index.headrevs() == [4]


@pytest.mark.parametrize("error", [MemoryError, KeyboardInterrupt])
def test_what_is_no_fault_of_an_argument_goes_on(subject, error):
    index = open_index(subject, linear(5))

    class Filter:
        def __contains__(self, rev):
            raise error

    class Lookup:
        @property
        def __contains__(self):
            raise error

    class Number:
        def __index__(self):
            raise error

    for argument in (Filter(), Lookup()):
        with pytest.raises(error):
            index.headrevs(argument)
    with pytest.raises(error):
        index.append((*linear(6)[5][:1], Number(), *linear(6)[5][2:]))
    assert len(index) == 5
    assert index.headrevs() == [4]


def test_python_code_that_strips(native):
    """What is called while an index is read may change it."""

    def opened():
        index = open_index(native, linear(50))

        class Strip:
            def strip(self, *ignored):
                del index[20:-1]
                return False

            __contains__ = strip

            def __index__(self):
                self.strip()
                return 30

        return index, Strip()

    index, strip = opened()
    with pytest.raises(RuntimeError, match="stripped"):
        index.headrevs(strip)
    assert index.headrevs() == [19]
    for name, arguments in (
        ("headrevs", (None, "strip")),
        ("headrevsdiff", (5, "strip")),
        ("computephasesmapsets", ({1: "strip"},)),
        ("reachableroots2", (0, [40, "strip"], [40], True)),
        ("reachableroots2", ("strip", [40], [40], True)),
        ("deltachain", ("strip", None, 1)),
        ("deltachain", (40, None, "strip")),
        ("findsnapshots", ({}, "strip", 40)),
        ("slicechunktodensity", ([40, "strip"], 0.5, 0)),
        ("issnapshot", ("strip",)),
        ("entry_binary", ("strip",)),
    ):
        index, strip = opened()

        def put(value, strip=strip):
            if value == "strip":
                return strip
            if isinstance(value, list):
                return [put(one) for one in value]
            if isinstance(value, dict):
                return {key: {strip} for key in value}
            return value

        with contextlib.suppress(RuntimeError, ValueError, IndexError):
            getattr(index, name)(*map(put, arguments))
        assert len(index) == 20


def test_lists_that_change_while_read(native):
    index = open_index(native, linear(50))
    revs = [1, 2]

    class Grow:
        def __index__(self):
            revs.extend(range(5000))
            return 3

    revs.append(Grow())
    with pytest.raises(RuntimeError, match="changed size"):
        index.slicechunktodensity(revs, 0.5, 0)


def test_appending_while_appending(native):
    index = open_index(native, linear(3))
    entries = linear(5)

    class Append:
        def __index__(self):
            index.append(tuple(entries[3]))
            return 0

    index.has_node(b"\xee" * 20)
    index.append((*entries[4][:12], Append()))
    assert [index.rev(entry.node) for entry in entries] == list(range(5))


def test_revisions_out_of_range(subject):
    index = open_index(subject, linear(5))
    for stop in (6, -1, 2**40):
        with pytest.raises(ValueError):
            index.headrevs(None, stop)
    for begin, end in ((-1, 2), (0, 6), (0, -1)):
        with pytest.raises(IndexError):
            index.headrevsdiff(begin, end)
    for root in (5, -1, 2**40):
        with pytest.raises(ValueError):
            index.computephasesmapsets({1: {root}})


@pytest.mark.parametrize("seed", range(6))
def test_phases(subject, seed):
    entries = history(seed, 150)
    index = open_index(subject, entries)
    chance = random.Random(seed)
    roots = {phase: set(chance.sample(range(150), 4)) for phase in (1, 2, 32, 96)}
    del roots[chance.choice((1, 2, 32, 96))]
    phases = []
    for rev, parents in enumerate(parents_of(entries)):
        own = max([phase for phase, revs in roots.items() if rev in revs], default=0)
        phases.append(max([own, *(phases[parent] for parent in parents)]))
    length, sets = index.computephasesmapsets(roots)
    assert length == 150
    assert sets == {
        phase: {rev for rev in range(150) if phases[rev] == phase}
        for phase in (1, 2, 32, 96)
    }
    nothing = {phase: set() for phase in (1, 2, 32, 96)}
    assert index.computephasesmapsets({}) == (150, nothing)


def test_phase_arguments(native):
    index = open_index(native, linear(3))
    with pytest.raises(TypeError, match="roots must be a dictionary"):
        index.computephasesmapsets([])
    for bad in ([0], frozenset([0]), None):
        with pytest.raises(TypeError, match="roots must be a set of nodes"):
            index.computephasesmapsets({1: bad})
    with pytest.raises(TypeError):
        index.computephasesmapsets({1: {b"x"}})


@pytest.mark.parametrize("seed", range(6))
def test_reachable_roots(subject, seed):
    entries = history(seed, 120)
    index = open_index(subject, entries)
    chance = random.Random(seed)
    for _ in range(20):
        heads = chance.sample(range(120), 3)
        roots = chance.sample(range(120), 4)
        above = ancestors_of(entries, heads)
        low = min(roots)
        # the roots, walking from the heads and not past a root
        seen, left, found = set(), list(heads), set()
        while left:
            rev = left.pop()
            if rev in seen:
                continue
            seen.add(rev)
            if rev in roots:
                found.add(rev)
            else:
                left.extend(p for p in parents_of(entries)[rev] if p >= low)
        assert set(index.reachableroots2(low, heads, [*roots, 500], False)) == found
        path = {
            rev
            for rev in above
            if rev >= low and ancestors_of(entries, [rev]) & set(roots)
        }
        assert set(index.reachableroots2(low, heads, roots, True)) == path
    assert set(index.reachableroots2(-1, [-1, 0], [-1], False)) == {-1}


def test_reachable_roots_arguments(subject):
    index = open_index(subject, linear(5))
    for head in (5, -2, 2**40):
        with pytest.raises(IndexError, match="head out of range"):
            index.reachableroots2(0, [head], [0], False)
    for arguments in (
        (0, (1,), [0], False),
        (0, [1], {0}, False),
        (0, [1], [0], 0),
        (0, [b"x"], [0], False),
        (0, [1], [None], False),
        (None, [1], [0], False),
    ):
        with pytest.raises(TypeError):
            index.reachableroots2(*arguments)
    assert index.reachableroots2(0, [], [0], True) == []
    assert index.reachableroots2(50, [4], [0], True) == []
    assert index.reachableroots2(-(10**12), [4], [0], True) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("seed", range(6))
def test_common_ancestors(subject, seed):
    entries = history(seed, 120)
    index = open_index(subject, entries)
    chance = random.Random(seed)
    for count in (1, 2, 2, 2, 3, 5, 10):
        revs = [chance.randrange(120) for _ in range(count)]
        common = set.intersection(*(ancestors_of(entries, [rev]) for rev in revs))
        heads = heads_of(entries, common)
        assert index.commonancestorsheads(*revs) == heads[::-1]
        deepest = index.ancestors(*revs)
        assert set(deepest) <= set(heads) and bool(deepest) == bool(heads)
        assert deepest == sorted(deepest)
    for call in (index.commonancestorsheads, index.ancestors):
        assert call() == []
        assert call(5, -1) == []


def test_the_deepest_of_two(subject):
    # 0 - 1 - 2 - 3 and 4 (a root); 5 and 6 both merge 3 and 4
    shape = [(-1, -1), (0, -1), (1, -1), (2, -1), (-1, -1), (3, 4), (4, 3)]
    entries = [
        entry._replace(p1=p1, p2=p2) for entry, (p1, p2) in zip(linear(7), shape)
    ]
    index = open_index(subject, entries)
    assert index.commonancestorsheads(5, 6) == [4, 3]
    assert index.ancestors(5, 6) == [3]


def test_ancestor_arguments(subject):
    index = open_index(subject, linear(40))
    for call in (index.commonancestorsheads, index.ancestors):
        for rev in (40, -2):
            with pytest.raises(IndexError, match="index out of range"):
                call(1, rev)
        with pytest.raises(TypeError, match="must all be ints"):
            call(1, b"x")
        assert call(*range(10, 34)) == [10]
        assert call(*([7] * 100)) == [7]
        with pytest.raises(OverflowError):
            call(*range(25))


@pytest.mark.parametrize("bad", BAD_PARENTS)
def test_corrupt_parents(subject, bad):
    entries = linear(2)
    entries[0] = entries[0]._replace(p1=bad)
    entries[1] = entries[1]._replace(p2=bad)
    for inline in (False, True):
        index = open_index(subject, entries, inline=inline)
        for call, arguments in (
            (index.headrevs, ()),
            (index.headrevs, (frozenset([1]),)),
            (index.headrevsdiff, (0, 2)),
            (index.computephasesmapsets, ({1: {0}},)),
            (index.reachableroots2, (0, [1], [0], False)),
            (index.reachableroots2, (0, [1], [0], True)),
            (index.commonancestorsheads, (0, 1)),
            (index.ancestors, (0, 1)),
        ):
            with pytest.raises(ValueError, match="parent out of range"):
                call(*arguments)


@pytest.mark.parametrize("bad", [(0, 0), (1, 1), (1, 0), (2, 2)])
def test_parents_in_the_wrong_order_do_no_harm(subject, bad):
    entries = [entry._replace(p1=bad[0], p2=bad[1]) for entry in linear(3)]
    index = open_index(subject, entries)
    for call, arguments in (
        (index.headrevs, ()),
        (index.headrevsdiff, (0, 3)),
        (index.headrevsdiff, (1, 2)),
        (index.computephasesmapsets, ({1: {0}},)),
        (index.reachableroots2, (0, [2, 1], [0, 1], True)),
        (index.commonancestorsheads, (0, 1, 2)),
        (index.ancestors, (1, 2)),
        (index.issnapshot, (2,)),
    ):
        try:
            call(*arguments)
        except ValueError as error:
            assert str(error) == "parent out of range"
