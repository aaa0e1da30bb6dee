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
from typing import Any

import pytest

from modules.finalizers import COLLECTS_WHILE_ALLOCATING, Change
from modules.flavours import load
from modules.parsers_calls import CASES, Directories, Dirstates, Items, Manifests

MODULE = "parsers"
REFUSALS = (IndexError, KeyError, RuntimeError, TypeError, ValueError)

# By type: those that make an object that the collector knows, and so may collect.
COLLECTING = {
    "lazymanifest": {"__getitem__", "diff", "iterentries", "filtercopy", "__next__"},
    "parsers": {"fm1readmarkers"},
}


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


@pytest.mark.parametrize("name", Manifests.methods)
def test_manifests_of_cffi(name):
    """Python runs between any two calls of C: each of those is whole by itself."""
    cffi = load("cffi", "parsers")
    assert cffi is not None
    for change in Manifests.changes:
        case = Manifests(cffi.module)
        _answer, changes = tried(Manifests.methods[name], case, change)
        assert changes or not COLLECTS_WHILE_ALLOCATING or name.startswith("__")
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


# A list that a function is given loses its items, or gets others, meanwhile.
def test_lists_of_names():
    names = [os.path.dirname(__file__).encode(), b"/nowhere", __file__.encode()] * 500
    statfiles = load("c", "osutil").module.statfiles

    def sizes(found):
        return [one and one.st_size for one in found]

    expected = sizes(statfiles(names))
    assert expected[2] == os.stat(__file__).st_size
    for change in (list.clear, lambda given: given.extend(names[:3]), list.pop):
        given = list(names)
        answer, changes = tried(lambda given: sizes(statfiles(given)), given, change)
        assert answer is None or answer == (expected * 2)[: len(answer)]
        assert changes or not COLLECTS_WHILE_ALLOCATING


def test_lists_of_deltas():
    delta = struct.pack(">lll", 0, 0, 3) + b"abc"
    loaded = load("c", "mpatch")
    assert loaded is not None
    for change in (list.clear, list.pop):
        for kind in (bytes, bytearray, memoryview):
            deltas = [kind(delta) for _ in range(50)]
            expected = loaded.module.patches(b"text", deltas)
            answer, _ = tried(
                lambda given: loaded.module.patches(b"text", given), deltas, change
            )
            assert answer in (None, expected)


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
