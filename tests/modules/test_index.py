# SPDX-License-Identifier: GPL-2.0-or-later
"""The revlog index (contract section 2.8), against its records and plain Python."""

from __future__ import annotations

import contextlib
import mmap
import random
import struct
import sys
from types import SimpleNamespace

import pytest

from modules.parsers_inputs import (
    CHANGELOG_V2,
    ENTRY_SIZES,
    NULL_NODE,
    V1,
    V2,
    Entry,
    pack_entry,
    pack_index,
    random_entries,
)

MODULE = "parsers"

NULL_ENTRY = (0, 0, 0, -1, -1, -1, -1, NULL_NODE, 0, 0, 2, 2, -1)
LAYOUTS = [(V1, False), (V1, True), (V2, False), (V2, True), (CHANGELOG_V2, False)]
BAD_PARENTS = (2, -2, 65536, 2**31 - 1, -(2**31))


def revlog_error():
    return pytest.importorskip("mercurial.error").RevlogError


def open_index(subject, entries, format=V1, inline=False, extra=()):
    keywords = {} if format == V1 else {"format": format}
    data = pack_index(entries, format, inline)
    return subject.parse_index2(data, inline, *extra, **keywords)[0]


def history(seed, count, format=V1):
    return random_entries(random.Random(seed), count, format)


def linear(count):
    """A history whose revisions each have the one before as parent."""
    return [
        Entry(rev * 10 << 16, 10, 20, rev, rev, rev - 1, -1, bytes([rev + 1]) * 20)
        for rev in range(count)
    ]


def parents_of(entries):
    return [[p for p in (e.p1, e.p2) if p >= 0] for e in entries]


def ancestors_of(entries, revs):
    """The revisions and all they descend from."""
    parents, seen, left = parents_of(entries), set(), list(revs)
    while left:
        rev = left.pop()
        if rev not in seen:
            seen.add(rev)
            left.extend(parents[rev])
    return seen


def heads_of(entries, revs):
    parents = parents_of(entries)
    return sorted(set(revs) - {p for rev in revs for p in parents[rev]})


# -- entries -----------------------------------------------------------------


@pytest.mark.parametrize(("format", "inline"), LAYOUTS)
def test_entries(subject, format, inline):
    entries = history(format, 40, format)
    index = open_index(subject, entries, format, inline)
    assert len(index) == 40
    assert [tuple(one) for one in index] == [tuple(entry) for entry in entries]
    assert tuple(index[7]) == tuple(entries[7])
    assert tuple(index[-1])[:8] == NULL_ENTRY[:8]
    assert index.entry_size == ENTRY_SIZES[format]
    for rev in (40, 41, -2):
        with pytest.raises(IndexError):
            index[rev]
    for rev, entry in enumerate(entries):
        record = pack_entry(entry, format)
        if rev == 0 and format == V1:
            record = record[4:]
        elif rev == 0 and format == V2:
            continue  # the file has a header there
        assert index.entry_binary(rev) == record


def test_null_entry(subject):
    index = open_index(subject, linear(2))
    assert index[-1] == NULL_ENTRY
    assert index[-1] is index[-1]


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
@pytest.mark.parametrize("inline", [False, True])
def test_cache_and_buffers(subject, kind, inline):
    data = kind(pack_index(linear(3), V1, inline))
    index, cache = subject.parse_index2(data, inline)
    assert len(index) == 3
    if inline:
        assert cache[0] == 0 and cache[1] is data and len(cache) == 2
    else:
        assert cache is None


def test_a_mapped_file_stays_mapped(native, tmp_path):
    path = tmp_path / "index"
    path.write_bytes(pack_index(linear(3), V1, False))
    with path.open("r+b") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    index = native.parse_index2(data, False)[0]
    with pytest.raises(BufferError):
        data.close()
    assert len(list(index)) == 3
    del index
    data.close()


def test_what_is_no_index(native):
    data = pack_index(linear(3), V1, False)
    for bad in (data[:-1], data + b"x", data[:63]):
        with pytest.raises(ValueError, match="corrupt index file"):
            native.parse_index2(bad, False)
    inline = pack_index(linear(3), V1, True)
    for bad in (inline[:-1], inline + b"x", inline + b"x" * 64):
        with pytest.raises(ValueError, match="corrupt index file"):
            native.parse_index2(bad, True)
    long = inline[:8] + b"\xff" * 4 + inline[12:]
    with pytest.raises(ValueError, match="corrupt index file"):
        native.parse_index2(long, True)
    with pytest.raises(revlog_error()):
        native.parse_index2(bytes(96), True, format=CHANGELOG_V2)
    with pytest.raises(ValueError, match="format"):
        native.parse_index2(data, False, format=77)
    for bad in (0, "text", None, [data]):
        with pytest.raises(TypeError):
            native.parse_index2(bad, False)
    for arguments in ((), (data,), (data, False, True, True, V1, 0)):
        with pytest.raises(TypeError):
            native.parse_index2(*arguments)
    with pytest.raises(TypeError):
        native.parse_index2(data, False, unknown=1)


