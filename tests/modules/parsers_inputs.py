# SPDX-License-Identifier: GPL-2.0-or-later
"""Inputs for `parsers`: indexes, manifests, and which shape an index has."""

from __future__ import annotations

import os
import random
import struct
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from types import ModuleType

V1, V2, CHANGELOG_V2 = 1, 0xDEAD, 0xD34D
ENTRY_SIZES = {V1: 64, V2: 96, CHANGELOG_V2: 96}
NULL_NODE = bytes(20)
MODE_INLINE = 2


def wants_delta_arguments(module: ModuleType) -> bool:
    """Whether `module` is of Mercurial 7.2, whose index tells how it deltas."""
    try:
        module.parse_index2(b"", False)
    except TypeError:
        return True
    return False


class Entry(NamedTuple):
    """An index entry, as `append` takes it."""

    offset_flags: int
    compressed: int
    uncompressed: int
    base: int
    link: int
    p1: int
    p2: int
    node: bytes
    sidedata_offset: int = 0
    sidedata_length: int = 0
    data_mode: int = MODE_INLINE
    sidedata_mode: int = MODE_INLINE
    rank: int = -1


def pack_entry(entry: Entry, format: int) -> bytes:
    """The entry's record."""
    start = struct.pack(
        ">Qii", entry.offset_flags, entry.compressed, entry.uncompressed
    )
    parents = struct.pack(">ii", entry.p1, entry.p2)
    node = entry.node + bytes(12)
    modes = entry.data_mode | entry.sidedata_mode << 2
    side = struct.pack(">QiB", entry.sidedata_offset, entry.sidedata_length, modes)
    if format == V1:
        links = struct.pack(">ii", entry.base, entry.link)
        return start + links + parents + node
    if format == V2:
        links = struct.pack(">ii", entry.base, entry.link)
        return start + links + parents + node + side + bytes(19)
    return start + parents + node + side + struct.pack(">i", entry.rank) + bytes(23)


def random_parents(random: random.Random, rev: int) -> tuple[int, int]:
    """Parents as histories have them: mostly near, sometimes none, some merges."""
    if rev == 0 or random.random() < 0.03:
        return -1, -1
    near = max(0, rev - 1 - int(random.expovariate(0.3)))
    p1 = near if random.random() < 0.9 else random.randrange(rev)
    if random.random() < 0.75:
        return p1, -1
    p2 = random.randrange(max(0, rev - 30), rev)
    if random.random() < 0.05:
        return -1, p2
    return p1, (-1 if p2 == p1 else p2)


def random_entries(
    random: random.Random, count: int, format: int = V1, first: int = 0
) -> list[Entry]:
    """Entries of revisions first .. first + count - 1, with sound delta chains."""
    entries = []
    offset = first * 200
    bunch = random.random() < 0.2
    for rev in range(first, first + count):
        p1, p2 = random_parents(random, rev)
        kind = random.random()
        if rev == 0 or kind < 0.15:
            base = rev
        elif kind < 0.6:
            base = p1 if p1 >= 0 else rev
        else:
            base = random.randrange(rev)
        node = random.randbytes(20)
        if bunch:
            # long common prefixes
            node = b"\xab" * random.randrange(10) + node
        length = 0 if random.random() < 0.1 else random.randrange(1, 150)
        gap = random.choice((0, 0, 0, 50, 5000))
        if format == V1:
            extra: tuple[int, ...] = ()
        else:
            rank = random.randrange(-1, 1000) if format == CHANGELOG_V2 else -1
            extra = (
                random.randrange(1 << 40),
                random.randrange(1000),
                random.randrange(3),
                random.randrange(3),
                rank,
            )
        flags = random.choice((0, 0, 1 << 10, 1 << 15))
        if format == CHANGELOG_V2:
            base = rev
        entries.append(
            Entry(
                (offset if rev else 0) << 16 | flags,
                length,
                random.randrange(1000),
                base,
                rev,
                p1,
                p2,
                node[:20],
                *extra,
            )
        )
        offset += length + gap
    return entries


def pack_index(entries: list[Entry], format: int, inline: bool) -> bytes:
    """The index file of these entries."""
    parts = []
    for rev, entry in enumerate(entries):
        record = pack_entry(entry, format)
        if rev == 0 and format != CHANGELOG_V2:
            record = struct.pack(">I", 1 | inline << 16) + record[4:]
        parts.append(record)
        if inline:
            parts.append(b"d" * entry.compressed)
            if format == V2:
                parts.append(b"s" * entry.sidedata_length)
    return b"".join(parts)


def random_manifest(random: random.Random, count: int, node_size: int = 20) -> bytes:
    """A manifest text of about `count` files."""
    names: set[bytes] = set()
    while len(names) < count:
        depth = random.randrange(1, 5)
        names.add(
            b"/".join(
                bytes(
                    random.choice(b"abcAB._-\xe9")
                    for _ in range(random.randrange(1, 6))
                )
                for _ in range(depth)
            )
        )
    lines = []
    for name in sorted(names):
        flag = random.choice((b"", b"", b"", b"x", b"l", b"t"))
        node = random.randbytes(node_size).hex().encode()
        lines.append(name + b"\0" + node + flag + b"\n")
    return b"".join(lines)


def outcome(function: Any, *args: Any, **keywords: Any) -> Any:
    """What a call gives: its result, or the type of what it raises."""
    try:
        return function(*args, **keywords)
    except Exception as error:
        return type(error)


def cases(ordinary: int) -> int:
    """How many examples to try: HGAMALGAM_CASES in the long run."""
    return int(os.environ.get("HGAMALGAM_CASES") or ordinary)
