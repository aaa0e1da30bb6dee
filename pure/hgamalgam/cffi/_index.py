# SPDX-License-Identifier: GPL-2.0-or-later
"""Revlog indexes (contract section 2.8) whose walks are the C flavour's.

Records are read, appended and stripped as in pure Python, which PyPy does as fast.
What looks at many records asks C, which sees the file's bytes where they lie; it is
given the appended records when it is next asked something.
"""

from __future__ import annotations

from binascii import hexlify
from collections.abc import Iterable
from typing import Any

from hgamalgam.cffi import _parsers

from ..pure import _revlogs as pure
from ..pure._arguments import as_long
from ..pure._index import BaseIndexObject
from ..pure._nodes import check_node, revlog_error
from ..pure._records import NODE_SIZE, NULL

_ffi = _parsers.ffi
_lib = _parsers.lib


# What is a RevlogError, `parse_index2` finds before C does.
_ERRORS = {
    _lib.HG_ERROR_VALUE: ValueError,
    _lib.HG_ERROR_OVERFLOW: OverflowError,
    _lib.HG_ERROR_RUNTIME: RuntimeError,
}
# How often an index that changes all the time is given to C anew.
_MOST_TRIES = 1000


class _Revs:
    """A list that C fills with revisions; `with` frees it."""

    def __init__(self) -> None:
        self.list = _ffi.new("hg_rev_list *")

    def __enter__(self) -> _Revs:
        return self

    def __exit__(self, *ignored: object) -> None:
        _lib.hg_rev_list_free(self.list)

    def push(self, rev: int) -> None:
        if not _lib.index_jobs_push(self.list, rev):
            raise MemoryError

    def unpack(self) -> list[int]:
        found = self.list
        # An empty one has no memory.
        revs: list[int] = _ffi.unpack(found.revs, found.count) if found.count else []
        return revs


def _array(revs: list[int]) -> Any:
    # Of a copy, which nobody can change meanwhile.
    return _ffi.new("int32_t[]", revs[:])


def _checked_node(node: bytes) -> bytes:
    """Plain bytes, as long as C takes them to be."""
    check_node(node)
    if type(node) is not bytes:
        node = memoryview(node).tobytes()
        check_node(node)
    return node


def _check(native: Any, status: int) -> None:
    """Raise what a failure of a C index stands for."""
    if status == _lib.HG_INDEX_OK:
        return
    text = _ffi.new("char[]", _lib.HG_INDEX_TEXT_SIZE)
    kind = _lib.hg_index_explain(_ffi.addressof(native, "view"), status, text)
    if kind == _lib.HG_ERROR_MEMORY:
        raise MemoryError
    raise _ERRORS[kind](_ffi.string(text).decode())