def test_index_is_the_type(native):
    data = pack_index(linear(3), V1, False)
    index = native.index(data, False)
    assert type(index) is native.index and len(index) == 3
    assert len(native.index(data, False, V1)) == 3
    assert index.nodemap is index
    index.entry_size = 65
    assert index.entry_size == 65
    for absent in ("head_node_ids", "nodemap_data_all", "update_nodemap_data"):
        assert not hasattr(index, absent)
    with pytest.raises(TypeError):
        type("Sub", (native.index,), {})


def test_which_rust_takes_the_index(native, monkeypatch):
    """`rust_ext_compat` of an index of 6.9's, and of one of 7.2's."""
    data = pack_index(linear(3), V1, False)

    def compatible():
        old = native.parse_index2(data, False)[0]
        new = native.parse_index2(data, False, True, True)[0]
        return old.rust_ext_compat, new.rust_ext_compat

    name = "mercurial.rustext"
    # Nobody asks where there is none. Mercurial's own takes no C index.
    monkeypatch.delitem(sys.modules, name, raising=False)
    assert compatible() == (1, 0)
    monkeypatch.setitem(sys.modules, name, SimpleNamespace(core_CAPI=None))
    assert compatible() == (1, 0)
    monkeypatch.setitem(sys.modules, name, SimpleNamespace(ancestor=None))
    assert compatible() == (0, 0)
    index = native.parse_index2(data, False)[0]
    index.rust_ext_compat = 1
    assert index.rust_ext_compat == 1


def test_the_two_hosts_constructors(native):
    entries = linear(4)
    entries[2] = entries[2]._replace(base=1, compressed=0)
    entries[3] = entries[3]._replace(base=2)
    old = open_index(native, entries)
    new = open_index(native, entries, extra=(True, False))
    named = native.parse_index2(
        pack_index(entries, V1, False), False, uses_generaldelta=1, uses_delta_info=0
    )[0]
    assert old.deltachain(3, None, 1) == ([1, 2, 3], False)
    assert new.deltachain(3, None) == named.deltachain(3, None) == ([1, 3], False)
    with pytest.raises(TypeError):
        old.deltachain(3, None)
    with pytest.raises(TypeError):
        new.deltachain(3, None, 1)
    with pytest.raises(TypeError):
        native.parse_index2(b"", False, uses_generaldelta=True)


# -- changes -----------------------------------------------------------------


@pytest.mark.parametrize(("format", "inline"), LAYOUTS)
@pytest.mark.parametrize("look_first", [False, True])
def test_append_and_strip(subject, format, inline, look_first):
    entries = history(9, 60, format)
    index = open_index(subject, entries[:20], format, inline)
    if look_first:
        assert not index.has_node(b"unknown" + bytes(13))
    for entry in entries[20:]:
        index.append(tuple(entry))
        assert index.rev(entry.node) == entry.link
    assert [tuple(one) for one in index] == [tuple(entry) for entry in entries]
    for length in (50, 20, 11, 0):
        del index[length:-1]
        assert len(index) == length
        for rev, entry in enumerate(entries):
            assert index.get_rev(entry.node) == (rev if rev < length else None)
            assert index.has_node(entry.node) == (rev < length)
    for entry in entries:
        index.append(tuple(entry))
    if format == CHANGELOG_V2:
        assert [one[7] for one in index] == [entry.node for entry in entries]
    else:
        assert [tuple(one) for one in index] == [tuple(entry) for entry in entries]
    assert index.headrevs() == heads_of(entries, range(60))


def test_first_record_without_a_header(subject):
    entry = linear(1)[0]._replace(offset_flags=(7 << 16) | 3)
    index = subject.parse_index2(b"", False)[0]
    index.append(tuple(entry))
    assert index[0][0] == (7 << 16) | 3
    assert open_index(subject, [entry])[0][0] == 3


