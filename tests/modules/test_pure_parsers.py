# SPDX-License-Identifier: GPL-2.0-or-later
"""The pure flavour's `parsers` and `deltas`, against models simpler than they are."""

from __future__ import annotations

import random
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from hgamalgam.pure import deltas, parsers

NULL = bytes(20)


def packed(entries, inline=False):
    """A format-1 index of (offset, length, base, p1, p2, node)."""
    parts = []
    for rev, (offset, length, base, p1, p2, node) in enumerate(entries):
        record = struct.pack(
            ">Qiiiiii20s12x", offset << 16, length, 9, base, rev, p1, p2, node
        )
        if not rev:
            record = struct.pack(">I", 1 | inline << 16) + record[4:]
        parts.append(record + (b"d" * length if inline else b""))
    return b"".join(parts)


class Model:
    """A random history, with everything asked of it worked out by definition."""

    def __init__(self, seed, count):
        chance = self.random = random.Random(seed)
        self.parents = []
        self.entries = []
        for rev in range(count):
            p1 = chance.randrange(max(rev - 4, -1), rev) if rev else -1
            p2 = chance.randrange(-1, rev) if rev and chance.random() < 0.3 else -1
            base = chance.choice([rev, p1, chance.randrange(rev + 1)])
            node = chance.choice([b"", b"", b"\xab\xcd"]) + chance.randbytes(20)
            self.parents.append((p1, p2 if p2 != p1 else -1))
            self.entries.append(
                (rev * 9, chance.randrange(9), base, *self.parents[-1], node[:20])
            )
        self.nodes = [entry[5] for entry in self.entries]
        self.ancestors = []  # of each revision, itself included
        for rev, found in enumerate(self.parents):
            both = [self.ancestors[parent] for parent in found if parent >= 0]
            self.ancestors.append({rev}.union(*both))

    def heads(self, revs):
        return sorted(
            rev
            for rev in revs
            if not any(rev in self.ancestors[one] for one in revs if one != rev)
        )

    def depth(self, rev):
        parents = [parent for parent in self.parents[rev] if parent >= 0]
        return 1 + max(map(self.depth, parents), default=0)


@pytest.fixture(params=["file", "inline", "appended"])
def pair(request):
    model = Model(5, 60)
    if request.param == "inline":
        return model, parsers.parse_index2(packed(model.entries, True), True)[0]
    count = 60 if request.param == "file" else 31
    index = parsers.parse_index2(packed(model.entries[:count]), False)[0]
    index.rev(NULL)
    index.headrevs()
    for rev, (offset, length, base, p1, p2, node) in enumerate(model.entries):
        if rev >= count:
            numbers = (offset << 16, length, 9, base, rev, p1, p2, node)
            index.append((*numbers, 0, 0, 2, 2, -1))
    return model, index


def test_entries(pair):
    model, index = pair
    assert len(index) == 60
    for rev, (offset, length, base, p1, p2, node) in enumerate(model.entries):
        numbers = (offset << 16, length, 9, base, rev, p1, p2, node)
        assert index[rev] == (*numbers, 0, 0, 2, 2, -1)
        assert index.rev(node) == index[node] == index.get_rev(node) == rev
        assert node in index and rev in index
        record = index.entry_binary(rev)
        assert (
            record == packed(model.entries)[rev * 64 + (not rev) * 4 :][: len(record)]
        )
        assert len(record) == (64 if rev else 60)
    assert index[-1] is index[-1] and index[-1][7] == NULL and index.rev(NULL) == -1
    for wrong in (-2, 60):
        with pytest.raises(IndexError):
            index[wrong]
    assert index.get_rev(b"\1" * 20) is None and not index.has_node(b"\1" * 20)
    for wrong, error in ((b"short", ValueError), (None, TypeError), ("a", TypeError)):
        with pytest.raises(error):
            index.get_rev(wrong)
    assert index.rust_ext_compat == 0 and index.entry_size == 64


