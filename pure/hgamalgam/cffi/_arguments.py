# SPDX-License-Identifier: GPL-2.0-or-later
"""Arguments that C can read while other threads run, and what C says of them.

cffi lets go of the GIL in every call. So what C gets has to be immutable: another
thread could change a buffer between two passes of C over it.
"""

from __future__ import annotations

from typing import Any, Callable, Union

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
    """The bytes of bytes: a subclass may tell C another length."""
    return text if type(text) is bytes else memoryview(text).tobytes()


def plain_bytes(text: object) -> bytes:
    """As `plain`; TypeError for what is no bytes."""
    if not isinstance(text, bytes):
        raise TypeError(f"expected bytes, not {type(text).__name__}")
    return plain(text)


def check(
    ffi: Any,
    status: int,
    message: Callable[[int], Any],
    error: type[Exception] = ValueError,
) -> None:
    """Raise what `message` has to say of a status; all but 0 are failures.

    It says nothing where memory is short: MemoryError.
    """
    if status:
        text = message(status)
        raise error(ffi.string(text).decode()) if text else MemoryError
