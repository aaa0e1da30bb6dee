# SPDX-License-Identifier: GPL-2.0-or-later
"""The modules of `rustext`, as Protocols (contract section 4).

They are what Mercurial 6.9 asks of Rust. Parameters have the names that Mercurial's
own binding gives them, and all can be named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Callable, Optional, Protocol

# Mode, size and what is recorded of the file's time.
FileData = tuple[int, int, Optional[tuple[int, int, bool]]]
# First and second parent, and what the changeset says of copied files.
RevisionInfo = tuple[int, int, Optional[bytes]]


class MissingAncestors(Protocol):
    """What some bases lack of the ancestors of others."""

    def hasbases(self) -> bool:
        """Whether there is a base other than null."""

    def addbases(self, bases: Iterable[int]) -> None:
        """Add bases; GraphError for one that is no revision."""

    def bases(self) -> set[int]:
        """The bases, and those of their ancestors that were met."""

    def basesheads(self) -> set[int]:
        """The heads among the bases."""

    def removeancestorsfrom(self, revs: set[int]) -> None:
        """Take the bases and their ancestors out of the set."""

    def missingancestors(self, revs: Iterable[int]) -> list[int]:
        """The ancestors of revs that no base has, ascending, revs included."""


class Ancestor(Protocol):
    """Ancestors, one after the other or as sets."""

    def AncestorsIterator(
        self, index: Any, initrevs: Iterable[int], stoprev: int, inclusive: bool
    ) -> Iterator[int]:
        """The ancestors, descending, down to stoprev."""

    def LazyAncestors(
        self, index: Any, initrevs: Iterable[int], stoprev: int, inclusive: bool
    ) -> Any:
        """The same as a set, with a fresh iterator each time."""

    def MissingAncestors(self, index: Any, bases: Iterable[int]) -> MissingAncestors:
        """For these bases."""


class DAGOp(Protocol):
    """Questions to a graph."""

    def headrevs(self, index: Any, revs: Iterable[int]) -> set[int]:
        """The heads among the revisions, null left out."""

    def rank(self, index: Any, p1r: int, p2r: int) -> int:
        """How many ancestors a child of these has, itself included."""


class PartialDiscovery(Protocol):
    """What is known of which revisions another repository has."""

    def addcommons(self, commons: Iterable[int]) -> None:
        """The other has these."""

    def addmissings(self, missings: Iterable[int]) -> None:
        """The other lacks these."""

    def addinfo(self, sample: Iterable[tuple[int, bool]]) -> None:
        """Of each, whether the other has it."""

    def hasinfo(self) -> bool:
        """Whether anything common is known."""

    def iscomplete(self) -> bool:
        """Whether nothing is left to ask for."""

    def stats(self) -> dict[str, int | None]:
        """How many revisions are undecided, if that is known."""

    def commonheads(self) -> set[int]:
        """The heads of what both have."""

    def takefullsample(self, headrevs: Any, size: int) -> tuple[int, ...]:
        """Revisions to ask for, from heads and roots."""

    def takequicksample(self, headrevs: Any, size: int) -> tuple[int, ...]:
        """Revisions to ask for, from heads alone."""


class Discovery(Protocol):
    """What two repositories have in common."""

    def PartialDiscovery(
        self,
        repo: Any,
        targetheads: Iterable[int],
        respectsize: bool,
        randomize: bool = ...,
    ) -> PartialDiscovery:
        """Of the ancestors of targetheads in `repo.changelog.index`."""


class CopyTracing(Protocol):
    """Copies along a range of changesets."""

    def combine_changeset_copies(
        self,
        revs: list[int],
        children: dict[int, list[int]],
        target_rev: int,
        rev_info: Callable[[int], RevisionInfo],
        multi_thread: bool,
    ) -> dict[bytes, bytes]:
        """From each file at target_rev to what it was copied from."""


class RustDirstateItem(Protocol):
    """What the dirstate knows of a file: as DirstateItem, with no v2 record."""

    fallback_exec: bool | None
    fallback_symlink: bool | None
    state: bytes
    mode: int
    size: int
    mtime: int
    tracked: bool
    p1_tracked: bool
    p2_info: bool
    added: bool
    removed: bool
    modified: bool
    maybe_clean: bool
    any_tracked: bool
    has_fallback_exec: bool
    has_fallback_symlink: bool

    def mtime_likely_equal_to(self, other: tuple[int, int, bool]) -> bool:
        """Whether a file of that mtime can be taken as unchanged."""

    def set_possibly_dirty(self) -> None:
        """Forget the mtime."""

    def set_clean(self, mode: int, size: int, mtime: tuple[int, int, bool]) -> None:
        """Record a tracked, unmodified file."""

    def set_tracked(self) -> None:
        """Record that the working copy tracks the file."""

    def set_untracked(self) -> None:
        """Record that it does not."""

    def drop_merge_data(self) -> None:
        """Forget what a merge recorded."""


class RustDirs(Protocol):
    """A multiset of directories."""

    def addpath(self, path: bytes) -> None:
        """Count a file; ValueError."""

    def delpath(self, path: bytes) -> None:
        """Undo that; ValueError."""

    def __contains__(self, directory: object, /) -> bool:
        """Whether some file is in the directory or below it."""

    def __iter__(self) -> Iterator[bytes]:
        """The directories, b"" included."""


class CopyMap(Protocol):
    """From each file to what it was copied from: a view of a DirstateMap."""

    def __len__(self) -> int:
        """How many copies there are."""

    def __contains__(self, key: object, /) -> bool:
        """Whether the file is a copy."""

    def __getitem__(self, key: bytes, /) -> bytes:
        """The source; KeyError."""

    def __setitem__(self, key: bytes, item: bytes, /) -> None:
        """Record a copy."""

    def __iter__(self) -> Iterator[bytes]:
        """The copies."""

    def get(self, key: bytes, default: Any = ...) -> Any:
        """The source, or the default."""

    def pop(self, key: bytes, default: Any = ...) -> Any:
        """The source, which is forgotten, or the default."""

    def keys(self) -> Iterator[bytes]:
        """The copies."""

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Copies and sources."""

    def iteritems(self) -> Iterator[tuple[bytes, bytes]]:
        """The same."""

    def copy(self) -> dict[bytes, bytes]:
        """All of it."""


