# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds hgamalgam.cffi._bdiff; run from the project's root."""

from __future__ import annotations

import cffi

ffi = cffi.FFI()
ffi.cdef(
    """
    struct bdiff_block { int32_t a1, a2, b1, b2; };
    struct bdiff_blocks { struct bdiff_block *items; size_t count; };
    struct bdiff_plan;

    int bdiff_find_blocks(const char *a, size_t a_length, const char *b,
                          size_t b_length, struct bdiff_blocks *blocks);
    int xdiff_find_blocks(const char *a, size_t a_length, const char *b,
                          size_t b_length, struct bdiff_blocks *blocks);
    void bdiff_free_blocks(struct bdiff_blocks *blocks);
    int bdiff_prepare(const char *a, size_t a_length, const char *b,
                      size_t b_length, int prune_suffix,
                      struct bdiff_plan **plan, size_t *size);
    void bdiff_write(const struct bdiff_plan *plan, char *out);
    void bdiff_free_plan(struct bdiff_plan *plan);
    size_t bdiff_fix_whitespace(const char *text, size_t length, int all,
                                char *out);

    const char *bdiff_message(int status);
    enum { BDIFF_OK, ... };
    """
)
ffi.set_source(
    "hgamalgam.cffi._bdiff",
    '#include "bdiff.h"\n#include "xdiff.h"\n',
    sources=[
        f"c_ext/core/{name}.c"
        for name in ("bdiff", "lines", "xdiff", "xdiff_compact", "xdiff_myers")
    ],
    include_dirs=["c_ext/core"],
)

if __name__ == "__main__":
    ffi.compile(verbose=True)
