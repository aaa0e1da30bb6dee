# SPDX-License-Identifier: GPL-2.0-or-later
"""What rust-cpython gives, in real use: a test for each feature, by its name.

Shared references over the dirstate are in test_rust_shared.py, over changing
indexes in test_rust_shared_graph.py.
"""

from __future__ import annotations

import ctypes
import gc
import itertools
import os
import random
import sys
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from mercurial import error

from hgamalgam import rustext
from hgamalgam.cext import parsers
from modules.capsules import (
    CORE_NAME,
    REVLOG_NAME,
    CoreCapi,
    FileStatus,
    context_of,
    make_capsule,
    pointer_of,
    set_context,
)
from modules.parsers_inputs import V1, pack_index, random_entries
from modules.threads import in_threads

DirstateItem = rustext.dirstate.DirstateItem
MissingAncestors = rustext.ancestor.MissingAncestors
LazyAncestors = rustext.ancestor.LazyAncestors
AncestorsIterator = rustext.ancestor.AncestorsIterator

MUTATED = "^Cannot access to leaked reference after mutation$"
REVISIONS = 400


def rust_index() -> Any:
    entries = random_entries(random.Random(5), REVISIONS)
    return rustext.revlog.Index(pack_index(entries, V1, False), V1)


def c_index() -> Any:
    entries = random_entries(random.Random(5), REVISIONS)
    return parsers.parse_index2(pack_index(entries, V1, False), False)[0]


@pytest.fixture(params=[rust_index, c_index], ids=["rust", "c"])
def index(request: pytest.FixtureRequest) -> Any:
    return request.param()


# PySet


def test_sets_are_the_callers_own(index: Any) -> None:
    missing = MissingAncestors(index, [9])
    for answer in (missing.bases, missing.basesheads):
        first = answer()
        assert type(first) is set and all(type(rev) is int for rev in first)
        first.clear()
        assert answer() and 9 in answer()
    heads = rustext.dagop.headrevs(index, {3, 7})
    heads.add(1000)
    assert 1000 not in rustext.dagop.headrevs(index, {3, 7})


def test_sets_of_the_caller_are_changed_in_place(index: Any) -> None:
    revs = set(range(20))
    same = revs
    missing = MissingAncestors(index, [5])
    assert missing.removeancestorsfrom(revs) is None
    assert revs is same and 5 not in revs and 19 in revs


@pytest.mark.parametrize("kind", [set, frozenset, list, tuple, dict.fromkeys, iter])
def test_any_iterable_is_a_set_of_revisions(index: Any, kind: Any) -> None:
    assert MissingAncestors(index, kind([3, 5])).bases() >= {3, 5}
    for wrong in (None, 3, [None], ["3"], [2**40]):
        with pytest.raises((TypeError, OverflowError)):
            MissingAncestors(index, wrong)


def test_sets_of_odd_elements_and_iterators_that_fail(index: Any) -> None:
    def failing() -> Any:
        yield 3
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        MissingAncestors(index, failing())
    assert rustext.dagop.headrevs(index, [True]) == {1}


# PyCapsule


def core() -> CoreCapi:
    return CoreCapi.from_address(pointer_of(rustext.core_CAPI, CORE_NAME))


def test_capsule_name_and_shape() -> None:
    assert type(rustext.core_CAPI).__name__ == "PyCapsule"
    with pytest.raises(ValueError):
        pointer_of(rustext.core_CAPI, b"hgamalgam.rustext.other")
    assert (core().abi_version, core().size) == (2, ctypes.sizeof(CoreCapi))
    assert context_of(rustext.core_CAPI) is None


