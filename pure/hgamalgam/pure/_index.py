# SPDX-License-Identifier: GPL-2.0-or-later
"""Revlog indexes (contract section 2.8; 7.2's shapes: section 8).

An index is a file's records, read where they are, and records appended since.
Questions about many revisions are answered from columns: the nodes as a dict, the
parents as two arrays, which Python's own C code cuts out of the file.
"""

from __future__ import annotations

import struct
import sys
from array import array
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, Callable, Generic, TypeVar

from . import _chains, _graph
from ._arguments import as_bits, as_int, as_long
from ._nodes import NODE_DIGITS, NodeMap, check_node, revlog_error, shortest_prefix
from ._records import (
    ENTRY_FIELDS,
    FLAGS,
    HEADER,
    IS_SNAPSHOT,
    LENGTH_OFFSET,
    NODE_FIELD,
    NODE_SIZE,
    NULL,
    NULL_ENTRY,
    NULL_NODE,
    NUMBER,
    PARENTS,
    Entry,
    Version1,
)

_Value = TypeVar("_Value")


class _kept(Generic[_Value]):
    """What is computed of a whole index, and kept until something changes it.

    As `functools.cached_property`; but Python may run in the middle, and what it
    changes meanwhile is not in the value: that one is given, and not kept.
    """

    def __init__(self, compute: Callable[[Any], _Value]) -> None:
        self._compute = compute
        self._name = compute.__name__

    def __get__(self, one: BaseIndexObject, _owner: type) -> _Value:
        caches = one.__dict__
        length, strips = len(one), one._strips
        value = self._compute(one)
        if len(one) == length and one._strips == strips:
            caches[self._name] = value
        return value


