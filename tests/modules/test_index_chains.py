# SPDX-License-Identifier: GPL-2.0-or-later
"""A revlog index's delta chains and snapshots (contract section 2.8)."""

from __future__ import annotations

import pytest

from modules.index_inputs import history, linear, open_index

MODULE = "parsers"


def chain_of(entries, rev, stop, general):
    chain = []
    while rev != stop:
        chain.insert(0, rev)
        if entries[rev].base == rev:
            return chain, False
        rev = entries[rev].base if general else rev - 1
    return chain, True


@pytest.mark.parametrize("seed", range(4))
def test_chains(subject, seed):
    entries = history(seed, 80)
    index = open_index(subject, entries)
    for rev in range(0, 80, 3):
        for general in (0, 1):
            for stop in (None, rev // 2, rev):
                found = index.deltachain(rev, stop, general)
                expected = chain_of(entries, rev, stop, general)
                assert (list(found[0]), bool(found[1])) == expected


def test_chain_arguments(subject):
    index = open_index(subject, linear(3))
    for rev in (-1, 3):
        with pytest.raises(ValueError, match="out of range"):
            index.deltachain(rev, None, 1)
    with pytest.raises(ValueError, match="integer or None"):
        index.deltachain(1, b"x", 1)
    with pytest.raises(TypeError):
        index.deltachain(b"x", None, 1)


@pytest.mark.parametrize("base", [2, -2, 2**31 - 1, -(2**31)])
def test_corrupt_bases(subject, base):
    entries = linear(3)
    entries[1] = entries[1]._replace(base=base)
    entries[2] = entries[2]._replace(base=1)
    index = open_index(subject, entries)
    for call, arguments in (
        (index.deltachain, (2, None, 1)),
        (index.issnapshot, (1,)),
        (index.findsnapshots, ({}, 0, 2)),
    ):
        with pytest.raises(ValueError, match="corrupted revlog, revision base"):
            call(*arguments)


def test_corrupt_lengths(subject):
    entries = linear(3)
    entries[1] = entries[1]._replace(compressed=-5)
    index = open_index(subject, entries)
    with pytest.raises(OverflowError, match="entry size out of bound"):
        index.slicechunktodensity([0, 1, 2], 0.9, 0)
    entries = linear(4)
    entries[2] = entries[2]._replace(base=0, p2=0)
    entries[1] = entries[1]._replace(compressed=-5)
    with pytest.raises(OverflowError):
        open_index(subject, entries).issnapshot(2)


def is_snapshot(entries, rev):
    while True:
        base = entries[rev].base
        if base in (rev, -1):
            return True
        parents = []
        for parent in (entries[rev].p1, entries[rev].p2):
            while parent >= 0 and entries[parent].compressed == 0:
                if entries[parent].base == parent:
                    break
                parent = entries[parent].base
            parents.append(parent)
        if base in parents:
            return False
        rev = base


@pytest.mark.parametrize("seed", range(4))
def test_snapshots(subject, seed):
    entries = history(seed, 150)
    index = open_index(subject, entries)
    for rev in range(150):
        assert index.issnapshot(rev) is is_snapshot(entries, rev)
    assert index.issnapshot(-1) is True
    for start, end in ((0, 149), (50, 90), (-5, 1000), (90, 50)):
        cache, expected = {1000: {5}}, {1000: {5}}
        assert index.findsnapshots(cache, start, end) is None
        for rev in range(max(0, start), min(end + 1, 150)):
            if is_snapshot(entries, rev):
                base = entries[rev].base
                expected.setdefault(-1 if base == rev else base, set()).add(rev)
        assert cache == expected


def test_snapshot_flags(subject):
    entries = [
        entry._replace(offset_flags=entry.offset_flags | (1 << 10) * (rev % 2))
        for rev, entry in enumerate(linear(6))
    ]
    index = open_index(subject, entries, extra=(True, True))
    assert [index.issnapshot(rev) for rev in range(-1, 6)] == [True] + [False, True] * 3
    cache = {}
    index.findsnapshots(cache, 0, 5)
    assert cache == {-1: {1, 3, 5}}


def test_snapshot_arguments(native):
    index = open_index(native, linear(3))
    for rev in (-2, 3, 2**40):
        with pytest.raises(ValueError, match="revlog index out of range"):
            index.issnapshot(rev)
    with pytest.raises(TypeError):
        index.findsnapshots([], 0, 2)
    with pytest.raises(TypeError):
        index.findsnapshots({}, None, 2)
    with pytest.raises(SystemError):
        index.findsnapshots({-1: []}, 0, 2)


def spread(gaps, sizes):
    """Revisions of these sizes, each that far behind the one before."""
    entries, offset = [], 0
    for rev, (gap, size) in enumerate(zip(gaps, sizes)):
        offset += gap
        entries.append(
            linear(rev + 1)[rev]._replace(
                offset_flags=offset << 16, compressed=size, base=0
            )
        )
        offset += size
    return entries


def test_slices(subject):
    entries = spread([0, 0, 1000, 0, 50, 5000, 0], [10, 10, 10, 10, 10, 10, 0])
    index = open_index(subject, entries)
    chain = list(range(7))
    assert index.slicechunktodensity(chain, 0.001, 0) == (chain,)
    assert index.slicechunktodensity(chain, 0.001, 0)[0] is chain
    assert index.slicechunktodensity(chain, 0.05, 0) == [[0, 1, 2, 3, 4], [5]]
    assert index.slicechunktodensity(chain, 0.5, 0) == [[0, 1], [2, 3, 4], [5]]
    assert index.slicechunktodensity(chain, 1.0, 0) == [[0, 1], [2, 3], [4], [5]]
    assert index.slicechunktodensity(chain, 1.0, 60) == [[0, 1], [2, 3, 4], [5]]
    assert index.slicechunktodensity(chain, 1.0, 10000) == (chain,)
    assert index.slicechunktodensity([5], 1.0, 0) == ([5],)
    assert index.slicechunktodensity([], 1.0, 0) == ([],)


def test_slices_of_inline_revlogs_of_72(subject):
    entries = spread([0, 0, 0], [10, 10, 10])
    old = open_index(subject, entries, inline=True)
    new = open_index(subject, entries, inline=True, extra=(True, False))
    assert old.slicechunktodensity([0, 2], 0.9, 5) == [[0], [2]]
    assert old.slicechunktodensity([0, 2], 0.9, 30) == ([0, 2],)
    assert new.slicechunktodensity([0, 2], 0.9, 30) == [[0], [2]]


def test_slice_arguments(subject):
    index = open_index(subject, linear(3))
    for bad in ([0, 3], [-2, 0], [0, 2**40]):
        with pytest.raises(IndexError, match="index out of range"):
            index.slicechunktodensity(bad, 0.5, 0)
    for arguments in (((0, 1), 0.5, 0), ([0, b"x"], 0.5, 0), ([0, 1], None, 0)):
        with pytest.raises(TypeError):
            index.slicechunktodensity(*arguments)
    with pytest.raises(ValueError, match="inconsistent offset"):
        index.slicechunktodensity([2, 0], 0.5, 0)
