# SPDX-License-Identifier: GPL-2.0-or-later
"""git's base85 (contract section 2.1) by the C flavour's algorithm."""

from __future__ import annotations

from hgamalgam.cffi import _text

_ffi = _text.ffi
_lib = _text.lib
_new = _ffi.new_allocator(should_clear_after_alloc=False)


def _check_bytes(text: bytes) -> None:
    if not isinstance(text, bytes):
        raise TypeError(f"expected bytes, not {type(text).__name__}")


def b85encode(text: bytes, pad: bool = False) -> bytes:
    """Encode; with `pad` the text is filled up with NULs to whole words."""
    _check_bytes(text)
    pad = bool(pad)
    size = _lib.base85_encoded_size(len(text), pad)
    out = _new("char[]", size)
    _lib.base85_encode(_ffi.from_buffer(text), len(text), pad, out)
    return bytes(_ffi.buffer(out, size))


def b85decode(text: bytes) -> bytes:
    """Decode; ValueError for a bad character or a word beyond 32 bits."""
    _check_bytes(text)
    size = _lib.base85_decoded_size(len(text))
    out = _new("unsigned char[]", size)
    position = _ffi.new("size_t *")
    status = _lib.base85_decode(_ffi.from_buffer(text), len(text), out, position)
    if status != _lib.BASE85_OK:
        what = "character" if status == _lib.BASE85_BAD_CHARACTER else "sequence"
        raise ValueError(f"bad base85 {what} at position {position[0]}")
    return bytes(_ffi.buffer(out, size))
