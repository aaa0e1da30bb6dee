# SPDX-License-Identifier: GPL-2.0-or-later
"""The sdist of the checkout, unpacked; the demo run in it; builds from it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

import environments
import pytest

SUFFIXES = (".so", ".dylib", ".pyd")


class Wheel(NamedTuple):
    """A wheel's file, its extension modules (`cext.bdiff`), and what it lacks."""

    path: Path
    modules: set[str]
    left_out: dict[str, str]

    @classmethod
    def read(cls, path: Path) -> Wheel:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            record = json.loads(archive.read("hgamalgam/_build_info.json"))
        built = {
            ".".join(name.split(".")[0].split("/")[1:])
            for name in names
            if name.endswith(SUFFIXES)
        }
        return cls(path, built, record["left_out"])


class Builder:
    """Builds wheels of the unpacked sdist, in an environment with the build tools."""

    def __init__(self, python: Path, source: Path, output: Path) -> None:
        self.python = python
        self.source = source
        self.output = output

    def run(self, **variables: str) -> subprocess.CompletedProcess[str]:
        command = [self.python, "-m", "pip", "wheel", "--no-deps", "-v",
                   "--no-build-isolation", "--wheel-dir", self.output, "."]  # fmt: skip
        # Slow code is compiled faster.
        environment = {**os.environ, "CFLAGS": "-O0", **variables}
        return subprocess.run(
            command, cwd=self.source, env=environment, capture_output=True, text=True
        )

    def wheel(self, **variables: str) -> Wheel:
        done = self.run(**variables)
        assert done.returncode == 0, done.stdout + done.stderr
        (path,) = self.output.glob("*.whl")
        wheel = Wheel.read(path)
        path.unlink()
        return wheel

    def fails(self, **variables: str) -> str:
        """What a build that must fail printed."""
        done = self.run(**variables)
        assert done.returncode != 0
        assert not list(self.output.glob("*.whl"))
        return done.stdout + done.stderr


@pytest.fixture(scope="session")
def everything():
    """The wheel that all is tested with: built from an sdist, with every flavour."""
    path, _ = environments.build_wheel()
    return Wheel.read(path)


@pytest.fixture(scope="session")
def sdist(everything):
    """The unpacked sdist."""
    return environments.unpack_sdist(environments.make_builder())


@pytest.fixture(scope="session")
def demo(everything, sdist):
    """What `make demo` printed in the sdist, which has been given its wheel.

    Where the sdist lacks a source of the wheel, or has another, it builds its own.
    """
    digest = everything.path.parent
    given = sdist / digest.relative_to(environments.ROOT)
    shutil.copytree(digest, given)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("M")}
    command = ["make", "demo", "FILES=200", f"PYTHON={sys.executable}"]
    done = subprocess.run(
        command, cwd=sdist, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(given.parent.iterdir()) == [given]
    return done.stdout


@pytest.fixture(scope="session")
def builder(sdist, tmp_path_factory):
    python = environments.make_builder()
    return Builder(python, sdist, tmp_path_factory.mktemp("wheels"))