class BaseIndexObject:
    """The revisions of a revlog, by number and by node.

    Unlike in C, there is a class for each format; `parse_index2` picks it.
    """

    # Rust algorithms cannot take it.
    rust_ext_compat = 0
    record = Version1
    index_format = Version1.layout
    entry_size = Version1.layout.size
    null_item = NULL_ENTRY
    is_inline = False

    # As Mercurial 7.2 gives them; 6.9 does not, and passes `generaldelta` when it
    # asks for a delta chain.
    uses_generaldelta: bool | None
    uses_delta_info: bool | None

    def __init__(
        self,
        data: Any,
        uses_generaldelta: bool | None = None,
        uses_delta_info: bool | None = None,
    ) -> None:
        self.uses_generaldelta = uses_generaldelta
        self.uses_delta_info = uses_delta_info
        self._data = data
        # How many records of the file count: fewer after a strip.
        self._lgt = 0
        self._extra: list[bytes] = []
        # How often revisions were removed.
        self._strips = 0

    # -- records -----------------------------------------------------------------

    def _calculate_index(self, rev: int) -> int:
        """Where in the file the record of `rev` starts."""
        raise NotImplementedError

    def _file_records(self) -> Any:
        """The records of the file, one after the other."""
        raise NotImplementedError

    def _records(self) -> list[Any]:
        return [self._file_records(), b"".join(self._extra)]

    def __len__(self) -> int:
        return self._lgt + len(self._extra)

    def __getitem__(self, rev: Any) -> Any:
        if not isinstance(rev, int):
            return self.rev(rev)
        if 0 <= rev < self._lgt:
            entry = self.record.read(rev, self._data, self._calculate_index(rev))
            if not rev and self.record.header_in_first:
                # What is there is the file's header and the flags.
                return (entry[0] & FLAGS, *entry[1:])
            return entry
        if rev == NULL:
            return self.null_item
        if not 0 <= as_long(rev) < len(self):
            raise IndexError("revlog index out of range")
        return self.record.read(rev, self._extra[rev - self._lgt], 0)

    def __contains__(self, key: object) -> bool:
        return self.has_node(key)

    def append(self, entry: Entry, /) -> None:
        """Add a revision, in memory."""
        if not isinstance(entry, tuple) or len(entry) != ENTRY_FIELDS:
            raise TypeError("12-tuple required")
        node: Any = entry[NODE_FIELD]
        if not isinstance(node, bytes):
            raise TypeError("12-tuple required")
        if len(node) != NODE_SIZE:
            raise TypeError("invalid node")
        try:
            packed = self.record.pack(entry)
        except (TypeError, struct.error):
            # Whatever was wrong, callers know this sentence.
            raise TypeError("12-tuple required") from None
        rev = len(self)
        caches = self.__dict__
        if "_nodemap" in caches:
            self._nodemap[node] = rev
        if "_sorted_nodes" in caches:
            insort(self._sorted_nodes, node)
        if "_columns" in caches:
            self._columns.p1s.append(entry[5])
            self._columns.p2s.append(entry[6])
            _check_parents(self._columns, rev)
        caches.pop("_heads", None)
        self._extra.append(packed)

    def __setitem__(self, node: bytes, rev: int) -> None:
        check_node(node)
        if not 0 <= rev < 2**31 - 1:
            raise ValueError("rev out of range")
        self._nodemap[node] = rev

    def __delitem__(self, key: slice | bytes) -> None:
        if not isinstance(key, slice):
            check_node(key)
            self._nodemap.pop(key, None)
            return
        # The last place is null's, as index[-1] shows: a strip ends before it.
        places = len(self) + 1
        start, stop, step = key.indices(places)
        if step < 0:
            raise ValueError("revlog index delete requires step size of 1")
        if start >= stop:
            return
        if step != 1:
            raise ValueError("revlog index delete requires step size of 1")
        if stop != places - 1:
            raise IndexError("revlog index deletion indices are invalid")
        self._strip(start)

    def _strip(self, start: int) -> None:
        caches = self.__dict__
        if "_nodemap" in caches:
            for rev in range(start, len(self)):
                self._nodemap.pop(self[rev][NODE_FIELD], None)
        if "_columns" in caches:
            for parents in self._columns:
                del parents[start:]
        for name in ("_sorted_nodes", "_heads"):
            caches.pop(name, None)
        del self._extra[max(start - self._lgt, 0) :]
        self._lgt = min(start, self._lgt)
        self._strips += 1

    def entry_binary(self, rev: int, /) -> bytes:
        """The record of `rev`; of format 1's first, without the file's header."""
        rev = as_long(rev)
        if not 0 <= rev < len(self):
            raise ValueError(f"revlog index out of range: {rev}")
        if rev < self._lgt:
            start = self._calculate_index(rev)
            record = bytes(self._data[start : start + self.entry_size])
        else:
            record = self._extra[rev - self._lgt]
        if rev == 0 and self.record is Version1:
            return record[HEADER.size :]
        return record

    def pack_header(self, header: int, /) -> bytes:
        """The header that the first record of a file begins with."""
        header = as_int(header)
        if self.record is not Version1:
            from mercurial import error

            raise error.ProgrammingError(
                f"version header should go in the docket, not the index: {header}"
            )
        return HEADER.pack(header & 0xFFFFFFFF)

    def replace_sidedata_info(
        self, rev: int, offset: int, length: int, offset_flags: int, mode: int, /
    ) -> None:
        """Change where the sidedata of a revision is that was just appended."""
        if self.record.sidedata_length_offset is None or self.is_inline:
            raise revlog_error(b"this index has no sidedata to replace")
        rev, offset, length = as_long(rev), as_bits(offset), as_int(length)
        offset_flags, mode = as_bits(offset_flags), as_bits(mode) & 3
        if not 0 <= rev < len(self):
            raise IndexError("revision outside index")
        if rev < self._lgt:
            raise IndexError("cannot rewrite entries outside of this transaction")
        entry = list(self[rev])
        entry[0], entry[8], entry[9], entry[11] = offset_flags, offset, length, mode
        self._extra[rev - self._lgt] = self.record.pack(tuple(entry))

    def clearcaches(self) -> None:
        """Forget everything that can be computed again."""
        for name in ("_nodemap", "_sorted_nodes", "_columns", "_heads"):
            self.__dict__.pop(name, None)

    # -- nodes -------------------------------------------------------------------

    @_kept
    def _nodemap(self) -> NodeMap:
        start = self.record.node_offset
        behind = self.entry_size - start - NODE_SIZE
        node = struct.Struct(f"{start}x{NODE_SIZE}s{behind}x")
        columns = map(node.iter_unpack, self._records())
        nodes: Iterator[Any] = chain.from_iterable(chain.from_iterable(columns))
        nodemap = NodeMap(zip(nodes, range(len(self))))
        nodemap[NULL_NODE] = NULL
        return nodemap

    @_kept
    def _sorted_nodes(self) -> list[bytes]:
        return sorted(self._nodemap)

    def rev(self, node: bytes, /) -> int:
        """The revision of a node; RevlogError if it is unknown."""
        if not isinstance(node, bytes):
            check_node(node)
        return self._nodemap[node]

    def get_rev(self, node: bytes, /) -> int | None:
        """The revision of a node, if it is known."""
        rev = self._nodemap.get(node) if isinstance(node, bytes) else None
        if rev is None:
            check_node(node)
        return rev

    get = get_rev

    def has_node(self, node: object, /) -> bool:
        """Whether a node, or a number, is a revision's or null's."""
        if isinstance(node, int):
            return NULL <= as_long(node) < len(self)
        if isinstance(node, bytes) and node in self._nodemap:
            return True
        if not isinstance(node, bytes) or len(node) != NODE_SIZE:
            check_node(node)
        return False

    @property
    def nodemap(self) -> BaseIndexObject:
        """What looks up nodes: the index itself."""
        return self

    def partialmatch(self, prefix: bytes, /) -> bytes | None:
        """The node that begins with these digits; RevlogError if several do."""
        if not isinstance(prefix, bytes):
            raise TypeError(f"expected bytes, {type(prefix).__name__} found")
        if not prefix:
            raise ValueError("key too short")
        if len(prefix) > NODE_DIGITS:
            raise ValueError("key too long")
        digits = prefix.lower()
        if digits.strip(b"0123456789abcdef"):
            return None
        return self._find_prefixed(digits)

    def _find_prefixed(self, digits: bytes) -> bytes | None:
        """The same, of digits known to be such."""
        lowest = bytes.fromhex(digits.ljust(NODE_DIGITS, b"0").decode())
        nodes = self._sorted_nodes
        place = bisect_left(nodes, lowest)
        found = [
            node
            for node in nodes[place : place + 2]
            if node.hex().encode().startswith(digits)
        ]
        if len(found) > 1:
            raise revlog_error(b"ambiguous prefix: " + digits)
        return found[0] if found else None

    def shortest(self, node: bytes, /) -> int:
        """How many digits tell a node from all others, and from null."""
        return shortest_prefix(self._sorted_nodes, node)

    # -- the graph ---------------------------------------------------------------

    @_kept
    def _columns(self) -> _graph.Graph:
        place = self.record.parents_offset // NUMBER.size
        step = self.entry_size // NUMBER.size
        columns = array("i"), array("i")
        for records in self._records():
            numbers = memoryview(records).cast("B").cast("i")
            for i, column in enumerate(columns):
                column.frombytes(numbers[place + i :: step].tobytes())
        if sys.byteorder == "little":
            for column in columns:
                column.byteswap()
        graph = _graph.Graph(*columns)
        _check_parents(graph, 0)
        return graph

    def _parents(self, distance: int) -> _graph.Parents:
        """How a walk that goes down about `distance` revisions finds parents.

        A long one pays for the arrays, a short one does not.
        """
        if "_columns" not in self.__dict__ and 8 * distance < len(self):
            return self._parents_of
        p1s, p2s = self._columns
        return lambda rev: (p1s[rev], p2s[rev])

    def headrevs(
        self, excluded_revs: Any = None, stop_rev: int | None = None, /
    ) -> list[int]:
        """The heads of the revisions below `stop_rev` that are not excluded.

        Ascending; null if there is no revision.
        """
        length = len(self)
        stop = length if stop_rev is None else as_long(stop_rev)
        if not 0 <= stop <= length:
            raise ValueError(f"stop_rev out of range: {stop}")
        if excluded_revs is not None and not hasattr(excluded_revs, "__contains__"):
            raise TypeError("filteredrevs has no attribute __contains__")
        if not stop:
            return [NULL]
        if excluded_revs is not None:
            return self._find_unfiltered_heads(stop, excluded_revs)
        if stop == length:
            return self._heads[:]
        return self._find_heads(stop)

    @_kept
    def _heads(self) -> list[int]:
        return self._find_heads(len(self))

    def headrevsdiff(self, begin: int, end: int, /) -> tuple[list[int], list[int]]:
        """Which heads the revisions begin..end-1 removed, and which they added."""
        begin, end = as_int(begin), as_int(end)
        if begin < 0 or not 0 <= end <= len(self):
            raise IndexError("revlog index out of range")
        begin = min(begin, end)
        return self._find_heads_diff(begin, end)

    def computephasesmapsets(
        self, roots: dict[int, set[int]], /
    ) -> tuple[int, dict[int, set[int]]]:
        """How many revisions there are, and those in each phase above public.

        roots: of each phase, the revisions where it begins
        """
        if not isinstance(roots, dict):
            raise TypeError("roots must be a dictionary")
        length = len(self)
        phases, lowest = _graph.phases_of_roots(roots, length)
        self._inherit_phases(phases, lowest)
        return length, _graph.phase_sets(phases, lowest)

    def reachableroots2(
        self, minroot: int, heads: list[int], roots: list[int], includepath: bool, /
    ) -> list[int]:
        """The roots that heads descend from and, with `includepath`, all between.

        In no order. IndexError for a head that is no revision.
        """
        if not (
            isinstance(heads, list)
            and isinstance(roots, list)
            and isinstance(includepath, bool)
        ):
            raise TypeError("reachableroots2() takes an int, two lists and a bool")
        length, lowest = len(self), as_long(minroot)
        known = [root for root in map(as_long, roots) if NULL <= root < length]
        found = []
        for head in map(as_long, heads):
            if not NULL <= head < length:
                raise IndexError("head out of range")
            found.append(head)
        heads = found
        return self._find_reachable(lowest, heads, known, includepath)

    def commonancestorsheads(self, *revs: int) -> list[int]:
        """The heads of the common ancestors, descending."""
        starts = self._starts(revs)
        if len(starts) <= 1:
            return starts
        return self._find_common_heads(starts)

    def ancestors(self, *revs: int) -> list[int]:
        """Of the common ancestors' heads, those furthest from a root, ascending."""
        heads = self.commonancestorsheads(*revs)
        if len(heads) <= 1:
            return heads
        if len(heads) > _graph.MOST_STARTS:
            raise OverflowError("too many common ancestors")
        return self._find_deepest(heads)

    def _starts(self, revs: tuple[int, ...]) -> list[int]:
        """Each of these once; none if null is among them."""
        starts: list[int] = []
        for rev in revs:
            if not isinstance(rev, int):
                raise TypeError("arguments must all be ints")
            rev = as_long(rev)
            if rev == NULL:
                return []
            if not 0 <= rev < len(self):
                raise IndexError("index out of range")
            if rev not in starts:
                starts.append(rev)
            if len(starts) > _graph.MOST_STARTS:
                # Mercurial has a slower way.
                raise OverflowError("too many revisions")
        return starts

    # How the answers above are found, once the questions are known to be good:
    # what another flavour does in another way.

    def _find_heads(self, stop: int) -> list[int]:
        return _graph.heads(self._columns, stop)

    def _find_unfiltered_heads(self, stop: int, excluded: Any) -> list[int]:
        return _graph.unfiltered_heads(self._columns, stop, excluded.__contains__)

    def _find_heads_diff(self, begin: int, end: int) -> tuple[list[int], list[int]]:
        return _graph.heads_diff(self._parents(end - begin), begin, end)

    def _inherit_phases(self, phases: bytearray, first: int) -> None:
        _graph.inherit_phases(self._columns, phases, first)

    def _find_reachable(
        self, lowest: int, heads: list[int], roots: list[int], include_path: bool
    ) -> list[int]:
        parents = self._parents(max(heads, default=0) - lowest)
        return _graph.reachable_roots(parents, lowest, heads, roots, include_path)

    def _find_common_heads(self, starts: list[int]) -> list[int]:
        parents = self._parents(max(starts) - min(starts))
        return _graph.common_heads(parents, starts)

    def _find_deepest(self, heads: list[int]) -> list[int]:
        parents = self._parents(max(heads) - min(heads))
        return _graph.deepest(parents, heads)

    # -- delta chains ------------------------------------------------------------

    def _locate(self, rev: int) -> tuple[Any, int]:
        if rev < self._lgt:
            return self._data, self._calculate_index(rev)
        return self._extra[rev - self._lgt], 0

    def _base(self, rev: int) -> int:
        place = self.record.base_offset
        if place is None:
            return rev
        data, start = self._locate(rev)
        base: int = NUMBER.unpack_from(data, start + place)[0]
        if base > rev:
            raise ValueError(
                f"corrupted revlog, revision base above revision: {rev}, {base}"
            )
        if base < NULL:
            raise ValueError(
                f"corrupted revlog, revision base out of range: {rev}, {base}"
            )
        return base

    def _length(self, rev: int) -> int:
        if rev == NULL:
            return 0
        data, start = self._locate(rev)
        length: int = NUMBER.unpack_from(data, start + LENGTH_OFFSET)[0]
        if length < 0:
            raise OverflowError(f"revlog entry size out of bound ({length})")
        return length

    def _start(self, rev: int) -> int:
        offset: int = self[rev][0]
        return offset >> 16

    def _parents_of(self, rev: int) -> tuple[int, int]:
        data, start = self._locate(rev)
        p1, p2 = PARENTS.unpack_from(data, start + self.record.parents_offset)
        if not (NULL <= p1 <= rev and NULL <= p2 <= rev):
            raise ValueError("parent out of range")
        return p1, p2

    def deltachain(
        self, rev: int, stoprev: int | None, /, *generaldelta: int
    ) -> tuple[list[int], bool]:
        """The revisions whose deltas make up `rev`, ascending, down to `stoprev`.

        6.9 says with a third argument if deltas have any base; 7.2 has said so
        when it made the index, and wants empty deltas left out.
        """
        said_before = self.uses_generaldelta is not None
        if len(generaldelta) != (0 if said_before else 1):
            raise TypeError(f"deltachain() got {len(generaldelta) + 2} arguments")
        rev = as_int(rev)
        general = bool(self.uses_generaldelta if said_before else as_int(*generaldelta))
        if not 0 <= rev < len(self):
            raise ValueError("revlog index out of range")
        if stoprev is not None and not isinstance(stoprev, int):
            raise ValueError("stoprev must be integer or None")
        if stoprev is not None:
            stoprev = as_long(stoprev)
        return self._find_chain(rev, stoprev, general, said_before)

    def _find_chain(
        self, rev: int, stop: int | None, general: bool, skip_empty: bool
    ) -> tuple[list[int], bool]:
        return _chains.chain(self, rev, stop, general, skip_empty)

    def issnapshot(self, rev: int, /) -> bool:
        """Whether the text of `rev` is complete, or a delta to no parent."""
        rev = as_long(rev)
        if not NULL <= rev < len(self):
            raise ValueError(f"revlog index out of range: {rev}")
        if self.uses_delta_info:
            return rev == NULL or bool(self[rev][0] & IS_SNAPSHOT)
        return self._is_snapshot(rev)

    def _is_snapshot(self, rev: int) -> bool:
        return _chains.is_snapshot(self, rev)

    def findsnapshots(
        self, cache: dict[int, set[int]], start: int, end: int, /
    ) -> None:
        """Add each snapshot from `start` to `end` to the set of its base, or null."""
        if not isinstance(cache, dict):
            raise TypeError("findsnapshots() cache must be a dict")
        start, end = as_long(start), as_long(end)
        start, end = max(start, 0), min(end + 1, len(self))
        for rev, base in self._find_snapshots(start, end):
            cache.setdefault(base, set()).add(rev)

    def _find_snapshots(self, start: int, end: int) -> Iterable[tuple[int, int]]:
        for rev in range(start, end):
            if self.issnapshot(rev):
                base = self._base(rev)
                yield rev, NULL if base == rev else base

    def slicechunktodensity(
        self, revs: list[int], density: float, mingap: int, /
    ) -> Any:
        """Cut a chain into lists dense enough to read at once."""
        if not isinstance(revs, list):
            raise TypeError("slicechunktodensity() revs must be a list")
        # As C takes numbers: no text.
        (density,) = array("d", [density])
        mingap = as_long(mingap)
        if len(revs) <= 1:
            return (revs,)
        for rev in map(as_long, revs):
            if not NULL <= rev < len(self):
                raise IndexError(f"index out of range: {rev}")
        inline = self.is_inline and self.uses_generaldelta is not None
        record_gap = self.entry_size if inline else 0
        found = self._find_slices(revs, density, mingap, record_gap)
        return (revs,) if found is None else found

    def _find_slices(
        self, revs: list[int], density: float, min_gap: int, record_gap: int
    ) -> list[list[int]] | None:
        return _chains.slices(self, revs, density, min_gap, record_gap)


def _check_parents(graph: _graph.Graph, first: int) -> None:
    """ValueError if a parent, of revision `first` or a later one, is none."""
    length = len(graph.p1s)
    for column in graph:
        numbers = column if not first else column[first:]
        if numbers and (min(numbers) < NULL or max(numbers) >= length):
            raise ValueError("parent out of range")
