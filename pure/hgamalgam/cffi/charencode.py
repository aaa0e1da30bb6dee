# SPDX-License-Identifier: GPL-2.0-or-later
"""Text for ASCII and JSON (contract section 2.13): escaping by the C flavour.

The rest is methods of Python's own bytes: a call of C alone takes as long.
"""

from __future__ import annotations

from hgamalgam.cffi import _text

from ..pure._arguments import as_int, plain_bytes
from ..pure.charencode import asciilower, asciiupper, isasciistr

__all__ = ["asciilower", "asciiupper", "isasciistr", "jsonescapeu8fast"]

_ffi = _text.ffi
_lib = _text.lib
_new = _ffi.new_allocator(should_clear_after_alloc=False)


def jsonescapeu8fast(text: bytes, paranoid: bool, /) -> bytes:
    """Escaped for a JSON string; ValueError if paranoid and not ASCII."""
    text, paranoid = plain_bytes(text), bool(as_int(paranoid))
    size = _lib.charencode_json_size(text, len(text), paranoid)
    if size == _lib.CHARENCODE_NOT_ASCII:
        raise ValueError(_ffi.string(_lib.CHARENCODE_NOT_ASCII_MESSAGE).decode())
    if size == len(text):
        return text
    out = _new("char[]", size)
    _lib.charencode_json(text, len(text), paranoid, out)
    return bytes(_ffi.buffer(out, size))
