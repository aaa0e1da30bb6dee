# SPDX-License-Identifier: GPL-2.0-or-later
"""Dirstate-v1 files (contract section 2.7)."""

from __future__ import annotations

import struct
from typing import Any

from ._dirstate import (
    DIRSTATE_V2_HAS_MODE_AND_SIZE,
    DIRSTATE_V2_HAS_MTIME,
    DIRSTATE_V2_MTIME_SECOND_AMBIGUOUS,
    DIRSTATE_V2_P1_TRACKED,
    DIRSTATE_V2_P2_INFO,
    DIRSTATE_V2_WDIR_TRACKED,
    DirstateItem,
)

# A v1 file: both parents, then of each file a record and its path, which may
# have a NUL and the source that it is a copy of at its end.
_PARENT_SIZE = 20
# state, mode, size, mtime, length of the path
_RECORD = struct.Struct(">cllll")
# The most frequent flags of all.
_CLEAN = (
    DIRSTATE_V2_WDIR_TRACKED
    | DIRSTATE_V2_P1_TRACKED
    | DIRSTATE_V2_HAS_MODE_AND_SIZE
    | DIRSTATE_V2_HAS_MTIME
)
# With one of these it is not as simple.
_UNCLEAN = DIRSTATE_V2_P2_INFO | DIRSTATE_V2_MTIME_SECOND_AMBIGUOUS
_new: Any = object.__new__


def parse_dirstate(
    dmap: dict[bytes, DirstateItem], copymap: dict[bytes, bytes], data: bytes, /
) -> tuple[bytes, bytes]:
    """Fill both dicts from a dirstate-v1 file, in its order; returns the parents.

    ValueError if the file is cut off, RuntimeError for an unknown state.
    """
    _check_dicts(dmap, copymap)
    if not isinstance(data, bytes):
        raise TypeError(f"expected bytes, {type(data).__name__} found")
    position = 2 * _PARENT_SIZE
    end = len(data)
    if end < position:
        raise ValueError("too little data for parents")
    unpack, record_size = _RECORD.unpack_from, _RECORD.size
    from_v1_data, new, item_type = DirstateItem.from_v1_data, _new, DirstateItem
    last_record = end - record_size
    while position < end:
        if position > last_record:
            raise ValueError("overflow in dirstate")
        state, mode, size, mtime, length = unpack(data, position)
        position += record_size
        path_end = position + length
        if length < 0 or path_end > end:
            raise ValueError("overflow in dirstate")
        path = data[position:path_end]
        position = path_end
        if state == b"n" and size >= 0 and mtime >= 0:
            # As from_v1_data, for nearly every file there is.
            item = new(item_type)
            item._flags = _CLEAN
            item._mode = mode
            item._size = size
            item._mtime_s = mtime
            item._mtime_ns = 0
        else:
            item = from_v1_data(state, mode, size, mtime)
        if b"\0" in path:
            path, _nul, copymap_source = path.partition(b"\0")
            copymap[path] = copymap_source
        dmap[path] = item
    return data[:_PARENT_SIZE], data[_PARENT_SIZE : 2 * _PARENT_SIZE]


def pack_dirstate(
    dmap: dict[bytes, DirstateItem],
    copymap: dict[bytes, bytes],
    parents: tuple[bytes, bytes],
    /,
) -> bytes:
    """A dirstate-v1 file of these, in the order of `dmap`.

    TypeError for what does not belong in there, RuntimeError for an item that
    nobody tracks: a file cannot hold it.
    """
    _check_dicts(dmap, copymap)
    if not isinstance(parents, tuple) or len(parents) != 2:
        raise TypeError("expected 2-element tuple")
    for parent in parents:
        if not isinstance(parent, bytes) or len(parent) != _PARENT_SIZE:
            raise TypeError("expected a 20-byte hash")
    parts = list(parents)
    add, pack = parts.append, _RECORD.pack
    try:
        for path, item in dmap.items():
            length = len(path)
            if path in copymap:
                path = b"%b\0%b" % (path, copymap[path])
                length = len(path)
            if item._flags & (_CLEAN | _UNCLEAN) == _CLEAN:
                add(pack(b"n", item._mode, item._size, item._mtime_s, length))
            else:
                if not item.any_tracked:
                    raise RuntimeError("untracked item")
                add(pack(item.state, item.mode, item.size, item.mtime, length))
            add(path)
        return b"".join(parts)
    except (AttributeError, TypeError, struct.error):
        _explain(dmap, copymap)
        raise


def _check_dicts(*maps: object) -> None:
    for one in maps:
        if not isinstance(one, dict):
            raise TypeError(f"expected a dict, {type(one).__name__} found")


def _explain(dmap: dict[Any, Any], copymap: dict[Any, Any]) -> None:
    """Say what in the dicts cannot be packed."""
    for path, item in dmap.items():
        if not isinstance(path, bytes) or not isinstance(copymap.get(path, b""), bytes):
            raise TypeError("expected string key")
        if not isinstance(item, DirstateItem):
            raise TypeError("expected a dirstate tuple")


def dict_new_presized(size: int, /) -> dict[Any, Any]:
    """An empty dict. Python cannot make room in advance."""
    return {}
