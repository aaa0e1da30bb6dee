# SPDX-License-Identifier: GPL-2.0-or-later
"""A revlog index's nodes: look-ups, prefixes, `stats` (contract section 2.8)."""

from __future__ import annotations

import random
import struct

import pytest
from mercurial import error
from mercurial.error import RevlogError

from modules.index_inputs import LAYOUTS, history, linear, open_index
from modules.parsers_inputs import NULL_NODE, V1, random_entries

MODULE = "parsers"


@pytest.mark.parametrize(("format", "inline"), LAYOUTS)
def test_lookups(subject, format, inline):
    entries = history(21, 200, format)
    index = open_index(subject, entries, format, inline)
    order = list(range(200))
    random.Random(1).shuffle(order)
    for rev in order:
        node = entries[rev].node
        assert index.rev(node) == index.get_rev(node) == index[node] == rev
        assert index.has_node(node) and node in index
    assert index.rev(NULL_NODE) == index.get_rev(NULL_NODE) == -1
    assert index.has_node(NULL_NODE)
    for unknown in (b"\xff" * 20, entries[0].node[:-1] + b"?"):
        assert index.get_rev(unknown) is None
        assert not index.has_node(unknown) and unknown not in index
        with pytest.raises(RevlogError):
            index.rev(unknown)
    index.clearcaches()
    assert index.rev(entries[3].node) == 3


def test_has_node_takes_revisions(subject):
    index = open_index(subject, linear(3))
    assert [index.has_node(rev) for rev in (-2, -1, 0, 2, 3)] == [
        False,
        True,
        True,
        True,
        False,
    ]
    assert 2 in index and 3 not in index


def test_keys_that_are_refused(native):
    index = open_index(native, linear(3))
    for call in (index.rev, index.get_rev, index.has_node, index.shortest):
        with pytest.raises(ValueError, match="node len 5 != expected node len 20"):
            call(b"short")
        with pytest.raises(TypeError, match="expected bytes, str found"):
            call("x" * 20)
    with pytest.raises(TypeError):
        index[None]
    with pytest.raises(OverflowError):
        index[2**70]
    with pytest.raises(OverflowError):
        2**70 in index  # noqa: B015


def test_nodes_that_differ_little(subject):
    """Hashes are spread; what tests make up is not."""
    entries = [
        entry._replace(node=b"\0\1" * 8 + struct.pack(">I", rev))
        for rev, entry in enumerate(history(2, 3000))
    ]
    index = open_index(subject, entries)
    for rev in range(0, 3000, 7):
        assert index.rev(entries[rev].node) == rev
    assert index.shortest(entries[5].node) == 40
    assert index.partialmatch(b"0001" * 8 + b"00000005") == entries[5].node


def test_the_error_is_looked_up_when_raised(subject, monkeypatch):
    class Replaced(Exception):
        pass

    index = open_index(subject, linear(2))
    monkeypatch.setattr(error, "RevlogError", Replaced)
    with pytest.raises(Replaced):
        index.rev(b"\xee" * 20)


def shortest_of(node, nodes):
    others = [other.hex() for other in nodes if other != node]
    for length in range(1, 41):
        if not any(other.startswith(node.hex()[:length]) for other in others):
            return length
    raise AssertionError


@pytest.mark.parametrize("appended", [0, 10, 700])
def test_prefixes(subject, appended):
    entries = history(77, 300)
    index = open_index(subject, entries)
    assert index.shortest(entries[0].node)
    chance = random.Random(appended)
    for entry in random_entries(chance, appended, V1, 300):
        entries.append(entry)
        index.append(tuple(entry))
    nodes = [NULL_NODE, *(entry.node for entry in entries)]
    for node in (NULL_NODE, *chance.sample(nodes, 40), *nodes[-3:]):
        needed = shortest_of(node, nodes)
        assert index.shortest(node) == needed
        digits = node.hex().encode()
        for length in range(needed, 41):
            assert index.partialmatch(digits[:length]) == node
        assert index.partialmatch(digits.upper()) == node
        for length in range(1, needed):
            with pytest.raises(RevlogError):
                index.partialmatch(digits[:length])
        other = digits[:-1] + (b"0" if digits[-1:] != b"0" else b"1")
        assert index.partialmatch(other) is None
    with pytest.raises(RevlogError):
        index.shortest(b"\xee" * 20)
    del index[100:-1]
    for node in nodes[1:101:9]:
        assert index.shortest(node) == shortest_of(node, nodes[:101])


def test_prefixes_that_are_refused(subject):
    index = open_index(subject, linear(3))
    with pytest.raises(ValueError, match="too short"):
        index.partialmatch(b"")
    with pytest.raises(ValueError, match="too long"):
        index.partialmatch(b"1" * 41)
    assert index.partialmatch(b"01x") is None
    assert index.partialmatch(b"\xff") is None


def test_stats(flavour):
    index = open_index(flavour.module, linear(3))
    assert hasattr(index, "stats") == (flavour.name != "pure")
    if flavour.name == "pure":
        return
    assert index.stats() == {
        b"revs in memory": 3,
        b"node trie lookups": 0,
        b"node trie misses": 0,
        b"node trie last rev scanned": -1,
    }
    # what tests/test-debugcommands.t of Mercurial does to a changelog
    index.rev(linear(3)[2].node)
    index.shortest(NULL_NODE)
    assert index.stats() == {
        b"revs in memory": 3,
        b"node trie capacity": 4,
        b"node trie count": 2,
        b"node trie depth": 1,
        b"node trie splits": 1,
        b"node trie last rev scanned": -1,
        b"node trie lookups": 3,
        b"node trie misses": 1,
    }
    index.append(tuple(linear(4)[3]))
    assert index.stats()[b"index entries added"] == 1