class DirstateMap(Protocol):
    """A dirstate, parsed where it was looked at."""

    def __len__(self) -> int:
        """How many files there are."""

    def __contains__(self, key: object, /) -> bool:
        """Whether the file is there."""

    def __getitem__(self, key: bytes, /) -> RustDirstateItem:
        """A copy of what is known of it; KeyError."""

    def __iter__(self) -> Iterator[bytes]:
        """The files."""

    def get(self, key: bytes, default: Any = ...) -> Any:
        """A copy of what is known of it, or the default."""

    def keys(self) -> Iterator[bytes]:
        """The files."""

    def items(self) -> Iterator[tuple[bytes, RustDirstateItem]]:
        """The files, and copies of what is known of them."""

    def set_tracked(self, f: bytes) -> bool:
        """Whether that is new."""

    def set_untracked(self, f: bytes) -> bool:
        """Whether the file was there."""

    def set_clean(
        self, f: bytes, mode: int, size: int, mtime: tuple[int, int, bool]
    ) -> None:
        """Record an unmodified file; OSError if it is not there."""

    def set_possibly_dirty(self, f: bytes) -> None:
        """Forget the mtime; OSError if the file is not there."""

    def reset_state(
        self,
        f: bytes,
        wc_tracked: bool,
        p1_tracked: bool,
        p2_info: bool,
        has_meaningful_mtime: bool,
        parentfiledata: FileData | None,
    ) -> None:
        """Record all that is known of a file; drop it if that is nothing."""

    def clear(self) -> None:
        """Forget everything."""

    def hasdir(self, d: bytes) -> bool:
        """Whether it is a directory of some file."""

    def hastrackeddir(self, d: bytes) -> bool:
        """Whether it is a directory of some tracked file."""

    def tracked_dirs(self) -> list[bytes]:
        """The directories of tracked files."""

    def filefoldmapasdict(self) -> dict[bytes, bytes]:
        """From each file name, case folded, to the name."""

    def setparents_fixup(self) -> dict[bytes, bytes]:
        """Forget what merges recorded; the copies that went with it."""

    def write_v1(self, p1: bytes, p2: bytes) -> bytes:
        """The dirstate-v1 file; ValueError."""

    def write_v2(self, write_mode: int) -> tuple[bytes, bytes, bool]:
        """Data, the root's record, and whether the data is to be appended."""

    def debug_iter(self, all: bool) -> list[tuple[bytes, int, int, int, int]]:
        """Path, state, mode, size and mtime; with `all`, of directories, too."""

    def copymap(self) -> CopyMap:
        """A view of the copies."""

    def copymaplen(self) -> int:
        """As of copymap."""

    def copymapcontains(self, key: Any) -> bool:
        """As of copymap."""

    def copymapgetitem(self, key: bytes) -> bytes:
        """As of copymap."""

    def copymapget(self, key: bytes, default: Any = ...) -> Any:
        """As of copymap."""

    def copymapsetitem(self, key: bytes, value: bytes) -> None:
        """As of copymap."""

    def copymappop(self, key: bytes, default: Any = ...) -> Any:
        """As of copymap."""

    def copymapiter(self) -> Iterator[bytes]:
        """As of copymap."""

    def copymapitemsiter(self) -> Iterator[tuple[bytes, bytes]]:
        """As of copymap."""

    def copymapcopy(self) -> dict[bytes, bytes]:
        """As of copymap."""


