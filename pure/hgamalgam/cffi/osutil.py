# SPDX-License-Identifier: GPL-2.0-or-later
"""Directories and file systems (contract section 2.4).

Directories are read in pure Python, which is mostly system calls: calling C to make
a Python object an entry does not pay.
"""

from __future__ import annotations

import os

from hgamalgam.cffi import _osutil

from ..pure.osutil import listdir, posixfile

__all__ = ["getfstype", "listdir", "posixfile"]

_ffi = _osutil.ffi
_lib = _osutil.lib


def getfstype(path: bytes, /) -> bytes | None:
    """The name of the file system that `path` is on; None if it has none here.

    Mercurial maps a file into memory only where it knows that. OSError if there
    is no such path.
    """
    if not isinstance(path, bytes):
        kind = type(path).__name__
        raise TypeError(f"a bytes-like object is required, not '{kind}'")
    if b"\0" in path:
        raise ValueError("embedded null byte")
    name = _ffi.new("char[]", _lib.FSTYPE_SIZE)
    error = _lib.filesystem_type(path, name)
    if error:
        raise OSError(error, os.strerror(error))
    return _ffi.string(name) or None
