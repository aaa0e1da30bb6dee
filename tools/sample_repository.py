# SPDX-License-Identifier: GPL-2.0-or-later
"""A repository of a given size with something of everything to report.

Used by the demo and the benchmarks. Stock Mercurial makes it, with a v1
dirstate; `upgraded_copy` is the same working copy with a dirstate-v2.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from environments import CONFUSING, EnvironmentProblem

Progress = Callable[[str], None]

FILES_A_DIRECTORY = 100
TOP_DIRECTORIES = 40


@dataclass(frozen=True)
class Hg:
    """One way to run Mercurial: a command and the policy it runs under."""

    command: tuple[str, ...]
    policy: str | None = None

    def environment(self) -> dict[str, str]:
        environ = {k: v for k, v in os.environ.items() if k not in CONFUSING}
        # The user's configuration must not change what is compared.
        environ.update(HGRCPATH="", HGPLAIN="1", HGUSER="sample")
        environ.pop("HGMODULEPOLICY", None)
        if self.policy is not None:
            environ["HGMODULEPOLICY"] = self.policy
        return environ

    def run(self, repository: Path, *arguments: str) -> bytes:
        """Standard output of one command; a failure raises."""
        done = subprocess.run(
            [*self.command, *arguments],
            cwd=repository,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )
        if done.returncode:
            raise EnvironmentProblem(
                "{} failed with status {}:\n{}".format(
                    " ".join([*self.command, *arguments]),
                    done.returncode,
                    done.stderr.decode(errors="replace"),
                )
            )
        return done.stdout


def file_name(number: int) -> str:
    directory, file = divmod(number, FILES_A_DIRECTORY)
    top, middle = directory % TOP_DIRECTORIES, directory // TOP_DIRECTORIES
    return f"part{top:02d}/unit{middle:03d}/source_{file:03d}.txt"


def make(place: Path, files: int, hg: Hg, progress: Progress) -> Path:
    """Return the repository `place`, made unless a whole one is there."""
    done = place / ".hg" / "sample-is-complete"
    if done.exists():
        return place
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    progress(f"writing {files} files")
    for number in range(files):
        path = place / file_name(number)
        if number % FILES_A_DIRECTORY == 0:
            path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{number}\n" * 8)
    (place / ".hgignore").write_text("syntax: glob\n*.o\nsyntax: regexp\n^out/\n")
    progress("committing them with stock Mercurial")
    hg.run(place, "init")
    hg.run(place, "commit", "--quiet", "--addremove", "--message", "all files")
    _change(place, files, hg)
    # The commit's second must be over before a file's time can be trusted.
    time.sleep(2)
    hg.run(place, "status")
    done.touch()
    return place


def _change(place: Path, files: int, hg: Hg) -> None:
    """Make some files modified, removed, missing, unknown and ignored."""
    some = max(2, files // 2000)
    step = max(4, files // some)
    removed = []
    for number in range(0, files - 3, step):
        (place / file_name(number)).write_text("changed, and of another size\n")
        removed.append(file_name(number + 1))
        os.unlink(place / file_name(number + 2))
        directory = (place / file_name(number)).parent
        (directory / "unknown.txt").write_text("not added\n")
        (directory / "made.o").write_text("ignored\n")
    hg.run(place, "remove", *removed)
    added = [f"part00/added_{number}.txt" for number in range(some)]
    for name in added:
        (place / name).write_text("new\n")
    hg.run(place, "add", *added)
    (place / "out" / "deep").mkdir(parents=True)
    for number in range(some):
        (place / "out" / "deep" / f"log_{number}").write_text("ignored\n")


def upgraded_copy(source: Path, place: Path, hg: Hg, progress: Progress) -> Path:
    """A copy of `source` at `place` with a dirstate-v2, which `hg` can write."""
    done = place / ".hg" / "sample-is-upgraded"
    if done.exists():
        return place
    shutil.rmtree(place, ignore_errors=True)
    progress("copying the repository and upgrading the copy to dirstate-v2")
    subprocess.run(["cp", "-a", str(source), str(place)], check=True)
    hg.run(
        place,
        "--config",
        "format.use-dirstate-v2=yes",
        "debugupgraderepo",
        "--run",
        "--no-backup",
        "--quiet",
    )
    requires = (place / ".hg" / "requires").read_text()
    if "dirstate-v2" not in requires:
        raise EnvironmentProblem(f"the upgrade left {place} without dirstate-v2")
    time.sleep(2)
    hg.run(place, "status")
    hg.run(place, "status")
    done.touch()
    return place
