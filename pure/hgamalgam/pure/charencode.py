# SPDX-License-Identifier: GPL-2.0-or-later
"""ASCII and JSON (contract section 2.13)."""

from __future__ import annotations

import array
import re

from ._arguments import as_int, plain_bytes


def isasciistr(text: bytes, /) -> bool:
    """Whether every byte is ASCII."""
    return bytes.isascii(text)


def asciilower(text: bytes, /) -> bytes:
    """In lower case; UnicodeDecodeError if not ASCII."""
    if not bytes.isascii(text):
        bytes.decode(text, "ascii")
    return bytes.lower(text)


def asciiupper(text: bytes, /) -> bytes:
    """In upper case; UnicodeDecodeError if not ASCII."""
    if not bytes.isascii(text):
        bytes.decode(text, "ascii")
    return bytes.upper(text)


_SHORT = {0x08: b"b", 0x09: b"t", 0x0A: b"n", 0x0C: b"f", 0x0D: b"r"}
_SHORT.update({code: bytes([code]) for code in b'"\\'})
_TO_ESCAPE = rb'\x00-\x1f"\\\x7f'
_TO_ESCAPE_PARANOID = _TO_ESCAPE + b"<>"


def _escaped(pattern: bytes) -> list[bytes]:
    """By ASCII code, escaped if the pattern for a set has it."""
    special = re.compile(b"[" + pattern + b"]")
    table = []
    for code in range(128):
        char = bytes([code])
        if code in _SHORT:
            char = b"\\" + _SHORT[code]
        elif special.match(char):
            char = b"\\u%04x" % code
        table.append(char)
    return table


_ESCAPED = _escaped(_TO_ESCAPE)
_ESCAPED_PARANOID = _escaped(_TO_ESCAPE_PARANOID)
_substitute = re.compile(b"[" + _TO_ESCAPE + b"]").sub
_substitute_paranoid = re.compile(b"[" + _TO_ESCAPE_PARANOID + b"]").sub


def _escape(match: re.Match[bytes]) -> bytes:
    return _ESCAPED_PARANOID[ord(match.group())]


def jsonescapeu8fast(text: bytes, paranoid: bool, /) -> bytes:
    """Escaped for a JSON string; ValueError if paranoid and not ASCII."""
    text = plain_bytes(text)
    if not bool(as_int(paranoid)):
        return _substitute(_escape, text)
    if not text.isascii():
        raise ValueError("cannot process non-ascii str")
    return _substitute_paranoid(_escape, text)


def jsonescapeu8fallback(text: bytes, paranoid: bool, /) -> bytes:
    """As jsonescapeu8fast, for UTF-8 with all that is not ASCII escaped.

    UnicodeDecodeError if it is no UTF-8; lone surrogates are let through.
    """
    utf16 = text.decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass")
    codes = array.array("H", utf16)
    codes.pop(0)  # the byte order mark
    table = _ESCAPED_PARANOID if paranoid else _ESCAPED
    return b"".join(table[code] if code < 128 else b"\\u%04x" % code for code in codes)