class NativeIndex(BaseIndexObject):
    """An index's questions, answered by C; the classes below add the formats."""

    # C's index of the records, once it was needed. Who asks it something holds it:
    # Python may run between any two calls, and let go of it here.
    _native: Any = None
    # How often records went, or were replaced.
    _changes = 0

    def _asked(self) -> Any:
        """The C index, with every record there is."""
        native = self._native
        if native is not None:
            view = native.view
            if view.disk_count + view.added_count == self._lgt + len(self._extra):
                return native
        for _ in range(_MOST_TRIES):
            native = self._native
            if native is None:
                self._open()
            elif self._give(native):
                return native
        raise RuntimeError("revlog index changed while in use")

    def _give(self, native: Any) -> bool:
        """Append what C has not got; whether nothing else happened meanwhile."""
        truncations, view = native.truncations, native.view
        length = view.disk_count + view.added_count
        missing = self._extra[length - self._lgt :]
        status = _lib.index_jobs_append(
            native, truncations, length, b"".join(missing), len(missing)
        )
        if status == _lib.HG_INDEX_STRIPPED:
            return False
        _check(native, status)
        return True

    def _open(self) -> None:
        changes, count = self._changes, self._lgt
        buffer = _ffi.from_buffer(self._data)

        def close(index: Any, buffer: Any = buffer) -> None:
            # Only now the buffer may go.
            _lib.hg_index_close(index)

        native = _ffi.gc(_ffi.new("hg_index *"), close)
        number = self.record.number
        _check(
            native,
            _lib.hg_index_open(native, buffer, len(buffer), self.is_inline, number),
        )
        # What was stripped before is still in the buffer.
        _lib.index_jobs_truncate(native, count)
        if changes == self._changes:
            self._native = native

    # -- changes -----------------------------------------------------------------

    def _set_aside(self) -> tuple[Any, int]:
        """The C index, during a change: who asks meanwhile gets another one."""
        native, self._native = self._native, None
        self._changes += 1
        return native, self._changes

    def _take_back(self, native: Any, change: int, start: int) -> None:
        """Ask it again, about what is below `start`, if that was the only change."""
        if native is not None:
            _lib.index_jobs_truncate(native, start)
        self._native = native if change == self._changes else None

    def _strip(self, start: int) -> None:
        native, change = self._set_aside()
        super()._strip(start)
        self._take_back(native, change, start)

    def replace_sidedata_info(
        self, rev: int, offset: int, length: int, offset_flags: int, mode: int, /
    ) -> None:
        native, change = self._set_aside()
        super().replace_sidedata_info(rev, offset, length, offset_flags, mode)
        # C is given the record, and those behind it, again.
        self._take_back(native, change, rev)

    def clearcaches(self) -> None:
        super().clearcaches()
        self._native = None

    # -- nodes -------------------------------------------------------------------

    def get_rev(self, node: bytes, /) -> int | None:
        node = _checked_node(node)
        # There is one only where revisions were given or taken nodes by hand.
        if "_nodemap" in self.__dict__:
            return self._nodemap.get(node)
        rev: int = _lib.hg_index_find(self._asked(), node)
        if rev == _lib.HG_NODE_NO_MEMORY:
            raise MemoryError
        return None if rev == _lib.HG_NODE_UNKNOWN else rev

    get = get_rev

    def rev(self, node: bytes, /) -> int:
        rev = self.get_rev(node)
        if rev is None:
            raise revlog_error(b"unknown node: " + hexlify(node))
        return rev

    def has_node(self, node: Any, /) -> bool:
        if isinstance(node, int):
            return NULL <= as_long(node) < len(self)
        return self.get_rev(node) is not None

    def _find_prefixed(self, digits: bytes) -> bytes | None:
        node = _ffi.new("unsigned char[]", NODE_SIZE)
        rev = _lib.index_jobs_match(self._asked(), digits, len(digits), node)
        if rev == _lib.HG_PREFIX_NO_MEMORY:
            raise MemoryError
        if rev == _lib.HG_PREFIX_AMBIGUOUS:
            raise revlog_error(b"ambiguous prefix: " + digits)
        if rev == _lib.HG_PREFIX_UNKNOWN:
            return None
        return bytes(_ffi.buffer(node))

    def shortest(self, node: bytes, /) -> int:
        node = _checked_node(node)
        digits: int = _lib.hg_index_shortest(self._asked(), node)
        if digits == _lib.HG_PREFIX_NO_MEMORY:
            raise MemoryError
        if digits == _lib.HG_PREFIX_UNKNOWN:
            raise revlog_error(b"unknown node: " + hexlify(node))
        return digits

    def stats(self) -> dict[bytes, int]:
        """Counts of what was looked up, as C has them, for `debugindexstats`."""
        found = _ffi.new("hg_index_stat[]", _lib.HG_INDEX_MOST_STATS)
        count = _ffi.new("size_t *")
        if not _lib.hg_index_stats(self._asked(), found, count):
            raise MemoryError
        return {_ffi.string(one.name): one.value for one in found[0 : count[0]]}

    # -- the graph ---------------------------------------------------------------

    def _find_heads(self, stop: int) -> list[int]:
        return self._marked_heads(stop, _ffi.NULL)

    def _find_unfiltered_heads(self, stop: int, excluded: Any) -> list[int]:
        if type(excluded) not in (set, frozenset):
            return super()._find_unfiltered_heads(stop, excluded)
        marks = bytearray(stop)
        for rev in excluded:
            if type(rev) is not int:
                return super()._find_unfiltered_heads(stop, excluded)
            if 0 <= rev < stop:
                marks[rev] = 1
        return self._marked_heads(stop, _ffi.from_buffer(marks))

    def _marked_heads(self, stop: int, marks: Any) -> list[int]:
        native = self._asked()
        with _Revs() as heads:
            _check(native, _lib.index_jobs_heads(native, stop, marks, heads.list))
            return heads.unpack()

    def _find_heads_diff(self, begin: int, end: int) -> tuple[list[int], list[int]]:
        native = self._asked()
        with _Revs() as removed, _Revs() as added:
            _check(
                native,
                _lib.index_jobs_heads_diff(
                    native, begin, end, removed.list, added.list
                ),
            )
            return removed.unpack(), added.unpack()

    def _inherit_phases(self, phases: bytearray, first: int) -> None:
        native, marks = self._asked(), _ffi.from_buffer(phases)
        # There is a place more, for null.
        end = len(phases) - 1
        _check(native, _lib.index_jobs_phases(native, first, end, marks))

    def _find_reachable(
        self, lowest: int, heads: list[int], roots: list[int], include_path: bool
    ) -> list[int]:
        head_revs, root_revs = _array(heads), _array(roots)
        query = _ffi.new(
            "hg_reachable_query *",
            (
                *(lowest, head_revs, len(head_revs)),
                *(root_revs, len(root_revs), include_path),
            ),
        )
        native = self._asked()
        with _Revs() as reachable:
            _check(native, _lib.index_jobs_reachable(native, query, reachable.list))
            return reachable.unpack()

    def _find_common_heads(self, starts: list[int]) -> list[int]:
        native, revs = self._asked(), _array(starts)
        with _Revs() as heads:
            _check(
                native,
                _lib.index_jobs_common_heads(native, revs, len(revs), heads.list),
            )
            return heads.unpack()

    def _find_deepest(self, heads: list[int]) -> list[int]:
        native = self._asked()
        with _Revs() as deepest:
            for rev in heads:
                deepest.push(rev)
            _check(native, _lib.index_jobs_deepest(native, deepest.list))
            return deepest.unpack()

    # -- delta chains ------------------------------------------------------------

    def _find_chain(
        self, rev: int, stop: int | None, general: bool, skip_empty: bool
    ) -> tuple[list[int], bool]:
        native = self._asked()
        end = _lib.HG_DELTA_NO_STOP if stop is None else stop
        query = _ffi.new("hg_chain_query *", (rev, end, general, skip_empty))
        stopped = _ffi.new("bool *")
        with _Revs() as chain:
            _check(native, _lib.index_jobs_chain(native, query, chain.list, stopped))
            return chain.unpack()[::-1], stopped[0]

    def _is_snapshot(self, rev: int) -> bool:
        native, answer = self._asked(), _ffi.new("bool *")
        _check(native, _lib.index_jobs_is_snapshot(native, rev, answer))
        is_snapshot: bool = answer[0]
        return is_snapshot

    def _find_snapshots(self, start: int, end: int) -> Iterable[tuple[int, int]]:
        if start >= end:
            return []
        native, by_flag = self._asked(), bool(self.uses_delta_info)
        with _Revs() as revs, _Revs() as bases:
            _check(
                native,
                _lib.index_jobs_find_snapshots(
                    native, start, end, by_flag, revs.list, bases.list
                ),
            )
            return zip(revs.unpack(), bases.unpack())

    def _find_slices(
        self, revs: list[int], density: float, min_gap: int, record_gap: int
    ) -> list[list[int]] | None:
        if len(revs) <= 1:
            return None
        numbers = _array(revs)
        query = _ffi.new(
            "hg_slice_query *",
            (numbers, len(numbers), density, min_gap, record_gap),
        )
        out = _ffi.new("hg_slice **")
        count = _ffi.new("size_t *")
        native = self._asked()
        _check(native, _lib.index_jobs_slice(native, query, out, count))
        if out[0] == _ffi.NULL:
            return None
        try:
            return [revs[out[0][i].start : out[0][i].end] for i in range(count[0])]
        finally:
            _lib.free(out[0])


