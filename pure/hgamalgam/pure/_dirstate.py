# SPDX-License-Identifier: GPL-2.0-or-later
"""Dirstate items (contract section 2.6)."""

from __future__ import annotations

import stat
from typing import Any

Mtime = tuple[int, int, int]  # seconds, nanoseconds, second ambiguous

# The bits of a dirstate-v2 node's flags. An item has the first thirteen too.
DIRSTATE_V2_WDIR_TRACKED = 1 << 0
DIRSTATE_V2_P1_TRACKED = 1 << 1
DIRSTATE_V2_P2_INFO = 1 << 2
DIRSTATE_V2_MODE_EXEC_PERM = 1 << 3
DIRSTATE_V2_MODE_IS_SYMLINK = 1 << 4
DIRSTATE_V2_HAS_FALLBACK_EXEC = 1 << 5
DIRSTATE_V2_FALLBACK_EXEC = 1 << 6
DIRSTATE_V2_HAS_FALLBACK_SYMLINK = 1 << 7
DIRSTATE_V2_FALLBACK_SYMLINK = 1 << 8
DIRSTATE_V2_EXPECTED_STATE_IS_MODIFIED = 1 << 9
DIRSTATE_V2_HAS_MODE_AND_SIZE = 1 << 10
DIRSTATE_V2_HAS_MTIME = 1 << 11
DIRSTATE_V2_MTIME_SECOND_AMBIGUOUS = 1 << 12
DIRSTATE_V2_DIRECTORY = 1 << 13
DIRSTATE_V2_ALL_UNKNOWN_RECORDED = 1 << 14
DIRSTATE_V2_ALL_IGNORED_RECORDED = 1 << 15

_MTIME_SHAPE = "mtime must be (seconds, nanoseconds, second ambiguous)"

# v1 sizes and mtimes that are none.
NONNORMAL = -1
FROM_P2 = -2
AMBIGUOUS_TIME = -1

# Short names for the bits an item computes with.
_WC = DIRSTATE_V2_WDIR_TRACKED
_P1 = DIRSTATE_V2_P1_TRACKED
_P2 = DIRSTATE_V2_P2_INFO
_TRACKED = _WC | _P1 | _P2
_MODES = DIRSTATE_V2_MODE_EXEC_PERM | DIRSTATE_V2_MODE_IS_SYMLINK
_DATA = DIRSTATE_V2_HAS_MODE_AND_SIZE
_MTIME = DIRSTATE_V2_HAS_MTIME
_AMBIGUOUS = DIRSTATE_V2_MTIME_SECOND_AMBIGUOUS
# What only directories have.
_DIRECTORY = (
    DIRSTATE_V2_DIRECTORY
    | DIRSTATE_V2_ALL_UNKNOWN_RECORDED
    | DIRSTATE_V2_ALL_IGNORED_RECORDED
)

# The v1 states by who tracks the file: by _WC, _P1 and _P2. Who is tracked by
# nobody has no state that a v1 file could hold.
_STATES = (b"?", b"a", b"r", b"n", b"r", b"n", b"r", b"m")
# Likewise the v1 sizes; None for the recorded one.
_SIZES = (None, NONNORMAL, 0, None, FROM_P2, FROM_P2, NONNORMAL, FROM_P2)


