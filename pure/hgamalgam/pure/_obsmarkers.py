# SPDX-License-Identifier: GPL-2.0-or-later
"""Obsolescence markers, format 1 (contract section 2.11)."""

from __future__ import annotations

import struct
from typing import Optional

Marker = tuple[
    bytes,  # predecessor
    tuple[bytes, ...],  # successors
    int,  # flags
    tuple[tuple[bytes, bytes], ...],  # metadata
    tuple[float, int],  # seconds, offset of the time zone in seconds
    Optional[tuple[bytes, ...]],  # parents, if they were recorded
]

# size, seconds, time zone in minutes, flags; how many successors, parents and
# pairs of metadata
_HEADER = struct.Struct(">IdhHBBB")
_USES_SHA256 = 2


def fm1readmarkers(data: bytes, off: int, stop: int, /) -> list[Marker]:
    """The markers from `off` to `stop`; ValueError if they are cut off."""
    if not isinstance(data, bytes):
        raise TypeError(f"expected bytes, {type(data).__name__} found")
    if off < 0:
        raise ValueError("invalid negative offset in fm1readmarkers")
    if stop > len(data):
        raise ValueError("stop longer than data length in fm1readmarkers")
    unpack, header_size = _HEADER.unpack_from, _HEADER.size
    markers = []
    while off < stop:
        if off + header_size > stop:
            raise ValueError("overflow in obsstore")
        fields = unpack(data, off)
        size, seconds, minutes, flags, successor_count, parent_count, pairs = fields
        if size < header_size or off + size > stop:
            raise ValueError("overflow in obsstore")
        node_size = 32 if flags & _USES_SHA256 else 20
        # 3 stands for "not recorded"; others have never been written.
        has_parents = parent_count in (1, 2)
        predecessor = off + header_size
        successors = predecessor + node_size
        parents = successors + successor_count * node_size
        sizes = parents + (parent_count * node_size if has_parents else 0)
        position = sizes + 2 * pairs
        if position > off + size:
            raise ValueError("overflow in obsstore")
        metadata = []
        for at in range(sizes, position, 2):
            value = position + data[at]
            end = value + data[at + 1]
            metadata.append((data[position:value], data[value:end]))
            position = end
        if position > off + size:
            raise ValueError("overflow in obsstore")
        markers.append(
            (
                data[predecessor:successors],
                (data[successors:parents],)
                if successor_count == 1
                else _nodes(data, successors, parents, node_size),
                flags,
                tuple(metadata),
                (seconds, minutes * 60),
                _nodes(data, parents, sizes, node_size) if has_parents else None,
            )
        )
        off += size
    return markers


def _nodes(data: bytes, start: int, end: int, size: int) -> tuple[bytes, ...]:
    return tuple([data[at : at + size] for at in range(start, end, size)])
