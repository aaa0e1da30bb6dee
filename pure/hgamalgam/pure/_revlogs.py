# SPDX-License-Identifier: GPL-2.0-or-later
"""The classes of indexes, by format, and which is for what (contract section 2.8)."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any, Callable

from ._index import BaseIndexObject
from ._nodes import revlog_error
from ._records import COUNT, LENGTH_OFFSET, ChangelogVersion2, Version1, Version2


class IndexObject(BaseIndexObject):
    """An index of format 1 whose data are in a file of their own."""

    def __init__(
        self,
        data: Any,
        uses_generaldelta: bool | None = None,
        uses_delta_info: bool | None = None,
    ) -> None:
        super().__init__(data, uses_generaldelta, uses_delta_info)
        self._lgt, rest = divmod(_size(data), self.entry_size)
        if rest:
            raise ValueError("corrupt index file")

    def _calculate_index(self, rev: int) -> int:
        return rev * self.entry_size

    def _file_records(self) -> Any:
        return memoryview(self._data)[: self._lgt * self.entry_size]


class InlinedIndexObject(BaseIndexObject):
    """An index of format 1 with each revision's data behind its record."""

    is_inline = True

    def __init__(
        self,
        data: Any,
        inline: Any = 0,
        uses_generaldelta: bool | None = None,
        uses_delta_info: bool | None = None,
    ) -> None:
        super().__init__(data, uses_generaldelta, uses_delta_info)
        self._offsets = self._inline_scan(_size(data))
        self._lgt = len(self._offsets)

    def _inline_scan(self, size: int) -> list[int]:
        data, entry_size = self._data, self.entry_size
        sidedata_length = self.record.sidedata_length_offset
        unpack = COUNT.unpack_from
        offsets = []
        position = 0
        while position <= size - entry_size:
            offsets.append(position)
            (length,) = unpack(data, position + LENGTH_OFFSET)
            if sidedata_length is not None:
                length += unpack(data, position + sidedata_length)[0]
            position += entry_size + length
        if position != size:
            raise ValueError("corrupt index file")
        return offsets

    def _calculate_index(self, rev: int) -> int:
        return self._offsets[rev]

    def _file_records(self) -> Any:
        data, size = self._data, self.entry_size
        return b"".join(
            [data[start : start + size] for start in islice(self._offsets, self._lgt)]
        )


def _size(data: Any) -> int:
    try:
        return len(data)
    except TypeError:
        raise TypeError("data does not support buffer interface") from None


class IndexObject2(IndexObject):
    """An index of format 2."""

    record = Version2
    index_format = Version2.layout
    entry_size = Version2.layout.size


class InlinedIndexObject2(InlinedIndexObject):
    """An index of format 2 with data in between, which Mercurial does not write."""

    record = Version2
    index_format = Version2.layout
    entry_size = Version2.layout.size


class IndexChangelogV2(IndexObject2):
    """An index of changelog-v2."""

    record = ChangelogVersion2
    index_format = ChangelogVersion2.layout
    entry_size = ChangelogVersion2.layout.size


class PersistentNodeMapIndexObject(IndexObject):
    """An index that also writes nodemaps, with Mercurial's Python code for that.

    Mercurial asks for it when `devel.persistent-nodemap` is set.
    """

    _nm_docket: Any = None
    _nm_root: Any = None
    _nm_max_idx: Any = None

    def nodemap_data_all(self) -> bytes:
        """A nodemap of all revisions."""
        from mercurial.revlogutils import nodemap

        data: bytes = nodemap.persistent_data(self)
        return data

    def nodemap_data_incremental(self) -> tuple[Any, int, bytes] | None:
        """What to append to the nodemap last given, if one was.

        (docket, bytes of it that do not count any more, data)
        """
        from mercurial.revlogutils import nodemap

        if self._nm_root is None:
            return None
        docket = self._nm_docket
        changed, data = nodemap.update_persistent_data(
            self, self._nm_root, self._nm_max_idx, docket.tip_rev
        )
        self._nm_root = self._nm_max_idx = self._nm_docket = None
        return docket, changed, data

    def update_nodemap_data(self, docket: Any, nm_data: Any) -> None:
        """Take a nodemap as it was read from its file."""
        from mercurial.revlogutils import nodemap

        if nm_data is None:
            return
        self._nm_root, self._nm_max_idx = nodemap.parse_data(nm_data)
        if self._nm_root:
            self._nm_docket = docket
        else:
            self._nm_root = self._nm_max_idx = self._nm_docket = None


def parse_index2(
    data: Any,
    inlined: Any,
    uses_generaldelta: bool | None = None,
    uses_delta_info: bool | None = None,
    format: int = Version1.number,
) -> tuple[BaseIndexObject, tuple[int, Any] | None]:
    """The index of a file's data, and what to keep of them as first chunk.

    6.9 passes two arguments and perhaps the format by name, 7.2 four of them.
    ValueError if it is no index.
    """
    return open_index(
        CLASSES, data, inlined, uses_generaldelta, uses_delta_info, format
    )


# By format and whether it is inline.
Classes = Mapping[tuple[int, bool], Callable[..., BaseIndexObject]]
CLASSES: Classes = {
    (Version1.number, False): IndexObject,
    (Version1.number, True): InlinedIndexObject,
    (Version2.number, False): IndexObject2,
    (Version2.number, True): InlinedIndexObject2,
    (ChangelogVersion2.number, False): IndexChangelogV2,
}


def open_index(
    classes: Classes,
    data: Any,
    inlined: Any,
    uses_generaldelta: bool | None,
    uses_delta_info: bool | None,
    format: int,
) -> tuple[BaseIndexObject, tuple[int, Any] | None]:
    """What `parse_index2` gives, with an index of one of these classes."""
    found = classes.get((format, bool(inlined)))
    if found is None:
        if format == ChangelogVersion2.number:
            raise revlog_error(b"a changelog-v2 is never inline")
        raise ValueError("unknown revlog index format")
    if inlined:
        return found(data, inlined, uses_generaldelta, uses_delta_info), (0, data)
    return found(data, uses_generaldelta, uses_delta_info), None


def parse_index_cl_v2(
    data: Any, *delta_arguments: bool
) -> tuple[IndexChangelogV2, None]:
    """The index of a changelog-v2's data."""
    return IndexChangelogV2(data, *delta_arguments), None


def parse_index_devel_nodemap(
    data: Any, inline: Any, *delta_arguments: bool
) -> tuple[PersistentNodeMapIndexObject, None]:
    """As `parse_index2`, with an index that writes nodemaps."""
    return PersistentNodeMapIndexObject(data, *delta_arguments), None
