# SPDX-License-Identifier: GPL-2.0-or-later
"""Records of an index's formats (contract section 2.8).

A record is 64 or 96 bytes, big-endian; an entry is what Mercurial computes with:

0 offset of the data << 16 | flags   1 its length   2 length of the text
3 base of the delta   4 linked revision   5, 6 parents   7 node
8 offset of the sidedata   9 its length   10, 11 how data and sidedata are
compressed   12 rank, or -1
"""

from __future__ import annotations

import struct
from typing import Any

Entry = tuple[int, int, int, int, int, int, int, bytes, int, int, int, int, int]

ENTRY_FIELDS = 13
NODE_FIELD = 7
NODE_SIZE = 20
NULL_NODE = bytes(NODE_SIZE)
NULL = -1
COMPRESSION_INLINE = 2
RANK_UNKNOWN = -1
# Of field 0.
FLAGS = 0xFFFF
IS_SNAPSHOT = 1 << 10

NULL_ENTRY: Entry = (
    *(0, 0, 0, NULL, NULL, NULL, NULL, NULL_NODE),
    *(0, 0, COMPRESSION_INLINE, COMPRESSION_INLINE, RANK_UNKNOWN),
)

# The length of the data is at the same place in all formats.
LENGTH_OFFSET = 8
HEADER = struct.Struct(">I")
COUNT = struct.Struct(">I")  # where a negative number must not pass for one
NUMBER = struct.Struct(">i")
PARENTS = struct.Struct(">ii")


class Version1:
    """Format 1: no sidedata, and the first record begins with the file's header."""

    number = 1
    layout = struct.Struct(b">Qiiiiii20s12x")
    base_offset: int | None = 16
    parents_offset = 24
    node_offset = 32
    sidedata_length_offset: int | None = None
    header_in_first = True

    _tail = NULL_ENTRY[8:]

    @classmethod
    def read(cls, rev: int, data: Any, offset: int) -> Entry:
        return cls.layout.unpack_from(data, offset) + cls._tail

    @classmethod
    def pack(cls, entry: Entry) -> bytes:
        packed = cls.layout.pack(*entry[:8])
        if not entry[10] == entry[11] == COMPRESSION_INLINE:
            _modes(entry)  # TypeError for what is no int
            raise ValueError(f"invalid compression mode: {entry[10:12]}")
        return packed


class Version2(Version1):
    """Format 2."""

    number = 0xDEAD
    layout = struct.Struct(b">Qiiiiii20s12xQiB19x")
    sidedata_length_offset = 72

    @classmethod
    def read(cls, rev: int, data: Any, offset: int) -> Entry:
        *fields, modes = cls.layout.unpack_from(data, offset)
        return (*fields, modes & 3, modes >> 2 & 3, RANK_UNKNOWN)

    @classmethod
    def pack(cls, entry: Entry) -> bytes:
        return cls.layout.pack(*entry[:10], _modes(entry))


class ChangelogVersion2(Version2):
    """Format 2 of changelogs, where base and linked revision are the revision."""

    number = 0xD34D
    layout = struct.Struct(b">Qiiii20s12xQiBi23x")
    base_offset = None
    parents_offset = 16
    node_offset = 24
    sidedata_length_offset = 64
    header_in_first = False

    @classmethod
    def read(cls, rev: int, data: Any, offset: int) -> Entry:
        fields = cls.layout.unpack_from(data, offset)
        modes, rank = fields[8:]
        return (
            *fields[:3],
            rev,
            rev,
            *fields[3:8],
            modes & 3,
            modes >> 2 & 3,
            rank,
        )

    @classmethod
    def pack(cls, entry: Entry) -> bytes:
        return cls.layout.pack(*entry[:3], *entry[5:10], _modes(entry), entry[12])


def _modes(entry: Entry) -> int:
    return entry[10] & 3 | (entry[11] & 3) << 2
