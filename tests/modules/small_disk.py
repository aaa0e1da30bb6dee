# SPDX-License-Identifier: GPL-2.0-or-later
"""A file system of a few megabytes, that a child process fills to the last page."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = 4096
_UNSHARE = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "-rm"]
_MOUNT = 'mount -t tmpfs -o size=8m none "$0"'


def run_on_small_disk(place: Path, code: str, *arguments: str) -> str:
    """What the Python code prints, run with a file system of its own at `place`.

    Its first argument is the place. The test is left out where nobody lets us mount.
    """
    place.mkdir()
    if not _can_mount(place):
        pytest.skip("no file system can be mounted here")
    tests = Path(__file__).resolve().parents[1]
    path = os.pathsep.join([str(tests), *filter(None, sys.path)])
    shell = [*_UNSHARE, "sh", "-c", f'{_MOUNT} && exec "$@"', str(place)]
    done = subprocess.run(
        [*shell, sys.executable, "-c", code, str(place), *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path, "HGRCPATH": ""},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _can_mount(place: Path) -> bool:
    if not shutil.which("unshare"):
        return False
    command = [*_UNSHARE, "sh", "-c", _MOUNT, str(place)]
    return subprocess.run(command, capture_output=True).returncode == 0


class Ballast:
    """A file that leaves so many pages of the file system `place` free."""

    def __init__(self, place: Path, pages: int) -> None:
        self._path = place / "ballast"
        free = os.statvfs(place).f_bavail
        assert free > pages, free
        with self._path.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, (free - pages) * PAGE)
        assert os.statvfs(place).f_bavail == pages

    def drop(self) -> None:
        self._path.unlink()
