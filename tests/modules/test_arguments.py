# SPDX-License-Identifier: GPL-2.0-or-later
"""What is no argument, or an odd one: the same exception type in every flavour.

Each function is given all pairs of odd things. Every flavour gives what the first
one gives, value and type, or raises the same.
"""

from __future__ import annotations

import struct
from itertools import chain, product
from typing import Any, Callable

import pytest

from modules.flavours import EXPECTED, flavours, load

DELTA = struct.pack(">lll", 0, 0, 3) + b"abc"
NODE = b"\1" * 20


class Bytes(bytes):
    pass


class Number:
    def __index__(self) -> int:
        return 20


class Broken:
    def __bool__(self) -> bool:
        raise KeyError

    def __index__(self) -> int:
        raise KeyError


BUFFERS = [
    *(kind(data) for data in (b"x\n", DELTA) for kind in (Bytes, bytearray)),
    *(memoryview(data)[::step] for data in (DELTA, b"x\ny") for step in (1, 2)),
]
ODD = [
    *(5, -1, 256, 2**31, 2**70, True, None, 5.0, "", "x", b"", b"x\n", DELTA),
    *(Number(), Broken(), [], (), {}, [DELTA], [b"short"], (DELTA,), [5], ["x"]),
    *([DELTA] * 300, [*[DELTA] * 300, 5], [*[DELTA] * 300, "x"]),
    *BUFFERS,
    *([buffer] for buffer in BUFFERS),
]
FUNCTIONS = {
    "base85": {"b85encode": 2, "b85decode": 1},
    "bdiff": {
        **dict.fromkeys(("bdiff", "blocks", "storage_diff", "xdiffblocks"), 2),
        **{"fixws": 2, "splitnewlines": 1},
    },
    "charencode": {
        **dict.fromkeys(("asciilower", "asciiupper", "isasciistr"), 1),
        "jsonescapeu8fast": 2,
    },
    "mpatch": {"patches": 2, "patchedsize": 2},
}
CASES = [
    (module, name, most)
    for module, functions in FUNCTIONS.items()
    for name, most in functions.items()
]


def outcome(call: Callable[..., Any], *arguments: Any) -> str:
    """What is given, with its type, or the type of what is raised."""
    try:
        given = call(*arguments)
    except Exception as error:
        return type(error).__name__
    return f"{type(given).__name__} {given!r}"


@pytest.mark.parametrize(("module", "name", "most"), CASES)
def test_functions(module, name, most):
    first, *others = [getattr(one.module, name) for one in flavours(module)]
    assert len(others) == len(set(EXPECTED) & {"pure", "c", "cffi"}) - 1
    fewer = (product(ODD, repeat=count) for count in range(most + 1))
    for arguments in (*chain.from_iterable(fewer), (b"",) * (most + 1)):
        expected = outcome(first, *arguments)
        for other in others:
            assert outcome(other, *arguments) == expected, arguments


def line(path: bytes, rest: bytes = b"") -> bytes:
    return path + b"\0" + b"1" * 40 + rest + b"\n"


TEXTS = [
    *(b"", line(b"a"), line(b"a") + line(b"b"), line(b"b") + line(b"a")),
    *(line(b"a") * 2, line(b"a")[:-1], line(b""), line(b"a", b"x")),
    *(line(b"a", b"q"), line(b"a", b"xx"), line(b"a", b"1" * 24), line(b"a", b"1x")),
    *(b"\n", b"a\n", b"a\0" + b"z" * 40 + b"\n", b"a\0" + b"A" * 40 + b"\n"),
    *(b"a\0" + b"1" * 39 + b"\n", b"a\0" + b"1" * 20 + b"\n", line(b"a") + b"\n"),
    *(kind(line(b"a")) for kind in (Bytes, bytearray, memoryview)),
    *("x", None, 5),
]
SIZES = [20, 32, 21, 0, -1, 2**70, "20", None, 20.0, Number(), Broken(), True]
PATHS = [
    *(b"a", b"b", b"zz", b"", b"a\0b", b"a\nb", Bytes(b"a"), Bytes(b"zz")),
    *("a", None, 5, bytearray(b"a")),
]
VALUES = [
    *((NODE, flag) for flag in (b"", b"x", b"l", b"t", b"q", b"xx", b"\0", None, "x")),
    *((NODE,), (NODE, b"", b""), [NODE, b""], NODE, None, (b"short", b"")),
    *((Bytes(NODE), Bytes(b"x")), (bytearray(NODE), b""), ("x" * 20, b"")),
    (b"\1" * 32, b""),
]


def everything(manifest: Any) -> list[str]:
    return [
        outcome(manifest.text),
        outcome(lambda: list(manifest)),
        outcome(lambda: list(manifest.iterentries())),
        outcome(lambda: len(manifest)),
        outcome(manifest.copy().text),
        outcome(manifest.filtercopy(lambda path: path < b"b").text),
    ]


def made(module: Any, size: Any, text: Any) -> list[str]:
    try:
        return everything(module.lazymanifest(size, text))
    except Exception as error:
        return [type(error).__name__]


def edited(module: Any, text: bytes, method: str, *arguments: Any) -> list[str]:
    """What a method gives, and all there is to tell of the manifest then."""
    manifest = module.lazymanifest(20, text)
    given = outcome(getattr(manifest, method), *arguments)
    return [given, *everything(manifest)]


def test_manifests():
    first, *others = [
        load(kind, "parsers").module for kind in EXPECTED if kind != "rust"
    ]
    for size, text in product(SIZES, TEXTS):
        expected = made(first, size, text)
        for other in others:
            assert made(other, size, text) == expected, (size, text)
    edits = [
        *product(("__getitem__", "__delitem__", "__contains__"), PATHS),
        *product(("__setitem__",), PATHS, VALUES),
        *product(("filtercopy", "diff"), (None, 5, b"x")),
    ]
    for text, edit in product((b"", line(b"a") + line(b"c", b"x")), edits):
        expected = edited(first, text, *edit)
        for other in others:
            assert edited(other, text, *edit) == expected, (text, edit)
