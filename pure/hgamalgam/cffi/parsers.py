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

from ..pure.parsers import *  # noqa: F403
from ..pure.parsers import BaseIndexObject
from ._index import (  # noqa: F401
    IndexChangelogV2,
    IndexObject,
    IndexObject2,
    InlinedIndexObject,
    parse_index2,
    parse_index_cl_v2,
)
from ._lazymanifest import lazymanifest  # type: ignore[assignment]  # noqa: F401

# The class that every index has; `parse_index2` makes them.
index = BaseIndexObject  # type: ignore[misc]