def test_append_refuses(subject):
    index = open_index(subject, linear(1))
    good = tuple(linear(2)[1])
    for bad in (None, [], good[:12], (*good, 0), list(good)):
        with pytest.raises(TypeError, match="12-tuple required"):
            index.append(bad)
    for place, value in ((1, 2**31), (3, None), (0, b"x"), (7, 5), (7, "x" * 20)):
        with pytest.raises(TypeError, match="12-tuple required"):
            index.append((*good[:place], value, *good[place + 1 :]))
    with pytest.raises(TypeError, match="invalid node"):
        index.append((*good[:7], b"short", *good[8:]))
    for place in (10, 11):
        with pytest.raises(ValueError, match="compression mode"):
            index.append((*good[:place], 1, *good[place + 1 :]))
    assert len(index) == 1


def test_strip_refuses(native):
    index = open_index(native, linear(5))
    for bad in (slice(1, 3), slice(0, 6), slice(2, None)):
        with pytest.raises(IndexError, match="deletion indices are invalid"):
            del index[bad]
    with pytest.raises(ValueError, match="step size"):
        del index[0:5:2]
    with pytest.raises(TypeError):
        del index[1]
    del index[5:-1]
    del index[3:2]
    assert len(index) == 5
    del index[4:1:-1]
    assert len(index) == 2


def test_nodes_can_be_set_and_forgotten(native):
    index = open_index(native, linear(3))
    node = linear(3)[1].node
    assert index.rev(node) == 1
    del index[node]
    index[node] = 1
    assert index.rev(node) == 1
    for rev in (-1, 2**31, 2**40):
        with pytest.raises(ValueError, match="rev out of range"):
            index[node] = rev
    with pytest.raises(OverflowError):
        index[node] = 2**70
    with pytest.raises(TypeError):
        index[node] = None
    index[node] = 2
    assert index.rev(linear(3)[2].node) == 2


def test_the_newest_of_equal_nodes(subject):
    entries = linear(3)
    twin = entries[1]._replace(link=3)
    index = open_index(subject, entries)
    assert index.rev(twin.node) == 1
    index.append(tuple(twin))
    assert index.rev(twin.node) == 3


def test_replace_sidedata_info(subject):
    for format in (V2, CHANGELOG_V2):
        entries = history(4, 10, format)
        index = open_index(subject, entries[:6], format)
        for entry in entries[6:]:
            index.append(tuple(entry))
        index.replace_sidedata_info(8, 1234, 56, 789 << 16, 1)
        found = index[8]
        assert (found[0], found[8], found[9], found[11]) == (789 << 16, 1234, 56, 1)
        assert found[10] == entries[8].data_mode
        for rev in (5, -1, 10):
            with pytest.raises(IndexError):
                index.replace_sidedata_info(rev, 1, 2, 3, 1)
    with pytest.raises(revlog_error()):
        open_index(subject, linear(2)).replace_sidedata_info(0, 1, 2, 3, 1)


def test_headers(subject):
    index = open_index(subject, linear(1))
    assert index.pack_header(0x10001) == b"\0\1\0\1"
    with pytest.raises(Exception, match="docket"):
        open_index(subject, history(1, 2, V2), V2).pack_header(1)


def test_entry_binary_out_of_range(subject):
    index = open_index(subject, linear(2))
    for rev in (-1, 2, 2**40):
        with pytest.raises(ValueError, match="out of range"):
            index.entry_binary(rev)
    with pytest.raises(TypeError):
        index.entry_binary(b"x")


# -- nodes -------------------------------------------------------------------


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
        with pytest.raises(revlog_error()):
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
    error = pytest.importorskip("mercurial.error")

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
            with pytest.raises(revlog_error()):
                index.partialmatch(digits[:length])
        other = digits[:-1] + (b"0" if digits[-1:] != b"0" else b"1")
        assert index.partialmatch(other) is None
    with pytest.raises(revlog_error()):
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


# -- the graph ---------------------------------------------------------------


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


def test_filters_of_other_types(native):
    index = open_index(native, linear(5))

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


# -- deltas ------------------------------------------------------------------


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


# -- memory ------------------------------------------------------------------


def test_cycles_are_collected(native):
    import gc
    import weakref

    class Filter(frozenset):
        pass

    index = open_index(native, linear(3))
    filtered = Filter([1])
    filtered.index = index
    index.headrevs(filtered)
    gone = weakref.ref(filtered)
    del index, filtered
    gc.collect()
    assert gone() is None
