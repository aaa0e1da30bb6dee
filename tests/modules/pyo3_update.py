# SPDX-License-Identifier: GPL-2.0-or-later
"""Calling `pyo3_rustext.update` as Mercurial does, but for the policy: the dirstate
map is made here, and nobody writes it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mercurial.dirstateutils import docket

from modules import update_repository as made
from modules.rust_binding import rustext

FallbackError: type[Exception] = rustext.update.FallbackError


class Warned:
    """The callback for warnings."""

    def __init__(self) -> None:
        self.calls = 0
        self.lines: list[bytes] = []

    def __call__(self, lines: Iterable[bytes]) -> None:
        self.calls += 1
        self.lines.extend(lines)


def dirstate_map(root: Path) -> Any:
    """What the repository's dirstate holds."""
    repo = made.open_repository(root)
    data = repo.vfs.tryread(b"dirstate")
    maps = rustext.dirstate.DirstateMap
    if not repo.dirstate._use_dirstate_v2:
        return maps.new_v1(data, None)[0]
    found = docket.DirstateDocket.parse(data, repo.nodeconstants)
    if not found.uuid:
        return maps.new_empty()
    content = repo.vfs.read(found.data_filename())
    size, metadata = found.data_size, found.tree_metadata
    return maps.new_v2(content, size, metadata, found.uuid, None)


def entries(dirstate: Any) -> dict[bytes, tuple[bytes, int, int]]:
    """State, mode and size of each path."""
    rows = dirstate.debug_iter(all=False)
    return {path: (bytes([state]), mode, size) for path, state, mode, size, _ in rows}


def update_from_clean(
    root: Path, dirstate: Any, repo: Any = None, **options: Any
) -> tuple[int, int, int, int, int]:
    """From the first revision to the second."""
    # Mercurial calls where it is `repo`, which tells what no file does.
    repo = made.open_repository(root) if repo is None else repo
    arguments = {
        "num_cpus": 1,
        "remove_empty_dirs": True,
        "devel_abort_dirstate": False,
        "orig_backup_path": None,
        "atomic_file": False,
        "on_warnings": Warned(),
        "ignored_conflict": b"abort",
        "unknown_conflict": b"abort",
        **options,
    }
    result: tuple[int, int, int, int, int] = rustext.update.update_from_clean(
        repo_path=os.fsencode(root),
        dirstate=dirstate,
        wc_manifest=repo[0]._manifest,
        target_rev=1,
        target_manifest=repo[1]._manifest,
        **arguments,
    )
    return result


def update_from_null(
    root: Path, dirstate: Any, rev: int, num_cpus: int | None, on_warnings: Any
) -> int:
    repo = made.open_repository(root)
    count: int = rustext.update.update_from_null(
        repo_path=repo.root,
        to=rev,
        dirstate=dirstate,
        num_cpus=num_cpus,
        on_warnings=on_warnings,
        devel_abort_dirstate=False,
        ignored_conflict=b"abort",
        unknown_conflict=b"abort",
    )
    return count
