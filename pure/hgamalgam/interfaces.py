# SPDX-License-Identifier: GPL-2.0-or-later
"""The modules Mercurial picks by policy, as Protocols: the contract of any flavour.

Shapes and errors are those of contract section 2. What only some flavours have
is in a Protocol of its own; the tables at the end say who has it, and a test holds
each flavour to them. Those of Rust are in `rust_interfaces`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Callable, Optional, Protocol

# Lines a1..a2 of one text equal lines b1..b2 of the other.
Block = tuple[int, int, int, int]


class Base85(Protocol):
    """git's base85 (contract section 2.1). C: version 1."""

    def b85encode(self, text: bytes, pad: bool = ..., /) -> bytes:
        """Encode; with `pad` the text is filled up with NULs to whole words."""

    def b85decode(self, text: bytes, /) -> bytes:
        """Decode; ValueError for a bad character or a word beyond 32 bits."""


class BDiff(Protocol):
    """Line-based deltas (contract section 2.2). C: version 3."""

    def bdiff(self, a: bytes, b: bytes, /) -> bytes:
        """A delta from a to b: hunks of start, end, length (>lll) and bytes."""

    def storage_diff(self, a: bytes, b: bytes, /) -> bytes:
        """As `bdiff`, with common last lines set aside. Asked for since 7.2."""

    def line_diff(self, a: bytes, b: bytes, /) -> bytes:
        """As `storage_diff`."""

    def manifest_diff(self, a: bytes, b: bytes, /) -> bytes:
        """As `storage_diff`."""

    def blocks(self, a: bytes, b: bytes, /) -> list[Block]:
        """Ranges of equal lines, ascending; the last one is empty, at the ends."""

    def xdiffblocks(self, a: bytes, b: bytes, /) -> list[Block]:
        """Ranges of equal lines by Myers' algorithm; the last one ends both."""

    def fixws(self, text: bytes, allws: bool, /) -> bytes:
        """Runs of blanks made one, or with `allws` removed."""

    def splitnewlines(self, text: bytes, /) -> list[bytes]:
        """Lines with their newlines, split after newlines only."""


class MPatch(Protocol):
    """Deltas applied (contract section 2.3). C: version 1."""

    @property
    def mpatchError(self) -> type[Exception]:
        """What the module raises for a delta that is none."""

    def patches(self, text: bytes, bins: list[bytes], /) -> bytes:
        """The text after each delta in turn; mpatchError for a bad delta."""

    def patchedsize(self, orig: int, delta: bytes, /) -> int:
        """The size that a text of `orig` bytes has after the delta."""


class Stat(Protocol):
    """What is used of a file's status; times in whole seconds at least."""

    st_dev: int
    st_mode: int
    st_nlink: int
    st_size: int
    st_mtime: Any
    st_ctime: Any


class OSUtil(Protocol):
    """Directories (contract section 2.4). C: version 4."""

    def listdir(
        self, path: bytes, stat: bool = ..., skip: bytes | None = ...
    ) -> list[Any]:
        """(name, kind) or (name, kind, Stat) by entry, in no order to rely on.

        Empty if there is a directory named `skip`. OSError with errno and
        filename.
        """


class FileSystems(Protocol):
    """What Mercurial asks of `osutil` before it maps a file into memory."""

    def getfstype(self, path: bytes, /) -> bytes | None:
        """The name of the file system, if it is known; OSError."""


class Files(Protocol):
    """What Mercurial takes from `osutil` where it is not C."""

    posixfile: Callable[..., Any]


class NativeOSUtil(Protocol):
    """What C's `osutil` has besides; Mercurial asks whether it is there."""

    def statfiles(self, names: Sequence[bytes], /) -> list[Stat | None]:
        """lstat of each; None for neither a regular file nor a symbolic link."""

    def unblocksignal(self, number: int, /) -> None:
        """Unblock a signal in this thread; OSError if there is no such signal."""

    def setprocname(self, name: bytes, /) -> None:
        """Name the process, as the system lists it."""

    def background_mmap_populate(self, buffer: Any, /) -> None:
        """Have a mapped file read into memory by a thread."""


class CharEncode(Protocol):
    """ASCII and JSON (contract section 2.13). In C, a part of `parsers`."""

    def isasciistr(self, text: bytes, /) -> bool:
        """Whether every byte is ASCII."""

    def asciilower(self, text: bytes, /) -> bytes:
        """In lower case; UnicodeDecodeError if not ASCII."""

    def asciiupper(self, text: bytes, /) -> bytes:
        """In upper case; UnicodeDecodeError if not ASCII."""

    def jsonescapeu8fast(self, text: bytes, paranoid: bool, /) -> bytes:
        """Escaped for a JSON string; ValueError if paranoid and not ASCII."""