class DirstateItem:
    """What the dirstate knows of a file.

    wc_tracked: the working copy tracks it
    p1_tracked: the first parent has it
    p2_info: the second parent had a part in it
    parentfiledata: (mode, size, mtime) that it has if it is as in the first
        parent; mtime is (seconds, nanoseconds, second ambiguous) or None
    has_meaningful_data, has_meaningful_mtime: whether to keep those
    fallback_exec, fallback_symlink: flags for file systems without them, or None
    """

    __slots__ = ("_flags", "_mode", "_mtime_ns", "_mtime_s", "_size")

    _flags: int
    _mode: int
    _size: int
    _mtime_s: int
    _mtime_ns: int

    def __init__(
        self,
        wc_tracked: bool = False,
        p1_tracked: bool = False,
        p2_info: bool = False,
        has_meaningful_data: bool = True,
        has_meaningful_mtime: bool = True,
        parentfiledata: tuple[int, int, Mtime | None] | None = None,
        fallback_exec: bool | None = None,
        fallback_symlink: bool | None = None,
    ) -> None:
        flags = 0
        if wc_tracked:
            flags |= _WC
        if p1_tracked:
            flags |= _P1
        if p2_info:
            flags |= _P2
        self._mode = self._size = self._mtime_s = self._mtime_ns = 0
        if parentfiledata is not None:
            try:
                mode, size, mtime = parentfiledata
            except ValueError:
                raise TypeError("parentfiledata must be (mode, size, mtime)") from None
            if has_meaningful_data:
                flags |= _DATA
                self._mode = mode
                self._size = size
            if mtime is not None:
                try:
                    seconds, nanoseconds, ambiguous = mtime
                except ValueError:
                    raise TypeError(_MTIME_SHAPE) from None
                if has_meaningful_data and ambiguous:
                    flags |= _AMBIGUOUS
                if has_meaningful_mtime:
                    flags |= _MTIME
                    self._mtime_s = seconds
                    self._mtime_ns = nanoseconds
        self._flags = flags
        if fallback_exec is not None:
            self.fallback_exec = fallback_exec
        if fallback_symlink is not None:
            self.fallback_symlink = fallback_symlink

    @classmethod
    def from_v2_data(
        cls, flags: int, size: int, mtime_s: int, mtime_ns: int, /
    ) -> DirstateItem:
        """The item of a dirstate-v2 node."""
        if flags & DIRSTATE_V2_EXPECTED_STATE_IS_MODIFIED:
            # Nothing here reads that: have the file looked at.
            flags &= ~(DIRSTATE_V2_EXPECTED_STATE_IS_MODIFIED | _DATA | _MTIME)
        item: DirstateItem = _new(cls)
        item._flags = flags & ~(_MODES | _DIRECTORY)
        item._size = size if flags & _DATA else 0
        item._mtime_s = mtime_s if flags & _MTIME else 0
        item._mtime_ns = mtime_ns if flags & _MTIME else 0
        item._mode = 0
        if flags & _DATA:
            mode = 0o755 if flags & DIRSTATE_V2_MODE_EXEC_PERM else 0o644
            symlink = flags & DIRSTATE_V2_MODE_IS_SYMLINK
            item._mode = mode | (stat.S_IFLNK if symlink else stat.S_IFREG)
        return item

    @classmethod
    def from_v1_data(
        cls, state: bytes, mode: int, size: int, mtime: int
    ) -> DirstateItem:
        """The item of a dirstate-v1 record; RuntimeError for an unknown state."""
        item: DirstateItem = _new(cls)
        item._mode = item._size = item._mtime_s = item._mtime_ns = 0
        if state == b"n":
            if size == FROM_P2:
                item._flags = _WC | _P2
            elif size == NONNORMAL:
                item._flags = _WC | _P1
            else:
                item._mode = mode
                item._size = size
                if mtime == AMBIGUOUS_TIME:
                    item._flags = _WC | _P1 | _DATA
                else:
                    item._flags = _WC | _P1 | _DATA | _MTIME
                    item._mtime_s = mtime
        elif state == b"a":
            item._flags = _WC
        elif state == b"m":
            item._flags = _TRACKED
        elif state == b"r":
            if size == NONNORMAL:
                item._flags = _P1 | _P2
            elif size == FROM_P2:
                item._flags = _P2
            else:
                item._flags = _P1
        else:
            raise RuntimeError(f"unknown state: {state.decode('latin-1')}")
        return item

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DirstateItem):
            return NotImplemented
        return self._values() == other._values()

    # It changes, so it cannot be a key.
    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        flags, *numbers = self._values()
        return f"<DirstateItem {flags:#x} {numbers}>"

    def _values(self) -> tuple[int, ...]:
        return (self._flags, self._mode, self._size, self._mtime_s, self._mtime_ns)

    # -- what happens to a file ------------------------------------------------

    def set_possibly_dirty(self) -> None:
        """Have the next status compare the contents."""
        self._drop(_MTIME)

    def set_clean(self, mode: int, size: int, mtime: Mtime, /) -> None:
        """The file is as in the first parent, and had these values then."""
        try:
            seconds, nanoseconds, ambiguous = mtime
        except ValueError:
            raise TypeError(_MTIME_SHAPE) from None
        flags = self._flags & ~_AMBIGUOUS
        self._flags = flags | _WC | _P1 | _DATA | _MTIME
        if ambiguous:
            self._flags |= _AMBIGUOUS
        self._mode = mode
        self._size = size
        self._mtime_s = seconds
        self._mtime_ns = nanoseconds

    def set_tracked(self) -> None:
        """The working copy tracks the file from now on."""
        self._flags |= _WC
        self._drop(_MTIME)

    def set_untracked(self) -> None:
        """The working copy does not track the file any more."""
        self._drop(_WC | _DATA | _MTIME)

    def drop_merge_data(self) -> None:
        """There is no second parent any more."""
        if self._flags & _P2:
            self._drop(_P2 | _DATA | _MTIME)

    def _drop(self, bits: int) -> None:
        """Clear flags, and with them the values that they vouch for."""
        self._flags &= ~bits
        if bits & _DATA:
            self._mode = self._size = 0
        if bits & _MTIME:
            self._mtime_s = self._mtime_ns = 0

    # -- who tracks it ---------------------------------------------------------

    @property
    def tracked(self) -> bool:
        """Whether the working copy tracks the file."""
        return self._flags & _WC != 0

    @property
    def p1_tracked(self) -> bool:
        """Whether the first parent has the file."""
        return self._flags & _P1 != 0

    @property
    def p2_info(self) -> bool:
        """Whether the second parent had a part in the working copy's file."""
        return self._flags & (_WC | _P2) == _WC | _P2

    @property
    def any_tracked(self) -> bool:
        """Whether the working copy or a parent has the file."""
        return self._flags & _TRACKED != 0

    @property
    def added(self) -> bool:
        """Whether only the working copy has the file."""
        return self._flags & _TRACKED == _WC

    @property
    def modified(self) -> bool:
        """Whether both parents had a part in the working copy's file."""
        return self._flags & _TRACKED == _TRACKED

    @property
    def removed(self) -> bool:
        """Whether a parent has the file and the working copy has not."""
        return not self._flags & _WC and self._flags & _TRACKED != 0

    @property
    def maybe_clean(self) -> bool:
        """Whether the file can be as in the first parent."""
        return self._flags & _TRACKED == _WC | _P1

    @property
    def from_p2(self) -> bool:
        """Whether the working copy has the file from the second parent."""
        return self._flags & _TRACKED == _WC | _P2

    # -- what it looked like ---------------------------------------------------

    @property
    def state(self) -> bytes:
        """In one letter: normal, added, removed, merged; "?" if untracked."""
        return _STATES[self._flags & _TRACKED]

    @property
    def mode(self) -> int:
        """The recorded mode; 0 without one."""
        return self._mode

    @property
    def size(self) -> int:
        """The size as dirstate-v1 has it: recorded, 0, NONNORMAL or FROM_P2."""
        size = _SIZES[self._flags & _TRACKED]
        if size is not None:
            return size
        return self._size if self._flags & _DATA else NONNORMAL

    @property
    def mtime(self) -> int:
        """The mtime as dirstate-v1 has it: recorded, 0 or AMBIGUOUS_TIME."""
        flags = self._flags
        if flags & (_TRACKED | _MTIME | _AMBIGUOUS) == _WC | _P1 | _MTIME:
            return self._mtime_s
        return 0 if self.removed else AMBIGUOUS_TIME

    def mtime_likely_equal_to(self, other_mtime: Mtime, /) -> bool:
        """Whether a file with that mtime has hardly changed since ours."""
        try:
            seconds, nanoseconds, _ambiguous = other_mtime
        except ValueError:
            raise TypeError(_MTIME_SHAPE) from None
        if not self._flags & _MTIME or self._mtime_s != seconds:
            return False
        if not nanoseconds or not self._mtime_ns:
            # One of the two knows seconds only.
            return not self._flags & _AMBIGUOUS
        return self._mtime_ns == nanoseconds

    def v2_data(self) -> tuple[int, int, int, int]:
        """(flags, size, seconds, nanoseconds) for a dirstate-v2 node."""
        flags = self._flags & ~_MODES
        if flags & _DATA:
            if self._mode & stat.S_IXUSR:
                flags |= DIRSTATE_V2_MODE_EXEC_PERM
            # stat.S_ISLNK refuses what a damaged file may hold
            if self._mode & 0o170000 == stat.S_IFLNK:
                flags |= DIRSTATE_V2_MODE_IS_SYMLINK
        return flags, self._size, self._mtime_s, self._mtime_ns

    # -- flags where the file system has none ----------------------------------

    def _fallback(self, known: int, bit: int) -> bool | None:
        return self._flags & bit != 0 if self._flags & known else None

    def _set_fallback(self, known: int, bit: int, value: bool | None) -> None:
        flags = self._flags & ~(known | bit)
        if value is not None:
            flags |= known | bit if value else known
        self._flags = flags

    @property
    def has_fallback_exec(self) -> bool:
        """Whether `fallback_exec` is known."""
        return self._flags & DIRSTATE_V2_HAS_FALLBACK_EXEC != 0

    @property
    def fallback_exec(self) -> bool | None:
        """Whether the file is executable, for want of better knowledge."""
        return self._fallback(DIRSTATE_V2_HAS_FALLBACK_EXEC, DIRSTATE_V2_FALLBACK_EXEC)

    @fallback_exec.setter
    def fallback_exec(self, value: bool | None) -> None:
        self._set_fallback(
            DIRSTATE_V2_HAS_FALLBACK_EXEC, DIRSTATE_V2_FALLBACK_EXEC, value
        )

    @property
    def has_fallback_symlink(self) -> bool:
        """Whether `fallback_symlink` is known."""
        return self._flags & DIRSTATE_V2_HAS_FALLBACK_SYMLINK != 0

    @property
    def fallback_symlink(self) -> bool | None:
        """Whether the file is a symbolic link, for want of better knowledge."""
        return self._fallback(
            DIRSTATE_V2_HAS_FALLBACK_SYMLINK, DIRSTATE_V2_FALLBACK_SYMLINK
        )

    @fallback_symlink.setter
    def fallback_symlink(self, value: bool | None) -> None:
        self._set_fallback(
            DIRSTATE_V2_HAS_FALLBACK_SYMLINK, DIRSTATE_V2_FALLBACK_SYMLINK, value
        )


_new: Any = object.__new__