def test_capsule_function(tmp_path: Path) -> None:
    names = [os.fsencode(tmp_path / str(number)) for number in range(300)]
    for name in names[::2]:
        os.symlink("target", name)
    paths = (ctypes.c_char_p * len(names))(*names)
    statuses = (FileStatus * (len(names) + 1))()
    ctypes.memset(statuses, 0xA5, ctypes.sizeof(statuses))
    # ctypes lets the GIL go: from threads, all at once, each with its room.
    assert core().stat_files(paths, len(names), statuses, 3) == 0
    for number, name in enumerate(names):
        status = statuses[number]
        if number % 2:
            assert status.error == 2
            assert bytes(status)[:-4] == bytes(ctypes.sizeof(FileStatus) - 4)
        else:
            assert (status.error, status.inode) == (0, os.lstat(name).st_ino)
    # Nothing beyond the last is touched.
    assert bytes(statuses[len(names)]) == b"\xa5" * ctypes.sizeof(FileStatus)
    assert core().stat_files(None, 0, None, 0) == 0
    assert core().stat_files(None, 1, statuses, 1) == -1
    assert core().stat_files(paths, 1, None, 1) == -1


def test_capsule_function_from_threads(tmp_path: Path) -> None:
    names = [os.fsencode(tmp_path)] * 3000
    paths = (ctypes.c_char_p * len(names))(*names)
    inode = tmp_path.stat().st_ino

    def ask() -> None:
        for _ in range(5):
            statuses = (FileStatus * len(names))()
            assert core().stat_files(paths, len(names), statuses, 3) == 0
            assert all(status.inode == inode for status in statuses)

    assert in_threads(ask, ask, ask) == []


def number(of: int) -> ctypes.Structure:
    class Number(ctypes.Structure):
        _fields_ = (("abi_version", ctypes.c_int), ("size", ctypes.c_size_t))

    return Number(of, 16)


@pytest.mark.parametrize("abi", [2, 4])
def test_capsule_of_another_abi_is_not_read(
    monkeypatch: pytest.MonkeyPatch, abi: int
) -> None:
    struct, index = number(abi), c_index()
    capsule = make_capsule(struct, REVLOG_NAME)
    fake = SimpleNamespace(index=parsers.index, revlog_CAPI=capsule)
    monkeypatch.setitem(sys.modules, parsers.__name__, fake)
    text = f"^revlog_CAPI has ABI {abi}, 3 is required$"
    with pytest.raises(ImportError, match=text):
        LazyAncestors(index, [1], 0, True)
    for wrong in (make_capsule(struct, b"other"), None):
        fake.revlog_CAPI = wrong
        with pytest.raises(ValueError):
            LazyAncestors(index, [1], 0, True)
    del fake.revlog_CAPI
    with pytest.raises(AttributeError):
        LazyAncestors(index, [1], 0, True)


@pytest.mark.parametrize(
    ("abi", "text"),
    [(2, "has ABI 2, 1 is required"), (1, "has 16 bytes, 24 are required")],
)
def test_capsule_with_another_context_is_not_read(abi: int, text: str) -> None:
    capsule, struct, index = parsers.revlog_CAPI, number(abi), c_index()
    before = context_of(capsule)
    set_context(capsule, ctypes.addressof(struct))
    try:
        with pytest.raises(ImportError, match=f"^the context of revlog_CAPI {text}$"):
            LazyAncestors(index, [1], 0, True)
    finally:
        set_context(capsule, before)
    assert 1 in LazyAncestors(index, [1], 0, True)


# Properties and __setattr__


def test_properties_and_setattr() -> None:
    item = DirstateItem(True, True)
    item.fallback_exec = True
    setattr(item, "fallback_symlink", False)  # noqa: B010
    assert (item.fallback_exec, item.fallback_symlink) == (True, False)
    # What is set shows in the other properties, and in the type's own.
    assert item.has_fallback_exec and item.has_fallback_symlink
    assert DirstateItem.fallback_exec.__get__(item) is True
    del item.fallback_exec
    assert item.fallback_exec is None and not item.has_fallback_exec
    with pytest.raises(TypeError):
        item.fallback_symlink = 1
    assert item.fallback_symlink is False


