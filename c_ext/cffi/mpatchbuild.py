# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds hgamalgam.cffi._mpatch; run from the project's root."""

from __future__ import annotations

import cffi

ffi = cffi.FFI()
ffi.cdef(
    """
    struct mpatch_delta { const char *data; size_t length; };
    struct mpatch_hunk { int32_t start, end, length; const char *data; };
    struct mpatch_plan;

    int mpatch_fold(const struct mpatch_delta *deltas, size_t count,
                    struct mpatch_plan **plan);
    int mpatch_measure(const struct mpatch_plan *plan, size_t text_length,
                       size_t *size);
    size_t mpatch_hunks(const struct mpatch_plan *plan,
                        const struct mpatch_hunk **first);
    void mpatch_free(struct mpatch_plan *plan);

    enum { MPATCH_OK, ... };
    const char *mpatch_message(int status);
    """
)
ffi.set_source(
    "hgamalgam.cffi._mpatch",
    '#include "mpatch.h"\n',
    sources=["c_ext/core/mpatch.c"],
    include_dirs=["c_ext/core"],
)

if __name__ == "__main__":
    ffi.compile(verbose=True)
