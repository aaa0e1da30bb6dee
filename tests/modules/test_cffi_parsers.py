# SPDX-License-Identifier: GPL-2.0-or-later
"""The cffi flavour's `parsers` and the pure one's, given the same."""

from __future__ import annotations

import mmap
import random

import pytest

from hgamalgam.pure import parsers as pure
from modules.flavours import load
from modules.parsers_inputs import (
    CHANGELOG_V2,
    NULL_NODE,
    V1,
    V2,
    cases,
    outcome,
    pack_index,
    random_entries,
    random_manifest,
)

ours = load("cffi", "parsers").module

LAYOUTS = [(V1, False), (V1, True), (V2, False), (V2, True), (CHANGELOG_V2, False)]
SHAPES = [(), (True, False), (False, True), (True, True)]


def test_what_it_has():
    """All that pure has, none of what C has besides, and no version to check."""
    assert {name for name in pure.__all__ if not hasattr(ours, name)} == set()
    for lacking in (
        "isasciistr",
        "jsonescapeu8fast",
        "make_file_foldmap",
        "revlog_CAPI",
        "version",
        "versionerrortext",
    ):
        assert not hasattr(ours, lacking)
    for lacking in ("head_node_ids", "nodemap_data_all"):
        assert not hasattr(ours.IndexObject, lacking)
    assert ours.IndexObject.rust_ext_compat == 0
    assert issubclass(ours.IndexObject, ours.index)


class Twins:
    """The same index, ours and pure."""

    def __init__(self, seed, format, inline, shape):
        self.random = random.Random(seed)
        self.format, self.shape = format, shape
        self.entries = random_entries(self.random, self.random.randrange(90), format)
        if self.entries and self.random.random() < 0.2:
            self.damage()
        data = pack_index(self.entries, format, inline)
        keywords = {} if format == V1 else {"format": format}
        self.mine, cache = ours.parse_index2(data, inline, *shape, **keywords)
        self.model, expected = pure.parse_index2(data, inline, *shape, **keywords)
        assert cache == expected

    def damage(self):
        rev = self.random.randrange(len(self.entries))
        base = self.random.choice((len(self.entries), -2, 2**31 - 1, -(2**31)))
        self.entries[rev] = self.entries[rev]._replace(base=base)

    def same(self, name, *arguments, order=lambda found: found):
        mine = outcome(getattr(self.mine, name), *arguments)
        model = outcome(getattr(self.model, name), *arguments)
        if not isinstance(model, type):
            mine, model = order(mine), order(model)
        assert mine == model, (name, arguments)

    def change(self):
        kind = self.random.random()
        if kind < 0.5:
            first = len(self.entries)
            count = self.random.randrange(80)
            for entry in random_entries(self.random, count, self.format, first):
                self.entries.append(entry)
                self.same("append", tuple(entry))
                if self.random.random() < 0.1:
                    self.same("rev", entry.node)
        elif kind < 0.8:
            start = self.random.randrange(len(self.entries) + 1)
            del self.mine[start:-1], self.model[start:-1], self.entries[start:]
        elif kind < 0.9:
            rev = self.random.randrange(-1, len(self.entries) + 1)
            self.same("replace_sidedata_info", rev, 1 << 33, 5, 77 << 16 | 1 << 10, 1)
        else:
            self.same("clearcaches")

    def rev(self):
        return self.random.randrange(-1, len(self.entries) + 1)

    def check(self):
        chance, length = self.random, len(self.entries)
        assert len(self.mine) == len(self.model) == length
        assert list(self.mine) == list(self.model)
        nodes = [entry.node for entry in chance.sample(self.entries, min(length, 5))]
        for node in (*nodes, NULL_NODE, chance.randbytes(20), b"short", "x" * 20, None):
            for name in ("rev", "get_rev", "has_node", "shortest", "__contains__"):
                self.same(name, node)
        for node in (*nodes, NULL_NODE):
            for digits in (1, 2, 4, 39, 40):
                self.same("partialmatch", node.hex().encode()[:digits])
        for rev in (-1, 0, length, 2**70):
            self.same("has_node", rev)
        hidden = frozenset(self.rev() for _ in range(10))
        for filtered in (None, hidden, set(hidden), sorted(hidden), {1.0, b"x"}, 5):
            self.same("headrevs", filtered)
            self.same("headrevs", filtered, self.rev())
        self.same("headrevs", None, 1.5)
        for _ in range(4):
            revs = [self.rev() for _ in range(chance.randrange(1, 5))]
            roots = [self.rev() for _ in range(chance.randrange(5))]
            self.same("headrevsdiff", *sorted((self.rev(), self.rev())))
            self.same("computephasesmapsets", {1: set(roots), 2: {self.rev()}})
            for path in (False, True):
                arguments = (min(roots, default=0), revs, roots, path)
                self.same("reachableroots2", *arguments, order=sorted)
            self.same("commonancestorsheads", *revs)
            self.same("ancestors", *revs)
            stop = chance.choice((None, self.rev(), b"x"))
            general = () if self.shape else (chance.randrange(2),)
            self.same("deltachain", self.rev(), stop, *general)
            self.same("issnapshot", self.rev())
            mine, model = {}, {}
            bounds = self.rev(), self.rev()
            found = outcome(self.mine.findsnapshots, mine, *bounds)
            assert found == outcome(self.model.findsnapshots, model, *bounds)
            assert mine == model or isinstance(found, type)
            chain = sorted({self.rev() for _ in range(20)})
            for density in (0.05, 0.5, 1.0):
                self.same("slicechunktodensity", chain, density, chance.choice((0, 90)))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("format", "inline"), LAYOUTS)
