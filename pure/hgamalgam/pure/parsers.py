# SPDX-License-Identifier: GPL-2.0-or-later
"""What Mercurial's `parsers` holds, in Python (contract sections 2.5 to 2.13).

It is served under Mercurial's name, for both hosts: where 7.2 passes an index
more arguments than 6.9, `_index` tells the two apart by these.

Of what C has, these are left out, for Mercurial then goes a better way:

make_file_foldmap: C's takes removed files in, Mercurial's own code does not
stats: counts what happens in C's trie
isasciistr and its like: Python's are in `charencode`
revlog_CAPI: is for C
"""

from __future__ import annotations

from ._dirs import dirs
from ._dirstate import (
    AMBIGUOUS_TIME,
    DIRSTATE_V2_ALL_IGNORED_RECORDED,
    DIRSTATE_V2_ALL_UNKNOWN_RECORDED,
    DIRSTATE_V2_DIRECTORY,
    DIRSTATE_V2_EXPECTED_STATE_IS_MODIFIED,
    DIRSTATE_V2_FALLBACK_EXEC,
    DIRSTATE_V2_FALLBACK_SYMLINK,
    DIRSTATE_V2_HAS_FALLBACK_EXEC,
    DIRSTATE_V2_HAS_FALLBACK_SYMLINK,
    DIRSTATE_V2_HAS_MODE_AND_SIZE,
    DIRSTATE_V2_HAS_MTIME,
    DIRSTATE_V2_MODE_EXEC_PERM,
    DIRSTATE_V2_MODE_IS_SYMLINK,
    DIRSTATE_V2_MTIME_SECOND_AMBIGUOUS,
    DIRSTATE_V2_P1_TRACKED,
    DIRSTATE_V2_P2_INFO,
    DIRSTATE_V2_WDIR_TRACKED,
    FROM_P2,
    NONNORMAL,
    DirstateItem,
)
from ._dirstate_v1 import dict_new_presized, pack_dirstate, parse_dirstate
from ._index import BaseIndexObject
from ._lazymanifest import lazymanifest
from ._nodetree import nodetree
from ._obsmarkers import fm1readmarkers
from ._revlogs import (
    IndexChangelogV2,
    IndexObject,
    IndexObject2,
    InlinedIndexObject,
    PersistentNodeMapIndexObject,
    parse_index2,
    parse_index_cl_v2,
    parse_index_devel_nodemap,
)
from .pathencode import encodedir, lowerencode, pathencode

# The class that every index has; `parse_index2` makes them.
index = BaseIndexObject

__all__ = [
    "AMBIGUOUS_TIME",
    "DIRSTATE_V2_ALL_IGNORED_RECORDED",
    "DIRSTATE_V2_ALL_UNKNOWN_RECORDED",
    "DIRSTATE_V2_DIRECTORY",
    "DIRSTATE_V2_EXPECTED_STATE_IS_MODIFIED",
    "DIRSTATE_V2_FALLBACK_EXEC",
    "DIRSTATE_V2_FALLBACK_SYMLINK",
    "DIRSTATE_V2_HAS_FALLBACK_EXEC",
    "DIRSTATE_V2_HAS_FALLBACK_SYMLINK",
    "DIRSTATE_V2_HAS_MODE_AND_SIZE",
    "DIRSTATE_V2_HAS_MTIME",
    "DIRSTATE_V2_MODE_EXEC_PERM",
    "DIRSTATE_V2_MODE_IS_SYMLINK",
    "DIRSTATE_V2_MTIME_SECOND_AMBIGUOUS",
    "DIRSTATE_V2_P1_TRACKED",
    "DIRSTATE_V2_P2_INFO",
    "DIRSTATE_V2_WDIR_TRACKED",
    "FROM_P2",
    "NONNORMAL",
    "BaseIndexObject",
    "DirstateItem",
    "IndexChangelogV2",
    "IndexObject",
    "IndexObject2",
    "InlinedIndexObject",
    "PersistentNodeMapIndexObject",
    "dict_new_presized",
    "dirs",
    "encodedir",
    "fm1readmarkers",
    "index",
    "lazymanifest",
    "lowerencode",
    "nodetree",
    "pack_dirstate",
    "parse_dirstate",
    "parse_index2",
    "parse_index_cl_v2",
    "parse_index_devel_nodemap",
    "pathencode",
]
