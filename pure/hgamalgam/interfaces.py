# SPDX-License-Identifier: GPL-2.0-or-later
"""The modules Mercurial picks by policy, as Protocols: the contract of any flavour.

Shapes and errors are those of contract section 2. What only some flavours have
is in a Protocol of its own, and `tests/modules` asserts who has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

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

    mpatchError: type[Exception]

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


class NativeOSUtil(OSUtil, Protocol):
    """What only the C flavour has; Mercurial asks whether it is there."""

    def statfiles(self, names: Sequence[bytes], /) -> list[Stat | None]:
        """lstat of each; None for neither a regular file nor a symbolic link."""

    def unblocksignal(self, number: int, /) -> None:
        """Unblock a signal in this thread; OSError if there is no such signal."""

    def getfstype(self, path: bytes, /) -> bytes | None:
        """The name of the file system, if it is known; OSError."""


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


class PathEncode(Protocol):
    """Names of files in the store (contract section 2.12), a part of `parsers`."""

    def encodedir(self, path: bytes, /) -> bytes:
        """With ".hg" after directories named *.hg, *.i and *.d."""

    def lowerencode(self, path: bytes, /) -> bytes:
        """In lower case, with reserved bytes as ~xx."""

    def pathencode(self, path: bytes, /) -> bytes:
        """The name under which the store keeps the path; ValueError if too long."""