def test_graph(pair):
    model, index = pair
    everything = range(60)
    assert index.headrevs() == model.heads(everything)
    index.headrevs().append(7)  # a copy
    assert index.headrevs() == model.heads(everything)
    assert index.headrevs(frozenset([59, 58])) == model.heads(range(58))
    assert index.headrevs(None, 20) == model.heads(range(20))
    before, after = model.heads(range(20)), model.heads(range(47))
    removed, added = index.headrevsdiff(20, 47)
    assert removed == sorted(set(before) - set(after), reverse=True)
    assert added == sorted(set(after) - set(before), reverse=True)
    for _ in range(60):
        revs = [model.random.randrange(60) for _ in range(model.random.randrange(1, 5))]
        common = set.intersection(*[model.ancestors[rev] for rev in revs])
        heads = model.heads(common)
        assert index.commonancestorsheads(*revs) == heads[::-1]
        depths = {head: model.depth(head) for head in heads}
        deepest = [rev for rev in heads if depths[rev] == max(depths.values())]
        assert index.ancestors(*revs) == deepest
        roots = [model.random.randrange(60) for _ in range(5)]
        below = set().union(*[model.ancestors[rev] for rev in revs])
        between = {
            rev for rev in below if any(root in model.ancestors[rev] for root in roots)
        }
        lowest = min(roots)
        assert set(index.reachableroots2(lowest, revs, roots, True)) == between
    phases = index.computephasesmapsets({1: {40}, 2: {50}})
    descends = {
        root: {rev for rev in everything if root in model.ancestors[rev]}
        for root in (40, 50)
    }
    assert phases == (
        60,
        {1: descends[40] - descends[50], 2: descends[50], 32: set(), 96: set()},
    )


def test_prefixes(pair):
    model, index = pair
    known = [node.hex() for node in [NULL, *model.nodes]]
    for node in known:
        shortest = next(
            length
            for length in range(1, 41)
            if [one for one in known if one.startswith(node[:length])] == [node]
        )
        assert index.shortest(bytes.fromhex(node)) == shortest
        found = index.partialmatch(node[:shortest].upper().encode())
        assert found == bytes.fromhex(node)
    assert index.partialmatch(b"xyz") is None
    tree = parsers.nodetree(index, 2)
    tree.insert(5)
    tree.insert(5)
    assert tree.shortest(model.nodes[5]) == 1
    del index[5:-1]
    index.append((*[0] * 5, -1, -1, b"\5" * 20, 0, 0, 2, 2, -1))
    tree.insert(5)
    assert tree.shortest(b"\5" * 20) == 1


def test_strip(pair):
    model, index = pair
    index.shortest(model.nodes[0])
    index.headrevs()
    for start in (45, 20):
        del index[start:-1]
        assert len(index) == start
        assert index.headrevs() == model.heads(range(start))
        assert not index.has_node(model.nodes[start])
        assert index.rev(model.nodes[start - 1]) == start - 1
    with pytest.raises(IndexError):
        del index[3:-2]
    index.append((7 << 16, 1, 1, 20, 20, 19, -1, model.nodes[50], 0, 0, 2, 2, -1))
    assert index.rev(model.nodes[50]) == 20 and 20 in index.headrevs()
    del index[0:-1]
    assert index.headrevs() == [-1] and len(index) == 0


def test_chains(pair):
    model, index = pair
    for rev in range(60):
        chain = [rev]
        while model.entries[chain[-1]][2] not in (chain[-1], -1):
            chain.append(model.entries[chain[-1]][2])
        assert index.deltachain(rev, None, True) == (chain[::-1], False)
        assert index.deltachain(rev, chain[-1], True) == (chain[-2::-1], True)


def test_shapes_of_two_hosts():
    model = Model(3, 20)
    data = packed(model.entries)
    for shape in ((data, False), (data, False, True, True)):
        index, cache = parsers.parse_index2(*shape)
        assert len(index) == 20 and cache is None
    inline = packed(model.entries, True)
    index, cache = parsers.parse_index2(inline, True, False, False)
    assert cache == (0, inline) and cache[1] is inline
    # 7.2 asks with two arguments, and gets no empty deltas but the base.
    chain, _stopped = index.deltachain(19, None)
    assert all(model.entries[rev][1] for rev in chain[1:])
    with pytest.raises(TypeError):
        index.deltachain(19, None, 1)
    with pytest.raises(TypeError):
        parsers.parse_index2(data, False)[0].deltachain(19, None)
    assert parsers.InlinedIndexObject(inline)._calculate_index(1) == 64 + len(
        b"d" * model.entries[0][1]
    )
    assert parsers.parse_index_devel_nodemap(data, False, True, True)[0][3][4] == 3


