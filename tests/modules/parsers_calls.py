# SPDX-License-Identifier: GPL-2.0-or-later
"""Each method of the types of `parsers`, and each function that fills something.

A kind is made of a module: `one`, and what goes with it. It has calls by the name of
the method, ways to change it meanwhile, and a check that it goes on as it should.
"""

from __future__ import annotations

import struct
from itertools import count
from typing import Any, Callable, ClassVar

NODES = [bytes([n]) * 20 for n in range(16)]
PATHS = [b"directory%02d/file%02d" % (i // 5, i) for i in range(40)]
DATE = (5, 6, 0)

Methods = dict[str, Callable[[Any], Any]]


def manifest_text(paths: list[bytes], node: bytes = NODES[1]) -> bytes:
    return b"".join(b"%s\0%s\n" % (path, node.hex().encode()) for path in paths)


def fold(path: bytes) -> bytes:
    return bytes(path)


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
            self.module.make_file_foldmap(dict(self.map), 0, fold)
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

KINDS = (Manifests, Directories, Items, Dirstates)
CASES = [(kind, name) for kind in KINDS for name in kind.methods]
