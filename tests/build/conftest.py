# SPDX-License-Identifier: GPL-2.0-or-later
"""The sdist of the checkout, unpacked; the demo run in it; builds from it."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import NamedTuple

import hosts
import pytest

SUFFIXES = (".so", ".dylib", ".pyd")
NATIVE = [flavour for flavour in hosts.MAIN.flavours if flavour != "py"]


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
        environment = {**os.environ, **variables}
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
def build_python(tmp_path_factory, pytestconfig):
    """The Python of an environment that has what pyproject.toml builds with."""
    root = tmp_path_factory.mktemp("build")
    subprocess.run([sys.executable, "-m", "venv", root], check=True)
    python = root / "bin" / "python"
    project = (pytestconfig.rootpath / "pyproject.toml").read_text()
    requirements = ast.literal_eval(re.findall(r"(?m)^requires = (.*)$", project)[0])
    subprocess.run([python, "-m", "pip", "install", "-q", *requirements], check=True)
    return python


@pytest.fixture(scope="session")
def sdist(build_python, pytestconfig):
    """The unpacked sdist: at one place, for cargo to know its crates again."""
    place = pytestconfig.rootpath / "build" / "sdist"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    code = "import setuptools.build_meta as b, sys; b.build_sdist(sys.argv[1])"
    subprocess.run(
        [build_python, "-c", code, place],
        cwd=pytestconfig.rootpath, check=True, capture_output=True,
    )  # fmt: skip
    (archive,) = place.glob("*.tar.gz")
    with tarfile.open(archive) as file:
        file.extractall(place)
    archive.unlink()
    (source,) = place.iterdir()
    return source


@pytest.fixture(scope="session")
def demo(sdist, pytestconfig):
    """What `make demo` printed in the sdist, where every flavour must be built."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("M")}
    environment["HGAMALGAM_BUILD"] = ",".join(NATIVE)
    # Of what the checkout has compiled, the crates of others are taken.
    environment["CARGO_TARGET_DIR"] = str(pytestconfig.rootpath / "target")
    command = ["make", "demo", "FILES=200", f"PYTHON={sys.executable}"]
    done = subprocess.run(
        command, cwd=sdist, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def everything(demo, sdist):
    """The wheel that the demo was run with."""
    (path,) = (sdist / "build").glob("wheels*/*/*.whl")
    return Wheel.read(path)


@pytest.fixture(scope="session")
def builder(build_python, sdist, tmp_path_factory):
    return Builder(build_python, sdist, tmp_path_factory.mktemp("wheels"))
