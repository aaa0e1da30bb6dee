# SPDX-License-Identifier: GPL-2.0-or-later
"""Line-based deltas (contract section 2.2) by the C flavour's algorithms.

One call does a whole text. What Python does as fast (splitnewlines) is pure.
"""

from __future__ import annotations

from typing import Any

from hgamalgam.cffi import _bdiff

from ..pure._arguments import immutable, number_within, plain_bytes
from ..pure.bdiff import splitnewlines
from ._arguments import check

__all__ = [
    "bdiff",
    "blocks",
    "fixws",
    "line_diff",
    "manifest_diff",
    "splitnewlines",
    "storage_diff",
    "xdiffblocks",
]

_Block = tuple[int, int, int, int]

_ffi = _bdiff.ffi
_lib = _bdiff.lib
_new = _ffi.new_allocator(should_clear_after_alloc=False)


def _check(status: int) -> None:
    check(_ffi, status, _lib.bdiff_message)


def _find_blocks(find: Any, a: bytes, b: bytes) -> list[_Block]:
    a, b = plain_bytes(a), plain_bytes(b)
    found = _ffi.new("struct bdiff_blocks *")
    _check(find(a, len(a), b, len(b), found))
    try:
        numbers = _ffi.cast("int32_t *", found.items)
        one = iter(_ffi.unpack(numbers, 4 * found.count))
        return list(zip(one, one, one, one))
    finally:
        _lib.bdiff_free_blocks(found)


def blocks(a: bytes, b: bytes, /) -> list[_Block]:
    """Ranges of equal lines, ascending; the last one is empty, at the ends."""
    return _find_blocks(_lib.bdiff_find_blocks, a, b)


def xdiffblocks(a: bytes, b: bytes, /) -> list[_Block]:
    """Ranges of equal lines by Myers' algorithm; the last one ends both texts."""
    return _find_blocks(_lib.xdiff_find_blocks, a, b)


def _delta(a: bytes, b: bytes, prune_suffix: bool) -> bytes:
    a_data, b_data = _ffi.from_buffer(immutable(a)), _ffi.from_buffer(immutable(b))
    out = _ffi.new("struct bdiff_plan **")
    size_out = _ffi.new("size_t *")
    status = _lib.bdiff_prepare(
        a_data, len(a_data), b_data, len(b_data), prune_suffix, out, size_out
    )
    _check(status)
    plan, size = out[0], size_out[0]
    try:
        delta = _new("char[]", size)
        _lib.bdiff_write(plan, delta)
    finally:
        _lib.bdiff_free_plan(plan)
    return bytes(_ffi.buffer(delta, size))


def bdiff(a: bytes, b: bytes, /) -> bytes:
    """A delta from a to b: hunks of start, end, length (>lll) and bytes."""
    return _delta(a, b, False)


def storage_diff(a: bytes, b: bytes, /) -> bytes:
    """As `bdiff`, with common last lines set aside. Asked for since 7.2."""
    return _delta(a, b, True)


line_diff = manifest_diff = storage_diff


def fixws(text: bytes, allws: bool, /) -> bytes:
    """Runs of blanks made one, or with `allws` removed."""
    text, allws = plain_bytes(text), bool(number_within(allws, 0, 255))
    out = _new("char[]", len(text))
    size = _lib.bdiff_fix_whitespace(text, len(text), allws, out)
    return bytes(_ffi.buffer(out, size))
