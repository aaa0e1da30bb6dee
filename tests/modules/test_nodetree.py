# SPDX-License-Identifier: GPL-2.0-or-later
"""nodetree (contract section 2.8)."""

from __future__ import annotations

import random

import pytest
from mercurial.error import RevlogError

from modules.parsers_inputs import V1, pack_index, random_entries

MODULE = "parsers"


@pytest.fixture
def entries():
    return random_entries(random.Random(5), 400)


@pytest.fixture
def index(subject, entries):
    return subject.parse_index2(pack_index(entries, V1, False), False)[0]


def shortest_of(node, nodes):
    others = [other.hex() for other in nodes if other != node]
    return next(
        length
        for length in range(1, 41)
        if not any(other.startswith(node.hex()[:length]) for other in others)
    )


def test_shortest_among_those_inserted(subject, index, entries):
    tree = subject.nodetree(index, 4)
    inserted = []
    for rev in random.Random(6).sample(range(400), 120):
        assert tree.insert(rev) is None
        inserted.append(entries[rev].node)
        assert tree.shortest(entries[rev].node) == shortest_of(
            entries[rev].node, inserted
        )
    tree.insert(rev)
    for node in inserted:
        assert tree.shortest(node) == shortest_of(node, inserted)
    for unknown in (bytes(20), b"\xee" * 20):
        with pytest.raises(RevlogError):
            tree.shortest(unknown)


def test_arguments(subject, index):
    tree = subject.nodetree(index, 4)
    for rev in (-1, 400):
        with pytest.raises(ValueError, match="out of range"):
            tree.insert(rev)
    with pytest.raises(ValueError):
        tree.shortest(b"short")


def test_arguments_of_the_type(native, entries):
    index = native.parse_index2(pack_index(entries, V1, False), False)[0]
    for arguments in ((), (index,), (None, 4), ({}, 4), (index, b"x")):
        with pytest.raises(TypeError):
            native.nodetree(*arguments)


def test_a_strip_under_the_tree(native, entries):
    index = native.parse_index2(pack_index(entries, V1, False), False)[0]
    tree = native.nodetree(index, 4)
    for rev in range(400):
        tree.insert(rev)
    tree.shortest(entries[0].node)
    del index[100:-1]
    with pytest.raises(RevlogError):
        tree.shortest(entries[300].node)
    nodes = [entry.node for entry in entries[:100]]
    for node in nodes[::9]:
        assert tree.shortest(node) == shortest_of(node, nodes)


def test_cycles_are_collected(native, entries):
    import gc

    index = native.parse_index2(pack_index(entries, V1, False), False)[0]
    tree = native.nodetree(index, 4)
    assert gc.is_tracked(tree) and gc.is_tracked(index)
    del index
    gc.collect()
    tree.insert(5)
    assert tree.shortest(entries[5].node) == 1