@pytest.mark.parametrize("format", [0xDEAD, 0xD34D])
def test_format_2(format):
    index = parsers.parse_index2(b"", False, format=format)[0]
    rank = 8 if format == 0xD34D else -1
    entry = (0, 5, 6, 0, 0, -1, -1, b"n" * 20, 77, 3, 1, 0, rank)
    index.append(entry)
    assert index[0] == entry and index.entry_size == 96
    again = parsers.parse_index2(index.entry_binary(0), False, format=format)[0]
    assert again[0] == entry
    index.replace_sidedata_info(0, 99, 4, 1, 2)
    assert index[0] == (1, 5, 6, 0, 0, -1, -1, b"n" * 20, 99, 4, 1, 2, rank)
    with pytest.raises(IndexError):
        again.replace_sidedata_info(0, 99, 4, 1, 2)


def test_damaged_indexes():
    data = packed(Model(3, 5).entries)
    for inline in (False, True):
        with pytest.raises(ValueError, match="corrupt"):
            parsers.parse_index2(data[:-1], inline)
    with pytest.raises(ValueError, match="format"):
        parsers.parse_index2(data, False, format=7)
    for parent in (5, 2**31 - 1, -2):
        bad = data[:-40] + struct.pack(">i", parent) + data[-36:]
        index = parsers.parse_index2(bad, False)[0]
        for ask in (
            index.headrevs,
            lambda index=index: index.ancestors(3, 4),
            lambda index=index: index.reachableroots2(0, [4], [0], True),
        ):
            with pytest.raises(ValueError, match="parent out of range"):
                ask()
    # A parent that is a child would be a walk without end.
    bad = data[:-40] + struct.pack(">ii", 4, 4) + data[-32:]
    with pytest.raises(ValueError, match="parent out of range"):
        parsers.parse_index2(bad, False)[0].ancestors(3, 4)


def test_what_is_left_out():
    """Mercurial asks for these, and goes another way without them."""
    for name in [
        "isasciistr",
        "asciilower",
        "asciiupper",
        "jsonescapeu8fast",
        "make_file_foldmap",
        "revlog_CAPI",
        "version",
        "versionerrortext",
    ]:
        assert not hasattr(parsers, name)
    for name in ["stats", "head_node_ids", "nodemap_data_all", "update_nodemap_data"]:
        assert not hasattr(parsers.IndexObject, name)


def test_items():
    item = parsers.DirstateItem
    clean = item(True, True, parentfiledata=(0o100755, 5, (9, 8, False)))
    assert (clean.state, clean.mode, clean.size, clean.mtime) == (b"n", 0o100755, 5, 9)
    assert clean.v2_data() == (0b110000001011, 5, 9, 8)
    assert item.from_v2_data(*clean.v2_data()).v2_data() == clean.v2_data()
    assert clean.mtime_likely_equal_to((9, 0, False))
    assert not clean.mtime_likely_equal_to((9, 7, False))
    for wrong in (None, 5, (1, 2)):
        with pytest.raises(TypeError):
            clean.mtime_likely_equal_to(wrong)
    again = item.from_v2_data(*clean.v2_data())
    assert clean == again and clean != item()
    with pytest.raises(TypeError):
        hash(clean)
    clean.fallback_exec = False
    assert clean.has_fallback_exec and clean.fallback_exec is False
    clean.set_possibly_dirty()
    assert clean.mtime == -1 and clean.size == 5
    clean.set_untracked()
    assert (clean.state, clean.size, clean.mode) == (b"r", 0, 0)
    assert item().state == b"?" and not item().any_tracked
    merged = item(True, True, True)
    assert merged.modified and merged.size == -2 and merged.state == b"m"
    merged.set_clean(0o644, 3, (1, 2, True))
    assert merged.p2_info  # as Mercurial's own pure module, unlike C
    merged.drop_merge_data()
    assert merged.maybe_clean and merged.v2_data()[1:] == (0, 0, 0)
    modified = item.from_v2_data(0b111000000011, 5, 9, 8)
    assert modified.size == modified.mtime == -1
    assert item.from_v1_data(b"r", 0, -1, 0).v2_data()[0] == 0b110
    with pytest.raises(RuntimeError):
        item.from_v1_data(b"z", 0, 0, 0)