class JSONFallback(Protocol):
    """What Mercurial escapes with where it has no C."""

    def jsonescapeu8fallback(self, text: bytes, paranoid: bool, /) -> bytes:
        """Escaped for a JSON string, whatever the bytes are."""


class PathEncode(Protocol):
    """Names of files in the store (contract section 2.12), a part of `parsers`."""

    def encodedir(self, path: bytes, /) -> bytes:
        """With ".hg" after directories named *.hg, *.i and *.d."""

    def lowerencode(self, path: bytes, /) -> bytes:
        """In lower case, with reserved bytes as ~xx."""

    def pathencode(self, path: bytes, /) -> bytes:
        """The name under which the store keeps the path; ValueError if too long."""


# What the dirstate records of a file's time: seconds, nanoseconds, and whether the
# file could have changed later in that very second.
MTime = tuple[int, int, bool]


class DirstateItem(Protocol):
    """What the dirstate knows of a file (contract section 2.6)."""

    fallback_exec: bool | None
    fallback_symlink: bool | None

    @property
    def state(self) -> bytes:
        """The dirstate-v1 state, one byte of `nmar`."""

    @property
    def mode(self) -> int:
        """The dirstate-v1 mode; 0 if not known."""

    @property
    def size(self) -> int:
        """The dirstate-v1 size; -1 if not normal, -2 if from the second parent."""

    @property
    def mtime(self) -> int:
        """The dirstate-v1 mtime; -1 if not known, or not to be trusted."""

    @property
    def tracked(self) -> bool:
        """In the working copy."""

    @property
    def p1_tracked(self) -> bool:
        """In the first parent."""

    @property
    def p2_info(self) -> bool:
        """In the working copy, with something from a merge."""

    @property
    def any_tracked(self) -> bool:
        """In the working copy or in a parent."""

    @property
    def added(self) -> bool:
        """In the working copy only."""

    @property
    def modified(self) -> bool:
        """In all three places: merged."""

    @property
    def removed(self) -> bool:
        """In a parent, not in the working copy."""

    @property
    def from_p2(self) -> bool:
        """In the working copy, from the second parent only."""

    @property
    def maybe_clean(self) -> bool:
        """Unmodified, unless the file says otherwise."""

    @property
    def has_fallback_exec(self) -> bool:
        """Whether `fallback_exec` is set."""

    @property
    def has_fallback_symlink(self) -> bool:
        """Whether `fallback_symlink` is set."""

    def v2_data(self) -> tuple[int, int, int, int]:
        """Flags, size, mtime seconds and nanoseconds of a dirstate-v2 record."""

    def mtime_likely_equal_to(self, other_mtime: MTime, /) -> bool:
        """Whether a file of that mtime can be taken as unchanged."""

    def set_possibly_dirty(self) -> None:
        """Forget the mtime."""

    def set_clean(self, mode: int, size: int, mtime: MTime, /) -> None:
        """Record a tracked, unmodified file."""

    def set_tracked(self) -> None:
        """Record that the working copy tracks the file."""

    def set_untracked(self) -> None:
        """Record that it does not."""

    def drop_merge_data(self) -> None:
        """Forget what a merge recorded."""


class DirstateItemType(Protocol):
    """The type of these, which makes them."""

    def __call__(
        self,
        wc_tracked: bool = ...,
        p1_tracked: bool = ...,
        p2_info: bool = ...,
        has_meaningful_data: bool = ...,
        has_meaningful_mtime: bool = ...,
        parentfiledata: tuple[int, int, MTime | None] | None = ...,
        fallback_exec: bool | None = ...,
        fallback_symlink: bool | None = ...,
    ) -> DirstateItem:
        """What the dirstate would know then."""

    def from_v2_data(
        self, flags: int, size: int, mtime_s: int, mtime_ns: int, /
    ) -> DirstateItem:
        """From a dirstate-v2 record."""


class Dirs(Protocol):
    """A multiset of directories (contract section 2.10)."""

    def addpath(self, path: bytes, /) -> None:
        """Count a file; ValueError for consecutive slashes, or too deep a path."""

    def delpath(self, path: bytes, /) -> None:
        """Undo that; ValueError if the file was not counted."""

    def __contains__(self, directory: object, /) -> bool:
        """Whether some file is in the directory or below it."""

    def __iter__(self) -> Iterator[bytes]:
        """The directories, b"" included."""