class IndexObject(NativeIndex, pure.IndexObject):
    """An index of format 1 whose data are in a file of their own."""


class InlinedIndexObject(NativeIndex, pure.InlinedIndexObject):
    """An index of format 1 with each revision's data behind its record."""


class IndexObject2(NativeIndex, pure.IndexObject2):
    """An index of format 2."""


class InlinedIndexObject2(NativeIndex, pure.InlinedIndexObject2):
    """An index of format 2 with data in between, which Mercurial does not write."""


class IndexChangelogV2(NativeIndex, pure.IndexChangelogV2):
    """An index of changelog-v2."""


_CLASSES: pure.Classes = {
    (IndexObject.record.number, False): IndexObject,
    (IndexObject.record.number, True): InlinedIndexObject,
    (IndexObject2.record.number, False): IndexObject2,
    (IndexObject2.record.number, True): InlinedIndexObject2,
    (IndexChangelogV2.record.number, False): IndexChangelogV2,
}


def parse_index2(
    data: Any,
    inlined: Any,
    uses_generaldelta: bool | None = None,
    uses_delta_info: bool | None = None,
    format: int = IndexObject.record.number,
) -> tuple[BaseIndexObject, tuple[int, Any] | None]:
    """The index of a file's data, and what to keep of them as first chunk.

    6.9 passes two arguments and perhaps the format by name, 7.2 four of them.
    ValueError if it is no index.
    """
    return pure.open_index(
        _CLASSES, data, inlined, uses_generaldelta, uses_delta_info, format
    )


def parse_index_cl_v2(
    data: Any, *delta_arguments: bool
) -> tuple[IndexChangelogV2, None]:
    """The index of a changelog-v2's data."""
    return IndexChangelogV2(data, *delta_arguments), None
