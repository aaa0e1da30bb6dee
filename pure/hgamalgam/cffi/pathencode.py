# SPDX-License-Identifier: GPL-2.0-or-later
"""Names of files in the store (contract section 2.12) by the C flavour's algorithm.

Not a module of Mercurial's own: `parsers` takes these functions from here.
"""

from __future__ import annotations

from hgamalgam.cffi import _text

from ..pure._arguments import plain
from ._arguments import check

_ffi = _text.ffi
_lib = _text.lib
_new = _ffi.new_allocator(should_clear_after_alloc=False)


def _plain(path: object) -> bytes:
    if not isinstance(path, bytes):
        raise TypeError("expected a string")
    return plain(path)


def encodedir(path: bytes, /) -> bytes:
    """With ".hg" after directories named *.hg, *.i and *.d."""
    text = _plain(path)
    if b".hg/" not in text and b".i/" not in text and b".d/" not in text:
        return path
    out = _new("char[]", 2 * len(text))
    size = _lib.pathencode_directories(text, len(text), out)
    return bytes(_ffi.buffer(out, size))


def lowerencode(path: bytes, /) -> bytes:
    """In lower case, with reserved bytes as ~xx."""
    path = _plain(path)
    out = _new("char[]", _lib.PATHENCODE_GROWTH * len(path))
    size = _lib.pathencode_lower(path, len(path), out)
    return bytes(_ffi.buffer(out, size))


def pathencode(path: bytes, /) -> bytes:
    """The name under which the store keeps the path; ValueError if too long."""
    text = _plain(path)
    room = _lib.PATHENCODE_GROWTH * (_lib.PATHENCODE_LONGEST + len(text))
    out = _new("char[]", room)
    size = _ffi.new("size_t *")
    status = _lib.pathencode_store(text, len(text), out, size)
    if status == _lib.PATHENCODE_UNCHANGED:
        return path
    check(_ffi, status, _lib.pathencode_message)
    return bytes(_ffi.buffer(out, size[0]))
