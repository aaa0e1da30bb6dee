# SPDX-License-Identifier: GPL-2.0-or-later
"""git's base85 (contract section 2.1) by the C flavour's algorithm."""

from __future__ import annotations

from hgamalgam.cffi import _text

from ..pure._arguments import plain_bytes

_ffi = _text.ffi
_lib = _text.lib
_new = _ffi.new_allocator(should_clear_after_alloc=False)


def b85encode(text: bytes, pad: bool = False, /) -> bytes:
    """Encode; with `pad` the text is filled up with NULs to whole words."""
    text = plain_bytes(text)
    pad = bool(pad)
    size = _lib.base85_encoded_size(len(text), pad)
    out = _new("char[]", size)
    _lib.base85_encode(text, len(text), pad, out)
    return bytes(_ffi.buffer(out, size))


def b85decode(text: bytes, /) -> bytes:
    """Decode; ValueError for a bad character or a word beyond 32 bits."""
    text = plain_bytes(text)
    size = _lib.base85_decoded_size(len(text))
    out = _new("unsigned char[]", size)
    position = _ffi.new("size_t *")
    status = _lib.base85_decode(text, len(text), out, position)
    if status != _lib.BASE85_OK:
        message = _ffi.string(_lib.base85_message(status)).decode()
        raise ValueError(f"{message} at position {position[0]}")
    return bytes(_ffi.buffer(out, size))
