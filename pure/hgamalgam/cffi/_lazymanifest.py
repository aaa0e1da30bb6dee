# SPDX-License-Identifier: GPL-2.0-or-later
"""Manifest texts as maps (contract section 2.9), by the C flavour's algorithms.

C cuts the text into lines where it lies, and finds and compares them. Paths are
cut out of the text by Python, from numbers that C gives for many lines at once:
Python makes bytes faster than it takes them from C.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Callable

from hgamalgam.cffi import _parsers

from ..pure._arguments import plain
from ..pure._lazymanifest import (
    FLAGS,
    Change,
    Value,
    check_filter,
    check_other,
    checked_path,
    checked_text,
    checked_value,
)
from ._arguments import check

_ffi = _parsers.ffi
_lib = _parsers.lib
_new = _ffi.new_allocator(should_clear_after_alloc=False)

# By the byte that C gives for it.
_FLAG_OF = {0: b"", **{flag[0]: flag for flag in FLAGS[1:]}}
_ABSENT: tuple[bytes | None, bytes] = (None, b"")
# How many lines C is asked about at once.
_CHUNK = 2048
# From a node to the next, in a diff.
_STRIDE = _lib.HG_MANIFEST_MAX_NODE_SIZE
_SAME = _lib.HG_MANIFEST_SAME
_LEFT = _lib.HG_MANIFEST_LEFT
_RIGHT = _lib.HG_MANIFEST_RIGHT
_LINE_SIZE = _ffi.sizeof("hg_manifest_line")


def _check(status: int) -> None:
    check(_ffi, status, _lib.hg_manifest_message)


class lazymanifest:
    """A sorted map from path to (node, flag), made from a manifest's text.

    The text has a line for each file: path, NUL, the node in hexadecimal digits,
    perhaps a flag. ValueError if it is not sorted, or no manifest.

    nodelen: bytes of a node, 20 or 32
    """

    __slots__ = ("_given", "_jobs", "_size", "_text", "_value")

    def __init__(self, nodelen: int, data: bytes, /) -> None:
        nodelen, data = checked_text(nodelen, data)
        # What lines lie in that no edit has made part of a text of C's.
        self._given = _ffi.from_buffer(data)
        jobs = self._take(nodelen, len(data) // 80)
        _check(_lib.manifest_jobs_open(jobs, self._given, len(data), nodelen))
        # A text, and the stamp of what it is the text of.
        self._text: tuple[int, bytes] = (jobs.stamp, data)

    def _take(self, size: int, lines: int) -> Any:
        """A C manifest, of about so many lines, to fill."""
        new = _ffi.new("struct manifest_jobs *")
        pressure = lines * _LINE_SIZE
        self._jobs = _ffi.gc(new, _lib.manifest_jobs_close, pressure)
        self._value = _ffi.new("hg_manifest_value *")
        self._size = size
        return self._jobs

    def __len__(self) -> int:
        length: int = _lib.manifest_jobs_length(self._jobs)
        return length

    def __contains__(self, path: object) -> bool:
        if not isinstance(path, bytes):
            return False
        path = plain(path)
        found: bool = _lib.manifest_jobs_has(self._jobs, path, len(path))
        return found

    def __getitem__(self, path: bytes) -> Value:
        path = checked_path("getitem", path)
        value = self._value
        status = _lib.manifest_jobs_get(self._jobs, path, len(path), value)
        if status == _lib.MANIFEST_JOBS_ABSENT:
            raise KeyError("No such manifest entry.")
        _check(status)
        both = _ffi.buffer(value)[:]
        return both[: self._size], _FLAG_OF[both[_STRIDE]]

    def __setitem__(self, path: bytes, value: Value) -> None:
        path = checked_path("setitem", path)
        node, flag = checked_value(value, self._size)
        _check(_lib.manifest_jobs_set(self._jobs, path, len(path), node, flag or b"\0"))

    def __delitem__(self, path: bytes) -> None:
        path = checked_path("delitem", path)
        status = _lib.manifest_jobs_delete(self._jobs, path, len(path))
        if status == _lib.MANIFEST_JOBS_ABSENT:
            raise KeyError("Tried to delete nonexistent manifest entry.")
        _check(status)

    def text(self) -> bytes:
        """The text of what there is now."""
        stamp, text = self._text
        if stamp != self._jobs.stamp:
            copy, text = self._copy_with_text()
            _lib.manifest_jobs_close(copy._jobs)
        return text

    def _copy_with_text(self) -> tuple[lazymanifest, bytes]:
        """A copy, and its text, which both remember.

        The copy is nobody else's: what runs meanwhile may change this, but not it.
        Let go of it at the end, so that a change does not need its own table.
        """
        copy = self.copy()
        stamp, text = copy._text
        if stamp != copy._jobs.stamp:
            size = _ffi.new("size_t *")
            start = _lib.manifest_jobs_text(copy._jobs, size)
            text = bytes(_ffi.buffer(start, size[0]))
            self._text = copy._text = (copy._jobs.stamp, text)
        return copy, text

    # Iterators are over what was there when they were asked for.

    def __iter__(self) -> Iterator[bytes]:
        return _paths(*self._copy_with_text())

    iterkeys = __iter__

    def iterentries(self) -> Iterator[tuple[bytes, bytes, bytes]]:
        """(path, node, flag) of each file, sorted."""
        return _entries(*self._copy_with_text())

    def copy(self) -> lazymanifest:
        """Another one, equal and independent."""
        other: lazymanifest = object.__new__(lazymanifest)
        if not _lib.manifest_jobs_copy(self._jobs, other._take(self._size, len(self))):
            raise MemoryError
        other._text, other._given = self._text, self._given
        return other

    def filtercopy(self, matchfn: Callable[[bytes], object], /) -> lazymanifest:
        """Another one, of the files that `matchfn` is true for."""
        check_filter(matchfn)
        # It is Python code that may change us: copies it cannot.
        source = self.copy()
        paths = _paths(*source._copy_with_text())
        marks = bytes([bool(matchfn(path)) for path in paths])
        kept: lazymanifest = object.__new__(lazymanifest)
        jobs = kept._take(self._size, len(marks))
        if not _lib.manifest_jobs_filter(source._jobs, marks, jobs):
            raise MemoryError
        _lib.manifest_jobs_close(source._jobs)
        kept._text, kept._given = source._text, source._given
        return kept

    def diff(self, other: lazymanifest, clean: bool = False, /) -> dict[bytes, Change]:
        """What differs, by path and sorted: (ours, theirs).

        A file that one side has not got is (None, b"") there. With `clean`, files
        that do not differ are in it too, with None.
        """
        check_other(other, lazymanifest)
        return _diff(self, other, bool(clean))

    def __reduce__(self) -> Any:
        raise TypeError("cannot pickle a lazymanifest")


def _spans(manifest: lazymanifest) -> Iterator[tuple[int, list[int]]]:
    """Of chunks of lines: the first, and where paths begin and end."""
    jobs, count = manifest._jobs, len(manifest)
    out = _new("int64_t[]", 2 * min(count, _CHUNK))
    for first in range(0, count, _CHUNK):
        some = min(count - first, _CHUNK)
        _lib.manifest_jobs_paths(jobs, first, some, out)
        yield first, _ffi.unpack(out, 2 * some)


def _paths(manifest: lazymanifest, text: bytes) -> Iterator[bytes]:
    for _first, spans in _spans(manifest):
        for i in range(0, len(spans), 2):
            yield text[spans[i] : spans[i + 1]]
    _lib.manifest_jobs_close(manifest._jobs)


def _entries(
    manifest: lazymanifest, text: bytes
) -> Iterator[tuple[bytes, bytes, bytes]]:
    size, jobs = manifest._size, manifest._jobs
    room = min(len(manifest), _CHUNK)
    nodes_out = _new("unsigned char[]", room * size)
    flags_out = _new("char[]", room)
    status = _ffi.new("enum hg_manifest_status *")
    for first, spans in _spans(manifest):
        count = len(spans) // 2
        good = _lib.manifest_jobs_values(
            jobs, first, count, nodes_out, flags_out, status
        )
        nodes = _ffi.buffer(nodes_out, good * size)[:]
        flags = _ffi.buffer(flags_out, good)[:]
        for i in range(good):
            path = text[spans[2 * i] : spans[2 * i + 1]]
            yield path, nodes[i * size : i * size + size], _FLAG_OF[flags[i]]
        _check(status[0])
    _lib.manifest_jobs_close(jobs)


def _diff(mine: lazymanifest, theirs: lazymanifest, clean: bool) -> dict[bytes, Change]:
    mine, left_text = mine._copy_with_text()
    theirs, right_text = theirs._copy_with_text()
    left_size, right_size = mine._size, theirs._size
    room = min(len(mine) + len(theirs), _CHUNK)
    sides_out = _new("unsigned char[]", room)
    spans_out = _new("int64_t[]", 2 * room)
    nodes_out = _new("unsigned char[]", 2 * room * _STRIDE)
    flags_out = _new("char[]", 2 * room)
    diff = _ffi.new("struct manifest_diff *")
    diff.left, diff.right = mine._jobs, theirs._jobs
    diff.list_same, diff.capacity = clean, room
    diff.sides, diff.spans = sides_out, spans_out
    diff.nodes, diff.flags = nodes_out, flags_out
    status = _ffi.new("enum hg_manifest_status *")
    changes: dict[bytes, Change] = {}
    while count := _lib.manifest_jobs_diff(diff, status):
        sides = _ffi.buffer(sides_out, count)[:]
        spans = _ffi.unpack(spans_out, 2 * count)
        nodes = _ffi.buffer(nodes_out, 2 * count * _STRIDE)[:]
        flags = _ffi.buffer(flags_out, 2 * count)[:]
        value = 0
        for i, side in enumerate(sides):
            text = right_text if side == _RIGHT else left_text
            path = text[spans[2 * i] : spans[2 * i + 1]]
            if side == _SAME:
                changes[path] = None
                continue
            old = new = _ABSENT
            if side != _RIGHT:
                start = value * _STRIDE
                old = nodes[start : start + left_size], _FLAG_OF[flags[value]]
                value += 1
            if side != _LEFT:
                start = value * _STRIDE
                new = nodes[start : start + right_size], _FLAG_OF[flags[value]]
                value += 1
            changes[path] = (old, new)
    _lib.manifest_jobs_close(mine._jobs)
    _lib.manifest_jobs_close(theirs._jobs)
    _check(status[0])
    return changes