# A file's node and flags in a manifest, and those on the two sides of a difference,
# with (None, b"") for a side that lacks the file.
ManifestValue = tuple[bytes, bytes]
ManifestChange = tuple[tuple[Optional[bytes], bytes], tuple[Optional[bytes], bytes]]


class LazyManifest(Protocol):
    """A manifest, decoded when asked (contract section 2.9)."""

    def __len__(self) -> int:
        """The number of files."""

    def __contains__(self, path: object, /) -> bool:
        """Whether the file is in it."""

    def __getitem__(self, path: bytes, /) -> ManifestValue:
        """The node and flags; KeyError, or ValueError for a damaged line."""

    def __setitem__(self, path: bytes, value: ManifestValue, /) -> None:
        """Set them; TypeError for anything but a node and one of b"", l, t, x."""

    def __delitem__(self, path: bytes, /) -> None:
        """Remove the file; KeyError."""

    def __iter__(self) -> Iterator[bytes]:
        """The paths, in order, of the manifest as it is now."""

    def iterkeys(self) -> Iterator[bytes]:
        """The same."""

    def iterentries(self) -> Iterator[tuple[bytes, bytes, bytes]]:
        """Path, node and flags, in order, of the manifest as it is now."""

    def copy(self) -> LazyManifest:
        """A copy of its own."""

    def filtercopy(self, matchfn: Callable[[bytes], object], /) -> LazyManifest:
        """A copy with the files that matchfn is true for."""

    def diff(
        self, other: Any, clean: bool = ..., /
    ) -> dict[bytes, ManifestChange | None]:
        """By path, in order, what differs; with `clean`, None for what does not."""

    def text(self) -> bytes:
        """The manifest as it is stored."""


# offset << 16 | flags, compressed and uncompressed length, base, link, first and
# second parent, node, sidedata offset and length, compression modes of data and of
# sidedata, rank.
IndexEntry = tuple[
    int, int, int, int, int, int, int, bytes, int, int, int, int, int
]  # fmt: skip


class Index(Protocol):
    """A revlog index, by revision and by node (contract section 2.8).

    A node that is not found is `mercurial.error.RevlogError` where nothing else is
    said; a revision out of range IndexError or ValueError; a damaged record
    ValueError.
    """

    entry_size: int
    rust_ext_compat: int

    @property
    def nodemap(self) -> Index:
        """The index itself."""

    def __len__(self) -> int:
        """The number of revisions, null left out."""

    def __getitem__(self, key: Any, /) -> Any:
        """The entry of a revision, or the revision of a node."""

    def __contains__(self, key: object, /) -> bool:
        """Whether a revision or a node is there, null included."""

    def __setitem__(self, node: bytes, rev: int, /) -> None:
        """Let the node lead to the revision."""

    def __delitem__(self, key: Any, /) -> None:
        """Strip from a revision on, as `del index[rev:-1]`; or forget a node."""

    def append(self, entry: IndexEntry, /) -> None:
        """Add a revision, in memory."""

    def entry_binary(self, rev: int, /) -> bytes:
        """The record; of format 1's first revision, without its 4-byte header."""

    def pack_header(self, header: int, /) -> bytes:
        """That header; an error for formats that keep it elsewhere."""

    def replace_sidedata_info(
        self, rev: int, offset: int, length: int, offset_flags: int, mode: int, /
    ) -> None:
        """Change the sidedata of an appended revision."""

    def clearcaches(self) -> None:
        """Forget what can be computed again."""

    def rev(self, node: bytes, /) -> int:
        """The revision; -1 for null."""

    def get_rev(self, node: bytes, /) -> int | None:
        """The revision, or None."""

    def has_node(self, node: bytes, /) -> bool:
        """Whether the node is there."""

    def partialmatch(self, prefix: bytes, /) -> bytes | None:
        """The node that starts with these digits; RevlogError for several."""

    def shortest(self, node: bytes, /) -> int:
        """How many digits tell the node from all others, null included."""

    def headrevs(self, excluded_revs: Any = ..., stop_rev: int | None = ..., /) -> Any:
        """The heads, ascending, of unfiltered revisions below stop_rev."""

    def headrevsdiff(self, begin: int, end: int, /) -> tuple[list[int], list[int]]:
        """The heads removed and added, descending, by begin .. end - 1."""

    def computephasesmapsets(
        self, roots: dict[int, set[int]], /
    ) -> tuple[int, dict[int, set[int]]]:
        """The number of revisions, and those of each phase above public."""

    def reachableroots2(
        self, minroot: int, heads: list[int], roots: list[int], includepath: bool, /
    ) -> list[int]:
        """The roots that heads descend from, or with includepath all between."""

    def ancestors(self, *revs: int) -> list[int]:
        """The deepest common ancestors, ascending; OverflowError for too many."""

    def commonancestorsheads(self, *revs: int) -> list[int]:
        """The heads of the common ancestors, descending; OverflowError."""

    def deltachain(
        self, rev: int, stoprev: int | None, /, *generaldelta: int
    ) -> tuple[list[int], bool]:
        """The chain, ascending. An index of 6.9 takes a third argument, of 7.2 none."""

    def issnapshot(self, rev: int, /) -> bool:
        """Whether the revision is stored as a snapshot."""

    def findsnapshots(
        self, cache: dict[int, set[int]], start: int, end: int, /
    ) -> None:
        """Add each snapshot from start to end to the set of its base."""

    def slicechunktodensity(
        self, revs: list[int], density: float, mingap: int, /
    ) -> Sequence[list[int]]:
        """The chain in slices worth reading at once."""