class DirstateMapType(Protocol):
    """The type of these, whose static methods make them."""

    def new_v1(self, on_disk: bytes, identity: Any) -> tuple[Any, Any]:
        """The map and the parents of a dirstate-v1 file; OSError."""

    def new_v2(
        self,
        on_disk: bytes,
        data_size: int,
        tree_metadata: bytes,
        uuid: bytes,
        identity: Any,
    ) -> DirstateMap:
        """Of a dirstate-v2 data file and what the docket says; OSError."""

    def new_empty(self) -> DirstateMap:
        """Of no file."""


class Dirstate(Protocol):
    """The dirstate, and what a status compares it with."""

    DirstateMap: DirstateMapType
    FallbackError: type[Exception]
    V2_FORMAT_MARKER: bytes

    def DirstateItem(
        self,
        wc_tracked: bool = ...,
        p1_tracked: bool = ...,
        p2_info: bool = ...,
        has_meaningful_data: bool = ...,
        has_meaningful_mtime: bool = ...,
        parentfiledata: FileData | None = ...,
        fallback_exec: bool | None = ...,
        fallback_symlink: bool | None = ...,
    ) -> RustDirstateItem:
        """What the dirstate would know then; ValueError for times out of range."""

    def DirstateIdentity(
        self,
        mode: int,
        dev: int,
        ino: int,
        nlink: int,
        uid: int,
        gid: int,
        size: int,
        mtime: int,
        mtime_nsec: int,
        ctime: int,
        ctime_nsec: int,
    ) -> Any:
        """Of the file a map was read from: what tells it from another."""

    def Dirs(self, map: Iterable[bytes]) -> RustDirs:
        """The directories of files; TypeError for a dict."""

    def status(
        self,
        dmap: Any,
        matcher: Any,
        root_dir: bytes,
        ignore_files: list[bytes],
        check_exec: bool,
        list_clean: bool,
        list_ignored: bool,
        list_unknown: bool,
        collect_traversed_dirs: bool,
    ) -> tuple[Any, ...]:
        """The twelve results of contract section 4; FallbackError, ValueError."""


