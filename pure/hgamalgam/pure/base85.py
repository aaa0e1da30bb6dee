# SPDX-License-Identifier: GPL-2.0-or-later
"""git's base85 (contract section 2.1)."""

from __future__ import annotations

import base64
import struct

from ._arguments import plain_bytes

_DIGITS = (
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    b"!#$%&()*+-;<=>?@^_`{|}~"
)
_NOT_A_DIGIT = 0xFF
_VALUES = bytes(_DIGITS.index(c) if c in _DIGITS else _NOT_A_DIGIT for c in range(256))


def b85encode(text: bytes, pad: bool = False, /) -> bytes:
    """Encode; with `pad` the text is filled up with NULs to whole words."""
    return base64.b85encode(plain_bytes(text), bool(pad))


def b85decode(text: bytes, /) -> bytes:
    """Decode; ValueError for a bad character or a word beyond 32 bits."""
    text = plain_bytes(text)
    values = text.translate(_VALUES)
    bad = values.find(_NOT_A_DIGIT)
    # Words before a bad character may be too large: that comes first.
    rest = len(text) % 5
    end = len(text) - rest if bad < 0 else bad - bad % 5
    words = [
        (((a * 85 + b) * 85 + c) * 85 + d) * 85 + e
        for a, b, c, d, e in zip(*[iter(values[:end])] * 5)
    ]
    if words and max(words) > 0xFFFFFFFF:
        first = next(i for i, word in enumerate(words) if word > 0xFFFFFFFF)
        raise ValueError(f"bad base85 sequence at position {first * 5 + 5}")
    if bad >= 0:
        # The last character of a group is numbered one too high.
        last = min(bad - bad % 5 + 5, len(text)) - 1
        raise ValueError(f"bad base85 character at position {bad + (bad == last)}")
    if not rest:
        return struct.pack(f">{len(words)}L", *words)
    word = 0
    for value in values[-rest:]:
        word = word * 85 + value
    word *= 85 ** (5 - rest)
    if rest > 1:
        word += 0xFFFFFF >> (rest - 2) * 8
    words.append(word & 0xFFFFFFFF)
    return struct.pack(f">{len(words)}L", *words)[: rest - 5]
