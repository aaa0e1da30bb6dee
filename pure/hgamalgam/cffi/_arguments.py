# SPDX-License-Identifier: GPL-2.0-or-later
"""What C says of its arguments.

cffi lets go of the GIL in every call. So what C gets has to be immutable, which
pure._arguments makes it: another thread could change a buffer between two passes of
C over it.
"""

from __future__ import annotations

from typing import Any, Callable


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
