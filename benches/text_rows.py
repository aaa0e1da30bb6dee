# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows of benches/modules.py: `bdiff`, `mpatch`, `base85`, `osutil`."""

from __future__ import annotations

import os
import random
import struct
from collections.abc import Iterator
from types import ModuleType
from typing import Any, Callable

from stock import stock  # type: ignore[import-not-found]

Row = tuple[str, Callable[[ModuleType], Any], str]
chance = random.Random(7)


def source_lines(count: int) -> list[bytes]:
    letters = b"abcdefghijklmnopqrstuvwxyz"
    words = [
        bytes(chance.choices(letters, k=chance.randrange(2, 10))) for _ in range(3000)
    ]
    lines = []
    for _ in range(count):
        kind = chance.random()
        indent = b"    " * chance.randrange(5)
        if kind < 0.12:
            lines.append(b"\n")
        elif kind < 0.2:
            lines.append(indent + chance.choice([b"}\n", b"return\n", b"else:\n"]))
        else:
            some = chance.choices(words, k=chance.randrange(2, 14))
            lines.append(indent + b" ".join(some) + b"\n")
    return lines


def edited(lines: list[bytes], edits: int) -> list[bytes]:
    lines = list(lines)
    for _ in range(edits):
        at = chance.randrange(len(lines))
        lines[at : at + chance.randrange(4)] = source_lines(chance.randrange(4))
    return lines


def manifest(count: int) -> list[bytes]:
    return sorted(
        b"dir%d/sub%d/file%d.py\0%040x\n"
        % (i % 50, i // 500, i, chance.getrandbits(160))
        for i in range(count)
    )


def deltas(size: int, count: int) -> list[bytes]:
    result = []
    for _ in range(count):
        places = sorted(chance.sample(range(0, size - 100, 50), 6))
        hunks = [struct.pack(">lll", at, at + 40, 40) + b"x" * 40 for at in places]
        result.append(b"".join(hunks))
    return result


def text_rows() -> Iterator[Row]:
    lines = source_lines(220_000)
    source = source_lines(2000)
    listing = manifest(200_000)
    pairs = {
        "10 MB text": (lines, edited(lines, 300)),
        "2000 lines": (source, edited(source, 30)),
        "200,000-entry manifest": (listing, edited(listing, 200)),
    }
    for name, (one, other) in pairs.items():
        a, b = b"".join(one), b"".join(other)
        for function in ("bdiff", "blocks", "xdiffblocks"):
            yield (
                f"{function}, {name}",
                lambda m, f=function, a=a, b=b: getattr(m, f)(a, b),  # type: ignore[misc]
                "bdiff",
            )
        yield f"splitnewlines, {name}", lambda m, a=a: m.splitnewlines(a), "bdiff"  # type: ignore[misc]
        yield f"fixws, {name}", lambda m, a=a: m.fixws(a, 0), "bdiff"  # type: ignore[misc]
        chain = deltas(len(a), 100)
        yield (
            f"patches, 100 deltas, {name}",
            lambda m, a=a, d=chain: m.patches(a, d),  # type: ignore[misc]
            "mpatch",
        )
    text = b"".join(lines)
    encoded = stock("base85").b85encode(text)
    yield "b85encode, 10 MB", lambda m: m.b85encode(text), "base85"
    yield "b85decode, 12 MB", lambda m: m.b85decode(encoded), "base85"
    short = text[:52]
    yield (
        "b85encode, 52 bytes",
        lambda m: [m.b85encode(short) for _ in range(999)],
        "base85",
    )
    delta = chain[0]
    yield (
        "patchedsize",
        lambda m: [m.patchedsize(99, delta) for _ in range(999)],
        "mpatch",
    )


def file_rows(root: bytes) -> Iterator[Row]:
    names = []
    for i in range(40):
        directory = root + b"/some/deeper/directory%d" % i
        os.makedirs(directory)
        for j in range(100):
            names.append(directory + b"/file%d.txt" % j)
            open(names[-1], "wb").close()

    def listed(m: ModuleType, stat: bool) -> list[Any]:
        found = []
        for name in names[::100]:
            found.append([e[:2] for e in m.listdir(os.path.dirname(name), stat)])
        return found

    yield (
        "statfiles, 4000 files",
        lambda m: [bool(s) for s in m.statfiles(names)],
        "osutil",
    )
    yield "listdir, 40 directories", lambda m: listed(m, False), "osutil"
    yield "listdir with stat", lambda m: listed(m, True), "osutil"