class NodeTree(Protocol):
    """Some of an index's nodes (contract section 2.8)."""

    def insert(self, rev: int, /) -> None:
        """Add a revision; ValueError out of range."""

    def shortest(self, node: bytes, /) -> int:
        """Digits that tell the node from the others added; RevlogError."""


class Parsers(Protocol):
    """Formats and data structures (contract sections 2.5 to 2.11). C: version 21."""

    @property
    def DirstateItem(self) -> DirstateItemType:
        """The type of what is known of a file."""

    def dirs(self, map: Any = ..., only_tracked: bool = ...) -> Dirs:
        """The directories of files, or of a dirstate's items."""

    def lazymanifest(self, nodelen: int, data: bytes, /) -> LazyManifest:
        """Of nodes of 20 or 32 bytes; ValueError if the text is none."""

    def nodetree(self, index: Any, capacity: int, /) -> NodeTree:
        """None of the nodes yet, with room for as many."""

    def parse_index2(
        self,
        data: Any,
        inlined: Any,
        uses_generaldelta: Any = ...,
        uses_delta_info: Any = ...,
        format: int = ...,
    ) -> Any:
        """An index, and (0, data) if inline, else None.

        6.9 may add `format`, by name or in third place; 7.2 adds uses_generaldelta
        and uses_delta_info, and may add `format`.
        """

    def parse_dirstate(
        self, dmap: dict[bytes, Any], copymap: dict[bytes, bytes], data: bytes, /
    ) -> Sequence[bytes]:
        """Fill the items and copies; return the parents. ValueError."""

    def pack_dirstate(
        self,
        dmap: dict[bytes, Any],
        copymap: dict[bytes, bytes],
        parents: tuple[bytes, bytes],
        /,
    ) -> bytes:
        """The dirstate-v1 file, in the order of `dmap`."""

    def dict_new_presized(self, size: int, /) -> dict[Any, Any]:
        """An empty dict, with room for as many items where that is possible."""

    def fm1readmarkers(self, data: bytes, off: int, stop: int, /) -> Any:
        """The obsolescence markers of a version-1 store; ValueError."""


class NativeParsers(Protocol):
    """What C's `parsers` has besides."""

    version: int
    versionerrortext: str
    revlog_CAPI: object

    def make_file_foldmap(
        self, dmap: dict[bytes, Any], spec: int, fallback: Callable[[bytes], bytes], /
    ) -> dict[bytes, bytes]:
        """From each file name, case folded, to the name."""


# What every flavour of a module has, the Python ones by mypy too.
MODULES: dict[str, type] = {
    "base85": Base85,
    "bdiff": BDiff,
    "charencode": CharEncode,
    "mpatch": MPatch,
    "osutil": OSUtil,
    "parsers": Parsers,
    "pathencode": PathEncode,
}
# What only these flavours of a module have; the others lack all of it.
BESIDES: dict[type, tuple[str, tuple[str, ...]]] = {
    FileSystems: ("osutil", ("c", "cffi")),
    Files: ("osutil", ("pure", "cffi")),
    NativeOSUtil: ("osutil", ("c",)),
    JSONFallback: ("charencode", ("pure",)),
    NativeParsers: ("parsers", ("c",)),
}