@pytest.mark.parametrize("name", ["state", "tracked", "has_fallback_exec", "unknown"])
def test_setattr_of_what_cannot_be_set(name: str, index: Any) -> None:
    item = DirstateItem(True, True)
    with pytest.raises(AttributeError):
        setattr(item, name, True)
    with pytest.raises(AttributeError):
        delattr(item, name)
    with pytest.raises(AttributeError):
        setattr(LazyAncestors(index, [1], 0, True), name, 1)
    with pytest.raises(TypeError):
        setattr(DirstateItem, name, 1)


# Class inheritance


def test_inheritance_of_exceptions(index: Any) -> None:
    fallback = rustext.dirstate.FallbackError
    assert fallback.__mro__[1:3] == (RuntimeError, Exception)
    assert rustext.GraphError.__mro__[1:3] == (ValueError, Exception)
    assert fallback.__module__ == rustext.GraphError.__module__ == "rustext"
    try:
        MissingAncestors(index, [REVISIONS])
    except ValueError as caught:
        assert type(caught) is rustext.GraphError
        assert caught.args == ("InvalidRevision", REVISIONS)
    else:
        raise AssertionError("no error")

    # They can be inherited from in their turn.
    class Narrower(fallback):  # type: ignore[misc, valid-type]
        pass

    with pytest.raises(RuntimeError):
        raise Narrower("why")


def test_inheritance_from_mercurials_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever class stands there when it is raised (contract section 6)."""

    class Other(error.RevlogError):  # type: ignore[misc]
        pass

    monkeypatch.setattr(error, "RevlogError", Other)
    with pytest.raises(Other):
        rust_index().rev(b"x" * 20)


def test_classes_without_inheritance(index: Any) -> None:
    classes = [DirstateItem, rustext.dirstate.Dirs, rustext.revlog.Index]
    classes += [LazyAncestors, AncestorsIterator, MissingAncestors]
    for final in classes:
        with pytest.raises(TypeError):
            type("Derived", (final,), {})


# Iterators over Rust collections with shared references


def test_iterate_and_mutate(index: Any) -> None:
    lazy = LazyAncestors(index, [REVISIONS - 1], 0, True)
    seen = []
    with pytest.raises(RuntimeError, match=MUTATED):
        for rev in lazy:
            seen.append(rev)
            if len(seen) == 3:
                del index[REVISIONS - 1 : -1]
    assert len(seen) == 3
    # An iterator that an error ended holds the index no longer than itself.
    before = sys.getrefcount(index)
    walk = AncestorsIterator(index, [1], 0, True)
    assert sys.getrefcount(index) == before + 1
    del walk
    assert sys.getrefcount(index) == before


def test_iterate_without_the_owner(index: Any) -> None:
    expected = list(LazyAncestors(index, [REVISIONS - 1], 0, True))
    iterator = iter(LazyAncestors(index, [REVISIONS - 1], 0, True))
    del index
    gc.collect()
    assert list(iterator) == expected


def test_iterate_from_two_places(index: Any) -> None:
    lazy = LazyAncestors(index, [REVISIONS - 1], 0, True)
    expected = list(lazy)
    one, other = iter(lazy), iter(lazy)
    pairs = []
    for rev in one:
        assert expected[-1] in lazy
        pairs.append((rev, next(other)))
    assert pairs == [(rev, rev) for rev in expected]
    with pytest.raises(StopIteration):
        next(other)
    assert iter(one) is one


def test_iterate_from_threads(index: Any) -> None:
    """One iterator, many threads: each revision once, whoever gets it."""
    expected = list(LazyAncestors(index, [REVISIONS - 1], 0, True))
    old = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for _ in range(20):
            iterator = AncestorsIterator(index, [REVISIONS - 1], 0, True)
            parts: list[list[int]] = [[], [], []]

            def consume(part: list[int], source: Any = iterator) -> None:
                part.extend(source)

            assert in_threads(*(partial(consume, part) for part in parts)) == []
            assert sorted(itertools.chain(*parts), reverse=True) == expected
            assert all(part == sorted(part, reverse=True) for part in parts)
    finally:
        sys.setswitchinterval(old)
