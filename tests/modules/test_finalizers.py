# SPDX-License-Identifier: GPL-2.0-or-later
"""What a call works on changes in the middle of it, method by method.

Each method of each type, and each function that is given something mutable, is
called while every garbage collection changes the very objects. It answers for them
as they were at some moment, or raises what stands for a change; and the objects go
on. `make asan` sees what is read of freed memory. The index and its trees are in
test_index_finalizers.py.
"""

from __future__ import annotations

import os
import struct
from itertools import count
from typing import Any, Callable, ClassVar

import pytest

from modules.finalizers import COLLECTS_WHILE_ALLOCATING, Change
from modules.flavours import load

MODULE = "parsers"
NODES = [bytes([n]) * 20 for n in range(16)]
REFUSALS = (IndexError, KeyError, RuntimeError, TypeError, ValueError)
PATHS = [b"directory%02d/file%02d" % (i // 5, i) for i in range(40)]
DATE = (5, 6, 0)

Methods = dict[str, Callable[[Any], Any]]


def manifest_text(paths: list[bytes], node: bytes = NODES[1]) -> bytes:
    return b"".join(b"%s\0%s\n" % (path, node.hex().encode()) for path in paths)


class Manifests:
    """A lazymanifest with edits, and one to compare it with."""

    name = "lazymanifest"

    def __init__(self, module: Any) -> None:
        self.module = module
        self.one = module.lazymanifest(20, manifest_text(PATHS))
        self.other = module.lazymanifest(20, manifest_text(PATHS[5:], NODES[2]))
        for manifest in (self.one, self.other):
            manifest[PATHS[7]] = (NODES[3], b"x")
            manifest[b"edited"] = (NODES[4], b"")
            del manifest[PATHS[9]]
        self.iterators = [self.one.iterkeys(), self.one.iterentries()]
        self.one[b"edited too"] = (NODES[5], b"l")
        self.numbers = count()

    # Moves the lines, replaces those that are there, and takes some away.
    def edit(self) -> None:
        number = next(self.numbers)
        for manifest in (self.one, self.other):
            for i in range(40):
                manifest[b"new %d %d" % (number, i)] = (NODES[6], b"t")
            for path in PATHS[7:30]:
                manifest[path] = (NODES[number % 16], b"")
            manifest[b"edited"] = (NODES[7], b"x")

    def remove(self) -> None:
        for manifest in (self.one, self.other):
            for path in list(manifest)[::3]:
                del manifest[path]

    # Makes edits part of a new text.
    def compact(self) -> None:
        self.edit()
        self.one.text()
        self.other.copy()

    def drop(self) -> None:
        self.other = self.one = self.one.copy()
        self.edit()

    changes = (edit, remove, compact, drop)
    methods: ClassVar[Methods] = {
        "__contains__": lambda self: PATHS[20] in self.one,
        "__delitem__": lambda self: self.one.__delitem__(PATHS[20]),
        "__getitem__": lambda self: self.one[PATHS[20]],
        "__iter__": lambda self: list(self.one),
        "__len__": lambda self: len(self.one),
        "__new__": lambda self: len(self.module.lazymanifest(20, self.one.text())),
        "__setitem__": lambda self: self.one.__setitem__(PATHS[20], (NODES[9], b"")),
        "copy": lambda self: self.one.copy().text(),
        "diff": lambda self: self.one.diff(self.other, True),
        "filtercopy": lambda self: self.one.filtercopy(bytes).text(),
        "iterentries": lambda self: list(self.one.iterentries()),
        "iterkeys": lambda self: list(self.one.iterkeys()),
        "text": lambda self: self.one.text(),
        # Of the iterators' own types.
        "__next__": lambda self: [list(one) for one in self.iterators],
    }
    # As the manifests were when the call began.
    atomic = ("diff", "filtercopy", "__next__")

    def check(self) -> None:
        for manifest in (self.one, self.other):
            text = manifest.text()
            again = self.module.lazymanifest(20, text)
            assert list(again.iterentries()) == list(manifest.iterentries())
            assert again.text() == text
            assert again.diff(manifest) == {}


class Directories:
    name = "dirs"

    def __init__(self, module: Any) -> None:
        self.module = module
        self.map = dict.fromkeys(PATHS)
        self.one = module.dirs(self.map)
        self.iterator = iter(self.one)

    def change(self) -> None:
        for path in (b"a/b", b"c/d/e", *PATHS[:3]):
            self.one.addpath(path)
            self.map[path] = None

    def undo(self) -> None:
        for path in PATHS[:30]:
            self.one.addpath(path)
        for path in PATHS[:30]:
            self.one.delpath(path)

    changes = (change, undo)
    methods: ClassVar[Methods] = {
        "__contains__": lambda self: b"directory01" in self.one,
        "__iter__": lambda self: b"directory01" in list(self.one),
        "__new__": lambda self: b"directory01" in self.module.dirs(self.map),
        "addpath": lambda self: self.one.addpath(b"directory01/other"),
        "delpath": lambda self: self.one.delpath(PATHS[35]),
    }
    atomic = ()

    def check(self) -> None:
        assert b"directory01" in self.one
        for path in PATHS[:10]:
            self.one.delpath(path)


class Items:
    name = "DirstateItem"

    def __init__(self, module: Any) -> None:
        self.module = module
        self.one = self.new()

    def new(self) -> Any:
        return self.module.DirstateItem(
            wc_tracked=True, p1_tracked=True, parentfiledata=(0o644, 5, DATE)
        )

    def change(self) -> None:
        self.one.set_untracked()
        self.one.set_tracked()
        self.one.fallback_exec = True

    def forget(self) -> None:
        self.one.drop_merge_data()
        self.one = self.new()

    changes = (change, forget)
    methods: ClassVar[Methods] = {
        "__new__": lambda self: self.new().v2_data(),
        "drop_merge_data": lambda self: self.one.drop_merge_data(),
        "from_v2_data": lambda self: self.module.DirstateItem.from_v2_data(
            1, 2, 3, 4
        ).v2_data(),
        "mtime_likely_equal_to": lambda self: (
            self.one.mtime_likely_equal_to((1, 2, 0)),
        ),
        "set_clean": lambda self: self.one.set_clean(0o644, 5, DATE),
        "set_possibly_dirty": lambda self: self.one.set_possibly_dirty(),
        "set_tracked": lambda self: self.one.set_tracked(),
        "set_untracked": lambda self: self.one.set_untracked(),
        "v2_data": lambda self: len(self.one.v2_data()),
        **{
            name: lambda self, name=name: [getattr(self.one, name)][1:]
            for name in (
                *("added", "any_tracked", "fallback_exec", "fallback_symlink"),
                *("from_p2", "has_fallback_exec", "has_fallback_symlink"),
                *("maybe_clean", "mode", "modified", "mtime", "p1_tracked"),
                *("p2_info", "removed", "size", "state", "tracked"),
            )
        },
    }
    atomic = ()

    def check(self) -> None:
        self.one.set_clean(0o644, 7, DATE)
        assert self.one.size == 7


class Dirstates:
    """The functions that read and fill dicts and lists, which change."""

    name = "parsers"

    def __init__(self, module: Any) -> None:
        self.module = module
        item = module.DirstateItem(wc_tracked=True, p1_tracked=True)
        self.map = dict.fromkeys(PATHS, item)
        self.copies = dict.fromkeys(PATHS[::3], PATHS[0])
        self.parents = (NODES[1], NODES[2])
        self.packed = module.pack_dirstate(self.map, self.copies, self.parents)
        self.item = item

    def change(self) -> None:
        self.map.clear()
        self.copies.clear()

    def grow(self) -> None:
        for i in range(100):
            self.map[b"new %d %d" % (len(self.map), i)] = self.item
            self.copies[b"new %d %d" % (len(self.copies), i)] = PATHS[1]

    changes = (change, grow)
    methods: ClassVar[Methods] = {
        "dict_new_presized": lambda self: self.module.dict_new_presized(9),
        "fm1readmarkers": lambda self: self.module.fm1readmarkers(MARKERS, 0, SIZE),
        "make_file_foldmap": lambda self: bool(
            self.module.make_file_foldmap(dict(self.map), 0, lambda path: bytes(path))
        ),
        "pack_dirstate": lambda self: self.module.pack_dirstate(
            self.map, self.copies, self.parents
        )[:40],
        "parse_dirstate": lambda self: self.module.parse_dirstate(
            self.map, self.copies, self.packed
        ),
    }
    atomic = ("fm1readmarkers", "parse_dirstate")

    def check(self) -> None:
        map, copies = {}, {}
        assert self.module.parse_dirstate(map, copies, self.packed) == self.parents
        assert len(map) == len(PATHS)


MARKER = (
    struct.pack(">IdhHBBB", 19 + 20 + 20 + 2 + 6, 5.5, 60, 0, 1, 0, 1)
    + NODES[1]
    + NODES[2]
    + bytes([2, 4])
    + b"keytext"[:6]
)
MARKERS = MARKER * 9
SIZE = len(MARKERS)

# By type: those that make an object that the collector knows, and so may collect.
COLLECTING = {
    "lazymanifest": {"__getitem__", "diff", "iterentries", "filtercopy", "__next__"},
    "parsers": {"fm1readmarkers"},
}
CASES = [
    (kind, name)
    for kind in (Manifests, Directories, Items, Dirstates)
    for name in kind.methods
]


def tried(call: Any, case: Any, change: Any) -> tuple[Any, int]:
    """What a call gives meanwhile, or None if it refuses; how often it changed."""
    changing = Change(lambda: change(case))
    with changing.at_every_collection():
        try:
            return call(case), changing.count
        except REFUSALS:
            return None, changing.count


@pytest.mark.parametrize(
    ("kind", "name"), CASES, ids=[f"{kind.name}.{name}" for kind, name in CASES]
)
def test_methods(native, kind, name):
    call = kind.methods[name]
    expected = call(kind(native))
    for change in kind.changes:
        case = kind(native)
        answer, changes = tried(call, case, change)
        if COLLECTS_WHILE_ALLOCATING:
            assert changes or name not in COLLECTING.get(kind.name, ())
        if name in kind.atomic:
            assert answer == expected
        case.check()


def test_every_method_is_tried(native):
    """A new method has to have its case above."""
    inner = {
        *("__doc__", "__module__", "__repr__", "__hash__", "__getattribute__"),
        *("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"),
    }
    for kind in (Manifests, Directories, Items):
        there = set(vars(getattr(native, kind.name))) - inner
        assert there <= set(kind.methods)
    manifest = native.lazymanifest(20, b"")
    for iterator in (manifest.iterkeys(), manifest.iterentries()):
        assert set(vars(type(iterator))) - inner == {"__iter__", "__next__"}
    functions = {
        name
        for name, value in vars(native).items()
        if type(value).__name__ == "builtin_function_or_method"
    }
    # These are given bytes alone.
    of_bytes = {
        *("asciilower", "asciiupper", "encodedir", "isasciistr"),
        *("jsonescapeu8fast", "lowerencode", "pathencode"),
    }
    assert functions == of_bytes | {"parse_index2"} | set(Dirstates.methods)


def lists_change(module: str, call: Any, items: list[Any]) -> None:
    """A list that a function is given loses its items, or gets others, meanwhile."""
    loaded = load("c", module)
    assert loaded is not None
    function = getattr(loaded.module, call)
    for change in (list.clear, lambda given: given.extend(items), list.pop):
        given = list(items)
        tried(lambda given: function(given), given, change)


def test_lists_of_names():
    here = os.path.dirname(__file__).encode()
    lists_change("osutil", "statfiles", [here, b"/nowhere", __file__.encode()] * 500)


def test_lists_of_deltas():
    delta = struct.pack(">lll", 0, 0, 3) + b"abc"
    loaded = load("c", "mpatch")
    assert loaded is not None
    for change in (list.clear, list.pop):
        for kind in (bytes, bytearray, memoryview):
            deltas = [kind(delta) for _ in range(50)]
            tried(lambda given: loaded.module.patches(b"text", given), deltas, change)


def test_deltas_and_blocks():
    """What makes many objects, of bytes alone."""
    bdiff = load("c", "bdiff")
    osutil = load("c", "osutil")
    assert bdiff is not None
    assert osutil is not None
    lines = [b"line %d\n" % i for i in range(300)]
    a, b = b"".join(lines), b"".join(lines[::2])
    kept: list[bytes] = []
    for call in (
        lambda _: bdiff.module.blocks(a, b),
        lambda _: bdiff.module.xdiffblocks(a, b),
        lambda _: bdiff.module.splitnewlines(a),
        lambda _: sorted(osutil.module.listdir(os.path.dirname(__file__).encode())),
    ):
        expected = call(kept)
        answer, changes = tried(call, kept, list.clear)
        assert answer == expected
        assert changes or not COLLECTS_WHILE_ALLOCATING
