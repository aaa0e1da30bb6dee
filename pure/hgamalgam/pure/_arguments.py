# SPDX-License-Identifier: GPL-2.0-or-later
"""Arguments as the C flavour takes them: what it refuses, Python refuses alike."""

from __future__ import annotations

import sys
from operator import index
from typing import Union

Immutable = Union[bytes, memoryview]


def immutable(data: object) -> Immutable:
    """The bytes of a buffer: themselves, a view of bytes, or a copy.

    A read-only buffer may be a view of one that is not, and is copied. TypeError
    for what is no buffer, BufferError for one that is not in one piece.
    """
    if type(data) is bytes:
        return data
    view = memoryview(data)  # type: ignore[arg-type]
    if not view.c_contiguous:
        raise BufferError("memoryview: underlying buffer is not C-contiguous")
    return view.cast("B") if type(view.obj) is bytes else view.tobytes()


def plain(text: bytes) -> bytes:
    """The bytes of bytes: a subclass may say that they are others."""
    return text if type(text) is bytes else memoryview(text).tobytes()


def plain_bytes(text: object) -> bytes:
    """As `plain`; TypeError for what is no bytes."""
    if not isinstance(text, bytes):
        raise TypeError(f"expected bytes, not {type(text).__name__}")
    return plain(text)


def number_within(number: object, lowest: int, highest: int) -> int:
    """An int of a type of C's; TypeError for what is none, OverflowError."""
    found = index(number)  # type: ignore[arg-type]
    if not lowest <= found <= highest:
        raise OverflowError(f"{found} is not within {lowest} and {highest}")
    return found


def as_long(number: object) -> int:
    """As a long of C's."""
    return number_within(number, -sys.maxsize - 1, sys.maxsize)


def as_bits(number: object) -> int:
    """The low bits of any int, as many as a C long has; TypeError for another type."""
    if not isinstance(number, int):
        raise TypeError("expected an int")
    return number & 0xFFFF_FFFF_FFFF_FFFF


def as_int(number: object) -> int:
    """As an int of C's."""
    return number_within(number, -(2**31), 2**31 - 1)
