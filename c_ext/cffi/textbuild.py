# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds hgamalgam.cffi._text; run from the project's root."""

from __future__ import annotations

import cffi

ffi = cffi.FFI()
ffi.cdef(
    """
    size_t base85_encoded_size(size_t length, int pad);
    void base85_encode(const unsigned char *text, size_t length, int pad,
                       char *out);
    size_t base85_decoded_size(size_t length);
    int base85_decode(const unsigned char *text, size_t length,
                      unsigned char *out, size_t *position);
    const char *base85_message(int status);
    enum { BASE85_OK, ... };

    #define CHARENCODE_NOT_ASCII ...
    static char *const CHARENCODE_NOT_ASCII_MESSAGE;
    size_t charencode_json_size(const char *text, size_t length, int paranoid);
    void charencode_json(const char *text, size_t length, int paranoid,
                         char *out);

    size_t pathencode_directories(const char *path, size_t length, char *out);
    size_t pathencode_lower(const char *path, size_t length, char *out);
    int pathencode_store(const char *path, size_t length, char *out,
                         size_t *size);
    const char *pathencode_message(int status);
    #define PATHENCODE_GROWTH ...
    #define PATHENCODE_LONGEST ...
    enum {
        PATHENCODE_OK, PATHENCODE_UNCHANGED, ...
    };
    """
)
ffi.set_source(
    "hgamalgam.cffi._text",
    '#include "base85.h"\n#include "charencode.h"\n#include "pathencode.h"\n',
    sources=[
        f"c_ext/core/{name}.c"
        for name in ("base85", "charencode", "pathencode", "sha1")
    ],
    include_dirs=["c_ext/core"],
)

if __name__ == "__main__":
    ffi.compile(verbose=True)
