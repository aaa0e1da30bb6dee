# SPDX-License-Identifier: GPL-2.0-or-later
"""Some of the nodes of an index (contract section 2.8)."""

from __future__ import annotations

from bisect import bisect_left

from ._index import BaseIndexObject
from ._nodes import shortest_prefix
from ._records import NODE_FIELD


class nodetree:
    """Some of an index's nodes, to shorten among those. Null is not one."""

    __slots__ = ("_index", "_nodes", "_strips")

    def __init__(self, index: BaseIndexObject, capacity: int, /) -> None:
        if not isinstance(index, BaseIndexObject):
            raise TypeError(
                "nodetree() argument 1 must be parsers.index, "
                f"not {type(index).__name__}"
            )
        self._index = index
        self._nodes: list[bytes] = []  # sorted
        self._strips = index._strips

    def insert(self, rev: int, /) -> None:
        """Add a revision of the index; ValueError if there is no such."""
        if not 0 <= rev < len(self._index):
            raise ValueError("revlog index out of range")
        node = self._index[rev][NODE_FIELD]
        place = bisect_left(self._nodes, node)
        if self._nodes[place : place + 1] != [node]:
            self._nodes.insert(place, node)

    def shortest(self, node: bytes, /) -> int:
        """How many digits tell a node from the others; RevlogError if not added."""
        if self._strips != self._index._strips:
            is_known = self._index.has_node
            self._nodes = [known for known in self._nodes if is_known(known)]
            self._strips = self._index._strips
        return shortest_prefix(self._nodes, node)
