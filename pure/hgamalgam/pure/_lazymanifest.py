# SPDX-License-Identifier: GPL-2.0-or-later
"""Manifest texts as maps (contract section 2.9)."""

from __future__ import annotations

from binascii import hexlify, unhexlify
from collections.abc import Iterator
from itertools import islice
from operator import lt
from typing import Any, Callable, Optional

from ._arguments import as_long, plain

Value = tuple[bytes, bytes]  # node, flag
Change = Optional[tuple[tuple[Optional[bytes], bytes], tuple[Optional[bytes], bytes]]]

FLAGS = (b"", b"l", b"t", b"x")
_ABSENT = (None, b"")
_NO_SEPARATORS = bytes(code for code in range(256) if code not in b"\0\n")
_FEWEST_DIGITS = 40


def checked_text(nodelen: object, data: object) -> tuple[int, bytes]:
    """Bytes of a node, and a manifest's text."""
    size = as_long(nodelen)
    if not isinstance(data, bytes):
        raise TypeError(f"expected bytes, {type(data).__name__} found")
    if size not in (20, 32):
        raise ValueError("Unsupported node length")
    return size, plain(data)


def checked_path(call: str, path: object) -> bytes:
    """The key that `call`, the name of a method, is about."""
    if not isinstance(path, bytes):
        raise TypeError(f"{call}: manifest keys must be a string.")
    return plain(path)


def checked_value(value: object, size: int) -> Value:
    """What a path is to be mapped to, its node of `size` bytes."""
    if not isinstance(value, tuple) or len(value) != 2:
        raise TypeError("Manifest values must be a tuple of (node, flags).")
    node, flag = value
    if not isinstance(node, bytes) or len(plain(node)) != size:
        raise TypeError(f"node must be a {size} bytes string")
    if not isinstance(flag, bytes) or len(plain(flag)) > 1:
        raise TypeError("flags must a 0 or 1 bytes string")
    if flag not in FLAGS:
        raise TypeError("invalid manifest flag")
    return plain(node), plain(flag)


def check_other(other: object, kind: type) -> None:
    """That a manifest is compared with one of its own kind."""
    if not isinstance(other, kind):
        raise TypeError(
            f"diff() argument must be lazymanifest, not {type(other).__name__}"
        )


def check_filter(matchfn: object) -> None:
    """That a filter can be called."""
    if not callable(matchfn):
        raise TypeError("matchfn must be callable")


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
        nodelen, data = checked_text(nodelen, data)
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
        if len(digits) != self._digits or flag not in FLAGS:
            raise ValueError("invalid node length in manifest")
        try:
            return unhexlify(digits), flag
        except ValueError:
            raise ValueError("manifest node is not hexadecimal") from None

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, path: object) -> bool:
        return isinstance(path, bytes) and plain(path) in self._entries

    def __getitem__(self, path: bytes) -> Value:
        entry = self._entries.get(checked_path("getitem", path))
        if entry is None:
            raise KeyError("No such manifest entry.")
        return self._value(entry)

    def __setitem__(self, path: bytes, value: Value) -> None:
        path = checked_path("setitem", path)
        node, flag = checked_value(value, self._digits // 2)
        if not path or b"\0" in path or b"\n" in path:
            raise ValueError("manifest paths must not be empty nor hold NUL or newline")
        if path not in self._entries:
            self._is_sorted = False
        self._entries[path] = hexlify(node) + flag
        self._text = None

    def __delitem__(self, path: bytes) -> None:
        path = checked_path("delitem", path)
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
        check_filter(matchfn)
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
        check_other(other, lazymanifest)
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