def test_dirstate_v1():
    chance = random.Random(2)
    names = [b"f%d" % i for i in range(200)]
    items, copies, parents = {}, {}, (b"a" * 20, b"b" * 20)
    for name in names:
        state = chance.choice([b"n", b"n", b"a", b"r", b"m"])
        size, mtime = chance.randrange(-2, 9), chance.randrange(-1, 9)
        items[name] = parsers.DirstateItem.from_v1_data(state, 0o644, size, mtime)
        if chance.random() < 0.2:
            copies[name] = b"source"
    data = parsers.pack_dirstate(items, copies, parents)
    found, found_copies = {}, {}
    assert parsers.parse_dirstate(found, found_copies, data) == parents
    assert found == items and list(found) == names and found_copies == copies
    for end in (len(data) - 1, 41, 40 + 17):
        with pytest.raises(ValueError, match="overflow in dirstate"):
            parsers.parse_dirstate({}, {}, data[:end])
    with pytest.raises(ValueError, match="too little data"):
        parsers.parse_dirstate({}, {}, b"x" * 39)
    for arguments in (
        ({"f": items[b"f1"]}, {}, parents),
        ({b"f": None}, {}, parents),
        (items, {b"f1": 3}, parents),
        (items, {}, (b"short", NULL)),
        (items, {}, [NULL, NULL]),
    ):
        with pytest.raises(TypeError):
            parsers.pack_dirstate(*arguments)
    with pytest.raises(RuntimeError, match="untracked"):
        parsers.pack_dirstate({b"f": parsers.DirstateItem()}, {}, parents)


def test_dirs():
    dirs = parsers.dirs([b"a/b/c", b"a/d", b"e"])
    assert sorted(dirs) == [b"", b"a", b"a/b"] and b"a" in dirs and 5 not in dirs
    dirs.delpath(b"a/b/c")
    assert sorted(dirs) == [b"", b"a"]
    with pytest.raises(ValueError):
        dirs.delpath(b"x/y")
    before = sorted(dirs)
    for path in (b"a//b/c", b"x/" * 2048 + b"y"):
        with pytest.raises(ValueError):
            dirs.addpath(path)
    assert sorted(dirs) == before
    items = {b"a/x": parsers.DirstateItem(True), b"b/x": parsers.DirstateItem()}
    assert sorted(parsers.dirs(items, only_tracked=True)) == [b"", b"a"]
    with pytest.raises(ValueError):
        parsers.dirs([b"x"], True)


def test_lazymanifest_against_a_dict():
    chance = random.Random(4)

    def value():
        return chance.randbytes(20), chance.choice([b"", b"x", b"l", b"t"])

    def text(model):
        lines = [
            b"%b\0%b%b\n" % (path, node.hex().encode(), flag)
            for path, (node, flag) in sorted(model.items())
        ]
        return b"".join(lines)

    model = {b"dir%d/f%d" % (i % 7, i): value() for i in range(100)}
    manifest = parsers.lazymanifest(20, text(model))
    other, other_model = manifest.copy(), dict(model)
    for _ in range(150):
        path = chance.choice([*model, b"new%d" % chance.randrange(99)])
        if chance.random() < 0.4 and path in model:
            del manifest[path], model[path]
        else:
            manifest[path] = model[path] = value()
        assert manifest.text() == text(model) and len(manifest) == len(model)
    assert list(manifest) == list(manifest.iterkeys()) == sorted(model)
    assert list(manifest.iterentries()) == [(p, *model[p]) for p in sorted(model)]
    assert other.text() == text(other_model)
    paths = sorted({*model, *other_model})
    absent = (None, b"")
    changes = [(p, other_model.get(p, absent), model.get(p, absent)) for p in paths]
    expected = {p: None if a == b else (a, b) for p, a, b in changes}
    assert list(other.diff(manifest, True).items()) == list(expected.items())
    assert other.diff(manifest) == {p: c for p, c in expected.items() if c}
    kept = manifest.filtercopy(lambda path: path.startswith(b"new"))
    assert list(kept) == [path for path in sorted(model) if path[:3] == b"new"]
    for path in manifest:
        del manifest[path]
    assert not len(manifest) and manifest.text() == b""