def test_index_as_in_pure(format, inline, shape):
    for seed in range(cases(300) // 30):
        twins = Twins(seed, format, inline, shape)
        twins.check()
        for _ in range(6):
            for _ in range(twins.random.randrange(1, 4)):
                twins.change()
            twins.check()


def test_no_index():
    data = pack_index(random_entries(random.Random(1), 3), V1, False)
    for bad, inline, format in (
        (data[:-1], False, V1),
        (data[:-1], True, V1),
        (bytes(96), True, CHANGELOG_V2),
        (data, False, 7),
        (5, False, V1),
        (None, True, V1),
    ):
        raised = outcome(ours.parse_index2, bad, inline, format=format)
        assert isinstance(raised, type)
        assert raised is outcome(pure.parse_index2, bad, inline, format=format)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
@pytest.mark.parametrize("inline", [False, True])
def test_buffers(kind, inline, tmp_path):
    entries = random_entries(random.Random(2), 30)
    data = pack_index(entries, V1, inline)
    index = ours.parse_index2(kind(data), inline)[0]
    expected = pure.parse_index2(data, inline)[0].headrevs()
    assert index.headrevs() == expected and index.rev(entries[9].node) == 9
    path = tmp_path / "index"
    path.write_bytes(data)
    with path.open("r+b") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    index = ours.parse_index2(memoryview(mapped), inline)[0]
    assert index.headrevs() == expected and index.rev(entries[9].node) == 9


def test_python_code_that_changes_the_index():
    """What is no int is asked for one while the arguments are read."""
    entries = random_entries(random.Random(3), 50)

    class Strip:
        """Passes for 40, and takes the revisions from 20 on away."""

        def __init__(self, index):
            self.index = index

        def __index__(self):
            del self.index[20:-1]
            return 40

        __int__ = __hash__ = __index__

        def __le__(self, other):
            return True

        __lt__ = __ge__ = __gt__ = __eq__ = __le__

    def put(value, strip):
        if isinstance(value, (list, set, tuple)):
            return type(value)(put(one, strip) for one in value)
        if isinstance(value, dict):
            return {key: {strip} for key in value}
        return strip if value == "strip" else value

    for name, arguments in (
        ("headrevs", (None, "strip")),
        ("headrevs", ({"strip"}, 45)),
        ("headrevsdiff", (5, "strip")),
        ("headrevsdiff", ("strip", 50)),
        ("computephasesmapsets", ({1: "strip"},)),
        ("reachableroots2", (0, [40, "strip"], [40], True)),
        ("reachableroots2", (0, [40], [40, "strip"], True)),
        ("reachableroots2", ("strip", [40], [40], True)),
        ("deltachain", ("strip", None, 1)),
        ("issnapshot", ("strip",)),
        ("findsnapshots", ({}, "strip", 45)),
        ("findsnapshots", ({}, 1, "strip")),
        ("slicechunktodensity", ([0, "strip", 45], 0.5, 0)),
    ):
        index = ours.parse_index2(pack_index(entries, V1, False), False)[0]
        index.headrevs()
        outcome(getattr(index, name), *put(arguments, Strip(index)))
        assert outcome(index.headrevs) is not None
        assert index.get_rev(entries[45].node) in (None, 45)


def test_jobs_refuse_what_the_index_has_not():
    """Python ran since the arguments were looked at: C looks again."""
    from hgamalgam.cffi._parsers import ffi, lib

    data = ffi.from_buffer(pack_index(random_entries(random.Random(6), 50), V1, False))
    index = ffi.gc(ffi.new("hg_index *"), lib.hg_index_close)
    assert lib.hg_index_open(index, data, len(data), False, V1) == lib.HG_INDEX_OK
    revs, others = ffi.new("hg_rev_list *"), ffi.new("hg_rev_list *")
    bools, slices, count = (
        ffi.new("bool *"),
        ffi.new("hg_slice **"),
        ffi.new("size_t *"),
    )
    pushed = ffi.gc(ffi.new("hg_rev_list *"), lib.hg_rev_list_free)
    assert lib.index_jobs_push(pushed, 50)
    inside = ffi.new("int32_t[]", [0, -1])
    for rev in (50, 2**31 - 1, -2, -(2**31)):
        bad = ffi.new("int32_t[]", [3, rev])
        statuses = [
            lib.index_jobs_append(index, 0, 49, data, 1),
            lib.index_jobs_append(index, 1, 50, data, 1),
            lib.index_jobs_common_heads(index, bad, 2, revs),
            lib.index_jobs_is_snapshot(index, rev, bools),
            lib.index_jobs_chain(
                index, ffi.new("hg_chain_query *", (rev, -1, False, False)), revs, bools
            ),
            lib.index_jobs_slice(
                index, ffi.new("hg_slice_query *", (bad, 2, 1.0, 0, 0)), slices, count
            ),
            *(
                lib.index_jobs_reachable(
                    index,
                    ffi.new("hg_reachable_query *", (0, heads, 2, roots, 2, True)),
                    revs,
                )
                for heads, roots in ((bad, inside), (inside, bad))
            ),
        ]
        assert set(statuses) == {lib.HG_INDEX_STRIPPED}
    for begin, end in ((0, 51), (-1, 5), (9, 8), (0, 2**31 - 1)):
        statuses = [
            lib.index_jobs_heads(index, end if end > 50 else -1, ffi.NULL, revs),
            lib.index_jobs_heads_diff(index, begin, end, revs, others),
            lib.index_jobs_phases(index, begin, end, ffi.NULL),
            lib.index_jobs_find_snapshots(index, begin, end, False, revs, others),
            lib.index_jobs_deepest(index, pushed),
        ]
        assert set(statuses) == {lib.HG_INDEX_STRIPPED}
    assert not revs.count and not others.count and slices[0] == ffi.NULL


class Liar(bytes):
    """Claims to be longer than it is."""

    def __len__(self):
        return 20

    def __getitem__(self, key):
        return b"lie"


def test_bytes_that_lie():
    entries = random_entries(random.Random(4), 30)
    index = ours.parse_index2(pack_index(entries, V1, False), False)[0]
    for call in (index.rev, index.get_rev, index.has_node, index.shortest):
        with pytest.raises(ValueError, match="node len"):
            call(Liar(b"short"))
    text = random_manifest(random.Random(4), 5)
    manifest = ours.lazymanifest(20, Liar(text))
    path = next(iter(manifest))
    assert manifest.text() == text and Liar(path) in manifest
    assert manifest[Liar(path)] == manifest[path]
    with pytest.raises(TypeError):
        manifest[path] = (Liar(b"short"), b"")
    with pytest.raises(KeyError):
        manifest[Liar(b"")]


# -- manifests ---------------------------------------------------------------


@pytest.mark.parametrize("sizes", [(20, 20), (32, 32), (20, 32)])
def test_manifests_as_in_pure(sizes):
    for seed in range(cases(300) // 10):
        chance = random.Random(seed)
        texts = [random_manifest(chance, chance.randrange(40), size) for size in sizes]
        mine = [ours.lazymanifest(*one) for one in zip(sizes, texts)]
        model = [pure.lazymanifest(*one) for one in zip(sizes, texts)]
        paths = [line.split(b"\0")[0] for line in b"".join(texts).splitlines()]
        for _ in range(40):
            which = chance.randrange(2)
            path = chance.choice([*paths, b"new", chance.randbytes(3) + b"z"])
            action = chance.randrange(6)
            if action < 2:
                value = (chance.randbytes(sizes[which]), chance.choice((b"", b"x")))
                for manifests in mine, model:
                    outcome(manifests[which].__setitem__, path, value)
            elif action < 3:
                found = outcome(mine[which].__delitem__, path)
                assert found == outcome(model[which].__delitem__, path)
            elif action < 4:
                first = path[:1] if chance.random() < 0.5 else b"none"
                for manifests in mine, model:
                    copy = manifests[which].copy()
                    manifests[which] = copy.filtercopy(
                        lambda one, first=first: not one.startswith(first)
                    )
            elif action < 5:
                for clean in (False, True):
                    found = mine[0].diff(mine[1], clean)
                    expected = model[0].diff(model[1], clean)
                    assert list(found.items()) == list(expected.items())
            else:
                assert mine[which].text() == model[which].text()
            assert outcome(mine[which].__getitem__, path) == outcome(
                model[which].__getitem__, path
            )
        for left, right in zip(mine, model):
            assert list(left.iterentries()) == list(right.iterentries())
            assert list(left) == list(right) and len(left) == len(right)


def test_many_lines():
    """More than C is asked about at once."""
    lines = [b"%06d\0%040x%s\n" % (i, i, b"x" * (i % 3 == 0)) for i in range(9000)]
    manifest = ours.lazymanifest(20, b"".join(lines))
    model = pure.lazymanifest(20, b"".join(lines))
    assert list(manifest) == list(model)
    assert list(manifest.iterentries()) == list(model.iterentries())
    empty, nothing = ours.lazymanifest(20, b""), pure.lazymanifest(20, b"")
    other, change = manifest.copy(), model.copy()
    for one in other, change:
        for i in range(0, 9000, 2):
            one[b"%06d" % i] = (NULL_NODE, b"l")
    for clean in (False, True):
        assert manifest.diff(empty, clean) == model.diff(nothing, clean)
        assert empty.diff(manifest, clean) == nothing.diff(model, clean)
        found = manifest.diff(other, clean)
        assert list(found.items()) == list(model.diff(change, clean).items())


def test_lines_without_a_node():
    for bad in (b"z" * 40, b"1" * 41, b"1" * 60):
        lines = [b"%05d\0%040x\n" % (i, i) for i in range(3000)]
        lines[2500] = b"%05d\0" % 2500 + bad + b"\n"
        manifest = ours.lazymanifest(20, b"".join(lines))
        assert len(list(manifest)) == 3000
        entries = manifest.iterentries()
        assert [next(entries)[0] for _ in range(2500)][-1] == b"02499"
        with pytest.raises(ValueError):
            next(entries)
        for attempt in (
            lambda manifest=manifest: manifest[b"02500"],
            lambda manifest=manifest: manifest.diff(ours.lazymanifest(20, b"")),
            lambda manifest=manifest: ours.lazymanifest(20, b"").diff(manifest),
        ):
            with pytest.raises(ValueError):
                attempt()


def test_what_happens_while_iterating():
    text = b"".join(b"%05d\0%040x\n" % (i, i) for i in range(5000))
    manifest = ours.lazymanifest(20, text)
    seen = 0
    for path, node, _flag in manifest.iterentries():
        manifest[path] = (node[::-1], b"x")
        if seen % 2:
            del manifest[path]
        seen += 1
    assert seen == 5000 and len(manifest) == 2500
    kept = manifest.filtercopy(
        lambda path: manifest.__setitem__(path, (NULL_NODE, b""))
    )
    assert len(kept) == 0 and kept.text() == b""
