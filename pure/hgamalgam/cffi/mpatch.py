# SPDX-License-Identifier: GPL-2.0-or-later
"""Deltas applied (contract section 2.3) by the C flavour's algorithm.

`patchedsize` looks at a few headers: pure Python does as well.
"""

from __future__ import annotations

from hgamalgam.cffi import _mpatch

from ..pure.mpatch import mpatchError, patchedsize

__all__ = ["mpatchError", "patchedsize", "patches"]

_ffi = _mpatch.ffi
_lib = _mpatch.lib
_new = _ffi.new_allocator(should_clear_after_alloc=False)


def _check(status: int) -> None:
    if status == _lib.MPATCH_OK:
        return
    if status == _lib.MPATCH_UNDECODABLE:
        raise mpatchError("patch cannot be decoded")
    if status == _lib.MPATCH_INVALID:
        raise mpatchError("invalid patch")
    raise MemoryError


def patches(text: bytes, bins: list[bytes]) -> bytes:
    """The text after each delta in turn; mpatchError for a bad delta."""
    if not isinstance(bins, list):
        raise TypeError(f"patches() argument 2 must be list, not {type(bins)}")
    if not bins:
        return text
    if isinstance(text, str) or any(isinstance(delta, str) for delta in bins):
        raise TypeError("a bytes-like object is required, not 'str'")
    data = _ffi.from_buffer(text)
    held = [_ffi.from_buffer(delta) for delta in bins]
    deltas = _new("struct mpatch_delta[]", len(held))
    for delta, one in zip(deltas, held):
        delta.data = one
        delta.length = len(one)
    out = _ffi.new("struct mpatch_plan **")
    _check(_lib.mpatch_fold(deltas, len(held), out))
    plan = out[0]
    try:
        size_out = _ffi.new("size_t *")
        _check(_lib.mpatch_measure(plan, len(data), size_out))
        size = size_out[0]
        result = _new("char[]", size)
        _lib.mpatch_apply(plan, data, len(data), result)
    finally:
        _lib.mpatch_free(plan)
    return bytes(_ffi.buffer(result, size))
