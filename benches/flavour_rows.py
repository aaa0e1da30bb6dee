# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows on what both the pure and the cffi flavour have, for benches/cffi.py and
benches/modules.py."""

from __future__ import annotations

import hashlib
import importlib
import random
import struct
from collections.abc import Iterator
from typing import Any, Callable

from rows import Row

REVISIONS = FILES = 200_000
# The module that a row is about, by its name in either flavour, and the row.
FlavourRow = tuple[str, Row]
chance = random.Random(7)


def texts() -> tuple[list[bytes], list[bytes]]:
    """A source file of 5000 lines, and it with 60 edits."""
    words = [b"%x" % chance.getrandbits(24) for _ in range(900)]
    lines = [b" ".join(chance.choices(words, k=9)) + b"\n" for _ in range(5000)]
    edited = list(lines)
    for at in chance.sample(range(5000), 60):
        edited[at : at + chance.randrange(3)] = [chance.choice(words) + b"\n"]
    return lines, edited


def text_rows() -> Iterator[FlavourRow]:
    a, b = map(b"".join, texts())
    for name in ("bdiff", "blocks", "xdiffblocks"):
        yield "bdiff", Row(name, lambda m, _, name=name: getattr(m, name)(a, b))  # type: ignore[misc]
    chain = []
    for _ in range(100):
        places = sorted(chance.sample(range(0, len(a) - 100, 50), 6))
        hunks = [struct.pack(">lll", at, at + 40, 40) + b"x" * 40 for at in places]
        chain.append(b"".join(hunks))
    one = importlib.import_module("hgamalgam.pure.bdiff").bdiff(a, b)
    yield "mpatch", Row("patches, 100 deltas", lambda m, _: m.patches(a, chain))
    yield "mpatch", Row("patches, 1 delta", lambda m, _: m.patches(a, [one]))
    encoded = importlib.import_module("hgamalgam.pure.base85").b85encode(a)
    yield "base85", Row("b85encode", lambda m, _: m.b85encode(a))
    yield "base85", Row("b85decode", lambda m, _: m.b85decode(encoded))
    yield (
        "charencode",
        Row("jsonescapeu8fast", lambda m, _: m.jsonescapeu8fast(a, False)),
    )


def index_rows() -> Iterator[FlavourRow]:
    nodes = [hashlib.sha1(b"%d" % rev).digest() for rev in range(REVISIONS)]
    records = []
    for rev, node in enumerate(nodes):
        p1 = rev - 1 if chance.random() < 0.8 else chance.randrange(-1, rev)
        p2 = chance.randrange(-1, rev) if rev and chance.random() < 0.2 else -1
        base = rev - bool(rev % 200)
        numbers = (rev * 100 << 16, 100, 200, base, rev, max(p1, -1 if rev else p1), p2)
        records.append(struct.pack(">Qiiiiii20s12x", *numbers, node))
    data, tip = b"".join(records), REVISIONS - 1

    def opened(m: Any) -> Any:
        return m.parse_index2(data, False)[0]

    def warm(m: Any) -> Any:
        index = opened(m)
        index.headrevs(), index.rev(nodes[0]), index.ancestors(5, tip)
        return index

    some = chance.sample(nodes, 5000)
    calls: dict[str, Callable[[Any], Any]] = {
        "headrevs": lambda i: i.headrevs(),
        "rev, one": lambda i: i.rev(nodes[0]),
        "rev, 5000": lambda i: [i.rev(node) for node in some],
        "shortest": lambda i: i.shortest(nodes[7]),
        "reachableroots2": lambda i: sorted(i.reachableroots2(0, [tip], [0], True)),
        "ancestors": lambda i: i.ancestors(tip, tip // 2),
        "computephasesmapsets": lambda i: i.computephasesmapsets({1: {tip // 2}}),
        "headrevsdiff, 1000": lambda i: i.headrevsdiff(tip - 1000, tip),
        "deltachain, 999": lambda i: [i.deltachain(r, None, 1) for r in range(999)],
        "slicechunktodensity": lambda i: i.slicechunktodensity(
            list(range(0, tip, 999)), 0.5, 9
        ),
    }
    for name, call in calls.items():
        for state, prepare in (("new", opened), ("used", warm)):
            yield (
                "parsers",
                Row(f"{name}, index {state}", lambda _, i, call=call: call(i), prepare),  # type: ignore[misc]
            )


def manifest_rows() -> Iterator[FlavourRow]:
    lines = [
        b"dir%03d/file%06d.c\0%040x\n" % (i // 999, i, chance.getrandbits(160))
        for i in range(FILES)
    ]
    text, paths = b"".join(lines), [line.split(b"\0")[0] for line in lines]
    other = b"".join(
        line[:-3] + b"ff\n" if not i % 99 else line for i, line in enumerate(lines)
    )
    some = chance.sample(paths, 5000)

    def parsed(m: Any) -> Any:
        return m.lazymanifest(20, text)

    def edited(manifest: Any) -> bytes:
        manifest = manifest.copy()
        for path in some[:100]:
            manifest[path] = (b"n" * 20, b"x")
        return bytes(manifest.text())

    rows = (
        Row("lazymanifest", lambda m, _: len(parsed(m))),
        Row(
            "diff",
            lambda _, both: list(both[0].diff(both[1]).items()),
            lambda m: (parsed(m), m.lazymanifest(20, other)),
        ),
        Row("iterkeys", lambda _, m: list(m), parsed),
        Row("iterentries", lambda _, m: list(m.iterentries()), parsed),
        Row("get, 5000 paths", lambda _, m: [m[path] for path in some], parsed),
        Row("copy, 100 edits, text", lambda _, m: edited(m), parsed),
    )
    for row in rows:
        yield "parsers", row


def flavour_rows() -> Iterator[FlavourRow]:
    yield from text_rows()
    yield from index_rows()
    yield from manifest_rows()
