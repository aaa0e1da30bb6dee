# SPDX-License-Identifier: GPL-2.0-or-later
"""Directories (contract section 2.4).

`statfiles` and what else the C flavour has are left out on purpose: Mercurial
has Python of its own for each, which serves as well.
"""

from __future__ import annotations

import os
import stat as stat_module
from operator import itemgetter
from typing import Any

# Off Windows, files opened stay removable anyway.
posixfile = open


def _kind(entry: os.DirEntry[bytes]) -> int:
    """The S_IFMT bits, from what reading the directory told where it did."""
    if entry.is_symlink():
        return stat_module.S_IFLNK
    if entry.is_file(follow_symlinks=False):
        return stat_module.S_IFREG
    if entry.is_dir(follow_symlinks=False):
        return stat_module.S_IFDIR
    return stat_module.S_IFMT(entry.stat(follow_symlinks=False).st_mode)


def listdir(path: bytes, stat: bool = False, skip: bytes | None = None) -> list[Any]:
    """(name, kind), or (name, kind, os.stat_result), by entry, sorted.

    Empty if there is a directory named `skip`.
    """
    if not isinstance(path, bytes):
        raise TypeError(f"path should be bytes, not {type(path)}")
    result: list[Any] = []
    with os.scandir(path) as entries:
        for entry in entries:
            try:
                status = entry.stat(follow_symlinks=False) if stat else None
                kind = stat_module.S_IFMT(status.st_mode) if status else _kind(entry)
            except FileNotFoundError:
                continue  # gone since
            name = entry.name
            if name == skip and kind == stat_module.S_IFDIR:
                return []
            result.append((name, kind, status) if stat else (name, kind))
    result.sort(key=itemgetter(0))
    return result
