# SPDX-License-Identifier: GPL-2.0-or-later
"""Revlog indexes (contract section 2.8) whose walks are the C flavour's.

Records are read, appended and stripped as in pure Python, which PyPy does as fast.
What looks at many records asks C, which sees the file's bytes where they lie; it is
given the appended records when it is next asked something.
"""

from __future__ import annotations

from binascii import hexlify
from collections.abc import Iterable
from operator import index
from typing import Any

from hgamalgam.cffi import _parsers

from ..pure import _revlogs as pure
from ..pure._index import BaseIndexObject
from ..pure._nodes import check_node, revlog_error
from ..pure._records import NODE_SIZE, NULL

_ffi = _parsers.ffi
_lib = _parsers.lib


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


class NativeIndex(BaseIndexObject):
    """An index's questions, answered by C; the classes below add the formats."""

    # C's view of the records, once it was needed, and the buffer that it is of.
    _jobs: Any = None
    _buffer: Any = None
    # How many appended records it has been given.
    _given = 0

    def _job(self) -> Any:
        """The C view, with every record there is."""
        if self._jobs is None:
            self._open()
        missing = len(self._extra) - self._given
        if missing:
            records = b"".join(self._extra[self._given :])
            self._check(_lib.index_jobs_append(self._jobs, records, missing))
            self._given += missing
        return self._jobs

    def _open(self) -> None:
        buffer = _ffi.from_buffer(self._data)
        jobs = _ffi.gc(_ffi.new("struct index_jobs *"), _lib.index_jobs_close)
        number = self.record.number
        self._check(
            _lib.index_jobs_open(jobs, buffer, len(buffer), self.is_inline, number),
            jobs,
        )
        # What was stripped before is still in the buffer.
        _lib.index_jobs_truncate(jobs, self._lgt)
        self._jobs, self._buffer, self._given = jobs, buffer, 0

    def _check(self, status: int, jobs: Any = None) -> None:
        """Raise what a failure stands for."""
        if status == _lib.HG_INDEX_OK:
            return
        if status == _lib.HG_INDEX_NO_MEMORY:
            self.clearcaches()
            raise MemoryError
        if status == _lib.HG_INDEX_PARENT_RANGE:
            raise ValueError("parent out of range")
        view = (self._jobs if jobs is None else jobs).view
        rev, value = view.error_rev, view.error_value
        if status == _lib.HG_INDEX_BASE_ABOVE:
            raise ValueError(
                f"corrupted revlog, revision base above revision: {rev}, {value}"
            )
        if status == _lib.HG_INDEX_BASE_RANGE:
            raise ValueError(
                f"corrupted revlog, revision base out of range: {rev}, {value}"
            )
        if status == _lib.HG_INDEX_LENGTH_RANGE:
            raise OverflowError(f"revlog entry size out of bound ({value})")
        if status == _lib.HG_INDEX_OFFSET_ORDER:
            raise ValueError(
                "corrupted revlog index: inconsistent offset between revisions "
                f"({rev}) and ({value})"
            )
        raise ValueError("corrupt index file")

    def _checked_view(self, *arrays: Any) -> Any:
        """What C's walks take; what is in the arrays must be revisions or null.

        They were when they were asked about, but then they were made numbers, and
        what is no int is asked, in Python, for one.
        """
        jobs = self._job()
        for array in arrays:
            if not _lib.index_jobs_knows(jobs, array, len(array)):
                raise RuntimeError("revlog index stripped while in use")
        return _ffi.addressof(jobs, "view")

    # -- changes -----------------------------------------------------------------

    def _strip(self, start: int) -> None:
        seen = self._lgt + self._given
        super()._strip(start)
        if self._jobs is not None and start < seen:
            _lib.index_jobs_truncate(self._jobs, start)
            self._given = start - self._lgt

    def replace_sidedata_info(
        self, rev: int, offset: int, length: int, offset_flags: int, mode: int
    ) -> None:
        super().replace_sidedata_info(rev, offset, length, offset_flags, mode)
        # C is given the record, and those behind it, again.
        if self._jobs is not None and rev < self._lgt + self._given:
            _lib.index_jobs_truncate(self._jobs, rev)
            self._given = rev - self._lgt

    def clearcaches(self) -> None:
        super().clearcaches()
        self._jobs = self._buffer = None
        self._given = 0

    # -- nodes -------------------------------------------------------------------

    def get_rev(self, node: bytes) -> int | None:
        node = _checked_node(node)
        # There is one only where revisions were given or taken nodes by hand.
        if "_nodemap" in self.__dict__:
            return self._nodemap.get(node)
        rev: int = _lib.index_jobs_find(self._job(), node)
        if rev == _lib.HG_NODE_NO_MEMORY:
            raise MemoryError
        return None if rev == _lib.HG_NODE_UNKNOWN else rev

    get = get_rev

    def rev(self, node: bytes) -> int:
        rev = self.get_rev(node)
        if rev is None:
            raise revlog_error(b"unknown node: " + hexlify(node))
        return rev

    def has_node(self, node: Any) -> bool:
        if isinstance(node, int):
            return NULL <= node < len(self)
        return self.get_rev(node) is not None

    def _find_prefixed(self, digits: bytes) -> bytes | None:
        values = bytes([int(digit, 16) for digit in digits.decode()])
        jobs = self._job()
        rev = _lib.index_jobs_match(jobs, values, len(values))
        if rev == _lib.HG_PREFIX_NO_MEMORY:
            raise MemoryError
        if rev == _lib.HG_PREFIX_AMBIGUOUS:
            raise revlog_error(b"ambiguous prefix: " + digits)
        if rev == _lib.HG_PREFIX_UNKNOWN:
            return None
        node = _ffi.new("unsigned char[]", NODE_SIZE)
        _lib.index_jobs_node(jobs, rev, node)
        return bytes(_ffi.buffer(node))

    def shortest(self, node: bytes) -> int:
        node = _checked_node(node)
        digits: int = _lib.index_jobs_shortest(self._job(), node)
        if digits == _lib.HG_PREFIX_NO_MEMORY:
            raise MemoryError
        if digits == _lib.HG_PREFIX_UNKNOWN:
            raise revlog_error(b"unknown node: " + hexlify(node))
        return digits

    def stats(self) -> dict[bytes, int]:
        """Counts of what was looked up, as C has them, for `debugindexstats`."""
        found = _ffi.new("struct index_jobs_stats *")
        if not _lib.index_jobs_count(self._job(), found):
            raise MemoryError
        counts = {
            b"revs in memory": found.in_memory,
            b"node trie lookups": found.lookups,
            b"node trie misses": found.misses,
            b"node trie last rev scanned": found.last_scanned,
        }
        if found.added >= 0:
            counts[b"index entries added"] = found.added
        if found.capacity >= 0:
            counts[b"node trie capacity"] = found.capacity
            counts[b"node trie count"] = found.nodes
            counts[b"node trie depth"] = found.depth
            counts[b"node trie splits"] = found.nodes - 1
        return counts

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
        if stop > len(self):
            raise RuntimeError("revlog index stripped while in use")
        jobs = self._job()
        with _Revs() as heads:
            self._check(_lib.index_jobs_heads(jobs, stop, marks, heads.list))
            return heads.unpack()

    def _find_heads_diff(self, begin: int, end: int) -> tuple[list[int], list[int]]:
        view = self._checked_view()
        with _Revs() as removed, _Revs() as added:
            self._check(
                _lib.hg_dag_heads_diff(view, begin, end, removed.list, added.list)
            )
            return removed.unpack(), added.unpack()

    def _inherit_phases(self, phases: bytearray, first: int) -> None:
        if len(phases) != len(self) + 1:
            raise RuntimeError("revlog index changed while in use")
        self._check(
            _lib.index_jobs_phases(self._job(), first, _ffi.from_buffer(phases))
        )

    def _find_reachable(
        self, lowest: int, heads: list[int], roots: list[int], include_path: bool
    ) -> list[int]:
        lowest, head_revs, root_revs = index(lowest), _array(heads), _array(roots)
        view = self._checked_view(head_revs, root_revs)
        query = _ffi.new(
            "hg_reachable_query *",
            (
                *(lowest, head_revs, len(head_revs)),
                *(root_revs, len(root_revs), include_path),
            ),
        )
        with _Revs() as reachable:
            self._check(_lib.hg_dag_reachable_roots(view, query, reachable.list))
            return reachable.unpack()

    def _find_common_heads(self, starts: list[int]) -> list[int]:
        revs = _array(starts)
        view = self._checked_view(revs)
        with _Revs() as heads:
            self._check(_lib.hg_dag_common_heads(view, revs, len(revs), heads.list))
            return heads.unpack()

    def _find_deepest(self, heads: list[int]) -> list[int]:
        view = self._checked_view()
        with _Revs() as deepest:
            for rev in heads:
                deepest.push(rev)
            self._check(_lib.hg_dag_deepest(view, deepest.list))
            return deepest.unpack()

    # -- delta chains ------------------------------------------------------------

    def _find_chain(
        self, rev: int, stop: int | None, general: bool, skip_empty: bool
    ) -> tuple[list[int], bool]:
        view = self._checked_view()
        end = _lib.HG_DELTA_NO_STOP if stop is None else stop
        query = _ffi.new("hg_chain_query *", (rev, end, general, skip_empty))
        stopped = _ffi.new("bool *")
        with _Revs() as chain:
            self._check(_lib.hg_delta_chain(view, query, chain.list, stopped))
            return chain.unpack()[::-1], stopped[0]

    def _is_snapshot(self, rev: int) -> bool:
        view = self._checked_view()
        answer = _ffi.new("bool *")
        self._check(_lib.hg_delta_is_snapshot(view, rev, answer))
        is_snapshot: bool = answer[0]
        return is_snapshot

    def _find_snapshots(self, start: int, end: int) -> Iterable[tuple[int, int]]:
        if start >= end:
            return []
        view = self._checked_view()
        by_flag = bool(self.uses_delta_info)
        with _Revs() as revs, _Revs() as bases:
            self._check(
                _lib.hg_delta_find_snapshots(
                    view, start, end, by_flag, revs.list, bases.list
                )
            )
            return zip(revs.unpack(), bases.unpack())

    def _find_slices(
        self, revs: list[int], density: float, min_gap: int, record_gap: int
    ) -> list[list[int]] | None:
        if len(revs) <= 1:
            return None
        density, min_gap, numbers = float(density), index(min_gap), _array(revs)
        view = self._checked_view(numbers)
        query = _ffi.new(
            "hg_slice_query *",
            (numbers, len(numbers), density, min_gap, record_gap),
        )
        out = _ffi.new("hg_slice **")
        count = _ffi.new("size_t *")
        self._check(_lib.hg_delta_slice(view, query, out, count))
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
