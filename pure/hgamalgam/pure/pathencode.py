# SPDX-License-Identifier: GPL-2.0-or-later
"""Names of files in the store (contract section 2.12), a part of `parsers`."""

from __future__ import annotations

import re
from hashlib import sha1

# What some file system does not have in names.
_RESERVED = rb'\x00-\x1f\x7e-\xff\\:*?"<>|'
_ESCAPED = [b"~%02x" % code for code in range(256)]

# The hashed form: "dh/", as much of the directories' names as there is room for,
# then of the file's, the digest, the suffix.
_LONGEST = 120
_DIRECTORY = 8
_ALL_DIRECTORIES = 68
_ROOT = len(b"data/")
# The other flavours have buffers of a fixed size.
_LONGEST_PATH = 5465


def _checked(path: bytes) -> bytes:
    if not isinstance(path, bytes):
        raise TypeError(f"expected a string, {type(path).__name__} found")
    return path


def encodedir(path: bytes, /) -> bytes:
    """With ".hg" after directories named *.hg, *.i and *.d.

    So a file's revlog is never where a directory is.
    """
    if b".hg/" in _checked(path):
        path = path.replace(b".hg/", b".hg.hg/")
    if b".i/" in path:
        path = path.replace(b".i/", b".i.hg/")
    if b".d/" in path:
        path = path.replace(b".d/", b".d.hg/")
    return path


def _escape(match: re.Match[bytes]) -> bytes:
    return _ESCAPED[ord(match[0])]


_escape_reserved = re.compile(b"[" + _RESERVED + b"]").sub


def lowerencode(path: bytes, /) -> bytes:
    """In lower case, with reserved bytes as ~xx."""
    return _escape_reserved(_escape, _checked(path)).lower()


def _fold(match: re.Match[bytes]) -> bytes:
    char = match[0]
    if char == b"_" or char.isalpha():
        return b"_" + char.lower()
    return _ESCAPED[ord(char)]


_fold_all = re.compile(b"[A-Z_" + _RESERVED + b"]").sub


def _mask(match: re.Match[bytes]) -> bytes:
    name = match[0]
    if len(name) == 1:
        return _ESCAPED[ord(name)]
    return name[:2] + _ESCAPED[name[2]] + name[3:]


# Dots and spaces where a component begins or ends, and names of devices, with
# or without suffix.
_mask_components = re.compile(
    rb"(?:\A|(?<=/))(?:[. ]|(?:aux|con|prn|nul|(?:com|lpt)[1-9])(?=[./]|\Z))"
    rb"|[. ](?=/|\Z)"
).sub


def pathencode(path: bytes, /) -> bytes:
    """The name under which the store keeps `path`; ValueError if too long.

    The same object if it needs no encoding.
    """
    if len(_checked(path)) > _LONGEST_PATH:
        raise ValueError("string too long")
    directories_encoded = encodedir(path)
    if len(path) <= _LONGEST:
        name = _mask_components(_mask, _fold_all(_fold, directories_encoded))
        if len(name) <= _LONGEST:
            return path if name == path else name
    return _hashed(directories_encoded)


def _hashed(path: bytes) -> bytes:
    digest = sha1(path).hexdigest().encode()
    lower = _mask_components(_mask, lowerencode(path[_ROOT:]))
    *directories, name = lower.split(b"/")
    kept: list[bytes] = []
    length = 0
    for directory in directories:
        piece = directory[:_DIRECTORY]
        if piece[-1:] in (b".", b" "):
            piece = piece[:-1] + b"_"
        # Nothing but empty names so far counts as nothing so far.
        together = length + 1 + len(piece) if length else len(piece)
        if length and together > _ALL_DIRECTORIES:
            break
        kept.append(piece)
        length = together
    start = b"dh/" + b"/".join(kept)
    if start != b"dh/":
        start += b"/"
    dot = name.rfind(b".")
    suffix = name[dot:] if dot > 0 else b""
    room = _LONGEST - len(start) - len(digest) - len(suffix)
    return start + name[: max(room, 0)] + digest + suffix
