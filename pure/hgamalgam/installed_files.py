# SPDX-License-Identifier: GPL-2.0-or-later
"""The installation's list of its files (RECORD), by which installers remove it.

What stands there goes when hg-amalgam is uninstalled, by pip, uv or another.
"""

from __future__ import annotations

import contextlib
import os
import shutil


def record_path(directory: str) -> str | None:
    """The RECORD in `directory` of this distribution; None if there is none."""
    from importlib.metadata import distributions

    for distribution in distributions(name="hg-amalgam", path=[directory]):
        for file in distribution.files or ():
            path = str(distribution.locate_file(file))
            if file.name == "RECORD" and os.path.isfile(path):
                return path
    return None


def add(path: str) -> bool:
    """List the file `path`; False if there is no list beside it. OSError."""
    directory, name = os.path.split(path)
    record = record_path(directory)
    if record is None:
        return False
    content = _without(record, name)
    end = b"\r\n" if b"\r\n" in content else b"\n"
    if content and not content.endswith(b"\n"):
        content += end
    # No digest, no size: the file is rewritten when the policy changes.
    replace_file(record, content + name.encode() + b",," + end)
    return True


def remove(path: str) -> None:
    """List the file `path` no longer. OSError."""
    directory, name = os.path.split(path)
    record = record_path(directory)
    if record is not None:
        replace_file(record, _without(record, name))


def _without(record: str, name: str) -> bytes:
    """The list but for the line of `name`."""
    with open(record, "rb") as file:
        lines = file.read().splitlines(keepends=True)
    return b"".join(one for one in lines if one.split(b",")[0] != name.encode())


def replace_file(path: str, content: bytes) -> None:
    """Write the file as a whole or not at all. OSError."""
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        with open(temporary, "wb") as file:
            file.write(content)
        if os.path.exists(path):
            shutil.copymode(path, temporary)
        os.replace(temporary, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
