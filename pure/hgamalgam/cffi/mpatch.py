# SPDX-License-Identifier: GPL-2.0-or-later
"""Deltas applied (contract section 2.3) by the C flavour's algorithm.

`patchedsize` looks at a few headers: pure Python does as well.
"""

from __future__ import annotations

from typing import Any

from hgamalgam.cffi import _mpatch

from ..pure import mpatch as pure
from ..pure._arguments import Immutable, immutable
from ..pure.mpatch import mpatchError, patchedsize
from ._arguments import check

__all__ = ["mpatchError", "patchedsize", "patches"]

_ffi = _mpatch.ffi
_lib = _mpatch.lib
# Bytes of deltas below which calling C costs more than it saves.
_SMALL = 2000

_new = _ffi.new_allocator(should_clear_after_alloc=False)


def _check(status: int) -> None:
    check(_ffi, status, _lib.mpatch_message, mpatchError)


def patches(text: bytes, bins: list[bytes], /) -> bytes:
    """The text after each delta in turn; mpatchError for a bad delta."""
    if not isinstance(bins, list) or not bins:
        return pure.patches(text, bins)
    whole = immutable(text)
    parts = [immutable(delta) for delta in bins]
    if sum(map(len, parts)) < _SMALL:
        return pure.patches(bytes(whole), list(map(bytes, parts)))
    held = [_ffi.from_buffer(part) for part in parts]
    deltas = _new("struct mpatch_delta[]", len(held))
    for delta, one in zip(deltas, held):
        delta.data = one
        delta.length = len(one)
    out = _ffi.new("struct mpatch_plan **")
    _check(_lib.mpatch_fold(deltas, len(held), out))
    plan = out[0]
    try:
        _check(_lib.mpatch_measure(plan, len(whole), _ffi.new("size_t *")))
        return _joined(whole, plan)
    finally:
        _lib.mpatch_free(plan)


def _joined(text: Immutable, plan: Any) -> bytes:
    """The text with the plan's hunks: PyPy joins faster than it copies from C."""
    first = _ffi.new("struct mpatch_hunk **")
    count = _lib.mpatch_hunks(plan, first)
    hunks, pieces, last = first[0], [], 0
    for i in range(count):
        hunk = hunks[i]
        pieces.append(text[last : hunk.start])
        pieces.append(_ffi.buffer(hunk.data, hunk.length)[:])
        last = hunk.end
    pieces.append(text[last:])
    return b"".join(pieces)
