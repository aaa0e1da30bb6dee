# SPDX-License-Identifier: GPL-2.0-or-later
"""The directories that files are in (contract section 2.10)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ._dirstate import DirstateItem

# As in the other flavours, for whom the depth is a stack.
_DEEPEST = 2048


class dirs:
    """A multiset of directories, b"" for the top one among them.

    map: a dict of files, as the dirstate's, or an iterable of them
    only_tracked: of a dict of items, take the files the working copy tracks
    """

    __slots__ = ("_counts",)

    def __init__(
        self,
        map: dict[bytes, DirstateItem] | Iterable[bytes] | None = None,
        only_tracked: bool = False,
    ) -> None:
        # How often each directory was found as the parent of something new.
        self._counts: dict[bytes, int] = {}
        if only_tracked:
            if not isinstance(map, dict):
                raise ValueError("`only_tracked` is only supported with a dict source")
            for path, item in map.items():
                if not isinstance(item, DirstateItem):
                    raise TypeError("expected a dirstate tuple")
                if item.tracked:
                    self.addpath(path)
        elif map is not None:
            addpath = self.addpath
            for path in map:
                addpath(path)

    def addpath(self, path: bytes, /) -> None:
        """Count a file; ValueError for two slashes in a row or too many levels."""
        if not isinstance(path, bytes):
            raise TypeError(f"expected string, {type(path).__name__} found")
        counts = self._counts
        slash = path.rfind(b"/")
        directory = path[: max(slash, 0)]
        if directory in counts:
            counts[directory] += 1
            return
        # Before anything is counted.
        if b"//" in path:
            raise ValueError("found invalid consecutive slashes in path")
        if path.count(b"/") >= _DEEPEST:
            raise ValueError("Directory hierarchy too deep.")
        counts[directory] = 1
        while slash > 0:
            slash = path.rfind(b"/", 0, slash)
            directory = path[: max(slash, 0)]
            if directory in counts:
                counts[directory] += 1
                return
            counts[directory] = 1

    def delpath(self, path: bytes, /) -> None:
        """Forget a file; ValueError if it was not counted."""
        if not isinstance(path, bytes):
            raise TypeError(f"expected string, {type(path).__name__} found")
        counts = self._counts
        slash = path.rfind(b"/")
        while True:
            directory = path[: max(slash, 0)]
            count = counts.get(directory, 0)
            if count > 1:
                counts[directory] = count - 1
                return
            if count < 1:
                raise ValueError("expected a value, found none")
            del counts[directory]
            if slash <= 0:
                return
            slash = path.rfind(b"/", 0, slash)

    def __contains__(self, directory: object) -> bool:
        return isinstance(directory, bytes) and directory in self._counts

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._counts)
