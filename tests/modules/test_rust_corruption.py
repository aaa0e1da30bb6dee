# SPDX-License-Identifier: GPL-2.0-or-later
"""Damaged dirstates: an exception or an answer, never a panic or a crash."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mercurial import match

from modules.rust_binding import is_pyo3, rustext

dirstate = rustext.dirstate
DirstateMap = dirstate.DirstateMap

P1, P2 = b"1" * 20, b"2" * 20
NODE = struct.Struct(">LHHLHLLLLHlll")
DOCUMENTED = (OSError, ValueError, KeyError)


def small_map() -> Any:
    dmap = DirstateMap.new_empty()
    clean = (0o755, 7, (1000, 5, False))
    dmap.reset_state(b"a", True, True, False, True, clean)
    dmap.reset_state(b"d/e/f", True, True, False, True, clean)
    dmap.set_tracked(b"d/g")
    dmap.reset_state(b"d/h", True, True, True, True, None)
    dmap.reset_state(b"r/s", False, True, False, True, None)
    dmap.copymap()[b"d/g"] = b"a"
    return dmap


def damaged(data: bytes) -> Iterator[bytes]:
    """Every prefix, and every byte changed in four ways."""
    for end in range(len(data)):
        yield data[:end]
    for position, byte in enumerate(data):
        for changed in {byte ^ 0xFF, byte ^ 1, byte ^ 0x80, 0} - {byte}:
            yield data[:position] + bytes([changed]) + data[position + 1 :]


def exercise(make: Any, root: bytes) -> bool:
    """Does everything with a map; whether all of it gave answers.

    Any exception but the documented ones fails the test: a panic is a
    SystemError.
    """
    try:
        dmap = make()
    except OSError as error:
        assert str(error).startswith("Dirstate error: ")
        return False
    answered = True
    path, timestamp = b"d/e/f", (1, 2, False)
    for call in [
        lambda: len(dmap),
        lambda: list(dmap),
        lambda: [vars_of(item) for _name, item in dmap.items()],
        lambda: path in dmap,
        lambda: dmap.get(path),
        lambda: dmap[b"d/g"],
        lambda: dmap.copymap().copy(),
        lambda: list(dmap.copymap().items()),
        lambda: dmap.copymap().get(b"d/g"),
        lambda: dmap.debug_iter(True),
        lambda: dmap.hasdir(b"d/e"),
        lambda: dmap.hastrackeddir(b"r"),
        lambda: dmap.tracked_dirs(),
        lambda: dmap.filefoldmapasdict(),
        lambda: dmap.write_v1(P1, P2),
        lambda: dmap.write_v2(0),
        lambda: dmap.write_v2(1),
        lambda: status(dmap, root),
        lambda: dmap.set_clean(path, 0o644, 1, timestamp),
        lambda: dmap.set_possibly_dirty(path),
        lambda: dmap.set_untracked(path),
        lambda: dmap.set_tracked(path),
        lambda: dmap.set_tracked(b"d/new/file"),
        lambda: dmap.reset_state(b"a", True, True, False, True, None),
        lambda: dmap.setparents_fixup(),
        lambda: dmap.copymap().pop(b"d/g"),
        lambda: dmap.copymap().__setitem__(path, b"a"),
        lambda: dmap.write_v2(0),
        lambda: dmap.write_v1(P1, P2),
        lambda: dmap.clear(),
        lambda: list(dmap),
    ]:
        try:
            call()
        except DOCUMENTED:
            answered = False
    return answered


def vars_of(item: Any) -> list[Any]:
    return [getattr(item, name) for name in dir(item) if not name.startswith("_")]


def status(dmap: Any, root: bytes) -> Any:
    switches = [True] * (6 if is_pyo3 else 5)
    return dirstate.status(dmap, match.always(), root, [], *switches)


@pytest.fixture
def root(tmp_path: Path) -> bytes:
    (tmp_path / "d" / "e").mkdir(parents=True)
    (tmp_path / "d" / "e" / "f").write_bytes(b"x")
    return bytes(tmp_path)


def test_v1(root: bytes) -> None:
    data = small_map().write_v1(P1, P2)
    assert exercise(lambda: DirstateMap.new_v1(data, None)[0], root)
    answers = errors = 0
    for bad in damaged(data):
        if exercise(lambda bad=bad: DirstateMap.new_v1(bad, None)[0], root):
            answers += 1
        else:
            errors += 1
    assert answers > 100
    assert errors > 100


@pytest.mark.parametrize("field", ["mode", "size", "mtime", "length"])
@pytest.mark.parametrize("value", [-1, -2, -3, -(2**31), 2**31 - 1, 0])
def test_v1_extreme_numbers(field: str, value: int, root: bytes) -> None:
    for state in b"nmar":
        numbers = {"mode": 0o644, "size": 1, "mtime": 5, "length": 1, field: value}
        record = struct.pack(">cllll", bytes([state]), *numbers.values()) + b"f"
        data = P1 + P2 + record
        exercise(lambda data=data: DirstateMap.new_v1(data, None)[0], root)


def test_v2(root: bytes) -> None:
    data, meta, _append = small_map().write_v2(1)

    def make(data: bytes, meta: bytes, size: int | None = None) -> Any:
        size = len(data) if size is None else size
        return DirstateMap.new_v2(data, size, meta, b"uid", None)

    assert exercise(lambda: make(data, meta), root)
    answers = errors = 0
    for bad in damaged(data):
        for size in {len(bad), len(data)}:
            if exercise(lambda bad=bad, size=size: make(bad, meta, size), root):
                answers += 1
            else:
                errors += 1
    for bad in damaged(meta):
        exercise(lambda bad=bad: make(data, bad), root)
    for size in range(len(data)):
        exercise(lambda size=size: make(data, meta, size), root)
    assert answers > 100
    assert errors > 100


def test_v2_children_that_point_anywhere(root: bytes) -> None:
    """Every node with the children of every other: no endless walk."""
    data, meta, _append = small_map().write_v2(1)
    nodes = [
        offset for offset in range(len(data) - NODE.size + 1) if is_node(data, offset)
    ]
    assert len(nodes) >= 8
    for node in nodes:
        for start in nodes:
            for count in (1, 2, 3):
                bad = bytearray(data)
                struct.pack_into(">LL", bad, node + 14, start, count)
                bad = bytes(bad)
                exercise(
                    lambda bad=bad: DirstateMap.new_v2(bad, len(bad), meta, b"", None),
                    root,
                )


def is_node(data: bytes, offset: int) -> bool:
    start, length, base, *_rest = NODE.unpack_from(data, offset)
    path = data[start : start + length]
    return path in {b"a", b"d", b"d/e", b"d/e/f", b"d/g", b"d/h", b"r", b"r/s"} and (
        base == path.rfind(b"/") + 1
    )


def test_v2_corruption_is_found_where_it_is_read() -> None:
    data, meta, _append = small_map().write_v2(1)
    start, count = struct.unpack_from(">LL", meta)
    bad = bytearray(data)
    for index in range(count):
        # The children of every root node lie far behind the end.
        struct.pack_into(">L", bad, start + index * NODE.size + 14, 0xFFFFFFF0)
    bad = bytes(bad)

    def make() -> Any:
        return DirstateMap.new_v2(bad, len(bad), meta, b"uid", None)

    assert make()[b"a"].state == b"n"
    for read in [
        lambda dmap: dmap.get(b"d/g"),
        lambda dmap: b"d/g" in dmap,
        lambda dmap: dmap[b"d/g"],
        list,
        lambda dmap: list(dmap.items()),
        lambda dmap: dmap.hasdir(b"d/e"),
        lambda dmap: dmap.tracked_dirs(),
        lambda dmap: dmap.filefoldmapasdict(),
        lambda dmap: dmap.debug_iter(True),
        lambda dmap: dmap.copymap().copy(),
        lambda dmap: dmap.copymap()[b"d/g"],
        lambda dmap: list(dmap.copymap()),
    ]:
        with pytest.raises(ValueError, match=r"^corrupted dirstate-v2$"):
            read(make())
    tracking = ValueError if is_pyo3 else OSError
    with pytest.raises(tracking, match=r"corrupted dirstate-v2"):
        make().set_tracked(b"d/g")
    for change in [
        lambda dmap: dmap.set_untracked(b"d/g"),
        lambda dmap: dmap.set_clean(b"d/g", 0, 0, (0, 0, False)),
        lambda dmap: dmap.set_possibly_dirty(b"d/g"),
        lambda dmap: dmap.reset_state(b"d/g", True, False, False, True, None),
        lambda dmap: dmap.write_v1(P1, P2),
        lambda dmap: dmap.write_v2(1),
    ]:
        with pytest.raises(OSError, match=r"^Dirstate error"):
            change(make())


def test_an_iterator_that_failed_has_ended() -> None:
    data, meta, _append = small_map().write_v2(1)
    start, count = struct.unpack_from(">LL", meta)
    bad = bytearray(data)
    for index in range(count):
        struct.pack_into(">L", bad, start + index * NODE.size + 14, 0xFFFFFFF0)
    iterator = iter(DirstateMap.new_v2(bytes(bad), len(bad), meta, b"uid", None))
    with pytest.raises(ValueError):
        list(iterator)
    assert list(iterator) == []
