# SPDX-License-Identifier: GPL-2.0-or-later
"""Another thread changes a buffer while native code reads it.

A call reads one text or the other, never a mixture: what it counts first and fills
after would not be of one size.
"""

from __future__ import annotations

import ctypes
import struct
import sys
from collections.abc import Callable
from typing import Any

import pytest

from modules.flavours import Flavour, flavours
from modules.threads import in_threads

SIZE = 60_000
CALLS = 20
# Texts of one size: one line, and as many as there can be.
ONE_LINE = b"x" * SIZE
LINES = b"\n" * SIZE
OTHER = b"ab\ncd\nefghijklmn\n" * 3000


def hunk(start: int, end: int, data: bytes) -> bytes:
    return struct.pack(">lll", start, end, len(data)) + data


# Deltas of one size: one hunk that adds much, and many that remove.
REMOVES = b"".join(hunk(2 * i, 2 * i + 1, b"") for i in range(5000))
ADDS = hunk(0, 0, b"y" * (len(REMOVES) - 12))


def native(module: str) -> list[Flavour]:
    """Pure Python reads a buffer as any Python code would: changes show."""
    return [flavour for flavour in flavours(module) if flavour.name != "pure"]


def name_of(parameter: Any) -> str:
    return str(getattr(parameter, "name", getattr(parameter, "__name__", parameter)))


def of_bytearray(text: bytes) -> tuple[Any, memoryview]:
    buffer = bytearray(text)
    return buffer, memoryview(buffer)


def of_memoryview(text: bytes) -> tuple[Any, memoryview]:
    buffer = bytearray(text)
    return memoryview(buffer), memoryview(buffer)


def of_read_only_view(text: bytes) -> tuple[Any, memoryview]:
    buffer = bytearray(text)
    return memoryview(buffer).toreadonly(), memoryview(buffer)


def of_array(text: bytes) -> tuple[Any, memoryview]:
    """The arrays of ctypes pass for read-only: they need no release."""
    buffer = (ctypes.c_char * len(text)).from_buffer_copy(text)
    return buffer, memoryview(buffer).cast("B")


@pytest.fixture(autouse=True)
def threads_take_turns_often():
    """A thread that wants the GIL gets it soon."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


BUFFERS = [of_bytearray, of_memoryview, of_read_only_view, of_array]


def check(call: Callable[[], object], where: memoryview, texts: list[bytes]) -> None:
    """While `where` goes from text to text, each call sees one of them."""
    expected = []
    for text in texts:
        where[:] = text
        expected.append(call())
    done = False

    def change() -> None:
        while not done:
            for text in texts:
                where[:] = text

    def work() -> None:
        nonlocal done
        try:
            for _ in range(CALLS):
                assert call() in expected
        finally:
            done = True

    assert in_threads(work, change) == []


@pytest.mark.parametrize("buffer", BUFFERS, ids=name_of)
@pytest.mark.parametrize("name", ["bdiff", "storage_diff"])
@pytest.mark.parametrize("flavour", native("bdiff"), ids=name_of)
def test_deltas(flavour, name, buffer):
    diff = getattr(flavour.module, name)
    changing, where = buffer(ONE_LINE)
    check(lambda: diff(changing, OTHER), where, [LINES, ONE_LINE])
    check(lambda: diff(OTHER, changing), where, [LINES, ONE_LINE])


@pytest.mark.parametrize("buffer", BUFFERS, ids=name_of)
@pytest.mark.parametrize("flavour", native("mpatch"), ids=name_of)
def test_patches(flavour, buffer):
    patches = flavour.module.patches
    changing, where = buffer(ADDS)
    check(lambda: patches(ONE_LINE, [changing]), where, [ADDS, REMOVES])
    check(lambda: patches(ONE_LINE, [REMOVES, changing]), where, [ADDS, REMOVES])
    changing, where = buffer(ONE_LINE)
    check(lambda: patches(changing, [REMOVES]), where, [LINES, ONE_LINE])


@pytest.mark.parametrize("flavour", native("bdiff"), ids=name_of)
def test_blocks(flavour):
    """Nothing but bytes, or with C what passes for read-only."""
    changing, where = of_array(ONE_LINE)
    xdiffblocks = flavour.module.xdiffblocks
    if flavour.name == "cffi":
        with pytest.raises(TypeError):
            xdiffblocks(changing, OTHER)
        return
    check(lambda: xdiffblocks(changing, OTHER), where, [LINES, ONE_LINE])
    check(lambda: xdiffblocks(OTHER, changing), where, [LINES, ONE_LINE])


@pytest.mark.parametrize("flavour", native("bdiff"), ids=name_of)
def test_what_is_immutable_is_not_copied(flavour):
    """Views of bytes, which is what Mercurial gives: by the part they show."""
    whole = b"--" + OTHER
    view = memoryview(whole)[2:]
    diff = flavour.module.bdiff
    assert diff(view, LINES) == diff(OTHER, LINES)
    assert diff(LINES, view) == diff(LINES, OTHER)
    for bad in (memoryview(whole)[::2], memoryview(bytearray(whole))[::2]):
        with pytest.raises(BufferError):
            diff(bad, LINES)
    view.release()
    with pytest.raises(ValueError):
        diff(view, LINES)