def test_lazymanifest_refuses():
    line = b"%b\0" + b"0" * 40 + b"\n"
    for text, message in (
        (line % b"b" + line % b"a", "sorted order"),
        (line % b"a" + line % b"a", "sorted order"),
        ((line % b"a")[:-1], "end in a newline"),
        (line % b"", "zero-length"),
        (b"a\0123\n", "implausibly-short"),
        (b"a" * 50 + b"\n", "without a node"),
    ):
        with pytest.raises(ValueError, match=message):
            parsers.lazymanifest(20, text)
    with pytest.raises(ValueError, match="node length"):
        parsers.lazymanifest(21, b"")
    manifest = parsers.lazymanifest(20, line % b"a")
    for value in ((b"x", b""), (NULL, b"q"), (NULL,), [NULL, b""]):
        with pytest.raises(TypeError):
            manifest[b"f"] = value
    with pytest.raises(KeyError):
        manifest[b"f"]
    odd = parsers.lazymanifest(20, b"a\0" + b"0" * 45 + b"\n")
    with pytest.raises(ValueError, match="node length"):
        odd[b"a"]


def test_markers():
    header = struct.pack(">IdhHBBB", 19 + 60 + 2 + 5, 1.5, -60, 0, 1, 1, 1)
    marker = header + b"p" * 20 + b"s" * 20 + b"q" * 20 + b"\4\1" + b"user" + b"x"
    expected = (
        b"p" * 20,
        (b"s" * 20,),
        0,
        ((b"user", b"x"),),
        (1.5, -3600),
        (b"q" * 20,),
    )
    data = b"\1" + marker * 2
    assert parsers.fm1readmarkers(data, 1, len(data)) == [expected, expected]
    for end in range(2, len(marker)):
        with pytest.raises(ValueError, match="overflow in obsstore"):
            parsers.fm1readmarkers(data[:end], 1, end)
    for arguments in ((data, -1, 5), (data, 1, len(data) + 1)):
        with pytest.raises(ValueError):
            parsers.fm1readmarkers(*arguments)


def test_importing_needs_no_mercurial():
    place = str(Path(parsers.__file__).parents[2])
    code = "import sys, hgamalgam.pure.parsers; assert 'mercurial' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": place})


def apply(text, pieces):
    """What a delta makes of a text, by definition."""
    result, end = [], 0
    for start, old_end, new in pieces:
        result += [text[end:start], new]
        end = old_end
    return b"".join([*result, text[end:]])


def random_pieces(chance, length):
    cuts = sorted(chance.sample(range(length + 1), min(6, length // 2 * 2)))
    return [
        (start, end, chance.randbytes(chance.randrange(9)))
        for start, end in zip(cuts[::2], cuts[1::2])
    ]


def test_combined_deltas_reach_the_same_text():
    chance = random.Random(8)
    for _ in range(400):
        text = chance.randbytes(chance.randrange(60))
        first = random_pieces(chance, len(text))
        middle = apply(text, first)
        second = random_pieces(chance, len(middle))
        last = apply(middle, second)
        binaries = [
            b"".join(struct.pack(">lll", s, e, len(n)) + n for s, e, n in pieces)
            for pieces in (first, second)
        ]
        one, two = map(deltas.Delta.from_bytes, binaries)
        combined = one.combine(two)
        # Between the pieces both texts agree, and the pieces fill the rest.
        rebuilt, old, moved = b"", 0, 0
        for piece in combined._pieces:
            rebuilt += text[old : piece.start]
            new = len(rebuilt)
            rebuilt += last[new : new + piece.size]
            old = piece.old_end
            moved += piece.offset
        assert rebuilt + text[old:] == last and len(text) + moved == len(last)
        size = deltas.estimate_combined_deltas_size(binaries)
        assert size == combined.storage_size
        chain = [(7, binaries[0])]
        best = deltas.optimize_base(binaries[1], iter(chain), size)
        assert best == (7 if binaries[1] else None)
        if binaries[1]:
            assert deltas.optimize_base(binaries[1], iter(chain), size - 1) is None


def test_delta_sizes():
    assert deltas.estimate_combined_deltas_size([b"", b""]) == 0
    piece = deltas.DeltaPiece
    low = deltas.Delta([piece(0, 10, 10)])
    assert repr(low.combine(deltas.Delta([piece(20, 30, 10)]))) == (
        "Delta(size=44, [(0, 10, 10), (20, 30, 10)])"
    )
    # What touches is made one.
    assert repr(low.combine(deltas.Delta([piece(10, 20, 10)]))) == (
        "Delta(size=32, [(0, 20, 20)])"
    )
    for wrong in (b"x", struct.pack(">lll", 0, 0, -1)):
        with pytest.raises(ValueError):
            deltas.Delta.from_bytes(wrong)