class RustIndex(Protocol):
    """A revlog's index with its node map; in each method as C's `index`."""

    entry_size: int
    rust_ext_compat: int
    is_rust: bool

    def __len__(self) -> int:
        """The number of revisions, null left out."""

    def __getitem__(self, key: Any, /) -> Any:
        """The entry of a revision, or the revision of a node."""

    def __contains__(self, key: object, /) -> bool:
        """Whether a revision or a node is there, null included."""

    def __delitem__(self, key: Any, /) -> None:
        """Strip from a revision on."""

    def append(self, tup: tuple[Any, ...]) -> None:
        """Add a revision, in memory."""

    def clearcaches(self) -> None:
        """Forget what can be computed again."""

    def get_rev(self, node: bytes) -> int | None:
        """The revision, or None."""

    def get(self, node: bytes) -> int | None:
        """The same."""

    def rev(self, node: bytes) -> int:
        """The revision; RevlogError."""

    def has_node(self, node: bytes) -> bool:
        """Whether the node is there."""

    def partialmatch(self, hex: bytes) -> bytes | None:
        """The node that starts with these digits; RevlogError for several."""

    def shortest(self, node: bytes) -> int:
        """How many digits tell the node from all others."""

    def entry_binary(self, rev: int) -> bytes:
        """The record; of the first revision, without its header."""

    def pack_header(self, header: int) -> bytes:
        """That header."""

    def headrevs(self, filtered: Any = ..., stop_rev: int | None = ...) -> list[int]:
        """The heads, ascending."""

    def head_node_ids(self) -> list[bytes]:
        """Their nodes."""

    def headrevsdiff(self, begin: int, end: int) -> tuple[list[int], list[int]]:
        """The heads removed and added by begin .. end - 1."""

    def computephasesmapsets(self, roots: Any) -> tuple[int, dict[int, set[int]]]:
        """The number of revisions, and those of each phase above public."""

    def reachableroots2(
        self, minroot: int, heads: list[int], roots: list[int], includepath: bool
    ) -> list[int]:
        """The roots that heads descend from, or with includepath all between."""

    def ancestors(self, *args: int) -> list[int]:
        """The deepest common ancestors."""

    def commonancestorsheads(self, *args: int) -> list[int]:
        """The heads of the common ancestors."""

    def issnapshot(self, rev: int) -> bool:
        """Whether the revision is stored as a snapshot."""

    def findsnapshots(
        self, cache: dict[int, set[int]], start_rev: int, end_rev: int
    ) -> None:
        """Add each snapshot of the range to the set of its base."""

    def deltachain(
        self, rev: int, stoprev: int | None, generaldelta: int
    ) -> tuple[list[int], bool]:
        """The chain, ascending, and whether it ends at stoprev."""

    def slicechunktodensity(
        self, revs: list[int], targetdensity: float, mingapsize: int
    ) -> Any:
        """The chain in slices worth reading at once."""

    def nodemap_data_all(self) -> bytes:
        """The node map, as it is stored."""

    def nodemap_data_incremental(self) -> tuple[Any, int, bytes] | None:
        """The docket, how much of its data is superseded, and what to append."""

    def update_nodemap_data(self, docket: Any, nm_data: Any) -> None:
        """Take a node map that was stored; RevlogError, TypeError."""


class RustNodeTree(Protocol):
    """Some of an index's nodes."""

    def is_invalidated(self) -> bool:
        """Whether the index has changed since."""

    def insert(self, rev: int) -> None:
        """Add a revision."""

    def shortest(self, node: bytes) -> int:
        """How many digits tell the node from the others added."""

    def prefix_rev_lookup(self, node_prefix: bytes) -> int | None:
        """The revision whose node starts with these digits."""


class Revlog(Protocol):
    """Indexes of revlogs."""

    def Index(self, data: Any, default_header: int) -> RustIndex:
        """Of a revlog's bytes, with this header where there are none."""

    def NodeTree(self, index: RustIndex) -> RustNodeTree:
        """None of the nodes yet."""


class Update(Protocol):
    """Checkouts."""

    FallbackError: type[Exception]

    def update_from_null(
        self, repo_path: bytes, to: int, num_cpus: int | None = ...
    ) -> int:
        """Write a revision's files; how many. FallbackError, OSError, InputError."""


RUST_MODULES: dict[str, type] = {
    "ancestor": Ancestor,
    "copy_tracing": CopyTracing,
    "dagop": DAGOp,
    "dirstate": Dirstate,
    "discovery": Discovery,
    "revlog": Revlog,
    "update": Update,
}
