# SPDX-License-Identifier: GPL-2.0-or-later
"""What Mercurial's `parsers` holds (contract sections 2.5 to 2.13), for PyPy.

The index and the manifest ask C where a call does much. The rest is pure Python,
where crossing over to C would cost PyPy more than it saves: single entries of an
index, DirstateItem and the dirstate (objects of Python's), `dirs`, obsolescence
markers, and encoding single paths. docs/architecture.md has the figures.

As in pure, there is no `make_file_foldmap`, and no `version`. An object must not be
used by two threads at once: C runs without the interpreter's lock.
"""

from __future__ import annotations

from ..pure.parsers import (
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
    BaseIndexObject,
    DirstateItem,
    PersistentNodeMapIndexObject,
    dict_new_presized,
    dirs,
    encodedir,
    fm1readmarkers,
    lowerencode,
    nodetree,
    pack_dirstate,
    parse_dirstate,
    parse_index_devel_nodemap,
    pathencode,
)
from ._index import (
    IndexChangelogV2,
    IndexObject,
    IndexObject2,
    InlinedIndexObject,
    parse_index2,
    parse_index_cl_v2,
)
from ._lazymanifest import lazymanifest

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
