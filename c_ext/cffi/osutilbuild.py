# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds hgamalgam.cffi._osutil; run from the project's root."""

from __future__ import annotations

import cffi

ffi = cffi.FFI()
ffi.cdef(
    """
    #define FSTYPE_SIZE ...
    int filesystem_type(const char *path, char *name);
    """
)
ffi.set_source(
    "hgamalgam.cffi._osutil",
    '#include "osutil.h"\n',
    sources=["c_ext/core/osutil_system.c"],
    include_dirs=["c_ext/core"],
)

if __name__ == "__main__":
    ffi.compile(verbose=True)
