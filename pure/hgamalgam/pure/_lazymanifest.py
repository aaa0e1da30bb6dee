# SPDX-License-Identifier: GPL-2.0-or-later
"""Manifest texts as maps (contract section 2.9)."""

from __future__ import annotations

from binascii import hexlify, unhexlify
from collections.abc import Iterator
from itertools import islice
from operator import lt
from typing import Any, Callable, Optional

Value = tuple[bytes, bytes]  # node, flag
Change = Optional[tuple[tuple[Optional[bytes], bytes], tuple[Optional[bytes], bytes]]]

_FLAGS = (b"", b"l", b"t", b"x")
_ABSENT = (None, b"")
_NO_SEPARATORS = bytes(code for code in range(256) if code not in b"\0\n")
_FEWEST_DIGITS = 40


class lazymanifest:
    """A sorted map from path to (node, flag), made from a manifest's text.

    The text has a line for each file: path, NUL, the node in hexadecimal digits,
    perhaps a flag. A text is cut at NULs and newlines at once, which Python does
    quickly; digits become nodes when they are asked for. ValueError if it is not
    sorted, or no manifest.

    nodelen: bytes of a node, 20 or 32
    """

    __slots__ = ("_digits", "_entries", "_is_sorted", "_text")

    def __init__(self, nodelen: int, data: bytes, /) -> None:
        if nodelen not in (20, 32):
            raise ValueError("Unsupported node length")
        if not isinstance(data, bytes):
            raise TypeError(f"expected bytes, {type(data).__name__} found")
        self._digits = 2 * nodelen
        # From path to what follows it, without the newline.
        self._entries = _parse(data)
        # Whether that is in the order of the paths.
        self._is_sorted = True
        # The text, until something changes.
        self._text: bytes | None = data

    def _sorted(self) -> dict[bytes, bytes]:
        if not self._is_sorted:
            self._entries = dict(sorted(self._entries.items()))
            self._is_sorted = True
        return self._entries

    def _value(self, entry: bytes) -> Value:
        digits, flag = entry[: self._digits], entry[self._digits :]
        if len(digits) != self._digits or flag not in _FLAGS:
            raise ValueError("invalid node length in manifest")
        return unhexlify(digits), flag

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, path: object) -> bool:
        return isinstance(path, bytes) and path in self._entries

    def __getitem__(self, path: bytes) -> Value:
        if not isinstance(path, bytes):
            raise TypeError("getitem: manifest keys must be a string.")
        entry = self._entries.get(path)
        if entry is None:
            raise KeyError("No such manifest entry.")
        return self._value(entry)

    def __setitem__(self, path: bytes, value: Value) -> None:
        if not isinstance(path, bytes):
            raise TypeError("setitem: manifest keys must be a string.")
        if not isinstance(value, tuple) or len(value) != 2:
            raise TypeError("Manifest values must be a tuple of (node, flags).")
        node, flag = value
        if not isinstance(node, bytes) or 2 * len(node) != self._digits:
            raise TypeError(f"node must be a {self._digits // 2} bytes string")
        if not isinstance(flag, bytes) or flag not in _FLAGS:
            raise TypeError("invalid manifest flag")
        if path not in self._entries:
            self._is_sorted = False
        self._entries[path] = hexlify(node) + flag
        self._text = None

    def __delitem__(self, path: bytes) -> None:
        if not isinstance(path, bytes):
            raise TypeError("delitem: manifest keys must be a string.")
        if path not in self._entries:
            raise KeyError("Tried to delete nonexistent manifest entry.")
        del self._entries[path]
        self._text = None

    # Iterators are over what was there when they were asked for.

    def __iter__(self) -> Iterator[bytes]:
        return iter(list(self._sorted()))

    iterkeys = __iter__

    def iterentries(self) -> Iterator[tuple[bytes, bytes, bytes]]:
        """(path, node, flag) of each file, sorted."""
        value = self._value
        items = list(self._sorted().items())
        return ((path, *value(entry)) for path, entry in items)

    def _with(self, entries: dict[bytes, bytes], text: bytes | None) -> lazymanifest:
        other: lazymanifest = object.__new__(lazymanifest)
        other._digits = self._digits
        other._entries = entries
        other._is_sorted = self._is_sorted
        other._text = text
        return other

    def copy(self) -> lazymanifest:
        """Another one, equal and independent."""
        return self._with(self._entries.copy(), self._text)

    def filtercopy(self, matchfn: Callable[[bytes], object], /) -> lazymanifest:
        """Another one, of the files that `matchfn` is true for."""
        if not callable(matchfn):
            raise TypeError("matchfn must be callable")
        items = list(self._sorted().items())
        return self._with({path: entry for path, entry in items if matchfn(path)}, None)

    def text(self) -> bytes:
        """The text of what there is now."""
        if self._text is None:
            self._text = b"".join(
                [b"%b\0%b\n" % item for item in self._sorted().items()]
            )
        return self._text

    def diff(self, other: lazymanifest, clean: bool = False, /) -> dict[bytes, Change]:
        """What differs, by path and sorted: (ours, theirs).

        A file that one side has not got is (None, b"") there. With `clean`, files
        that do not differ are in it too, with None.
        """
        if not isinstance(other, lazymanifest):
            raise TypeError(
                f"diff() argument must be lazymanifest, not {type(other).__name__}"
            )
        mine, theirs = self._entries, other._entries
        if clean:
            paths = list(mine.keys() | theirs.keys())
        else:
            look_up = theirs.get
            paths = [path for path, entry in mine.items() if look_up(path) != entry]
            paths += theirs.keys() - mine.keys()
        paths.sort()
        changes: dict[bytes, Change] = {}
        for path in paths:
            old, new = mine.get(path), theirs.get(path)
            if old == new:
                changes[path] = None
            else:
                changes[path] = (
                    _ABSENT if old is None else self._value(old),
                    _ABSENT if new is None else other._value(new),
                )
        return changes

    def __reduce__(self) -> Any:
        raise TypeError("cannot pickle a lazymanifest")


def _parse(data: bytes) -> dict[bytes, bytes]:
    if not data:
        return {}
    parts = data.replace(b"\n", b"\0").split(b"\0")
    paths, entries = parts[:-1:2], parts[1::2]
    separators = data.translate(None, _NO_SEPARATORS)
    if (
        separators != b"\0\n" * len(paths)
        or not data.endswith(b"\n")
        or not paths[0]
        or min(map(len, entries)) < _FEWEST_DIGITS
    ):
        _look_closely(data)
    if not all(map(lt, paths, islice(paths, 1, None))):
        raise ValueError("Manifest lines not in sorted order.")
    return dict(zip(paths, entries))


def _look_closely(data: bytes) -> None:
    """Refuse a text, unless all that is wrong is a node: that can wait."""
    lines = data.split(b"\n")
    for line in lines[:-1]:
        if line[:1] == b"\0":
            raise ValueError("Manifest had an entry with a zero-length filename.")
        if len(line) < _FEWEST_DIGITS + 2:
            raise ValueError("Manifest had implausibly-short line.")
        if line.count(b"\0") != 1:
            raise ValueError("Manifest had a line without a node, or with two.")
    if lines[-1]:
        raise ValueError("Manifest did not end in a newline.")
