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
from modules.index_inputs import linear, open_index
from modules.parsers_inputs import V1, V2

DELTA = struct.pack(">lll", 0, 0, 3) + b"abc"
NODE = b"\1" * 20


class Bytes(bytes):
    pass


class Number:
    def __index__(self) -> int:
        return 20


class Rev:
    def __index__(self) -> int:
        return 3


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


ENTRIES = linear(9)
A_NODE = ENTRIES[3].node
ENTRY = tuple(ENTRIES[0])
INDEX_ODD = [
    *(3, -1, -2, 8, 9, 2**31, 2**70, -(2**70), True, None, 5.0, "", "x", b""),
    *(A_NODE, Bytes(A_NODE), bytearray(A_NODE), memoryview(A_NODE), b"\xff" * 20),
    *(b"4" * 40, b"04", b"0g", b"0" * 41, Bytes(b"04"), bytearray(b"04")),
    *(memoryview(b"04"), Rev(), Broken(), [], [3], [9], ["x"], [Rev()], [Broken()]),
    *((), (3,), {}, {1: {3}}, {1: [3]}, {1: {9}}, {1: {"x"}}, {2: {-1}}, {1: None}),
    *({"x": {3}}, set(), {3}, {"x"}, frozenset([8]), range(3), ENTRY, ENTRY[:12]),
    *(slice(3), slice(4, -1), slice(0, 9, 2), slice(None), slice("x"), list(ENTRY)),
    *((*ENTRY[:7], node, *ENTRY[8:]) for node in (b"short", bytearray(A_NODE), None)),
    *((ENTRY[0], length, *ENTRY[2:]) for length in (2**40, "x", None, Rev())),
    *((*ENTRY[:10], *modes, -1) for modes in ((0, 0), (2, 1), ("x", 2))),
    *(("x", *ENTRY[1:]), (True, *ENTRY[1:]), ENTRY[::-1]),
]
# By method: what it is called with, one argument of which is then an odd one.
INDEX_CALLS: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(("get_rev", "get", "rev", "has_node", "shortest"), (A_NODE,)),
    **dict.fromkeys(("__getitem__", "__contains__"), (A_NODE,)),
    **dict.fromkeys(("ancestors", "commonancestorsheads"), (3, 8)),
    **dict.fromkeys(("entry_binary", "issnapshot", "pack_header"), (3,)),
    "__delitem__": (slice(3, -1),),
    "append": (ENTRY,),
    "clearcaches": (),
    "computephasesmapsets": ({1: {3}},),
    "deltachain": (3, None, 1),
    "findsnapshots": ({}, 0, 8),
    "headrevs": (None, 8),
    "headrevsdiff": (3, 8),
    "partialmatch": (b"04",),
    "reachableroots2": (0, [8], [3], True),
    "slicechunktodensity": ([1, 3], 0.5, 0),
}
OF_FORMAT_2 = {"replace_sidedata_info": (8, 1, 2, 3, 0)}


def asked(module: Any, format: int, method: str, arguments: Any) -> list[Any]:
    """What a method gives, and of the index then."""
    index = open_index(module, ENTRIES[:5], format)
    for entry in ENTRIES[5:]:
        index.append(tuple(entry))
    given = outcome(getattr(index, method), *arguments)
    if method == "reachableroots2":
        given = "".join(sorted(given))  # in no order
    return [given, len(index), outcome(index.headrevs), outcome(list, index)]


@pytest.mark.parametrize(
    ("format", "method", "usual"),
    [
        *((V1, *one) for one in INDEX_CALLS.items()),
        *((V2, *one) for one in OF_FORMAT_2.items()),
    ],
)
def test_indexes(format, method, usual):
    pytest.importorskip("mercurial.error")
    first, *others = [
        load(kind, "parsers").module for kind in EXPECTED if kind != "rust"
    ]
    calls = [usual, (*usual, 1), usual[:-1]]
    for place in range(len(usual)):
        calls += [(*usual[:place], odd, *usual[place + 1 :]) for odd in INDEX_ODD]
    for arguments in calls:
        expected = asked(first, format, method, arguments)
        for other in others:
            assert asked(other, format, method, arguments) == expected, arguments
